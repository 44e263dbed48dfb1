"""The managers' overview: every figure against a small cast of cases, its links, its workbooks, its queries."""

import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from accounts.roles import Role
from applications.engine.doors import perform
from applications.models import Application
from applications.overview import keeping
from applications.overview.late_soon import Warned, late_soon
from applications.stages import Stage
from applications.statistics import Filters
from applications.tour.cast import colleague
from applications.tour.new_connection import Tour
from billing import services as billing
from tests.applications.test_clocks import at
from tests.applications.test_homes import due_in, set_columns
from tests.applications.test_statistics import completed, surveyed_after
from waterservice import policies

CaseAt = Callable[..., Application]
TourTo = Callable[..., Tour]


@pytest.fixture
def leader(client: Client, db: None) -> Client:
    client.force_login(colleague(Role.RESPONSIBLE_LEADER))
    return client


def sheet(client: Client, address: str) -> list[tuple[Any, ...]]:
    """The rows of a workbook without its headings."""
    answer = client.get(address)
    assert answer.status_code == 200
    return list(load_workbook(io.BytesIO(answer.content)).active.values)[1:]


# -- where the open cases stand --------------------------------------------------------------------


@pytest.fixture
def cast(case_at: CaseAt) -> None:
    """Four surveys in four states, two budgets that are late, one case that is completed."""
    today, now = timezone.localdate(), timezone.now()
    states = [
        {"due_at": now - timedelta(minutes=1)},
        {"due_at": due_in(0)},
        {"due_at": due_in(3), "warn_on": today},
        {"due_at": due_in(30), "warn_on": today + timedelta(days=20)},
    ]
    for columns in states:
        set_columns(case_at(Stage.SURVEY), **columns)
    for _each in range(2):
        set_columns(case_at(Stage.BUDGET), due_at=now - timedelta(minutes=1))
    case_at(Stage.COMPLETED)


@pytest.mark.embedded
def test_the_matrix_counts_open_cases_by_stage_and_light(leader: Client, cast: None) -> None:
    shown = leader.get("/overview/").context["matrix"]
    cells = {line.cells[0].stage: line.cells[0] for line in shown.lines}
    told = {stage: (cell.count, *cell.states.values()) for stage, cell in cells.items() if cell.count}
    assert told == {Stage.SURVEY: (4, 1, 1, 1), Stage.BUDGET: (2, 2, 0, 0)}
    total = shown.total.cells[0]
    assert (total.count, *total.states.values()) == (6, 3, 1, 1)
    rows = {row[0]: row[1:] for row in sheet(leader, "/overview/export/matrix/")}
    assert rows[str(Stage.SURVEY.label)] == (4, 1, 1, 1)
    assert rows[str(Stage.DESIGN.label)] == (0, 0, 0, 0)
    assert rows["All open cases"] == (6, 3, 1, 1)


def test_each_cell_leads_to_as_many_cases_as_it_says(leader: Client, cast: None) -> None:
    page = leader.get("/overview/").content.decode()
    links = re.findall(r'href="(/cases/\?[^"]+)"[^>]*>(?:<span[^>]*></span>)?[^<]*?(\d+)</a>', page)
    assert len(links) == 2 + 4 + 3  # two stages, their lights, the lights of all
    for address, count in links:
        assert len(leader.get(unescape(address)).context["rows"]) == int(count), address


def test_a_manager_counts_only_the_cases_of_their_own_business(client: Client, case_at: CaseAt) -> None:
    case_at(Stage.DRAFT)
    case_at(Stage.SURVEY)
    for role, count in [(Role.BUSINESS_MANAGER, 1), (Role.DUTY_MANAGER, 2)]:
        client.force_login(colleague(role))
        assert client.get("/overview/").context["matrix"].total.count == count


@pytest.mark.parametrize("role", Role)
def test_only_who_oversees_enters(client: Client, db: None, role: Role) -> None:
    managing = {Role.DUTY_MANAGER, Role.BUSINESS_MANAGER, Role.RESPONSIBLE_LEADER, Role.DEPUTY_GENERAL_MANAGER}
    client.force_login(colleague(role))
    expected = 200 if role in managing | {Role.AUDITOR} else 403
    for address in ("", "export/matrix/", "money/budgeted/", "money/export/", "money/budgeted/export/"):
        assert client.get(f"/overview/{address}").status_code == expected, address


