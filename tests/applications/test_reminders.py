"""Urging (催办), reminders of overdue cases, the daily run and the list of broken limits."""

import io
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from threading import Barrier, BrokenBarrierError, Thread

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test import Client

from accounts.roles import Role
from applications import reminders
from applications.engine.doors import perform
from applications.engine.refusals import Unmet
from applications.models import Application, Clock, Reminder, StaffNotice
from applications.stages import Stage
from applications.tour.cast import colleague
from applications.tour.new_connection import Tour
from tests.applications.test_backdating import ask
from tests.applications.test_clocks import at, local, record_survey, surveyed_at

TourTo = Callable[..., Tour]
pytestmark = pytest.mark.usefixtures("everybody")
ABOUT = StaffNotice.About


def told(about: str) -> list[str]:
    return sorted(StaffNotice.objects.filter(about=about).values_list("recipient__username", flat=True))


def tick(moment: str) -> str:
    out = io.StringIO()
    with time_machine.travel(at(moment), tick=False):
        call_command("tick", stdout=out)
    return out.getvalue()


# -- urging ---------------------------------------------------------------------------------------------


def test_anyone_with_an_interest_urges_once_a_day(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    with time_machine.travel(at("2026-03-04 10:00"), tick=False):
        case = perform(case, "urge", by=colleague(Role.COUNTER_CLERK), data={"words": "用户来电催办"})
        with pytest.raises(Unmet, match="Tomorrow"):
            perform(case, "urge", by=colleague(Role.CASHIER))
    with time_machine.travel(at("2026-03-05 00:01"), tick=False):
        perform(case, "urge", by=colleague(Role.CASHIER))
    notices = StaffNotice.objects.filter(about=ABOUT.URGED).order_by("pk")
    assert [notice.recipient.username for notice in notices] == ["tour.designer"] * 2
    assert (notices[0].words, notices[0].automatic) == ("用户来电催办", False)


def test_whoever_has_the_case_in_hand_is_urged_and_nobody_else(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    other = colleague(Role.DESIGNER).__class__.objects.create_user("li.gong", name="李工")
    other.office = colleague(Role.DESIGNER).office
    other.save()
    other.role_assignments.create(role=Role.DESIGNER)
    with time_machine.travel(at("2026-03-04 10:00"), tick=False):
        case = perform(case, "take", by=other)
        perform(case, "urge", by=colleague(Role.COUNTER_CLERK))
    assert told(ABOUT.URGED) == ["li.gong"]


# -- reminders --------------------------------------------------------------------------------------------


def test_an_anchored_clock_reminds_whoever_has_to_do_it_and_not_the_holder_of_the_case(tour_to: TourTo) -> None:
    """NC-11: the card is the construction unit's to hand over while the design office has the case in hand."""
    with time_machine.travel(at("2026-03-03 10:00"), tick=False):
        case = tour_to(Stage.FINAL_SETTLEMENT).case
    Clock.objects.filter(application=case, fulfilled_by="").update(due_at=None)
    tick("2026-04-02 17:01")
    assert told(ABOUT.OVERDUE) == ["tour.construction_unit"]


def test_an_overdue_case_reminds_the_holder_then_the_manager_then_the_leader(tour_to: TourTo) -> None:
    """Arrears check due on Wednesday 4 March: told at once, after Thursday, after Monday has closed."""
    with time_machine.travel(at("2026-03-03 10:00"), tick=False):
        case = tour_to(Stage.ARREARS_CHECK).case
    tick("2026-03-04 17:00")
    assert told(ABOUT.OVERDUE) == []
    tick("2026-03-04 17:01")
    assert told(ABOUT.OVERDUE) == ["tour.business_clerk"]
    tick("2026-03-05 08:00")
    tick("2026-03-05 17:00")
    assert told(ABOUT.OVERDUE) == ["tour.business_clerk"]
    tick("2026-03-05 17:01")
    assert told(ABOUT.OVERDUE) == ["tour.business_clerk", "tour.business_manager"]
    tick("2026-03-09 17:00")
    assert told(ABOUT.OVERDUE) == ["tour.business_clerk", "tour.business_manager"]
    tick("2026-03-10 08:00")
    assert told(ABOUT.OVERDUE) == ["tour.business_clerk", "tour.business_manager", "tour.responsible_leader"]
    assert set(StaffNotice.objects.values_list("automatic", "sender")) == {(True, None)}
    entries = Application.objects.get(pk=case.pk).timeline.filter(action="remind")
    assert [entry.automatic for entry in entries] == [True] * 3


def test_the_daily_run_is_safe_to_run_twice_and_after_a_week_of_silence(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    revision = case.revision
    assert "1 case reminded of" in tick("2026-03-25 08:00")
    assert Reminder.objects.count() == 3
    assert told(ABOUT.OVERDUE) == ["tour.designer", "tour.responsible_leader"]
    assert "0 cases reminded of" in tick("2026-03-25 09:00")
    assert Reminder.objects.count() == 3
    assert Application.objects.get(pk=case.pk).revision == revision


def test_a_suspended_or_a_closed_case_is_not_reminded_of(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    with time_machine.travel(at("2026-03-04 10:00"), tick=False):
        data = {"kind": "other", "reason": "等用户", "awaited": "进场时间"}
        perform(case, "suspend", by=colleague(Role.DESIGNER), data=data)
    tick("2026-03-25 08:00")
    assert told(ABOUT.OVERDUE) == []


def test_a_new_due_moment_is_reminded_of_anew(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    tick("2026-03-13 08:00")
    with time_machine.travel(at("2026-03-13 09:00"), tick=False):
        case = Application.objects.get(pk=case.pk)
        data = {"clock": case.open_clocks[0].pk, "until": "2026-03-18", "reason": "核管线"}
        case = perform(case, "ask_extension", by=colleague(Role.DESIGNER), data=data)
        perform(case, "grant_extension", by=colleague(Role.RESPONSIBLE_LEADER))
    assert "0 cases reminded of" in tick("2026-03-18 17:00")
    assert "1 case reminded of" in tick("2026-03-18 17:01")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False])
def test_two_machines_at_once_remind_once(
    transactional_db: None, tour_to: TourTo, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    """With the lock each reminder is sent once; without it (the control) the second machine runs into the first."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    surveyed_at(tour_to, "2026-03-03 10:00")
    barrier = Barrier(2)
    real = reminders.reached

    def together(clock: object, now: datetime) -> object:
        with suppress(BrokenBarrierError):
            barrier.wait(2)
        return real(clock, now)  # type: ignore[arg-type]

    monkeypatch.setattr(reminders, "reached", together)
    if not locked:
        objects = Application.objects
        monkeypatch.setattr(type(objects), "select_for_update", lambda self: self.all())
    faults: list[Exception] = []

    def run() -> None:
        try:
            reminders.remind(at("2026-03-12 17:01"))
        except Exception as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [Thread(target=run) for _machine in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bool(faults) is not locked
    assert Reminder.objects.count() == 1
    assert told(ABOUT.OVERDUE) == ["tour.designer"]


# -- the list -------------------------------------------------------------------------------------------


def overdue(*arguments: str) -> list[str]:
    out = io.StringIO()
    call_command("overdue", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_broken_limits_are_listed_for_now_and_for_any_day(tour_to: TourTo) -> None:
    tour = tour_to(Stage.DRAFT)
    with time_machine.travel(at("2026-03-03 10:00"), tick=False):
        tour = tour_to(Stage.SURVEY)
    with time_machine.travel(at("2026-03-12 17:01"), tick=False):
        lines = overdue()
        assert tour.case.number in lines[0]
        assert "NC-4a" in lines[0]
        assert "0 working days late" in lines[0]
        assert overdue("--on", "2026-03-12") == ["0 time limits broken."]
        assert "3 working days late" in overdue("--on", "2026-03-17")[0]
    office = colleague(Role.DESIGNER).office
    assert office is not None
    assert overdue("--on", "2026-03-17", "--office", office.code)[-1] == "1 time limit broken."
    other = colleague(Role.COUNTER_CLERK).office
    assert other is not None
    assert overdue("--on", "2026-03-17", "--office", other.code) == ["0 time limits broken."]


def test_a_limit_that_was_broken_and_is_kept_by_now_is_listed_for_its_day(tour_to: TourTo) -> None:
    with time_machine.travel(at("2026-03-03 10:00"), tick=False):
        tour = tour_to(Stage.ARREARS_CHECK)
    with time_machine.travel(at("2026-03-06 10:00"), tick=False):
        data = {"clock": tour.case.open_clocks[0].pk, "until": "2026-03-09", "reason": "账户多"}
        clerk, manager = colleague(Role.BUSINESS_CLERK), colleague(Role.BUSINESS_MANAGER)
        tour.case = perform(tour.case, "ask_extension", by=clerk, data=data)
        tour.case = perform(tour.case, "grant_extension", by=manager)
        tour.pass_stage()
    clock = tour.case.clocks.get(stage=Stage.ARREARS_CHECK)
    assert (clock.late, clock.extended, clock.finished_on) == (True, True, date(2026, 3, 6))
    assert overdue("--on", "2026-03-04") == ["0 time limits broken."]
    line, count = overdue("--on", "2026-03-05")
    assert count == "1 time limit broken."
    assert "2026-03-04 17:00  1 working days late" in line
    assert overdue("--on", "2026-03-06") == ["0 time limits broken."]


def test_an_extension_helps_from_the_moment_it_is_granted(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")  # due on the 12th
    with time_machine.travel(at("2026-03-12 09:00"), tick=False):
        data = {"clock": case.open_clocks[0].pk, "until": "2026-03-20", "reason": "核管线"}
        case = perform(case, "ask_extension", by=colleague(Role.DESIGNER), data=data)
    with time_machine.travel(at("2026-03-16 09:00"), tick=False):
        case = perform(case, "grant_extension", by=colleague(Role.RESPONSIBLE_LEADER))
    with time_machine.travel(at("2026-03-25 09:00"), tick=False):
        assert "2026-03-12 17:00" in overdue("--on", "2026-03-13")[0]
        assert overdue("--on", "2026-03-16") == ["0 time limits broken."]
        assert "2026-03-20 17:00" in overdue("--on", "2026-03-23")[0]


def test_what_a_late_record_says_was_done_in_time_is_not_listed(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    with time_machine.travel(at("2026-03-16 09:00"), tick=False):
        case = ask(record_survey(case), "2026-03-12")
        case = perform(case, "grant_backdating", by=colleague(Role.RESPONSIBLE_LEADER), data={"opinion": "属实"})
        assert len(overdue("--on", "2026-03-13")) == 2  # nobody has recorded it yet
        perform(case, "complete_survey", by=colleague(Role.DESIGNER))
        assert overdue("--on", "2026-03-12") == overdue("--on", "2026-03-13") == ["0 time limits broken."]


def test_a_suspension_that_began_later_heals_no_earlier_day(tour_to: TourTo) -> None:
    """Suspended from the 11th, resumed on the 16th: nothing was broken between, nor before."""
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    with time_machine.travel(at("2026-03-11 10:00"), tick=False):
        data = {"kind": "other", "reason": "等用户", "awaited": "进场时间"}
        case = perform(case, "suspend", by=colleague(Role.DESIGNER), data=data)
    with time_machine.travel(at("2026-03-16 10:00"), tick=False):
        case = perform(case, "resume", by=colleague(Role.DESIGNER))
    assert local(case.due_at) == "2026-03-18 17:00"
    with time_machine.travel(at("2026-03-25 09:00"), tick=False):
        assert overdue("--on", "2026-03-10") == overdue("--on", "2026-03-13") == ["0 time limits broken."]
        assert len(overdue("--on", "2026-03-18")) == 1
        assert "2026-03-18 17:00" in overdue("--on", "2026-03-19")[0]


def test_a_limit_broken_before_its_case_was_sent_back_was_broken_then(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    with time_machine.travel(at("2026-03-17 09:00"), tick=False):
        perform(case, "withdraw", by=colleague(Role.COUNTER_CLERK), data={"reason": "不办了"})
        assert len(overdue("--on", "2026-03-16")) == 2
        assert overdue() == ["0 time limits broken."]


@pytest.mark.parametrize("day", ["2060-01-01", "1999-01-01"])
def test_a_day_outside_the_calendar_is_refused_in_a_sentence(tour_to: TourTo, day: str) -> None:
    surveyed_at(tour_to, "2026-03-03 10:00")
    with pytest.raises(CommandError, match=f"The calendar covers 2004-01-01 to 2050-12-31, not {day}"):
        overdue("--on", day)


@pytest.mark.parametrize("arguments", [("--on", "gestern"), ("--office", "nirgends")])
def test_an_unknown_day_or_office_is_named(db: None, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match=arguments[1]):
        overdue(*arguments)


# -- the bell ---------------------------------------------------------------------------------------------


def test_notices_are_shown_counted_and_read(client: Client, tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    perform(case, "urge", by=colleague(Role.COUNTER_CLERK), data={"words": "<b>快</b>"})
    client.force_login(colleague(Role.DESIGNER))
    page = client.get("/notices/").content.decode()
    assert "1 unread notice" in page
    assert "&lt;b&gt;快&lt;/b&gt;" in page
    notice = StaffNotice.objects.get()
    opened = client.post("/notices/read/", {"notice": notice.pk})
    assert opened["Location"] == case.get_absolute_url()
    assert "0 unread notices" in client.get("/notices/").content.decode()


def test_nobody_reads_the_notices_of_others(client: Client, tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    perform(case, "urge", by=colleague(Role.COUNTER_CLERK))
    client.force_login(colleague(Role.CASHIER))
    client.post("/notices/read/", {"notice": StaffNotice.objects.get().pk})
    client.post("/notices/read/")
    assert StaffNotice.objects.get().read_at is None
