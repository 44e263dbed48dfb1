"""Suspension while the applicant owes something: the clock stands still, and nothing else about it moves."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.roles import Role
from applications.engine.doors import perform, work
from applications.engine.limits import Standstill, is_broken, reckon, standstills
from applications.engine.refusals import BadInput
from applications.engine.route import Unit
from applications.lights import light
from applications.models import Application, Clock, Suspension
from applications.reminders import remind
from applications.selectors import folders
from applications.stages import Stage
from applications.tour.cast import colleague
from applications.tour.new_connection import Tour
from tests.applications.test_clocks import CLOSES, at, local, surveyed_at
from waterservice.calendar import calendar
from waterservice.hours import at_hour

TourTo = Callable[..., Tour]
DESIGNER = Role.DESIGNER


def suspend(case: Application, moment: str, kind: str = "other") -> Application:
    with time_machine.travel(at(moment), tick=False):
        data = {"kind": kind, "reason": "等用户", "awaited": "进场时间"}
        return perform(case, "suspend", by=colleague(DESIGNER), data=data)


def resume(case: Application, moment: str) -> Application:
    with time_machine.travel(at(moment), tick=False):
        return perform(case, "resume", by=colleague(DESIGNER))


def test_reasons_that_overlap_count_once(tour_to: TourTo) -> None:
    """Started Tuesday 3rd with 7 days; still from Friday 6th to Monday 16th, whatever the second reason."""
    case = suspend(surveyed_at(tour_to, "2026-03-03 10:00"), "2026-03-06 11:00")
    case = suspend(case, "2026-03-09 09:00", "permits")
    assert case.suspensions.filter(ended_at=None).count() == 2
    case = resume(case, "2026-03-16 09:00")
    assert local(case.due_at) == "2026-03-23 17:00"


def test_the_same_reason_is_not_given_twice(tour_to: TourTo) -> None:
    case = suspend(surveyed_at(tour_to, "2026-03-03 10:00"), "2026-03-06 11:00")
    with pytest.raises(BadInput):
        suspend(case, "2026-03-06 12:00")


def test_papers_that_are_there_cannot_be_waited_for(tour_to: TourTo) -> None:
    with pytest.raises(BadInput, match="nothing is lacking"):
        suspend(surveyed_at(tour_to, "2026-03-03 10:00"), "2026-03-06 11:00", "papers")


def test_a_case_that_waits_for_permits_goes_on_by_itself_when_they_come(tour_to: TourTo) -> None:
    with time_machine.travel(at("2026-03-03 10:00"), tick=False):
        case = tour_to(Stage.PERMITS).case
    case = suspend(case, "2026-03-03 11:00", "permits")
    with time_machine.travel(at("2026-03-05 10:00"), tick=False):
        for kind in ("planning_alignment", "road_opening"):
            assert case.suspended
            data = {"kind": kind, "status": "granted", "number": "演 001", "decided_on": timezone.localdate()}
            case = work(case, "record_permit", by=colleague(DESIGNER), data=data)
    assert not case.suspended
    entry = case.timeline.latest("pk")
    assert (entry.action, entry.automatic, entry.actor) == ("resume", True, None)


def test_a_case_that_waits_for_money_goes_on_by_itself_when_it_is_paid(tour_to: TourTo) -> None:
    tour = tour_to(Stage.PROJECT_FEE)
    counter = colleague(Role.COUNTER_CLERK)
    data = {"kind": "money", "reason": "分期", "awaited": "工程款"}
    tour.case = perform(tour.case, "suspend", by=counter, data=data)
    for name, values, files in tour._payment():
        tour._work(name, values, files)
    assert not tour.case.suspended


def test_a_suspension_that_comes_too_late_heals_nothing(tour_to: TourTo) -> None:
    """The breach of 12 March stays, also when the applicant is waited for afterwards."""
    case = suspend(surveyed_at(tour_to, "2026-03-03 10:00"), "2026-03-12 17:01")
    case = resume(case, "2026-03-20 09:00")
    assert local(case.due_at) == "2026-03-12 17:00"


def test_an_extension_is_moved_by_the_days_stood_still_after_it(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    with time_machine.travel(at("2026-03-04 09:00"), tick=False):
        data = {"clock": case.open_clocks[0].pk, "until": "2026-03-20", "reason": "核管线"}
        case = perform(case, "ask_extension", by=colleague(DESIGNER), data=data)
        case = perform(case, "grant_extension", by=colleague(Role.RESPONSIBLE_LEADER))
    case = resume(suspend(case, "2026-03-10 09:00"), "2026-03-12 09:00")
    assert local(case.due_at) == "2026-03-23 17:00"


def test_a_last_day_that_was_moved_past_days_off_does_not_fall_into_a_standstill(tour_to: TourTo) -> None:
    """NC-11: thirty days end on Sunday 5 April, over Tomb-sweeping on Tuesday; what stands still then runs on after."""
    with time_machine.travel(at("2026-03-06 10:00"), tick=False):
        case = tour_to(Stage.METER_CARD).case
    assert local(case.due_at) == "2026-04-07 17:00"
    for began, due in (("2026-04-07 09:00", "2026-04-21 17:00"), ("2026-04-03 09:00", "2026-04-23 17:00")):
        with transaction.atomic():
            with time_machine.travel(at(began), tick=False):
                data = {"kind": "other", "reason": "等用户", "awaited": "进场时间"}
                stopped = perform(case, "suspend", by=colleague(Role.CONSTRUCTION_UNIT), data=data)
            with time_machine.travel(at("2026-04-20 09:00"), tick=False):
                assert local(perform(stopped, "resume", by=colleague(Role.CONSTRUCTION_UNIT)).due_at) == due
            transaction.set_rollback(True)


@pytest.mark.django_db
def test_what_is_done_during_a_standstill_breaks_no_limit() -> None:
    """A task may fulfil a limit while the case still waits for the applicant."""
    clock = Clock(
        unit=Unit.CALENDAR_DAYS, days=7, closes=CLOSES, started_on=date(2026, 3, 4), started_at=at("2026-03-04 09:00")
    )
    still = Standstill(at("2026-03-05 09:00"), None)
    assert not is_broken(clock, [still], [], by=at("2026-03-25 09:00"))
    assert is_broken(clock, [Standstill(at("2026-03-12 09:00"), None)], [], by=at("2026-03-25 09:00"))


def test_net_and_gross_time_are_kept(tour_to: TourTo) -> None:
    tour = tour_to(Stage.DRAFT)
    with time_machine.travel(at("2026-03-03 10:00"), tick=False):
        tour = tour_to(Stage.SURVEY)
    tour.case = resume(suspend(tour.case, "2026-03-06 11:00"), "2026-03-16 09:00")
    with time_machine.travel(at("2026-03-18 10:00"), tick=False):
        tour.pass_stage()
    clock = tour.case.clocks.get(stage=Stage.SURVEY)
    assert (clock.net_days, clock.gross_days, clock.late) == (4, 11, False)


def test_a_clock_of_the_machine_that_was_set_back_moves_no_due_moment(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    due = case.due_at
    case = suspend(case, "2026-03-06 11:00")
    case = resume(case, "2026-03-01 09:00")  # the server's clock is five days behind
    held = case.suspensions.get()
    assert held.ended_at == held.started_at
    assert due is not None
    assert case.due_at == due  # it ended on the day on which it began


def test_what_ends_on_the_day_on_which_it_began_counts_as_nothing(tour_to: TourTo) -> None:
    """Three stops of a minute on three days do not buy three days."""
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    for day in ("04", "05", "06"):
        case = resume(suspend(case, f"2026-03-{day} 10:00"), f"2026-03-{day} 10:01")
    assert local(case.due_at) == "2026-03-12 17:00"


def test_a_same_day_limit_runs_on_from_the_moment_of_resuming(tour_to: TourTo) -> None:
    """NC-2: it has no days that could stand still; what comes after closing is due at the next."""
    with time_machine.travel(at("2026-03-03 10:00"), tick=False):
        case = tour_to(Stage.DOCUMENT_REVIEW).case
    for resumed, due in (("16:00", "2026-03-03 17:00"), ("17:30", "2026-03-04 17:00")):
        with transaction.atomic():
            counter = colleague(Role.COUNTER_CLERK)
            data = {"kind": "other", "reason": "等用户", "awaited": "印章"}
            with time_machine.travel(at("2026-03-03 11:00"), tick=False):
                stopped = perform(case, "suspend", by=counter, data=data)
            with time_machine.travel(at(f"2026-03-03 {resumed}"), tick=False):
                assert local(perform(stopped, "resume", by=counter).due_at) == due
            transaction.set_rollback(True)


def test_suspending_a_late_case_hides_nothing(tour_to: TourTo) -> None:
    """It stays due, red, on its holder's desk, and is reminded of; a clock that had time left stands still."""
    case = suspend(surveyed_at(tour_to, "2026-03-03 10:00"), "2026-03-13 10:00")
    assert case.suspended
    assert local(case.due_at) == "2026-03-12 17:00"
    with time_machine.travel(at("2026-03-16 09:00"), tick=False):
        assert (light(case).colour, light(case).words) == ("red", "2 working days late, waits for the applicant")
        assert case in folders(colleague(DESIGNER), DESIGNER)["mine"]
        assert remind() == 1
    in_time = suspend(surveyed_at(tour_to, "2026-03-03 10:00"), "2026-03-12 17:00")
    assert in_time.due_at is None
    with time_machine.travel(at("2026-03-16 09:00"), tick=False):
        assert light(in_time).colour == "waiting"
        assert in_time not in folders(colleague(DESIGNER), DESIGNER)["mine"]


