"""What a statement shows. Every figure is a sum of its lines."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from django.db.models import QuerySet

from billing.models import Deposit, LineKind, Statement, StatementLine
from billing.models.rows import total
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
    for line in statement.lines.select_related("recorded_by", "receipt", "reversal").order_by("pk"):
        running += line.amount
        told.append(LineWithBalance(line, running))
    return told


def charged(statement: Statement, source_prefix: str = "") -> Decimal:
    """Yuan asked by sources that begin so: charges less reductions and reversals."""
    return _sum(statement.lines.filter(method="", source__startswith=source_prefix))


def charged_exactly(statement: Statement, source: str) -> Decimal:
    """The same of one source alone: “budget:1” is not “budget:10”."""
    return _sum(statement.lines.filter(method="", source=source))


def paid(statement: Statement) -> Decimal:
    """Yuan paid and neither paid back nor reversed."""
    return -_sum(statement.lines.exclude(method=""))


def item_charges(statement: Statement) -> QuerySet[StatementLine]:
    """The charges from the price list that stand."""
    return statement.lines.filter(kind=LineKind.CHARGE, source__startswith="item:", reversal__isnull=True)


def held_deposits(statement: Statement | None = None) -> QuerySet[Deposit]:
    """The deposits that the utility holds, of one statement or of all, each with its line and its account."""
    held: QuerySet[Deposit] = Deposit.objects.held().select_related("line", "statement__customer", "account")
    return held.order_by("pk") if statement is None else held.filter(statement=statement).order_by("pk")


def statements_owing() -> QuerySet[Statement]:
    """The statements that wait for payment, oldest first, each with what is `owed`."""
    waiting = Statement.objects.annotate(owed=total("lines__amount")).filter(owed__gt=0)
    return waiting.select_related("customer").order_by("opened_at", "pk")
