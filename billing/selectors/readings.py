"""Where meters stand: what was read last, what of it is billed, what is usual. A fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, F, OuterRef, QuerySet, Window
from django.db.models.functions import RowNumber

from accounts.models import AccountStatus, Meter, MeterAccount, ReadingBook, Tenure
from billing.models import Bill, Reading, ReadingQuerySet
from billing.plausibility import usage_between, usual

RECENT = 3  # periods whose usage says what is usual
CHANGE = (Reading.Kind.REMOVAL, Reading.Kind.INSTALLED)


@dataclass(frozen=True)
class Standing:
    """Of an account with water: what its meter showed last and when, and what of it is billed.

    `since` is the day of water on, `held_since` the first of the present holder, `recent` the usage (m³) of the
    last bills, the newest first, `unbilled` the readings that count and that no bill asks for yet, in order.
    `opening` (m³) is what the next bill begins with; `anchor` the same, where it comes from a bill behind which
    none of our readings stands. A meter installed since that bill does not count from it.
    """

    account: MeterAccount
    since: date
    held_since: date
    billed_until: date | None
    opening: int
    anchor: int | None
    recent: tuple[int, ...]
    last: Reading | None
    unbilled: tuple[Reading, ...]
    waiting: tuple[Reading, ...]

    @property
    def value(self) -> int:
        """What the present meter showed last (m³)."""
        return self._last[0]

    @property
    def day(self) -> date:
        """When it showed that."""
        return self._last[1]

    @property
    def _last(self) -> tuple[int, date]:
        meter = self.account.meter
        assert meter is not None
        if self.last and not self._behind_anchor(meter, self.last.read_on):
            return self.last.reading, self.last.read_on
        if self.anchor is not None and self.billed_until and not self._installed_since(meter):
            return self.anchor, self.billed_until
        return meter.first_reading, meter.installed_on

    @property
    def start(self) -> date:
        """The first day that is not billed: the day after the last bill, or that of water on."""
        return self.billed_until + timedelta(days=1) if self.billed_until else self.since

    @property
    def usual(self) -> int | None:
        return usual(self.recent)

    @property
    def changed_on(self) -> date | None:
        """The day on which the meter was changed since the last bill."""
        return next((row.read_on for row in self.unbilled if row.kind == Reading.Kind.INSTALLED), None)

    @property
    def used(self) -> int:
        """All m³ that no bill asks for yet."""
        return sum(self.used_by(row) for row in self.unbilled)

    def used_up_to(self, row: Reading) -> int:
        """The m³ that no bill asks for yet, up to a reading of `unbilled`."""
        return sum(self.used_by(each) for each in self.unbilled[: self.unbilled.index(row) + 1])

    def used_by(self, row: Reading) -> int:
        """The m³ between a reading of `unbilled` and the one before it of the same meter."""
        if row.kind == Reading.Kind.INSTALLED:
            return 0
        last = self.last_before(row)
        return usage_between(last, row.reading, rolled_over=row.rolled_over, turn=row.meter.turn)

    def last_before(self, row: Reading) -> int:
        """What a meter showed (m³) before a reading of `unbilled`."""
        if self.anchor is not None and self._behind_anchor(row.meter, row.before_on):
            return self.anchor
        return row.meter.first_reading if row.before is None else row.before

    def _behind_anchor(self, meter: Meter, day: date | None) -> bool:
        """Whether the last bill, though none of our readings stands behind it, is newer than a meter's of a day."""
        if self.anchor is None or self.billed_until is None or self._installed_since(meter):
            return False
        return day is None or day <= self.billed_until

    def _installed_since(self, meter: Meter) -> bool:
        """Whether a meter came after the last bill, also on its very day, once that was billed."""
        if self.billed_until is not None and meter.installed_on > self.billed_until:
            return True
        return any(row.kind == Reading.Kind.INSTALLED and row.meter_id == meter.pk for row in self.unbilled)


def standings(accounts: Sequence[MeterAccount]) -> dict[int, Standing]:
    """Where each of some accounts stands, by primary key; those that never had water are left out. 5 queries."""
    keys = [account.pk for account in accounts]
    tenures: dict[int, list[Tenure]] = defaultdict(list)
    for tenure in Tenure.objects.filter(account__in=keys).order_by("since"):
        tenures[tenure.account_id].append(tenure)
    bills = _recent_bills(keys)
    unbilled: dict[int, list[Reading]] = defaultdict(list)
    of_none = Reading.objects.counting().filter(account__in=keys, bill__isnull=True)
    for row in of_none.with_before().select_related("meter").in_order():
        unbilled[row.account_id].append(row)
    waiting: dict[int, list[Reading]] = defaultdict(list)
    for row in Reading.objects.to_confirm().filter(account__in=keys).select_related("meter").in_order():
        waiting[row.account_id].append(row)
    last = last_readings([account.meter_id for account in accounts if account.meter_id])
    return {
        account.pk: _standing(account, tenures, bills[account.pk], last, unbilled[account.pk], waiting[account.pk])
        for account in accounts
        if account.meter_id and tenures[account.pk]
    }


