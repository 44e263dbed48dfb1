"""Writes of money on statements. Each locks the statement before it reads its balance."""

from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer, MeterAccount, User
from billing import selectors
from billing.ledger_locks import lock_ledger, lock_statement
from billing.models import Deposit, LineKind, Receipt, Statement, StatementLine
from billing.receipts import issue_receipt
from billing.water import issue_bill, pay_bills, record_arrears_check, record_reading
from waterservice.money import FEN, parse_money, yuan

__all__ = [
    "adjust",
    "charge",
    "charge_deposit",
    "charge_item",
    "issue_bill",
    "lock_ledger",
    "lock_statement",
    "open_statement",
    "pay_bills",
    "record_arrears_check",
    "record_payment",
    "record_reading",
    "reduce",
    "refund",
    "return_deposit",
    "reverse_charges",
    "reverse_line",
]


@transaction.atomic
def open_statement(*, reference: str, title: str, customer: Customer, by: User) -> Statement:
    """Open the statement of a reference that has none yet."""
    statement = Statement(reference=reference, title=title, customer=customer, opened_by=by)
    statement.full_clean()
    statement.save()
    return statement


def _add(statement: Statement, **columns: object) -> StatementLine:
    line = StatementLine(statement=statement, **columns)
    line.full_clean()
    line.save()
    return line


@transaction.atomic
def charge(*, statement: Statement, amount: Decimal, description: str, source: str, by: User) -> StatementLine:
    """Ask an amount (at least 0.01 yuan) of the customer; the same source is charged once while not reversed."""
    locked = lock_statement(statement)
    if locked.lines.filter(source=source, kind=LineKind.CHARGE, reversal__isnull=True).exists():
        raise ValidationError(_("This has been charged already: %(what)s."), params={"what": description})
    return _add(
        locked, kind=LineKind.CHARGE, amount=parse_money(str(amount)), description=description, source=source, recorded_by=by
    )


@transaction.atomic
def charge_item(
    *, statement: Statement, code: str, by: User, quantity: Decimal | int = 1, on: date | None = None
) -> StatementLine:
    """Charge an item of the price list at the price of the day; refused when it is switched off or has expired."""
    item = selectors.price(code, on or timezone.localdate())
    if item is None:
        raise ValidationError(
            _("The price list has no fee “%(code)s” that may be charged today."), params={"code": code}
        )
    amount = (item.unit_price * quantity).quantize(FEN)
    return charge(statement=statement, amount=amount, description=item.name, source=f"item:{code}", by=by)


@transaction.atomic
def reduce(
    *, statement: Statement, amount: Decimal, description: str, source: str, reason: str, approved_by: User, by: User
) -> StatementLine:
    """Take back a part of what was asked, with a reason and the one who approved it."""
    return _add(
        lock_statement(statement),
        kind=LineKind.REDUCTION,
        amount=-parse_money(str(amount)),
        description=description,
        source=source,
        reason=reason,
        approved_by=approved_by,
        recorded_by=by,
    )


def adjust(*, statement: Statement, amount: Decimal, description: str, source: str, by: User) -> StatementLine:
    """Post a difference: above zero it is charged, below zero taken back (多退少补)."""
    if amount > 0:
        return charge(statement=statement, amount=amount, description=description, source=source, by=by)
    return reduce(
        statement=statement,
        amount=-amount,
        description=description,
        source=source,
        reason=description,
        approved_by=by,
        by=by,
    )


@transaction.atomic
def reverse_line(*, line: StatementLine, reason: str, by: User) -> StatementLine:
    """Write the opposite of a line. A payment is reversed by another person than the one who took it.

    Raises ValidationError when the line is a reversal, reversed already, or the reverser's own payment.
    """
    locked = lock_statement(line.statement)
    if line.kind == LineKind.REVERSAL:
        raise ValidationError(_("A reversal cannot be reversed. Enter the payment or charge anew."))
    if StatementLine.objects.filter(reverses=line).exists():
        raise ValidationError(_("This line has been reversed already."))
    if line.kind in (LineKind.PAYMENT, LineKind.REFUND) and line.recorded_by_id == by.pk:
        raise ValidationError(_("You recorded this payment. Another person must reverse it."))
    return _add(
        locked,
        kind=LineKind.REVERSAL,
        amount=-line.amount,
        description=line.description,
        source=line.source,
        reverses=line,
        reason=reason,
        recorded_by=by,
    )


