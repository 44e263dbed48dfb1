"""SQL typed by hand: settled bills, ended statements, receipts, tariffs; tables that are emptied, rows replaced."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from accounts.models import MeterAccount, User
from billing import selectors, services
from billing.models import Bill, BillLine, BillPayment, Deposit, Receipt, Statement, Tariff, TariffTier
from billing.triggers import kept_models
from tests.billing.conftest import (
    Make,
    at_the_end,
    holder_of,
    refused_by_a_trigger,
    reversal_of,
    scan,
    typed,
    typed_in_like,
    update,
)

YUAN = Decimal
pytestmark = pytest.mark.embedded


@contextmanager
def refused_at_the_end(rule: str) -> Iterator[None]:
    """Expects PostgreSQL to refuse what the block wrote when the transaction ends; SQLite can't look then."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite looks at nothing when a transaction ends")
    with refused_by_a_trigger(rule):
        yield
        at_the_end()


@pytest.fixture
def account(new_account: Make) -> MeterAccount:
    opened: MeterAccount = new_account()
    return opened


@pytest.fixture
def bill(account: MeterAccount, new_bill: Make) -> Bill:
    issued: Bill = new_bill(account)
    return issued


@pytest.fixture
def paid(bill: Bill, cashier: User) -> BillPayment:
    found: BillPayment = services.pay_bills(bills=[bill], method="cash", by=cashier).bill_payments.get()
    return found


@pytest.fixture
def received(owing: Statement, cashier: User) -> Receipt:
    return services.record_payment(statement=owing, amount=YUAN("100.00"), method="cash", by=cashier)


@pytest.fixture
def deposit(prices: None, received: Receipt, owing: Statement, clerk: User, cashier: User) -> Deposit:
    """15.00 yuan held beside 100.00 paid for the works."""
    held = services.charge_deposit(
        statement=owing, clause="NC-C5", monthly_m3=YUAN(1), kind_of_use="residential", by=clerk
    )
    services.record_payment(statement=owing, amount=YUAN("15.00"), method="cash", by=cashier)
    return held


@pytest.fixture
def ended(deposit: Deposit, owing: Statement, clerk: User) -> Statement:
    return services.end_statement(statement=owing, by=clerk)


# -- a bill is settled when it is paid -----------------------------------------------------------------------


def test_a_bill_is_not_settled_without_its_payments(bill: Bill) -> None:
    with refused_by_a_trigger("bill_settled_when_paid"):
        update(bill, settled_at=timezone.now())
        at_the_end()
    assert selectors.owed(customer=bill.customer, premises=None) == YUAN("50.00")


def test_a_paid_bill_stays_settled(paid: BillPayment) -> None:
    with refused_by_a_trigger("bill_settled_when_paid"):
        update(paid.bill, settled_at=None)
        at_the_end()


def test_a_bill_is_not_typed_in_as_settled(bill: Bill, clerk: User) -> None:
    imported = {"origin": "imported", "period_start": "2025-01-01", "period_end": "2025-01-31"}
    with refused_by_a_trigger("bill_settled_when_paid"):
        typed_in_like(bill, **imported, settled_at=timezone.now())
        at_the_end()
    typed_in_like(bill, **imported)
    at_the_end()


def test_a_reversed_payment_opens_its_bill_again_and_takes_the_receipt_along(paid: BillPayment, manager: User) -> None:
    back = {"amount": YUAN("-50.00"), "reverses_id": paid.pk, "reason": "x", "recorded_by_id": manager.pk}
    with refused_at_the_end("bill_settled_when_paid"):
        typed_in_like(paid, **back)
        update(paid.receipt, reversed_at=timezone.now())
    with refused_at_the_end("receipt_reversed_with_its_payment"):
        typed_in_like(paid, **back)
        update(paid.bill, settled_at=None)
    typed_in_like(paid, **back)
    update(paid.bill, settled_at=None)
    update(paid.receipt, reversed_at=timezone.now())
    at_the_end()


# -- a bill is the sum of its lines, tiers rise --------------------------------------------------------------


def test_a_bill_without_its_lines_is_refused_or_not_paid(bill: Bill, paid: BillPayment) -> None:
    other = {"period_start": "2025-01-01", "period_end": "2025-01-31", "settled_at": None}
    with refused_by_a_trigger("bill_is_the_sum_of_its_lines"):
        typed_in_like(bill, **other)
        at_the_end()
        typed_in_like(paid, bill_id=Bill.objects.latest("pk").pk)


def test_a_bill_gets_no_further_line(bill: Bill) -> None:
    line = bill.lines.get()
    with refused_by_a_trigger("bill_is_the_sum_of_its_lines"):
        typed_in_like(line, tier=2)
        at_the_end()


