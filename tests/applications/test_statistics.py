"""How long things take, in net working days: limits and stays by stage, completed cases by kind, month and office."""

import io
from collections import Counter
from collections.abc import Callable
from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from accounts.roles import Role
from applications.engine.doors import perform
from applications.models import Application
from applications.stages import Stage
from applications.statistics import GROUPINGS, Figures, Filters, figures
from applications.statistics.figures import median, percentile
from applications.tour.cast import colleague
from applications.tour.new_connection import Tour
from tests.applications.test_backdating import ask
from tests.applications.test_clocks import at, surveyed_at
from waterservice.calendar import calendar

TourTo = Callable[..., Tour]
pytestmark = pytest.mark.embedded
MARCH = Filters(date(2026, 3, 1), date(2026, 3, 31))


@given(st.lists(st.integers(0, 40), min_size=1))
def test_median_and_percentile_are_those_of_the_sorted_list(days: list[int]) -> None:
    ordered, counted = sorted(days), Counter(days)
    middle = len(ordered) // 2
    expected = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    assert median(counted) == expected
    assert percentile(counted, 90) == ordered[-(-len(ordered) * 90 // 100) - 1]


def surveyed_after(tour_to: TourTo, done: str, *, extended: bool = False) -> None:
    tour = tour_to(Stage.DRAFT)
    with time_machine.travel(at("2026-03-03 10:00"), tick=False):
        tour = tour_to(Stage.SURVEY)
    with time_machine.travel(at(done), tick=False):
        if extended:
            data = {"clock": tour.case.open_clocks[0].pk, "until": "2026-03-31", "reason": "积水"}
            tour.case = perform(tour.case, "ask_extension", by=colleague(Role.DESIGNER), data=data)
            tour.case = perform(tour.case, "grant_extension", by=colleague(Role.RESPONSIBLE_LEADER))
        tour.pass_stage()


def test_finished_late_and_extended_are_told_apart(tour_to: TourTo) -> None:
    surveyed_after(tour_to, "2026-03-05 10:00")
    surveyed_after(tour_to, "2026-03-12 16:00", extended=True)
    surveyed_after(tour_to, "2026-03-16 10:00", extended=True)  # asked for after the limit had run out: a breach
    (survey,) = [line for line in figures(MARCH, "stage") if line.label == str(Stage.SURVEY.label)]
    assert (survey.finished, survey.late, survey.extended, survey.on_time_percent) == (3, 1, 2, 67)
    assert (survey.median, survey.p90) == (7, 9)
    assert survey.limit == "7 working days (NC-4a)"


def test_a_withdrawn_request_is_nobodys_achievement(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    with time_machine.travel(at("2026-03-04 10:00"), tick=False):
        perform(case, "withdraw", by=colleague(Role.COUNTER_CLERK), data={"reason": "不办了"})
    assert [line.label for line in figures(MARCH, "stage")] == [
        str(stage.label) for stage in (Stage.DRAFT, Stage.DOCUMENT_REVIEW, Stage.ARREARS_CHECK)
    ]


def test_a_limit_that_was_broken_before_the_request_was_withdrawn_stays_a_breach(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    with time_machine.travel(at("2026-03-17 10:00"), tick=False):
        perform(case, "withdraw", by=colleague(Role.COUNTER_CLERK), data={"reason": "不办了"})
    case.clocks.filter(stage=Stage.SURVEY).update(late=True)
    surveyed_after(tour_to, "2026-03-05 10:00")
    survey = by_label(figures(MARCH, "stage"))[str(Stage.SURVEY.label)]
    assert (survey.finished, survey.late, survey.on_time_percent, survey.median) == (1, 1, 50, 2)


def by_label(lines: list[Figures]) -> dict[str, Figures]:
    return {line.label: line for line in lines}


def completed(tour_to: TourTo, days: dict[Stage, str]) -> Application:
    """A case that is completed; at the stages named it stood until the day named."""
    tour = tour_to(Stage.DRAFT)
    moment = at("2026-03-03 10:00")
    with time_machine.travel(moment, tick=False):
        tour = tour_to(Stage.SURVEY)
    while not tour.case.closed:
        moment = at(days.get(Stage(tour.case.stage), f"{moment:%Y-%m-%d %H:%M}"))
        with time_machine.travel(moment, tick=False):
            if tour.case.suspended:
                tour.case = perform(tour.case, "resume", by=colleague(Role.DESIGNER))
            tour.pass_stage()
        if tour.case.stage == Stage.PERMITS and Stage.PERMITS in days:
            with time_machine.travel(moment, tick=False):
                data = {"kind": "permits", "reason": "等批复", "awaited": "掘路许可"}
                tour.case = perform(tour.case, "suspend", by=colleague(Role.DESIGNER), data=data)
    return tour.case


def test_stages_without_a_limit_show_how_long_cases_stayed(tour_to: TourTo) -> None:
    """Approved on the third working day; waited for permits from the 5th to the 16th, which is nobody's time."""
    days = {
        Stage.SURVEY: "2026-03-05 10:00",
        Stage.PERMITS: "2026-03-16 10:00",
        Stage.BUDGET_APPROVAL: "2026-03-19 10:00",
    }
    completed(tour_to, days)
    lines = figures(MARCH, "stage")
    passed = {str(stage.label) for stage in Application.KINDS["new_connection"].route.stages}
    passed -= {str(Stage.ARREARS_SETTLEMENT.label)}  # nothing was owed
    assert passed <= set(by_label(lines))
    approval = by_label(lines)[str(Stage.BUDGET_APPROVAL.label)]
    assert (approval.finished, approval.median, approval.limit, approval.limited) == (1, 3, "", False)
    assert approval.on_time_percent is None
    permits = by_label(lines)[str(Stage.PERMITS.label)]
    assert (permits.median, permits.whole_median) == (0, 7)


@pytest.mark.parametrize("grouping", ["kind", "month"])
def test_what_the_applicant_was_waited_for_at_a_stage_is_no_time_of_the_whole_case(
    tour_to: TourTo, grouping: str
) -> None:
    """NC-4c: 14 working days from the 3rd to the 23rd, all but the last two of them for the applicant to pay."""
    completed(tour_to, {Stage.PROJECT_FEE: "2026-03-19 10:00", Stage.CONSTRUCTION: "2026-03-23 10:00"})
    (line,) = figures(MARCH, grouping)
    assert (line.median, line.whole_median) == (2, 14)
    fee = by_label(figures(MARCH, "stage"))[str(Stage.PROJECT_FEE.label)]
    assert (fee.median, fee.whole_median) == (0, 12)


@pytest.mark.parametrize("address", ["/statistics/", "/statistics/export/"])
@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_days_that_the_calendar_does_not_cover_are_refused_in_words(
    client: Client, everybody: None, address: str, day: str
) -> None:
    client.force_login(colleague(Role.DUTY_MANAGER))
    assert client.get(address, {"last": day}).status_code in (400, 404, 422)
    assert client.get(address, {"first": day}).status_code in (400, 404, 422)


def test_a_stay_that_ended_with_sending_back_is_not_counted_and_the_way_there_begins_anew(tour_to: TourTo) -> None:
    tour = tour_to(Stage.DRAFT)
    with time_machine.travel(at("2026-03-03 10:00"), tick=False):
        tour = tour_to(Stage.BUDGET_APPROVAL)
    with time_machine.travel(at("2026-03-06 10:00"), tick=False):
        data = {"to": "budget", "reason": "重算"}
        tour.case = perform(tour.case, "send_back", by=colleague(Role.RESPONSIBLE_LEADER), data=data)
        tour.pass_stage()
    with time_machine.travel(at("2026-03-09 10:00"), tick=False):
        tour.pass_stage()
    approval = by_label(figures(MARCH, "stage"))[str(Stage.BUDGET_APPROVAL.label)]
    assert (approval.finished, approval.median) == (1, 1)


def test_a_late_record_counts_on_the_day_on_which_the_deed_happened(tour_to: TourTo) -> None:
    tour = tour_to(Stage.DRAFT)
    with time_machine.travel(at("2026-03-24 10:00"), tick=False):
        tour = tour_to(Stage.PERMITS)
    with time_machine.travel(at("2026-04-02 10:00"), tick=False):
        tour.case = ask(tour.case, "2026-03-30", step="complete_permits")
        tour.case = perform(tour.case, "grant_backdating", by=colleague(Role.RESPONSIBLE_LEADER))
        tour.pass_stage()
    permits = by_label(figures(MARCH, "stage"))[str(Stage.PERMITS.label)]
    assert (permits.finished, permits.whole_median) == (1, 4)


YEAR = Filters(date(2026, 1, 1), date(2026, 12, 31))


def test_kinds_and_months_count_completed_cases_from_acceptance_to_completion(tour_to: TourTo) -> None:
    """One in March with a late survey and eleven days of waiting, one in April; a third is not completed."""
    late = {Stage.SURVEY: "2026-03-05 10:00", Stage.PERMITS: "2026-03-16 10:00", Stage.FILING: "2026-03-20 10:00"}
    first = completed(tour_to, late)
    first.clocks.filter(stage=Stage.SURVEY).update(late=True)
    first.clocks.filter(stage=Stage.BUDGET).update(extended=True)
    second = completed(tour_to, {Stage.FILING: "2026-04-02 10:00"})
    surveyed_after(tour_to, "2026-03-05 10:00")
    (kind,) = figures(YEAR, "kind")
    assert (kind.label, kind.finished, kind.late, kind.extended) == ("New connection", 2, 1, 1)
    closed = ((first, date(2026, 3, 20)), (second, date(2026, 4, 2)))
    gross = [calendar().working_days_between(case.accepted_on, day) for case, day in closed]
    assert sorted(kind.whole.elements()) == sorted(gross)
    assert sorted(kind.days.elements()) == sorted([gross[0] - 8, gross[1]])
    march, april = figures(YEAR, "month")
    assert (march.label, march.finished, march.late, march.extended, march.on_time_percent) == ("2026-03", 1, 1, 1, 0)
    assert (april.label, april.finished, april.late) == ("2026-04", 1, 0)
    assert [line.finished for line in figures(MARCH, "kind")] == [1]


def test_a_breach_that_was_undone_makes_the_case_late(tour_to: TourTo) -> None:
    tour = tour_to(Stage.DRAFT)
    with time_machine.travel(at("2026-03-03 10:00"), tick=False):
        tour = tour_to(Stage.BUDGET)
    with time_machine.travel(at("2026-03-17 10:00"), tick=False):
        data = {"to": "design", "reason": "管线改道"}
        tour.case = perform(tour.case, "send_back", by=colleague(Role.DESIGNER), data=data)
        tour.case.clocks.filter(stage=Stage.BUDGET, cancelled=True).update(late=True)
        while not tour.case.closed:
            tour.pass_stage()
    assert [(line.finished, line.late) for line in figures(YEAR, "kind")] == [(1, 1)]
    budget = by_label(figures(YEAR, "stage"))[str(Stage.BUDGET.label)]
    assert (budget.finished, budget.late, budget.on_time_percent, budget.median) == (1, 1, 50, 0)


@pytest.mark.usefixtures("everybody")
def test_an_office_answers_for_its_own_part_of_a_case(tour_to: TourTo) -> None:
    case = completed(tour_to, {Stage.SURVEY: "2026-03-05 10:00", Stage.BUDGET: "2026-03-10 10:00"})
    case.clocks.filter(stage=Stage.ARREARS_CHECK).update(late=True)
    offices = by_label(figures(YEAR, "office"))
    design = colleague(Role.DESIGNER).office
    business = colleague(Role.BUSINESS_CLERK).office
    assert design is not None
    assert business is not None
    assert (offices[str(design)].finished, offices[str(design)].late, offices[str(design)].median) == (1, 0, 5)
    assert (offices[str(business)].finished, offices[str(business)].late) == (1, 1)
    of_design = Filters(YEAR.first, YEAR.last, office=design.pk)
    assert [(line.late, line.median) for line in figures(of_design, "month")] == [(0, 5)]


@pytest.mark.parametrize("by", GROUPINGS)
def test_more_cases_take_no_more_queries(client: Client, tour_to: TourTo, by: str) -> None:
    client.force_login(colleague(Role.DEPUTY_GENERAL_MANAGER))
    page = f"/statistics/?first={YEAR.first}&last={YEAR.last}&by={by}"

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(page).status_code == 200
        return len(captured)

    completed(tour_to, {Stage.SURVEY: "2026-03-05 10:00", Stage.PERMITS: "2026-03-16 10:00"})
    queries()
    few = queries()
    for _case in range(2):
        completed(tour_to, {Stage.SURVEY: "2026-03-06 10:00", Stage.PERMITS: "2026-03-18 10:00"})
    assert queries() == few <= 15


def test_the_screen_draws_and_exports_what_it_shows(client: Client, tour_to: TourTo) -> None:
    surveyed_after(tour_to, "2026-03-05 10:00")
    client.force_login(colleague(Role.DEPUTY_GENERAL_MANAGER))
    query = "first=2026-03-01&last=2026-03-31&by=stage"
    page = client.get(f"/statistics/?{query}").content.decode()
    assert "<svg" in page
    assert str(Stage.SURVEY.label) in page
    book = load_workbook(io.BytesIO(client.get(f"/statistics/export/?{query}").content))
    rows = list(book.active.iter_rows(values_only=True))
    assert [list(row) for row in rows[1:]] == [
        [cell or (None if cell == "" else cell) for cell in line.cells()] for line in figures(MARCH, "stage")
    ]


@pytest.mark.parametrize(
    ("by", "heading"), [("stage", "环节"), ("office", "部门"), ("kind", "业务类型"), ("month", "月份")]
)
def test_the_first_column_says_what_stands_in_it(client: Client, tour_to: TourTo, by: str, heading: str) -> None:
    with time_machine.travel(at("2026-03-03 10:00"), tick=False):
        tour_to(Stage.COMPLETED)
    client.force_login(colleague(Role.DEPUTY_GENERAL_MANAGER))
    client.cookies["django_language"] = "zh-hans"
    with translation.override("zh-hans"):
        page = client.get(f"/statistics/?first=2026-03-01&last=2026-03-31&by={by}").content.decode()
        book = client.get(f"/statistics/export/?first=2026-03-01&last=2026-03-31&by={by}").content
    assert f"<th>{heading}</th>" in page
    assert load_workbook(io.BytesIO(book)).active["A1"].value == heading


@pytest.mark.parametrize("query", ["first=2026-03-31&last=2026-03-01", "first=gestern", "by=nonsense", "office=0"])
def test_odd_questions_are_answered_in_words(client: Client, db: None, query: str) -> None:
    client.force_login(colleague(Role.AUDITOR))
    assert client.get(f"/statistics/?{query}").status_code == 422
    assert client.get(f"/statistics/export/?{query}").status_code == 422


def test_clerks_have_no_statistics(client: Client, db: None) -> None:
    client.force_login(colleague(Role.COUNTER_CLERK))
    assert client.get("/statistics/").status_code == 403
