"""What was asked, paid and paid back on paper before a file was taken over; it keeps its day and its old receipt.

Such lines never pass the till: they take none of our receipt numbers and stand on no day's takings.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import MeterAccount, User
from billing import selectors
from billing.models import Deposit, LineKind, Statement, StatementLine
from billing.services import locks
from billing.services.checks import day_so_far, exact, known_method, said
from billing.services.statements import post
from waterservice.money import ZERO, yuan
from waterservice.text import clean_line


@transaction.atomic
def take_over_charge(
    *, statement: Statement, amount: Decimal, description: str, source: str, happened_on: date, by: User
) -> StatementLine:
    """Put on record what was asked on paper (yuan) for a source such as “budget:1”, on its own day."""
    return post(
        locks.lock_statement(statement),
        kind=LineKind.CHARGE,
        amount=exact(amount),
        description=description,
        source=source,
        happened_on=day_so_far(happened_on),
        taken_over=True,
        recorded_by=by,
    )


@transaction.atomic
def take_over_adjustment(
    *, statement: Statement, amount: Decimal, description: str, source: str, happened_on: date, by: User
) -> StatementLine:
    """Put on record the difference of a settlement: above zero it was asked, below zero credited."""
    if amount > ZERO:
        return take_over_charge(
            statement=statement, amount=amount, description=description, source=source, happened_on=happened_on, by=by
        )
    return post(
        locks.lock_statement(statement),
        kind=LineKind.REDUCTION,
        amount=-exact(-amount),
        description=description,
        source=source,
        reason=description,
        happened_on=day_so_far(happened_on),
        taken_over=True,
        recorded_by=by,
    )


@transaction.atomic
def take_over_payment(
    *, statement: Statement, amount: Decimal, method: str, receipt: str, happened_on: date, by: User
) -> StatementLine:
    """Put on record what was paid on paper (yuan) with the number of the old receipt.

    More than was asked is kept as credit. Raises ValidationError without that number, for one that is on record
    already, or a day to come.
    """
    number = clean_line(receipt)
    if not number:
        raise ValidationError(_("Enter the number of the old receipt."))
    locked = locks.lock_statement(statement)
    if StatementLine.objects.filter(taken_over=True, kind=LineKind.PAYMENT, reference=number).exists():
        raise ValidationError(_("The old receipt %(number)s is on record already."), params={"number": number})
    paid = exact(amount)
    return post(
        locked,
        kind=LineKind.PAYMENT,
        amount=-paid,
        description=_("Paid before the file was taken over"),
        method=known_method(method),
        reference=number,
        happened_on=day_so_far(happened_on),
        as_credit=paid > locked.balance,
        taken_over=True,
        recorded_by=by,
    )


@transaction.atomic
def take_over_refund(
    *, statement: Statement, amount: Decimal, method: str, reference: str, reason: str, happened_on: date, by: User
) -> StatementLine:
    """Put on record what was paid back on paper (yuan). Raises ValidationError for more than was paid."""
    locked = locks.lock_statement(statement)
    given, paid = exact(amount), selectors.paid(locked)
    if given > paid:
        raise ValidationError(
            _("Only %(left)s was paid, so no more can be paid back."), params={"left": yuan(max(paid, ZERO))}
        )
    return post(
        locked,
        kind=LineKind.REFUND,
        amount=given,
        description=_("Paid back before the file was taken over"),
        method=known_method(method),
        reference=reference,
        reason=said(reason),
        happened_on=day_so_far(happened_on),
        taken_over=True,
        recorded_by=by,
    )


@transaction.atomic
def take_over_deposit(
    *,
    statement: Statement,
    clause: str,
    amount: Decimal,
    basis: str,
    happened_on: date,
    rule_day: date,
    by: User,
    account: MeterAccount | None = None,
) -> Deposit:
    """Put on record a deposit that was asked on paper (yuan); it is held once its payment is on record too.

    The policies of `rule_day`, on which the request was accepted, hold for its term.
    """
    line = take_over_charge(
        statement=statement,
        amount=amount,
        description=_("Deposit (%(clause)s)") % {"clause": clause},
        source=f"deposit:{clause}",
        happened_on=happened_on,
        by=by,
    )
    deposit = Deposit(
        statement=statement, line=line, clause=clause, basis=clean_line(basis), rule_day=rule_day, account=account
    )
    deposit._history_user = by  # type: ignore[attr-defined]
    deposit.save(force_insert=True)
    return deposit