# -- what was kept ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("everybody")
def test_offices_show_how_many_of_their_cases_were_in_time(client: Client, tour_to: TourTo) -> None:
    """One in March with a late budget, two in April in time: in April the design office has 100 % and 67 %."""
    late = completed(tour_to, {Stage.SURVEY: "2026-03-05 10:00", Stage.FILING: "2026-03-20 10:00"})
    late.clocks.filter(stage=Stage.BUDGET).update(late=True)
    for _each in range(2):
        completed(tour_to, {Stage.FILING: "2026-04-02 10:00"})
    design = str(colleague(Role.DESIGNER).office)
    lines = {line.label: line for line in keeping.offices(date(2026, 4, 3))}
    month, year = lines[design].month, lines[design].year
    assert (month.judged, month.late, month.on_time_percent) == (2, 0, 100)
    assert (year.judged, year.late, year.on_time_percent) == (3, 1, 67)
    with time_machine.travel(at("2026-05-04 10:00"), tick=False):
        client.force_login(colleague(Role.DEPUTY_GENERAL_MANAGER))
        rows = {row[0]: row[1:] for row in sheet(client, "/overview/export/offices/")}
        assert "none completed yet" in client.get("/overview/").content.decode()
    assert rows[design] == (0, 0, None, 3, 1, 67)
    own = colleague(Role.BUSINESS_CLERK).office
    assert own is not None
    assert [line.label for line in keeping.offices(date(2026, 4, 3), own.pk)] == [str(own)]


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (date(2026, 4, 3), date(2025, 4, 4)),
        (date(2028, 2, 29), date(2027, 3, 1)),
        (date(2026, 12, 31), date(2026, 1, 1)),
    ],
)
def test_twelve_months_begin_the_day_after_the_same_day_a_year_ago(today: date, first: date) -> None:
    assert keeping.year_of(today, None).days == (first, today)


def test_the_median_of_a_stage_stands_beside_the_promise_of_the_policies(client: Client, tour_to: TourTo) -> None:
    """NC-4a: surveys of 2, 4 and 6 working days; the promise was changed to four."""
    for day in ("05", "09", "11"):
        surveyed_after(tour_to, f"2026-03-{day} 10:00")
    limit = policies.find("clock.new_connection.survey")
    with time_machine.travel(at("2026-03-12 10:00"), tick=False):
        policies.set_policy(policy=limit, value=4, effective_from=date(2026, 3, 12), by=colleague(Role.ADMINISTRATOR))
    with time_machine.travel(at("2026-03-20 10:00"), tick=False):
        client.force_login(colleague(Role.DEPUTY_GENERAL_MANAGER))
        lines = {row[0]: row for row in sheet(client, "/overview/export/stages/")}
        page = client.get("/overview/").content.decode()
    survey = str(Stage.SURVEY.label)
    assert lines[survey][1:6] == ("4 working days (NC-4a)", 4, 3, 4, 6)
    assert str(Stage.PERMITS.label) not in lines  # nothing is promised there
    assert "4 / 4" in page


# -- what will probably be late --------------------------------------------------------------------

YEAR = Filters(date(2025, 3, 25), date(2026, 3, 24))


@pytest.fixture
def slow_surveys(tour_to: TourTo) -> None:
    """Three surveys that took nine working days instead of seven."""
    for _each in range(3):
        surveyed_after(tour_to, "2026-03-16 10:00", extended=True)


@pytest.fixture
def surveyed_from_the_17th(tour_to: TourTo) -> Application:
    """Due on the 26th, the seventh working day."""
    with time_machine.travel(at("2026-03-17 10:00"), tick=False):
        return tour_to(Stage.SURVEY).case


def warned_on(moment: str) -> list[Warned]:
    with time_machine.travel(at(moment), tick=False):
        return late_soon(Application.objects.all(), timezone.now(), YEAR)


