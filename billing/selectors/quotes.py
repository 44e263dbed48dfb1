"""What bills would come to, for many accounts at once, in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.db.models.functions import ExtractYear

from accounts.models import MeterAccount
from billing.models import Bill, BillLine, Tariff
from billing.reckoning import Rates, reckon
from billing.selectors.prices import tariff_in_force
from billing.terms import CONTINUE, TIERS_ON_CHANGE
from waterservice.money import ZERO


class Asked(NamedTuple):
    """A bill that might be issued to an account's present holder, who has held it since a day."""

    account: MeterAccount
    held_since: date
    start: date
    end: date
    usage: int


class _Billed(NamedTuple):
    customer: int
    until: date
    year: int
    usage: int


def quotes(asked: Sequence[Asked]) -> dict[int, Decimal | ValidationError]:
    """Yuan of each bill, by the account's primary key, or why it can't be reckoned: no tariff holds.

    The same as `billing.services.issue_bill` would ask, which reads for one account what this reads for all.
    """
    rates: dict[str, list[Rates]] = defaultdict(list)
    kinds = {each.account.kind_of_use for each in asked}
    for tariff in Tariff.objects.filter(kind_of_use__in=kinds).prefetch_related("tiers"):
        rates[tariff.kind_of_use].append(tariff.rates)
    billed = _billed(asked)
    goes_on = {day: TIERS_ON_CHANGE.on(day) == CONTINUE for day in {each.end for each in asked}}
    found: dict[int, Decimal | ValidationError] = {}
    for each in asked:
        try:
            counting = [row for row in billed[each.account.pk] if goes_on[each.end] or _is_holders(row, each)]
            found[each.account.pk] = _amount(each, rates[each.account.kind_of_use], counting)
        except ValidationError as fault:
            found[each.account.pk] = fault
    return found


def _is_holders(row: _Billed, asked: Asked) -> bool:
    return row.customer == asked.account.holder_id and row.until >= asked.held_since


def _amount(asked: Asked, rates: list[Rates], billed: list[_Billed]) -> Decimal:
    if not any(row.since <= asked.start for row in rates):
        tariff_in_force(asked.account.kind_of_use, asked.start)  # says in words that there is none
    used: dict[int, int] = defaultdict(int)
    for row in billed:
        used[row.year] += row.usage
    portions = reckon(
        usage=asked.usage,
        start=asked.start,
        end=asked.end,
        rates=rates,
        used=used,
        household=asked.account.household_size,
    )
    return sum((portion.amount for portion in portions), ZERO)


def _billed(asked: Sequence[Asked]) -> dict[int, list[_Billed]]:
    """The m³ billed to each account by bill and year, of ours by their lines, of imported ones by their last day."""
    found: dict[int, list[_Billed]] = defaultdict(list)
    if not asked:
        return found
    keys = [each.account.pk for each in asked]
    first = date(min(each.start.year for each in asked), 1, 1)
    bills = Bill.objects.counting().filter(account__in=keys, period_end__gte=first)
    ours = BillLine.objects.filter(bill__in=bills.order_by(), start__gte=first).order_by()
    by_year = ours.annotate(year=ExtractYear("start")).values("bill", "year").annotate(m3=Sum("usage"))
    columns = ("bill__account", "bill__customer", "bill__period_end", "year", "m3")
    rows = list(by_year.values_list(*columns))
    imported = bills.filter(origin=Bill.Origin.IMPORTED).values_list("account", "customer", "period_end", "usage")
    rows += [(account, customer, until, until.year, m3) for account, customer, until, m3 in imported]
    for account, customer, until, year, m3 in rows:
        found[account].append(_Billed(customer, until, year, m3))
    return found
