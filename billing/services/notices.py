"""Payment notices (缴费通知单): what is asked for by when is kept with the statement."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from billing.models import PaymentNotice, Statement
from billing.services import locks
from waterservice.money import ZERO


@transaction.atomic
def give_payment_notice(*, statement: Statement, pay_by: date, by: User) -> PaymentNotice:
    """Ask for all that a statement owes, until a day.

    Raises ValidationError when it owes nothing, and for a day that has passed.
    """
    locked = locks.lock_statement(statement)
    owed, today = locked.balance, timezone.localdate()
    if owed <= ZERO:
        raise ValidationError(_("Nothing remains to be paid, so there is no payment notice to issue."))
    if pay_by < today:
        raise ValidationError({"pay_by": _("The day until which to pay has passed.")})
    return PaymentNotice.objects.create(statement=locked, amount=owed, issued_on=today, pay_by=pay_by, issued_by=by)
