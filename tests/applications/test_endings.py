"""Endings without water: what was opened is closed, and money goes back where it belongs (NC-3, NC-4a, NC-5, NC-C5)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import AccountStatus, RoleAssignment
from accounts.roles import Role
from applications.engine.doors import perform, work
from applications.engine.refusals import NotHere, NotYours, Unmet
from applications.forms.intake import AmendForm
from applications.models import Application
from applications.papers.contexts.agreements import supply_agreement
from applications.stages import Stage
from applications.tour.cast import colleague, cost_lines, scan
from applications.tour.new_connection import Tour
from billing import selectors as ledger
from billing.models import Deposit
from tests.cases import person

TourTo = Callable[..., Tour]
YUAN = Decimal
NO_WATER = {"surveyed_on": timezone.localdate, "supplyable": False, "reason": "无可接管网", "conclusion": "不具备"}
TOLD = {"means": "telephone", "told_on": timezone.localdate}


def said(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value() if callable(value) else value for name, value in values.items()}


def sent_back(case: Application, by: Role, to: Stage) -> Application:
    return perform(case, "send_back", by=colleague(by), data={"to": to, "reason": "复核"})


def paid_back(case: Application, amount: Decimal | str, by: Any = None) -> Application:
    values = {"amount": amount, "method": "transfer", "reference": "T-9", "reason": "退款"}
    return work(case, "pay_back", by=by or colleague(Role.CASHIER), data=values)


def withdrawn(case: Application) -> Application:
    return perform(case, "withdraw", by=colleague(Role.COUNTER_CLERK), data={"reason": "不办了"})


@pytest.fixture
def household(db: None, plain_papers: None) -> Callable[..., Tour]:
    """A tour of a natural person who expects 300 m³ a month, until a stage."""

    def play(stage: Stage) -> Tour:
        brief = person(expected_m3_month=Decimal(300))
        tour = Tour(amount=Decimal(9000), settlement=Decimal(9000), try_early=False, brief=brief)
        tour.play_to(stage)
        return tour

    return play


# -- account (NC-12, NC-4a) --------------------------------------------------------------------------------


def test_the_account_of_a_place_that_cannot_be_supplied_is_closed(tour_to: TourTo) -> None:
    """NC-4a after NC-12: a sending back from the supply agreement may end at the survey."""
    case = sent_back(tour_to(Stage.WATER_ON).case, Role.DESIGNER, Stage.SURVEY)
    case = work(case, "record_survey", by=colleague(Role.DESIGNER), data=said(NO_WATER))
    case = paid_back(case, -case.statement.balance)
    case = perform(case, "refuse_supply", by=colleague(Role.DESIGNER), data=said(TOLD))
    case.account.refresh_from_db()
    case.account.meter.refresh_from_db()
    assert (case.stage, case.account.status) == (Stage.REFUSED, AccountStatus.CLOSED)
    assert case.account.meter.removed_on is not None


# -- the fee (NC-5) ----------------------------------------------------------------------------------------


def test_a_request_is_not_withdrawn_once_its_fee_was_confirmed(tour_to: TourTo) -> None:
    """In common: withdrawn until the project fee is paid, wherever a sending back has put the case since."""
    case = sent_back(tour_to(Stage.FINAL_SETTLEMENT).case, Role.DESIGNER, Stage.BUDGET)
    with pytest.raises(NotHere):
        paid_back(case, "128000.00")
    with pytest.raises(Unmet, match="termination agreement"):
        withdrawn(case)
    case = sent_back(case, Role.DESIGNER, Stage.DOCUMENT_REVIEW)
    data = {"reason": "资料不实", **said(TOLD)}
    with pytest.raises(Unmet, match="termination agreement"):
        perform(case, "refuse", by=colleague(Role.COUNTER_CLERK), data=data)


def test_what_a_smaller_budget_leaves_goes_back(tour_to: TourTo) -> None:
    """NC-5: after a sending back the credit waits for the next budget; what that does not ask goes back."""
    tour = tour_to(Stage.CONSTRUCTION_AGREEMENT)
    tour.case = sent_back(tour.case, Role.COUNTER_CLERK, Stage.BUDGET)
    tour.amount = Decimal(100000)
    while tour.case.stage != Stage.PROJECT_FEE:
        tour.pass_stage()
    assert paid_back(tour.case, "28000.00").statement.balance == 0


def test_a_fee_that_was_paid_and_not_confirmed_goes_back_with_the_withdrawal(tour_to: TourTo) -> None:
    tour = tour_to(Stage.PROJECT_FEE)
    for name, values, files in tour._payment():
        tour._work(name, values, files)
    assert withdrawn(paid_back(tour.case, "128000.00")).stage == Stage.WITHDRAWN


# -- reductions and settlement (NC-8) ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fee", "let_off", "settlement"),
    [("10000", "9950", "9900"), ("900", "900", "899.99"), ("10000", "500", "9900")],
)
def test_a_settlement_gives_back_no_more_than_is_asked_after_a_reduction(
    everybody: None, tour_to: TourTo, fee: str, let_off: str, settlement: str
) -> None:
    """NC-8: too much paid goes back; what was let off was not paid."""
    tour = tour_to(Stage.PROJECT_FEE, amount=fee)
    tour.case = let_off_part(tour.case, let_off)
    while tour.case.stage != Stage.FINAL_SETTLEMENT:
        tour.pass_stage()
    designer = colleague(Role.DESIGNER)
    case = work(tour.case, "save_settlement", by=designer, data={"lines": cost_lines(Decimal(settlement))})
    case = perform(case, "fix_settlement", by=designer)
    asked = ledger.charged(case.statement)
    assert asked == max(Decimal(settlement) - Decimal(let_off), Decimal(0))
    assert ("let off" in case.timeline.latest("pk").note) == (Decimal(settlement) < Decimal(let_off))
    if case.statement.balance:
        case = paid_back(case, -case.statement.balance)
    assert perform(case, "close_settlement", by=designer).stage == Stage.SUPPLY_AGREEMENT


def let_off_part(case: Application, amount: str) -> Application:
    charge = case.statement.lines.get(kind="charge")
    data = {"charge": charge.pk, "amount": amount, "reason": "困难用户"}
    clerk = colleague(Role.COUNTER_CLERK)
    case = perform(case, "ask_reduction", by=clerk, data=data, files={"evidence": scan("evidence")})
    decider = Role(case.reductions.get().decider)
    return perform(case, "grant_reduction", by=colleague(decider))


# -- deposits (NC-C5) --------------------------------------------------------------------------------------


def charged_deposit(tour: Tour, *, paid: bool) -> Deposit:
    """Open the account, charge the deposit of the tour's household and, if so wished, pay it."""
    tour._at_supply_agreement()
    for name, values, files in tour._payment() if paid else ():
        tour._work(name, values, files)
    deposit: Deposit = tour.case.statement.deposits.latest("pk")
    return deposit


