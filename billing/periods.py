"""Reading periods: the months that a book's cycle reads together (NC-13)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import BillingCycle

NAMED = re.compile(r"(?P<year>20\d{2})-(?P<month>0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True)
class Period:
    """From the first day of its first month to the last day of the month in which it is read."""

    start: date
    end: date

    @property
    def name(self) -> str:
        """“2026-10” for one month, “2026-09 – 2026-10” for two."""
        first, last = f"{self.start:%Y-%m}", f"{self.end:%Y-%m}"
        return last if first == last else f"{first} – {last}"

    @property
    def key(self) -> str:
        """The month in which it ends, as addresses name it."""
        return f"{self.end:%Y-%m}"


def period_of(cycle: str, day: date) -> Period:
    """The period of a billing cycle in which a day lies.

    A book of odd months is read in January, March …: its period is that month and the even one before it.
    """
    odd = day.month % 2 == 1
    if cycle == BillingCycle.MONTHLY:
        first = last = day.replace(day=1)
    elif odd == (cycle == BillingCycle.ODD_MONTHS):
        last = day.replace(day=1)
        first = (last - timedelta(days=1)).replace(day=1)
    else:
        first = day.replace(day=1)
        last = _next_month(first)
    return Period(first, _next_month(last) - timedelta(days=1))


def named_period(cycle: str, month: str) -> Period:
    """The period of a cycle in which a month such as “2026-10” lies. Raises ValidationError for no month."""
    found = NAMED.fullmatch(month.strip())
    if found is None:
        raise ValidationError(_("“%(month)s” is no month. Write it as 2026-10."), params={"month": month})
    return period_of(cycle, date(int(found["year"]), int(found["month"]), 1))


def before(cycle: str, period: Period) -> Period:
    return period_of(cycle, period.start - timedelta(days=1))


def after(cycle: str, period: Period) -> Period:
    return period_of(cycle, period.end + timedelta(days=1))


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
