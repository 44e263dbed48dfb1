"""Time limits of a case (NC-2, NC-4, NC-11 and in common), with the clock frozen where it matters."""

import io
from collections.abc import Callable
from datetime import date, datetime, time
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from accounts.roles import Role
from applications.calendar_changes import retime_open_cases
from applications.engine.doors import perform, work
from applications.engine.limits import due_moment
from applications.engine.refusals import BadInput, NotYours, Unmet
from applications.engine.route import Route, Stop, Unit, same_day
from applications.models import Application, Clock
from applications.stages import Stage
from applications.tour import cast
from applications.tour.cast import colleague
from applications.tour.new_connection import Tour
from waterservice import policies
from waterservice.calendar import calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
TourTo = Callable[..., Tour]
CLOSES = time(17, 0)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def local(moment: datetime | None) -> str:
    assert moment is not None
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("started", "due"),
    [
        ("2026-03-03 09:00", "2026-03-03 17:00"),
        ("2026-03-03 17:00", "2026-03-03 17:00"),
        ("2026-03-03 17:00:01", "2026-03-04 17:00"),
        ("2026-03-06 18:00", "2026-03-09 17:00"),
        ("2026-03-07 10:00", "2026-03-09 17:00"),
        ("2026-02-14 10:00", "2026-02-14 17:00"),  # a make-up Saturday
        ("2026-02-13 23:59", "2026-02-14 17:00"),
    ],
)
def test_a_same_day_clock_after_closing_or_on_a_day_off_is_due_the_next_working_day(
    db: None, started: str, due: str
) -> None:
    moment = at(started)
    assert local(due_moment(Unit.SAME_DAY, 0, moment.date(), moment, CLOSES)) == due


@pytest.mark.parametrize(
    ("unit", "days", "start", "due"),
    [
        (Unit.WORKING_DAYS, 7, date(2026, 9, 30), "2026-10-15 17:00"),
        (Unit.WORKING_DAYS, 5, date(2025, 12, 31), "2026-01-08 17:00"),
        (Unit.CALENDAR_DAYS, 30, date(2026, 9, 1), "2026-10-08 17:00"),  # 1 October and the week after are off
    ],
)
def test_days_are_counted_over_holidays(db: None, unit: Unit, days: int, start: date, due: str) -> None:
    assert local(due_moment(unit, days, start, at("2026-01-01 09:00"), CLOSES)) == due


def surveyed_at(tour_to: TourTo, moment: str) -> Application:
    with time_machine.travel(at(moment), tick=False):
        return tour_to(Stage.SURVEY).case


def test_the_survey_has_seven_working_days_over_national_day(tour_to: TourTo) -> None:
    """NC-4a."""
    case = surveyed_at(tour_to, "2026-09-30 10:00")
    assert local(case.due_at) == "2026-10-15 17:00"
    assert case.clocks.get(stopped_at__isnull=True).clause == "NC-4a"


def record_survey(case: Application) -> Application:
    sheet = {
        "surveyed_on": timezone.localdate(),
        "supplyable": True,
        "road_opening": False,
        "pressure_mpa": "0.3",
        "nearest_main": "和平路",
        "main_calibre": 300,
        "calibre": 50,
        "meter_position": "门前",
        "conclusion": "可供",
    }
    return work(case, "record_survey", by=colleague(Role.DESIGNER), data=sheet)


