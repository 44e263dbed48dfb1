"""Tax invoices (发票) and red ones that take them back (红冲): the tax system issues them, here they are recorded."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from billing import selectors
from billing.models import Receipt, Statement, TaxInvoice
from billing.services import locks
from billing.services.checks import day_so_far, exact, said
from waterservice.money import yuan
from waterservice.text import clean_line


@transaction.atomic
def issue_invoice(
    *,
    kind: str,
    number: str,
    title: str,
    amount: Decimal,
    by: User,
    tax_number: str = "",
    issued_on: date | None = None,
    statement: Statement | None = None,
    receipt: Receipt | None = None,
) -> TaxInvoice:
    """Record the invoice for what was paid (yuan) on a statement, or by a receipt of water bills.

    Raises ValidationError for more than was paid and not yet invoiced (a deposit is no sale), a number that is
    on record already or is none, a wrong tax number, a special invoice without one, and a day to come.
    """
    asked = exact(amount)
    left = _lock_and_read(statement, receipt)
    if asked > left:
        raise ValidationError(
            {
                "amount": ValidationError(
                    _("Only %(left)s was paid and has no invoice yet."), params={"left": yuan(left)}
                )
            }
        )
    return _record(
        TaxInvoice(
            kind=kind,
            number=clean_line(number),
            statement=statement,
            receipt=receipt,
            title=clean_line(title),
            tax_number=clean_line(tax_number).upper(),
            amount=asked,
            issued_on=day_so_far(issued_on, field="issued_on"),
            issued_by=by,
        )
    )


def _lock_and_read(statement: Statement | None, receipt: Receipt | None) -> Decimal:
    """Lock what is invoiced and read what is left to invoice, yuan."""
    if statement is not None:
        return selectors.invoiceable(statement=locks.lock_statement(statement))
    assert receipt is not None
    return selectors.invoiceable(receipt=locks.lock_receipt(receipt))


def _record(invoice: TaxInvoice) -> TaxInvoice:
    invoice.full_clean()
    invoice.save(force_insert=True)
    return invoice


@transaction.atomic
def flush_invoice(
    *, invoice: TaxInvoice, number: str, reason: str, by: User, issued_on: date | None = None
) -> TaxInvoice:
    """Record the red invoice that takes a blue one back, whole; both stay on record.

    Raises ValidationError without a reason, for a red invoice, one that was taken back already, a number that
    is on record or is none, and a day before the blue one or to come.
    """
    _lock_and_read(invoice.statement, invoice.receipt)
    day = day_so_far(issued_on, field="issued_on")
    if invoice.flushes_id is not None:
        raise ValidationError(_("A red invoice is not taken back. Issue a new one."))
    if TaxInvoice.objects.filter(flushes=invoice).exists():
        raise ValidationError(_("This invoice has been taken back already."))
    if day < invoice.issued_on:
        raise ValidationError({"issued_on": _("The red invoice can't be older than the blue one.")})
    return _record(
        TaxInvoice(
            kind=invoice.kind,
            number=clean_line(number),
            statement=invoice.statement,
            receipt=invoice.receipt,
            title=invoice.title,
            tax_number=invoice.tax_number,
            amount=-invoice.amount,
            issued_on=day,
            issued_by=by,
            flushes=invoice,
            reason=said(reason),
        )
    )
