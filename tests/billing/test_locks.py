"""Two at once. Each race is shown to be one: with the lock taken away, both win.

Both threads meet where they have read what they decide on and written nothing yet. Under the lock they never
meet: the second waits for the first, whose waiting ends with the meeting's patience.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, transaction

from accounts.models import MeterAccount, User
from billing import selectors, services
from billing.models import Bill, BillPayment, Receipt, Statement
from billing.services import bills as bill_services
from billing.services import locks, statements, till
from tests.billing.conftest import Make

pytestmark = [pytest.mark.django_db(transaction=True)]
YUAN = Decimal
PATIENCE = 0.6  # seconds


@pytest.fixture(autouse=True)
def _on_postgresql(db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: its immediate transaction is the lock")


def outcome(deed: Callable[[], Any]) -> Any:
    """What a deed returns in a thread of its own, or the error that it ended in."""
    try:
        return deed()
    except (ValidationError, IntegrityError, OperationalError) as error:
        return error
    finally:
        connection.close()


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(outcome, deeds))


def meet_before(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    """Let two threads wait for each other before they call a function of a module."""
    meeting, call = Barrier(2), getattr(module, name)

    def wait_and_call(*args: Any, **kwargs: Any) -> Any:
        with suppress(BrokenBarrierError):  # alone, because the other waits for the lock
            meeting.wait(PATIENCE)
        return call(*args, **kwargs)

    monkeypatch.setattr(module, name, wait_and_call)


@pytest.fixture(params=["locked", "unlocked"])
def locked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Once with the locks, once with plain reads in their place."""
    if request.param == "unlocked":
        monkeypatch.setattr(locks, "lock_statement", lambda row: Statement.objects.get(pk=row.pk))
        monkeypatch.setattr(locks, "lock_accounts", lambda keys: MeterAccount.objects.in_bulk(set(keys)))
    return bool(request.param == "locked")


def refused(outcomes: list[Any], *kinds: type[Exception]) -> int:
    return sum(isinstance(each, kinds or ValidationError) for each in outcomes)


