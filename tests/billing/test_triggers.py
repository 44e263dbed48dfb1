"""SQL typed by hand: whatever would break a rule of the ledgers is refused by the database itself, on both kinds."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from accounts.models import MeterAccount, User
from billing import selectors, services
from billing.models import (
    AppendOnly,
    Bill,
    BillPayment,
    DaySheet,
    Deposit,
    DepositMove,
    DepositOrder,
    LateCharge,
    Receipt,
    Statement,
    StatementLine,
    TaxInvoice,
)
from billing.triggers import MARK, append_only_models, install, remove
from tests.billing.conftest import (
    NOW,
    TODAY,
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


@pytest.fixture
def paid(owing: Statement, cashier: User) -> Receipt:
    """A payment of 60.00 of the 100.00 that are asked."""
    return services.record_payment(statement=owing, amount=YUAN("60.00"), method="cash", by=cashier)


@pytest.fixture
def payment(paid: Receipt) -> StatementLine:
    assert paid.line is not None
    return paid.line


@pytest.fixture
def account(new_account: Make) -> MeterAccount:
    opened: MeterAccount = new_account()
    return opened


@pytest.fixture
def bill_paid(account: MeterAccount, new_bill: Make, cashier: User) -> BillPayment:
    receipt = services.pay_bills(bills=[new_bill(account)], method="cash", by=cashier)
    found: BillPayment = receipt.bill_payments.get()
    return found


@pytest.fixture
def deposit(prices: None, statement: Statement, clerk: User, cashier: User) -> Deposit:
    held = services.charge_deposit(
        statement=statement, clause="NC-C5", monthly_m3=YUAN(1), kind_of_use="residential", by=clerk
    )
    services.record_payment(statement=statement, amount=YUAN("15.00"), method="cash", by=cashier)
    return held


@pytest.fixture
def refunded(
    prices: None, new_customer: Make, clerk: User, cashier: User, office_clerk: User, office_manager: User
) -> DepositMove:
    """5.00 yuan of a deposit of 15.00, paid back with approval."""
    folder = services.open_statement(reference="NC-2026-000009", title="x", customer=new_customer(), by=clerk)
    held = services.charge_deposit(
        statement=folder, clause="NC-C5", monthly_m3=YUAN(1), kind_of_use="residential", by=clerk
    )
    services.record_payment(statement=folder, amount=YUAN("15.00"), method="cash", by=cashier)
    order = services.prepare_refund(
        deposit=held, collector=holder_of(held), signed=scan(), amount=YUAN("5.00"), reason="x", by=office_clerk
    )
    services.decide_deposit_order(order=order, grant=True, by=office_manager)
    (move,) = services.pay_out_deposit(order=order, method="cash", by=cashier)
    return move


# -- written once ------------------------------------------------------------------------------------------


@pytest.fixture
def one_of_each(
    paid: Receipt,
    deposit: Deposit,
    refunded: DepositMove,
    bill_paid: BillPayment,
    account: MeterAccount,
    new_bill: Make,
    cashier: User,
    manager: User,
) -> dict[type[AppendOnly], AppendOnly]:
    """A row in every table whose rows are written once."""
    statement = paid.statement
    assert statement is not None
    services.record_arrears_check(reference="x", customer=account.holder, premises=account.premises, by=cashier)
    services.give_payment_notice(statement=statement, pay_by=timezone.localdate(), by=cashier)
    services.issue_invoice(
        kind="ordinary", number="12345678", title="x", amount=YUAN("1.00"), by=cashier, statement=statement
    )
    services.print_receipt(receipt=paid, by=cashier)
    services.record_reading(account=account, reading=120, read_on=TODAY, by=manager)
    late = new_bill(account, 2)
    with time_machine.travel(NOW + timedelta(days=60)):
        services.pay_bills(bills=[late], method="cash", by=cashier)
        sheet = DaySheet.objects.get(day=TODAY + timedelta(days=60))
        counted = selectors.recorded(selectors.takings_of(sheet))
        services.close_day(sheet=sheet, counted=counted, explanations={}, by=cashier)
    found: dict[type[AppendOnly], Any] = {model: model.objects.order_by("pk").first() for model in append_only_models()}
    return found


def test_rows_of_every_ledger_are_neither_deleted_nor_changed(
    one_of_each: dict[type[AppendOnly], AppendOnly],
) -> None:
    for model, row in one_of_each.items():
        assert row is not None, f"{model.__name__}: the fixture lacks a row"
        with refused_by_a_trigger("append_only"):
            typed(f"DELETE FROM {model._meta.db_table}")  # noqa: S608
        for field in model._meta.concrete_fields:
            if field.name not in model.changeable:
                with refused_by_a_trigger("append_only"):
                    typed(f'UPDATE {model._meta.db_table} SET "{field.column}" = "{field.column}"')  # noqa: S608


def test_every_table_whose_rows_are_written_once_is_guarded(db: None) -> None:
    assert {StatementLine, Bill, BillPayment, Receipt, DaySheet, TaxInvoice} <= set(append_only_models())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        found = {name for (name,) in cursor.fetchall()}
    for model in append_only_models():
        assert {f"{MARK}{model._meta.db_table}_kept", f"{MARK}{model._meta.db_table}_fixed"} <= found


def test_statements_are_not_deleted(statement: Statement) -> None:
    with refused_by_a_trigger("append_only"):
        typed("DELETE FROM billing_statement")


# -- late charges ------------------------------------------------------------------------------------------


@pytest.fixture
def late(account: MeterAccount, new_bill: Make, cashier: User) -> LateCharge:
    """A bill paid sixty days on, with its late charge."""
    overdue = new_bill(account, 3)
    with time_machine.travel(NOW + timedelta(days=60)):
        services.pay_bills(bills=[overdue], method="cash", by=cashier)
    return LateCharge.objects.get()


def test_a_late_charge_goes_back_as_it_was_taken(late: LateCharge, manager: User) -> None:
    payment = late.payment
    typed_in_like(payment, amount=-payment.amount, reverses_id=payment.pk, reason="x", recorded_by_id=manager.pk)
    back = BillPayment.objects.get(reverses=payment)
    minus = {name: -getattr(late, name) for name in ("principal", "reckoned", "amount")}
    with refused_by_a_trigger("reversal_is_the_opposite"):
        typed_in_like(late, payment_id=back.pk, **{**minus, "reckoned": YUAN("-0.01"), "amount": YUAN("-0.01")})
    typed_in_like(late, payment_id=back.pk, **minus)
    update(payment.bill, settled_at=None)
    update(payment.receipt, reversed_at=timezone.now())


def test_no_late_charge_joins_a_day_that_is_closed(
    late: LateCharge, account: MeterAccount, new_bill: Make, cashier: User
) -> None:
    with time_machine.travel(NOW + timedelta(days=60)):
        receipt = services.pay_bills(bills=[new_bill(account, 4)], method="cash", by=cashier)
        sheet = DaySheet.objects.get()
        counted = selectors.recorded(selectors.takings_of(sheet))
        services.close_day(sheet=sheet, counted=counted, explanations={}, by=cashier)
    with refused_by_a_trigger("day_is_closed"):
        typed_in_like(late, payment_id=receipt.bill_payments.get().pk)


# -- payments and refunds ----------------------------------------------------------------------------------


def test_no_payment_exceeds_the_balance_unless_it_is_marked_as_credit(owing: Statement, payment: StatementLine) -> None:
    with refused_by_a_trigger("payment_within_balance"):
        typed_in_like(payment, amount=YUAN("-40.01"))
    typed_in_like(payment, amount=YUAN("-40.00"))
    assert owing.balance == 0
    typed_in_like(payment, amount=YUAN("-0.01"), as_credit=True)
    assert owing.balance == YUAN("-0.01")


def test_many_small_payments_reach_the_balance_to_the_fen(owing: Statement, payment: StatementLine) -> None:
    """In binary fractions 400 times 0.10 is not 40.00."""
    for _each in range(400):
        typed_in_like(payment, amount=YUAN("-0.10"))
    with refused_by_a_trigger("payment_within_balance"):
        typed_in_like(payment, amount=YUAN("-0.01"))


def test_no_more_goes_back_than_was_paid(payment: StatementLine, manager: User) -> None:
    back = {"kind": "refund", "reason": "x"}
    with refused_by_a_trigger("refund_within_paid"):
        typed_in_like(payment, amount=YUAN("60.01"), **back)
    typed_in_like(payment, amount=YUAN("59.99"), **back)
    with refused_by_a_trigger("refund_within_paid"):
        typed_in_like(payment, **reversal_of(payment, manager))


@pytest.mark.parametrize(
    "change", [{"amount": YUAN("59.99")}, {"method": "card"}, {"source": "budget:1", "method": ""}]
)
def test_a_reversal_is_minus_its_line(payment: StatementLine, manager: User, change: dict[str, Any]) -> None:
    values = reversal_of(payment, manager) | change
    if not values.get("method", "cash"):
        values["sheet_id"] = None
    with refused_by_a_trigger("reversal_is_the_opposite"):
        typed_in_like(payment, **values)


def test_a_reversal_stands_on_the_statement_of_its_line(
    payment: StatementLine, new_customer: Make, clerk: User, cashier: User, manager: User
) -> None:
    other = services.open_statement(reference="NC-2026-000009", title="x", customer=new_customer(), by=clerk)
    services.record_payment(statement=other, amount=YUAN("60.00"), method="cash", by=cashier, keep_credit=True)
    with refused_by_a_trigger("reversal_is_the_opposite"):
        typed_in_like(payment, statement_id=other.pk, **reversal_of(payment, manager))


def test_a_reversal_is_not_reversed(owing: Statement, payment: StatementLine, cashier: User, manager: User) -> None:
    reversal = services.reverse_line(line=payment, reason="x", by=manager)
    with refused_by_a_trigger("reversal_is_the_opposite"):
        typed_in_like(reversal, amount=YUAN("-60.00"), reverses_id=reversal.pk, recorded_by_id=cashier.pk)


def test_a_bill_is_paid_once(bill_paid: BillPayment) -> None:
    with refused_by_a_trigger("bill_paid_once"):
        typed_in_like(bill_paid, amount=YUAN("0.01"))


@pytest.mark.parametrize("change", [{"amount": YUAN("-49.99")}, {"method": "card"}])
def test_a_reversed_bill_payment_is_minus_its_payment(
    bill_paid: BillPayment, manager: User, change: dict[str, Any]
) -> None:
    values = {"amount": YUAN("-50.00"), "reverses_id": bill_paid.pk, "reason": "x", "recorded_by_id": manager.pk}
    with refused_by_a_trigger("reversal_is_the_opposite"):
        typed_in_like(bill_paid, **{**values, **change})
    typed_in_like(bill_paid, **values)
    update(bill_paid.bill, settled_at=None)
    update(bill_paid.receipt, reversed_at=timezone.now())


def test_a_receipt_says_what_was_paid(paid: Receipt, owing: Statement, payment: StatementLine) -> None:
    typed_in_like(payment, amount=YUAN("-1.00"))
    other = owing.lines.latest("pk")
    values = {"number": "SJ2026-0000002", "line_id": other.pk, "amount": YUAN("1.00")}
    for wrong in ({"amount": YUAN("2.00")}, {"method": "card"}, {"slip": "X"}):
        with refused_by_a_trigger("receipt_is_its_payment"):
            typed_in_like(paid, **{**values, **wrong})
    with refused_by_a_trigger("receipt_begins_valid"):
        typed_in_like(paid, **values, reversed_at=timezone.now())
    typed_in_like(paid, **values)


def test_a_receipt_falls_with_its_payment_and_for_good(paid: Receipt, payment: StatementLine, manager: User) -> None:
    with refused_by_a_trigger("receipt_reversed_with_its_payment"):
        update(paid, reversed_at=timezone.now())
    services.reverse_line(line=payment, reason="x", by=manager)
    with refused_by_a_trigger("receipt_reversed_with_its_payment"):
        update(paid, reversed_at=None)


# -- closed statements -------------------------------------------------------------------------------------


def test_nothing_is_posted_to_a_closed_statement(
    owing: Statement, payment: StatementLine, cashier: User, clerk: User
) -> None:
    services.record_payment(statement=owing, amount=YUAN("40.00"), method="cash", by=cashier)
    assert services.end_statement(statement=owing, by=clerk).closed_at is not None
    for row, change in [
        (payment, {"amount": YUAN("-1.00"), "as_credit": True}),
        (owing.lines.get(kind="charge"), {"source": "budget:2"}),
        (payment, {"kind": "refund", "amount": YUAN("1.00"), "reason": "x"}),
    ]:
        with refused_by_a_trigger("statement_is_closed"):
            typed_in_like(row, **change)
    with refused_by_a_trigger("statement_stays_closed"):
        update(owing, closed_at=None)


def test_a_statement_closes_only_balanced_and_without_a_deposit(statement: Statement, deposit: Deposit) -> None:
    now = timezone.now()
    with refused_by_a_trigger("statement_closes_without_deposit"):
        update(statement, ended_at=now, closed_at=now)
    update(statement, ended_at=now)
    with refused_by_a_trigger("statement_has_ended"):
        typed_in_like(statement.lines.get(kind="payment"), amount=YUAN("-1.00"), as_credit=True)
    with refused_by_a_trigger("statement_has_ended"):
        typed_in_like(deposit.line, source="budget:1")


def test_a_statement_that_owes_does_not_end(owing: Statement) -> None:
    with refused_by_a_trigger("statement_closes_balanced"):
        update(owing, ended_at=timezone.now())


def test_a_statement_begins_open(statement: Statement) -> None:
    with refused_by_a_trigger("statement_begins_open"):
        typed_in_like(statement, reference="NC-2026-000002", ended_at=timezone.now())


# -- closed days -------------------------------------------------------------------------------------------


@pytest.fixture
def closed(payment: StatementLine, bill_paid: BillPayment, cashier: User) -> DaySheet:
    sheet = payment.sheet
    assert sheet is not None
    counted = selectors.recorded(selectors.takings_of(sheet))
    return services.close_day(sheet=sheet, counted=counted, explanations={}, by=cashier)


def test_nothing_is_posted_into_a_closed_day(
    closed: DaySheet, payment: StatementLine, bill_paid: BillPayment, manager: User
) -> None:
    with refused_by_a_trigger("day_is_closed"):
        typed_in_like(payment, amount=YUAN("-1.00"))
    with refused_by_a_trigger("day_is_closed"):
        typed_in_like(bill_paid, amount=YUAN("-50.00"), reverses_id=bill_paid.pk, reason="x", recorded_by_id=manager.pk)
    with refused_by_a_trigger("day_is_closed"):
        typed_in_like(closed.counts.get(), method="card")


def test_a_closed_day_never_changes_but_for_its_one_countersignature(closed: DaySheet, manager: User) -> None:
    for change in (
        {"closed_at": None, "closed_by_id": None},
        {"lines": "[]"},
        {"denominations": "{}"} | {"lines": "[1]"},
    ):
        with refused_by_a_trigger("day_is_closed"):
            update(closed, **change)
    update(closed, countersigned_at=timezone.now(), countersigned_by_id=manager.pk)
    with refused_by_a_trigger("day_is_closed"):
        update(closed, countersigned_at=None, countersigned_by_id=None)


def test_a_day_closes_only_on_counts_of_what_is_recorded(payment: StatementLine, cashier: User) -> None:
    sheet = payment.sheet
    assert sheet is not None
    with refused_by_a_trigger("day_counted_as_recorded"):
        update(sheet, closed_at=timezone.now(), closed_by_id=cashier.pk)
    sheet.counts.create(method="cash", recorded=YUAN("59.99"), counted=YUAN("59.99"))
    with refused_by_a_trigger("day_counted_as_recorded"):
        update(sheet, closed_at=timezone.now(), closed_by_id=cashier.pk)


def test_a_movement_stands_on_the_sheet_of_its_own_cashier(
    payment: StatementLine, bill_paid: BillPayment, other_cashier: User
) -> None:
    foreign = DaySheet.objects.create(cashier=other_cashier, day=timezone.localdate())
    with refused_by_a_trigger("day_sheet_of_the_cashier"):
        typed_in_like(payment, amount=YUAN("-1.00"), sheet_id=foreign.pk)
    with refused_by_a_trigger("day_sheet_of_the_cashier"):
        typed_in_like(
            bill_paid,
            amount=YUAN("-50.00"),
            reverses_id=bill_paid.pk,
            reason="x",
            recorded_by_id=other_cashier.pk,
            sheet_id=foreign.pk,
        )
    with refused_by_a_trigger("day_begins_open"):
        typed_in_like(foreign, day="2026-06-01", closed_at=timezone.now(), closed_by_id=other_cashier.pk)


# -- tax invoices ------------------------------------------------------------------------------------------


@pytest.fixture
def invoice(owing: Statement, paid: Receipt, cashier: User) -> TaxInvoice:
    return services.issue_invoice(
        kind="ordinary", number="12345678", title="x", amount=YUAN("50.00"), by=cashier, statement=owing
    )


def test_invoices_stand_for_no_more_than_was_paid(invoice: TaxInvoice, payment: StatementLine) -> None:
    with refused_by_a_trigger("invoice_within_paid"):
        typed_in_like(invoice, number="12345679", amount=YUAN("10.01"))
    with refused_by_a_trigger("paid_covers_invoices"):
        typed_in_like(payment, kind="refund", amount=YUAN("10.01"), reason="x")
    typed_in_like(payment, kind="refund", amount=YUAN("10.00"), reason="x")


def test_a_red_invoice_is_minus_its_blue_one(invoice: TaxInvoice) -> None:
    red = {"number": "12345679", "flushes_id": invoice.pk, "reason": "x"}
    with refused_by_a_trigger("red_invoice_is_the_opposite"):
        typed_in_like(invoice, amount=YUAN("-49.99"), **red)
    typed_in_like(invoice, amount=YUAN("-50.00"), **red)
    of_red = TaxInvoice.objects.get(number="12345679")
    with refused_by_a_trigger("red_invoice_is_the_opposite"):
        typed_in_like(of_red, number="12345670", flushes_id=of_red.pk, amount=YUAN("-50.00"))


def test_a_receipt_that_is_invoiced_is_not_reversed(bill_paid: BillPayment, cashier: User, manager: User) -> None:
    receipt = bill_paid.receipt
    services.issue_invoice(
        kind="ordinary", number="12345678", title="x", amount=YUAN("50.00"), by=cashier, receipt=receipt
    )
    with refused_by_a_trigger("paid_covers_invoices"):
        typed_in_like(bill_paid, amount=YUAN("-50.00"), reverses_id=bill_paid.pk, reason="x", recorded_by_id=manager.pk)
        update(receipt, reversed_at=timezone.now())


# -- installed and taken away ------------------------------------------------------------------------------


class Editor:
    """What the operation asks of a schema editor, within the transaction of a test."""

    connection = connection

    def execute(self, sql: str, params: None) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)


def test_the_rules_can_be_taken_away_and_put_back(payment: StatementLine) -> None:
    """The control, too: without the triggers SQL typed by hand breaks every rule."""
    editor: Any = Editor()
    at_the_end()
    remove(None, editor)
    typed_in_like(payment, amount=YUAN("-99.00"))
    typed("DELETE FROM billing_receipt")
    assert not Receipt.objects.exists()
    for _again in range(2):
        install(None, editor)
    with refused_by_a_trigger("payment_within_balance"):
        typed_in_like(payment, amount=YUAN("-1.00"))
    with refused_by_a_trigger("append_only"):
        typed("DELETE FROM billing_statementline")


# -- deposits ----------------------------------------------------------------------------------------------


def another_move(move: DepositMove, of_lines: str, **changes: Any) -> None:
    """Type in a second movement of a deposit by hand, with lines and an order of its own that fit it."""
    columns: dict[str, Any] = {"number": "BZ2026-0000099", "amount": of_lines}
    for name, posted in (("released", f"-{of_lines}"), ("settled", of_lines)):
        typed_in_like(getattr(move, name), amount=posted)
        columns[f"{name}_id"] = StatementLine.objects.order_by("pk").last().pk
    typed_in_like(move.order, closed_at=timezone.now())
    columns["order_id"] = DepositOrder.objects.order_by("pk").values_list("pk", flat=True).last()
    typed_in_like(move, **{**columns, **changes})


def test_no_more_leaves_a_deposit_than_is_held_of_it(refunded: DepositMove, cashier: User) -> None:
    """Money of the statement beside the deposit is not the deposit's."""
    services.record_payment(
        statement=refunded.deposit.statement, amount=YUAN("1.00"), method="cash", keep_credit=True, by=cashier
    )
    with refused_by_a_trigger("deposit_within_held"):
        another_move(refunded, "10.01")
    another_move(refunded, "10.00")


def test_a_deposit_moves_by_lines_and_an_order_that_fit(refunded: DepositMove) -> None:
    with refused_by_a_trigger("deposit_move_is_its_lines"):
        another_move(refunded, "1.00", amount="2.00")
    with refused_by_a_trigger("deposit_moves_as_ordered"):
        another_move(refunded, "1.00", way="forfeit")
    with refused_by_a_trigger("deposit_moves_as_ordered"):
        another_move(refunded, "1.00", prepared_by_id=refunded.order.decided_by_id)


def test_a_deposit_ends_once_and_empty(refunded: DepositMove) -> None:
    deposit = refunded.deposit
    with refused_by_a_trigger("deposit_ends_empty"):
        update(deposit, ended_at=timezone.now())
    another_move(refunded, "10.00")
    update(deposit, ended_at=timezone.now())
    with refused_by_a_trigger("deposit_ends_empty"):
        update(deposit, ended_at=None)


def test_what_a_deposit_has_paid_is_not_reversed_by_hand(refunded: DepositMove, manager: User) -> None:
    for line in (refunded.settled, refunded.released, refunded.deposit.line):
        with refused_by_a_trigger("deposit_moves_once"):
            typed_in_like(line, approved_by_id=None, **reversal_of(line, manager))