# -- against a simulation that walks day by day ---------------------------------------------------------

MONDAY = date(2026, 1, 5)
moments = st.datetimes(datetime(2026, 1, 5), datetime(2026, 12, 31), timezones=st.just(at("2026-01-01 00:00").tzinfo))  # noqa: DTZ001
lengths = st.timedeltas(timedelta(0), timedelta(days=30)) | st.timedeltas(timedelta(0), timedelta(hours=12))
pairs = st.lists(st.tuples(moments, lengths), max_size=6)


def each_day(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def simulated(unit: Unit, days: int, start: date, stills: list[Standstill]) -> datetime:
    """Each day is looked at by itself; a standstill that begins after the due moment is too late.

    A day stands still when a standstill that reaches into another day touches it: what ends on the day on which it
    began counts as nothing.
    """
    reached: list[Standstill] = []
    while True:
        spans = [(timezone.localdate(s.began), timezone.localdate(s.ended)) for s in reached]
        still = {day for first, last in spans if first != last for day in each_day(first, last)}
        day, left = start, days
        while left:
            day += timedelta(days=1)
            counts = unit is Unit.CALENDAR_DAYS or calendar().is_working(day)
            left -= counts and day not in still
        while not calendar().is_working(day) or day in still:
            day += timedelta(days=1)
        due = at_hour(day, CLOSES)
        following = next((s for s in stills if s not in reached and s.began <= due), None)
        if following is None:
            return due
        reached.append(following)


@pytest.mark.django_db
@settings(deadline=None)  # the first example reads the calendar
@given(st.sampled_from([Unit.WORKING_DAYS, Unit.CALENDAR_DAYS]), st.integers(1, 30), pairs)
def test_suspensions_agree_with_a_day_by_day_simulation(
    unit: Unit, days: int, spans: list[tuple[datetime, timedelta]]
) -> None:
    rows = [Suspension(started_at=began, ended_at=began + length) for began, length in spans]
    stills = standstills(rows)
    clock = Clock(unit=unit, days=days, closes=CLOSES, started_on=MONDAY, started_at=at("2026-01-05 09:00"))
    due = reckon(clock, stills, granted=None)
    assert due.by_rule == due.at == simulated(unit, days, MONDAY, stills)
    assert all(first.ended is not None and first.ended < second.began for first, second in pairwise(stills))
