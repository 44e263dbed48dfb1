"""Papers of the till: payment notice and receipt (NC-5, NC-8, NC-C5)."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from applications.papers import terms, words
from applications.papers.contexts import parties
from applications.papers.formats import day, given, money
from billing import selectors as ledger
from billing.models import LineKind, Receipt, StatementLine
from waterservice.money import ZERO, yuan

if TYPE_CHECKING:
    from applications.models import Application

ASKED = (LineKind.CHARGE, LineKind.REDUCTION)


def payment_notice(case: "Application", *, issued_on: date) -> dict[str, Any]:
    """Everything asked and paid on the case's statement, what remains, and until when to pay it.

    Raises ValidationError when nothing remains to be paid.
    """
    due = ledger.balance(case.statement)
    if due <= ZERO:
        raise ValidationError(_("Nothing remains to be paid, so there is no payment notice to issue."))
    standing = standing_lines(case)
    asked = [line for line in standing if line.kind in ASKED]
    asked_total = sum((line.amount for line in asked), ZERO)
    return {
        "applicant": parties.applicant(case),
        "address": case.premises.address,
        "lines": [
            {"name": item_name(line), "basis": given(line.description), "amount": yuan(line.amount)} for line in asked
        ],
        "asked": yuan(asked_total),
        "paid": yuan(asked_total - due),
        "due": money(due),
        "pay_by": day(issued_on + timedelta(days=terms.PAY_BY_DAYS.on(case.rule_day))),
    }


def standing_lines(case: "Application") -> list[StatementLine]:
    """The lines of the statement without those that were reversed, and without the reversals."""
    lines = list(case.statement.lines.order_by("pk"))
    undone = {line.reverses_id for line in lines if line.reverses_id}
    return [line for line in lines if line.pk not in undone and not line.reverses_id]


def item_name(line: StatementLine) -> str:
    """What a line asks for, in the words of the papers; the description keeps the clerk's."""
    source, _colon, about = line.source.partition(":")
    names = {
        "budget": f"工程款（按工程预算书第 {about} 版）",
        "settlement": f"工程决算差额（按工程决算书第 {about} 版）",
        "deposit": "用水保证金",
    }
    return names.get(source, line.description)


def receipt(case: "Application", *, issued_on: date, receipt: Receipt, copy: int = 0) -> dict[str, Any]:
    """A receipt by its gapless number; `copy` counts the reprints, 0 is the first print."""
    line = receipt.line
    return {
        "applicant": parties.applicant(case),
        "address": case.premises.address,
        "receipt": {
            "number": receipt.number,
            "payer": receipt.payer,
            "amount": money(receipt.amount),
            "method": words.PAY_METHOD[line.method] if line and line.method else "",
            "reference": given(line.reference if line else ""),
            "paid_on": day(line.happened_on if line else receipt.issued_at),
            "issued_by": receipt.issued_by.name,
        },
        "about": payment_purpose(case),
        "copy": f"补打件（第 {copy} 次）" if copy else "",
        "parts": ["第一联　交付款人", "第二联　存根"],
    }


def payment_purpose(case: "Application") -> str:
    """What the payments of the case are for: the items asked, each once."""
    names = [item_name(line) for line in standing_lines(case) if line.kind == LineKind.CHARGE]
    return "、".join(dict.fromkeys(names)) or "预收工程款"
