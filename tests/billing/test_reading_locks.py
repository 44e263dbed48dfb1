"""Two at once at readings, billing runs and transfers; each race is shown to be one with the lock taken away."""

from collections.abc import Callable
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.db.models.expressions import RawSQL

from accounts.models import MeterAccount, Tenure, User
from billing import services
from billing.models import Bill, Reading
from billing.services import billing_run, locks, readings
from billing.services.billing_run import bill_account
from tests.billing.conftest import TODAY, Make
from tests.billing.test_locks import PATIENCE, at_once, refused

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _on_postgresql(db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: its immediate transaction is the lock")


def meet(monkeypatch: pytest.MonkeyPatch, *places: tuple[Any, str]) -> None:
    """Let two threads wait for each other, each before it calls one of some functions."""
    meeting = Barrier(2)

    def met(call: Callable[..., Any]) -> Callable[..., Any]:
        def wait_and_call(*args: Any, **kwargs: Any) -> Any:
            with suppress(BrokenBarrierError):  # alone, because the other waits for the lock
                meeting.wait(PATIENCE)
            return call(*args, **kwargs)

        return wait_and_call

    for module, name in places:
        monkeypatch.setattr(module, name, met(getattr(module, name)))


@pytest.fixture(params=["locked", "unlocked"])
def locked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Once with the lock of the account, once with a plain read in its place."""
    if request.param == "unlocked":
        monkeypatch.setattr(locks, "lock_accounts", lambda keys: MeterAccount.objects.in_bulk(set(keys)))
    return bool(request.param == "locked")


def test_two_runs_of_one_book(
    prices: None, new_account: Make, reader: User, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    """Under the lock the second finds nothing left; without it only the database stops the second bill."""
    account = new_account()
    services.record_reading(account=account, reading=130, read_on=TODAY, by=reader)
    meet(monkeypatch, (billing_run, "issue_bill"))

    def bill() -> Any:
        return bill_account(account=account, since=TODAY.replace(day=1), until=TODAY, by=reader)

    outcomes = at_once(bill, bill)
    assert refused(outcomes, IntegrityError) == (0 if locked else 1)
    assert [outcome is None for outcome in outcomes].count(True) == (1 if locked else 0)
    assert Bill.objects.count() == 1


def test_two_first_readings_of_one_account(
    new_account: Make, reader: User, other_reader: User, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    account = new_account()
    meet(monkeypatch, (readings, "write"))

    def read(by: User) -> Callable[[], Any]:
        return lambda: services.record_reading(account=account, reading=105, read_on=TODAY, by=by, kind="first")

    outcomes = at_once(read(reader), read(other_reader))
    assert refused(outcomes) == (1 if locked else 0)
    assert refused(outcomes, IntegrityError) == (0 if locked else 1)


def test_the_database_keeps_readings_in_order_also_for_who_forgets_the_lock(
    new_account: Make, reader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """140 and 130 at once, each judged before the other is there: the second to arrive is compared once more."""
    account = new_account()
    meet(monkeypatch, (Reading, "save"))
    monkeypatch.setattr(locks, "lock_accounts", lambda keys: MeterAccount.objects.in_bulk(set(keys)))

    def read(figure: int) -> Callable[[], Any]:
        return lambda: services.record_reading(account=account, reading=figure, read_on=TODAY, by=reader)

    outcomes = at_once(read(140), read(130))
    # A row finds its place in the table once its trigger has let it in; its number was drawn before.
    figures = list(Reading.objects.order_by(RawSQL("ctid", [])).values_list("reading", flat=True))
    assert figures == sorted(figures)
    assert refused(outcomes, IntegrityError) == 2 - len(figures)


def test_two_transfers_of_one_account(
    prices: None, new_account: Make, new_customer: Make, reader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, buyers = new_account(), [new_customer(), new_customer()]
    row = services.record_final_reading(account=account, reading=130, read_on=TODAY, by=reader)
    services.bill_until_handover(account=account, final_reading=row, by=reader)

    def hand_over(to: Any) -> Callable[[], Any]:
        return lambda: services.transfer_account(account=account, to=to, on=TODAY, reading=130, by=reader)

    outcomes = at_once(*[hand_over(buyer) for buyer in buyers])
    assert refused(outcomes) == 1
    assert refused(outcomes, IntegrityError, OperationalError) == 0
    assert Tenure.objects.filter(account=account).count() == 2
    account.refresh_from_db()
    assert account.holder in buyers


def test_a_correction_and_a_bill_at_once(
    prices: None, new_account: Make, reader: User, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    """Either the correction comes first and is billed, or the bill comes first and the correction is refused."""
    account = new_account()
    wrong = services.record_reading(account=account, reading=210, read_on=TODAY, by=reader)
    meet(monkeypatch, (billing_run, "issue_bill"), (readings, "_added"))

    def bill() -> Any:
        return bill_account(account=account, since=TODAY.replace(day=1), until=TODAY, by=reader)

    def correct() -> Any:
        return services.correct_reading(wrong=wrong, reading=120, reason="x", by=reader)

    outcomes = at_once(bill, correct)
    agree = Bill.objects.get().closing == Reading.objects.counting().get().reading
    assert agree == locked
    if not agree:
        assert refused(outcomes) == 0