def test_an_imported_bill_has_no_lines(bill: Bill, taken_over: Make) -> None:
    imported = taken_over(closing=500).bills.get()
    with refused_by_a_trigger("bill_is_the_sum_of_its_lines"):
        typed_in_like(bill.lines.get(), bill_id=imported.pk)
        at_the_end()


@pytest.fixture
def tier(prices: None) -> TariffTier:
    """The first tier of the tariff of households, of 4.070 between 2.070 and 6.070."""
    return TariffTier.objects.get(above_m3=180)


@pytest.mark.parametrize("water", ["2.070", "6.070"])
def test_a_tier_that_does_not_rise_is_not_added(tier: TariffTier, water: str) -> None:
    with refused_by_a_trigger("tiers_rise"):
        typed_in_like(tier, above_m3=200, water=YUAN(water))
        at_the_end()
    typed_in_like(tier, above_m3=200, water=YUAN("5.000"))
    at_the_end()


def test_tiers_are_not_changed_so_that_they_rise_no_more(tier: TariffTier) -> None:
    for row in (tier, tier.tariff):
        with refused_at_the_end("tiers_rise"):
            update(row, water=YUAN("6.070"))
    update(tier, water=YUAN("6.070"))
    typed("UPDATE billing_tarifftier SET water = 7.000 WHERE above_m3 = 260")
    at_the_end()


def test_a_tariff_that_bills_were_reckoned_by_stays(tier: TariffTier, bill: Bill) -> None:
    tariff = BillLine.objects.get(bill=bill).tariff
    assert tariff == tier.tariff
    for change in ("UPDATE billing_tariff SET water = 2.080", "UPDATE billing_tariff SET allowance_from = 6"):
        with refused_by_a_trigger("tariff_stays"):
            typed(f"{change} WHERE id = %s", tariff.pk)
    with refused_by_a_trigger("tariff_stays"):
        update(tier, water=YUAN("4.080"))
    for deed in ("DELETE FROM billing_tarifftier", "DELETE FROM billing_tariff"):
        with refused_by_a_trigger("tariff_stays"):
            typed(deed)
    with refused_by_a_trigger("tariff_stays"):
        typed_in_like(tier, above_m3=200, water=YUAN("5.000"))
    other = Tariff.objects.exclude(pk=tariff.pk).first()
    assert other is not None
    update(other, water=YUAN("9.000"))


# -- after a statement has ended (NC-C5) ---------------------------------------------------------------------


def test_after_the_end_nothing_goes_back_but_deposits(ended: Statement, cashier: User, manager: User) -> None:
    """Neither by a service nor by SQL: the deposit stays held and on the list."""
    payment = ended.lines.filter(kind="payment").order_by("pk").first()
    assert payment is not None
    for deed in (
        lambda: services.refund(statement=ended, amount=YUAN("100.00"), method="cash", reason="x", by=cashier),
        lambda: services.reverse_line(line=payment, reason="x", by=manager),
    ):
        with pytest.raises(ValidationError, match="deposit"):
            deed()
    with refused_by_a_trigger("statement_has_ended"):
        typed_in_like(payment, kind="refund", amount=YUAN("15.00"), reason="x")
    with refused_by_a_trigger("statement_has_ended"):
        typed_in_like(payment, **reversal_of(payment, manager))
    assert [each.pk for each in selectors.deposits_of("held")] == [ended.deposits.get().pk]


def test_what_is_held_as_a_deposit_is_not_refunded_by_hand(deposit: Deposit, cashier: User) -> None:
    payment = deposit.statement.lines.filter(kind="payment").order_by("pk").first()
    assert payment is not None
    typed_in_like(payment, amount=YUAN("-1.00"), as_credit=True)
    back = {"kind": "refund", "reason": "x", "as_credit": False}
    with refused_by_a_trigger("refund_within_paid"):
        typed_in_like(payment, amount=YUAN("101.01"), **back)
    typed_in_like(payment, amount=YUAN("1.00"), **back)


def test_a_deposit_is_released_only_by_a_movement(deposit: Deposit, manager: User) -> None:
    released = {"kind": "reduction", "amount": YUAN("-15.00"), "reason": "x", "approved_by_id": manager.pk}
    with refused_at_the_end("deposit_leaves_by_a_move"):
        typed_in_like(deposit.line, **released)


def test_a_deposit_still_goes_back_after_the_end(
    ended: Statement, deposit: Deposit, cashier: User, office_clerk: User, office_manager: User
) -> None:
    order = services.prepare_refund(
        deposit=deposit, collector=holder_of(deposit), signed=scan(), reason="x", by=office_clerk
    )
    services.decide_deposit_order(order=order, grant=True, by=office_manager)
    services.pay_out_deposit(order=order, method="cash", by=cashier)
    at_the_end()
    ended.refresh_from_db()
    assert ended.closed_at is not None


