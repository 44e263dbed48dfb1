"""Papers seen small: by the right of the paper itself; a look that nothing can be read by is none."""

import io
from collections.abc import Callable

import pytest
from django.test import Client
from PIL import Image

from accounts.models import UnmaskedLook
from accounts.roles import Role
from applications.models import Application
from applications.stages import Stage
from applications.tour.cast import colleague

CaseAt = Callable[..., Application]


@pytest.fixture
def document(case_at: CaseAt) -> str:
    """The address of an identity card or sealed form, which is personal."""
    case = case_at(Stage.SURVEY)
    found = case.documents.exclude(kind="location_map")[0]
    return f"{case.get_absolute_url()}documents/{found.pk}/"


def test_who_may_open_a_document_sees_it_small(client: Client, document: str) -> None:
    client.force_login(colleague(Role.COUNTER_CLERK))
    answer = client.get(f"{document}?thumbnail")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/jpeg"
    assert max(Image.open(io.BytesIO(answer.content)).size) <= 128
    assert not UnmaskedLook.objects.exists()


def test_opening_the_document_itself_stays_a_look_on_record(client: Client, document: str) -> None:
    client.force_login(colleague(Role.COUNTER_CLERK))
    assert client.get(document).status_code == 200
    assert UnmaskedLook.objects.count() == 1


def test_who_may_not_open_a_document_does_not_see_it_small(client: Client, document: str) -> None:
    client.force_login(colleague(Role.CONSTRUCTION_UNIT))
    assert client.get(f"{document}?thumbnail").status_code == client.get(document).status_code != 200
    client.force_login(colleague(Role.RESPONSIBLE_LEADER))
    assert client.get(f"{document}?thumbnail").status_code == 403


def test_signed_out_nothing_is_seen(client: Client, document: str) -> None:
    assert client.get(f"{document}?thumbnail").status_code == 302


def test_the_browser_keeps_a_thumbnail_but_asks_each_time(client: Client, document: str) -> None:
    client.force_login(colleague(Role.COUNTER_CLERK))
    first = client.get(f"{document}?thumbnail")
    assert {"private", "no-cache"} <= set(first["Cache-Control"].replace(",", " ").split())
    again = client.get(f"{document}?thumbnail", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    client.force_login(colleague(Role.RESPONSIBLE_LEADER))
    assert client.get(f"{document}?thumbnail", headers={"if-none-match": first["ETag"]}).status_code == 403


def test_the_tab_shows_thumbnails_to_readers_alone(client: Client, case_at: CaseAt) -> None:
    case = case_at(Stage.SURVEY)
    for role, seen in ((Role.COUNTER_CLERK, True), (Role.RESPONSIBLE_LEADER, False)):
        client.force_login(colleague(role))
        page = client.get(f"{case.get_absolute_url()}?tab=papers").content.decode()
        personal = [document.pk for document in case.documents.exclude(kind="location_map")]
        assert all((f"documents/{pk}/?thumbnail" in page) == seen for pk in personal)
