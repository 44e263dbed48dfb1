"""Clocks that one deed opens and another fulfils: from which day they count, and one for each subject."""

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine

from accounts.roles import Role
from applications.clock_views import days_of
from applications.engine import clocks
from applications.engine.doors import perform, work
from applications.engine.refusals import BadInput
from applications.engine.route import AnchoredClock, Route, calendar_days
from applications.models import Application, NewConnection
from applications.stages import Stage
from applications.tour.cast import colleague, scan
from applications.tour.new_connection import Tour
from engineering.models import PermitStatus
from tests.applications.test_clocks import at, local

TourTo = Callable[..., Tour]
BUILDER = Role.CONSTRUCTION_UNIT


# -- NC-11 counts from the end of construction, whenever that is reported ------------------------------------


COMPLETED = {"meter_number": "YS00000011", "calibre": 50, "meter_position": "门前表井", "digits": 5, "first_reading": 3}


def completion(case: Application, completed_on: str) -> Application:
    values = COMPLETED | {"completed_on": completed_on}
    return work(case, "record_completion", by=colleague(BUILDER), data=values)


@pytest.fixture
def built(tour_to: TourTo) -> Application:
    with time_machine.travel(at("2026-03-03 10:00"), tick=False):
        return tour_to(Stage.CONSTRUCTION).case


def test_works_have_not_ended_before_they_were_ordered(built: Application) -> None:
    with time_machine.travel(at("2026-03-20 10:00"), tick=False):
        with pytest.raises(BadInput, match="issued on 2026-03-03") as refused:
            completion(built, "2026-03-02")
        assert list(refused.value.errors) == ["completed_on"]
        completion(built, "2026-03-03")


def test_the_card_counts_from_the_end_of_construction_not_from_its_report(tour_to: TourTo) -> None:
    """NC-11: within 30 days of the end of construction; a report that comes late gains nothing."""
    with time_machine.travel(at("2026-09-01 10:00"), tick=False):
        case = tour_to(Stage.CONSTRUCTION).case
    with time_machine.travel(at("2026-09-28 10:00"), tick=False):
        case = perform(completion(case, "2026-09-03"), "report_completion", by=colleague(BUILDER))
        card = case.clocks.get(clause="NC-11")
        assert card.started_on == date(2026, 9, 3)
        assert local(card.due_at) == "2026-10-08 17:00"  # 3 October falls into the days off of the National Day
        shown = days_of(card, [])
    counted = [day.note.day for day in shown if day.state == "counted"]
    assert (counted[0], counted[-1], len(counted)) == (date(2026, 9, 4), date(2026, 10, 3), 30)
    assert card.since_words == "works ended on"
    assert case.clocks.get(clause="NC-7").since_words == "started on"


def test_a_report_on_the_day_itself_counts_from_that_day(built: Application) -> None:
    with time_machine.travel(at("2026-03-20 10:00"), tick=False):
        case = perform(completion(built, "2026-03-20"), "report_completion", by=colleague(BUILDER))
    card = case.clocks.get(clause="NC-11")
    assert card.started_on == date(2026, 3, 20)
    assert local(card.due_at) == "2026-04-20 17:00"  # 19 April is a Sunday


def test_a_late_record_of_the_report_counts_from_the_end_of_construction_too(built: Application) -> None:
    case = backdated_report(built, completed_on="2026-03-04", reported_on="2026-03-05")
    assert case.clocks.get(clause="NC-7").finished_on == date(2026, 3, 5)
    card = case.clocks.get(clause="NC-11")
    assert card.started_on == date(2026, 3, 4)
    assert local(card.due_at) == "2026-04-03 17:00"


def test_works_are_not_reported_before_they_ended(built: Application) -> None:
    with pytest.raises(BadInput, match="works ended on 2026-03-06"):
        backdated_report(built, completed_on="2026-03-06", reported_on="2026-03-05")


def backdated_report(case: Application, *, completed_on: str, reported_on: str) -> Application:
    with time_machine.travel(at("2026-03-20 10:00"), tick=False):
        data = {"step": "report_completion", "happened_on": reported_on, "reason": "现场无网络"}
        files = {"evidence": scan("photo")}
        case = perform(completion(case, completed_on), "ask_backdating", by=colleague(BUILDER), data=data, files=files)
        case = perform(case, "grant_backdating", by=colleague(Role.RESPONSIBLE_LEADER))
        return perform(case, "report_completion", by=colleague(BUILDER))


def test_a_standstill_between_the_end_of_construction_and_its_report_does_not_count(built: Application) -> None:
    """The clock is written when the report comes; what stood still since the event stands still in it."""
    wait = {"kind": "other", "reason": "等用户确认表位", "awaited": "用户书面确认"}
    with time_machine.travel(at("2026-03-06 10:00"), tick=False):
        case = perform(built, "suspend", by=colleague(BUILDER), data=wait)
    with time_machine.travel(at("2026-03-10 10:00"), tick=False):
        case = perform(case, "resume", by=colleague(BUILDER))
    with time_machine.travel(at("2026-03-12 10:00"), tick=False):
        case = perform(completion(case, "2026-03-05"), "report_completion", by=colleague(BUILDER))
    card = case.clocks.get(clause="NC-11")
    assert local(card.due_at) == "2026-04-09 17:00"  # 4 April and five days, the 6th to the 10th of March
    with time_machine.travel(at("2026-03-12 11:00"), tick=False):
        clocks.retime(case)
    card.refresh_from_db()
    assert local(card.due_at) == "2026-04-09 17:00"


