"""Waivers (减免) of late charges: asked for at the counter, granted or refused by another person (NC-9)."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from billing import selectors
from billing.models import Bill, Waiver
from billing.services import locks
from billing.services.checks import said
from billing.terms import WAIVER_DAYS
from waterservice.text import clean_line


@transaction.atomic
def ask_waiver(*, bill: Bill, reason: str, by: User) -> Waiver:
    """Ask that the late charge of an unpaid bill be let off.

    Raises ValidationError without a reason, when the bill is paid or costs no late charge today, because it is
    not late or a waiver holds, and when one is asked for already.
    """
    locks.lock_accounts([bill.account_id])
    words = said(reason)
    if Waiver.objects.filter(bill=bill, status=Waiver.Status.ASKED).exists():
        raise ValidationError(_("A waiver of this late charge is asked for already."))
    charge = _unpaid(bill) and selectors.late_charge(bill, timezone.localdate())
    if not charge:
        raise ValidationError(_("This bill costs no late charge today: there is nothing to let off."))
    waiver = Waiver(bill=bill, reason=words, asked_by=by, reckoned=charge)
    waiver.clean_fields(exclude=["bill", "asked_by"])
    waiver.save(force_insert=True)
    return waiver


@transaction.atomic
def decide_waiver(*, waiver: Waiver, grant: bool, by: User, opinion: str = "") -> Waiver:
    """Grant a waiver, which then holds for the days of the policy, today not counted, or refuse it.

    Raises ValidationError for one's own, one that is decided already, a refusal without its reason, and for
    granting one whose bill was paid or reversed meanwhile.
    """
    locks.lock_accounts([waiver.bill.account_id])
    asked = lock_waiver(waiver)
    if asked.status != Waiver.Status.ASKED:
        raise ValidationError(_("This waiver has been decided already."))
    if asked.asked_in_name_of(by):
        raise ValidationError(_("Nobody decides on what they asked for themselves."))
    words = clean_line(opinion)
    if not grant:
        if not words:
            raise ValidationError({"opinion": _("Say why it is refused.")})
        asked.decide(Waiver.Status.REFUSED, by=by, opinion=words)
        return asked
    if not _unpaid(asked.bill):
        raise ValidationError(
            _("This bill has been paid or reversed meanwhile: refuse the waiver, there is nothing to let off.")
        )
    today = timezone.localdate()
    asked.holds_until = today + timedelta(days=WAIVER_DAYS.on(today))
    asked.decide(Waiver.Status.GRANTED, by=by, opinion=words)
    return asked


def lock_waiver(waiver: Waiver) -> Waiver:
    """The waiver as it is now, its row locked, after its account."""
    return Waiver.objects.select_for_update(of=("self",)).select_related("bill").get(pk=waiver.pk)


def _unpaid(bill: Bill) -> bool:
    return Bill.objects.unpaid().filter(pk=bill.pk).exists()
