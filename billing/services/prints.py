"""Printing receipts: the first is the receipt, later ones and looks are marked; each printing is on record."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

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
    now = timezone.now()
    return ReceiptPrint.objects.create(receipt=locked, place=place, file=stored, printed_by=by, handed_out_at=now)


@transaction.atomic
def look_at_print(*, printed: ReceiptPrint, prints: bool) -> bytes:
    """The bytes of a printing for somebody who looks at it; `prints`: they may print receipts.

    The receipt itself leaves once, to the first who may print it: where its payment issued it, that is the moment
    of its printing. Whoever looks at it later, or may only look, sees it marked so that it is no second receipt.
    """
    locked = locks.lock_receipt(printed.receipt)
    row = ReceiptPrint.objects.select_related("file").get(pk=printed.pk)
    first = prints and row.handed_out_at is None
    if first:
        row.handed_out_at = timezone.now()
        row.save(update_fields=["handed_out_at"])
    if row.copy or first:
        with row.file.open() as content:
            return bytes(content.read())
    return papers.receipt_seen_pdf(locked, verify_code=row.file.verify_code or "")


def _next_place(receipt: Receipt) -> int:
    place: int = receipt.prints.count() + 1
    return place
