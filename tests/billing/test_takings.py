"""A day's takings: every movement once, on the sheet of the cashier whose drawer it concerns."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine

from accounts.models import User
from billing import selectors, services
from billing.models import Statement
from tests.billing.conftest import NOW, TODAY, Make, on

YUAN = Decimal


@pytest.mark.embedded
def test_a_day_shows_what_came_in_and_went_out(
    owing: Statement, new_account: Make, new_bill: Make, cashier: User, other_cashier: User
) -> None:
    account = new_account()
    services.record_payment(statement=owing, amount=YUAN("70.00"), method="cash", by=cashier, reference="A")
    services.refund(statement=owing, amount=YUAN("20.00"), method="cash", reason="多收", by=cashier)
    bills = [new_bill(account, 1), new_bill(account, 2)]
    services.pay_bills(bills=bills, method="wechat", by=other_cashier, reference="W-1")
    rows = selectors.takings(TODAY)
    assert [(row.amount, row.method, row.cashier) for row in rows] == [
        (YUAN("70.00"), "cash", cashier),
        (YUAN("-20.00"), "cash", cashier),
        (YUAN("100.00"), "wechat", other_cashier),
    ]
    assert [amount for _method, amount in selectors.totals(rows)] == [YUAN("50.00"), YUAN("100.00")]
    assert [row.receipt for row in rows] == ["SJ2026-0000001", "", "SJ2026-0000002"]
    assert len(selectors.takings(TODAY, cashier)) == 2


@pytest.mark.embedded
def test_a_reversal_stands_on_the_sheet_of_whose_payment_it_takes_back(
    owing: Statement, new_account: Make, new_bill: Make, cashier: User, manager: User
) -> None:
    receipt = services.record_payment(statement=owing, amount=YUAN("70.00"), method="cash", by=cashier)
    assert receipt.line is not None
    services.reverse_line(line=receipt.line, reason="收错", by=manager)
    paid = services.pay_bills(bills=[new_bill(new_account())], method="cash", by=cashier)
    services.reverse_receipt(receipt=paid, reason="收错户", by=manager)
    rows = selectors.takings(TODAY, cashier)
    assert [row.amount for row in rows] == [YUAN("70.00"), YUAN("-70.00"), YUAN("50.00"), YUAN("-50.00")]
    assert [row.receipt for row in rows] == [receipt.number] * 2 + [paid.number] * 2
    assert not selectors.takings(TODAY, manager)


def test_charges_are_no_takings(owing: Statement, clerk: User) -> None:
    services.reverse_charges(statement=owing, source_prefix="budget:", reason="x", by=clerk)
    assert selectors.takings(TODAY) == []


@pytest.mark.parametrize(("hour", "day"), [(-10, TODAY - timedelta(days=1)), (-9.9, TODAY), (13.9, TODAY)])
def test_a_day_is_a_day_in_shanghai(owing: Statement, cashier: User, hour: float, day: date) -> None:
    moment = NOW + timedelta(hours=hour, minutes=-1 if hour == -10 else 0)
    with time_machine.travel(moment):
        services.record_payment(statement=owing, amount=YUAN("1.00"), method="cash", by=cashier)
    assert len(selectors.takings(day)) == 1


def test_what_is_recorded_late_stands_on_the_day_of_recording(owing: Statement, cashier: User) -> None:
    later = date(2026, 6, 20)
    with on(later):
        services.record_payment(
            statement=owing, amount=YUAN("1.00"), method="transfer", by=cashier, reference="T-1", happened_on=TODAY
        )
    assert selectors.takings(TODAY) == []
    assert [row.happened_on for row in selectors.takings(later)] == [TODAY]
