"""A role's home: folders, filters, counts in words, the week, the order of the list, filters that are kept."""

import io
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import Premises, User
from accounts.roles import Role
from applications.homes import Home
from applications.lights import LightState, in_state, state_of
from applications.models import Application, SavedFilter
from applications.stages import Stage
from applications.tour.cast import colleague
from engineering.models import ConstructionTask
from waterservice.hours import at_hour

CaseAt = Callable[..., Application]


def set_columns(case: Application, **columns: Any) -> Application:
    """Write columns of a case past the doors: a test wants due moments and districts of its own choosing."""
    if "district" in columns:
        Premises.objects.filter(pk=case.premises_id).update(district=columns.pop("district"))
    Application.objects.filter(pk=case.pk).update(**columns)
    return Application.objects.get(pk=case.pk)


def due_in(days: int) -> datetime:
    return at_hour(timezone.localdate() + timedelta(days=days), time(23, 59))


@pytest.fixture
def designer(db: None) -> User:
    return colleague(Role.DESIGNER)


@pytest.fixture
def surveys(case_at: CaseAt, designer: User) -> dict[str, Application]:
    """Five cases at the survey that nobody has taken, one in each state of the light."""
    today = timezone.localdate()
    due = {
        "late": {"due_at": timezone.now() - timedelta(minutes=1), "district": "东区"},
        "today": {"due_at": due_in(0), "district": "东区"},
        "soon": {"due_at": due_in(3), "warn_on": today, "district": "西区"},
        "in_time": {"due_at": due_in(3), "warn_on": today + timedelta(days=1), "district": "东区"},
        "no_clock": {"due_at": None, "warn_on": None, "district": "西区"},
    }
    return {name: set_columns(case_at(Stage.SURVEY), holder=None, **columns) for name, columns in due.items()}


def numbers(answer: Any) -> list[str]:
    return [row.case.number for row in answer.context["home"].rows]


@pytest.mark.embedded
def test_the_light_says_the_same_in_python_and_in_the_database(surveys: dict[str, Application]) -> None:
    now = timezone.now()
    for state in LightState:
        found = Application.objects.filter(in_state(state, now))
        assert [case.number for case in found] == [surveys[state.value].number]
    assert {state_of(case, now).value: case for case in surveys.values()} == surveys


def test_a_closed_case_is_in_no_state(case_at: CaseAt) -> None:
    case_at(Stage.COMPLETED)
    for state in LightState:
        assert not Application.objects.filter(in_state(state, timezone.now())).exists()


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("light=late", ["late"]),
        ("light=soon", ["soon"]),
        ("light=no_clock", ["no_clock"]),
        ("area=西区", ["soon", "no_clock"]),
        ("area=西区&light=soon", ["soon"]),
        ("stage=survey&kind=new_connection&light=today", ["today"]),
        ("stage=budget", []),
    ],
)
def test_filters_narrow_list_counts_and_workbook_alike(
    client: Client, surveys: dict[str, Application], designer: User, query: str, found: list[str]
) -> None:
    client.force_login(designer)
    answer = client.get(f"/?folder=unclaimed&{query}")
    expected = [surveys[name].number for name in found]
    assert numbers(answer) == expected
    home: Home = answer.context["home"]
    assert {choice.name: choice.count for choice in home.folders}["unclaimed"] == len(expected)
    rows = list(load_workbook(io.BytesIO(client.get(f"/export/?{home.query()}").content)).active.values)
    assert [row[1] for row in rows[1:]] == expected


def test_a_day_of_the_week_shows_what_is_due_on_it(
    client: Client, surveys: dict[str, Application], designer: User
) -> None:
    client.force_login(designer)
    day = (timezone.localdate() + timedelta(days=3)).isoformat()
    answer = client.get(f"/?folder=unclaimed&due={day}")
    assert set(numbers(answer)) == {surveys["soon"].number, surveys["in_time"].number}
    week = {choice.name: choice.count for choice in answer.context["home"].week}
    today = timezone.localdate()
    assert week.pop(today.isoformat()) in (1, 2)  # what ran out a minute ago was due today, but for the first minute
    assert week == {(today + timedelta(days=n)).isoformat(): {3: 2}.get(n, 0) for n in range(1, 7)}


def test_what_the_folder_holds_is_said_in_words(
    client: Client, surveys: dict[str, Application], designer: User
) -> None:
    client.force_login(designer)
    page = client.get("/?folder=unclaimed").content.decode()
    assert "Late 1" in page
    assert "Due today 1" in page
    assert f"{Stage.SURVEY.label} 5" in page