def standing(account: MeterAccount) -> Standing | None:
    """The same of one account; None where it never had water."""
    return standings([account]).get(account.pk)


def _standing(
    account: MeterAccount,
    tenures: dict[int, list[Tenure]],
    bills: list[Bill],
    last: dict[int, Reading],
    unbilled: list[Reading],
    waiting: list[Reading],
) -> Standing:
    newest = bills[0] if bills else None
    rests_on_ours = bool(newest and newest.rests_on_ours)  # type: ignore[attr-defined]
    if newest and not rests_on_ours:
        unbilled = [row for row in unbilled if row.read_on > newest.period_end or _goes_with(newest, row)]
    held = tenures[account.pk]
    return Standing(
        account=account,
        since=held[0].since,
        held_since=held[-1].since,
        billed_until=newest.period_end if newest else None,
        opening=newest.closing if newest else held[0].opening_reading,
        anchor=newest.closing if newest and not rests_on_ours else None,
        recent=tuple(bill.usage for bill in bills),
        last=last.get(account.meter_id or 0),
        unbilled=tuple(unbilled),
        waiting=tuple(waiting),
    )


def _goes_with(bill: Bill, row: Reading) -> bool:
    """Whether a reading of the last day of a bill of the former system says something beside it: that the meter was
    changed, or that the account changes hands with the figure by which the bill ends."""
    final = row.kind == Reading.Kind.FINAL and row.reading == bill.closing
    return row.read_on == bill.period_end and (final or row.kind in CHANGE)


def _recent_bills(keys: Sequence[int]) -> dict[int, list[Bill]]:
    place = Window(RowNumber(), partition_by="account_id", order_by=F("period_start").desc())
    ours = Exists(Reading.objects.filter(bill=OuterRef("pk")))
    found: dict[int, list[Bill]] = defaultdict(list)
    newest = Bill.objects.counting().filter(account__in=keys).annotate(rests_on_ours=ours, place=place)
    for bill in newest.filter(place__lte=RECENT).order_by("account", "place"):
        found[bill.account_id].append(bill)
    return found


def last_readings(meters: Sequence[int]) -> dict[int, Reading]:
    """The last reading that counts of each meter, by the meter's primary key."""
    place = Window(RowNumber(), partition_by="meter_id", order_by=[F("read_on").desc(), F("pk").desc()])
    rows = Reading.objects.counting().filter(meter__in=meters).annotate(place=place)
    return {row.meter_id: row for row in rows.filter(place=1)}


def accounts_in_book(book: ReadingBook) -> QuerySet[MeterAccount]:
    """The accounts of a book that are not closed, in the order of the round."""
    rows = MeterAccount.objects.filter(book=book).exclude(status=AccountStatus.CLOSED)
    return rows.select_related("holder", "premises", "meter").order_by(
        F("order_in_book").asc(nulls_last=True), "number"
    )


def regular_readings(accounts: Sequence[MeterAccount], since: date, until: date) -> dict[int, Reading]:
    """The last regular reading of each account between two days, by the account's primary key."""
    rows = Reading.objects.counting().filter(account__in=[account.pk for account in accounts])
    regular = rows.filter(kind=Reading.Kind.REGULAR, read_on__range=(since, until)).with_before()
    return {row.account_id: row for row in regular.select_related("meter", "bill").in_order()}


def bills_ending_in(accounts: Sequence[MeterAccount], since: date, until: date) -> list[Bill]:
    """The bills of some accounts that end between two days, by account, the older first."""
    keys = [account.pk for account in accounts]
    bills = Bill.objects.counting().filter(account__in=keys, period_end__range=(since, until))
    return list(bills.select_related("customer", "account", "issued_by").order_by("account__number", "period_start"))


def readings_of(account: MeterAccount) -> ReadingQuerySet:
    """Every reading of an account, the newest first, what corrected it beside it."""
    rows = Reading.objects.filter(account=account)
    related = ("meter", "reader", "confirmed_by", "correction", "corrects", "bill", "photograph")
    return rows.with_before().select_related(*related).order_by("-read_on", "-pk")


def photographs_to_confirm(accounts: QuerySet[MeterAccount]) -> ReadingQuerySet:
    """The holders' photographs of some accounts that wait for the business office, oldest first."""
    waiting = Reading.objects.to_confirm().filter(account__in=accounts)
    related = ("account__holder", "account__premises", "account__meter", "meter", "reader", "photograph")
    return waiting.select_related(*related).order_by("pk")
