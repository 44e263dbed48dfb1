"""The billing run of a reading book: each account from the day after its last bill to its reading (NC-13)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import AccountStatus, MeterAccount, ReadingBook, User
from billing import selectors
from billing.models import Bill, Reading
from billing.periods import Period, period_of
from billing.selectors.quotes import Asked, quotes
from billing.services import locks
from billing.services.bills import issue_bill


@dataclass(frozen=True)
class Stretch:
    """What a bill up to a reading would ask for; `carried` (m³) is what its two readings don't show."""

    account: MeterAccount
    held_since: date
    start: date
    end: date
    opening: int
    closing: int
    usage: int
    readings: tuple[Reading, ...]

    @property
    def carried(self) -> int:
        return self.usage - (self.closing - self.opening)


@dataclass(frozen=True)
class Line:
    """One account of a book in a billing run: what its bill would be, or why it has none."""

    account: MeterAccount
    stretch: Stretch | None = None
    amount: Decimal | None = None
    left_out: str = ""
    billed: Bill | None = None

    @property
    def ready(self) -> bool:
        return self.stretch is not None


def stretch_up_to(standing: selectors.Standing, closing: Reading) -> Stretch:
    """What is not billed yet, up to a reading of the standing's `unbilled`.

    Raises ValidationError when that day is billed already, and when part of it is an earlier holder's.
    """
    start = standing.start
    about = {"day": closing.read_on.isoformat(), "since": standing.held_since.isoformat()}
    if closing.read_on < start:
        raise ValidationError(_("Billed through %(day)s already; read it again on a later day."), params=about)
    if start < standing.held_since:
        raise ValidationError(
            _("The account changed hands on %(since)s and the part before it is not billed."), params=about
        )
    readings = standing.unbilled[: standing.unbilled.index(closing) + 1]
    return Stretch(
        account=standing.account,
        held_since=standing.held_since,
        start=start,
        end=closing.read_on,
        opening=standing.opening,
        closing=closing.reading,
        usage=sum(standing.used_by(row) for row in readings),
        readings=readings,
    )


def plan(book: ReadingBook, until: date) -> list[Line]:
    """What a run of a book up to a day would bill, and what it would leave out and why, in the book's order.

    Reads only, in a fixed number of queries.
    """
    period = period_of(book.cycle, until)
    accounts = list(selectors.accounts_in_book(book))
    found = selectors.standings(accounts)
    billed = {bill.account_id: bill for bill in selectors.bills_ending_in(accounts, period.start, until)}
    lines = [_line(account, found.get(account.pk), billed.get(account.pk), period, until) for account in accounts]
    return quoted(lines)


def _line(
    account: MeterAccount,
    standing: selectors.Standing | None,
    bill: Bill | None,
    period: Period,
    until: date,
) -> Line:
    if account.status != AccountStatus.ACTIVE or standing is None:
        return Line(account, left_out=_("waits for water on"))
    closing = _closing(standing, period.start, until)
    if closing is None:
        return Line(account, left_out="" if bill else _why_not_read(standing, period), billed=bill)
    try:
        return Line(account, stretch_up_to(standing, closing), billed=bill)
    except ValidationError as fault:
        return Line(account, left_out=" ".join(fault.messages), billed=bill)


def quoted(lines: list[Line]) -> list[Line]:
    """The lines with what each bill would come to, or why it can't be reckoned."""
    asked = [
        Asked(found.account, found.held_since, found.start, found.end, found.usage)
        for line in lines
        if (found := line.stretch) is not None
    ]
    amounts = quotes(asked)
    return [_priced(line, amounts[line.account.pk]) if line.stretch else line for line in lines]


def _priced(line: Line, amount: Decimal | ValidationError) -> Line:
    if isinstance(amount, ValidationError):
        return replace(line, stretch=None, left_out=" ".join(amount.messages))
    return replace(line, amount=amount)


def _closing(standing: selectors.Standing, since: date, until: date) -> Reading | None:
    """The last regular reading of a period that no bill asks for yet."""
    regular = [row for row in standing.unbilled if row.kind == Reading.Kind.REGULAR and since <= row.read_on <= until]
    return regular[-1] if regular else None


def _why_not_read(standing: selectors.Standing, period: Period) -> str:
    if any(row.kind == Reading.Kind.REGULAR for row in standing.waiting):
        return _("the holder's photograph waits for confirmation")
    earlier = [row for row in standing.unbilled if row.kind == Reading.Kind.REGULAR and row.read_on < period.start]
    if earlier:
        day = earlier[-1].read_on.isoformat()
        return _("read on {day} and not billed: choose an earlier “readings up to”").format(day=day)
    if standing.billed_until and standing.billed_until >= period.start:
        return _("billed through {day} already").format(day=standing.billed_until.isoformat())
    return _("not read in this period")


@transaction.atomic
def bill_account(
    *, account: MeterAccount, since: date, until: date, by: User, issued_on: date | None = None
) -> Bill | None:
    """Bill an account up to its last regular reading between two days; None when none is left to bill.

    Raises ValidationError as `stretch_up_to` and `issue_bill` do.
    """
    locked = locks.lock_accounts([account.pk])[account.pk]
    standing = selectors.standing(locked) if locked.status == AccountStatus.ACTIVE else None
    closing = _closing(standing, since, until) if standing else None
    if standing is None or closing is None:
        return None
    return bill_stretch(stretch_up_to(standing, closing), by=by, issued_on=issued_on)


def bill_stretch(stretch: Stretch, *, by: User, issued_on: date | None = None) -> Bill:
    """Issue the bill of a stretch of a locked account, and say on its readings that it asks for them."""
    bill = issue_bill(
        account=stretch.account,
        period_start=stretch.start,
        period_end=stretch.end,
        opening=stretch.opening,
        closing=stretch.closing,
        usage=stretch.usage,
        by=by,
        issued_on=issued_on,
    )
    rest_on(bill, stretch.readings)
    return bill


def rest_on(bill: Bill, readings: Iterable[Reading]) -> None:
    """Say on readings which bill asks for what was used up to them."""
    for row in readings:
        row.bill = bill
        row.save(update_fields=["bill"])


@dataclass(frozen=True)
class Outcome:
    """What came of one account in a run: its bill, or why there is none; both missing: billed by somebody else."""

    account: MeterAccount
    bill: Bill | None
    fault: str = ""


def run(lines: list[Line], *, book: ReadingBook, until: date, by: User) -> Iterator[Outcome]:
    """Bill the ready lines of a plan, one transaction each, so that it can be stopped after any and begun anew."""
    since = period_of(book.cycle, until).start
    for line in lines:
        if not line.ready:
            continue
        try:
            bill = bill_account(account=line.account, since=since, until=until, by=by)
        except ValidationError as fault:
            yield Outcome(line.account, None, " ".join(fault.messages))
        else:
            yield Outcome(line.account, bill)
