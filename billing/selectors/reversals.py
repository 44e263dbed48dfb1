"""Reversals of bills: which bill can be reversed, and why another can't."""

from __future__ import annotations

from django.utils.translation import gettext as _

from billing.models import Bill, PayMethod


def why_not_reversible(bill: Bill) -> str:
    """Why a bill, which carries its `outstanding`, can't be taken back, as a sentence; empty where it can."""
    if bill.reversed_at is not None:
        return _("This bill is reversed already.")
    if bill.origin != Bill.Origin.RECKONED:
        return _("The former system issued this bill. Only what was billed here is reversed here.")
    if bill.payments.filter(method=PayMethod.DEPOSIT).exists():
        words = _(
            "It was paid from a deposit, as its holder chose in writing; that is not reversed. What was billed too "
            "much is used up by later water: read the meter again once it shows more than %(closing)s m³."
        )
        return words % {"closing": bill.closing}
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