def test_what_turns_up_while_a_deposit_is_held_gets_another_statement(ended: Statement, clerk: User) -> None:
    another = services.open_statement(reference=ended.reference, title="x", customer=ended.customer, by=clerk)
    services.charge(statement=another, amount=YUAN("8.00"), description="x", source="budget:9", by=clerk)
    assert ended.closed_at is None
    assert [each.statement_id for each in selectors.held_deposits()] == [ended.pk], "the other one owes, not this one"
    with pytest.raises(ValidationError, match="open statement"):
        services.open_statement(reference=ended.reference, title="x", customer=ended.customer, by=clerk)


def test_the_customer_of_a_statement_stays_once_it_was_paid(
    owing: Statement, cashier: User, new_customer: Make
) -> None:
    update(owing, customer_id=new_customer().pk)
    services.record_payment(statement=owing, amount=YUAN("1.00"), method="cash", by=cashier)
    with refused_by_a_trigger("statement_customer_stays"):
        update(owing, customer_id=new_customer().pk)


# -- reversals and receipts ----------------------------------------------------------------------------------


def test_nobody_reverses_by_hand_what_they_recorded(received: Receipt, paid: BillPayment, cashier: User) -> None:
    assert received.line is not None
    with refused_by_a_trigger("reversal_by_another"):
        typed_in_like(received.line, **reversal_of(received.line, cashier))
    with refused_by_a_trigger("reversal_by_another"):
        typed_in_like(paid, amount=YUAN("-50.00"), reverses_id=paid.pk, reason="x")


def test_a_receipt_falls_with_the_payment_on_a_statement(received: Receipt, manager: User) -> None:
    assert received.line is not None
    with refused_at_the_end("receipt_reversed_with_its_payment"):
        typed_in_like(received.line, **reversal_of(received.line, manager))


def test_no_receipt_leaves_a_gap_in_the_numbers(received: Receipt) -> None:
    with refused_by_a_trigger("receipt_leaves_no_gap"):
        typed_in_like(received, number="SJ2026-0000003", line_id=None)
    with refused_by_a_trigger("receipt_leaves_no_gap"):
        typed_in_like(received, number="SJ2027-0000002", line_id=None)


def test_no_receipt_stands_for_nothing(received: Receipt) -> None:
    with refused_at_the_end("receipt_is_its_payment"):
        typed_in_like(received, number="SJ2026-0000002", line_id=None)


# -- emptied and replaced ------------------------------------------------------------------------------------


def test_no_guarded_table_is_truncated(owing: Statement) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    at_the_end()
    for model in kept_models():
        with refused_by_a_trigger("append_only"):
            typed(f"TRUNCATE {model._meta.db_table} CASCADE")
    assert owing.lines.exists()


@contextmanager
def replacing() -> Iterator[None]:
    """Expects SQLite to refuse a row that would take another's place; PostgreSQL knows no OR REPLACE."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has no OR REPLACE")
    with refused_by_a_trigger("append_only"):
        yield


def test_a_paid_line_is_not_replaced(received: Receipt) -> None:
    line = received.line
    assert line is not None
    with replacing():
        typed("INSERT OR REPLACE INTO billing_statementline SELECT * FROM billing_statementline WHERE id = %s", line.pk)


def test_a_day_sheet_is_not_replaced_by_another_of_its_day(received: Receipt) -> None:
    assert received.line is not None
    sheet = received.line.sheet
    assert sheet is not None
    with replacing():
        typed(
            "INSERT OR REPLACE INTO billing_daysheet (cashier_id, day, opened_at, denominations, lines)"
            " SELECT cashier_id, day, opened_at, denominations, lines FROM billing_daysheet"
        )


def test_no_statement_takes_the_place_of_another_of_its_reference(
    owing: Statement, new_customer: Make, clerk: User
) -> None:
    other = services.open_statement(reference="NC-2026-000009", title="x", customer=new_customer(), by=clerk)
    with replacing():
        typed("UPDATE OR REPLACE billing_statement SET reference = %s WHERE id = %s", owing.reference, other.pk)


def test_keys_that_hold_for_some_rows_only_stop_no_other(account: MeterAccount, clerk: User) -> None:
    """An account has one first reading and many others."""
    for kind, day in (("first", 10), ("regular", 11), ("regular", 12)):
        services.record_reading(account=account, reading=100, read_on=date(2026, 6, day), kind=kind, by=clerk)
