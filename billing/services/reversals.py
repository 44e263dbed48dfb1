"""Reversals (冲销) of bills on which nothing is paid: asked for with a reason, granted or refused by another person."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from billing import selectors
from billing.models import Bill, BillReversal
from billing.services import locks
from billing.services.checks import said
from waterservice.text import clean_line


@transaction.atomic
def ask_bill_reversal(*, bill: Bill, reason: str, by: User) -> BillReversal:
    """Ask that a bill be taken back, so that its readings can be corrected and billed anew.

    Raises ValidationError without a reason, when its reversal is asked for already, and where the bill can't be
    reversed: it is, something is paid on it, a later bill or holder goes on from it, the former system issued it.
    """
    locks.lock_accounts([bill.account_id])
    words = said(reason)
    if BillReversal.objects.filter(bill=bill, status=BillReversal.Status.ASKED).exists():
        raise ValidationError(_("The reversal of this bill is asked for already."))
    _refuse_to_reverse(bill)
    reversal = BillReversal(bill=bill, reason=words, asked_by=by)
    reversal.clean_fields(exclude=["bill", "asked_by"])
    reversal.save(force_insert=True)
    return reversal


@transaction.atomic
def decide_bill_reversal(*, reversal: BillReversal, grant: bool, by: User, opinion: str = "") -> BillReversal:
    """Grant a reversal: the bill counts nowhere any more and its readings are free; or refuse it.

    Raises ValidationError for one's own, one that is decided already, a refusal without its reason, and for
    granting one whose bill can't be reversed any more.
    """
    locks.lock_accounts([reversal.bill.account_id])
    asked = BillReversal.objects.select_for_update(of=("self",)).select_related("bill").get(pk=reversal.pk)
    if asked.status != BillReversal.Status.ASKED:
        raise ValidationError(_("This reversal has been decided already."))
    if asked.asked_in_name_of(by):
        raise ValidationError(_("Nobody decides on what they asked for themselves."))
    words = clean_line(opinion)
    if not grant:
        if not words:
            raise ValidationError({"opinion": _("Say why it is refused.")})
        asked.decide(BillReversal.Status.REFUSED, by=by, opinion=words)
        return asked
    _refuse_to_reverse(asked.bill)
    asked.decide(BillReversal.Status.GRANTED, by=by, opinion=words)
    _reverse(asked.bill)
    return asked


def _reverse(bill: Bill) -> None:
    bill.reversed_at = timezone.now()
    bill.save(update_fields=["reversed_at"])
    for row in bill.readings.all():
        row.bill = None
        row.save(update_fields=["bill"])


def _refuse_to_reverse(bill: Bill) -> None:
    words = selectors.why_not_reversible(Bill.objects.with_outstanding().get(pk=bill.pk))
    if words:
        raise ValidationError(words)
