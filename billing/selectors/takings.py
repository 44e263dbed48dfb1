"""What the till took on a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import cast

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from billing.models import BillPayment, LineKind, PayMethod, StatementLine
from waterservice.money import ZERO


@dataclass(frozen=True)
class Taking:
    """One movement of money: above zero taken, below zero given back, yuan."""

    recorded_at: datetime
    what: str
    receipt: str
    reference: str
    payer: str
    method: PayMethod
    slip: str
    amount: Decimal
    happened_on: date
    cashier: User
    reason: str


def takings(day: date, cashier: User | None = None) -> list[Taking]:
    """Every movement recorded on a day (Shanghai), in that order, of one cashier or of all.

    A reversal stands on the sheet of the cashier whose entry it takes back, whoever recorded it, so that the
    sheet agrees with that cashier's drawer.
    """
    start = timezone.make_aware(datetime.combine(day, time.min))
    of_day = Q(recorded_at__gte=start, recorded_at__lt=start + timedelta(days=1))
    if cashier is not None:
        own = Q(reverses__isnull=True, recorded_by=cashier) | Q(reverses__recorded_by=cashier)
        of_day &= own
    lines = StatementLine.objects.filter(of_day).exclude(method="")
    found = [_of_line(line) for line in lines.select_related(*LINE_READS)]
    found += _of_receipts(BillPayment.objects.filter(of_day).select_related(*PAYMENT_READS).order_by("pk"))
    return sorted(found, key=lambda taking: taking.recorded_at)


LINE_READS = ("statement__customer", "recorded_by", "receipt", "reverses__recorded_by", "reverses__receipt")
PAYMENT_READS = ("receipt", "recorded_by", "reverses__recorded_by")


def _of_line(line: StatementLine) -> Taking:
    origin = cast(StatementLine, line.reverses or line)
    return Taking(
        recorded_at=line.recorded_at,
        what=str(LineKind(line.kind).label),
        receipt=origin.receipt.number if origin.kind == LineKind.PAYMENT else "",
        reference=line.statement.reference,
        payer=line.statement.customer.name,
        method=PayMethod(line.method),
        slip=line.reference,
        amount=-line.amount,
        happened_on=line.happened_on,
        cashier=origin.recorded_by,
        reason=line.reason,
    )


def _of_receipts(payments: Iterable[BillPayment]) -> list[Taking]:
    """One row for each receipt of water bills, and one for its reversal, however many bills it pays."""
    groups: dict[tuple[int, bool], list[BillPayment]] = {}
    for payment in payments:
        groups.setdefault((payment.receipt_id, payment.reverses_id is not None), []).append(payment)
    return [_of_receipt(group) for group in groups.values()]


def _of_receipt(group: list[BillPayment]) -> Taking:
    first = group[0]
    return Taking(
        recorded_at=first.recorded_at,
        what=_("Reversal") if first.reverses else _("Water bills"),
        receipt=first.receipt.number,
        reference=first.receipt.reference,
        payer=first.receipt.payer,
        method=PayMethod(first.method),
        slip=first.reference,
        amount=sum((payment.amount for payment in group), ZERO),
        happened_on=first.happened_on,
        cashier=first.reverses.recorded_by if first.reverses else first.recorded_by,
        reason=first.reason,
    )


def totals(rows: Iterable[Taking]) -> list[tuple[str, Decimal]]:
    """(method, yuan) of some takings, in the order of the methods, those without any left out."""
    sums: dict[PayMethod, Decimal] = {}
    for row in rows:
        sums[row.method] = sums.get(row.method, ZERO) + row.amount
    return [(str(method.label), sums[method]) for method in PayMethod if method in sums]
