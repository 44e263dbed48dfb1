"""Asking an applicant to pay: what is owed is put on record with its day, and the paper says the same (NC-5)."""

from datetime import date
from typing import TYPE_CHECKING

from django.utils import timezone

from applications.issuing import issue_paper
from applications.papers.contexts.money import time_to_pay
from applications.papers.kinds import PaperKind
from billing import selectors as ledger
from billing import services as billing
from billing.models import PaymentNotice
from waterservice.money import ZERO

if TYPE_CHECKING:
    from accounts.models import User
    from applications.models import Application


def ask_for_payment(case: "Application", *, by: "User", basis: str = "", pay_by: date | None = None) -> PaymentNotice:
    """Issue the payment notice over all that the case's statement owes; `pay_by` by policy, if left out.

    Must run inside one of the doors. Raises ValidationError when nothing is owed, or for a day that has passed.
    """
    until = pay_by or time_to_pay(case, timezone.localdate())
    notice = billing.give_payment_notice(statement=case.statement, pay_by=until, by=by)
    issue_paper(case, PaperKind.PAYMENT_NOTICE, by=by, basis=basis, pay_by=notice.pay_by)
    return notice


def ask_for_the_rest(case: "Application", *, by: "User", basis: str = "") -> None:
    """The same after a charge: nothing is asked for where the credit of an earlier payment covers it."""
    if ledger.balance(case.statement) > ZERO:
        ask_for_payment(case, by=by, basis=basis)
