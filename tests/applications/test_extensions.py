"""More time: who asks for whose, who grants, what a second one heals, and what a standstill does to it (in common)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import Office, OfficeKind
from accounts.roles import Role
from applications.approval_queue import extensions_for
from applications.engine.doors import perform, work
from applications.engine.refusals import BadInput, NotHere, NotYours, Unmet
from applications.models import Application, Clock, StaffNotice
from applications.stages import Stage
from applications.tour.cast import colleague
from applications.tour.new_connection import Tour
from tests.applications.test_clocks import at, local, record_survey, surveyed_at
from waterservice.calendar import calendar

TourTo = Callable[..., Tour]
pytestmark = pytest.mark.usefixtures("everybody")
LEADER = Role.RESPONSIBLE_LEADER


def ask(case: Application, until: str, *, by: Role = Role.DESIGNER, clock: Clock | None = None) -> Application:
    limit = clock or case.clocks.get(stopped_at=None)
    data = {"clock": limit.pk, "until": until, "reason": "管线资料待核"}
    return perform(case, "ask_extension", by=colleague(by), data=data)


def grant(case: Application, *, by: Role = LEADER) -> Application:
    return perform(case, "grant_extension", by=colleague(by), data={"opinion": "同意"})


def moved(case: Application, moment: str, deed: Callable[..., Application], *arguments: Any) -> Application:
    with time_machine.travel(at(moment), tick=False):
        return deed(case, *arguments)


def done(case: Application, moment: str) -> Clock:
    """The survey's clock when it is completed at a moment."""
    with time_machine.travel(at(moment), tick=False):
        case = perform(record_survey(case), "complete_survey", by=colleague(Role.DESIGNER))
    return case.clocks.get(stage=Stage.SURVEY)


# -- the breach stays counted ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "finished", "late"),
    [
        ([("2026-03-12 17:00", "2026-03-18")], "2026-03-18 17:00", False),
        ([("2026-03-13 09:00", "2026-03-18")], "2026-03-16 09:00", True),
        # The first was asked for in time; the second when the first had run out.
        ([("2026-03-10 09:00", "2026-03-16"), ("2026-03-17 09:00", "2026-03-25")], "2026-03-18 09:00", True),
        # The first was asked for too late; nothing that follows mends that.
        ([("2026-03-13 09:00", "2026-03-18"), ("2026-03-16 09:00", "2026-03-25")], "2026-03-17 09:00", True),
        ([("2026-03-10 09:00", "2026-03-16"), ("2026-03-16 09:00", "2026-03-25")], "2026-03-20 09:00", False),
    ],
)
def test_an_extension_heals_only_what_was_not_broken_when_it_was_asked_for(
    tour_to: TourTo, asked: list[tuple[str, str]], finished: str, late: bool
) -> None:
    """The survey is due on 12 March at 17:00 by the rule."""
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    for moment, until in asked:
        case = moved(moved(case, moment, ask, until), moment, grant)
    clock = done(case, finished)
    assert (clock.late, clock.extended) == (late, True)


