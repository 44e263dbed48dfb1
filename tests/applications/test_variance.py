"""Settlement against budget (多退少补): beyond the policy's percentage the responsible leader must agree (NC-8)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import RoleAssignment
from accounts.roles import Role
from applications.approval_queue import queue_of
from applications.engine.doors import perform, work
from applications.engine.refusals import NotYours, Unmet
from applications.models import Application, Approval, StaffNotice
from applications.papers.kinds import PaperKind
from applications.stages import Stage
from applications.tour.cast import colleague, cost_lines
from applications.tour.new_connection import Tour
from applications.variance import VARIANCE_PERCENT, exceeds, variance_of, waiting, waiting_cases
from engineering.models import Settlement
from waterservice.policies import set_policy

TourTo = Callable[..., Tour]
pytestmark = pytest.mark.embedded


def settled(case: Application, total: str, **lines: Any) -> Application:
    """Save a settlement of a total and fix it."""
    designer = colleague(Role.DESIGNER)
    rows = [{**line, **lines} for line in cost_lines(Decimal(total))]
    case = work(case, "save_settlement", by=designer, data={"lines": rows})
    return perform(case, "fix_settlement", by=designer)


def agree(case: Application, **data: Any) -> Application:
    return perform(case, "approve_variance", by=colleague(Role.RESPONSIBLE_LEADER), data=data)


def send_back(case: Application, reason: str = "管材单价过高") -> Application:
    return perform(case, "refuse_variance", by=colleague(Role.RESPONSIBLE_LEADER), data={"reason": reason})


def close(case: Application) -> Application:
    return perform(case, "close_settlement", by=colleague(Role.DESIGNER))


def clauses(refusal: pytest.ExceptionInfo[Unmet]) -> list[str]:
    return [reason.clause for reason in refusal.value.reasons]


@pytest.fixture
def case(tour_to: TourTo) -> Application:
    """A case whose settlement is to be written, with a budget of 100,000 yuan that is paid."""
    return tour_to(Stage.FINAL_SETTLEMENT, amount="100000").case


@pytest.mark.parametrize(
    ("budget", "settlement", "beyond"),
    [
        ("100000", "110000.00", False),
        ("100000", "110000.01", True),
        ("100000", "90000.00", False),
        ("100000", "89999.99", True),
        ("100000", "100000", False),
        ("0", "0.01", True),
        ("0", "0", False),
        ("0.01", "0.02", True),
    ],
)
def test_the_limit_itself_is_not_beyond_and_of_nothing_everything_is(
    budget: str, settlement: str, beyond: bool
) -> None:
    assert exceeds(Decimal(budget), Decimal(settlement), Decimal("10")) == beyond


def test_within_the_limit_the_difference_is_posted_at_once(case: Application) -> None:
    case = settled(case, "110000.00")
    assert case.statement.balance == Decimal("10000.00")
    assert not case.approvals.filter(subject="settlement").exists()
    with pytest.raises(Unmet, match="waits"):
        agree(case)
    with pytest.raises(Unmet, match="beyond"):
        send_back(case)


@pytest.mark.parametrize(("total", "posted"), [("110000.01", "10000.01"), ("80000.00", "-20000.00")])
def test_beyond_the_limit_nothing_is_charged_or_given_back_before_the_leader_agrees(
    case: Application, total: str, posted: str
) -> None:
    case = settled(case, total)
    assert case.statement.balance == 0
    assert not case.papers.filter(kind=PaperKind.SETTLEMENT).exists()
    with pytest.raises(Unmet) as refusal:
        close(case)
    assert clauses(refusal) == ["NC-8"]
    case = agree(case, opinion="地下障碍物属实")
    assert case.statement.balance == Decimal(posted)
    approval = case.approvals.get(subject="settlement")
    assert (approval.subject_revision, approval.amount) == (1, Decimal(total))
    assert case.papers.get(kind=PaperKind.SETTLEMENT).basis == "settlement:1"
    assert case.timeline.latest("pk").note.endswith("地下障碍物属实")


def test_the_leader_is_told_and_so_is_the_designer(case: Application) -> None:
    case = settled(case, "150000")
    leader, designer = colleague(Role.RESPONSIBLE_LEADER), colleague(Role.DESIGNER)
    assert StaffNotice.objects.get(about="variance_asked").recipient == leader
    agree(case)
    assert StaffNotice.objects.get(about="variance_agreed").recipient == designer


def test_sent_back_by_the_leader_it_is_reworked_and_fixed_anew(case: Application) -> None:
    case = send_back(settled(case, "150000"))
    assert case.stage == Stage.FINAL_SETTLEMENT
    sheet = case.project.settlements.latest("revision")
    assert (sheet.revision, sheet.closed) == (2, False)
    assert sheet.total == Decimal("150000.00"), "the designer goes on from the figures that were sent back"
    assert case.statement.balance == 0
    assert StaffNotice.objects.get(about="variance_refused").words == "管材单价过高"
    with pytest.raises(Unmet):
        agree(case)
    case = settled(case, "105000")
    assert case.statement.balance == Decimal("5000.00")


def test_a_later_settlement_needs_a_new_agreement(case: Application) -> None:
    case = agree(settled(case, "150000"))
    case = settled(case, "160000")
    assert case.statement.balance == Decimal("50000.00"), "what was agreed stands until another takes its place"
    with pytest.raises(Unmet) as refusal:
        close(case)
    assert clauses(refusal) == ["NC-8", "NC-8"]
    case = agree(case)
    assert case.statement.balance == Decimal("60000.00")
    assert case.approvals.filter(subject="settlement", voided_at=None).get().amount == Decimal("160000.00")


def test_an_agreement_to_the_same_sum_in_another_revision_does_not_pass(case: Application) -> None:
    case = agree(settled(case, "150000"))
    case = settled(case, "150000")
    assert waiting(case) is not None


def test_the_leader_can_take_an_agreement_back_with_what_it_posted(case: Application) -> None:
    case = send_back(agree(settled(case, "150000")), "重新核实工程量")
    assert case.statement.balance == 0
    assert not case.approvals.filter(subject="settlement", voided_at=None).exists()
    assert not case.papers.filter(kind=PaperKind.SETTLEMENT, voided_at=None).exists()
    with pytest.raises(Unmet):
        close(case)


def test_sending_the_case_back_voids_the_agreement(tour_to: TourTo) -> None:
    case = tour_to(Stage.SUPPLY_AGREEMENT, amount="100000", settlement="130000").case
    assert case.approvals.filter(subject="settlement", voided_at=None).exists()
    data = {"to": Stage.FINAL_SETTLEMENT, "reason": "漏项"}
    case = perform(case, "send_back", by=colleague(Role.COUNTER_CLERK), data=data)
    assert not case.approvals.filter(subject="settlement", voided_at=None).exists()
    assert case.statement.balance == Decimal("-30000.00"), "what was paid stays as credit"
    with pytest.raises(Unmet) as refusal:
        close(settled(case, "130000"))
    assert "NC-8" in clauses(refusal)


def test_who_prepared_or_fixed_the_settlement_does_not_decide_on_it(case: Application) -> None:
    designer = colleague(Role.DESIGNER)
    RoleAssignment.objects.create(user=designer, role=Role.RESPONSIBLE_LEADER)
    case = settled(case, "150000")
    fresh = type(designer).objects.get(pk=designer.pk)
    for step, data in (("approve_variance", {}), ("refuse_variance", {"reason": "重算"})):
        with pytest.raises(NotYours, match="prepared this settlement"):
            perform(case, step, by=fresh, data=data)


def test_nobody_but_the_leader_decides(case: Application) -> None:
    case = settled(case, "150000")
    for role in set(Role) - {Role.RESPONSIBLE_LEADER}:
        with pytest.raises(NotYours):
            perform(case, "approve_variance", by=colleague(role))


def test_the_whole_cost_counts_whoever_pays_it(case: Application) -> None:
    case = settled(case, "150000", payer="utility")
    variance = waiting(case)
    assert variance is not None
    assert variance.whole.percent == Decimal("50.0")


def test_the_percentage_is_that_of_the_day_of_acceptance(case: Application) -> None:
    admin = colleague(Role.ADMINISTRATOR)
    tomorrow = timezone.localdate() + timedelta(days=1)
    set_policy(policy=VARIANCE_PERCENT, value="60", effective_from=tomorrow, by=admin)
    assert waiting(settled(case, "150000")) is not None
    set_policy(policy=VARIANCE_PERCENT, value="60", effective_from=timezone.localdate(), by=admin)
    assert waiting(case) is None
    assert list(waiting_cases()) == []


def test_the_queue_shows_the_figures_by_category(client: Client, case: Application) -> None:
    leader = colleague(Role.RESPONSIBLE_LEADER)
    assert queue_of(leader, Role.RESPONSIBLE_LEADER).top is None
    case = settled(case, "130000")
    assert list(waiting_cases()) == [case.pk]
    request = queue_of(leader, Role.RESPONSIBLE_LEADER).top
    assert request is not None
    assert request.variance is not None
    assert request.variance.whole.difference == Decimal("30000.00")
    assert request.variance.whole.percent == Decimal("30.0")
    assert sum(row.difference for row in request.variance.categories) == Decimal("30000.00")
    assert [action.step.name for action in request.decisions] == ["approve_variance", "refuse_variance"]
    client.force_login(leader)
    page = client.get("/approvals/").content.decode()
    for shown in ("¥100,000.00", "¥130,000.00", "¥30,000.00", "+30.0", "Pipe material"):
        assert shown in page
    assert queue_of(colleague(Role.DEPUTY_GENERAL_MANAGER), Role.DEPUTY_GENERAL_MANAGER).top is None
    agree(case)
    assert queue_of(leader, Role.RESPONSIBLE_LEADER).top is None
    assert list(waiting_cases()) == []


def test_a_case_within_the_limit_shows_the_leader_no_grey_button(client: Client, case: Application) -> None:
    case = settled(case, "101000")
    client.force_login(colleague(Role.RESPONSIBLE_LEADER))
    assert "approve_variance" not in client.get(case.get_absolute_url()).content.decode()


def test_figures_are_missing_while_there_is_no_settlement(case: Application) -> None:
    assert variance_of(case) is None
    assert not Settlement.objects.exists()


@pytest.mark.parametrize("on_paper_by", ["", "王总"])
def test_the_database_wants_an_approver_and_one_only(case: Application, on_paper_by: str) -> None:
    approval = Approval.objects.get(application=case)
    approval.approved_on_paper_by = on_paper_by
    if not on_paper_by:
        approval.approved_by = None
    with pytest.raises(IntegrityError, match="approval_by_a_colleague_or_on_paper"), transaction.atomic():
        approval.save()
