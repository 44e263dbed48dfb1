"""Clocks that one deed opens and another fulfils: from which day they count, and one for each subject."""

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine

from accounts.roles import Role
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


# -- NC-11 counts from the day of the step, not from a day that was typed -----------------------------------


def completion(case: Application, completed_on: str) -> Application:
    values = {
        "completed_on": completed_on,
        "meter_number": "YS00000011",
        "calibre": 50,
        "meter_position": "门前表井",
        "first_reading": 3,
    }
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


def test_a_typed_day_of_completion_moves_no_clock(built: Application) -> None:
    with time_machine.travel(at("2026-03-20 10:00"), tick=False):
        case = perform(completion(built, "2026-03-05"), "report_completion", by=colleague(BUILDER))
    card = case.clocks.get(clause="NC-11")
    assert card.started_on == date(2026, 3, 20)
    assert local(card.due_at) == "2026-04-20 17:00"  # 19 April is a Sunday


def test_with_a_second_person_it_counts_from_the_day_of_the_late_record(built: Application) -> None:
    with time_machine.travel(at("2026-03-20 10:00"), tick=False):
        data = {"step": "report_completion", "happened_on": "2026-03-05", "reason": "现场无网络"}
        files = {"evidence": scan("photo")}
        case = perform(completion(built, "2026-03-05"), "ask_backdating", by=colleague(BUILDER), data=data, files=files)
        case = perform(case, "grant_backdating", by=colleague(Role.RESPONSIBLE_LEADER))
        case = perform(case, "report_completion", by=colleague(BUILDER))
    card = case.clocks.get(clause="NC-11")
    assert card.started_on == date(2026, 3, 5)
    assert local(card.due_at) == "2026-04-07 17:00"  # 4 April to the 6th are off


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