def expecting(case: Application, m3: str) -> Application:
    """Amend the expected use in the form; the rest stays as it is."""
    clerk = colleague(Role.COUNTER_CLERK)
    form = AmendForm(case=case, by=clerk)
    known = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    data = {name: value for name, value in known.items() if value not in (None, "", False)}
    return work(case, "amend_form", by=clerk, data={**data, "expected_m3_month": m3})


def back_at_the_agreement(tour: Tour) -> None:
    while tour.case.stage != Stage.SUPPLY_AGREEMENT:
        tour.pass_stage()


def test_an_unpaid_deposit_goes_with_the_sending_back(household: Callable[..., Tour]) -> None:
    """NC-C5: charged, not paid, and the expected use was wrong: nobody owes it any more."""
    tour = household(Stage.SUPPLY_AGREEMENT)
    deposit = charged_deposit(tour, paid=False)
    tour.case = sent_back(tour.case, Role.COUNTER_CLERK, Stage.DOCUMENT_REVIEW)
    deposit.refresh_from_db()
    assert (tour.case.statement.balance, deposit.ended_at is not None) == (YUAN("-9000.00"), True)
    tour.case = expecting(tour.case, "20")
    back_at_the_agreement(tour)
    assert "charge_deposit" not in {task.name for task in tour.case.tasks_here()}
    assert tour.case.statement.balance == 0


