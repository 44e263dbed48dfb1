"""What a deputy (代理) sees and does in the giver's stead, in whose name it stands, and that four eyes stay four."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.deputies import end_delegation
from accounts.models import Office, OfficeKind, User
from accounts.roles import Role
from applications.approval_queue import extensions_for, waiting_for
from applications.engine.doors import people_reasons, perform, work
from applications.engine.refusals import NotYours
from applications.models import Application, Extension, Reminder, StaffNotice
from applications.notifying import seated
from applications.papers.contexts.works import budget
from applications.reminders import remind
from applications.selectors import desk, folders, visible_to
from applications.stages import Stage
from applications.starting import start_new_connection
from applications.tour.cast import colleague, organisation
from applications.tour.new_connection import Tour
from tests.people import member, stand_in

TourTo = Callable[..., Tour]
pytestmark = pytest.mark.usefixtures("everybody")
LEADER = Role.RESPONSIBLE_LEADER
SHEET = {"surveyed_on": None, "supplyable": True, "conclusion": "具备供水条件"}


@pytest.fixture
def wang() -> User:
    return member("wang", "王芳")


def survey(case: Application, by: User) -> Application:
    return work(case, "record_survey", by=by, data={**SHEET, "surveyed_on": timezone.localdate()})


def behalf(role: Role) -> str:
    return f"王芳 (for {colleague(role).name})"


# -- what a deputy sees --------------------------------------------------------------------------------------


def test_the_deputy_sees_the_givers_desk_and_no_case_before_or_after(tour_to: TourTo, wang: User) -> None:
    case = perform(tour_to(Stage.SURVEY).case, "take", by=colleague(Role.DESIGNER))
    assert not visible_to(wang)
    made = stand_in(wang, Role.DESIGNER)
    wang.forget_seats()
    assert list(desk(wang, Role.DESIGNER)) == [case]
    assert list(folders(wang, Role.DESIGNER)["mine"]) == [case], "what the giver has in hand"
    assert not folders(wang, Role.DESIGNER)["colleagues"]
    end_delegation(delegation=made, by=colleague(Role.DESIGNER))
    wang.forget_seats()
    assert not visible_to(wang)


def test_the_deputy_sees_the_givers_office_and_no_other(tour_to: TourTo, wang: User) -> None:
    case = tour_to(Stage.SURVEY).case
    second = Office.objects.create(code="D-9", name="第二设计室", kind=OfficeKind.DESIGN_OFFICE, districts=["远郊"])
    away = member("far", "远郊设计员", Role.DESIGNER, office=second)
    stand_in(wang, Role.DESIGNER, giver=away)
    wang.forget_seats()
    assert not desk(wang, Role.DESIGNER)
    with pytest.raises(NotYours):
        survey(case, wang)
    stand_in(wang, Role.DESIGNER)
    wang.forget_seats()
    assert list(desk(wang, Role.DESIGNER)) == [case]
    assert survey(case, wang).timeline.first().who == behalf(Role.DESIGNER)


def test_the_deputy_has_the_givers_approval_queue(client: Client, tour_to: TourTo, wang: User) -> None:
    case = tour_to(Stage.BUDGET_APPROVAL).case
    stand_in(wang, LEADER)
    client.force_login(wang)
    assert list(waiting_for(User.objects.get(pk=wang.pk), LEADER)) == [case]
    answer = client.get("/approvals/")
    assert case.number in answer.content.decode()
    assert "Appoint a deputy" not in answer.content.decode(), "what is delegated is not passed on"


def test_the_queue_asks_no_more_of_a_deputy_than_of_the_giver(client: Client, tour_to: TourTo, wang: User) -> None:
    def queries(person: User) -> int:
        client.force_login(person)
        client.get("/approvals/")
        with CaptureQueriesContext(connection) as asked:
            client.get("/approvals/")
        return len(asked)

    for _case in range(2):
        tour_to(Stage.BUDGET_APPROVAL)
    stand_in(wang, LEADER)
    assert queries(wang) <= queries(colleague(LEADER))


def test_the_header_of_the_queue_names_the_deputy(client: Client, wang: User) -> None:
    client.force_login(colleague(LEADER))
    assert "Deputy: none" in client.get("/approvals/").content.decode()
    made = stand_in(wang, LEADER)
    page = client.get("/approvals/").content.decode()
    assert f"Deputy: 王芳 until {made.last_day}" in page
    assert f"/deputies/{made.pk}/end/" in page


# -- what a deputy does, and in whose name -------------------------------------------------------------------


def test_every_trace_of_an_approval_says_for_whom(client: Client, tour_to: TourTo, wang: User) -> None:
    tour = tour_to(Stage.BUDGET_APPROVAL)
    stand_in(wang, LEADER)
    case = perform(tour.case, "approve_budget", by=wang, data={"opinion": "同意"})
    entry = case.timeline.get(action="approve_budget")
    assert (entry.actor, entry.on_behalf_of, entry.role) == (wang, colleague(LEADER), LEADER)
    assert entry.who == behalf(LEADER)
    approval = case.approvals.get()
    assert (approval.approved_by, approval.on_behalf_of) == (wang, colleague(LEADER))
    assert budget(case, issued_on=timezone.localdate())["approved_by"] == behalf(LEADER)
    client.force_login(colleague(Role.AUDITOR))
    assert behalf(LEADER) in client.get(f"{case.get_absolute_url()}?tab=timeline").content.decode()


def test_the_giver_keeps_their_own_right_and_signs_for_themselves(tour_to: TourTo, wang: User) -> None:
    case = tour_to(Stage.BUDGET_APPROVAL).case
    stand_in(wang, LEADER)
    case = perform(case, "approve_budget", by=colleague(LEADER))
    assert case.timeline.get(action="approve_budget").on_behalf_of is None


def test_who_may_in_their_own_right_acts_in_their_own_name(tour_to: TourTo, wang: User) -> None:
    case = tour_to(Stage.SURVEY).case
    wang.role_assignments.create(role=Role.COUNTER_CLERK)
    stand_in(wang, Role.DESIGNER)
    wang.forget_seats()
    case = work(case, "comment", by=wang, data={"words": "已联系用户"})
    entry = case.timeline.get(action="comment")
    assert (entry.role, entry.on_behalf_of) == (Role.COUNTER_CLERK, None)
    assert survey(case, wang).timeline.get(action="record_survey").on_behalf_of == colleague(Role.DESIGNER)


def people(case: Application, step: str, person: User) -> list[Any]:
    return people_reasons(case.steps()[step], case, person)


def test_what_a_deputy_takes_in_hand_is_in_the_givers(tour_to: TourTo, wang: User) -> None:
    """So that nothing hangs on the deputy when the days are over."""
    tour = tour_to(Stage.SURVEY)
    stand_in(wang, Role.DESIGNER)
    wang.forget_seats()
    case = survey(tour.case, wang)
    assert case.holder == colleague(Role.DESIGNER)
    (reason,) = people(case, "take", wang)
    assert "in your hands already" in str(reason)
    tour.case, tour.colleague = case, lambda role: wang if role == Role.DESIGNER else colleague(role)
    tour.pass_stage()
    case = tour.case
    assert case.timeline.get(action="complete_survey").who == behalf(Role.DESIGNER)
    assert (case.stage, case.holder) == (Stage.DESIGN, colleague(Role.DESIGNER))


def test_what_a_deputy_takes_in_at_the_counter_is_the_givers(wang: User) -> None:
    clerk = colleague(Role.COUNTER_CLERK)
    stand_in(wang, Role.COUNTER_CLERK)
    wang.forget_seats()
    brief = organisation()
    case = start_new_connection(by=wang, applicant=brief.applicant(clerk), premises=brief.place(clerk), **brief.details)
    assert (case.created_by, case.holder, case.office) == (clerk, clerk, clerk.office)
    assert case.taken_in_by == behalf(Role.COUNTER_CLERK)
    assert wang.signs_for is None


def test_the_right_is_asked_for_at_the_moment_of_the_step(tour_to: TourTo, wang: User) -> None:
    """The page was opened while it ran; the door reads anew."""
    case = tour_to(Stage.BUDGET_APPROVAL).case
    made = stand_in(wang, LEADER)
    wang.forget_seats()
    assert not people(case, "approve_budget", wang)
    end_delegation(delegation=made, by=colleague(LEADER))
    assert wang.has_role(LEADER), "what this page had read before"
    with pytest.raises(NotYours):
        perform(case, "approve_budget", by=wang)
    assert not case.approvals.exists()


def test_at_midnight_after_the_last_day_the_step_is_refused(tour_to: TourTo, wang: User) -> None:
    case = tour_to(Stage.BUDGET_APPROVAL).case
    made = stand_in(wang, LEADER)
    wang.forget_seats()
    assert wang.has_role(LEADER)
    midnight = timezone.make_aware(timezone.datetime.combine(made.last_day, timezone.datetime.min.time()))
    with time_machine.travel(midnight + timedelta(days=1), tick=False), pytest.raises(NotYours):
        perform(case, "approve_budget", by=wang)
    wang.forget_seats()
    with time_machine.travel(midnight + timedelta(hours=23, minutes=59), tick=False):
        assert perform(case, "approve_budget", by=wang).approvals.exists()


# -- four eyes -----------------------------------------------------------------------------------------------


def test_a_deputy_does_not_approve_what_they_prepared_themselves(tour_to: TourTo) -> None:
    case, designer = tour_to(Stage.BUDGET_APPROVAL).case, colleague(Role.DESIGNER)
    stand_in(designer, LEADER)
    with pytest.raises(NotYours, match="You prepared this budget"):
        perform(case, "approve_budget", by=User.objects.get(pk=designer.pk))


@pytest.mark.parametrize("also", [Role.DESIGNER, LEADER])
def test_a_deputy_does_not_approve_what_their_giver_prepared(tour_to: TourTo, wang: User, also: Role) -> None:
    """Whatever the role in which they stand in for the giver, and also in their own right as leader."""
    case, designer = tour_to(Stage.BUDGET_APPROVAL).case, colleague(Role.DESIGNER)
    if also == LEADER:
        designer.role_assignments.create(role=LEADER)
        stand_in(wang, LEADER, giver=designer)
    else:
        wang.role_assignments.create(role=LEADER)
        stand_in(wang, Role.DESIGNER)
    wang.forget_seats()
    with pytest.raises(NotYours, match="You prepared this budget"):
        perform(case, "approve_budget", by=wang)


def test_a_giver_does_not_approve_what_their_deputy_prepared_for_them(tour_to: TourTo, wang: User) -> None:
    tour, designer = tour_to(Stage.BUDGET), colleague(Role.DESIGNER)
    made = stand_in(wang, Role.DESIGNER)
    tour.colleague = lambda role: wang if role == Role.DESIGNER else colleague(role)
    tour.pass_stage()
    assert tour.case.stage == Stage.BUDGET_APPROVAL
    end_delegation(delegation=made, by=designer)
    designer.role_assignments.create(role=LEADER)
    designer.forget_seats()
    with pytest.raises(NotYours, match="You prepared this budget"):
        perform(tour.case, "approve_budget", by=designer)
    second = member("second", "李二")
    stand_in(second, LEADER, giver=designer)
    with pytest.raises(NotYours, match="You prepared this budget"):
        perform(tour.case, "approve_budget", by=second)
    assert perform(tour.case, "approve_budget", by=colleague(LEADER)).stage != Stage.BUDGET_APPROVAL


def extension(case: Application, by: User) -> Application:
    clock = case.clocks.get(stopped_at=None)
    until = timezone.localdate(clock.due_at) + timedelta(days=14)
    return perform(case, "ask_extension", by=by, data={"clock": clock.pk, "until": until, "reason": "管线资料待核"})


def test_nobody_grants_the_extension_of_the_one_they_stand_in_for(tour_to: TourTo, wang: User) -> None:
    case = extension(tour_to(Stage.SURVEY).case, colleague(Role.DESIGNER))
    wang.role_assignments.create(role=LEADER)
    stand_in(wang, Role.DESIGNER)
    wang.forget_seats()
    with pytest.raises(NotYours, match="You asked for this extension yourself"):
        perform(case, "grant_extension", by=wang)
    assert not extensions_for(wang, LEADER)
    assert extensions_for(colleague(LEADER), LEADER)


def test_nobody_grants_what_was_asked_in_their_name(tour_to: TourTo, wang: User) -> None:
    stand_in(wang, Role.DESIGNER)
    designer = colleague(Role.DESIGNER)
    case = extension(tour_to(Stage.SURVEY).case, wang)
    asked = Extension.objects.get()
    assert (asked.asked_by, asked.asked_on_behalf_of, asked.asker) == (wang, designer, behalf(Role.DESIGNER))
    designer.role_assignments.create(role=LEADER)
    designer.forget_seats()
    with pytest.raises(NotYours, match="You asked for this extension yourself"):
        perform(case, "grant_extension", by=designer)
    with pytest.raises(IntegrityError), transaction.atomic():
        asked.decide(Extension.Status.GRANTED, by=designer, opinion="")


def test_a_granted_extension_says_who_granted_it_for_whom(tour_to: TourTo, wang: User) -> None:
    case = extension(tour_to(Stage.SURVEY).case, colleague(Role.DESIGNER))
    stand_in(wang, LEADER)
    perform(case, "grant_extension", by=wang)
    assert Extension.objects.get().decider == behalf(LEADER)


def test_the_database_lets_no_deputy_grant_what_their_giver_asked(tour_to: TourTo, wang: User) -> None:
    extension(tour_to(Stage.SURVEY).case, colleague(Role.DESIGNER))
    asked = Extension.objects.get()
    with wang.signing_for(colleague(Role.DESIGNER)), pytest.raises(IntegrityError), transaction.atomic():
        asked.decide(Extension.Status.GRANTED, by=wang, opinion="")


# -- notices -------------------------------------------------------------------------------------------------


def test_what_waits_for_the_giver_is_told_to_the_deputy_too(tour_to: TourTo, wang: User) -> None:
    made = stand_in(wang, LEADER)
    tour_to(Stage.BUDGET_APPROVAL)
    about = StaffNotice.objects.filter(about=StaffNotice.About.DECISION)
    assert {notice.recipient for notice in about} == {wang, colleague(LEADER)}
    end_delegation(delegation=made, by=colleague(LEADER))
    assert wang not in seated(LEADER)


def test_reminders_reach_holder_and_deputy_and_nobody_elses_deputy(tour_to: TourTo, wang: User) -> None:
    case = perform(tour_to(Stage.SURVEY).case, "take", by=colleague(Role.DESIGNER))
    due = case.clocks.get(stopped_at=None).due_at
    other = member("other", "丙")
    with time_machine.travel(due + timedelta(minutes=1), tick=False):
        stand_in(wang, Role.DESIGNER)
        stand_in(other, Role.CASHIER)
        remind()
    told = StaffNotice.objects.filter(about=StaffNotice.About.OVERDUE)
    assert {notice.recipient for notice in told} == {wang, colleague(Role.DESIGNER)}
    assert Reminder.objects.count() == 1


def test_the_answer_reaches_who_asked_and_for_whom(tour_to: TourTo, wang: User) -> None:
    stand_in(wang, Role.DESIGNER)
    case = extension(tour_to(Stage.SURVEY).case, wang)
    perform(case, "grant_extension", by=colleague(LEADER))
    told = StaffNotice.objects.filter(about=StaffNotice.About.EXTENSION_GRANTED)
    assert {notice.recipient for notice in told} == {wang, colleague(Role.DESIGNER)}


def test_a_notice_about_a_deputy_names_no_case_and_leads_to_the_page(client: Client, wang: User) -> None:
    stand_in(wang, LEADER)
    client.force_login(wang)
    page = client.get("/notices/").content.decode()
    assert "A deputy is appointed." in page
    assert behalf(LEADER) in page
    notice = StaffNotice.objects.get(recipient=wang)
    assert client.post("/notices/read/", {"notice": notice.pk})["Location"] == "/notices/"
    notice.refresh_from_db()
    assert notice.read_at is not None
