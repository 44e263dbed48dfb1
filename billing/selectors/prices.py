"""Prices of a day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import KindOfUse
from billing.models import PriceItem, Tariff
from billing.reckoning import to_fen, yearly_cost
from waterservice.money import ZERO, plain, yuan


def price(code: str, on: date) -> PriceItem | None:
    """The item of the price list that may be charged on a day; None where it has ended or is switched off."""
    item = PriceItem.objects.filter(code=code, valid_from__lte=on).order_by("-valid_from").first()
    if item is None or not item.enabled or (item.valid_until is not None and item.valid_until < on):
        return None
    return item


def current_prices(on: date) -> list[PriceItem]:
    """Of each code the item that began last, whether charged or not: the price list as it hangs on the wall."""
    newest: dict[str, PriceItem] = {}
    for item in PriceItem.objects.filter(valid_from__lte=on).order_by("code", "valid_from"):
        newest[item.code] = item
    return list(newest.values())


def tariff(kind_of_use: str, on: date) -> Tariff | None:
    """The tariff of a kind of use on a day, or None before the first."""
    return _tariffs(on).filter(kind_of_use=kind_of_use).order_by("-valid_from").first()


def tariff_in_force(kind_of_use: str, on: date) -> Tariff:
    """The same where there must be one. Raises ValidationError when the administrator has entered none."""
    found = tariff(kind_of_use, on)
    if found is None:
        raise ValidationError(
            _("No tariff is in force for %(use)s on %(day)s. The administrator enters it."),
            params={"use": KindOfUse(kind_of_use).label, "day": on.isoformat()},
        )
    return found


def tariffs_over(kind_of_use: str, start: date, end: date) -> list[Tariff]:
    """The tariffs of a kind of use that hold in a period, the oldest first, each with its tiers.

    Raises ValidationError for a period that begins before the first tariff.
    """
    rows = Tariff.objects.filter(kind_of_use=kind_of_use, valid_from__lte=end).order_by("-valid_from")
    found = []
    for row in rows.prefetch_related("tiers"):
        found.append(row)
        if row.valid_from <= start:
            return found[::-1]
    raise ValidationError(
        _("No tariff is in force for %(use)s on %(day)s. The administrator enters it."),
        params={"use": KindOfUse(kind_of_use).label, "day": start.isoformat()},
    )


class ExpectedCost(NamedTuple):
    """What some water is expected to cost: yuan, and the formula that comes to it."""

    amount: Decimal
    formula: str


def expected_cost(
    kind_of_use: str, *, monthly_m3: Decimal, on: date, months: int | None = None, days: int | None = None
) -> ExpectedCost:
    """The cost of some months' or some days' share of a year of expected use (m³ a month), by the tariff of a day.

    The year's twelve months are reckoned by tiers, without an allowance, and the share of it (twelfths, or 365ths)
    is rounded half up to the fen, once. The formula is figures, no sentence: it is printed on papers whatever
    language the clerk works in. Raises ValidationError without a tariff, TypeError unless either months or days
    are given.
    """
    if (months is None) == (days is None):
        raise TypeError("Either months or days.")
    share, parts = (months, 12) if months is not None else (days, 365)
    rates = tariff_in_force(kind_of_use, on).rates
    year_m3 = 12 * monthly_m3
    assert share is not None
    amount = to_fen(yearly_cost(rates, year_m3) * share / parts)
    by_tier = " + ".join(
        f"{plain(piece.m3)} × {piece.water + rates.resource + rates.sewage:.3f}"
        for piece in rates.slices(ZERO, year_m3)
    )
    return ExpectedCost(amount, f"12 × {plain(monthly_m3)} m³ = {by_tier or 0}; × {share}/{parts} = {yuan(amount)}")


def current_tariffs(on: date) -> list[Tariff]:
    """The tariff of each kind of use on a day with its tiers, in the order of the kinds."""
    newest = {row.kind_of_use: row for row in _tariffs(on).order_by("valid_from").prefetch_related("tiers")}
    return [newest[kind] for kind in KindOfUse.values if kind in newest]


def _tariffs(on: date) -> QuerySet[Tariff]:
    return Tariff.objects.filter(valid_from__lte=on)
