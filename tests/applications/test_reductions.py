"""Reductions (减免): asked for at the counter with evidence, decided by another person of the rank the amount asks."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import RoleAssignment, User
from accounts.roles import Role
from applications.approval_queue import queue_of
from applications.engine.doors import perform
from applications.engine.refusals import BadInput, NotYours, Unmet
from applications.models import Application, Reduction, StaffNotice
from applications.stages import Stage
from applications.tour.cast import colleague, scan
from billing import services as billing
from billing.models import LineKind

CaseAt = Callable[..., Application]
YUAN = Decimal


@pytest.fixture
def case(everybody: None, case_at: CaseAt) -> Application:
    """A case that waits for its project fee of 128,000.00."""
    return case_at(Stage.PROJECT_FEE)


def ask(case: Application, amount: str = "800.00", *, by: User | None = None, **changes: Any) -> Application:
    data = {"charge": case.statement.lines.get(kind="charge").pk, "amount": amount, "reason": "困难企业"} | changes
    files = {"evidence": scan("evidence")}
    return perform(case, "ask_reduction", by=by or colleague(Role.COUNTER_CLERK), data=data, files=files)


def decide(case: Application, step: str, by: User, **data: str) -> Application:
    return perform(case, step, by=by, data=data)


@pytest.mark.parametrize(
    ("amount", "decider", "other"),
    [
        ("999.99", Role.DUTY_MANAGER, Role.RESPONSIBLE_LEADER),
        ("1000.00", Role.RESPONSIBLE_LEADER, Role.DUTY_MANAGER),
    ],
)
def test_the_amount_says_who_decides(case: Application, amount: str, decider: Role, other: Role) -> None:
    """以上 includes the figure itself (Civil Code art. 1259)."""
    case = ask(case, amount)
    assert case.reductions.get().decider == decider
    assert StaffNotice.objects.filter(recipient=colleague(decider), about="reduction_asked").exists()
    assert not StaffNotice.objects.filter(recipient=colleague(other), about="reduction_asked").exists()
    with pytest.raises(NotYours, match=str(decider.label)):
        decide(case, "grant_reduction", colleague(other))
    decide(case, "grant_reduction", colleague(decider))
    assert case.statement.balance == YUAN("128000.00") - YUAN(amount)


def test_a_granted_reduction_stands_on_the_statement_with_both_names(case: Application) -> None:
    case = decide(ask(case), "grant_reduction", colleague(Role.DUTY_MANAGER), opinion="同意")
    line = case.statement.lines.get(kind=LineKind.REDUCTION)
    assert (line.amount, line.source) == (YUAN("-800.00"), "budget:1")
    assert (line.recorded_by, line.approved_by) == (colleague(Role.COUNTER_CLERK), colleague(Role.DUTY_MANAGER))
    row = case.reductions.get()
    assert (row.status, row.line, row.opinion) == ("granted", line, "同意")
    assert StaffNotice.objects.filter(recipient=colleague(Role.COUNTER_CLERK), about="reduction_granted").exists()


def test_a_refused_reduction_changes_no_money_and_another_can_be_asked_for(case: Application) -> None:
    case = decide(ask(case), "refuse_reduction", colleague(Role.DUTY_MANAGER), reason="材料不足")
    assert case.statement.balance == YUAN("128000.00")
    case = ask(case, "900.00")
    with pytest.raises(Unmet):
        ask(case)


def test_nobody_grants_their_own_reduction(case: Application) -> None:
    both = colleague(Role.DUTY_MANAGER)
    RoleAssignment.objects.create(user=both, role=Role.COUNTER_CLERK)
    both = User.objects.get(pk=both.pk)
    case = ask(case, by=both)
    for step, data in (("grant_reduction", {}), ("refuse_reduction", {"reason": "x"})):
        with pytest.raises(NotYours, match="yourself"):
            decide(case, step, both, **data)
    with pytest.raises(IntegrityError), transaction.atomic():
        Reduction.objects.update(decided_by=both)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": "128000.01"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "1.005"}, "amount"),
        ({"reason": " "}, "reason"),
        ({"charge": "999999"}, "charge"),
    ],
)
def test_a_reduction_that_cannot_be_is_refused(case: Application, changes: dict[str, str], field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        ask(case, **changes)
    assert field in refusal.value.errors
    assert not Reduction.objects.exists()


def test_a_reduction_needs_its_evidence(case: Application) -> None:
    data = {"charge": case.statement.lines.get().pk, "amount": "1.00", "reason": "x"}
    with pytest.raises(BadInput) as refusal:
        perform(case, "ask_reduction", by=colleague(Role.COUNTER_CLERK), data=data)
    assert "evidence" in refusal.value.errors


def test_where_nothing_is_charged_nothing_can_be_let_off(case_at: CaseAt) -> None:
    case = case_at(Stage.SURVEY)
    data = {"amount": "1.00", "reason": "x"}
    with pytest.raises((Unmet, BadInput)):
        perform(case, "ask_reduction", by=colleague(Role.COUNTER_CLERK), data=data, files={"evidence": scan("e")})


def test_what_was_taken_back_meanwhile_is_not_let_off(case: Application) -> None:
    case = ask(case)
    billing.reverse_charges(
        statement=case.statement, source_prefix="budget:", reason="改预算", by=colleague(Role.DESIGNER)
    )
    with pytest.raises(BadInput, match=r"¥0\.00"):
        decide(case, "grant_reduction", colleague(Role.DUTY_MANAGER))
    assert case.reductions.get().status == "asked"
    decide(case, "refuse_reduction", colleague(Role.DUTY_MANAGER), reason="预算已退回")


def test_it_waits_in_the_queue_of_whoever_decides_and_in_no_other(case: Application, client: Client) -> None:
    case = ask(case)
    duty, leader = colleague(Role.DUTY_MANAGER), colleague(Role.RESPONSIBLE_LEADER)
    assert queue_of(leader, Role.RESPONSIBLE_LEADER).waiting == 0
    request = queue_of(duty, Role.DUTY_MANAGER).top
    assert request is not None
    assert request.case == case
    assert {action.step.name for action in request.decisions} == {"grant_reduction", "refuse_reduction"}
    client.force_login(duty)
    page = client.get(reverse("applications:approvals")).content.decode()
    evidence = reverse("applications:evidence", args=[case.number, case.reductions.get().evidence_id])
    for word in ("¥800.00", "困难企业", evidence):
        assert word in page
    answer = client.get(evidence)
    assert answer.status_code == 200
    answer.close()
