"""Payments, refunds and receipts."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from billing import selectors, services
from billing.models import Receipt, Statement
from billing.services.checks import exact
from tests.billing.conftest import TODAY, on, refused_by_the_database

YUAN = Decimal


def pay(statement: Statement, by: User, amount: str, **choices: object) -> Receipt:
    values: dict[str, object] = {"method": "cash"} | choices
    return services.record_payment(statement=statement, amount=YUAN(amount), by=by, **values)  # type: ignore[arg-type]


@pytest.mark.embedded
def test_a_payment_settles_and_is_receipted(owing: Statement, cashier: User) -> None:
    receipt = pay(owing, cashier, "100.00", method="transfer", reference="T-1")
    assert owing.balance == 0
    assert receipt.line is not None
    assert (receipt.line.amount, receipt.line.method, receipt.line.reference) == (YUAN("-100.00"), "transfer", "T-1")
    assert (receipt.amount, receipt.payer, receipt.reference) == (
        YUAN("100.00"),
        owing.customer.name,
        owing.reference,
    )
    assert receipt.statement == owing


@pytest.mark.parametrize(
    "amount", ["0", "-0", "-0.01", "0.001", "1.000000001", "NaN", "-NaN", "Infinity", "-Infinity", "1E+13"]
)
def test_an_amount_that_is_none_is_refused(owing: Statement, cashier: User, amount: str) -> None:
    with pytest.raises(ValidationError):
        pay(owing, cashier, amount)
    assert owing.balance == YUAN("100.00")
    assert not Receipt.objects.exists()


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_an_amount_is_exact_or_refused(amount: Decimal) -> None:
    try:
        taken = exact(amount)
    except ValidationError:
        assert (
            not amount.is_finite()
            or amount < YUAN("0.01")
            or amount > YUAN("999999999999.99")
            or amount.as_tuple().exponent < -2  # type: ignore[operator]
        )
    else:
        assert taken == amount
        assert taken.as_tuple().exponent == -2


def test_more_than_is_owed_is_refused_unless_kept_as_credit(owing: Statement, cashier: User) -> None:
    with pytest.raises(ValidationError, match=r"100.00"):
        pay(owing, cashier, "100.01")
    assert owing.balance == YUAN("100.00")
    pay(owing, cashier, "100.01", keep_credit=True)
    assert owing.balance == YUAN("-0.01")


@pytest.mark.embedded
def test_many_small_amounts_add_up_to_the_fen(owing: Statement, cashier: User) -> None:
    """In binary fractions ten times 0.10 is not 1.00, and SQLite adds in binary fractions."""
    for _each in range(10):
        pay(owing, cashier, "0.10")
    pay(owing, cashier, "98.99")
    assert (str(owing.balance), str(selectors.paid(owing))) == ("0.01", "99.99")
    pay(owing, cashier, "0.01")
    assert owing.balance == 0
    with pytest.raises(ValidationError):
        pay(owing, cashier, "0.01")


def test_a_statement_that_owes_nothing_takes_no_payment(owing: Statement, cashier: User) -> None:
    pay(owing, cashier, "100.00")
    with pytest.raises(ValidationError):
        pay(owing, cashier, "0.01")
    assert pay(owing, cashier, "0.01", keep_credit=True).amount == YUAN("0.01")


def test_an_unknown_method_is_refused(owing: Statement, cashier: User) -> None:
    with pytest.raises(ValidationError):
        pay(owing, cashier, "1.00", method="barter")


def test_a_payment_can_be_recorded_late_but_not_early(owing: Statement, cashier: User) -> None:
    with on(date(2026, 6, 20)):
        slip = {"method": "transfer", "reference": "T-1"}
        receipt = pay(owing, cashier, "1.00", happened_on=TODAY, **slip)
        assert receipt.line is not None
        assert receipt.line.happened_on == TODAY
        with pytest.raises(ValidationError, match="2026-06-21"):
            pay(owing, cashier, "1.00", happened_on=date(2026, 6, 21))
        with pytest.raises(ValidationError, match="first day is 2026-06-15"):
            pay(owing, cashier, "1.00", happened_on=date(2026, 6, 14), method="transfer", reference="T-2")


def test_cash_is_of_an_earlier_day_only_where_a_reversed_receipt_was(
    owing: Statement, cashier: User, manager: User
) -> None:
    wrong = pay(owing, cashier, "1.00")
    with on(date(2026, 6, 20)):
        with pytest.raises(ValidationError, match="Nothing shows that it was paid on 2026-06-15"):
            pay(owing, cashier, "1.00", happened_on=TODAY)
        assert wrong.line is not None
        services.reverse_line(line=wrong.line, reason="金额记错", by=manager)
        right = pay(owing, cashier, "2.00", happened_on=TODAY)
        assert right.line is not None
        assert right.line.happened_on == TODAY


# -- receipts --------------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_receipt_numbers_have_no_gap(owing: Statement, cashier: User) -> None:
    pay(owing, cashier, "1.00")
    with pytest.raises(ValidationError):
        pay(owing, cashier, "1000.00")
    with transaction.atomic():
        pay(owing, cashier, "1.00")
        transaction.set_rollback(True)
    pay(owing, cashier, "1.00")
    numbers = Receipt.objects.order_by("pk").values_list("number", flat=True)
    assert list(numbers) == ["SJ2026-0000001", "SJ2026-0000002"]


def test_receipt_numbers_begin_anew_with_the_year_in_shanghai(owing: Statement, cashier: User) -> None:
    pay(owing, cashier, "1.00")
    new_year = datetime(2027, 1, 1, 0, 5, tzinfo=ZoneInfo("Asia/Shanghai"))
    with time_machine.travel(new_year):
        assert pay(owing, cashier, "1.00").number == "SJ2027-0000001"


def test_the_database_refuses_a_receipt_that_makes_no_sense(cashier: User) -> None:
    for number, amount, constraint in [
        ("SJ2026-0000001", "0.00", "receipt_above_zero"),
        ("SJ2026-0000001", "-1.00", "receipt_above_zero"),
        ("2026-1", "1.00", "receipt_number_of_a_year"),
    ]:
        with refused_by_the_database(constraint):
            Receipt.objects.create(
                number=number, amount=YUAN(amount), method="cash", payer="x", reference="x", issued_by=cashier
            )


# -- refunds ---------------------------------------------------------------------------------------------


def give_back(statement: Statement, by: User, amount: str, reason: str = "多退少补") -> None:
    services.refund(statement=statement, amount=YUAN(amount), method="transfer", reference="T-9", reason=reason, by=by)


@pytest.mark.embedded
def test_no_more_is_paid_back_than_was_paid(owing: Statement, cashier: User) -> None:
    pay(owing, cashier, "60.00")
    give_back(owing, cashier, "20.00")
    assert (selectors.paid(owing), owing.balance) == (YUAN("40.00"), YUAN("60.00"))
    with pytest.raises(ValidationError, match=r"40.00"):
        give_back(owing, cashier, "40.01")
    give_back(owing, cashier, "40.00")
    assert selectors.paid(owing) == 0


def test_a_reversed_payment_can_not_be_paid_back(owing: Statement, cashier: User, manager: User) -> None:
    receipt = pay(owing, cashier, "60.00")
    assert receipt.line is not None
    services.reverse_line(line=receipt.line, reason="收错", by=manager)
    with pytest.raises(ValidationError):
        give_back(owing, cashier, "0.01")


@pytest.mark.parametrize(("amount", "reason"), [("0", "x"), ("-1", "x"), ("0.005", "x"), ("NaN", "x"), ("1", " ")])
def test_a_refund_needs_an_amount_and_a_reason(owing: Statement, cashier: User, amount: str, reason: str) -> None:
    pay(owing, cashier, "60.00")
    with pytest.raises(ValidationError):
        give_back(owing, cashier, amount, reason)
    assert selectors.paid(owing) == YUAN("60.00")


def test_a_refund_by_transfer_names_its_number(owing: Statement, cashier: User) -> None:
    pay(owing, cashier, "100.00")
    with pytest.raises(ValidationError) as refusal:
        services.refund(statement=owing, amount=YUAN("1.00"), method="transfer", reason="多收", by=cashier)
    assert list(refusal.value.message_dict) == ["reference"]
    line = services.refund(
        statement=owing, amount=YUAN("1.00"), method="transfer", reference="ａb 1", reason="多收", by=cashier
    )
    assert line.reference == "AB1"
