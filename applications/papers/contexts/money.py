"""Papers of the till: payment notice and receipt (NC-5, NC-8, NC-C5)."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from applications.papers import terms, words
from applications.papers.contexts import parties
from applications.papers.formats import NOTHING, day, given, money
from billing import selectors as ledger
from billing.models import LineKind, Receipt, StatementLine
from waterservice.money import ZERO, yuan

if TYPE_CHECKING:
    from applications.models import Application

ASKED = frozenset({LineKind.CHARGE, LineKind.REDUCTION})


def payment_notice(case: "Application", *, issued_on: date) -> dict[str, Any]:
    """Everything asked and paid on the case's statement, what remains, and until when to pay it.

    Raises ValidationError when nothing remains to be paid.
    """
    due = ledger.balance(case.statement)
    if due <= ZERO:
        raise ValidationError(_("Nothing remains to be paid, so there is no payment notice to issue."))
    asked = [line for line in standing_lines(case) if line.kind in ASKED]
    asked_total = sum((line.amount for line in asked), ZERO)
    return {
        "applicant": parties.applicant(case),
        "address": case.premises.address,
        "lines": [{"name": item_name(line), "basis": legal_basis(line), "amount": yuan(line.amount)} for line in asked],
        "asked": yuan(asked_total),
        "paid": yuan(asked_total - due),
        "due": money(due),
        "pay_by": day(issued_on + timedelta(days=terms.PAY_BY_DAYS.on(case.rule_day))),
    }


def standing_lines(case: "Application") -> list[StatementLine]:
    """The lines of the statement without those that were reversed, and without the reversals."""
    lines = case.statement.lines.filter(reversal__isnull=True, reverses__isnull=True)
    return list(lines.select_related("receipt", "deposit"))


def item_name(line: StatementLine) -> str:
    """What a line asks for in the words of the papers; a price item is called as in the price list."""
    source, _colon, about = line.source.partition(":")
    names = {
        "budget": f"工程款（按工程预算书第 {about} 版）",
        "settlement": f"工程决算差额（按工程决算书第 {about} 版）",
        "deposit": "用水保证金",
    }
    name = names.get(source, line.description)
    let_off = line.kind == LineKind.REDUCTION and source != "settlement"
    return f"减免：{name}" if let_off else name


def legal_basis(line: StatementLine) -> str:
    """Why a line is asked for: the legal basis of a price item, or the paper that it follows."""
    source, _colon, about = line.source.partition(":")
    if source == "item":
        item = ledger.price(about, line.happened_on)
        return item.legal_basis if item else NOTHING
    if source == "deposit":
        return f"大用水量自然人用户保证金；{line.deposit.basis}"
    return {"budget": "经批准的工程预算书中用户承担部分", "settlement": "决算与预算之差，多退少补"}.get(source, NOTHING)


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
        "receipt": {
            "number": taken.number,
            "payer": taken.payer,
            "amount": money(taken.amount),
            "method": words.PAY_METHOD[taken.line.method],
            "reference": given(taken.line.reference),
            "paid_on": day(taken.line.happened_on),
            "issued_by": taken.issued_by.name,
        },
        "about": "、".join(settled_items(case, taken.line)) or "预缴款项",
        "copy": f"补打件（第 {copy} 次）" if copy else "",
        "parts": ["第一联　交付款人", "第二联　存根"],
    }


def settled_items(case: "Application", payment: StatementLine) -> list[str]:
    """The items that a payment settles: what is asked is settled in the order in which it was asked."""
    earlier = [line for line in standing_lines(case) if line.pk < payment.pk]
    credited = -sum((line.amount for line in earlier if line.kind != LineKind.CHARGE), ZERO)
    names, upto = [], ZERO
    for line in earlier:
        if line.kind == LineKind.CHARGE:
            start, upto = upto, upto + line.amount
            if start < credited - payment.amount and upto > credited:
                names.append(item_name(line))
    return list(dict.fromkeys(names))
