"""The two doors: who, where, which revision, what is missing; a refusal changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Office, OfficeKind, User
from accounts.roles import Role
from applications.engine.doors import perform, work
from applications.engine.refusals import BadInput, MovedOn, NotHere, NotYours, Unmet
from applications.models import Application, NewConnection
from applications.stages import Stage
from applications.tour.cast import colleague
from applications.tour.new_connection import Tour

CaseAt = Callable[..., Application]


def facts(case: Application) -> dict[str, Any]:
    """Everything of a case that a refusal must leave as it was."""
    fresh = Application.objects.get(pk=case.pk)
    columns = {field.attname: getattr(fresh, field.attname) for field in Application._meta.concrete_fields}
    return columns | {
        "timeline": fresh.timeline.count(),
        "clocks": list(fresh.clocks.values()),
        "history": Application.history.filter(id=case.pk).count(),
        "papers": fresh.papers.count(),
        "lines": fresh.statement.lines.count(),
    }


def test_a_row_gets_the_class_of_its_kind(case_at: CaseAt) -> None:
    case = case_at(Stage.DRAFT)
    assert type(Application.objects.get(pk=case.pk)) is NewConnection


def test_skipping_a_stage_is_refused(case_at: CaseAt) -> None:
    case = case_at(Stage.DOCUMENT_REVIEW)
    before = facts(case)
    with pytest.raises(NotHere):
        perform(case, "complete_survey", by=colleague(Role.DESIGNER))
    assert facts(case) == before


def test_acting_without_the_role_is_refused(case_at: CaseAt) -> None:
    case = case_at(Stage.SURVEY)
    before = facts(case)
    with pytest.raises(NotYours):
        perform(case, "complete_survey", by=colleague(Role.CASHIER))
    with pytest.raises(NotYours):
        work(case, "record_survey", by=colleague(Role.AUDITOR), data={})
    assert facts(case) == before


def test_an_unknown_step_is_refused(case_at: CaseAt) -> None:
    case = case_at(Stage.DRAFT)
    with pytest.raises(NotHere):
        perform(case, "jump", by=colleague(Role.COUNTER_CLERK))


def test_every_unmet_checkpoint_is_named_with_its_clause(case_at: CaseAt) -> None:
    case = case_at(Stage.WATER_ON)
    case.papers.update(voided_at=case.arrived_at)
    case.approvals.update(voided_at=case.arrived_at)
    before = facts(case)
    with pytest.raises(Unmet) as refused:
        perform(case, "turn_water_on", by=colleague(Role.DESIGNER))
    assert [reason.clause for reason in refused.value.reasons] == ["NC-4d", "NC-6", "NC-9", "NC-10"]
    assert facts(case) == before


def _today() -> dict[str, Any]:
    return {"happened_on": timezone.localdate()}


def test_acting_twice_is_refused(tour_to: Callable[..., Tour]) -> None:
    tour = tour_to(Stage.DRAFT)
    stale = Application.objects.get(pk=tour.case.pk)
    tour.pass_stage()
    before = facts(stale)
    with pytest.raises(MovedOn):
        perform(stale, "confirm_data", by=colleague(Role.COUNTER_CLERK))
    assert facts(stale) == before


def test_a_stale_page_is_refused_for_work_too(case_at: CaseAt) -> None:
    case = case_at(Stage.SURVEY)
    with pytest.raises(MovedOn):
        work(
            case,
            "comment",
            by=colleague(Role.DESIGNER),
            data={"words": "x"},
            expected_revision=case.revision - 1,
        )


def test_bad_input_names_its_fields_and_changes_nothing(case_at: CaseAt) -> None:
    case = case_at(Stage.DOCUMENT_REVIEW)
    before = facts(case)
    with pytest.raises(BadInput) as refused:
        perform(case, "refuse", by=colleague(Role.COUNTER_CLERK), data={"reason": ""})
    assert {"reason", "means"} <= set(refused.value.errors)
    assert facts(case) == before


def test_a_fault_found_by_a_service_is_said_like_a_forms(case_at: CaseAt) -> None:
    case = case_at(Stage.PROJECT_FEE)
    before = facts(case)
    with pytest.raises(BadInput):
        work(case, "take_payment", by=colleague(Role.CASHIER), data={"amount": "999999.00", "method": "cash"})
    assert facts(case) == before


def test_each_move_writes_history_timeline_and_revision(case_at: CaseAt) -> None:
    """django-simple-history writes nothing for a proxy by itself; the one table must hold every move."""
    case = case_at(Stage.SURVEY)
    moves = case.timeline.filter(nature="step")
    assert {entry.to_stage for entry in moves} >= {
        Stage.DRAFT,
        Stage.DOCUMENT_REVIEW,
        Stage.ARREARS_CHECK,
        Stage.SURVEY,
    }
    history = Application.history.filter(id=case.pk)
    assert history.count() == case.revision
    assert history.first().stage == Stage.SURVEY


def test_the_stage_cannot_be_assigned(case_at: CaseAt) -> None:
    case = case_at(Stage.DRAFT)
    with pytest.raises(AttributeError):
        case.stage = Stage.COMPLETED
    case.refresh_from_db()
    with pytest.raises(AttributeError):
        case.stage = Stage.COMPLETED


def test_sending_back_voids_what_it_passes_over(case_at: CaseAt) -> None:
    """In common: approvals and signatures of the stages passed over are void, payments stay as credit."""
    case = case_at(Stage.CONSTRUCTION_TASK)
    paid = sum(line.amount for line in case.statement.lines.filter(kind="payment"))
    case = perform(case, "send_back", by=colleague(Role.DESIGNER), data={"to": Stage.BUDGET, "reason": "管线改道"})
    assert case.stage == Stage.BUDGET
    assert not case.approvals.filter(voided_at__isnull=True).exists()
    assert not case.papers.filter(kind="construction_agreement", voided_at__isnull=True).exists()
    assert case.papers.filter(kind="receipt", voided_at__isnull=True).exists()
    assert case.statement.balance == paid < 0
    assert case.clocks.filter(stage=Stage.BUDGET, stopped_at__isnull=True).count() == 1


def test_an_old_signature_does_not_pass_for_a_new_budget(tour_to: Callable[..., Tour]) -> None:
    tour = tour_to(Stage.CONSTRUCTION_TASK)
    signed = tour.case.papers.get(kind="construction_agreement")
    tour.case = perform(
        tour.case, "send_back", by=colleague(Role.DESIGNER), data={"to": Stage.BUDGET, "reason": "改价"}
    )
    while tour.case.stage != Stage.CONSTRUCTION_AGREEMENT:
        tour.pass_stage()
    signed.refresh_from_db()
    assert signed.voided_at is not None
    with pytest.raises(Unmet):
        perform(tour.case, "conclude_construction_agreement", by=colleague(Role.COUNTER_CLERK))


def test_nobody_approves_their_own_budget(tour_to: Callable[..., Tour]) -> None:
    tour = tour_to(Stage.BUDGET)
    designer = colleague(Role.DESIGNER)
    tour.pass_stage()
    designer.role_assignments.create(role=Role.RESPONSIBLE_LEADER)
    designer.forget_seats()
    with pytest.raises(NotYours):
        perform(tour.case, "approve_budget", by=designer)


@pytest.mark.embedded
def test_the_whole_way_on_either_database(tour_to: Callable[..., Tour]) -> None:
    tour = tour_to(Stage.COMPLETED)
    assert tour.case.closed
    assert tour.case.account.status == "active"
    assert tour.case.statement.balance == 0


def test_somebody_of_several_roles_acts_in_each_of_them(case_at: CaseAt) -> None:
    """Procedure, who takes part: one person may hold several roles, also of another office than their own."""
    case = case_at(Stage.SURVEY)
    clerk = colleague(Role.COUNTER_CLERK)
    with pytest.raises(NotYours):
        work(case, "record_survey", by=clerk, data={})
    clerk.role_assignments.create(role=Role.DESIGNER)
    clerk.forget_seats()
    sheet = {"surveyed_on": timezone.localdate(), "supplyable": True, "conclusion": "具备供水条件"}
    assert work(case, "record_survey", by=clerk, data=sheet).holder is not None


def test_a_colleague_of_another_office_of_the_kind_does_not_act(everybody: None, case_at: CaseAt) -> None:
    case = case_at(Stage.SURVEY)
    elsewhere = Office.objects.create(code="D-2", name="第二设计室", kind=OfficeKind.DESIGN_OFFICE)
    stranger = User.objects.create(username="stranger", name="外室设计员", office=elsewhere)
    stranger.role_assignments.create(role=Role.DESIGNER)
    with pytest.raises(NotYours):
        work(case, "record_survey", by=stranger, data={})
