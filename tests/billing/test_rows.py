"""Ledger rows are written once."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection

from accounts.models import User
from billing import services
from billing.models import Bill, Receipt, Statement, StatementLine
from tests.billing.conftest import NOW, Make, refused_by_the_database, without_triggers


@pytest.mark.embedded
def test_a_line_can_be_neither_changed_nor_deleted(owing: Statement) -> None:
    line = owing.lines.get()
    line.amount = Decimal("1.00")
    with pytest.raises(TypeError, match="never changes"):
        line.save()
    with pytest.raises(TypeError, match="never changes"):
        line.save(update_fields=["amount"])
    with pytest.raises(TypeError, match="never deleted"):
        line.delete()
    assert owing.balance == Decimal("100.00")


@pytest.mark.embedded
def test_lines_can_not_be_changed_in_bulk_either(owing: Statement) -> None:
    line = owing.lines.get()
    for change in (
        lambda: StatementLine.objects.update(amount=1),
        lambda: owing.lines.all().delete(),
        lambda: StatementLine.objects.bulk_update([line], ["amount"]),
    ):
        with pytest.raises(TypeError):
            change()
    assert owing.balance == Decimal("100.00")


def test_a_receipt_can_not_be_changed(owing: Statement, cashier: User) -> None:
    receipt = services.record_payment(statement=owing, amount=Decimal("5.00"), method="cash", by=cashier)
    receipt.payer = "别人"
    with pytest.raises(TypeError):
        receipt.save()
    assert Receipt.objects.get().payer != "别人"


def test_of_a_bill_only_its_settlement_changes(new_account: Make, new_bill: Make) -> None:
    bill: Bill = new_bill(new_account())
    bill.amount = Decimal("0.01")
    with pytest.raises(TypeError):
        bill.save()
    with pytest.raises(TypeError):
        bill.save(update_fields=["settled_at", "amount"])
    assert Bill.objects.get().amount == Decimal("50.00")


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("statementline", "amount"),
        ("receipt", "amount"),
        ("billpayment", "amount"),
        ("bill", "water_amount"),
        ("billline", "water_price"),
        ("billline", "sewage_amount"),
        ("latecharge", "amount"),
        ("tarifftier", "water"),
        ("priceitem", "unit_price"),
        ("tariff", "sewage"),
        ("arrearscheck", "owed"),
    ],
)
def test_sql_typed_by_hand_gets_no_nan_into_a_column_of_money(
    owing: Statement, new_account: Make, new_bill: Make, cashier: User, table: str, column: str
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite stores NaN as NULL, which no column of money takes")
    account = new_account()
    services.record_arrears_check(reference="x", customer=account.holder, premises=account.premises, by=cashier)
    late = new_bill(account)
    with time_machine.travel(NOW + timedelta(days=60)):
        services.pay_bills(bills=[late], method="cash", by=cashier)
    services.record_payment(statement=owing, amount=Decimal("5.00"), method="cash", by=cashier)
    with without_triggers(), refused_by_the_database("check constraint"), connection.cursor() as cursor:
        cursor.execute(f"UPDATE billing_{table} SET {column} = 'NaN'")  # noqa: S608