def test_only_stages_of_ones_own_inbox_are_offered(client: Client, designer: User) -> None:
    client.force_login(designer)
    (stage,) = (field for field in client.get("/?folder=mine").context["home"].filters.fields if field.name == "stage")
    offered = [value for value, _label in stage.choices]
    assert Stage.SURVEY in offered
    assert Stage.FIRST_READING not in offered
    assert offered == [stop.stage for stop in Application.KINDS["new_connection"].route if Role.DESIGNER in stop.roles]


def test_folders_of_cases_wherever_they_stand_offer_every_stage(client: Client, case_at: CaseAt) -> None:
    case_at(Stage.SURVEY)
    client.force_login(colleague(Role.COUNTER_CLERK))
    answer = client.get("/?folder=started&stage=survey")
    assert len(numbers(answer)) == 1
    assert f"{Stage.SURVEY.label} 1" in answer.content.decode()
    client.force_login(colleague(Role.CASHIER))
    assert client.get("/?folder=nonsense").status_code == 200


def test_areas_are_those_that_occur_and_those_of_the_office(
    client: Client, surveys: dict[str, Application], designer: User
) -> None:
    assert designer.office is not None
    type(designer.office).objects.filter(pk=designer.office.pk).update(districts=["东区", "西区", "北区"])
    client.force_login(designer)
    (area,) = (field for field in client.get("/?folder=mine").context["home"].filters.fields if field.name == "area")
    assert [value for value, _label in area.choices] == sorted(["东区", "西区", "北区"])


@pytest.mark.parametrize("query", ["light=purple", "stage=nowhere", "due=2026-13-45", "due=9999-12-31", "by=magic"])
def test_values_that_nothing_offers_narrow_nothing(
    client: Client, surveys: dict[str, Application], designer: User, query: str
) -> None:
    client.force_login(designer)
    assert len(numbers(client.get(f"/?folder=unclaimed&{query}"))) == len(surveys)


def test_an_empty_list_that_is_filtered_does_not_say_that_nothing_waits(client: Client, designer: User) -> None:
    client.force_login(designer)
    assert "No case fits these filters." in client.get("/?folder=mine&light=late").content.decode()
    assert "Nothing waits for you." in client.get("/?folder=mine").content.decode()


@pytest.mark.embedded
def test_the_designer_reads_the_list_by_area(client: Client, surveys: dict[str, Application], designer: User) -> None:
    client.force_login(designer)
    answer = client.get("/?folder=unclaimed&by=area")
    east = [surveys[name].number for name in ("late", "today", "in_time")]
    west = [surveys[name].number for name in ("soon", "no_clock")]
    assert numbers(answer) in (east + west, west + east)  # the collation of the database decides
    assert answer.content.decode().count("heading-row") == 2


def test_the_construction_unit_begins_with_what_starts_first(client: Client, case_at: CaseAt) -> None:
    """NC-7."""
    late, early = case_at(Stage.CONSTRUCTION), case_at(Stage.CONSTRUCTION)
    early = set_columns(early, due_at=due_in(90), holder=None)
    set_columns(late, due_at=due_in(1), holder=None)
    closed: QuerySet[ConstructionTask] = QuerySet(ConstructionTask)  # one that does not refuse to change closed sheets
    closed.filter(project=early.project).update(starts_on=date(2026, 1, 5))
    client.force_login(colleague(Role.CONSTRUCTION_UNIT))
    assert numbers(client.get("/?folder=unclaimed")) == [early.number, late.number]
    assert numbers(client.get("/?folder=unclaimed&by=urgency")) == [late.number, early.number]
    assert "starts on 2026-01-05" in client.get("/?folder=unclaimed").content.decode()


def test_a_case_is_taken_at_its_row(client: Client, surveys: dict[str, Application], designer: User) -> None:
    client.force_login(designer)
    case = surveys["today"]
    page = client.get("/?folder=unclaimed").content.decode()
    assert f"{case.get_absolute_url()}steps/take/" in page
    client.post(f"{case.get_absolute_url()}steps/take/", {"revision": case.revision})
    case = Application.objects.get(pk=case.pk)
    assert case.holder == designer
    mine = client.get("/?folder=mine")
    assert numbers(mine) == [case.number]
    assert "steps/take/" not in mine.content.decode()


# -- filters that are kept -------------------------------------------------------------------------


@pytest.fixture
def at_home(client: Client, designer: User) -> Client:
    client.force_login(designer)
    return client


