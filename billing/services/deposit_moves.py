"""What becomes of the money of a deposit: paid back, set off against bills (抵扣水费), forfeited; and its voucher.

Each is one transaction under the locks of statement, then accounts, day sheet, and last the numbers.
"""

from __future__ import annotations

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from billing import papers, selectors
from billing.models import (
    Deposit,
    DepositMove,
    DepositOrder,
    DepositWay,
    LineKind,
    PayMethod,
    Receipt,
    Statement,
    StatementLine,
)
from billing.models.statements import FORFEIT
from billing.services import locks
from billing.services.bills import pay_from_deposit
from billing.services.slips import paid_by
from billing.services.statements import close_if_over, end, post, refuse_below_invoices
from waterservice.files import new_verify_code, store_bytes
from waterservice.money import ZERO, yuan
from waterservice.numbering import next_number


def held_now(statement: Statement, deposit: Deposit) -> Deposit:
    """A deposit of a locked statement with what is `left`. Raises ValidationError when nothing of it is held."""
    held: Deposit | None = selectors.held_deposits(statement).filter(pk=deposit.pk).first()
    if held is None:
        raise ValidationError(_("This deposit is not held: it is not paid, or nothing is left of it."))
    held.statement = statement
    return held


def lock_order(order: DepositOrder) -> DepositOrder:
    """An order as it is now, after the lock of its statement: whoever would decide or carry it out waits."""
    statement = locks.lock_statement(order.deposit.statement)
    found = DepositOrder.objects.select_for_update(of=("self",)).select_related("deposit", "asked_by").get(pk=order.pk)
    found.deposit.statement = statement
    return found


@transaction.atomic
def pay_out_deposit(*, order: DepositOrder, by: User, method: str = "", reference: str = "") -> list[DepositMove]:
    """Carry out what was prepared: pay back, or pay the chosen bills and then, if so chosen, pay the rest back.

    `method` and `reference` say how money is paid back; they are not asked where none is. Raises ValidationError
    for what is not granted, closed, prepared by the same person, held no more, or departs from the rules since;
    for bills that were paid meanwhile or that cost more than is held.
    """
    found = lock_order(order)
    if found.waits_for != "payment":
        raise ValidationError(_("There is nothing to pay: it is not approved, or was carried out or taken back."))
    if found.asked_in_name_of(by):
        raise ValidationError(_("You prepared this yourself. Somebody else must pay it out."))
    held = held_now(found.deposit.statement, found.deposit)
    if since := selectors.exceptions_since(found, held, timezone.localdate()):
        raise ValidationError(
            _(
                "%(exceptions)s This was not so when it was prepared. "
                "The business office takes it back and prepares it anew."
            ),
            params={"exceptions": " ".join(since)},
        )
    moves = []
    if found.way == DepositWay.OFFSET:
        moves.append(_offset(found, held, by))
        left = held.left - moves[0].amount
        amount = left if found.rest == DepositOrder.Rest.REFUND else ZERO
    else:
        assert found.amount is not None
        amount = found.amount
    if amount:
        moves.append(_refund(found, held, amount, method, reference, by))
    _close(found, held, sum((move.amount for move in moves), ZERO), by)
    return moves


def _refund(order: DepositOrder, held: Deposit, amount: Decimal, method: str, reference: str, by: User) -> DepositMove:
    known, slip = paid_by(method, reference)
    statement = held.statement
    refuse_below_invoices(statement, selectors.paid(statement) - amount)
    released = _release(order, held, amount, by)
    settled = post(
        statement,
        kind=LineKind.REFUND,
        amount=amount,
        description=_("Deposit paid back"),
        method=known,
        reference=slip,
        reason=_why(order),
        recorded_by=by,
    )
    return _move(order, held, DepositWay.REFUND, released, settled, by)


