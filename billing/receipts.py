"""Receipts, numbered without gaps year by year."""

from decimal import Decimal

from django.utils import timezone

from accounts.models import User
from billing.models import Receipt, Statement, StatementLine
from waterservice.numbering import next_number


def issue_receipt(
    *,
    amount: Decimal,
    payer: str,
    purpose: str,
    method: str,
    reference: str,
    by: User,
    statement: Statement | None = None,
    line: StatementLine | None = None,
) -> Receipt:
    """Issue the next receipt of the year; must run in the transaction of the payment, so that no number is lost."""
    year = timezone.localdate().year
    receipt = Receipt(
        number=f"SJ{year}-{next_number(f'receipt:{year}'):07d}",
        statement=statement,
        line=line,
        amount=amount,
        payer=payer,
        purpose=purpose,
        method=method,
        reference=reference,
        issued_by=by,
    )
    receipt.full_clean()
    receipt.save()
    return receipt
