"""What tax invoices stand for, and what can still be invoiced."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Q, QuerySet

from billing.models import Receipt, Statement, TaxInvoice
from billing.models.rows import total
from billing.models.statements import DEPOSIT
from billing.selectors.statements import charged, paid
from waterservice.money import ZERO


def invoices_of(*, statement: Statement | None = None, receipt: Receipt | None = None) -> QuerySet[TaxInvoice]:
    """The invoices of a statement or of a receipt, blue and red, in the order of recording."""
    of_it = TaxInvoice.objects.filter(statement=statement, receipt=receipt)
    found: QuerySet[TaxInvoice] = of_it.select_related("issued_by", "flushes", "red").order_by("pk")
    return found


def invoiced(*, statement: Statement | None = None, receipt: Receipt | None = None) -> Decimal:
    """Yuan for which invoices in force stand: blue ones less the red."""
    sums = TaxInvoice.objects.filter(statement=statement, receipt=receipt).aggregate(found=total("amount"))
    found: Decimal = sums["found"]
    return found


def invoiceable(*, statement: Statement | None = None, receipt: Receipt | None = None) -> Decimal:
    """Yuan that were paid and have no invoice yet; a deposit is no sale and has none."""
    if statement is not None:
        sold = paid(statement) - charged(statement, DEPOSIT)
    else:
        assert receipt is not None
        sold = ZERO if receipt.reversed_at or receipt.line_id else receipt.amount
    return max(sold - invoiced(statement=statement, receipt=receipt), ZERO)


def all_invoices(text: str = "") -> QuerySet[TaxInvoice]:
    """Every tax invoice, the newest first, with what it stands for; those with a text in number or title."""
    found: QuerySet[TaxInvoice] = TaxInvoice.objects.select_related(
        "statement__customer", "receipt", "issued_by", "flushes", "red"
    ).order_by("-pk")
    return found.filter(Q(number__startswith=text) | Q(title__icontains=text)) if text else found