def test_a_day_of_completion_that_is_corrected_starts_the_clock_anew(built: Application) -> None:
    with time_machine.travel(at("2026-03-12 10:00"), tick=False):
        case = perform(completion(built, "2026-03-05"), "report_completion", by=colleague(BUILDER))
        back = {"to": Stage.CONSTRUCTION, "reason": "竣工日期有误"}
        case = perform(case, "send_back", by=colleague(Role.DESIGNER), data=back)
        case = perform(completion(case, "2026-03-10"), "report_completion", by=colleague(BUILDER))
    first, second = case.clocks.filter(clause="NC-11").order_by("id")
    assert (first.cancelled, second.running, second.started_on) == (True, True, date(2026, 3, 10))


def test_a_report_on_the_last_of_the_thirty_days_leaves_no_more_time(built: Application) -> None:
    """NC-11: from the next day on the card, and nothing else, needs an extension."""
    with time_machine.travel(at("2026-04-02 10:00"), tick=False):  # the last day agreed for the works
        case = completion(built, "2026-03-03")
    with time_machine.travel(at("2026-04-02 16:00"), tick=False):
        case = perform(case, "report_completion", by=colleague(BUILDER))
        card = case.clocks.get(clause="NC-11")
        assert local(card.due_at) == "2026-04-02 17:00"
        later = at("2026-04-03 09:00")
        assert case.late_clock_gating("hand_over_meter_card", later) == card
        assert case.late_clock_gating("pass_acceptance", later) is None


# -- a toy route: one clock for each permit, opened and fulfilled by a task; one that starts anew ------------


def pending(case: Application) -> list[str]:
    return list(
        case.project.permits.filter(status=PermitStatus.PENDING).order_by("kind").values_list("kind", flat=True)
    )


TOY_KIND: Any = SimpleNamespace(value="toy")  # a kind that no case has, so that its policies bear names of their own
TOY = Route(
    TOY_KIND,
    NewConnection.route.stops,
    anchored=(
        AnchoredClock(
            calendar_days(7, clause="TOY-1"),
            about="Permit",
            opened_by=("record_permit",),
            fulfilled_by="record_permit",
            subjects=pending,
        ),
        AnchoredClock(
            calendar_days(30, clause="TOY-2"),
            about="Budget",
            opened_by=("comment",),
            fulfilled_by="submit_budget",
        ),
    ),
)


@pytest.fixture
def toy(tour_to: TourTo, monkeypatch: pytest.MonkeyPatch) -> Application:
    monkeypatch.setattr(NewConnection, "route", TOY)
    with time_machine.travel(at("2026-03-03 10:00"), tick=False):
        return tour_to(Stage.PERMITS).case


def permit(case: Application, kind: str, status: str, moment: str) -> Application:
    with time_machine.travel(at(moment), tick=False):
        data = {"kind": kind, "status": status, "number": "演 001", "decided_on": at(moment).date()}
        if status == PermitStatus.PENDING:
            data = {"kind": kind, "status": status}
        return work(case, "record_permit", by=colleague(Role.DESIGNER), data=data)


def test_each_subject_has_a_clock_of_its_own(toy: Application) -> None:
    case = permit(toy, "road_opening", "pending", "2026-03-04 10:00")
    case = permit(case, "planning_alignment", "pending", "2026-03-05 10:00")
    clocks = {clock.subject: clock for clock in case.clocks.filter(clause="TOY-1")}
    assert {subject: local(clock.due_at) for subject, clock in clocks.items()} == {
        "road_opening": "2026-03-11 17:00",
        "planning_alignment": "2026-03-12 17:00",
    }
    assert {clock.about for clock in clocks.values()} == {"Permit road_opening", "Permit planning_alignment"}
    assert local(case.due_at) == "2026-03-11 17:00"
    assert {clock.owner for clock in clocks.values()} == {Role.DESIGNER}


def test_a_task_fulfils_the_clock_of_its_subject_alone(toy: Application) -> None:
    case = permit(toy, "road_opening", "pending", "2026-03-04 10:00")
    case = permit(case, "planning_alignment", "pending", "2026-03-05 10:00")
    case = permit(case, "road_opening", "granted", "2026-03-16 10:00")
    running = case.clocks.get(clause="TOY-1", stopped_at=None)
    done = case.clocks.get(clause="TOY-1", stopped_at__isnull=False)
    assert (running.subject, done.subject) == ("planning_alignment", "road_opening")
    assert (done.late, done.cancelled, done.finished_on) == (True, False, date(2026, 3, 16))
    assert local(case.due_at) == "2026-03-12 17:00"


def test_a_clock_of_the_whole_case_starts_anew_with_each_deed_and_runs_through_the_stages(toy: Application) -> None:
    """As HM-6 counts from the last payment."""
    case = toy
    for moment in ("2026-03-04 10:00", "2026-03-06 10:00"):
        with time_machine.travel(at(moment), tick=False):
            case = work(case, "comment", by=colleague(Role.COUNTER_CLERK), data={"words": "到账"})
    first, second = case.clocks.filter(clause="TOY-2").order_by("id")
    assert (first.cancelled, first.late) == (True, False)
    assert (second.running, second.started_on) == (True, date(2026, 3, 6))
    for kind in ("planning_alignment", "road_opening"):
        case = permit(case, kind, "granted", "2026-03-09 10:00")
    with time_machine.travel(at("2026-03-09 10:00"), tick=False):
        case = perform(case, "complete_permits", by=colleague(Role.DESIGNER))
    assert {clock.clause for clock in case.open_clocks} == {"NC-4c", "TOY-2"}
