"""The screens of paper files: entering, amending, the list, the duty manager's queue, the mark on the case."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from applications.models import Application, Takeover
from applications.stages import Stage
from applications.takeover import signing
from applications.tour import cast
from applications.tour.cast import colleague
from tests.applications.paper_files import ABOUTS, enter, file_data, taken_over

pytestmark = pytest.mark.usefixtures("db", "plain_papers", "everybody")


@pytest.fixture(autouse=True)
def _on_a_wednesday_morning() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 10, 21, 2, tzinfo=UTC), tick=True):
        yield


@pytest.fixture
def counter(client: Client) -> Client:
    client.force_login(colleague(Role.COUNTER_CLERK))
    return client


@pytest.fixture
def manager() -> Client:
    client = Client()
    client.force_login(colleague(Role.DUTY_MANAGER))
    return client


def typed(stage: Stage, **options: Any) -> dict[str, Any]:
    return {
        **file_data(stage, **options),
        "kind_of_request": "new_connection",
        "stage": stage.value,
        **{f"scan-{about}": cast.scan(about) for about in ABOUTS},
    }


def test_a_file_is_entered_checked_signed_and_carries_its_mark(counter: Client, manager: Client) -> None:
    answer = counter.post("/takeovers/new/", typed(Stage.CONSTRUCTION), follow=True)
    assert answer.status_code == 200
    takeover = Takeover.objects.get()
    page = answer.content.decode()
    assert "纸2026-17" in page
    assert "和平路 DN300 干管" in page
    queue = manager.get("/approvals/").content.decode()
    for shown in ("纸2026-17", "王总（已退休）", "旧收据-纸2026-17-1", "the whole paper file", "Take over"):
        assert shown in queue
    assert cast.CREDIT_CODE not in queue, "personal data are masked"
    form = manager.get(f"/takeovers/{takeover.pk}/grant/?from=approvals", HTTP_HX_REQUEST="true")
    assert "With your signature" in form.content.decode()
    answer = manager.post(f"/takeovers/{takeover.pk}/grant/", {"opinion": "与纸质卷宗核对一致"}, follow=True)
    case = Application.objects.get()
    assert case.stage == Stage.CONSTRUCTION
    page = answer.content.decode()
    assert "taken over" in page
    assert f"/takeovers/{takeover.pk}/" in page
    assert "纸2026-17" not in manager.get("/approvals/").content.decode()
    money = manager.get(f"{case.get_absolute_url()}?tab=money").content.decode()
    assert "旧收据-纸2026-17-1" in money
    timeline = manager.get(f"{case.get_absolute_url()}?tab=timeline").content.decode()
    assert "happened on" in timeline
    scan = takeover.scans.first()
    assert scan is not None
    picture = counter.get(f"/takeovers/{takeover.pk}/scans/{scan.pk}/")
    assert picture.status_code == 200
    picture.close()


def test_what_lacks_is_told_when_it_is_entered_and_again_at_the_signature(counter: Client, manager: Client) -> None:
    data = typed(Stage.CONSTRUCTION, without=("survey-nearest_main",))
    page = counter.post("/takeovers/new/", data, follow=True).content.decode()
    assert "Nearest main" in page
    takeover = Takeover.objects.get()
    checked = counter.post(f"/takeovers/{takeover.pk}/check/").content.decode()
    assert "It can&#x27;t be taken over yet" in checked or "It can't be taken over yet" in checked
    answer = manager.post(f"/takeovers/{takeover.pk}/grant/", {})
    assert answer.status_code == 422
    assert "Nearest main" in answer.content.decode()
    assert not Application.objects.exists()
    data = typed(Stage.CONSTRUCTION, survey__nearest_main="和平路干管")
    counter.post(f"/takeovers/{takeover.pk}/amend/", data)
    assert "Nothing keeps this file" in counter.post(f"/takeovers/{takeover.pk}/check/").content.decode()
    assert manager.post(f"/takeovers/{takeover.pk}/grant/", {}).status_code == 302


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"budget__total": "1e9"}, "Enter an amount"),
        ({"budget__total": "NaN"}, "Enter an amount"),
        ({"budget__total": "128000.001"}, "two decimals"),
        ({"project_fee__payments__0__amount": "-5"}, "at least"),
        ({"survey__surveyed_on": "gestern"}, "valid date"),
        ({"identity_number": "91999999MA0DEM001D"}, "last character"),
        ({"reference": ""}, "required"),
        ({"construction__first_reading": "-3"}, "greater than or equal to 0"),
        ({"construction_task__unit": "NIEMAND"}, "valid choice"),
    ],
)
def test_what_cannot_be_is_named_and_everything_typed_stays(
    counter: Client, change: dict[str, str], words: str
) -> None:
    answer = counter.post("/takeovers/new/", typed(Stage.JOINT_ACCEPTANCE, **change))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert "和平路 DN300 干管" in page
    assert not Takeover.objects.exists()


def test_the_same_reference_again_is_refused_in_words(counter: Client) -> None:
    enter(Stage.SURVEY)
    answer = counter.post("/takeovers/new/", typed(Stage.SURVEY))
    assert answer.status_code == 422
    assert "entered or taken over already" in answer.content.decode()


def test_a_scan_that_is_no_picture_is_refused(counter: Client) -> None:
    data = typed(Stage.SURVEY)
    data["scan-file"] = cast.scan("x")
    data["scan-file"].name = "x.exe"
    assert counter.post("/takeovers/new/", data).status_code == 422
    assert not Takeover.objects.exists()


def test_another_stage_asks_other_facts_and_keeps_what_was_typed(counter: Client) -> None:
    data = {**typed(Stage.DESIGN), "stage": "construction"}
    for name in list(data):
        if name.startswith("scan-"):
            del data[name]
    page = counter.post("/takeovers/sections/", data).content.decode()
    assert "和平路 DN300 干管" in page
    assert 'name="budget-total"' in page
    assert 'name="water_on-water_on"' not in page
    assert "required" not in page, "nothing is complained of while one still types"


def test_a_file_sent_back_is_entered_anew_from_what_was_stated(counter: Client, manager: Client) -> None:
    takeover = enter(Stage.CONSTRUCTION)
    answer = manager.post(f"/takeovers/{takeover.pk}/refuse/", {"reason": "协议扫描件缺页"}, follow=True)
    assert "协议扫描件缺页" in answer.content.decode()
    page = counter.get(f"/takeovers/new/?again={takeover.pk}").content.decode()
    assert "和平路 DN300 干管" in page
    assert counter.post("/takeovers/new/", typed(Stage.CONSTRUCTION)).status_code == 302


def test_sending_back_needs_a_reason(manager: Client) -> None:
    takeover = enter(Stage.SURVEY)
    assert manager.post(f"/takeovers/{takeover.pk}/refuse/", {"reason": " "}).status_code == 422
    takeover.refresh_from_db()
    assert takeover.status == Takeover.Status.ASKED


def test_who_entered_a_file_does_not_find_it_in_their_own_queue(manager: Client) -> None:
    takeover = enter(Stage.SURVEY, by=colleague(Role.DUTY_MANAGER))
    assert "纸2026-17" not in manager.get("/approvals/").content.decode()
    assert manager.post(f"/takeovers/{takeover.pk}/grant/", {}).status_code == 422


def test_the_list_shows_each_status_and_asks_no_more_with_more_files(counter: Client) -> None:
    asked = enter(Stage.SURVEY, reference="甲1")
    refused = enter(Stage.SURVEY, reference="乙2")
    signing.refuse(takeover=refused, by=colleague(Role.DUTY_MANAGER), reason="不清")
    case = taken_over(Stage.SURVEY, reference="丙3")
    page = counter.get("/takeovers/").content.decode()
    for shown in (asked.reference, refused.reference, "丙3", case.number):
        assert shown in page
    assert "丙3" not in counter.get("/takeovers/?status=asked").content.decode()
    assert "甲1" not in counter.get("/takeovers/?text=丙").content.decode()
    few = queries(counter)
    for place in range(5):
        enter(Stage.SURVEY, reference=f"丁{place}")
    assert queries(counter) == few


def queries(client: Client) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get("/takeovers/")
    return len(captured)


@pytest.mark.parametrize("role", Role)
def test_who_may_see_and_enter_paper_files(role: Role) -> None:
    takeover = enter(Stage.SURVEY)
    client = Client()
    client.force_login(colleague(role))
    enters = role in (Role.COUNTER_CLERK, Role.DUTY_MANAGER)
    sees = enters or role == Role.AUDITOR
    for path in ("/takeovers/", "/takeovers/new/", f"/takeovers/{takeover.pk}/"):
        assert client.get(path).status_code == (200 if sees else 403), path
    assert client.post("/takeovers/new/", {}).status_code == (422 if enters else 403)
    answer = client.post(f"/takeovers/{takeover.pk}/grant/", {})
    assert answer.status_code == (302 if role == Role.DUTY_MANAGER else 403)


def test_a_designer_sees_the_mark_and_the_page_works(client: Client) -> None:
    case = taken_over(Stage.DESIGN)
    client.force_login(colleague(Role.DESIGNER))
    for tab in ("overview", "works", "money", "papers", "timeline", "time", "route"):
        page = client.get(f"{case.get_absolute_url()}?tab={tab}").content.decode()
        assert "纸2026-17" in page, tab
