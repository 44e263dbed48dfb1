"""What every service asks of its arguments before it writes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import PayMethod
from billing.models.rows import AT_THE_TILL
from waterservice.money import parse_money
from waterservice.text import clean_line


def exact(amount: Decimal) -> Decimal:
    """The amount with two places, at least one fen.

    Raises ValidationError on the field `amount` for zero, below zero, finer than a fen, too large, NaN or
    infinite, and TypeError for anything but a Decimal: a float is never money.
    """
    if not isinstance(amount, Decimal):
        raise TypeError(f"Money is Decimal, not {type(amount).__name__}.")
    try:
        return parse_money(f"{amount:f}")
    except ValidationError as fault:
        raise ValidationError({"amount": fault}) from fault


def known_method(method: str) -> PayMethod:
    """Raises ValidationError on the field `method` for a way of paying that the till does not know."""
    if method not in AT_THE_TILL:
        raise ValidationError({"method": _("Choose how it was paid.")})
    return PayMethod(method)


def said(reason: str) -> str:
    """A reason in clean words. Raises ValidationError on the field `reason` when there is none."""
    words = clean_line(reason)
    if not words:
        raise ValidationError({"reason": _("Give a reason.")})
    return words


def day_so_far(day: date | None, *, field: str = "happened_on") -> date:
    """The day on which something was done, today if none is given.

    Raises ValidationError on the field for one that is to come.
    """
    today = timezone.localdate()
    if day is not None and day > today:
        raise ValidationError({field: ValidationError(_("%(day)s has not come yet."), params={"day": day.isoformat()})})
    return day or today
