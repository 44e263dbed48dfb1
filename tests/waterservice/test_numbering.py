import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.transaction import TransactionManagementError

from waterservice.models import NumberSequence
from waterservice.numbering import next_number

on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite lets one transaction write at a time"
)


@pytest.mark.django_db
@pytest.mark.embedded
def test_series_count_from_one_each_on_its_own() -> None:
    assert [next_number("receipt:2026") for _time in range(3)] == [1, 2, 3]
    assert next_number("receipt:2027") == 1
    assert next_number("receipt:2026") == 4


@pytest.mark.django_db(transaction=True)
@pytest.mark.embedded
def test_a_number_outside_a_transaction_is_refused() -> None:
    with pytest.raises(TransactionManagementError):
        next_number("receipt")


@pytest.mark.django_db(transaction=True)
@pytest.mark.embedded
def test_a_transaction_rolled_back_leaves_no_gap() -> None:
    def fail() -> None:
        with transaction.atomic():
            next_number("receipt")
            raise RuntimeError("no paper in the printer")

    with transaction.atomic():
        assert next_number("receipt") == 1
    with pytest.raises(RuntimeError):
        fail()
    with transaction.atomic():
        assert next_number("receipt") == 2


def in_own_connection(work: Callable[[], Any]) -> Callable[[], Any]:
    """Threads have connections of their own, which nobody else closes."""

    def done() -> Any:
        try:
            return work()
        finally:
            connection.close()

    return done


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_many_clerks_leave_no_gap_and_no_double_even_when_some_fail() -> None:
    def clerk(seed: int) -> list[int]:
        chance, kept = random.Random(seed), []
        for _receipt in range(15):
            try:
                with transaction.atomic():
                    number = next_number("receipt")
                    if chance.random() < 0.3:
                        raise RuntimeError("rolled back")
            except RuntimeError:
                continue
            kept.append(number)
        return kept

    with ThreadPoolExecutor(6) as threads:
        running = [threads.submit(in_own_connection(lambda seed=seed: clerk(seed))) for seed in range(6)]
        numbers = sorted(number for thread in running for number in thread.result())
    assert numbers == list(range(1, len(numbers) + 1))
    assert NumberSequence.objects.get(key="receipt").last == len(numbers)


def two_at_once(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of two transactions of which each waits, before it writes, for the other to have read."""
    with transaction.atomic():
        next_number("receipt")
    both_have_read = threading.Barrier(2, timeout=0.5)
    save = NumberSequence.save

    def save_when_both_have_read(sequence: NumberSequence, **options: Any) -> None:
        with suppress(threading.BrokenBarrierError):  # the other one waits for our lock, as it should
            both_have_read.wait()
        save(sequence, **options)

    monkeypatch.setattr(NumberSequence, "save", save_when_both_have_read)

    def take() -> int:
        with transaction.atomic():
            return next_number("receipt")

    with ThreadPoolExecutor(2) as threads:
        return sorted(future.result() for future in [threads.submit(in_own_connection(take)) for _ in range(2)])


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_two_at_once_get_different_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert two_at_once(monkeypatch) == [2, 3]


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_two_at_once_get_the_same_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: it shows that the race above is real."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda queryset: queryset)
    assert two_at_once(monkeypatch) == [2, 2]
