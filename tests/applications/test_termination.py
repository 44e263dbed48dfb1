"""Termination by agreement (协议终止): how a request ends between the project fee and water on (in common, NC-5)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import AccountStatus, RoleAssignment, User
from accounts.roles import Role
from applications.approval_queue import queue_of
from applications.engine.doors import perform, work
from applications.engine.refusals import BadInput, DoneBefore, NotHere, NotYours, Unmet
from applications.models import Application, NewConnection, StaffNotice, Termination
from applications.papers.contexts.termination import termination_agreement
from applications.presenters import CasePage
from applications.stages import Stage
from applications.tour.cast import colleague, scan
from applications.tour.new_connection import Tour
from billing import selectors as ledger
from tests.cases import person

TourTo = Callable[..., Tour]
YUAN = Decimal
FEE = YUAN("128000.00")


def prepared(case: Application, kept: str = "40000.00", by: User | None = None, **changes: Any) -> Application:
    data = {"reason": "项目停建", "works_done": "沟槽开挖 60 米，材料进场", "kept": kept} | changes
    return perform(case, "prepare_termination", by=by or colleague(Role.COUNTER_CLERK), data=data)


def approved(case: Application) -> Application:
    leader = colleague(Role.RESPONSIBLE_LEADER)
    return perform(case, "grant_termination", by=leader, data={"opinion": "同意"})


def signed(case: Application) -> Application:
    clerk = colleague(Role.COUNTER_CLERK)
    case = work(case, "issue_termination_agreement", by=clerk)
    values = {"signed_on": timezone.localdate(), "signatory": "演示王建国"}
    return work(case, "sign_termination_agreement", by=clerk, data=values, files={"scan": scan("signed")})


def paid_back(case: Application, amount: Decimal | str) -> Application:
    values = {"amount": amount, "method": "transfer", "reference": "T-9", "reason": "协议终止"}
    return work(case, "pay_back", by=colleague(Role.CASHIER), data=values)


def concluded(case: Application) -> Application:
    return perform(case, "terminate", by=colleague(Role.COUNTER_CLERK))


def called_off(case: Application) -> Application:
    return perform(case, "call_off_termination", by=colleague(Role.COUNTER_CLERK), data={"reason": "用户继续办理"})


def sent_back(case: Application, by: Role, to: Stage) -> Application:
    return perform(case, "send_back", by=colleague(by), data={"to": to, "reason": "复核"})


# -- the way -----------------------------------------------------------------------------------------------


def test_what_is_kept_stays_and_the_rest_goes_back(tour_to: TourTo) -> None:
    case = prepared(tour_to(Stage.CONSTRUCTION).case)
    assert StaffNotice.objects.get(about="termination_asked").recipient == colleague(Role.RESPONSIBLE_LEADER)
    with pytest.raises(Unmet) as early:
        concluded(case)
    assert len(early.value.reasons) == 2, "not approved, not signed"
    case = approved(case)
    assert (case.statement.balance, ledger.asked_for_works(case.statement)) == (YUAN("-88000.00"), YUAN("40000.00"))
    line = case.statement.lines.get(source__startswith="termination:")
    assert (line.recorded_by, line.approved_by) == (colleague(Role.COUNTER_CLERK), colleague(Role.RESPONSIBLE_LEADER))
    with pytest.raises(NotHere):
        paid_back(case, "88000.00")
    case = signed(case)
    with pytest.raises(Unmet, match="still to be paid back"):
        concluded(case)
    with pytest.raises(BadInput, match="Only"):
        paid_back(case, "88000.01")
    case = concluded(paid_back(case, "88000.00"))
    case.statement.refresh_from_db()
    assert (case.stage, case.suspended, case.statement.balance) == (Stage.TERMINATED, False, 0)
    assert case.statement.closed_at is not None
    assert ledger.paid(case.statement) == YUAN("40000.00")
    assert not case.clocks.filter(stopped_at=None).exists()


AFTER_THE_FEE = [
    stop.stage
    for stop in NewConnection.route
    if NewConnection.route.position(Stage.PROJECT_FEE) < NewConnection.route.position(stop.stage)
    and NewConnection.route.position(stop.stage) <= NewConnection.route.position(Stage.WATER_ON)
]


@pytest.mark.parametrize("stage", AFTER_THE_FEE)
def test_every_stage_between_fee_and_water_on_has_an_exit(tour_to: TourTo, stage: Stage) -> None:
    """Proof (ii): every stage has an exit, and no final stage hides money owed."""
    case = prepared(tour_to(stage).case, kept="0", works_done="")
    case = signed(approved(case))
    assert concluded(paid_back(case, FEE)).stage == Stage.TERMINATED


def test_a_case_that_was_sent_back_behind_its_budget_has_the_exit_too(tour_to: TourTo) -> None:
    """What was built stays built: the fee that the sending back took off the statement bounds what is kept."""
    case = sent_back(tour_to(Stage.FINAL_SETTLEMENT).case, Role.DESIGNER, Stage.BUDGET)
    with pytest.raises(BadInput, match="128,000"):
        prepared(case, kept="128000.01")
    case = approved(prepared(case, kept="100000.00"))
    assert case.statement.balance == YUAN("-28000.00")
    assert concluded(paid_back(signed(case), "28000.00")).stage == Stage.TERMINATED
    assert ledger.paid(case.statement) == YUAN("100000.00")


def test_a_settlement_that_is_not_paid_is_asked_no_more_than_what_is_kept(tour_to: TourTo) -> None:
    tour = tour_to(Stage.FINAL_SETTLEMENT, settlement="130000")
    tour._at_final_settlement()
    assert tour.case.statement.balance == YUAN("2000.00")
    case = approved(prepared(tour.case, kept="129000.00"))
    assert case.statement.balance == YUAN("1000.00")
    with pytest.raises(Unmet, match="still to be collected"):
        concluded(signed(case))


def test_account_and_deposit_end_with_it(db: None, plain_papers: None) -> None:
    """NC-12, NC-C5: the account is closed; the deposit is due at once, at the business office."""
    brief = person(expected_m3_month=Decimal(300))
    tour = Tour(amount=Decimal(9000), settlement=Decimal(9000), try_early=False, brief=brief)
    case = tour.play_to(Stage.WATER_ON)
    deposit = case.statement.deposits.get()
    case = approved(prepared(case, kept="9000.00"))
    found = termination_agreement(case, issued_on=timezone.localdate())
    assert found["deposit"]["figures"] == f"¥{deposit.amount:,.2f}"
    assert found["back"]["figures"] == "¥0.00"
    case = concluded(signed(case))
    deposit.refresh_from_db()
    case.account.refresh_from_db()
    assert case.account.status == AccountStatus.CLOSED
    assert list(ledger.refunds_due(timezone.localdate())) == [deposit]
    case.statement.refresh_from_db()
    assert (case.statement.ended_at is not None, case.statement.closed_at) == (True, None)


def test_a_deposit_that_was_not_paid_is_not_asked_any_more(db: None, plain_papers: None) -> None:
    brief = person(expected_m3_month=Decimal(300))
    tour = Tour(amount=Decimal(9000), settlement=Decimal(9000), try_early=False, brief=brief)
    tour.play_to(Stage.SUPPLY_AGREEMENT)
    tour._at_supply_agreement()
    case = approved(prepared(tour.case, kept="8000.00"))
    assert case.statement.balance == YUAN("-1000.00")
    assert case.statement.deposits.get().ended_at is not None


# -- what it must not pass ---------------------------------------------------------------------------------


def test_before_the_fee_is_confirmed_one_withdraws(tour_to: TourTo) -> None:
    case = tour_to(Stage.PROJECT_FEE).case
    with pytest.raises(Unmet, match="withdraws"):
        prepared(case, kept="0")
    shown = {action.step.name for action in CasePage(case, colleague(Role.COUNTER_CLERK)).actions}
    assert not shown & {"prepare_termination", "call_off_termination", "terminate"}


def test_once_water_is_on_nothing_ends_by_agreement(tour_to: TourTo) -> None:
    with pytest.raises(NotHere):
        prepared(tour_to(Stage.METER_CARD).case)


@pytest.mark.parametrize(
    ("stage", "changes", "field"),
    [
        (Stage.CONSTRUCTION, {"kept": "128000.01"}, "kept"),
        (Stage.CONSTRUCTION, {"kept": "-1"}, "kept"),
        (Stage.CONSTRUCTION, {"kept": "NaN"}, "kept"),
        (Stage.CONSTRUCTION, {"works_done": " "}, "works_done"),
        (Stage.CONSTRUCTION, {"reason": ""}, "reason"),
        (Stage.CONSTRUCTION_TASK, {"kept": "0.01"}, "kept"),
    ],
)
def test_no_more_is_kept_than_was_charged_and_nothing_for_nothing(
    tour_to: TourTo, stage: Stage, changes: dict[str, str], field: str
) -> None:
    with pytest.raises(BadInput) as refusal:
        prepared(tour_to(stage).case, **changes)
    assert field in refusal.value.errors
    assert not Termination.objects.exists()


def test_nobody_decides_on_the_termination_that_they_prepared(tour_to: TourTo) -> None:
    both = colleague(Role.COUNTER_CLERK)
    RoleAssignment.objects.create(user=both, role=Role.RESPONSIBLE_LEADER)
    both = User.objects.get(pk=both.pk)
    case = prepared(tour_to(Stage.CONSTRUCTION).case, by=both)
    for step, data in (("grant_termination", {}), ("refuse_termination", {"reason": "x"})):
        with pytest.raises(NotYours, match="yourself"):
            perform(case, step, by=both, data=data)
    with pytest.raises(IntegrityError), transaction.atomic():
        Termination.objects.update(decided_by=both)


def test_while_it_is_under_way_the_case_goes_nowhere(tour_to: TourTo) -> None:
    """Nobody builds on, settles, sends back or resumes behind an agreement that says that it ends."""
    case = prepared(tour_to(Stage.JOINT_ACCEPTANCE).case)
    designer = colleague(Role.DESIGNER)
    assert case.suspended
    assert case.due_at is None
    for step, data in (("pass_acceptance", {}), ("send_back", {"to": Stage.CONSTRUCTION, "reason": "x"})):
        with pytest.raises(Unmet, match="suspended"):
            perform(case, step, by=designer, data=data)
    with pytest.raises(Unmet, match="under way"):
        perform(case, "resume", by=designer)
    with pytest.raises(Unmet, match="under way already"):
        prepared(case)
    with pytest.raises(BadInput):
        perform(case, "suspend", by=designer, data={"kind": "agreement", "reason": "x", "awaited": "y"})


def test_refused_by_the_leader_the_request_goes_on(tour_to: TourTo) -> None:
    tour = tour_to(Stage.CONSTRUCTION)
    leader = colleague(Role.RESPONSIBLE_LEADER)
    tour.case = perform(prepared(tour.case), "refuse_termination", by=leader, data={"reason": "留用偏低"})
    assert (tour.case.suspended, tour.case.statement.balance) == (False, 0)
    assert StaffNotice.objects.get(about="termination_refused").recipient == colleague(Role.COUNTER_CLERK)
    tour.pass_stage()
    assert tour.case.stage == Stage.JOINT_ACCEPTANCE


def test_called_off_after_the_refund_the_fee_is_asked_again(tour_to: TourTo) -> None:
    """NC-5: no water without the fee, whatever was agreed meanwhile."""
    tour = tour_to(Stage.WATER_ON)
    case = paid_back(signed(approved(prepared(tour.case))), "88000.00")
    case = called_off(case)
    assert (case.suspended, case.statement.balance) == (False, YUAN("88000.00"))
    assert not case.papers.filter(kind="termination_agreement", voided_at=None).exists()
    with pytest.raises(Unmet, match="still unpaid"):
        perform(case, "turn_water_on", by=colleague(Role.DESIGNER))
    case = approved(prepared(case, kept="50000.00"))
    with pytest.raises(Unmet, match="signed copy"):
        concluded(case)


def test_a_reduction_granted_meanwhile_asks_for_another_agreement(everybody: None, tour_to: TourTo) -> None:
    tour = tour_to(Stage.PROJECT_FEE)
    charge = tour.case.statement.lines.get(kind="charge")
    data = {"charge": charge.pk, "amount": "500.00", "reason": "困难企业"}
    clerk = colleague(Role.COUNTER_CLERK)
    tour.case = perform(tour.case, "ask_reduction", by=clerk, data=data, files={"evidence": scan("evidence")})
    while tour.case.stage != Stage.CONSTRUCTION:
        tour.pass_stage()
    case = tour.case
    case = signed(approved(prepared(case)))
    case = perform(case, "grant_reduction", by=colleague(Role.DUTY_MANAGER))
    with pytest.raises(Unmet, match="anew"):
        concluded(paid_back(case, -case.statement.balance))


# -- screens and paper -------------------------------------------------------------------------------------


def test_it_waits_in_the_leaders_queue_with_its_figures(client: Client, tour_to: TourTo) -> None:
    case = prepared(tour_to(Stage.CONSTRUCTION).case)
    leader = colleague(Role.RESPONSIBLE_LEADER)
    request = queue_of(leader, Role.RESPONSIBLE_LEADER).top
    assert request is not None
    assert {action.step.name for action in request.decisions} == {"grant_termination", "refuse_termination"}
    assert queue_of(colleague(Role.DUTY_MANAGER), Role.DUTY_MANAGER).top is None
    client.force_login(leader)
    page = client.get("/approvals/").content.decode()
    for word in ("¥40,000.00", "项目停建", "沟槽开挖"):
        assert word in page
    approved(case)
    assert queue_of(leader, Role.RESPONSIBLE_LEADER).top is None


def test_the_case_shows_what_is_under_way(client: Client, tour_to: TourTo) -> None:
    case = prepared(tour_to(Stage.CONSTRUCTION).case)
    client.force_login(colleague(Role.COUNTER_CLERK))
    address = case.get_absolute_url()
    assert "¥40,000.00" in client.get(f"{address}?tab=money").content.decode()
    form = client.get(f"{address}steps/call_off_termination/")
    assert form.status_code == 200
    drafts = client.get(f"{address}?tab=papers").content.decode()
    assert "/drafts/termination_agreement/" in drafts or "termination_agreement" in drafts
    outlook = client.get(f"{address}steps/terminate/").content.decode()
    assert "¥40,000.00 is kept" in outlook


def test_the_agreement_says_what_was_paid_what_is_kept_and_what_goes_back(tour_to: TourTo) -> None:
    case = approved(prepared(tour_to(Stage.CONSTRUCTION).case))
    found = termination_agreement(case, issued_on=timezone.localdate())
    amounts = {name: found[name]["figures"] for name in ("paid", "kept", "back")}
    assert amounts == {"paid": "¥128,000.00", "kept": "¥40,000.00", "back": "¥88,000.00"}
    assert found["back"]["capitals"] == "人民币捌万捌仟元整"
    assert (found["approved_by"], found["owes"]) == (colleague(Role.RESPONSIBLE_LEADER).name, False)
    assert found["construction_agreement"]


def test_a_signed_copy_of_it_is_not_replaced(tour_to: TourTo) -> None:
    case = signed(approved(prepared(tour_to(Stage.CONSTRUCTION).case)))
    values = {"signed_on": timezone.localdate(), "signatory": "另一人"}
    with pytest.raises(DoneBefore):
        work(
            case,
            "sign_termination_agreement",
            by=colleague(Role.COUNTER_CLERK),
            data=values,
            files={"scan": scan("signed")},
        )
