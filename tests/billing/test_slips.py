"""The number of a payment is taken once: the same again is answered with its first receipt."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from accounts.models import User
from billing import services
from billing.models import Bill, PayMethod, Receipt, Statement
from billing.models.rows import AT_THE_TILL
from billing.terms import SLIP_REQUIRED
from tests.billing.conftest import Make, refused_by_the_database, without_triggers
from tests.billing.test_locks import at_once, meet_before
from waterservice.policies import set_policy

YUAN = Decimal


def pay(statement: Statement, by: User, amount: str = "10.00", **choices: Any) -> Receipt:
    values: dict[str, Any] = {"method": "wechat", "reference": "W-1"} | choices
    return services.record_payment(statement=statement, amount=YUAN(amount), by=by, **values)


@pytest.fixture
def other(new_customer: Make, clerk: User) -> Statement:
    opened = services.open_statement(reference="NC-2026-000002", title="x", customer=new_customer(), by=clerk)
    services.charge(statement=opened, amount=YUAN("100.00"), description="工程款", source="budget:1", by=clerk)
    return opened


# -- asked for ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", sorted(set(AT_THE_TILL) - {"cash"}))
def test_what_is_not_cash_needs_its_number(owing: Statement, cashier: User, method: str) -> None:
    for reference in ("", "   "):
        with pytest.raises(ValidationError) as refusal:
            pay(owing, cashier, method=method, reference=reference)
        assert list(refusal.value.message_dict) == ["reference"]
    assert not Receipt.objects.exists()
    assert pay(owing, cashier, method=method).slip == "W-1"


def test_cash_needs_no_number(owing: Statement, cashier: User) -> None:
    assert pay(owing, cashier, method="cash", reference="").slip == ""
    assert pay(owing, cashier, method="cash", reference="").number == "SJ2026-0000002"


def test_the_administrator_can_leave_the_number_to_the_cashier(owing: Statement, cashier: User) -> None:
    policy = SLIP_REQUIRED[PayMethod.CARD]
    set_policy(policy=policy, value=False, effective_from=timezone.localdate(), by=cashier)
    assert pay(owing, cashier, method="card", reference="").slip == ""
    with pytest.raises(ValidationError):
        pay(owing, cashier, method="wechat", reference="")


# -- taken once --------------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_the_same_payment_again_is_answered_with_its_first_receipt(owing: Statement, cashier: User) -> None:
    first = pay(owing, cashier)
    again = pay(owing, cashier, reference=" W-1 ")
    assert (again, again.repeated, first.repeated) == (first, True, False)
    assert owing.balance == YUAN("90.00")
    assert Receipt.objects.count() == 1


@pytest.mark.embedded
def test_the_same_bills_again_are_answered_with_their_first_receipt(
    new_account: Make, new_bill: Make, cashier: User
) -> None:
    account = new_account()
    bills = [new_bill(account, 1), new_bill(account, 2)]
    first = services.pay_bills(bills=bills, method="transfer", by=cashier, reference="T-1")
    again = services.pay_bills(bills=bills, method="transfer", by=cashier, reference="T-1")
    assert (again, again.repeated) == (first, True)
    assert Receipt.objects.count() == 1


def test_another_payment_under_a_taken_number_is_refused_and_says_where_it_was_taken(
    owing: Statement, other: Statement, new_account: Make, new_bill: Make, cashier: User
) -> None:
    first = pay(owing, cashier)
    bill: Bill = new_bill(new_account())
    for deed in (
        lambda: pay(owing, cashier, "11.00"),
        lambda: pay(other, cashier),
        lambda: services.pay_bills(bills=[bill], method="wechat", by=cashier, reference="W-1"),
    ):
        with pytest.raises(ValidationError) as refusal:
            deed()
        (sentence,) = refusal.value.message_dict["reference"]
        for word in (first.number, "2026-06-15", "¥10.00", owing.reference, "W-1"):
            assert word in sentence
    assert Receipt.objects.count() == 1


def test_a_number_of_another_method_is_another_payment(owing: Statement, cashier: User) -> None:
    pay(owing, cashier)
    assert pay(owing, cashier, method="alipay").number == "SJ2026-0000002"


@pytest.mark.embedded
def test_a_reversed_payment_frees_its_number_for_the_right_one(
    owing: Statement, other: Statement, cashier: User, manager: User
) -> None:
    wrong = pay(owing, cashier)
    assert wrong.line is not None
    services.reverse_line(line=wrong.line, reason="收错户", by=manager)
    right = pay(other, cashier)
    assert (right.repeated, right.number) == (False, "SJ2026-0000002")
    wrong.refresh_from_db()
    assert wrong.reversed_at is not None


def test_a_reversed_receipt_of_bills_frees_its_number(
    new_account: Make, new_bill: Make, cashier: User, manager: User
) -> None:
    bill = new_bill(new_account())
    wrong = services.pay_bills(bills=[bill], method="wechat", by=cashier, reference="W-1")
    services.reverse_receipt(receipt=wrong, reason="收错户", by=manager)
    right = services.pay_bills(bills=[bill], method="wechat", by=cashier, reference="W-1")
    assert not right.repeated


def test_the_answer_comes_also_when_nothing_is_owed_any_more(owing: Statement, cashier: User, clerk: User) -> None:
    first = pay(owing, cashier, "100.00")
    assert pay(owing, cashier, "100.00") == first
    services.end_statement(statement=owing, by=clerk)
    assert pay(owing, cashier, "100.00") == first


def test_the_database_takes_a_number_once(owing: Statement, cashier: User) -> None:
    pay(owing, cashier)
    values = {"method": "wechat", "slip": "W-1", "amount": YUAN("1.00"), "payer": "x", "reference": "x"}
    with refused_by_the_database("receipt_one_a_slip"):
        Receipt.objects.create(number="SJ2026-0000002", issued_by=cashier, **values)


@pytest.mark.embedded
@pytest.mark.parametrize("typed", ["w1", "Ｗ１", " W 1 ", "ｗ１", "W\u30001"])
def test_the_same_number_typed_differently_is_the_same_payment(owing: Statement, cashier: User, typed: str) -> None:
    first = pay(owing, cashier, reference="W1")
    again = pay(owing, cashier, reference=typed)
    assert (again, again.repeated) == (first, True)
    assert services.taken_before("wechat", typed) == first
    assert owing.balance == YUAN("90.00")


def test_a_number_is_kept_in_one_spelling(owing: Statement, new_account: Make, new_bill: Make, cashier: User) -> None:
    assert pay(owing, cashier, reference="ｗ 1").slip == "W1"
    receipt = services.pay_bills(bills=[new_bill(new_account())], method="wechat", by=cashier, reference="ａb 2")
    assert (receipt.slip, receipt.bill_payments.get().reference) == ("AB2", "AB2")


@pytest.mark.embedded
@pytest.mark.parametrize("slip", ["w1", "W 1"])
def test_the_database_knows_one_spelling(cashier: User, slip: str) -> None:
    values = {"method": "wechat", "slip": slip, "amount": YUAN("1.00"), "payer": "x", "reference": "x"}
    with refused_by_the_database("receipt_slip_in_one_spelling"):
        Receipt.objects.create(number="SJ2026-0000001", issued_by=cashier, **values)


# -- two at once -------------------------------------------------------------------------------------------


@pytest.fixture(params=["unique", "not unique"])
def unique(request: pytest.FixtureRequest, transactional_db: None) -> Any:
    """Once with the constraint of the database, once without it: then both payments are taken."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    with connection.cursor() as cursor:
        if request.param == "not unique":
            cursor.execute("DROP INDEX receipt_one_a_slip")
        yield request.param == "unique"
        if request.param == "not unique":
            with without_triggers():
                cursor.execute("TRUNCATE billing_receipt CASCADE")
            constraint = next(c for c in Receipt._meta.constraints if c.name == "receipt_one_a_slip")
            with connection.schema_editor() as editor:
                editor.add_constraint(Receipt, constraint)


def test_two_clerks_enter_one_payment_on_two_statements(
    unique: bool, owing: Statement, other: Statement, cashier: User, other_cashier: User, monkeypatch: Any
) -> None:
    meet_before(monkeypatch, Receipt, "save")

    def enter(statement: Statement, by: User) -> Callable[[], Receipt]:
        return lambda: pay(statement, by)

    outcomes = at_once(enter(owing, cashier), enter(other, other_cashier))
    refusals = [outcome for outcome in outcomes if isinstance(outcome, ValidationError)]
    assert len(refusals) == (1 if unique else 0)
    assert Receipt.objects.count() == (1 if unique else 2)
    if unique:
        assert "SJ2026-0000001" in str(refusals[0])
        assert owing.balance + other.balance == YUAN("190.00")


@pytest.mark.django_db(transaction=True)
def test_eight_threads_enter_one_payment(owing: Statement, cashier: User) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    outcomes = at_once(*[lambda: pay(owing, cashier)] * 8)
    assert len({receipt.pk for receipt in outcomes}) == 1
    assert sum(receipt.repeated for receipt in outcomes) == 7
    assert owing.balance == YUAN("90.00")
