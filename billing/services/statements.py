"""Charges, reductions and reversals on a statement."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.history import save_as
from accounts.models import Customer, User
from billing import selectors
from billing.models import Deposit, DepositMove, LineKind, PriceItem, Receipt, Statement, StatementLine
from billing.models.statements import ASKED, DEPOSIT, FORFEIT, MOVED
from billing.services import locks
from billing.services.checks import exact, said
from billing.services.days import sheet_of
from waterservice.money import FEN, ZERO, yuan
from waterservice.text import clean_line


def post(statement: Statement, **columns: Any) -> StatementLine:
    """Add a line to a locked statement; what only a program can get wrong is left to the constraints.

    Money stands on the day sheet of whoever records it, a reversal on that of the cashier of its line; what was
    taken over from paper stands on none. Raises
    ValidationError for a statement that is closed, and for whatever moves no deposit on one that has ended.
    """
    refuse_after_the_end(statement, columns["kind"], columns["amount"], columns.get("source", ""))
    columns.setdefault("happened_on", timezone.localdate())
    columns["description"] = clean_line(str(columns["description"]))
    columns["reference"] = clean_line(columns.get("reference", ""))
    if columns.get("method") and not columns.get("taken_over"):
        origin = columns.get("reverses")
        columns["sheet"] = sheet_of(origin.sheet.cashier_id if origin else columns["recorded_by"].pk)
    line = StatementLine(statement=statement, **columns)
    line.clean_fields(exclude=["statement", "recorded_by", "approved_by", "reverses", "sheet"])
    line.save(force_insert=True)
    return line


def refuse_after_the_end(statement: Statement, kind: str, amount: Decimal, source: str) -> None:
    """Raises ValidationError where a line comes too late; deposits move until the statement is closed.

    A deposit is released first: what that leaves as credit goes back or is forfeited, and no more.
    """
    about = {"reference": statement.reference}
    if statement.closed_at is not None:
        raise ValidationError(
            _("The statement %(reference)s is closed: nothing is charged, paid or paid back on it any more."),
            params=about,
        )
    if statement.ended_at is None or (kind == LineKind.REDUCTION and source.startswith(DEPOSIT)):
        return
    settles = kind == LineKind.REFUND or (kind == LineKind.CHARGE and source.startswith(FORFEIT))
    if not settles or statement.balance + amount > ZERO:
        raise ValidationError(
            _("The case of the statement %(reference)s has ended: only its deposit can still be given back."),
            params=about,
        )


def refuse_below_invoices(statement: Statement, paid: Decimal) -> None:
    """Raises ValidationError when tax invoices would stand for more than would still be paid."""
    invoiced = selectors.invoiced(statement=statement)
    if paid < invoiced:
        raise ValidationError(
            _("Tax invoices over %(invoiced)s stand for this money. Take them back by a red invoice first."),
            params={"invoiced": yuan(invoiced)},
        )


@transaction.atomic
def open_statement(*, reference: str, title: str, customer: Customer, by: User) -> Statement:
    """Open the one statement of a reference. Raises ValidationError when the reference has an open one already."""
    statement = Statement(reference=clean_line(reference), title=clean_line(title), customer=customer, opened_by=by)
    return save_as(statement, by=by)


@transaction.atomic
def readdress_statement(*, statement: Statement, customer: Customer, title: str, by: User) -> Statement:
    """Put a statement in the right name, when the wrong one was typed at the counter. Money must not have moved.

    Raises ValidationError once something was paid: that was somebody's.
    """
    locked = locks.lock_statement(statement)
    if locked.lines.exclude(method="").exists():
        raise ValidationError(_("Something has been paid on this statement: its customer stays."))
    locked.customer, locked.title = customer, clean_line(title)
    return save_as(locked, by=by)


@transaction.atomic
def charge(*, statement: Statement, amount: Decimal, description: str, source: str, by: User) -> StatementLine:
    """Ask an amount (yuan, at least 0.01) of the customer, for a source such as “budget:2”.

    Raises ValidationError when the source is charged already and not reversed.
    """
    locked = locks.lock_statement(statement)
    asked = exact(amount)
    if locked.lines.filter(kind=LineKind.CHARGE, source=source, reversal__isnull=True).exists():
        raise ValidationError(
            _("“%(what)s” is charged already. Reverse it first, if it is to be charged anew."),
            params={"what": description},
        )
    return post(
        locked,
        kind=LineKind.CHARGE,
        amount=asked,
        description=description,
        source=source,
        recorded_by=by,
    )


@transaction.atomic
def charge_item(
    *, statement: Statement, code: str, by: User, quantity: Decimal | int = 1, on: date | None = None
) -> StatementLine:
    """Charge an item of the price list, by its price of a day (today, if left out), rounded half up to the fen.

    Raises ValidationError when the list has no such item on that day, it has ended or is switched off.
    """
    day = on or timezone.localdate()
    item = selectors.price(code, day)
    if item is None:
        raise ValidationError(_not_for_sale(code, day))
    amount = (item.unit_price * quantity).quantize(FEN, rounding=ROUND_HALF_UP)
    description = item.name if quantity == 1 else f"{item.name} × {quantity} {item.unit}"
    return charge(statement=statement, amount=amount, description=description, source=f"item:{code}", by=by)


def _not_for_sale(code: str, day: date) -> ValidationError:
    item = PriceItem.objects.filter(code=code, valid_from__lte=day).order_by("-valid_from").first()
    about = {"code": code, "item": item.name if item else code, "day": day.isoformat()}
    if item is None:
        return ValidationError(_("The price list has no item %(code)s on %(day)s."), params=about)
    if not item.enabled:
        return ValidationError(_("“%(item)s” is switched off in the price list: it is not charged."), params=about)
    return ValidationError(_("“%(item)s” is not charged any more on %(day)s."), params=about)


@transaction.atomic
def reduce(
    *,
    statement: Statement,
    amount: Decimal,
    description: str,
    source: str,
    reason: str,
    by: User,
    approved_by: User,
) -> StatementLine:
    """Let the customer off a part (yuan, above zero) of what its source charged, as somebody else approved.

    Raises ValidationError without a reason, for more than the source still asks, or one's own approval.
    """
    locked = locks.lock_statement(statement)
    let_off, asked = exact(amount), selectors.still_asked(locked, source)
    if let_off > asked:
        raise ValidationError(
            {
                "amount": ValidationError(
                    _("Only %(asked)s is asked for this; no more can be let off."),
                    params={"asked": yuan(max(asked, ZERO))},
                )
            }
        )
    if approved_by == by:
        raise ValidationError(_("Somebody else must approve the reduction that you record."))
    return post(
        locked,
        kind=LineKind.REDUCTION,
        amount=-let_off,
        description=description,
        source=source,
        reason=said(reason),
        approved_by=approved_by,
        recorded_by=by,
    )


@transaction.atomic
def adjust(*, statement: Statement, amount: Decimal, description: str, source: str, by: User) -> StatementLine:
    """Post the difference of a settlement (多退少补, NC-8): above zero it is charged, below zero credited.

    `source` is “settlement:…”: the approved figures stand for an approver. Raises ValidationError for zero,
    and for a credit above all that was charged; a deposit is no charge of the works.
    """
    if amount > ZERO:
        return charge(statement=statement, amount=amount, description=description, source=source, by=by)
    locked = locks.lock_statement(statement)
    credit = exact(-amount)
    asked = selectors.charged(locked) - selectors.charged(locked, DEPOSIT)
    if credit > asked:
        raise ValidationError(
            _("Only %(asked)s was charged; %(credit)s can't be credited."),
            params={"asked": yuan(asked), "credit": yuan(credit)},
        )
    return post(
        locked,
        kind=LineKind.REDUCTION,
        amount=-credit,
        description=description,
        source=source,
        reason=description,
        recorded_by=by,
    )


@transaction.atomic
def keep_for_works(
    *, statement: Statement, kept: Decimal, source: str, reason: str, by: User, approved_by: User
) -> StatementLine | None:
    """Ask no more for the works than is `kept` (yuan, from zero), whatever budget and settlement asked (终止协议).

    Returns the line that makes up the difference, or None where there is none. Raises ValidationError for more than
    was charged, without a reason, or for one's own approval.
    """
    locked = locks.lock_statement(statement)
    asked, most = selectors.asked_for_works(locked), selectors.most_for_works(locked)
    if kept > most:
        raise ValidationError(_("No more than %(most)s was charged for the works."), params={"most": yuan(most)})
    if approved_by == by:
        raise ValidationError(_("Somebody else must approve what you keep of a fee."))
    if kept == asked:
        return None
    words = {"description": _("Works by termination agreement"), "source": source, "recorded_by": by}
    if kept > asked:
        return post(locked, kind=LineKind.CHARGE, amount=exact(kept - asked), **words)
    return post(
        locked,
        kind=LineKind.REDUCTION,
        amount=-exact(asked - kept),
        reason=said(reason),
        approved_by=approved_by,
        **words,
    )


@transaction.atomic
def reverse_line(*, line: StatementLine, reason: str, by: User) -> StatementLine:
    """Take a line back by its opposite; both stay on the statement.

    Raises ValidationError without a reason; for a reversal, a line reversed already, money that the same
    person took or paid out; a payment of which a part was paid back, or for which a tax invoice stands; a charge
    of which a part was let off; what has become of a deposit.
    """
    locked = locks.lock_statement(line.statement)
    if line.kind == LineKind.REVERSAL:
        raise ValidationError(_("A reversal can't be reversed. Enter the payment or the charge anew."))
    if StatementLine.objects.filter(reverses=line).exists():
        raise ValidationError(_("This line has been reversed already."))
    if DepositMove.objects.filter(Q(released=line) | Q(settled=line)).exists():
        raise ValidationError(_("This line says what became of a deposit. It stays; only the deposit's page moves it."))
    if line.kind in MOVED and line.recorded_by_id in by.hands:
        raise ValidationError(_("You recorded this payment yourself. Somebody else must reverse it."))
    if line.kind == LineKind.PAYMENT:
        left = selectors.paid(locked) + line.amount
        if left < ZERO:
            raise ValidationError(_("Part of this payment has been paid back. Reverse the refund first."))
        refuse_below_invoices(locked, left)
    if line.kind == LineKind.CHARGE and selectors.charged_exactly(locked, line.source) < line.amount:
        raise ValidationError(_("Part of this charge has been let off. Reverse the reduction first."))
    reversal = post(
        locked,
        kind=LineKind.REVERSAL,
        amount=-line.amount,
        description=line.description,
        source=line.source,
        method=line.method,
        taken_over=line.taken_over,
        reverses=line,
        reason=said(reason),
        recorded_by=by,
    )
    for receipt in Receipt.objects.filter(line=line):
        void(receipt)
    for deposit in Deposit.objects.filter(line=line):
        end(deposit, by=by)
    return reversal


def end(deposit: Deposit, *, by: User) -> None:
    """Mark a deposit of which nothing is left: gone whole, or its charge taken back. What was prepared lapses."""
    deposit.orders.filter(closed_at__isnull=True).update(closed_at=timezone.now(), withdrawn_by=by)
    deposit.ended_at = timezone.now()
    deposit._history_user = by  # type: ignore[attr-defined]
    deposit.save(update_fields=["ended_at"])


def void(receipt: Receipt) -> None:
    """Mark a receipt whose payment has been taken back, so that its slip can be entered for the right one."""
    receipt.reversed_at = timezone.now()
    receipt.save(update_fields=["reversed_at"])


@transaction.atomic
def reverse_charges(*, statement: Statement, source_prefix: str, reason: str, by: User) -> list[StatementLine]:
    """Reverse every charge and reduction whose source begins so and that stands, newest first.

    Payments stay, as credit. Nothing to reverse is no error: the list is empty then.
    """
    locked = locks.lock_statement(statement)
    standing = locked.lines.filter(kind__in=ASKED, source__startswith=source_prefix, reversal__isnull=True).order_by(
        "-pk"
    )
    return [reverse_line(line=line, reason=reason, by=by) for line in standing]


@transaction.atomic
def end_statement(*, statement: Statement, by: User) -> Statement:
    """What the statement was opened for is over. It is closed, at once or as soon as its deposits have gone back.

    Raises ValidationError unless nothing is owed either way. Safe to repeat.
    """
    locked = locks.lock_statement(statement)
    if locked.ended_at is not None:
        return locked
    balance = locked.balance
    if balance:
        raise ValidationError(
            _("The statement %(reference)s is not settled: %(balance)s."),
            params={"reference": locked.reference, "balance": yuan(balance)},
        )
    locked.ended_at = timezone.now()
    return close_if_over(save_as(locked, by=by), by=by)


def close_if_over(statement: Statement, *, by: User) -> Statement:
    """Close a locked statement that has ended and of which no deposit stands any more; others stay as they are."""
    standing = selectors.standing_deposits(statement).exists()
    if statement.ended_at is None or statement.closed_at is not None or standing or statement.balance:
        return statement
    statement.closed_at = timezone.now()
    return save_as(statement, by=by)
