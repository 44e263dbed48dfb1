"""The number of a payment: asked for, and taken once only, whichever of the two ledgers the payment is for."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import PayMethod, Receipt
from billing.services.checks import day_so_far, known_method
from billing.terms import SLIP_REQUIRED
from waterservice.money import yuan
from waterservice.text import clean_line


def paid_by(method: str, reference: str) -> tuple[PayMethod, str]:
    """Method and number of a payment, checked; the number as `slip_number` spells it.

    Raises ValidationError on the field `method` for an unknown one, on `reference` where a number is wanted by
    policy and there is none.
    """
    known, slip = known_method(method), slip_number(reference)
    wanted = SLIP_REQUIRED.get(known)
    if not slip and wanted is not None and wanted.on(timezone.localdate()):
        raise ValidationError(
            {
                "reference": ValidationError(
                    _("Enter the number of the payment (%(method)s): it is on the slip or in the message."),
                    params={"method": known.label},
                )
            }
        )
    return known, slip


def day_paid(
    day: date | None, *, method: str, slip: str, since: date, taken_back: Callable[[], Iterable[date]]
) -> date:
    """The day on which the money of a payment moved, today if none is given.

    Raises ValidationError on the field `happened_on` for a day to come; for one before `since`, when there was
    nothing to pay yet; and for an earlier day that nothing shows, neither the number of a transfer or the like nor
    a payment of the same that was `taken_back` and had moved that day.
    """
    paid_on = day_so_far(day)
    if paid_on == timezone.localdate():
        return paid_on
    about = {"day": paid_on.isoformat(), "since": since.isoformat()}
    if paid_on < since:
        fault = _("Nothing was asked yet on %(day)s: the first day is %(since)s.")
        raise ValidationError({"happened_on": ValidationError(fault, params=about)})
    if not (slip and method in SLIP_REQUIRED) and paid_on not in set(taken_back()):
        fault = _(
            "Nothing shows that it was paid on %(day)s. Cash that is taken today is of today; an earlier day needs the "
            "number of a transfer or the like, or a reversed receipt of that day for the same."
        )
        raise ValidationError({"happened_on": ValidationError(fault, params=about)})
    return paid_on


def slip_number(typed: str) -> str:
    """The one spelling of a payment's number, however it was typed: half-width capitals without spaces.

    Raises ValidationError for control and invisible characters.
    """
    return "".join(unicodedata.normalize("NFKC", clean_line(typed)).upper().split())


def taken_before(method: str, reference: str) -> Receipt | None:
    """The receipt in force for a payment of this number, or None; of no number and of no text nothing is known."""
    try:
        slip = slip_number(reference)
    except ValidationError:
        return None
    if not slip:
        return None
    found = Receipt.objects.filter(method=method, slip=slip, reversed_at__isnull=True)
    receipt: Receipt | None = found.select_related("line__statement").first()
    return receipt


def already_taken(receipt: Receipt) -> str:
    """That a payment had been taken before: when, for what, on which receipt."""
    return _("%(method)s %(slip)s was taken already on %(day)s: receipt %(number)s over %(amount)s for %(what)s.") % {
        "method": receipt.get_method_display(),
        "slip": receipt.slip,
        "day": timezone.localdate(receipt.issued_at).isoformat(),
        "number": receipt.number,
        "amount": yuan(receipt.amount),
        "what": receipt.reference,
    }


def take_once(*, method: str, slip: str, same: Callable[[Receipt], bool], take: Callable[[], Receipt]) -> Receipt:
    """What `take` issues; or, marked `repeated`, the receipt by which this very payment was taken before.

    Raises ValidationError on the field `reference` when the earlier receipt is for something else.
    """
    earlier = taken_before(method, slip)
    if earlier is None:
        try:
            with transaction.atomic():
                return take()
        except IntegrityError:
            earlier = taken_before(method, slip)  # a colleague was quicker by a moment
            if earlier is None:
                raise
    if not same(earlier):
        raise ValidationError({"reference": _("%(taken)s Compare the number.") % {"taken": already_taken(earlier)}})
    earlier.repeated = True
    return earlier
