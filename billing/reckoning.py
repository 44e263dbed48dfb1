"""What water costs, and what paying late costs. Pure: no database, no clock; prices and days are data.

Days: both ends of a period are in it. Whole cubic metres go in. A price has three decimals; an amount has two:
each component of each portion is rounded half up to the fen, once, and every sum is a sum of rounded amounts.

A period is cut where a tariff begins and where a year begins, and its cubic metres are shared out by days: each
part in its order gets the share that its days have in the days left, of the cubic metres left, rounded half up
to a whole one; the last part gets what remains. So they add up exactly, no part is below zero, and more water in
the same period is never less water in any part.

Tiers follow the water of a calendar year, whoever bills it in whatever periods. The allowance of a large
household is that of a whole year, never a share of it, and moves every bound of the tiers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import NamedTuple

from waterservice.money import FEN, ZERO

ONE_DAY = timedelta(days=1)


def to_fen(amount: Decimal) -> Decimal:
    """Half up to the fen."""
    return amount.quantize(FEN, rounding=ROUND_HALF_UP)


class Slice(NamedTuple):
    """Water in one tier: which (from 1), how many cubic metres, at what price of water."""

    tier: int
    m3: Decimal
    water: Decimal


@dataclass(frozen=True)
class Rates:
    """A tariff as figures, from a day on; all prices in yuan a cubic metre, three decimals.

    water           the price of the first tier
    tiers           (above how many m³ a year, price of water), rising in both; none where the price is flat
    allowance_from  from which member of a household on each brings an allowance; None: no allowance
    allowance_m3    m³ a year for each such member

    Raises ValueError for tiers that don't rise.
    """

    since: date
    water: Decimal
    resource: Decimal
    sewage: Decimal
    tiers: tuple[tuple[int, Decimal], ...] = ()
    allowance_from: int | None = None
    allowance_m3: int = 0

    def __post_init__(self) -> None:
        if not rising(self.water, self.tiers):
            raise ValueError(f"The tiers of the tariff of {self.since} don't rise.")

    def allowance(self, household: int | None) -> int:
        """Cubic metres a year by which a household of some people moves the bounds up; None: it is not known."""
        if self.allowance_from is None or household is None:
            return 0
        return max(0, household - self.allowance_from + 1) * self.allowance_m3

    def bounds(self, household: int | None = None) -> list[tuple[int, Decimal]]:
        """(above how many m³ a year, price of water) of every tier, the first among them, the allowance included."""
        more = self.allowance(household)
        return [(0, self.water), *((above + more, water) for above, water in self.tiers)]

    def slices(self, lower: Decimal, upper: Decimal, household: int | None = None) -> Iterator[Slice]:
        """How a year's water from `lower` to `upper` m³ falls into tiers; those without water are left out."""
        bounds = self.bounds(household)
        for place, (above, water) in enumerate(bounds, start=1):
            end = min(upper, Decimal(bounds[place][0])) if place < len(bounds) else upper
            begin = max(lower, Decimal(above))
            if begin < end:
                yield Slice(place, end - begin, water)


def rising(water: Decimal, tiers: Sequence[tuple[int, Decimal]]) -> bool:
    """Whether each tier begins above the one before it and costs more; the first begins at 0 and costs `water`."""
    steps = [(0, water), *tiers]
    return all(low[0] < high[0] and low[1] < high[1] for low, high in pairwise(steps))


@dataclass(frozen=True)
class Portion:
    """Water of one part of a period in one tier of one tariff, and what it costs."""

    start: date
    end: date
    tier: int
    usage: int
    water_price: Decimal
    rates: Rates

    @property
    def resource_price(self) -> Decimal:
        return self.rates.resource

    @property
    def sewage_price(self) -> Decimal:
        return self.rates.sewage

    @property
    def water_amount(self) -> Decimal:
        return to_fen(self.usage * self.water_price)

    @property
    def resource_amount(self) -> Decimal:
        return to_fen(self.usage * self.resource_price)

    @property
    def sewage_amount(self) -> Decimal:
        return to_fen(self.usage * self.sewage_price)

    @property
    def amount(self) -> Decimal:
        """Yuan, all components."""
        return self.water_amount + self.resource_amount + self.sewage_amount


def reckon(
    *,
    usage: int,
    start: date,
    end: date,
    rates: Sequence[Rates],
    used: Mapping[int, int],
    household: int | None = None,
) -> list[Portion]:
    """The portions of a period's water (m³), in the order of the days, then of the tiers; of no water, none.

    rates      the tariffs of the kind of use, in any order; each holds until a newer one begins
    used       m³ of each calendar year that are billed already; a year that is missing has none
    household  how many people live there, where that is known

    Raises ValueError for a period or a usage that runs backwards, and where no tariff holds on the first day.
    """
    if end < start or usage < 0:
        raise ValueError("The period or the usage runs backwards.")
    billed = dict(used)
    portions: list[Portion] = []
    days_left, m3_left = (end - start).days + 1, usage
    for first, last, held in _parts(start, end, rates):
        days = (last - first).days + 1
        share = _half_up(m3_left * days, days_left)
        days_left, m3_left = days_left - days, m3_left - share
        before = billed.get(first.year, 0)
        billed[first.year] = before + share
        for piece in held.slices(Decimal(before), Decimal(before + share), household):
            portions.append(Portion(first, last, piece.tier, int(piece.m3), piece.water, held))
    return portions


def _parts(start: date, end: date, rates: Sequence[Rates]) -> Iterator[tuple[date, date, Rates]]:
    """The period cut where tariffs and years begin, each part with the tariff that holds in it."""
    by_day = {row.since: row for row in rates}
    held = max((since for since in by_day if since <= start), default=None)
    if held is None:
        raise ValueError(f"No tariff holds on {start}.")
    inside = {since for since in by_day if start < since <= end}
    years = {date(year, 1, 1) for year in range(start.year + 1, end.year + 1)}
    firsts = [start, *sorted(inside | years)]
    for place, first in enumerate(firsts):
        held = first if first in by_day else held
        last = firsts[place + 1] - ONE_DAY if place + 1 < len(firsts) else end
        yield first, last, by_day[held]


def _half_up(numerator: int, denominator: int) -> int:
    """The quotient as a whole number, rounded half up; exact, whatever the size."""
    return (2 * numerator + denominator) // (2 * denominator)


def yearly_cost(rates: Rates, m3: Decimal, household: int | None = None) -> Decimal:
    """What some water a year (m³, may have decimals) costs by tiers, all components, yuan, not rounded."""
    by_tier = (piece.m3 * (piece.water + rates.resource + rates.sewage) for piece in rates.slices(ZERO, m3, household))
    return sum(by_tier, ZERO)


class Lateness(NamedTuple):
    """How many days a late charge counts, and what it comes to (yuan)."""

    days: int
    amount: Decimal


def late_charge(
    *, principal: Decimal, pay_by: date, on: date, permille: Decimal, start: int, cap_percent: Decimal
) -> Lateness:
    """The late charge (违约金) of a principal (yuan) that is paid, or still owed, on a day.

    permille     of the principal for each day
    start        the first day that counts: so many days after the last day to pay
    cap_percent  the most it can reach, per cent of the principal

    Simple, not compound; rounded half up to the fen once, at the end. Both are zero for who pays in time.
    """
    days = max(0, (on - pay_by).days - start + 1)
    reached = principal * permille * days / 1000
    return Lateness(days, to_fen(min(reached, principal * cap_percent / 100)))
