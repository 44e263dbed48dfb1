"""Prices of a day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import KindOfUse
from billing.models import PriceItem, Tariff


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


def monthly_price(kind_of_use: str, on: date) -> Decimal:
    """Yuan for a cubic metre of a month's use, all components, three places. Raises as `tariff_in_force`."""
    return tariff_in_force(kind_of_use, on).total


def current_tariffs(on: date) -> list[Tariff]:
    """The tariff of each kind of use on a day, in the order of the kinds."""
    newest = {row.kind_of_use: row for row in _tariffs(on).order_by("valid_from")}
    return [newest[kind] for kind in KindOfUse.values if kind in newest]


def _tariffs(on: date) -> QuerySet[Tariff]:
    return Tariff.objects.filter(valid_from__lte=on)
