"""How far the reading of each book has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, QuerySet

from accounts.models import AccountStatus, MeterAccount, ReadingBook
from billing.models import Bill, Reading
from billing.periods import Period, period_of


@dataclass(frozen=True)
class BookState:
    """A book in its present period: how many accounts, how many of them read, how many of those not billed yet."""

    book: ReadingBook
    period: Period
    accounts: int
    read: int
    billed: int
    waiting: int

    @property
    def unread(self) -> int:
        return self.accounts - self.read

    @property
    def unbilled(self) -> int:
        return self.read - self.billed


def books_on(books: Sequence[ReadingBook], day: date) -> list[BookState]:
    """The state of some books on a day, in their order; three queries for each billing cycle, and one more."""
    running = MeterAccount.objects.filter(book__in=books, status=AccountStatus.ACTIVE)
    accounts = _by_book(running)
    photographs = Reading.objects.to_confirm().filter(account=OuterRef("pk"))
    waiting = _by_book(running.filter(Exists(photographs)))
    read: dict[int, int] = {}
    billed: dict[int, int] = {}
    periods = {cycle: period_of(cycle, day) for cycle in {book.cycle for book in books}}
    for cycle, period in periods.items():
        of_cycle = running.filter(book__cycle=cycle)
        span = (period.start, period.end)
        regular = Reading.objects.counting().filter(kind=Reading.Kind.REGULAR, read_on__range=span)
        was_read = of_cycle.filter(Exists(regular.filter(account=OuterRef("pk"))))
        bills = Bill.objects.counting().filter(account=OuterRef("pk"), period_end__range=span)
        read |= _by_book(was_read)
        billed |= _by_book(was_read.filter(Exists(bills)))
    return [
        BookState(
            book,
            periods[book.cycle],
            accounts.get(book.pk, 0),
            read.get(book.pk, 0),
            billed.get(book.pk, 0),
            waiting.get(book.pk, 0),
        )
        for book in books
    ]


def _by_book(accounts: QuerySet[MeterAccount]) -> dict[int, int]:
    counted = accounts.order_by().values("book").annotate(count=Count("pk"))
    return dict(counted.values_list("book", "count"))
