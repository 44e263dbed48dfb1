"""The map program of a telephone: its address is a policy."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.maps import MAP_LINK, map_address
from waterservice.policies import set_policy

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def test_a_place_is_quoted_whole() -> None:
    assert map_address("和平路 1号?q=&x", TODAY) == "geo:0,0?q=%E5%92%8C%E5%B9%B3%E8%B7%AF%201%E5%8F%B7%3Fq%3D%26x"


def test_another_map_is_set_by_the_administrator() -> None:
    set_policy(policy=MAP_LINK, value="https://map.example/?k={address}", effective_from=TODAY, by=None)
    assert map_address("A", TODAY) == "https://map.example/?k=A"


@pytest.mark.parametrize("link", ["javascript:alert('{address}')", "http://map.example/{address}", "geo:0,0"])
def test_what_is_no_map_is_refused(link: str) -> None:
    with pytest.raises(ValidationError):
        set_policy(policy=MAP_LINK, value=link, effective_from=TODAY, by=None)
