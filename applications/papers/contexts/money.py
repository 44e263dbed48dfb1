"""Papers of the till: payment notice and receipt (NC-5, NC-8, NC-C5)."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from applications.papers import terms
from applications.papers.contexts import parties
from applications.papers.formats import NOTHING, day, money
from billing import selectors as ledger
from billing.models import LineKind, Receipt, StatementLine
from billing.papers import DEPOSIT_NAME, item_name, receipt_words, standing_lines
from waterservice.calendar import calendar
from waterservice.money import ZERO, yuan

if TYPE_CHECKING:
    from applications.models import Application

ASKED = frozenset({LineKind.CHARGE, LineKind.REDUCTION})


def payment_notice(case: "Application", *, issued_on: date, pay_by: date | None = None) -> dict[str, Any]:
    """Everything asked and paid on the case's statement, what remains, and until when to pay it.

    `pay_by` is the day that was put on record; a draft reckons it by policy. Raises ValidationError when nothing
    remains to be paid.
    """
    due = ledger.balance(case.statement)
    if due <= ZERO:
        raise ValidationError(_("Nothing remains to be paid, so there is no payment notice to issue."))
    asked = [line for line in standing_lines(case.statement) if line.kind in ASKED]
    asked_total = sum((line.amount for line in asked), ZERO)
    return {
        "applicant": parties.applicant(case),
        "address": case.premises.address,
        "lines": [{"name": item_name(line), "basis": legal_basis(line), "amount": yuan(line.amount)} for line in asked],
        "asked": yuan(asked_total),
        "paid": yuan(asked_total - due),
        "due": money(due),
        "pay_by": day(pay_by or time_to_pay(case, issued_on)),
    }


def time_to_pay(case: "Application", since: date) -> date:
    """The day until which a notice of a day gives time, by the policy that holds for the case.

    A day off moves on to the next working day (Civil Code art. 203).
    """
    return calendar().working_day_from(since + timedelta(days=terms.PAY_BY_DAYS.on(case.rule_day)))


def legal_basis(line: StatementLine) -> str:
    """Why a line is asked for: the legal basis of a price item, or the paper that it follows."""
    source, _colon, about = line.source.partition(":")
    if source == "item":
        item = ledger.price(about, line.happened_on)
        return item.legal_basis if item else NOTHING
    if source == "deposit":
        return f"{DEPOSIT_NAME[line.deposit.clause]}；{line.deposit.basis}" if line.kind == LineKind.CHARGE else NOTHING
    return {
        "budget": "经批准的工程预算书中用户承担部分",
        "settlement": "决算与预算之差，多退少补",
        "termination": "双方终止新装接水的约定",
    }.get(source, NOTHING)


def receipt(case: "Application", *, issued_on: date, receipt: Receipt | None = None, copy: int = 0) -> dict[str, Any]:
    """A receipt by its gapless number; the newest of the case, if left out.

    `copy` counts the reprints from 1. Raises ValidationError when nothing has been received yet.
    """
    taken = receipt or Receipt.objects.filter(line__statement=case.statement).order_by("-pk").first()
    if taken is None or taken.line is None:
        raise ValidationError(_("Nothing has been received for this case, so there is no receipt."))
    return {
        "applicant": parties.applicant(case),
        "address": case.premises.address,
        **receipt_words(taken, copy=copy, printed_on=issued_on),
    }
