"""Statements that end and close: balanced, without a deposit, and nothing comes after."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from billing import selectors, services
from billing.models import Deposit, PaymentNotice, Statement
from tests.billing.conftest import NOW, Make, holder_of, refused_by_the_database, scan

YUAN = Decimal


@pytest.fixture
def settled(owing: Statement, cashier: User) -> Statement:
    services.record_payment(statement=owing, amount=YUAN("100.00"), method="cash", by=cashier)
    return owing


@pytest.fixture
def held(prices: None, settled: Statement, clerk: User, cashier: User) -> Deposit:
    deposit = services.charge_deposit(
        statement=settled, clause="NC-C5", monthly_m3=YUAN(1), kind_of_use="residential", by=clerk
    )
    services.record_payment(statement=settled, amount=YUAN("15.00"), method="cash", by=cashier)
    return deposit


@pytest.mark.embedded
def test_a_settled_statement_closes_at_once(settled: Statement, clerk: User) -> None:
    closed = services.end_statement(statement=settled, by=clerk)
    assert closed.ended_at is not None
    assert closed.closed_at is not None
    assert closed.history.latest().history_user == clerk
    assert services.end_statement(statement=settled, by=clerk).closed_at == closed.closed_at, "safe to repeat"


def test_a_statement_that_owes_or_holds_a_credit_does_not_end(owing: Statement, clerk: User, cashier: User) -> None:
    with pytest.raises(ValidationError, match=r"100\.00"):
        services.end_statement(statement=owing, by=clerk)
    services.record_payment(statement=owing, amount=YUAN("100.01"), method="cash", by=cashier, keep_credit=True)
    with pytest.raises(ValidationError, match=r"-¥0\.01"):
        services.end_statement(statement=owing, by=clerk)


def test_nothing_is_posted_to_a_closed_statement(
    settled: Statement, prices: None, clerk: User, cashier: User, manager: User
) -> None:
    payment = settled.lines.get(kind="payment")
    services.end_statement(statement=settled, by=clerk)
    deeds: list[Callable[[], Any]] = [
        lambda: services.charge(statement=settled, amount=YUAN("1.00"), description="x", source="budget:9", by=clerk),
        lambda: services.charge_item(statement=settled, code="MAP_COPY", by=clerk),
        lambda: services.record_payment(
            statement=settled, amount=YUAN("1.00"), method="cash", by=cashier, keep_credit=True
        ),
        lambda: services.refund(statement=settled, amount=YUAN("1.00"), method="cash", reason="x", by=cashier),
        lambda: services.reverse_line(line=payment, reason="x", by=manager),
        lambda: services.reverse_charges(statement=settled, source_prefix="budget:", reason="x", by=clerk),
    ]
    before = list(settled.lines.values_list("pk", flat=True))
    for deed in deeds:
        with pytest.raises(ValidationError, match=settled.reference):
            deed()
    assert list(settled.lines.values_list("pk", flat=True)) == before


@pytest.mark.embedded
def test_a_held_deposit_keeps_the_statement_open_until_it_has_gone_back(
    settled: Statement, held: Deposit, clerk: User, cashier: User, office_clerk: User, office_manager: User
) -> None:
    ended = services.end_statement(statement=settled, by=clerk)
    assert (ended.ended_at is not None, ended.closed_at) == (True, None)
    assert list(selectors.held_deposits()) == [held]
    with pytest.raises(ValidationError, match="deposit"):
        services.charge(statement=settled, amount=YUAN("1.00"), description="x", source="budget:9", by=clerk)
    with pytest.raises(ValidationError, match="deposit"):
        services.record_payment(statement=settled, amount=YUAN("1.00"), method="cash", by=cashier, keep_credit=True)
    order = services.prepare_refund(
        deposit=held, collector=holder_of(held), signed=scan(), reason="提前退还", by=office_clerk
    )
    services.decide_deposit_order(order=order, grant=True, by=office_manager)
    services.pay_out_deposit(order=order, method="cash", by=cashier)
    settled.refresh_from_db()
    assert settled.closed_at is not None


@pytest.mark.embedded
def test_a_reference_has_one_open_statement(settled: Statement, clerk: User) -> None:
    def again() -> Statement:
        return services.open_statement(reference=settled.reference, title="x", customer=settled.customer, by=clerk)

    with pytest.raises(ValidationError, match="open statement"):
        again()
    with refused_by_the_database("statement_one_open_a_reference"):
        Statement.objects.create(reference=settled.reference, title="x", customer=settled.customer, opened_by=clerk)
    services.end_statement(statement=settled, by=clerk)
    assert again().pk != settled.pk


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [({"currency": "USD"}, "statement_in_yuan"), ({"reference": ""}, "statement_has_a_reference")],
)
def test_the_database_refuses_a_statement_that_makes_no_sense(
    statement: Statement, clerk: User, columns: dict[str, str], constraint: str
) -> None:
    values: dict[str, Any] = {"reference": "X", "title": "x", "customer": statement.customer, "opened_by": clerk}
    with refused_by_the_database(constraint):
        Statement.objects.create(**values | columns)


# -- payment notices -----------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_a_notice_says_what_is_owed_until_when(owing: Statement, clerk: User) -> None:
    until = timezone.localdate() + timedelta(days=10)
    notice = services.give_payment_notice(statement=owing, pay_by=until, by=clerk)
    assert (notice.amount, notice.pay_by, notice.issued_on) == (YUAN("100.00"), until, timezone.localdate())


def test_a_notice_over_nothing_or_for_yesterday_is_refused(owing: Statement, settled: Statement, clerk: User) -> None:
    with pytest.raises(ValidationError):
        services.give_payment_notice(statement=settled, pay_by=timezone.localdate(), by=clerk)
    services.charge(statement=owing, amount=YUAN("1.00"), description="x", source="budget:2", by=clerk)
    with pytest.raises(ValidationError):
        services.give_payment_notice(statement=owing, pay_by=timezone.localdate() - timedelta(days=1), by=clerk)
    assert not PaymentNotice.objects.exists()


@pytest.mark.embedded
def test_what_is_owed_past_its_newest_notice_is_overdue(
    owing: Statement, new_customer: Make, clerk: User, cashier: User
) -> None:
    today = timezone.localdate()
    unasked = services.open_statement(reference="NC-2026-000002", title="x", customer=new_customer(), by=clerk)
    services.charge(statement=unasked, amount=YUAN("5.00"), description="x", source="budget:1", by=clerk)
    services.give_payment_notice(statement=owing, pay_by=today, by=clerk)
    assert [(row.reference, row.pay_by) for row in selectors.statements_owing()] == [  # type: ignore[attr-defined]
        (owing.reference, today),
        (unasked.reference, None),
    ]
    assert not selectors.statements_owing(overdue_on=today), "the last day is still in time"
    tomorrow = today + timedelta(days=1)
    assert [row.pk for row in selectors.statements_owing(overdue_on=tomorrow)] == [owing.pk]
    with time_machine.travel(NOW + timedelta(days=1), tick=True):
        services.give_payment_notice(statement=owing, pay_by=tomorrow, by=clerk)
        assert not selectors.statements_owing(overdue_on=tomorrow), "a later notice takes its place"
        services.record_payment(statement=owing, amount=YUAN("100.00"), method="cash", by=cashier)
    assert not selectors.statements_owing(overdue_on=tomorrow + timedelta(days=9))
