"""What an applicant or a place still owes (NC-3, OT-3), and the record of having looked (NC-2)."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from accounts.history import save_as
from accounts.models import User
from billing import selectors, services
from billing.models import ArrearsCheck, Bill
from tests.billing.conftest import Make

YUAN = Decimal


@pytest.mark.embedded
def test_arrears_follow_the_applicant_and_the_place(
    new_account: Make, new_bill: Make, new_customer: Make, new_premises: Make
) -> None:
    applicant, place = new_customer(), new_premises()
    elsewhere = new_bill(new_account(holder=applicant))
    there = new_bill(new_account(premises=place))
    new_bill(new_account())  # somebody else's, somewhere else
    both = selectors.arrears(customer=applicant, premises=place)
    assert {bill.pk for bill in both} == {elsewhere.pk, there.pk}
    assert [bill.pk for bill in selectors.arrears(customer=applicant, premises=None)] == [elsewhere.pk]
    assert [bill.pk for bill in selectors.arrears(customer=None, premises=place)] == [there.pk]
    assert not selectors.arrears(customer=None, premises=None)
    assert selectors.owed(customer=applicant, premises=place) == YUAN("100.00")


def test_a_bill_that_concerns_both_counts_once(new_account: Make, new_bill: Make) -> None:
    account = new_account()
    new_bill(account)
    assert selectors.owed(customer=account.holder, premises=account.premises) == YUAN("50.00")


def test_a_debt_stays_with_who_left_it_and_with_the_place(
    new_account: Make, new_bill: Make, new_customer: Make, clerk: User
) -> None:
    account, debtor, newcomer = new_account(), None, new_customer()
    debtor = account.holder
    left = new_bill(account)
    account.holder = newcomer
    save_as(account, by=clerk)
    for customer in (debtor, newcomer):
        assert [bill.pk for bill in selectors.arrears(customer=customer, premises=None)] == [left.pk]


def test_a_paid_bill_is_no_arrear_and_a_part_paid_one_only_its_rest(
    new_account: Make, new_bill: Make, cashier: User
) -> None:
    account = new_account()
    paid, open_bill = new_bill(account, 1), new_bill(account, 2)
    receipt = services.pay_bills(bills=[paid], method="cash", by=cashier)
    open_bill.payments.create(
        receipt=receipt, amount=YUAN("20.00"), method="cash", happened_on=date(2026, 6, 15), recorded_by=cashier
    )
    (rest,) = selectors.arrears(customer=account.holder, premises=None)
    assert (rest.pk, rest.outstanding) == (open_bill.pk, YUAN("30.00"))
    again = services.pay_bills(bills=[open_bill], method="cash", by=cashier)
    assert again.amount == YUAN("30.00")
    assert selectors.owed(customer=account.holder, premises=None) == 0


def test_arrears_are_one_query_however_many_bills(
    new_account: Make, new_bill: Make, new_customer: Make, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    holder = new_customer()
    for account in [new_account(holder) for _each in range(3)]:
        new_bill(account, 1)
        new_bill(account, 2)
    with django_assert_num_queries(1):
        words = selectors.arrears_words(selectors.arrears(customer=holder, premises=None))
    assert "300.00" in words


def test_arrears_are_read_through_the_indexes_of_unpaid_bills(new_account: Make) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("asks PostgreSQL how it would read")
    account = new_account()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = selectors.arrears(customer=account.holder, premises=account.premises).explain()
    assert plan.count("bill_unpaid_by_account") == 2
    assert plan.count("bill_unpaid_by_customer") == 1


def test_settled_at_agrees_with_the_payments(new_account: Make, new_bill: Make, cashier: User, manager: User) -> None:
    account = new_account()
    bills = [new_bill(account, month) for month in (1, 2, 3)]
    first = services.pay_bills(bills=bills[:2], method="cash", by=cashier)
    services.reverse_receipt(receipt=first, reason="x", by=manager)
    services.pay_bills(bills=bills[1:], method="cash", by=cashier)
    for bill in Bill.objects.with_outstanding():
        assert (bill.outstanding == 0) == (bill.settled_at is not None)


# -- words -----------------------------------------------------------------------------------------------


def test_the_words_name_amount_accounts_and_bills(new_account: Make, new_bill: Make, new_customer: Make) -> None:
    holder = new_customer()
    accounts = [new_account(holder) for _each in range(6)]
    new_bill(accounts[0], 1, 1000)
    with translation.override("en"):
        one = selectors.arrears_words(selectors.arrears(customer=holder, premises=None))
        assert one == f"Water bills of 5,000.00 yuan are unpaid (account {accounts[0].number}, bills: 1)"
        for account in accounts[1:]:
            new_bill(account)
        many = selectors.arrears_words(selectors.arrears(customer=holder, premises=None))
    assert accounts[4].number in many
    assert accounts[5].number not in many
    assert "and 1 more" in many
    assert "bills: 6" in many


def test_there_are_no_words_for_nothing() -> None:
    with pytest.raises(ValueError, match="Nothing is owed"):
        selectors.arrears_words([])


# -- the record ------------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_a_check_records_what_was_owed_then(new_account: Make, new_bill: Make, clerk: User, cashier: User) -> None:
    account = new_account()
    bill = new_bill(account)
    check = services.record_arrears_check(
        reference="NC-2026-000001", customer=account.holder, premises=account.premises, by=clerk, note="电话告知"
    )
    services.pay_bills(bills=[bill], method="cash", by=cashier)
    kept = ArrearsCheck.objects.get(pk=check.pk)
    assert (kept.owed, kept.checked_by, kept.note) == (YUAN("50.00"), clerk, "电话告知")
    assert kept.bills == [
        {
            "bill": bill.pk,
            "account": account.number,
            "owed_by": account.holder.name,
            "from": "2026-01-01",
            "to": "2026-01-28",
            "outstanding": "50.00",
        }
    ]
    again = services.record_arrears_check(
        reference="NC-2026-000001", customer=account.holder, premises=account.premises, by=clerk
    )
    assert (again.owed, again.bills) == (0, [])
