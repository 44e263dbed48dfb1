"""What an applicant or a place still owes (NC-3, OT-3), and the record of having looked (NC-2)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from accounts.history import save_as
from accounts.models import Customer, MeterAccount, User
from accounts.services import register_customer
from billing import selectors, services
from billing.models import ArrearsCheck, Bill, BillPayment
from billing.terms import OTHER_ACCOUNTS_BLOCK_A_TRANSFER
from tests.billing.conftest import Make, without_triggers
from waterservice.policies import set_policy

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
    services.pay_bills(bills=[paid], method="cash", by=cashier)
    open_bill.payments.create(
        amount=YUAN("20.00"), method=BillPayment.IMPORTED, happened_on=date(2026, 6, 15), recorded_by=cashier
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
        words = selectors.arrears_words(selectors.arrears_by_part(customer=holder, premises=None))
    assert "300.00" in words


def test_arrears_are_read_through_the_indexes_of_unpaid_bills(new_account: Make, new_bill: Make) -> None:
    """Of an account with years of paid bills; what the planner knows of them is known, not left to chance."""
    if connection.vendor != "postgresql":
        pytest.skip("asks PostgreSQL how it would read")
    account = new_account()
    unpaid = new_bill(account)
    said = {
        field.attname: getattr(unpaid, field.attname) for field in Bill._meta.concrete_fields if field.attname != "id"
    }
    days = (date(2010, 1, 1) + timedelta(days=n) for n in range(1000))
    with without_triggers():
        Bill.objects.bulk_create(
            Bill(**{**said, "period_start": day, "period_end": day, "settled_at": timezone.now()}) for day in days
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE billing_bill")
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


# -- parts -----------------------------------------------------------------------------------------------


def hand_over(account: MeterAccount, to: Customer, by: User) -> None:
    account.holder = to
    save_as(account, by=by)


def by_part(found: selectors.Arrears) -> dict[str, list[int]]:
    return {group.part.value: [bill.pk for bill in group.bills] for group in found.groups}


@pytest.mark.embedded
def test_arrears_stand_in_their_parts(
    new_account: Make, new_bill: Make, new_customer: Make, new_premises: Make, clerk: User
) -> None:
    applicant, place = new_customer(), new_premises()
    own = new_account(holder=applicant)
    former_debt = new_bill(own_before := new_account())
    hand_over(own_before, applicant, clerk)
    left = new_bill(given_away := new_account(holder=applicant))
    hand_over(given_away, new_customer(), clerk)
    own_debt, at_the_place = new_bill(own), new_bill(new_account(premises=place))
    found = selectors.arrears_by_part(customer=applicant, premises=place)
    assert by_part(found) == {
        "own": [own_debt.pk],
        "left": [left.pk],
        "others": sorted([former_debt.pk, at_the_place.pk], key=lambda pk: Bill.objects.get(pk=pk).account.number),
    }
    assert [group.owed for group in found.groups] == [YUAN("50.00"), YUAN("50.00"), YUAN("100.00")]
    assert found.owed == selectors.owed(customer=applicant, premises=place) == YUAN("200.00")
    assert found.blocking == found


@pytest.mark.embedded
def test_the_same_person_under_another_paper_is_the_same_debtor(new_account: Make, new_bill: Make, clerk: User) -> None:
    passport, permit = (
        register_customer(
            by=clerk,
            kind="individual",
            name="演示陈返乡",
            identity_kind=paper,
            identity_number="H0123456789",
            telephone="13800000000",
        )
        for paper in ("passport", "home_return_permit")
    )
    bill = new_bill(new_account(holder=permit))
    assert by_part(selectors.arrears_by_part(customer=passport, premises=None)) == {"own": [bill.pk]}


@pytest.mark.embedded
@pytest.mark.parametrize("others_block", [True, False])
def test_in_a_transfer_the_accounts_that_change_hands_always_block(
    new_account: Make, new_bill: Make, new_customer: Make, clerk: User, manager: User, others_block: bool
) -> None:
    """OT-3: the two holders' other accounts by policy."""
    set_policy(
        policy=OTHER_ACCOUNTS_BLOCK_A_TRANSFER, value=others_block, effective_from=timezone.localdate(), by=manager
    )
    old, new = new_customer(), new_customer()
    changing = new_account(holder=new_customer())
    former = new_bill(changing, 1)  # owed by who held it before the old holder
    hand_over(changing, old, clerk)
    present = new_bill(changing, 2)
    others = [new_bill(new_account(holder=holder)) for holder in (old, new)]
    new_bill(new_account(premises=changing.premises))  # a neighbour's
    found = selectors.transfer_arrears(changing=[changing], holders=[old, new], on=timezone.localdate())
    assert by_part(found) == {"changing": [former.pk, present.pk], "own": [bill.pk for bill in others]}
    blocking = [former.pk, present.pk, *(bill.pk for bill in others if others_block)]
    assert [bill.pk for bill in found.blocking.bills] == blocking