@pytest.mark.embedded
@pytest.mark.usefixtures("slow_surveys")
def test_what_usually_takes_longer_than_is_left_will_probably_be_late(surveyed_from_the_17th: Application) -> None:
    (warned,) = warned_on("2026-03-24 10:00")
    assert warned.case == surveyed_from_the_17th
    assert (warned.usual, warned.used, warned.left) == (9, 5, 2)
    assert warned.reason == f"{Stage.SURVEY.label} usually takes 9 working days; 5 used, 2 left"


@pytest.mark.usefixtures("slow_surveys", "surveyed_from_the_17th")
@pytest.mark.parametrize(
    ("moment", "found"),
    [("2026-03-18 10:00", 0), ("2026-03-19 10:00", 1), ("2026-03-26 16:59", 1), ("2026-03-26 17:01", 0)],
)
def test_only_the_next_five_working_days_count_and_what_is_late_is_late_already(moment: str, found: int) -> None:
    """Due on the 26th at 17:00: the fifth working day from the 19th on."""
    assert len(warned_on(moment)) == found


@pytest.mark.usefixtures("slow_surveys")
def test_time_that_was_granted_is_left(surveyed_from_the_17th: Application) -> None:
    """Until the 31st: five days left of the nine that it usually takes, five used."""
    case = surveyed_from_the_17th
    with time_machine.travel(at("2026-03-18 10:00"), tick=False):
        data = {"clock": case.open_clocks[0].pk, "until": "2026-03-31", "reason": "积水"}
        case = perform(case, "ask_extension", by=colleague(Role.DESIGNER), data=data)
        perform(case, "grant_extension", by=colleague(Role.RESPONSIBLE_LEADER))
    assert warned_on("2026-03-24 10:00") == []


@pytest.mark.usefixtures("slow_surveys")
def test_time_that_stood_still_is_not_used(surveyed_from_the_17th: Application) -> None:
    """Four days used till the 23rd, the 24th to 27th stood still, the 30th is the fifth; due on 1 April."""
    case = surveyed_from_the_17th
    with time_machine.travel(at("2026-03-24 10:00"), tick=False):
        data = {"kind": "other", "reason": "等用户", "awaited": "钥匙"}
        case = perform(case, "suspend", by=colleague(Role.DESIGNER), data=data)
    assert warned_on("2026-03-24 11:00") == []
    with time_machine.travel(at("2026-03-27 10:00"), tick=False):
        perform(case, "resume", by=colleague(Role.DESIGNER))
    (warned,) = warned_on("2026-03-30 10:00")
    assert (warned.used, warned.left) == (5, 2)


def test_two_cases_do_not_say_what_is_usual(tour_to: TourTo, surveyed_from_the_17th: Application) -> None:
    for _each in range(2):
        surveyed_after(tour_to, "2026-03-16 10:00", extended=True)
    assert warned_on("2026-03-24 10:00") == []
    surveyed_after(tour_to, "2026-03-16 10:00", extended=True)
    assert len(warned_on("2026-03-24 10:00")) == 1


@pytest.mark.usefixtures("slow_surveys")
def test_the_page_and_the_workbook_say_why(client: Client, surveyed_from_the_17th: Application) -> None:
    with time_machine.travel(at("2026-03-24 10:00"), tick=False):
        client.force_login(colleague(Role.RESPONSIBLE_LEADER))
        page = client.get("/overview/").content.decode()
        (row,) = sheet(client, "/overview/export/late-soon/")
    assert "usually takes 9 working days; 5 used, 2 left" in page
    assert surveyed_from_the_17th.number in row
    assert row[-1] == f"{Stage.SURVEY.label} usually takes 9 working days; 5 used, 2 left"


# -- money -----------------------------------------------------------------------------------------