def keep(client: Client, name: str, query: str = "folder=mine&light=late", **more: str) -> Any:
    return client.post(f"/filters/save/?{query}", {"name": name, **more})


@pytest.mark.embedded
def test_a_filter_is_kept_and_one_click_away(at_home: Client) -> None:
    answer = keep(at_home, "超期的", "folder=mine&light=late&by=area&folder=mine")
    assert answer["Location"].startswith("/?")
    kept = SavedFilter.objects.get()
    assert kept.values == {"light": "late", "by": "area"}
    page = at_home.get("/?folder=applicant")
    ((_kept, target, present),) = page.context["saved"]
    assert not present
    shown = at_home.get(f"/?{target}").context["home"]
    assert (shown.folder, shown.filters.values, shown.by) == ("applicant", {"light": "late"}, "area")


def test_the_home_begins_with_the_filter_that_was_chosen_for_it(at_home: Client) -> None:
    assert at_home.get("/").status_code == 200
    keep(at_home, "超期的", always="on")
    answer = at_home.get("/")
    assert answer.status_code == 302
    assert "light=late" in answer["Location"]
    assert at_home.get("/?folder=mine").context["home"].filters.values == {}
    keep(at_home, "今天的", "folder=mine&light=today", always="on")
    assert "light=today" in at_home.get("/")["Location"]
    assert SavedFilter.objects.filter(always=True).count() == 1
    kept = SavedFilter.objects.get(always=True)
    at_home.post(f"/filters/{kept.pk}/begin/?folder=mine")
    assert at_home.get("/").status_code == 200


def test_a_name_is_kept_once_and_what_was_typed_stays(at_home: Client) -> None:
    keep(at_home, "超期的")
    answer = keep(at_home, "超期的", "folder=mine&light=today", always="on")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "You keep a filter of this name already." in page
    assert 'value="超期的"' in page
    assert answer.context["home"].filters.values == {"light": "today"}
    assert 'href="?' not in page  # this page has the address of a form: its links must lead home


@pytest.mark.parametrize("name", ["", "  ", "长" * 21])
def test_a_name_that_cannot_be_is_refused_in_words(at_home: Client, name: str) -> None:
    assert keep(at_home, name).status_code == 422
    assert not SavedFilter.objects.exists()


def test_nothing_filtered_is_nothing_to_keep(at_home: Client) -> None:
    answer = keep(at_home, "全部", "folder=mine")
    assert answer.status_code == 422
    assert "Nothing is filtered" in answer.content.decode()


def test_a_filter_is_deleted(at_home: Client) -> None:
    keep(at_home, "超期的")
    answer = at_home.post(f"/filters/{SavedFilter.objects.get().pk}/forget/?folder=mine&light=late")
    assert "light=late" in answer["Location"]
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize("deed", ["begin", "forget"])
def test_somebody_elses_filter_does_not_exist(at_home: Client, client: Client, deed: str) -> None:
    keep(at_home, "超期的")
    kept = SavedFilter.objects.get()
    client.force_login(colleague(Role.COUNTER_CLERK))
    assert client.post(f"/filters/{kept.pk}/{deed}/").status_code == 404
    assert client.get("/?folder=mine").context["saved"] == []
    assert SavedFilter.objects.get() == kept


def test_the_database_keeps_one_filter_to_begin_with(at_home: Client, designer: User) -> None:
    keep(at_home, "超期的", always="on")
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedFilter.objects.create(owner=designer, role=Role.DESIGNER, name="另一个", values={}, always=True)


def test_who_has_a_queue_for_a_home_keeps_no_filters(client: Client, db: None) -> None:
    client.force_login(colleague(Role.RESPONSIBLE_LEADER))
    assert keep(client, "超期的").status_code == 404


# -- the register ----------------------------------------------------------------------------------


@pytest.mark.embedded
def test_the_register_is_filtered_by_light_area_and_office(
    client: Client, surveys: dict[str, Application], designer: User
) -> None:
    client.force_login(designer)
    set_columns(surveys["late"], office=None)
    for query, names in [
        ("light=late", {"late"}),
        ("area=西区", {"soon", "no_clock"}),
        (f"office={designer.office_id}", {"today", "soon", "in_time", "no_clock"}),
    ]:
        answer = client.get(f"/cases/?{query}")
        assert {row.case.number for row in answer.context["rows"]} == {surveys[name].number for name in names}
        rows = list(load_workbook(io.BytesIO(client.get(f"/cases/export/?{query}").content)).active.values)
        assert {row[1] for row in rows[1:]} == {surveys[name].number for name in names}
