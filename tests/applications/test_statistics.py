"""How long things take: counted from clocks that were fulfilled, in net working days."""

import io
from collections import Counter
from collections.abc import Callable
from datetime import date

import pytest
import time_machine
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from accounts.roles import Role
from applications.engine.doors import perform
from applications.stages import Stage
from applications.statistics import GROUPINGS, Filters, figures, median, percentile
from applications.tour.cast import colleague
from applications.tour.new_connection import Tour
from tests.applications.test_clocks import at, surveyed_at

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
        str(Stage.DOCUMENT_REVIEW.label),
        str(Stage.ARREARS_CHECK.label),
    ]


@pytest.mark.parametrize("by", GROUPINGS)
def test_each_way_to_put_them_together_counts_the_same_clocks(tour_to: TourTo, by: str) -> None:
    surveyed_after(tour_to, "2026-03-05 10:00")
    with time_machine.travel(at("2026-04-02 10:00"), tick=False):
        tour_to(Stage.COMPLETED)
    whole = Filters(date(2026, 1, 1), date(2026, 12, 31))
    assert sum(line.finished for line in figures(whole, by)) == whole.rows().count() > 5
    assert sum(line.finished for line in figures(MARCH, by)) < whole.rows().count()


def test_the_screen_draws_and_exports_what_it_shows(client: Client, tour_to: TourTo) -> None:
    surveyed_after(tour_to, "2026-03-05 10:00")
    client.force_login(colleague(Role.DEPUTY_GENERAL_MANAGER))
    query = "first=2026-03-01&last=2026-03-31&by=stage"
    page = client.get(f"/statistics/?{query}").content.decode()
    assert "<svg" in page
    assert str(Stage.SURVEY.label) in page
    book = load_workbook(io.BytesIO(client.get(f"/statistics/export/?{query}").content))
    rows = list(book.active.iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == [line.label for line in figures(MARCH, "stage")]


@pytest.mark.parametrize("query", ["first=2026-03-31&last=2026-03-01", "first=gestern", "by=nonsense", "office=0"])
def test_odd_questions_are_answered_in_words(client: Client, db: None, query: str) -> None:
    client.force_login(colleague(Role.AUDITOR))
    assert client.get(f"/statistics/?{query}").status_code == 422
    assert client.get(f"/statistics/export/?{query}").status_code == 422


def test_clerks_have_no_statistics(client: Client, db: None) -> None:
    client.force_login(colleague(Role.COUNTER_CLERK))
    assert client.get("/statistics/").status_code == 403