def test_at_five_sharp_a_stage_can_still_be_left(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    with time_machine.travel(at("2026-03-12 17:00"), tick=False):
        case = perform(record_survey(case), "complete_survey", by=colleague(Role.DESIGNER))
    assert case.stage == Stage.DESIGN


def test_a_late_stage_does_not_slip_through(tour_to: TourTo) -> None:
    """No forward step without an extension; sending back, suspending and withdrawing stay open."""
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    with time_machine.travel(at("2026-03-12 17:00:01"), tick=False):
        case = record_survey(case)
        with pytest.raises(Unmet) as refused:
            perform(case, "complete_survey", by=colleague(Role.DESIGNER))
        assert "2026-03-12 17:00" in str(refused.value)
        withdrawn = perform(case, "withdraw", by=colleague(Role.COUNTER_CLERK), data={"reason": "不办了"})
    assert withdrawn.stage == Stage.WITHDRAWN


def ask(case: Application, until: str, **more: Any) -> Application:
    clock = case.clocks.get(stopped_at__isnull=True)
    data = {"clock": clock.pk, "until": until, "reason": "管线资料待核", **more}
    return perform(case, "ask_extension", by=colleague(Role.DESIGNER), data=data)


def test_a_granted_extension_lets_a_late_stage_pass_and_the_breach_stays(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    with time_machine.travel(at("2026-03-13 09:00"), tick=False):
        case = ask(record_survey(case), "2026-03-18")
        with pytest.raises(NotYours):
            perform(case, "grant_extension", by=colleague(Role.DUTY_MANAGER))
        case = perform(case, "grant_extension", by=colleague(Role.RESPONSIBLE_LEADER), data={"opinion": "同意"})
        assert local(case.due_at) == "2026-03-18 17:00"
        case = perform(case, "complete_survey", by=colleague(Role.DESIGNER))
    clock = Clock.objects.get(application=case, clause="NC-4a")
    assert local(clock.rule_due_at) == "2026-03-12 17:00"
    assert (clock.late, clock.extended) == (True, True)


def test_nobody_grants_their_own_extension(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    designer = colleague(Role.DESIGNER)
    designer.role_assignments.create(role=Role.RESPONSIBLE_LEADER)
    with time_machine.travel(at("2026-03-04 09:00"), tick=False):
        case = ask(case, "2026-03-18")
        with pytest.raises(NotYours):
            perform(case, "grant_extension", by=colleague(Role.DESIGNER))


def test_a_date_that_has_passed_is_not_granted_any_more(tour_to: TourTo) -> None:
    """It would let nothing pass."""
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    leader = colleague(Role.RESPONSIBLE_LEADER)
    with time_machine.travel(at("2026-03-11 09:00"), tick=False):
        case = ask(case, "2026-03-16")
    with time_machine.travel(at("2026-03-17 09:00"), tick=False):
        with pytest.raises(Unmet, match="2026-03-16, has passed"):
            perform(case, "grant_extension", by=leader)
        perform(case, "refuse_extension", by=leader, data={"reason": "请另报日期"})


@pytest.mark.parametrize("until", ["2026-03-12", "2026-03-01", "gestern"])
def test_an_extension_must_end_later_than_the_limit(tour_to: TourTo, until: str) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    with time_machine.travel(at("2026-03-04 09:00"), tick=False), pytest.raises(BadInput) as refused:
        ask(case, until)
    assert "until" in refused.value.errors


def test_a_suspension_keeps_the_days_used_and_gives_the_days_left(tour_to: TourTo) -> None:
    """Started Tuesday 3rd with 7 days, suspended Friday 6th: two used, five left from the day after resuming."""
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    reason = {"kind": "other", "reason": "用户不在", "awaited": "进场时间"}
    with time_machine.travel(at("2026-03-06 11:00"), tick=False):
        case = perform(case, "suspend", by=colleague(Role.DESIGNER), data=reason)
        assert case.due_at is None
        with pytest.raises(Unmet):
            perform(case, "complete_survey", by=colleague(Role.DESIGNER))
    with time_machine.travel(at("2026-03-16 09:00"), tick=False):
        case = perform(case, "resume", by=colleague(Role.DESIGNER))
    assert local(case.due_at) == "2026-03-23 17:00"


def test_the_case_resumes_by_itself_when_the_missing_documents_arrive(tour_to: TourTo) -> None:
    with time_machine.travel(at("2026-03-03 10:00"), tick=False):
        case = tour_to(Stage.DOCUMENT_REVIEW).case
        clerk = colleague(Role.COUNTER_CLERK)
        case = perform(case, "issue_one_time_notice", by=clerk, data={"bring_by": "2026-03-10"})
        assert case.suspended
        assert case.due_at is None
        assert case.papers.filter(kind="one_time_notice").exists()
    with time_machine.travel(at("2026-03-09 10:00"), tick=False):
        for kind in ("sealed_form", "property_certificate", "location_map"):
            data = {"kind": kind, "checked": "on"}
            case = work(case, "receive_document", by=clerk, data=data, files={"scan": cast.scan(kind)})
    assert not case.suspended
    assert local(case.due_at) == "2026-03-09 17:00"


def test_the_meter_card_is_due_thirty_days_after_the_end_of_construction(tour_to: TourTo) -> None:
    """NC-11; a failed acceptance starts the thirty days anew with the next completion."""
    with time_machine.travel(at("2026-03-03 10:00"), tick=False):
        tour = tour_to(Stage.JOINT_ACCEPTANCE)
    card = Clock.objects.get(application=tour.case, clause="NC-11")
    assert local(card.rule_due_at) == "2026-04-02 17:00"
    with time_machine.travel(at("2026-03-05 10:00"), tick=False):
        parties = [
            {
                "party": p,
                "representative": "代表",
                "passed": p != "applicant",
                "remark": "渗水" if p == "applicant" else "",
            }
            for p in ("design_office", "service_centre", "business_office", "construction_unit", "applicant")
        ]
        values = {"held_on": date(2026, 3, 5), "parties": parties, "defects": [{"description": "表井渗水"}]}
        designer = colleague(Role.DESIGNER)
        case = work(tour.case, "record_acceptance", by=designer, data=values)
        case = perform(case, "fail_acceptance", by=designer)
        assert case.stage == Stage.CONSTRUCTION
        card.refresh_from_db()
        assert card.cancelled
    with time_machine.travel(at("2026-03-10 10:00"), tick=False):
        tour.case = case
        tour.pass_stage()
    renewed = Clock.objects.get(application=case, clause="NC-11", cancelled=False)
    assert local(renewed.due_at) == "2026-04-09 17:00"


def test_a_case_keeps_the_rule_of_the_day_it_was_accepted(tour_to: TourTo) -> None:
    with time_machine.travel(at("2026-03-03 10:00"), tick=False):
        old = tour_to(Stage.DESIGN)
        limit = policies.find("clock.new_connection.budget")
        policies.set_policy(policy=limit, value=2, effective_from=date(2026, 3, 5), by=colleague(Role.ADMINISTRATOR))
    with time_machine.travel(at("2026-03-05 10:00"), tick=False):
        new = tour_to(Stage.DESIGN)
        for tour in (old, new):
            tour.pass_stage()
            tour.pass_stage()
    assert local(old.case.due_at) == "2026-03-12 17:00"
    assert local(new.case.due_at) == "2026-03-09 17:00"


def test_a_clock_keeps_its_days_kind_and_hour_whatever_becomes_of_the_policies(tour_to: TourTo) -> None:
    """NC-2 starts before the request is accepted: what held on that day stays, also when it is reckoned anew."""
    with time_machine.travel(at("2026-03-03 10:00"), tick=False):
        case = tour_to(Stage.DOCUMENT_REVIEW).case
        changes = {"clock.new_connection.document_review.unit": "working_days", "hours.close": time(16, 30)}
        for key, value in changes.items():
            administrator = colleague(Role.ADMINISTRATOR)
            changed = policies.find(key)
            policies.set_policy(policy=changed, value=value, effective_from=date(2026, 3, 4), by=administrator)
    with time_machine.travel(at("2026-03-04 10:00"), tick=False):
        assert retime_open_cases(cause="policies") == []
        case.refresh_from_db()
        assert local(case.due_at) == "2026-03-03 17:00"
        assert local(tour_to(Stage.DOCUMENT_REVIEW).case.due_at) == "2026-03-05 16:30"


def test_the_kind_of_the_same_day_limit_is_policy(tour_to: TourTo) -> None:
    """NC-2: two working days from the day on which it is said so."""
    with time_machine.travel(at("2026-03-03 10:00"), tick=False):
        for key, value in (("document_review.unit", "working_days"), ("document_review", 2)):
            changed = policies.find(f"clock.new_connection.{key}")
            administrator = colleague(Role.ADMINISTRATOR)
            policies.set_policy(policy=changed, value=value, effective_from=date(2026, 3, 3), by=administrator)
        assert local(tour_to(Stage.DOCUMENT_REVIEW).case.due_at) == "2026-03-05 17:00"


def test_an_hour_that_the_procedure_names_is_a_policy_of_its_own(db: None) -> None:
    """HM-3: before 17:00, whatever the close of business; other limits have no such policy."""
    stop = Stop(Stage.DOCUMENT_REVIEW, Role.COUNTER_CLERK, clock=same_day(clause="HM-3", before=time(17, 0)))
    route = Route(cast_kind("hours_of_a_toy"), (stop,))
    assert stop.clock is not None
    today = timezone.localdate()
    close = policies.find("hours.close")
    policies.set_policy(policy=close, value=time(18, 0), effective_from=today, by=None)
    assert route.limit("document_review", stop.clock, today) == (Unit.SAME_DAY, 0, time(17, 0))
    named = policies.find("clock.hours_of_a_toy.document_review.before")
    policies.set_policy(policy=named, value=time(16, 0), effective_from=today, by=None)
    assert route.limit("document_review", stop.clock, today).closes == time(16, 0)
    with pytest.raises(KeyError):
        policies.find("clock.new_connection.survey.before")


def cast_kind(name: str) -> Any:
    """A kind of request that no case has, so that its policies bear a name of their own."""
    return SimpleNamespace(value=name)


def test_spring_festival_with_its_make_up_weekends(tour_to: TourTo) -> None:
    """2026: off from Sunday 15 to Monday 23 February, Saturdays 14 and 28 worked."""
    case = surveyed_at(tour_to, "2026-02-12 10:00")
    assert local(case.due_at) == "2026-02-28 17:00"  # 13, 14, 24, 25, 26, 27, 28
    with time_machine.travel(at("2026-02-28 17:00"), tick=False):
        case = perform(record_survey(case), "complete_survey", by=colleague(Role.DESIGNER))
    clock = case.clocks.get(stage=Stage.SURVEY)
    assert (clock.net_days, clock.late) == (7, False)


@pytest.mark.parametrize("moment", ["2026-03-04 00:00", "2026-03-04 07:59"])
def test_what_happens_before_eight_happens_on_that_day_in_shanghai(tour_to: TourTo, moment: str) -> None:
    """In UTC it is still the day before; the seven working days count from the 4th."""
    case = surveyed_at(tour_to, moment)
    clock = case.clocks.get(stage=Stage.SURVEY)
    assert clock.started_on == date(2026, 3, 4)
    assert local(case.due_at) == "2026-03-13 17:00"
    assert case.accepted_on == date(2026, 3, 4)
    assert set(case.timeline.values_list("happened_on", flat=True)) == {date(2026, 3, 4)}


def test_a_case_never_goes_back_in_time_with_the_clock_of_the_machine(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    with time_machine.travel(at("2026-03-01 10:00"), tick=False):
        case = perform(case, "take", by=colleague(Role.DESIGNER)) if case.holder is None else case
        case = perform(record_survey(case), "complete_survey", by=colleague(Role.DESIGNER))
    survey, design = case.clocks.get(stage=Stage.SURVEY), case.clocks.get(stage=Stage.DESIGN)
    assert (survey.finished_on, design.started_on) == (date(2026, 3, 3), date(2026, 3, 3))
    assert local(design.due_at) == "2026-03-10 17:00"


# -- what was broken stays broken ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "actor", "data"),
    [
        ("send_back", Role.DESIGNER, {"to": "document_review", "reason": "资料不全"}),
        ("withdraw", Role.COUNTER_CLERK, {"reason": "不办了"}),
    ],
)
def test_ending_a_late_stage_by_another_way_erases_no_breach(
    tour_to: TourTo, step: str, actor: Role, data: dict[str, str]
) -> None:
    for moment, late in (("2026-03-12 17:00", False), ("2026-03-16 09:00", True)):
        case = surveyed_at(tour_to, "2026-03-03 10:00")
        with time_machine.travel(at(moment), tick=False):
            perform(case, step, by=colleague(actor), data=data)
        clock = case.clocks.get(stage=Stage.SURVEY)
        assert (clock.cancelled, clock.late) == (True, late)
        assert (clock.finished_on, clock.net_days) == ((date(2026, 3, 16), 9) if late else (None, None))


# -- provisional dates --------------------------------------------------------------------------------------


def test_a_provisional_date_says_so_wherever_it_stands(tour_to: TourTo, client: Client) -> None:
    year = next(year for year in range(2026, 2050) if calendar().provisional(date(year, 6, 1)))
    case = surveyed_at(tour_to, f"{year - 1}-12-28 10:00")
    sure = surveyed_at(tour_to, "2026-03-03 10:00")
    assert (case.provisional, sure.provisional) == (True, False)
    client.force_login(colleague(Role.COUNTER_CLERK))
    for address in (case.get_absolute_url(), "/cases/"):
        assert client.get(address).content.decode().count(">provisional</span>") == 1
    assert ">provisional</span>" not in client.get(sure.get_absolute_url()).content.decode()
    book = load_workbook(io.BytesIO(client.get("/cases/export/").content))
    heading, *rows = book.active.iter_rows()
    number, due = ([cell.value for cell in heading].index(name) for name in ("Number", "Due"))
    assert all(isinstance(row[due].value, datetime) for row in rows)
    said = {row[number].value: "provisional" in row[due].number_format for row in rows}
    assert said == {case.number: True, sure.number: False}
    assert "(estimated)" in client.get(f"{case.get_absolute_url()}?tab=time").content.decode()
