"""Readings of a book as they are typed in, row by row: what is fine is saved, the rest is kept with its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import AccountStatus, MeterAccount, ReadingBook, User
from billing import selectors
from billing.models import Reading
from billing.periods import Period
from billing.plausibility import parse_reading, refuse_the_impossible
from billing.services import locks
from billing.services.readings import judged, write


@dataclass(frozen=True)
class Entry:
    """What was typed in one row: the figure as text, the two ticks, the remark."""

    typed: str = ""
    rolled_over: bool = False
    sure: bool = False
    remark: str = ""


@dataclass(frozen=True)
class Verdict:
    """What becomes of an entry: its usage (m³), why it is refused, what is doubted, what is worth knowing."""

    reading: int | None = None
    usage: int | None = None
    refusals: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    may_have_rolled_over: bool = False
    saved: Reading | None = None

    def fine(self, entry: Entry) -> bool:
        """Whether it may be saved: possible, and not doubted or confirmed by a tick."""
        return self.reading is not None and not self.refusals and (not self.doubts or entry.sure)


def judge(standing: selectors.Standing, entry: Entry, read_on: date) -> Verdict:
    """What a row would come to. Nothing is written."""
    meter = standing.account.meter
    assert meter is not None
    try:
        reading = parse_reading(entry.typed)
    except ValidationError as fault:
        return Verdict(refusals=fault.messages)
    lower = reading < standing.value
    try:
        refuse_the_impossible(
            reading=reading,
            read_on=read_on,
            rolled_over=entry.rolled_over,
            last=standing.value,
            last_on=standing.day,
            turn=meter.turn,
            today=timezone.localdate(),
        )
    except ValidationError as fault:
        return Verdict(reading, refusals=fault.messages, may_have_rolled_over=lower and reading < meter.turn)
    usage, doubted = judged(standing, reading, rolled_over=entry.rolled_over)
    return Verdict(reading, usage, doubts=doubted, may_have_rolled_over=lower)


@transaction.atomic
def save_entries(
    *, book: ReadingBook, period: Period, entries: Mapping[int, Entry], read_on: date, by: User
) -> dict[int, Verdict]:
    """Save the rows that are fine, by the account's primary key; the verdict of each says which were.

    An account of another book, or one that a colleague has read meanwhile, is refused like what is impossible, and so
    is what only the database finds to be so; the same figure once more counts as saved.
    """
    own = MeterAccount.objects.filter(book=book, pk__in=list(entries), status=AccountStatus.ACTIVE)
    locked = locks.lock_accounts(own.values_list("pk", flat=True))
    accounts = list(MeterAccount.objects.filter(pk__in=list(locked)).select_related("meter"))
    standings = selectors.standings(accounts)
    read = selectors.regular_readings(accounts, period.start, period.end)
    verdicts = {}
    for key, entry in entries.items():
        if key not in standings:
            verdicts[key] = Verdict(refusals=[_("This account is not read in this book any more.")])
        elif key in read:
            verdicts[key] = _read_already(read[key], entry)
        else:
            verdicts[key] = _saved(standings[key], entry, period, read_on, by)
    return verdicts


def _read_already(row: Reading, entry: Entry) -> Verdict:
    verdict = Verdict(row.reading, saved=row)
    if entry.typed.strip() == str(row.reading):
        return verdict
    words = _("Read already: {reading} m³ on {day}. If that is wrong, correct it.")
    return Verdict(refusals=[words.format(reading=row.reading, day=row.read_on.isoformat())], saved=row)


def _saved(standing: selectors.Standing, entry: Entry, period: Period, read_on: date, by: User) -> Verdict:
    verdict = judge(standing, entry, read_on)
    if not period.start <= read_on <= period.end:
        words = _("{day} is not in the period {period}.")
        return Verdict(refusals=[words.format(day=read_on.isoformat(), period=period.name)])
    if not verdict.fine(entry) or verdict.reading is None:
        return verdict
    try:
        with transaction.atomic():  # a row that the database refuses takes no other with it
            row = write(
                standing,
                reading=verdict.reading,
                read_on=read_on,
                by=by,
                kind=Reading.Kind.REGULAR,
                rolled_over=entry.rolled_over,
                remark=entry.remark,
            )
    except ValidationError as fault:
        return Verdict(verdict.reading, verdict.usage, refusals=fault.messages)
    except IntegrityError:
        words = _("This figure does not agree with what is on record of the meter. Look at the account's readings.")
        return Verdict(verdict.reading, verdict.usage, refusals=[words])
    return Verdict(verdict.reading, verdict.usage, saved=row)
