"""A case's page explains a due moment as the command `workdays --explain` does, and says what moved it."""

import io
from collections.abc import Callable, Sequence
from datetime import date

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client

from accounts.roles import Role
from applications.clock_views import ClockDay, days_of
from applications.engine.doors import perform
from applications.engine.limits import Standstill, reckon
from applications.engine.route import Unit
from applications.models import Clock, Extension
from applications.stages import Stage
from applications.tour.cast import colleague
from applications.tour.new_connection import Tour
from tests.applications.test_clocks import CLOSES, at

TourTo = Callable[..., Tour]
pytestmark = [pytest.mark.django_db, pytest.mark.embedded]


def explained(
    unit: Unit, days: int, start: str, stills: Sequence[Standstill] = (), until: date | None = None
) -> list[ClockDay]:
    began = at(start)
    clock = Clock(unit=unit, days=days, closes=CLOSES, started_on=began.date(), started_at=began)
    granted = Extension(until=until, asked_at=began) if until else None
    clock.rule_due_at, clock.due_at, clock.warn_on, clock.provisional = reckon(clock, stills, granted=granted)
    return days_of(clock, stills)


def told(days: list[ClockDay]) -> list[tuple[str, str, int, str]]:
    return [(f"{day.note.day:%m-%d}", day.state, day.place, day.reason) for day in days]


@pytest.mark.parametrize(
    ("unit", "days", "start"),
    [
        (Unit.WORKING_DAYS, 7, "2026-09-30"),
        (Unit.CALENDAR_DAYS, 30, "2026-09-01"),
        (Unit.CALENDAR_DAYS, 7, "2026-09-24"),
    ],
)
def test_the_page_counts_the_days_that_the_command_counts(unit: Unit, days: int, start: str) -> None:
    printed = io.StringIO()
    way = ["--calendar-days"] if unit is Unit.CALENDAR_DAYS else []
    call_command("workdays", start, str(days), "--explain", *way, stdout=printed)
    lines = [line.split("  ") for line in printed.getvalue().splitlines()[:-1]]
    counted = [line[0][5:] for line in lines if line[2] == "counted"]
    shown = told(explained(unit, days, f"{start} 09:00"))
    assert [day for day, *_rest in shown] == [line[0][5:] for line in lines]
    assert [day for day, state, *_rest in shown if state == "counted"] == counted
    assert [place for _day, _state, place, _reason in shown if place] == list(range(1, days + 1))


def test_what_ends_on_a_day_off_says_that_it_was_moved() -> None:
    """Thirty calendar days from 1 September 2026 end on 1 October; the 8th is the next working day."""
    shown = told(explained(Unit.CALENDAR_DAYS, 30, "2026-09-01 09:00"))
    assert shown[29] == ("10-01", "counted", 30, "National Day")
    assert {(state, place, reason) for _day, state, place, reason in shown[30:-1]} == {("skipped", 0, "National Day")}
    assert shown[-1] == ("10-08", "skipped", 0, "moved past a day off")


def test_days_of_an_extension_are_not_numbered() -> None:
    shown = told(explained(Unit.WORKING_DAYS, 7, "2026-03-03 09:00", until=date(2026, 3, 18)))
    assert shown[8] == ("03-12", "counted", 7, "Working day")
    assert [row[0] for row in shown[9:]] == [f"03-{day}" for day in range(13, 19)]
    assert {row[1:] for row in shown[9:]} == {("granted", 0, "extension granted until 2026-03-18")}


@pytest.mark.parametrize(
    ("start", "rows"),
    [
        ("2026-03-03 09:00", [("03-03", "counted", 0, "due on this day")]),
        ("2026-03-06 17:30", [("03-06", "skipped", 0, "after closing")]),
        ("2026-03-07 09:00", [("03-07", "skipped", 0, "Weekend")]),
    ],
)
def test_a_same_day_limit_is_explained_too(start: str, rows: list[tuple[str, str, int, str]]) -> None:
    following = {
        "2026-03-06 17:30": [("03-07", "skipped", 0, "Weekend"), ("03-08", "skipped", 0, "Weekend")],
        "2026-03-07 09:00": [("03-08", "skipped", 0, "Weekend")],
    }
    ends = [("03-09", "counted", 0, "due on this day")] if start in following else []
    assert told(explained(Unit.SAME_DAY, 0, start)) == [*rows, *following.get(start, []), *ends]


def test_a_same_day_limit_that_stood_still_is_due_on_the_day_of_resuming() -> None:
    still = Standstill(at("2026-03-03 10:00"), at("2026-03-05 09:00"))
    shown = told(explained(Unit.SAME_DAY, 0, "2026-03-03 09:00", [still]))
    assert [row[1] for row in shown] == ["still", "still", "counted"]


def test_days_of_a_standstill_are_named_and_those_of_a_short_stop_counted() -> None:
    stills = [
        Standstill(at("2026-03-04 10:00"), at("2026-03-04 16:00")),
        Standstill(at("2026-03-06 10:00"), at("2026-03-10 09:00")),
    ]
    shown = told(explained(Unit.WORKING_DAYS, 7, "2026-03-03 09:00", stills))
    assert [row[0] for row in shown if row[1] == "still"] == [f"03-{day:02}" for day in range(6, 11)]
    assert [row[0] for row in shown if row[2]] == [f"03-{day:02}" for day in (4, 5, 11, 12, 13, 16, 17)]


def test_a_stop_after_the_due_moment_is_no_part_of_the_explanation() -> None:
    stills = [Standstill(at("2026-03-12 17:30"), None)]
    shown = told(explained(Unit.WORKING_DAYS, 7, "2026-03-03 09:00", stills))
    assert shown[-1] == ("03-12", "counted", 7, "Working day")


def test_an_estimated_day_says_so() -> None:
    shown = told(explained(Unit.WORKING_DAYS, 3, "2049-05-28 09:00"))
    assert shown[-1][3] == "Working day (estimated)"


def test_the_time_tab_shows_a_same_day_limit_and_a_broken_one_that_was_cancelled(
    client: Client, tour_to: TourTo
) -> None:
    with time_machine.travel(at("2026-03-03 10:00"), tick=False):
        case = tour_to(Stage.DOCUMENT_REVIEW).case
        client.force_login(colleague(Role.COUNTER_CLERK))
        address = f"{case.get_absolute_url()}?tab=time"
        assert "due on this day" in client.get(address).content.decode()
    with time_machine.travel(at("2026-03-04 10:00"), tick=False):
        perform(case, "withdraw", by=colleague(Role.COUNTER_CLERK), data={"reason": "不办了"})
        client.force_login(colleague(Role.COUNTER_CLERK))
        page = client.get(address).content.decode()
    assert ">late</span>" in page
    assert ">cancelled</span>" in page
