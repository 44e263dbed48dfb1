"""Happened and recorded (补录): clocks use the day it happened; an earlier day needs evidence and a second person."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import time_machine

from accounts.models import AccountStatus
from accounts.roles import Role
from applications.engine.doors import perform
from applications.engine.refusals import BadInput, NotYours, Unmet
from applications.models import Application, StaffNotice
from applications.stages import Stage
from applications.tour.cast import colleague, scan
from applications.tour.new_connection import Tour
from tests.applications.test_clocks import at, local, record_survey, surveyed_at

TourTo = Callable[..., Tour]
LATE = "2026-03-16 09:00"  # the survey was due on 12 March


def ask(case: Application, happened_on: str, **changes: Any) -> Application:
    data = {"step": "complete_survey", "happened_on": happened_on, "reason": "现场无网络", **changes}
    return perform(case, "ask_backdating", by=colleague(Role.DESIGNER), data=data, files={"evidence": scan("photo")})


def test_a_survey_made_in_time_and_recorded_late_is_no_breach(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    with time_machine.travel(at(LATE), tick=False):
        case = record_survey(case)
        with pytest.raises(Unmet):
            perform(case, "complete_survey", by=colleague(Role.DESIGNER))
        case = ask(case, "2026-03-12")
        with pytest.raises(Unmet):
            perform(case, "complete_survey", by=colleague(Role.DESIGNER))
        case = perform(case, "grant_backdating", by=colleague(Role.RESPONSIBLE_LEADER), data={"opinion": "属实"})
        case = perform(case, "complete_survey", by=colleague(Role.DESIGNER))
    survey = case.clocks.get(stage=Stage.SURVEY)
    assert (survey.finished_on, survey.net_days, survey.late) == (date(2026, 3, 12), 7, False)
    entry = case.timeline.filter(action="complete_survey").get()
    assert entry.happened_on == date(2026, 3, 12)
    assert local(entry.recorded_at) == LATE
    design = case.clocks.get(stage=Stage.DESIGN)
    assert design.started_on == date(2026, 3, 12)
    assert local(design.due_at) == "2026-03-19 17:00"
    assert case.backdatings.get().used_at is not None


def test_nobody_agrees_to_their_own_late_record(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    colleague(Role.DESIGNER).role_assignments.create(role=Role.RESPONSIBLE_LEADER)
    with time_machine.travel(at(LATE), tick=False):
        case = ask(record_survey(case), "2026-03-11")
        with pytest.raises(NotYours):
            perform(case, "grant_backdating", by=colleague(Role.DESIGNER))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"happened_on": "2026-03-16"}, "happened_on"),  # today needs no late record
        ({"happened_on": "2026-03-17"}, "happened_on"),
        ({"happened_on": "2026-03-02"}, "happened_on"),  # before the case came here
        ({"reason": ""}, "reason"),
        ({"step": "approve_budget"}, "step"),
    ],
)
def test_what_a_late_record_must_say(tour_to: TourTo, change: dict[str, str], field: str) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    with time_machine.travel(at(LATE), tick=False), pytest.raises(BadInput) as refused:
        ask(case, **{"happened_on": "2026-03-11", **change})
    assert field in refused.value.errors


def test_a_late_record_without_evidence_is_refused(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    data = {"step": "complete_survey", "happened_on": "2026-03-11", "reason": "现场无网络"}
    with time_machine.travel(at(LATE), tick=False), pytest.raises(BadInput) as refused:
        perform(case, "ask_backdating", by=colleague(Role.DESIGNER), data=data)
    assert "evidence" in refused.value.errors


def test_a_refused_late_record_helps_nobody_and_is_told(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    with time_machine.travel(at(LATE), tick=False):
        case = ask(record_survey(case), "2026-03-11")
        case = perform(case, "refuse_backdating", by=colleague(Role.RESPONSIBLE_LEADER), data={"reason": "照片不符"})
        with pytest.raises(Unmet):
            perform(case, "complete_survey", by=colleague(Role.DESIGNER))
    notice = StaffNotice.objects.get(recipient=colleague(Role.DESIGNER))
    assert (notice.about, notice.words) == ("backdating_refused", "照片不符")


def test_moving_on_voids_a_late_record_that_was_not_used(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    with time_machine.travel(at("2026-03-05 09:00"), tick=False):
        case = ask(record_survey(case), "2026-03-04")
        case = perform(case, "complete_survey", by=colleague(Role.DESIGNER))
    assert case.backdatings.get().void
    assert case.timeline.filter(action="complete_survey").get().happened_on == date(2026, 3, 5)


def test_water_that_was_turned_on_before_it_was_recorded_flows_since_that_day(tour_to: TourTo) -> None:
    with time_machine.travel(at("2026-03-06 10:00"), tick=False):
        case = tour_to(Stage.WATER_ON, amount="9000").case
    with time_machine.travel(at("2026-03-09 10:00"), tick=False):
        case = ask(case, "2026-03-06", step="turn_water_on")
        case = perform(case, "grant_backdating", by=colleague(Role.RESPONSIBLE_LEADER))
        case = perform(case, "turn_water_on", by=colleague(Role.DESIGNER))
    assert case.account is not None
    case.account.refresh_from_db()
    assert case.account.status == AccountStatus.ACTIVE
    assert case.account.tenures.get().since == date(2026, 3, 6)


# -- what stops time and sets it going ---------------------------------------------------------------


def test_papers_brought_on_friday_and_typed_on_monday_lengthen_no_standstill(tour_to: TourTo) -> None:
    """Two days used before Friday 6 March; five left from Monday the 16th on, or from Saturday the 14th."""
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    designer, leader = colleague(Role.DESIGNER), colleague(Role.RESPONSIBLE_LEADER)
    with time_machine.travel(at("2026-03-06 09:00"), tick=False):
        data = {"kind": "other", "reason": "等用户", "awaited": "进场时间"}
        case = perform(case, "suspend", by=designer, data=data)
    with time_machine.travel(at("2026-03-16 09:00"), tick=False):
        for day in ("2026-03-05", "2026-03-16"):
            with pytest.raises(BadInput):
                ask(case, day, step="resume")
        with pytest.raises(BadInput):
            ask(case, "2026-03-13", step="complete_survey")  # of a case that stands still only this can have happened
        case = perform(ask(case, "2026-03-13", step="resume"), "grant_backdating", by=leader)
        case = perform(case, "resume", by=designer)
    assert local(case.due_at) == "2026-03-20 17:00"
    assert local(case.suspensions.get().ended_at) == "2026-03-13 17:00"


def test_an_agreement_on_a_standstill_dates_no_other_one(tour_to: TourTo) -> None:
    """It lapses with its day; the suspension of 25 March comes after the limit of the 12th and heals nothing."""
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    designer, leader = colleague(Role.DESIGNER), colleague(Role.RESPONSIBLE_LEADER)
    with time_machine.travel(at("2026-03-09 09:00"), tick=False):
        case = perform(ask(case, "2026-03-05", step="suspend"), "grant_backdating", by=leader)
    with time_machine.travel(at("2026-03-25 09:00"), tick=False):
        data = {"kind": "other", "reason": "另一事由", "awaited": "进场时间"}
        case = perform(case, "suspend", by=designer, data=data)
    assert local(case.suspensions.get().started_at) == "2026-03-25 09:00"
    assert local(case.due_at) == "2026-03-12 17:00"


def test_a_standstill_counts_from_the_day_on_which_it_was_agreed(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    designer, leader = colleague(Role.DESIGNER), colleague(Role.RESPONSIBLE_LEADER)
    with time_machine.travel(at("2026-03-13 09:00"), tick=False):  # the survey was due on the 12th
        case = perform(ask(case, "2026-03-11", step="suspend"), "grant_backdating", by=leader)
        data = {"kind": "other", "reason": "等用户", "awaited": "进场时间"}
        case = perform(case, "suspend", by=designer, data=data)
        assert case.due_at is None
    with time_machine.travel(at("2026-03-16 09:00"), tick=False):
        case = perform(case, "resume", by=designer)
    assert local(case.due_at) == "2026-03-18 17:00"