def test_two_payments_of_one_statement(
    owing: Statement, cashier: User, other_cashier: User, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    meet_before(monkeypatch, till, "post")

    def pay(by: User) -> Callable[[], Receipt]:
        return lambda: services.record_payment(statement=owing, amount=YUAN("100.00"), method="cash", by=by)

    outcomes = at_once(pay(cashier), pay(other_cashier))
    assert refused(outcomes) == (1 if locked else 0)
    assert owing.balance == (YUAN("0.00") if locked else YUAN("-100.00"))
    assert Receipt.objects.count() == (1 if locked else 2)


def test_two_refunds_of_one_payment(
    owing: Statement, cashier: User, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    services.record_payment(statement=owing, amount=YUAN("100.00"), method="cash", by=cashier)
    meet_before(monkeypatch, till, "post")

    def give_back() -> Any:
        return services.refund(statement=owing, amount=YUAN("100.00"), method="cash", reason="x", by=cashier)

    outcomes = at_once(give_back, give_back)
    assert refused(outcomes) == (1 if locked else 0)
    assert selectors.paid(owing) == (0 if locked else YUAN("-100.00"))


def test_two_charges_of_one_source(
    statement: Statement, clerk: User, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    meet_before(monkeypatch, statements, "post")

    def charge() -> Any:
        return services.charge(statement=statement, amount=YUAN("9.00"), description="x", source="budget:1", by=clerk)

    outcomes = at_once(charge, charge)
    assert refused(outcomes) == (1 if locked else 0)
    assert statement.balance == (YUAN("9.00") if locked else YUAN("18.00"))


def test_two_reversals_of_one_line(
    owing: Statement, clerk: User, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    line = owing.lines.get()
    meet_before(monkeypatch, statements, "post")

    def reverse() -> Any:
        return services.reverse_line(line=line, reason="x", by=clerk)

    outcomes = at_once(reverse, reverse)
    # Without the lock the second is not told what happened, but the database still holds.
    assert refused(outcomes) == (1 if locked else 0)
    assert refused(outcomes, IntegrityError) == (0 if locked else 1)
    assert owing.balance == 0


def test_two_payments_of_one_bill(
    new_account: Make, new_bill: Make, cashier: User, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    bill = new_bill(new_account())
    meet_before(monkeypatch, bill_services, "issue_receipt")

    def pay() -> Any:
        return services.pay_bills(bills=[bill], method="cash", by=cashier)

    outcomes = at_once(pay, pay)
    assert refused(outcomes) == (1 if locked else 0)
    assert BillPayment.objects.count() == (1 if locked else 2)


def test_bills_paid_in_opposite_order_do_not_lock_each_other_out(
    new_account: Make, new_bill: Make, cashier: User
) -> None:
    bills = [new_bill(new_account()) for _each in range(4)]

    def pay(chosen: list[Bill]) -> Callable[[], Any]:
        return lambda: services.pay_bills(bills=chosen, method="cash", by=cashier)

    outcomes = at_once(pay(bills), pay(bills[::-1]))
    assert refused(outcomes) == 1
    assert BillPayment.objects.count() == 4


def test_no_bill_is_issued_while_the_ledger_is_locked(
    new_account: Make, new_bill: Make, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    account = new_account()

    def issue() -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        return new_bill(account)

    with transaction.atomic():
        services.lock_ledger(customer=account.holder, premises=account.premises)
        assert not selectors.arrears(customer=account.holder, premises=account.premises)
        (issued,) = at_once(issue)
        read_again = bool(selectors.arrears(customer=account.holder, premises=account.premises))
    assert isinstance(issued, OperationalError if locked else Bill)
    assert read_again is not locked, "the arrears that were read are still true at the end"


def test_the_ledger_locks_accounts_in_the_order_of_their_keys(
    new_account: Make, new_bill: Make, new_customer: Make
) -> None:
    holder = new_customer()
    accounts = [new_account(holder) for _each in range(3)]
    at_the_place = new_account(premises=accounts[0].premises)
    with transaction.atomic():
        held = services.lock_ledger(customer=holder, premises=accounts[0].premises)
    assert [account.pk for account in held] == sorted(account.pk for account in [*accounts, at_the_place])


# -- receipts --------------------------------------------------------------------------------------------


def pay_in_threads(statement: Statement, cashier: User, threads: int, each: int) -> list[Any]:
    """Payments of one fen in several threads; every third is undone after its receipt was issued."""

    def one_cashier() -> None:
        for turn in range(each):
            with transaction.atomic():
                services.record_payment(statement=statement, amount=YUAN("0.01"), method="cash", by=cashier)
                if turn % 3 == 2:
                    transaction.set_rollback(True)

    return at_once(*[one_cashier] * threads)


def numbers() -> list[str]:
    return list(Receipt.objects.order_by("number").values_list("number", flat=True))


def test_receipts_have_no_gap_under_threads(owing: Statement, cashier: User) -> None:
    assert pay_in_threads(owing, cashier, 4, 6) == [None] * 4
    assert numbers() == [f"SJ2026-{place:07d}" for place in range(1, 17)]
    assert owing.balance == YUAN("100.00") - YUAN("0.16")


def test_control_numbers_read_without_a_lock_collide(
    owing: Statement, new_customer: Make, clerk: User, cashier: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = services.open_statement(reference="NC-2026-000002", title="x", customer=new_customer(), by=clerk)
    monkeypatch.setattr(till, "next_number", lambda key: Receipt.objects.count() + 1)
    meet_before(monkeypatch, Receipt, "save")

    def pay(statement: Statement) -> Callable[[], Any]:
        return lambda: services.record_payment(
            statement=statement, amount=YUAN("1.00"), method="cash", by=cashier, keep_credit=True
        )

    assert refused(at_once(pay(owing), pay(other)), IntegrityError) == 1
