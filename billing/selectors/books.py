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
    """A book in its present period: how many accounts, how many of them read; how many have a regular reading, of this
    period or an earlier one, that no bill asks for yet."""

    book: ReadingBook
    period: Period
    accounts: int
    read: int
    unbilled: int
    waiting: int

    @property
    def unread(self) -> int:
        return self.accounts - self.read


def books_on(books: Sequence[ReadingBook], day: date) -> list[BookState]:
    """The state of some books on a day, in their order; one query for each billing cycle, and three more."""
    running = MeterAccount.objects.filter(book__in=books, status=AccountStatus.ACTIVE)
    accounts = _by_book(running)
    photographs = Reading.objects.to_confirm().filter(account=OuterRef("pk"))
    waiting = _by_book(running.filter(Exists(photographs)))
    unbilled = _by_book(running.filter(Exists(_unbilled().filter(account=OuterRef("pk")))))
    read: dict[int, int] = {}
    periods = {cycle: period_of(cycle, day) for cycle in {book.cycle for book in books}}
    for cycle, period in periods.items():
        of_cycle = running.filter(book__cycle=cycle)
        span = (period.start, period.end)
        regular = Reading.objects.counting().filter(kind=Reading.Kind.REGULAR, read_on__range=span)
        read |= _by_book(of_cycle.filter(Exists(regular.filter(account=OuterRef("pk")))))
    return [
        BookState(
            book,
            periods[book.cycle],
            accounts.get(book.pk, 0),
            read.get(book.pk, 0),
            unbilled.get(book.pk, 0),
            waiting.get(book.pk, 0),
        )
        for book in books
    ]


def _unbilled() -> QuerySet[Reading]:
    """The regular readings that no bill asks for: none that names them, none of the former system over their days."""
    billed = Bill.objects.counting().filter(account=OuterRef("account"), period_end__gte=OuterRef("read_on"))
    rows: QuerySet[Reading] = Reading.objects.counting().filter(kind=Reading.Kind.REGULAR, bill__isnull=True)
    return rows.filter(~Exists(billed))


def _by_book(accounts: QuerySet[MeterAccount]) -> dict[int, int]:
    counted = accounts.order_by().values("book").annotate(count=Count("pk"))
    return dict(counted.values_list("book", "count"))
