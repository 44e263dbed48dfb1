"""Two clerks at once, on PostgreSQL with threads; each test has a control that shows the race without the lock."""

from collections.abc import Callable
from decimal import Decimal
from threading import Barrier, BrokenBarrierError, Thread
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections

from accounts.models import Premises
from accounts.roles import Role
from applications import starting
from applications.engine import doors
from applications.engine.refusals import MovedOn, Refusal
from applications.models import Application
from applications.selectors import open_cases_at
from applications.stages import Stage
from applications.tour import cast
from applications.tour.cast import colleague
from applications.tour.new_connection import Tour
from billing.models import Receipt

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 5


@pytest.fixture(autouse=True)
def _only_where_rows_are_locked(transactional_db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Run deeds in threads; what each returned or raised, in their order."""
    results: list[Any] = [None] * len(deeds)

    def run(place: int) -> None:
        try:
            results[place] = deeds[place]()
        except (Refusal, ValidationError) as fault:
            results[place] = fault
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(place,)) for place in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def together(read: Callable[..., Any]) -> Callable[..., Any]:
    """What reads, so that neither of two goes on before both have read."""
    barrier = Barrier(2)

    def read_together(*args: Any) -> Any:
        found = read(*args)
        try:
            barrier.wait(PATIENCE)
        except BrokenBarrierError as fault:
            raise AssertionError("the other thread never came") from fault
        return found

    return read_together


def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the lock of the doors away, and let both read before either writes."""
    monkeypatch.setattr(doors, "lock", together(lambda case: Application.objects.get(pk=case.pk)))


def draft(plain_papers: None) -> Application:
    tour = Tour(Decimal("1000"), Decimal("1000"), try_early=False)
    return tour.play_to(Stage.DRAFT)


def confirm(case: Application) -> Callable[[], Any]:
    return lambda: doors.perform(case, "confirm_data", by=colleague(Role.COUNTER_CLERK))


def test_of_two_submits_one_wins(plain_papers: None) -> None:
    case = draft(plain_papers)
    results = at_once(confirm(case), confirm(case))
    assert sum(isinstance(result, MovedOn) for result in results) == 1
    assert case.timeline.filter(action="confirm_data").count() == 1
    assert Application.objects.get(pk=case.pk).revision == case.revision + 1


def test_control_without_the_lock_both_submits_pass(plain_papers: None, monkeypatch: pytest.MonkeyPatch) -> None:
    case = draft(plain_papers)
    unlocked(monkeypatch)
    # The running clock's unique constraint would stop the second; the race is seen before it.
    monkeypatch.setattr(doors.clocks, "after_deed", lambda *_args, **_more: None)
    results = at_once(confirm(case), confirm(case))
    assert not [result for result in results if isinstance(result, Refusal)]
    assert case.timeline.filter(action="confirm_data").count() == 2


def test_two_clerks_with_different_steps_do_not_both_move_the_case(plain_papers: None) -> None:
    case = draft(plain_papers)
    clerk = colleague(Role.COUNTER_CLERK)
    withdraw = {"reason": "用户撤回"}
    results = at_once(confirm(case), lambda: doors.perform(case, "withdraw", by=clerk, data=withdraw))
    assert sum(isinstance(result, MovedOn) for result in results) == 1


def test_control_without_the_lock_both_move_it(plain_papers: None, monkeypatch: pytest.MonkeyPatch) -> None:
    case = draft(plain_papers)
    clerk = colleague(Role.COUNTER_CLERK)
    unlocked(monkeypatch)
    monkeypatch.setattr(doors.clocks, "after_deed", lambda *_args, **_more: None)
    deed = {"reason": "用户撤回"}
    results = at_once(confirm(case), lambda: doors.perform(case, "withdraw", by=clerk, data=deed))
    assert not [result for result in results if isinstance(result, Refusal)]


def pay_half(case: Application) -> Callable[[], Any]:
    """A part payment, which the ledger itself would take twice."""
    cashier = colleague(Role.CASHIER)
    values = {"amount": "500.00", "method": "cash"}
    return lambda: doors.work(case, "take_payment", by=cashier, data=values, expected_revision=case.revision)


def owing_case() -> Application:
    return Tour(Decimal("1000"), Decimal("1000"), try_early=False).play_to(Stage.PROJECT_FEE)


def test_a_payment_that_is_sent_twice_is_taken_once(plain_papers: None) -> None:
    case = owing_case()
    results = at_once(pay_half(case), pay_half(case))
    assert sum(isinstance(result, MovedOn) for result in results) == 1
    assert Receipt.objects.count() == 1
    assert case.statement.balance == 500


def test_control_without_the_lock_both_payments_are_taken(plain_papers: None, monkeypatch: pytest.MonkeyPatch) -> None:
    case = owing_case()
    unlocked(monkeypatch)
    results = at_once(pay_half(case), pay_half(case))
    assert not [result for result in results if isinstance(result, Refusal | ValidationError)]
    assert Receipt.objects.count() == 2
    assert case.statement.balance == 0


def two_starts_at_one_place() -> list[Any]:
    clerk = colleague(Role.COUNTER_CLERK)
    brief = cast.organisation()
    applicant, place = brief.applicant(clerk), brief.place(clerk)

    def start() -> Any:
        return starting.start_new_connection(by=clerk, applicant=applicant, premises=place, **brief.details)

    return at_once(start, start)


def test_of_two_cases_for_the_same_premises_the_second_needs_a_reason(plain_papers: None) -> None:
    results = two_starts_at_one_place()
    assert sum(isinstance(result, ValidationError) for result in results) == 1
    assert Application.objects.count() == 1


def test_control_without_the_lock_of_the_premises_both_cases_are_opened(
    plain_papers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain_read = SimpleNamespace(objects=SimpleNamespace(select_for_update=lambda: Premises.objects))
    monkeypatch.setattr(starting, "Premises", plain_read)
    monkeypatch.setattr(starting, "open_cases_at", together(lambda place: list(open_cases_at(place))))
    results = two_starts_at_one_place()
    assert not [result for result in results if isinstance(result, ValidationError)]
    assert Application.objects.count() == 2
