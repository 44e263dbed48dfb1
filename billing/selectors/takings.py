"""What the till took on a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from billing.models import BillPayment, DaySheet, LineKind, PayMethod, Receipt, StatementLine
from billing.models.rows import AT_THE_TILL
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
    late_charge: Decimal = ZERO  # of the amount


def takings(day: date, cashier: User | None = None) -> list[Taking]:
    """Every movement on the sheets of a day, in the order of recording, of one cashier or of all.

    A reversal stands on the sheet of the cashier whose entry it takes back, whoever recorded it, so that the
    sheet agrees with that cashier's drawer; on that of the day on which it is made, so that a closed one stays.
    What was taken over from paper, or by the existing system, never lay in a drawer and is on no sheet.
    """
    of_day = Q(sheet__day=day)
    return _found(of_day if cashier is None else of_day & Q(sheet__cashier=cashier))


def takings_of(sheet: DaySheet) -> list[Taking]:
    """Every movement on one sheet."""
    return _found(Q(sheet=sheet))


def _found(on_the_sheets: Q) -> list[Taking]:
    lines = StatementLine.objects.filter(on_the_sheets).select_related(*LINE_READS)
    payments = BillPayment.objects.filter(on_the_sheets).select_related(*PAYMENT_READS)
    found = [_of_line(line) for line in lines.order_by("pk")] + _of_receipts(payments.order_by("pk"))
    return sorted(found, key=lambda taking: taking.recorded_at)


LINE_READS = ("statement__customer", "sheet__cashier", "receipt", "reverses__receipt")
PAYMENT_READS = ("receipt", "late_charge", "sheet__cashier", "reverses")


def _of_line(line: StatementLine) -> Taking:
    origin = cast(StatementLine, line.reverses or line)
    assert line.sheet is not None
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
        cashier=line.sheet.cashier,
        reason=line.reason,
    )


def _of_receipts(payments: Iterable[BillPayment]) -> list[Taking]:
    """One row for each receipt of water bills, and one for its reversal, however many bills it pays."""
    groups: dict[tuple[int | None, bool], list[BillPayment]] = {}
    for payment in payments:
        groups.setdefault((payment.receipt_id, payment.reverses_id is not None), []).append(payment)
    return [_of_receipt(group) for group in groups.values()]


def _of_receipt(group: list[BillPayment]) -> Taking:
    first, receipt = group[0], cast(Receipt, group[0].receipt)
    assert first.sheet is not None
    return Taking(
        recorded_at=first.recorded_at,
        what=_("Reversal") if first.reverses else _("Water bills"),
        receipt=receipt.number,
        reference=receipt.reference,
        payer=receipt.payer,
        method=PayMethod(first.method),
        slip=first.reference,
        amount=sum((payment.taken for payment in group), ZERO),
        happened_on=first.happened_on,
        cashier=first.sheet.cashier,
        reason=first.reason,
        late_charge=sum((payment.taken - payment.amount for payment in group), ZERO),
    )


def collected(references: Any, days: tuple[date, date]) -> QuerySet[StatementLine]:
    """The payments of some statements by reference, with what was paid back and reversed, of some days (both included).

    What was collected is the sum of their amounts with the sign turned. Deposits set off against bills are left out:
    nothing was paid back, the money goes on paying water.
    """
    lines = StatementLine.objects.exclude(method="").exclude(method=PayMethod.DEPOSIT)
    return lines.filter(happened_on__range=days, statement__reference__in=references).order_by("happened_on", "pk")


def recorded(rows: Iterable[Taking]) -> dict[PayMethod, Decimal]:
    """What is to be counted: yuan by method in the order of the methods, of cash always, of others where any moved.

    What a deposit pays of bills never was in the drawer: it leaves one ledger for the other, nothing is counted.
    """
    sums: dict[PayMethod, Decimal] = {PayMethod.CASH: ZERO}
    for row in rows:
        sums[row.method] = sums.get(row.method, ZERO) + row.amount
    return {method: sums[method] for method in AT_THE_TILL if method in sums}


def recorded_on(sheets: Iterable[DaySheet]) -> dict[int, Decimal]:
    """What is to be counted in all on each of some sheets, yuan by primary key; two queries, however many they are."""
    wanted = [sheet.pk for sheet in sheets]
    sums = dict.fromkeys(wanted, ZERO)
    moved = {"sheet__in": wanted, "method__in": list(AT_THE_TILL)}
    for key, amount in StatementLine.objects.filter(**moved).values_list("sheet", "amount"):
        sums[key] -= amount
    for payment in BillPayment.objects.filter(**moved).select_related("late_charge"):
        assert payment.sheet_id is not None
        sums[payment.sheet_id] += payment.taken
    return sums


def totals(rows: Iterable[Taking]) -> list[tuple[str, Decimal]]:
    """(method, yuan) of some takings, in the order of the methods, those without any left out."""
    moved = list(rows)
    used = {row.method for row in moved}
    return [(str(method.label), amount) for method, amount in recorded(moved).items() if method in used]


def as_line(row: Taking) -> dict[str, Any]:
    """A movement as it is kept on a closed sheet, in plain values."""
    return asdict(replace(row, cashier=None)) | {"cashier": row.cashier.name}  # type: ignore[arg-type]