def _offset(order: DepositOrder, held: Deposit, by: User) -> DepositMove:
    bills = list(order.bills.order_by("pk"))
    locks.lock_accounts(bill.account_id for bill in bills)
    due = list(selectors.with_outstanding(bills))
    if any(bill.settled_at or bill.reversed_at for bill in due):
        raise ValidationError(
            _(
                "One of the bills was paid or reversed meanwhile. "
                "The business office takes this back and prepares it anew."
            )
        )
    cost = selectors.cost_of(due, timezone.localdate())
    if cost > held.left:
        raise ValidationError(
            _("The chosen bills cost %(cost)s today, late charge included; only %(left)s is held. Choose fewer."),
            params={"cost": yuan(cost), "left": yuan(held.left)},
        )
    refuse_below_invoices(held.statement, selectors.paid(held.statement) - cost)
    released = _release(order, held, cost, by)
    settled = post(
        held.statement,
        kind=LineKind.REFUND,
        amount=cost,
        description=_("Deposit set off against water bills"),
        method=PayMethod.DEPOSIT,
        reference=held.statement.reference,
        reason=_why(order),
        recorded_by=by,
    )
    number = _next_number()
    receipt = pay_from_deposit(bills={bill.pk for bill in bills}, slip=number, by=by)
    return _move(order, held, DepositWay.OFFSET, released, settled, by, number=number, receipt=receipt)


def forfeit(order: DepositOrder, *, by: User) -> DepositMove:
    """Carry out a forfeiture that was just granted: what was held becomes income, the balance stays as it is."""
    held = held_now(order.deposit.statement, order.deposit)
    assert order.amount is not None
    if order.amount > held.left:
        raise ValidationError(_("Only %(left)s is still held of this deposit."), params={"left": yuan(held.left)})
    released = _release(order, held, order.amount, by)
    settled = post(
        held.statement,
        kind=LineKind.CHARGE,
        amount=order.amount,
        description=_("Deposit forfeited (%(clause)s)") % {"clause": held.clause},
        source=f"{FORFEIT}{held.clause}",
        reason=_why(order),
        recorded_by=by,
    )
    move = _move(order, held, DepositWay.FORFEIT, released, settled, by)
    _close(order, held, move.amount, by)
    return move


def _release(order: DepositOrder, held: Deposit, amount: Decimal, by: User) -> StatementLine:
    """Take so much off what is asked as a deposit; who prepared it stands for it beside who carries it out."""
    return post(
        held.statement,
        kind=LineKind.REDUCTION,
        amount=-amount,
        description=_("Deposit released (%(clause)s)") % {"clause": held.clause},
        source=held.line.source,
        reason=_why(order),
        approved_by=order.asked_by,
        recorded_by=by,
    )


def _why(order: DepositOrder) -> str:
    """The reason on the lines: the one that was given, or that its clause has it go back."""
    words = order.reason or _("To be returned by %(clause)s") % {"clause": order.deposit.clause}
    return words[:200]


def _next_number() -> str:
    year = timezone.localdate().year
    return f"BZ{year}-{next_number(f'deposit:{year}'):07d}"


def _move(
    order: DepositOrder,
    held: Deposit,
    way: DepositWay,
    released: StatementLine,
    settled: StatementLine,
    by: User,
    *,
    number: str = "",
    receipt: Receipt | None = None,
) -> DepositMove:
    move = DepositMove(
        number=number or _next_number(),
        deposit=held,
        order=order,
        way=way,
        amount=settled.amount,
        released=released,
        settled=settled,
        receipt=receipt,
        reason=_why(order),
        prepared_by=order.asked_by,
        recorded_by=by,
    )
    move.save(force_insert=True)
    return move


def _close(order: DepositOrder, held: Deposit, gone: Decimal, by: User) -> None:
    order.closed_at = timezone.now()
    order.save(update_fields=["closed_at"])
    if gone == held.left:
        end(held, by=by)
    close_if_over(held.statement, by=by)


@transaction.atomic
def issue_deposit_voucher(*, move: DepositMove, by: User) -> DepositMove:
    """Print the voucher (保证金退款凭证) of a movement and keep its bytes; one that is there stays.

    Raises ValidationError for a name that the papers' fonts cannot write.
    """
    locked: DepositMove = DepositMove.objects.select_for_update().get(pk=move.pk)
    if locked.voucher_id is not None:
        return locked
    code = new_verify_code()
    content = papers.deposit_voucher_pdf(locked, verify_code=code)
    locked.voucher = store_bytes(
        content, name=f"{locked.number}.pdf", content_type="application/pdf", by=by, verify_code=code
    )
    locked.save(update_fields=["voucher"])
    return locked
