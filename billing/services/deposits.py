"""Deposits: charged by expected use and tariff, held while paid, given back (NC-C5, HM-5, HM-8, OT-2)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import MeterAccount, User
from billing import selectors
from billing.models import Deposit, Statement
from billing.services import locks
from billing.services.checks import said
from billing.services.statements import charge, reverse_line
from billing.services.till import refund
from waterservice.money import FEN, yuan


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
    """Charge a deposit of some months' water (m³ a month) at the tariff of today, rounded half up to the fen.

    Raises ValidationError without a tariff, for a sum of zero, or when the clause's deposit is charged already.
    """
    price = selectors.monthly_price(kind_of_use, timezone.localdate())
    amount = (months * monthly_m3 * price).quantize(FEN, rounding=ROUND_HALF_UP)
    line = charge(
        statement=statement,
        amount=amount,
        description=_("Deposit (%(clause)s)") % {"clause": clause},
        source=f"deposit:{clause}",
        by=by,
    )
    deposit = Deposit(
        statement=statement,
        line=line,
        clause=clause,
        # A formula, not a sentence: it is printed on papers whatever language the clerk works in.
        basis=f"{months} × {monthly_m3.normalize():f} m³ × ¥{price:.3f}/m³ = {yuan(amount)}",
        account=account,
    )
    deposit._history_user = by  # type: ignore[attr-defined]
    deposit.save(force_insert=True)
    return deposit


@transaction.atomic
def return_deposit(*, deposit: Deposit, method: str, by: User, reason: str) -> Deposit:
    """Give a held deposit back: its charge is reversed and its sum paid out, in one transaction.

    Raises ValidationError when it is not held: not paid, or given back already.
    """
    locked = locks.lock_statement(deposit.statement)
    held = selectors.held_deposits(locked).filter(pk=deposit.pk).first()
    if held is None:
        raise ValidationError(_("This deposit is not held: it is not paid, or was given back already."))
    words = said(reason)
    reverse_line(line=held.line, reason=words, by=by)
    held.returned_line = refund(statement=locked, amount=held.amount, method=method, reason=words, by=by)
    held._history_user = by  # type: ignore[attr-defined]
    held.save(update_fields=["returned_line"])
    return held
