"""Money that comes in and goes out on a statement, and the receipts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from billing import selectors
from billing.models import LineKind, PayMethod, Receipt, Statement, StatementLine
from billing.services import locks
from billing.services.checks import exact, said
from billing.services.slips import day_paid, paid_by, take_once
from billing.services.statements import post, refuse_below_invoices
from waterservice.money import ZERO, yuan
from waterservice.numbering import next_number


def issue_receipt(
    *,
    amount: Decimal,
    method: PayMethod,
    slip: str,
    payer: str,
    reference: str,
    by: User,
    line: StatementLine | None = None,
) -> Receipt:
    """The next receipt of the year, in the transaction of its payment: a failure leaves no gap.

    Call it last: the number's row stays locked to the end of the transaction.
    """
    year = timezone.localdate().year
    receipt = Receipt(
        line=line, amount=amount, method=method, slip=slip, payer=payer, reference=reference, issued_by=by
    )
    receipt.number = f"SJ{year}-{next_number(f'receipt:{year}'):07d}"
    receipt.save(force_insert=True)
    return receipt


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
    """Take a payment (yuan) and issue its receipt; `keep_credit` keeps what is paid too much as credit.

    The same payment again, by its `reference`, is answered with its first receipt, marked `repeated`. Raises
    ValidationError for zero, below zero, finer than a fen or no number, for a day as `day_paid` does, for a
    reference that lacks or belongs to another payment, for a statement that has ended, and, unless a credit is
    wanted, for more than is owed and for a statement that owes nothing.
    """
    locked = locks.lock_statement(statement)
    received = exact(amount)
    known, slip = paid_by(method, reference)

    def take() -> Receipt:
        moved_on = day_paid(
            happened_on,
            method=known,
            slip=slip,
            since=timezone.localdate(locked.opened_at),
            taken_back=lambda: selectors.payments_taken_back(locked).values_list("happened_on", flat=True),
        )
        refuse_too_much(received, locked.balance, keep_credit=keep_credit)
        line = post(
            locked,
            kind=LineKind.PAYMENT,
            amount=-received,
            description=_("Received at the counter"),
            method=known,
            reference=slip,
            happened_on=moved_on,
            as_credit=keep_credit,
            recorded_by=by,
        )
        return issue_receipt(
            amount=received,
            method=known,
            slip=slip,
            payer=locked.customer.name,
            reference=locked.reference,
            by=by,
            line=line,
        )

    return take_once(
        method=known,
        slip=slip,
        same=lambda earlier: earlier.statement == locked and earlier.amount == received,
        take=take,
    )


def refuse_too_much(received: Decimal, owed: Decimal, *, keep_credit: bool) -> None:
    """Raises ValidationError for a payment above what is owed, unless the rest shall be kept as credit."""
    if keep_credit:
        return
    if owed <= ZERO:
        raise ValidationError(_("Nothing is owed on this statement, so there is nothing to pay."))
    if received > owed:
        raise ValidationError(
            {
                "amount": ValidationError(
                    _("Only %(owed)s is owed. Take that much, or choose to keep the rest as credit."),
                    params={"owed": yuan(owed)},
                )
            }
        )


@transaction.atomic
def refund(
    *, statement: Statement, amount: Decimal, method: str, reason: str, by: User, reference: str = ""
) -> StatementLine:
    """Pay money (yuan) back to the customer.

    Raises ValidationError without a reason, where the number of the transfer lacks, and for more than was paid and
    not paid back; a deposit that is held does not count, it goes back by an order of its own; what a tax invoice
    stands for, only after the invoice.
    """
    locked = locks.lock_statement(statement)
    known, slip = paid_by(method, reference)
    given, paid = exact(amount), selectors.paid(locked)
    held = sum((deposit.left for deposit in selectors.held_deposits(locked)), ZERO)
    if given > paid - held:
        raise ValidationError({"amount": _too_much(paid - held, held)})
    refuse_below_invoices(locked, paid - given)
    return post(
        locked,
        kind=LineKind.REFUND,
        amount=given,
        description=_("Refund"),
        method=known,
        reference=slip,
        reason=said(reason),
        recorded_by=by,
    )


def _too_much(left: Decimal, held: Decimal) -> ValidationError:
    params = {"left": yuan(max(left, ZERO)), "held": yuan(held)}
    if held:
        return ValidationError(
            _("Only %(left)s can be paid back; the deposit of %(held)s has its own return."), params=params
        )
    return ValidationError(_("Only %(left)s was paid, so no more can be paid back."), params=params)
