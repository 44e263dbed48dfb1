"""What a statement shows. Every figure is a sum of its lines."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Count, OuterRef, QuerySet, Subquery

from billing.models import Deposit, LineKind, PaymentNotice, Receipt, Statement, StatementLine
from billing.models.rows import total
from billing.models.statements import DEPOSIT, MOVED, WORKS
from waterservice.money import ZERO


class LineWithBalance(NamedTuple):
    """A line and the balance after it, as a bank prints it."""

    line: StatementLine
    balance: Decimal


def _sum(lines: QuerySet[StatementLine]) -> Decimal:
    found: Decimal = lines.aggregate(found=total("amount"))["found"]
    return found


def balance(statement: Statement) -> Decimal:
    """Yuan still asked of the customer; below zero: the customer's credit."""
    return statement.balance


def lines_with_balance(statement: Statement) -> list[LineWithBalance]:
    """The lines in their order, each with the balance after it; one query."""
    running, told = ZERO, []
    for line in statement.lines.select_related("recorded_by", "approved_by", "receipt", "reversal").order_by("pk"):
        running += line.amount
        told.append(LineWithBalance(line, running))
    return told


def charged(statement: Statement, source_prefix: str = "") -> Decimal:
    """Yuan asked by sources that begin so: charges less reductions and reversals."""
    return _sum(statement.lines.filter(method="", source__startswith=source_prefix))


def charged_exactly(statement: Statement, source: str) -> Decimal:
    """The same of one source alone: “budget:1” is not “budget:10”."""
    return _sum(statement.lines.filter(method="", source=source))


def asked_for_works(statement: Statement) -> Decimal:
    """Yuan asked for the works now: by budget, settlement and what a termination keeps of them."""
    return sum((charged(statement, prefix) for prefix in WORKS), ZERO)


def still_asked(statement: Statement, source: str) -> Decimal:
    """Yuan that a source still asks; of works no more than all their sources together, credits of a settlement taken
    off."""
    asked = charged_exactly(statement, source)
    return min(asked, asked_for_works(statement)) if source.startswith(WORKS) else asked


def most_for_works(statement: Statement) -> Decimal:
    """Yuan that works can cost at most: what is asked for them; once that was taken back, what is paid for them."""
    asked = asked_for_works(statement)
    charges = statement.lines.filter(kind=LineKind.CHARGE, source__startswith="budget:")
    if not charges.exists() or charges.filter(reversal__isnull=True).exists():
        return asked
    return max(paid(statement) - (charged(statement) - asked), ZERO)


def paid(statement: Statement) -> Decimal:
    """Yuan paid and neither paid back nor reversed."""
    return -_sum(statement.lines.exclude(method=""))


def item_charges(statement: Statement) -> QuerySet[StatementLine]:
    """The charges from the price list that stand."""
    return statement.lines.filter(kind=LineKind.CHARGE, source__startswith="item:", reversal__isnull=True)


def reversible_moves(statement: Statement) -> QuerySet[StatementLine]:
    """The payments and refunds that stand and can be taken back; what moved a deposit stays."""
    moved = statement.lines.filter(kind__in=MOVED, reversal__isnull=True)
    found: QuerySet[StatementLine] = moved.filter(deposit_release__isnull=True, deposit_move__isnull=True)
    return found.select_related("recorded_by").order_by("pk")


def payments_taken_back(statement: Statement) -> QuerySet[StatementLine]:
    """The payments of a statement that were reversed."""
    found: QuerySet[StatementLine] = statement.lines.filter(kind=LineKind.PAYMENT, reversal__isnull=False)
    return found


def held_deposits(statement: Statement | None = None) -> QuerySet[Deposit]:
    """The deposits that the utility holds, of one statement or of all, each with its line and its account."""
    held: QuerySet[Deposit] = Deposit.objects.held().select_related("line", "statement__customer", "account")
    return held.order_by("pk") if statement is None else held.filter(statement=statement).order_by("pk")


def standing_deposits(statement: Statement) -> QuerySet[Deposit]:
    """The deposits of a statement that were charged and have gone nowhere since, paid or not."""
    standing: QuerySet[Deposit] = Deposit.objects.standing().filter(statement=statement)
    return standing


def deposit_charges_reversed(statement: Statement) -> QuerySet[StatementLine]:
    """The lines that took the charge of a deposit back; what had been paid of it is credit since."""
    return statement.lines.filter(kind=LineKind.REVERSAL, source__startswith=DEPOSIT)


def reducible(statement: Statement) -> QuerySet[StatementLine]:
    """The standing charges of a statement of which a part may be let off; a deposit is no fee."""
    standing = statement.lines.filter(kind=LineKind.CHARGE, reversal__isnull=True)
    found: QuerySet[StatementLine] = standing.exclude(source__startswith=DEPOSIT).order_by("pk")
    return found


def statements_owing(*, overdue_on: date | None = None) -> QuerySet[Statement]:
    """The statements that wait for payment, oldest first, each with what is `owed` and the `pay_by` of its notice.

    With a day: only those whose newest payment notice gave them time until before it.
    """
    lines = StatementLine.objects.filter(statement=OuterRef("pk")).order_by().values("statement")
    notices = PaymentNotice.objects.filter(statement=OuterRef("pk")).order_by("-pk")
    waiting = Statement.objects.filter(closed_at__isnull=True).annotate(
        owed=Subquery(lines.annotate(owed=total("amount")).values("owed")),
        pay_by=Subquery(notices.values("pay_by")[:1]),
    )
    waiting = waiting.filter(owed__gt=0).select_related("customer").order_by("pk")
    return waiting if overdue_on is None else waiting.filter(pay_by__lt=overdue_on)


def receipts_of(statement: Statement) -> QuerySet[Receipt]:
    """The receipts of a statement's payments, in the order of their numbers, each with its printings."""
    found: QuerySet[Receipt] = Receipt.objects.filter(line__statement=statement)
    return found.select_related("issued_by").annotate(printed=Count("prints")).order_by("pk")
