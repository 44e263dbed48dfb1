"""Two at once. Each race is shown to be one: with the lock taken away, both have read that they may.

Where a trigger of the database then still refuses the second, it does so without a word that helps anybody.

Both threads meet where they have read what they decide on and written nothing yet. Under the lock they never
meet: the second waits for the first, whose waiting ends with the meeting's patience.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, transaction

from accounts.models import MeterAccount, User
from billing import selectors, services
from billing.models import Bill, BillPayment, DepositMove, DepositOrder, Receipt, Statement, Waiver
from billing.services import bills as bill_services
from billing.services import deposit_moves, locks, statements, till
from billing.services import late_charges as late_charge_services
from tests.billing.conftest import NOW, Make, holder_of, scan

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
    assert refused(outcomes, IntegrityError) == (0 if locked else 1)
    assert owing.balance == YUAN("0.00")
    assert Receipt.objects.count() == 1


def test_two_cashiers_pay_one_deposit_out(
    prices: None,
    statement: Statement,
    clerk: User,
    office_clerk: User,
    office_manager: User,
    cashier: User,
    other_cashier: User,
    monkeypatch: pytest.MonkeyPatch,
    locked: bool,
) -> None:
    deposit = services.charge_deposit(
        statement=statement, clause="NC-C5", monthly_m3=YUAN(1), kind_of_use="residential", by=clerk
    )
    services.record_payment(statement=statement, amount=YUAN("15.00"), method="cash", by=cashier)
    order = services.prepare_refund(
        deposit=deposit, collector=holder_of(deposit), signed=scan(), reason="x", by=office_clerk
    )
    services.decide_deposit_order(order=order, grant=True, by=office_manager)
    if not locked:
        monkeypatch.setattr(deposit_moves, "lock_order", lambda row: DepositOrder.objects.get(pk=row.pk))
    meet_before(monkeypatch, deposit_moves, "post")

    def pay_out(by: User) -> Any:
        return lambda: services.pay_out_deposit(order=order, method="cash", by=by)

    outcomes = at_once(pay_out(cashier), pay_out(other_cashier))
    assert refused(outcomes) == (1 if locked else 0)
    assert refused(outcomes, IntegrityError) == (0 if locked else 1), "the database refuses, without a helpful word"
    assert DepositMove.objects.get().amount == YUAN("15.00")
    assert (statement.balance, selectors.paid(statement)) == (0, 0)


def test_two_refunds_of_one_payment(
    owing: Statement, cashier: User, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    services.record_payment(statement=owing, amount=YUAN("100.00"), method="cash", by=cashier)
    meet_before(monkeypatch, till, "post")

    def give_back() -> Any:
        return services.refund(statement=owing, amount=YUAN("100.00"), method="cash", reason="x", by=cashier)

    outcomes = at_once(give_back, give_back)
    assert refused(outcomes) == (1 if locked else 0)
    assert refused(outcomes, IntegrityError) == (0 if locked else 1)
    assert selectors.paid(owing) == 0


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
    assert refused(outcomes, IntegrityError) == (0 if locked else 1)
    assert BillPayment.objects.count() == 1


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


def test_two_bills_of_one_account_share_its_tiers(
    new_account: Make, new_bill: Make, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    """100 m³ each: the second goes on where the first left the year, 20 m³ into the second tier."""
    account = new_account()
    meet_before(monkeypatch, bill_services, "_line")
    issued = at_once(lambda: new_bill(account, 1, 100), lambda: new_bill(account, 2, 100))
    amounts = sorted(bill.amount for bill in issued)
    assert amounts == [YUAN("500.00"), YUAN("540.00") if locked else YUAN("500.00")]


@pytest.mark.parametrize("grants", [True, False], ids=["both grant", "both refuse"])
def test_two_decisions_on_one_waiver(
    new_account: Make,
    new_bill: Make,
    clerk: User,
    manager: User,
    other_cashier: User,
    monkeypatch: pytest.MonkeyPatch,
    locked: bool,
    grants: bool,
) -> None:
    bill = new_bill(new_account())
    with time_machine.travel(NOW + timedelta(days=40)):
        waiver = services.ask_waiver(bill=bill, reason="x", by=clerk)
    if not locked:
        monkeypatch.setattr(late_charge_services, "lock_waiver", lambda row: Waiver.objects.get(pk=row.pk))
    meet_before(monkeypatch, late_charge_services, "clean_line")

    def decide(by: User) -> Callable[[], Any]:
        return lambda: services.decide_waiver(waiver=waiver, grant=grants, by=by, opinion="x")

    outcomes = at_once(decide(manager), decide(other_cashier))
    assert refused(outcomes) == (1 if locked else 0)


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

    def one_after_the_other() -> None:
        for turn in range(each):
            with transaction.atomic():
                services.record_payment(statement=statement, amount=YUAN("0.01"), method="cash", by=cashier)
                if turn % 3 == 2:
                    transaction.set_rollback(True)

    return at_once(*[one_after_the_other] * threads)


def numbers() -> list[str]:
    return list(Receipt.objects.order_by("number").values_list("number", flat=True))


def test_receipts_have_no_gap_under_threads(owing: Statement, cashier: User) -> None:
    assert pay_in_threads(owing, cashier, 8, 6) == [None] * 8
    assert numbers() == [f"SJ2026-{place:07d}" for place in range(1, 33)]
    assert owing.balance == YUAN("100.00") - YUAN("0.32")


def test_control_numbers_read_without_a_lock_collide(
    owing: Statement,
    new_customer: Make,
    clerk: User,
    cashier: User,
    other_cashier: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = services.open_statement(reference="NC-2026-000002", title="x", customer=new_customer(), by=clerk)
    monkeypatch.setattr(till, "next_number", lambda key: Receipt.objects.count() + 1)
    meet_before(monkeypatch, Receipt, "save")

    def pay(statement: Statement, by: User) -> Callable[[], Any]:
        return lambda: services.record_payment(
            statement=statement, amount=YUAN("1.00"), method="cash", by=by, keep_credit=True
        )

    assert refused(at_once(pay(owing, cashier), pay(other, other_cashier)), IntegrityError) == 1
