"""A place is one place however it is typed."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import example, given, reject
from hypothesis import strategies as st

from accounts.models import Premises, User
from accounts.models.customers import PARTS, clean_part
from accounts.selectors import find_premises
from accounts.services import register_premises

SIGNS = st.text("0123456789ABCabc甲乙号栋单元和平路-", min_size=1, max_size=12)
WIDE = {ord(sign): ord(sign) + 0xFEE0 for sign in map(chr, range(0x21, 0x7F))}


@pytest.mark.parametrize("typed", ["1", "1号", "１", "１号", " １ 号 ", "1\u3000号"])
def test_a_number_is_one_number_in_full_width_and_with_spaces(clerk: User, typed: str) -> None:
    """NC-1: a second open case for the same premises is noticed."""
    street = {"district": "演示区", "road": "和平路", "lane": "Ａ座", "room": "１０１"}
    place = register_premises(by=clerk, **street, number="1")
    assert place.address == "演示区和平路A座1号101室"
    typed_so = {**street, "road": "和平 路", "lane": "A 座", "number": typed}
    assert find_premises(**typed_so) == place == register_premises(by=clerk, **typed_so)
    assert Premises.objects.count() == 1


@given(st.sampled_from(PARTS), SIGNS)
def test_width_and_a_second_cleaning_change_nothing(name: str, text: str) -> None:
    once = clean_part(name, text)
    assert clean_part(name, text.translate(WIDE)) == once
    assert clean_part(name, once) == once


@given(st.sampled_from(PARTS), st.text(max_size=40))
@example("district", "R¸")
def test_what_is_clean_stays_clean(name: str, text: str) -> None:
    try:
        once = clean_part(name, text)
    except ValidationError:
        reject()
    assert clean_part(name, once) == once


@pytest.mark.parametrize(("typed", "kept"), [("3 201", "3 201"), ("Block A", "Block A"), ("12 A 座", "12A座")])
def test_a_space_that_tells_two_figures_or_letters_apart_stays(typed: str, kept: str) -> None:
    assert clean_part("lane", typed) == kept


def test_a_part_that_grows_too_long_is_refused_by_name(clerk: User) -> None:
    with pytest.raises(ValidationError, match="number"):
        register_premises(by=clerk, district="演示区", road="和平路", lane="", number="\u337f" * 20, room="")
