"""What somebody asks of a bill and another decides, waivers and reversals: what waits, what was decided."""

from __future__ import annotations

from datetime import date
from operator import attrgetter
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from accounts.roles import Role
from billing.models import BillReversal, Waiver
from waterservice.calendar import calendar
from waterservice.models import PEOPLE

AboutABill = type[Waiver] | type[BillReversal]
TYPES: tuple[AboutABill, ...] = (Waiver, BillReversal)


def asked_of_bills(model: AboutABill) -> QuerySet[Any]:
    """The waivers, or the reversals, that wait for a decision, the oldest first, each with its bill and account."""
    return _with_bills(model).filter(status=model.Status.ASKED).order_by("pk")


def decided_of_bills(model: AboutABill, before: int | None = None) -> QuerySet[Any]:
    """Those that were granted or refused, the newest first; those before one (its primary key), or all."""
    decided = _with_bills(model).exclude(status=model.Status.ASKED).order_by("-pk")
    return decided if before is None else decided.filter(pk__lt=before)


def bill_work(role: Role | None, user: User) -> int:
    """How many waivers and reversals wait for somebody in a role; what they asked for themselves is not theirs."""
    if role != Role.BUSINESS_MANAGER:
        return 0
    waiting = (model.objects.filter(status=model.Status.ASKED).exclude(model.of_hands(user)) for model in TYPES)
    return sum(found.count() for found in waiting)


def decided_for(user: User, today: date) -> list[Waiver | BillReversal]:
    """What somebody asked for and another decided since the last working day before today, the newest first."""
    since = calendar().back_working_days(today, 1)
    found = [
        row
        for model in TYPES
        for row in _with_bills(model).filter(asked_by=user, decided_at__date__gte=since).order_by("-pk")
    ]
    return sorted(found, key=attrgetter("decided_at"), reverse=True)


def _with_bills(model: AboutABill) -> QuerySet[Any]:
    return model.objects.select_related("bill__account", "bill__customer", *PEOPLE)
