"""Deposits (NC-C5): the sum shown, held while paid, given back once."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from accounts.models import KindOfUse, User
from billing import selectors, services
from billing.models import Deposit, LineKind, Statement

YUAN = Decimal


def charge(statement: Statement, by: User, m3: str = "150", months: int = 3) -> Deposit:
    return services.charge_deposit(
        statement=statement,
        clause="NC-C5",
        months=months,
        monthly_m3=YUAN(m3),
        kind_of_use=KindOfUse.RESIDENTIAL,
        by=by,
    )


@pytest.fixture
def held(prices: None, statement: Statement, clerk: User, cashier: User) -> Deposit:
    deposit = charge(statement, clerk)
    services.record_payment(statement=statement, amount=YUAN("2250.00"), method="cash", by=cashier)
    return deposit


@pytest.mark.embedded
def test_the_sum_is_computed_and_shown(prices: None, statement: Statement, clerk: User) -> None:
    deposit = charge(statement, clerk)
    assert deposit.amount == statement.balance == YUAN("2250.00")
    assert deposit.basis == "3 × 150 m³ × ¥5.000/m³ = ¥2,250.00"
    assert selectors.charged(statement, "deposit:NC-C5") == YUAN("2250.00")


def test_the_sum_is_rounded_half_up_to_the_fen(prices: None, statement: Statement, clerk: User) -> None:
    assert charge(statement, clerk, "0.001", 1).amount == YUAN("0.01")


def test_a_deposit_of_nothing_or_without_tariff_is_refused(prices: None, statement: Statement, clerk: User) -> None:
    with pytest.raises(ValidationError):
        charge(statement, clerk, "0")
    assert not Deposit.objects.exists()


def test_a_clause_is_charged_once(prices: None, statement: Statement, clerk: User) -> None:
    charge(statement, clerk)
    with pytest.raises(ValidationError):
        charge(statement, clerk)
    assert Deposit.objects.count() == 1


@pytest.mark.embedded
def test_a_deposit_is_held_once_everything_is_paid(
    prices: None, statement: Statement, clerk: User, cashier: User
) -> None:
    deposit = charge(statement, clerk)
    services.record_payment(statement=statement, amount=YUAN("2249.99"), method="cash", by=cashier)
    assert not deposit.held
    assert not selectors.held_deposits(statement)
    services.record_payment(statement=statement, amount=YUAN("0.01"), method="cash", by=cashier)
    assert deposit.held
    assert list(selectors.held_deposits(statement)) == list(selectors.held_deposits()) == [deposit]


@pytest.mark.embedded
def test_a_deposit_goes_back_whole_and_once(held: Deposit, statement: Statement, cashier: User) -> None:
    returned = services.return_deposit(deposit=held, method="transfer", by=cashier, reason="满一年")
    assert returned.returned_line is not None
    assert returned.returned_line.kind == LineKind.REFUND
    assert (statement.balance, selectors.paid(statement), selectors.charged(statement)) == (0, 0, 0)
    assert not returned.held
    with pytest.raises(ValidationError):
        services.return_deposit(deposit=held, method="transfer", by=cashier, reason="满一年")
    assert Deposit.history.count() == 2


def test_an_unpaid_deposit_is_not_given_back(prices: None, statement: Statement, clerk: User, cashier: User) -> None:
    deposit = charge(statement, clerk)
    with pytest.raises(ValidationError):
        services.return_deposit(deposit=deposit, method="cash", by=cashier, reason="x")
    assert statement.balance == YUAN("2250.00")


def test_a_refund_does_not_reach_into_a_held_deposit(
    held: Deposit, statement: Statement, clerk: User, cashier: User
) -> None:
    services.record_payment(statement=statement, amount=YUAN("10.00"), method="cash", by=cashier, keep_credit=True)
    with pytest.raises(ValidationError, match=r"10.00"):
        services.refund(statement=statement, amount=YUAN("10.01"), method="cash", reason="x", by=cashier)
    services.refund(statement=statement, amount=YUAN("10.00"), method="cash", reason="x", by=cashier)
    assert held.held


def test_a_deposit_without_its_charge_is_not_held(held: Deposit, statement: Statement, manager: User) -> None:
    services.reverse_line(line=held.line, reason="不再是大用户", by=manager)
    assert not held.held
    assert not selectors.held_deposits(statement)
    assert statement.balance == YUAN("-2250.00"), "what was paid stays, as credit"
