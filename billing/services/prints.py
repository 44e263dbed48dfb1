"""Printing receipts: the first is the receipt, every later one a marked copy; each is on record with its bytes."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from billing import papers
from billing.models import Receipt, ReceiptPrint
from billing.services import locks
from waterservice.files import new_verify_code, store_bytes
from waterservice.models import StoredFile


@transaction.atomic
def record_print(*, receipt: Receipt, file: StoredFile, by: User) -> ReceiptPrint:
    """Put on record that a receipt was printed as the stored file."""
    locked = locks.lock_receipt(receipt)
    return ReceiptPrint.objects.create(receipt=locked, place=_next_place(locked), file=file, printed_by=by)


@transaction.atomic
def print_receipt(*, receipt: Receipt, by: User) -> ReceiptPrint:
    """Print a receipt, or a copy with its number and date where it was printed before; the bytes are kept.

    Raises ValidationError for a name that the papers' fonts cannot write.
    """
    locked = locks.lock_receipt(receipt)
    place, code = _next_place(locked), new_verify_code()
    content = papers.receipt_pdf(locked, copy=place - 1, verify_code=code)
    stored = store_bytes(
        content,
        name=f"{locked.number}-{place}.pdf",
        content_type="application/pdf",
        by=by,
        verify_code=code,
    )
    return ReceiptPrint.objects.create(receipt=locked, place=place, file=stored, printed_by=by)


def _next_place(receipt: Receipt) -> int:
    place: int = receipt.prints.count() + 1
    return place
