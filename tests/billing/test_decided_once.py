"""What is asked of a bill or a deposit is decided once, and what bills ask for stays in order, also against SQL."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import MeterAccount, User
from billing import services
from billing.models import Bill, DepositOrder, Reading, Statement, Waiver
from billing.triggers import decision_models
from tests.billing.conftest import (
    TODAY,
    Make,
    holder_of,
    on,
    refused_by_a_trigger,
    scan,
    typed,
    typed_in_like,
)
from waterservice.models import Decision

JUNE, LATER = date(2026, 6, 1), date(2026, 8, 1)


@pytest.fixture
def bill(prices: None, in_book: Make, reader: User) -> Bill:
    account = in_book()
    services.record_reading(account=account, reading=120, read_on=TODAY, by=reader)
    issued = services.bill_account(account=account, since=JUNE, until=TODAY, by=reader)
    assert issued is not None
    return issued


@pytest.fixture
def decided(
    bill: Bill,
    statement: Statement,
    reader: User,
    office_clerk: User,
    office_manager: User,
    clerk: User,
    cashier: User,
) -> dict[str, Decision]:
    """One of each: a reversal refused, a waiver granted, an order about a deposit approved."""
    reversal = services.ask_bill_reversal(bill=bill, reason="x", by=reader)
    services.decide_bill_reversal(reversal=reversal, grant=False, by=office_manager, opinion="无误")
    with on(LATER):
        waiver = services.ask_waiver(bill=bill, reason="x", by=reader)
        services.decide_waiver(waiver=waiver, grant=True, by=office_manager)
    deposit = services.charge_deposit(
        statement=statement, clause="NC-C5", monthly_m3=Decimal(1), kind_of_use="residential", by=clerk
    )
    services.record_payment(statement=statement, amount=deposit.amount, method="cash", by=cashier)
    order = services.prepare_refund(
        deposit=deposit, collector=holder_of(deposit), signed=scan(), reason="搬迁", by=office_clerk
    )
    services.decide_deposit_order(order=order, grant=True, by=office_manager)
    found = (reversal, waiver, order)
    return {row._meta.db_table: type(row).objects.get(pk=row.pk) for row in found}


CHANGES = [
    "DELETE FROM {table}",
    "UPDATE {table} SET reason = 'another'",
    "UPDATE {table} SET asked_at = '2020-01-01 00:00:00+00:00'",
    "UPDATE {table} SET opinion = 'another'",
    "UPDATE {table} SET status = 'asked', decided_by_id = NULL, decided_at = NULL",
]


@pytest.mark.embedded
@pytest.mark.parametrize("change", CHANGES)
def test_what_was_decided_is_neither_changed_nor_taken_away(decided: dict[str, Decision], change: str) -> None:
    assert set(decided) == {model._meta.db_table for model in decision_models()}
    for table in decided:
        with refused_by_a_trigger("decided_once"):
            typed(change.format(table=table))


@pytest.mark.embedded
def test_a_waiver_is_not_made_to_hold_longer(decided: dict[str, Decision]) -> None:
    with refused_by_a_trigger("decided_once"):
        typed("UPDATE billing_waiver SET holds_until = '2099-01-01'")
    assert Waiver.objects.get().holds_until < date(2027, 1, 1)  # type: ignore[operator]


@pytest.mark.embedded
def test_an_order_about_a_deposit_is_closed_once(decided: dict[str, Decision], office_clerk: User) -> None:
    order = DepositOrder.objects.get()
    services.withdraw_deposit_order(order=order, by=office_clerk)
    for change in ("closed_at = NULL, withdrawn_by_id = NULL", "withdrawn_by_id = NULL"):
        with refused_by_a_trigger("decided_once"):
            typed(f"UPDATE billing_depositorder SET {change}")  # noqa: S608


# -- bills and their readings ------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_a_reading_is_asked_for_by_a_bill_of_its_account_that_stands_and_reaches_its_day(
    bill: Bill, in_book: Make, reader: User, office_manager: User
) -> None:
    other: MeterAccount = in_book()
    foreign = services.record_reading(account=other, reading=900, read_on=TODAY, by=reader)
    billed = Reading.objects.get(bill=bill)
    with on(LATER):
        later = services.record_reading(account=bill.account, reading=130, read_on=LATER, by=reader)

    def ask(row: Reading) -> None:
        typed("UPDATE billing_reading SET bill_id = %s WHERE id = %s", bill.pk, row.pk)

    for row in (foreign, later):
        with refused_by_a_trigger("reading_asked_for_by_its_bill"):
            ask(row)
    with refused_by_a_trigger("reading_asked_for_by_its_bill"):
        typed_in_like(billed, reading=900, read_on=LATER)
    reversal = services.ask_bill_reversal(bill=bill, reason="x", by=reader)
    services.decide_bill_reversal(reversal=reversal, grant=True, by=office_manager)
    with refused_by_a_trigger("reading_asked_for_by_its_bill"):
        ask(billed)


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("start", "end"), [("2026-01-10", "2026-02-10"), ("2025-12-10", "2026-01-01"), ("2025-12-01", "2026-03-01")]
)
def test_bills_of_an_account_do_not_overlap(taken_over: Make, start: str, end: str) -> None:
    taken_over(130)
    bill = Bill.objects.get()
    with refused_by_a_trigger("bill_overlaps_none"):
        typed_in_like(bill, period_start=start, period_end=end)
    with transaction.atomic():
        typed_in_like(bill, period_start="2026-01-29", period_end="2026-02-28")
        typed_in_like(bill, period_start="2025-12-01", period_end="2025-12-31")


@pytest.mark.embedded
def test_a_bill_begins_standing(taken_over: Make) -> None:
    taken_over(130)
    with refused_by_a_trigger("bill_begins_standing"):
        typed_in_like(
            Bill.objects.get(), period_start="2026-02-01", period_end="2026-02-10", reversed_at=timezone.now()
        )


@pytest.mark.embedded
@pytest.mark.parametrize("column", ["reference", "customer_id"])
def test_a_statement_on_which_something_was_paid_stays_whose_it_is(
    owing: Statement, cashier: User, new_customer: Make, column: str
) -> None:
    value: Any = new_customer().pk if column == "customer_id" else "NC-2026-999999"
    typed(f"UPDATE billing_statement SET {column} = %s", value)  # noqa: S608
    services.record_payment(statement=owing, amount=Decimal(1), method="cash", by=cashier)
    value = new_customer().pk if column == "customer_id" else "NC-2026-999998"
    with refused_by_a_trigger("statement_customer_stays"):
        typed(f"UPDATE billing_statement SET {column} = %s", value)  # noqa: S608
