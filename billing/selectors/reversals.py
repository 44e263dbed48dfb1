"""Reversals of bills: which bill can be reversed, which reversals wait for a decision, which were decided."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from billing.models import Bill, BillReversal
from waterservice.models import PEOPLE

ASKED = BillReversal.Status.ASKED


def why_not_reversible(bill: Bill) -> str:
    """Why a bill, which carries its `outstanding`, can't be taken back, as a sentence; empty where it can."""
    if bill.reversed_at is not None:
        return _("This bill is reversed already.")
    if bill.origin != Bill.Origin.RECKONED:
        return _("The former system issued this bill. Only what was billed here is reversed here.")
    if bill.outstanding != bill.amount:
        return _("Something is paid on this bill. Reverse the receipt of the payment first.")
    newer = bill.account.bills.counting().filter(period_start__gt=bill.period_start)
    later: Bill | None = newer.order_by("-period_start").first()
    if later is not None:
        words = _("A later bill goes on from this one (%(start)s – %(end)s). Reverse that one first.")
        return words % {"start": later.period_start.isoformat(), "end": later.period_end.isoformat()}
    handed_over = bill.account.tenures.filter(since__gt=bill.period_end).order_by("since").first()
    if handed_over is not None:
        words = _("The account changed hands on %(day)s by the readings of this bill. It stays.")
        return words % {"day": handed_over.since.isoformat()}
    return ""


def reversals_asked() -> QuerySet[BillReversal]:
    """The reversals that wait for a decision, the oldest first, each with its bill and account."""
    return _with_bills(BillReversal.objects.filter(status=ASKED)).order_by("pk")


def reversals_decided(before: int | None = None) -> QuerySet[BillReversal]:
    """The reversals that were granted or refused, the newest first; those before one (its primary key), or all."""
    decided = _with_bills(BillReversal.objects.exclude(status=ASKED)).order_by("-pk")
    return decided if before is None else decided.filter(pk__lt=before)


def _with_bills(reversals: QuerySet[BillReversal]) -> QuerySet[BillReversal]:
    return reversals.select_related("bill__account", "bill__customer", *PEOPLE)