@pytest.mark.parametrize(("m3", "more"), [("3000", True), ("200", False)])
def test_a_paid_deposit_is_reckoned_anew_when_the_form_was_corrected(
    household: Callable[..., Tour], m3: str, more: bool
) -> None:
    """NC-C5: three months' water of the use that the form names now; the difference is asked or goes back."""
    tour = household(Stage.SUPPLY_AGREEMENT)
    first = charged_deposit(tour, paid=True)
    tour.case = sent_back(tour.case, Role.COUNTER_CLERK, Stage.DOCUMENT_REVIEW)
    assert first.held, "what is paid stays held"
    tour.case = expecting(tour.case, m3)
    back_at_the_agreement(tour)
    clerk = colleague(Role.COUNTER_CLERK)
    with pytest.raises(Unmet, match="another use"):
        perform(tour.case, "conclude_supply_agreement", by=clerk)
    with pytest.raises(ValidationError, match="Reckon"):
        supply_agreement(tour.case, issued_on=timezone.localdate())
    tour.case = work(tour.case, "charge_deposit", by=clerk)
    second = tour.case.statement.deposits.latest("pk")
    assert tour.case.statement.balance == second.amount - first.amount
    assert (second.amount > first.amount) == more
    assert "charge_deposit" not in {task.name for task in tour.case.tasks_here()}


def test_whoever_reckoned_the_deposit_anew_does_not_pay_the_surplus_back(household: Callable[..., Tour]) -> None:
    """Four eyes over a deposit, also where it goes back in part (NC-C5)."""
    tour = household(Stage.SUPPLY_AGREEMENT)
    charged_deposit(tour, paid=True)
    tour.case = expecting(sent_back(tour.case, Role.COUNTER_CLERK, Stage.DOCUMENT_REVIEW), "20")
    back_at_the_agreement(tour)
    clerk = colleague(Role.COUNTER_CLERK)
    tour.case = work(tour.case, "charge_deposit", by=clerk)
    RoleAssignment.objects.create(user=clerk, role=Role.CASHIER)
    surplus = -tour.case.statement.balance
    with pytest.raises(NotYours, match="deposit"):
        paid_back(tour.case, surplus, by=type(clerk).objects.get(pk=clerk.pk))
    assert paid_back(tour.case, surplus).statement.balance == 0


def test_a_deposit_of_a_request_that_ends_without_water_is_due_at_once(household: Callable[..., Tour]) -> None:
    """NC-C5: no water, nothing to secure: the business office finds it among what is to be returned."""
    tour = household(Stage.SUPPLY_AGREEMENT)
    deposit = charged_deposit(tour, paid=True)
    case = sent_back(tour.case, Role.COUNTER_CLERK, Stage.SURVEY)
    case = work(case, "record_survey", by=colleague(Role.DESIGNER), data=said(NO_WATER))
    case = paid_back(case, "9000.00")
    case = perform(case, "refuse_supply", by=colleague(Role.DESIGNER), data=said(TOLD))
    deposit.refresh_from_db()
    today = timezone.localdate()
    assert deposit.refund_due_on == today
    assert list(ledger.refunds_due(today)) == [deposit]
    assert ledger.exceptions_to_refund(deposit, today) == []
    case.statement.refresh_from_db()
    assert (case.statement.ended_at is not None, case.statement.closed_at) == (True, None)