def test_the_locks_of_a_transfer_hold_every_account_whose_bills_are_read(
    new_account: Make, new_bill: Make, new_customer: Make, clerk: User
) -> None:
    old, new = new_customer(), new_customer()
    changing, of_new, left = new_account(holder=old), new_account(holder=new), new_account(holder=new)
    new_bill(left)
    hand_over(left, new_customer(), clerk)
    new_account()
    with transaction.atomic():
        held = services.lock_transfer(changing=[changing], holders=[old, new])
    assert [account.pk for account in held] == [changing.pk, of_new.pk, left.pk]


def test_however_many_accounts_reading_is_one_query_and_locking_two(
    new_account: Make, new_bill: Make, new_customer: Make, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    holder = new_customer()
    for account in [new_account(holder) for _each in range(4)]:
        new_bill(account)
    with django_assert_num_queries(1):
        found = selectors.arrears_by_part(customer=holder, premises=None)
        assert [(bill.account.holder.name, bill.customer.name) for bill in found.bills]
    with transaction.atomic(), django_assert_num_queries(2):
        services.lock_ledger(customer=holder, premises=None)


# -- words -----------------------------------------------------------------------------------------------


def test_the_words_name_amount_accounts_and_bills(new_account: Make, new_bill: Make, new_customer: Make) -> None:
    holder = new_customer()
    accounts = [new_account(holder) for _each in range(6)]
    new_bill(accounts[0], 1, 1000)
    with translation.override("en"):
        one = selectors.arrears_words(selectors.arrears_by_part(customer=holder, premises=None))
        assert one == f"Water bills of 8,120.00 yuan are unpaid (account {accounts[0].number}, bills: 1)"
        for account in accounts[1:]:
            new_bill(account)
        many = selectors.arrears_words(selectors.arrears_by_part(customer=holder, premises=None))
    assert accounts[4].number in many
    assert accounts[5].number not in many
    assert "and 1 more" in many
    assert "bills: 6" in many


@pytest.mark.embedded
def test_the_words_say_apart_what_others_owe(
    new_account: Make, new_bill: Make, new_customer: Make, clerk: User
) -> None:
    account = new_account(holder=new_customer("旧户主"))
    new_bill(account, 1)
    hand_over(account, new_customer(), clerk)
    with translation.override("en"):
        others = f"50.00 yuan of water bills are owed by 旧户主 (account {account.number}, bills: 1)"
        found = selectors.arrears_by_part(customer=account.holder, premises=None)
        assert selectors.arrears_words(found) == others
        new_bill(account, 2)
        found = selectors.arrears_by_part(customer=account.holder, premises=None)
        own = f"Water bills of 50.00 yuan are unpaid (account {account.number}, bills: 1)"
        assert selectors.arrears_words(found) == f"{own}; {others}"


def test_there_are_no_words_for_nothing() -> None:
    with pytest.raises(ValueError, match="Nothing is owed"):
        selectors.arrears_words(selectors.Arrears([]))


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
            "part": "own",
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