def test_what_was_broken_before_an_extension_stays_so_when_the_case_is_withdrawn(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    case = moved(moved(case, "2026-03-13 09:00", ask, "2026-03-25"), "2026-03-13 09:00", grant)
    with time_machine.travel(at("2026-03-16 09:00"), tick=False):
        perform(case, "withdraw", by=colleague(Role.COUNTER_CLERK), data={"reason": "不办了"})
    clock = case.clocks.get(stage=Stage.SURVEY)
    assert (clock.cancelled, clock.late) == (True, True)


# -- whose clock, whose grant ----------------------------------------------------------------------------


@pytest.fixture
def overdue_card(tour_to: TourTo) -> Application:
    """A case that stands at the counter while the meter card of NC-11 is overdue."""
    with time_machine.travel(at("2026-03-03 10:00"), tick=False):
        return tour_to(Stage.SUPPLY_AGREEMENT).case


def test_the_owner_of_an_anchored_clock_asks_and_their_manager_grants(overdue_card: Application) -> None:
    """NC-11: the construction unit's, wherever the case stands; not the counter's, not the duty manager's."""
    clock = overdue_card.clocks.get(clause="NC-11")
    with time_machine.travel(at("2026-04-07 09:00"), tick=False):
        with pytest.raises(NotYours):
            ask(overdue_card, "2026-04-20", by=Role.COUNTER_CLERK, clock=clock)
        case = ask(overdue_card, "2026-04-20", by=Role.CONSTRUCTION_UNIT, clock=clock)
        assert StaffNotice.objects.filter(about="extension_asked").get().recipient == colleague(LEADER)
        assert extensions_for(colleague(LEADER), LEADER).get().clock == clock
        assert not extensions_for(colleague(Role.DUTY_MANAGER), Role.DUTY_MANAGER).exists()
        with pytest.raises(NotYours):
            grant(case, by=Role.DUTY_MANAGER)
        case = grant(case)
    clock.refresh_from_db()
    assert local(clock.due_at) == "2026-04-20 17:00"


def test_the_builder_finds_the_step_and_the_leader_the_request_on_their_screens(
    overdue_card: Application, client: Client
) -> None:
    clock = overdue_card.clocks.get(clause="NC-11")
    with time_machine.travel(at("2026-04-07 09:00"), tick=False):
        for role, shown in ((Role.CONSTRUCTION_UNIT, True), (Role.COUNTER_CLERK, False)):
            client.force_login(colleague(role))
            page = client.get(overdue_card.get_absolute_url()).content.decode()
            assert ("Ask for an extension" in page) == shown
        ask(overdue_card, "2026-04-20", by=Role.CONSTRUCTION_UNIT, clock=clock)
        client.force_login(colleague(LEADER))
        queue = client.get("/approvals/").content.decode()
    assert overdue_card.number in queue
    assert "Grant the extension" in queue


def test_another_construction_unit_has_nothing_to_ask(overdue_card: Application) -> None:
    other = colleague(Role.DESIGNER).__class__.objects.create_user("other.builder", name="外单位")
    other.office = Office.objects.create(kind=OfficeKind.CONSTRUCTION_UNIT, code="other-unit", name="外施工队")
    other.save()
    other.role_assignments.create(role=Role.CONSTRUCTION_UNIT)
    clock = overdue_card.clocks.get(clause="NC-11")
    data = {"clock": clock.pk, "until": "2026-04-20", "reason": "x"}
    with time_machine.travel(at("2026-04-07 09:00"), tick=False), pytest.raises(NotYours):
        perform(overdue_card, "ask_extension", by=other, data=data)


def test_nobody_asks_for_the_clock_of_another(tour_to: TourTo) -> None:
    """The designer owns the stage's clock, the construction unit the anchored one: each sees their own."""
    with time_machine.travel(at("2026-03-03 10:00"), tick=False):
        case = tour_to(Stage.JOINT_ACCEPTANCE).case
    card = case.clocks.get(clause="NC-11")
    with time_machine.travel(at("2026-03-04 10:00"), tick=False):
        with pytest.raises(NotYours):
            ask(case, "2026-04-20", by=Role.DESIGNER, clock=card)
        assert ask(case, "2026-04-20", by=Role.CONSTRUCTION_UNIT, clock=card).asked_extension is not None


def test_where_no_clock_runs_there_is_nothing_to_extend(tour_to: TourTo) -> None:
    case = tour_to(Stage.PERMITS).case
    until = at("2026-03-03 10:00").date() + timedelta(days=4000)
    with pytest.raises(BadInput):
        perform(
            case,
            "ask_extension",
            by=colleague(Role.DESIGNER),
            data={"clock": 0, "until": until, "reason": "x"},
        )


def test_no_late_record_is_asked_for_where_nobody_stands_above(tour_to: TourTo, client: Client) -> None:
    """NC-10: the deputy general manager's decision is of the day on which it is recorded."""
    case = tour_to(Stage.EXECUTIVE_APPROVAL).case
    deputy = colleague(Role.DEPUTY_GENERAL_MANAGER)
    with pytest.raises(NotHere):
        perform(case, "ask_backdating", by=deputy, data={})
    client.force_login(deputy)
    assert "Ask for a late record" not in client.get(case.get_absolute_url()).content.decode()


# -- far dates -------------------------------------------------------------------------------------------


def test_a_date_beyond_the_calendar_is_refused(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    with time_machine.travel(at("2026-03-04 10:00"), tick=False):
        last = calendar().last
        with pytest.raises(BadInput, match=f"The calendar covers 2004-01-01 to {last}"):
            ask(case, "2060-01-01")
        case = grant(ask(case, last.isoformat()))
        assert local(case.due_at) == f"{last} 17:00"
        data = {"kind": "other", "reason": "等用户", "awaited": "进场时间"}
        case = perform(case, "suspend", by=colleague(Role.DESIGNER), data=data)
    with time_machine.travel(at("2026-03-20 10:00"), tick=False):
        case = perform(case, "resume", by=colleague(Role.DESIGNER))
    assert local(case.due_at) == f"{last} 17:00"  # there is no later day to move it to


@pytest.mark.parametrize(
    ("stage", "role", "task", "data"),
    [
        (
            Stage.CONSTRUCTION_AGREEMENT,
            Role.COUNTER_CLERK,
            "issue_construction_agreement",
            {"works_start": "2049-01-01", "works_end": "2060-01-01"},
        ),
        (Stage.CONSTRUCTION_TASK, Role.DESIGNER, "plan_task", {"starts_on": "2049-01-01", "ends_on": "2060-01-01"}),
    ],
)
def test_works_that_end_beyond_the_calendar_are_not_planned(
    tour_to: TourTo, stage: Stage, role: Role, task: str, data: dict[str, str]
) -> None:
    case = tour_to(stage).case
    unit = colleague(Role.CONSTRUCTION_UNIT).office
    assert unit is not None
    with pytest.raises(BadInput) as refused:
        work(case, task, by=colleague(role), data={**data, "unit": unit.pk})
    (messages,) = refused.value.errors.values()
    assert "The calendar covers" in messages[0]


# -- standing still --------------------------------------------------------------------------------------


def suspend(case: Application) -> Application:
    data = {"kind": "other", "reason": "等用户", "awaited": "进场时间"}
    return perform(case, "suspend", by=colleague(Role.DESIGNER), data=data)


def resume(case: Application) -> Application:
    return perform(case, "resume", by=colleague(Role.DESIGNER))


@pytest.mark.parametrize("granted", ["2026-03-11 15:00", "2026-03-30 15:00"])
def test_days_granted_during_a_standstill_survive_it(tour_to: TourTo, granted: str) -> None:
    """Due 12 March, asked for until the 20th, stopped from the 11th to 10 April: nine days are left of the date."""
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    case = moved(case, "2026-03-11 09:00", ask, "2026-03-20")
    case = moved(case, "2026-03-11 11:00", suspend)
    case = moved(case, granted, grant)
    assert case.due_at is None
    case = moved(case, "2026-04-10 09:00", resume)
    assert local(case.clocks.get(stage=Stage.SURVEY).rule_due_at) == "2026-04-14 17:00"
    assert local(case.due_at) == "2026-04-20 17:00"  # 19 April is a Sunday


def test_a_standstill_that_begins_when_the_extension_has_run_out_heals_nothing(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    case = moved(moved(case, "2026-03-11 09:00", ask, "2026-03-20"), "2026-03-11 10:00", grant)
    case = moved(case, "2026-03-23 09:00", suspend)
    assert local(case.due_at) == "2026-03-20 17:00"
    case = moved(case, "2026-03-30 09:00", resume)
    assert local(case.due_at) == "2026-03-20 17:00"
    with time_machine.travel(at("2026-03-30 10:00"), tick=False), pytest.raises(Unmet):
        perform(record_survey(case), "complete_survey", by=colleague(Role.DESIGNER))


def test_whoever_decides_sees_what_is_asked_wherever_they_come_from(client: Client, tour_to: TourTo) -> None:
    """On the form itself, on the page of the case and on the card of the queue, from one declaration."""
    case = surveyed_at(tour_to, "2026-03-09 09:00")
    with time_machine.travel(at("2026-03-10 09:00"), tick=False):
        case = ask(case, "2026-03-25")
        client.force_login(colleague(LEADER))
        for page in (f"{case.get_absolute_url()}steps/grant_extension/", case.get_absolute_url(), "/approvals/"):
            text = client.get(page).content.decode()
            for said in ("管线资料待核", "2026-03-25", case.open_clocks[0].due_words, str(colleague(Role.DESIGNER))):
                assert said in text, page
