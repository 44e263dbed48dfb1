"""Cashiers' days: which are open, which wait for the countersignature."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from accounts.models import User
from billing.models import DaySheet


def day_sheet(cashier: User, day: date) -> DaySheet | None:
    """The sheet of a cashier's day, or None where nothing moved."""
    return _sheets().filter(cashier=cashier, day=day).first()


def open_day_sheets() -> QuerySet[DaySheet]:
    """The days on which money moved and that nobody has closed, the oldest first."""
    return _sheets().filter(closed_at__isnull=True).order_by("day", "cashier")


def day_sheets_to_countersign() -> QuerySet[DaySheet]:
    """The closed days that no duty manager has countersigned, the oldest first."""
    return _sheets().filter(closed_at__isnull=False, countersigned_at__isnull=True).order_by("id")


def closed_day_sheets(*, before: date | None = None, key: int = 0) -> QuerySet[DaySheet]:
    """Every closed day, the newest first; with a day and a key, those that follow that sheet in the list."""
    closed = _sheets().filter(closed_at__isnull=False).order_by("-day", "-pk")
    return closed if before is None else closed.filter(Q(day__lt=before) | Q(day=before, pk__lt=key))


def _sheets() -> QuerySet[DaySheet]:
    sheets: QuerySet[DaySheet] = DaySheet.objects.select_related("cashier", "closed_by", "countersigned_by")
    return sheets