@transaction.atomic
def reverse_charges(*, statement: Statement, source_prefix: str, reason: str, by: User) -> list[StatementLine]:
    """Reverse every charge and reduction whose source begins so and that is not reversed yet."""
    locked = lock_statement(statement)
    lines = locked.lines.filter(
        kind__in=[LineKind.CHARGE, LineKind.REDUCTION], source__startswith=source_prefix, reversal__isnull=True
    )
    return [reverse_line(line=line, reason=reason, by=by) for line in lines]


@transaction.atomic
def record_payment(
    *,
    statement: Statement,
    amount: Decimal,
    method: str,
    by: User,
    reference: str = "",
    happened_on: date | None = None,
    keep_credit: bool = False,
) -> Receipt:
    """Take a payment and issue its receipt.

    Raises ValidationError for zero, a negative or too precise amount, a statement that owes nothing, and
    more than is owed unless it is to be kept as credit by choice.
    """
    locked = lock_statement(statement)
    paid = parse_money(str(amount))
    owed = locked.balance
    if owed <= 0 and not keep_credit:
        raise ValidationError(_("Nothing is owed on this statement."))
    if paid > owed and not keep_credit:
        raise ValidationError(
            {
                "amount": _(
                    "That is more than the %(owed)s owed. Take what is owed, or keep the rest as credit."
                )
                % {"owed": yuan(owed)}
            }
        )
    line = _add(
        locked,
        kind=LineKind.PAYMENT,
        amount=-paid,
        description=_("Payment"),
        method=method,
        reference=reference,
        happened_on=happened_on or timezone.localdate(),
        recorded_by=by,
    )
    return issue_receipt(
        amount=paid,
        payer=locked.customer.name,
        purpose=locked.title,
        method=method,
        reference=locked.reference,
        by=by,
        statement=locked,
        line=line,
    )


@transaction.atomic
def refund(
    *, statement: Statement, amount: Decimal, method: str, reason: str, by: User, reference: str = ""
) -> StatementLine:
    """Give money back; refused above the credit that the statement holds."""
    locked = lock_statement(statement)
    given = parse_money(str(amount))
    credit = -locked.balance
    if given > credit:
        raise ValidationError(
            {"amount": _("The statement holds %(credit)s to pay back.") % {"credit": yuan(max(credit, Decimal(0)))}}
        )
    return _add(
        locked,
        kind=LineKind.REFUND,
        amount=given,
        description=_("Refund"),
        method=method,
        reference=reference,
        reason=reason,
        recorded_by=by,
    )


@transaction.atomic
def charge_deposit(
    *,
    statement: Statement,
    clause: str,
    months: int,
    monthly_m3: Decimal,
    kind_of_use: str,
    by: User,
    account: MeterAccount | None = None,
) -> Deposit:
    """Ask for a deposit of some months' water at the tariff of today; the sum is shown in `basis`."""
    unit_price = selectors.monthly_price(kind_of_use, timezone.localdate())
    amount = (unit_price * monthly_m3 * months).quantize(FEN)
    basis = f"{monthly_m3.normalize():f} m³ × {months} × {unit_price} = {yuan(amount)}"
    line = charge(
        statement=statement, amount=amount, description=_("Deposit"), source=f"deposit:{clause}", by=by
    )
    return Deposit.objects.create(
        statement=statement, line=line, account=account, clause=clause, amount=amount, basis=basis
    )


@transaction.atomic
def return_deposit(*, deposit: Deposit, method: str, by: User, reason: str) -> Deposit:
    """Give a held deposit back to who paid it."""
    lock_statement(deposit.statement)
    held = Deposit.objects.select_for_update(of=("self",)).select_related("statement", "line").get(pk=deposit.pk)
    if not held.held:
        raise ValidationError(_("This deposit is not held."))
    reduce(
        statement=held.statement,
        amount=held.amount,
        description=_("Deposit given back"),
        source=f"deposit-return:{held.clause}",
        reason=reason,
        approved_by=by,
        by=by,
    )
    held.returned_line = refund(statement=held.statement, amount=held.amount, method=method, reason=reason, by=by)
    held.save()
    return held