@pytest.fixture
def projects(tour_to: TourTo) -> dict[str, Application]:
    """In March one that is completed, with 100 budgeted and 90 settled (thousand yuan); one that has paid, twice."""
    with time_machine.travel(at("2026-03-10 10:00"), tick=False):
        built = tour_to(Stage.COMPLETED, amount="100000", settlement="90000").case
        paid = tour_to(Stage.CONSTRUCTION_AGREEMENT, amount="40000").case
        line = paid.statement.lines.get(kind="payment")
        billing.reverse_line(line=line, reason="输错", by=colleague(Role.DUTY_MANAGER))
    with time_machine.travel(at("2026-04-01 10:00"), tick=False):
        tour_to(Stage.PROJECT_FEE, amount="7000")
    return {"built": built, "paid": paid}


def sums(client: Client, query: str) -> dict[str, tuple[int, Decimal]]:
    return {name: (count, amount) for name, _source, count, amount in client.get(f"/overview/?{query}").context["sums"]}


@pytest.mark.embedded
def test_money_is_budgeted_collected_and_settled(leader: Client, projects: dict[str, Application]) -> None:
    """NC-5, NC-8: what was reversed was not collected; an approval of April is none of March."""
    march = "first=2026-03-01&last=2026-03-31"
    moved = [line.amount for line in projects["built"].statement.lines.all() if line.method]
    assert len(moved) == 2  # the fee, and what the settlement left over paid back
    assert -sum(moved) < 100000
    assert sums(leader, march) == {
        "budgeted": (2, Decimal("140000.00")),
        "collected": (4, -sum(moved)),
        "settled": (1, Decimal("90000.00")),
    }
    assert sums(leader, "first=2026-04-01&last=2026-04-30")["budgeted"] == (1, Decimal("7000.00"))


@pytest.mark.embedded
@pytest.mark.parametrize("name", ["budgeted", "collected", "settled"])
def test_a_sum_has_its_list_and_its_workbook(leader: Client, projects: dict[str, Application], name: str) -> None:
    march = "first=2026-03-01&last=2026-03-31"
    count, amount = sums(leader, march)[name]
    page = leader.get(f"/overview/money/{name}/?{march}")
    assert [line.number for line in page.context["lines"]].count(projects["built"].number) >= 1
    assert projects["built"].get_absolute_url() in page.content.decode()
    rows = sheet(leader, f"/overview/money/{name}/export/?{march}")
    assert len(rows) == count == len(page.context["lines"])
    assert sum(Decimal(str(row[-1])) for row in rows) == amount
    totals = {row[0]: row[1:3] for row in sheet(leader, f"/overview/money/export/?{march}")}
    assert totals[str(page.context["source"].label)] == (count, float(amount))


def test_a_budget_that_was_sent_back_is_not_budgeted(leader: Client, tour_to: TourTo) -> None:
    case = tour_to(Stage.PROJECT_FEE, amount="40000").case
    assert sums(leader, "")["budgeted"] == (1, Decimal("40000.00"))
    data = {"to": "budget", "reason": "管线改道"}
    perform(case, "send_back", by=colleague(Role.COUNTER_CLERK), data=data)
    assert sums(leader, "")["budgeted"] == (0, Decimal("0.00"))


@pytest.mark.parametrize("query", ["first=2026-03-31&last=2026-03-01", "first=gestern", "last=9999-12-31"])
def test_odd_days_are_refused_in_words(leader: Client, query: str) -> None:
    for address in ("", "money/export/", "money/collected/", "money/collected/export/"):
        assert leader.get(f"/overview/{address}?{query}").status_code == 422


def test_what_is_not_there_is_404(leader: Client) -> None:
    for address in ("export/nothing/", "money/nothing/", "money/nothing/export/"):
        assert leader.get(f"/overview/{address}").status_code == 404


def test_the_overview_does_not_ask_more_with_more_cases(leader: Client, case_at: CaseAt) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert leader.get("/overview/").status_code == 200
        return len(captured)

    def grow() -> None:
        for stage in (Stage.SURVEY, Stage.PROJECT_FEE, Stage.COMPLETED):
            set_columns(case_at(stage), **({"due_at": due_in(1)} if stage == Stage.SURVEY else {}))

    grow()
    queries()
    few = queries()
    for _each in range(2):
        grow()
    assert queries() == few <= 40
