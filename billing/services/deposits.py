"""Deposits: charged by expected use and tariff; their term begins; prepared, approved, withdrawn (NC-C5, HM-5, OT-2).

What is carried out then is in `deposit_moves`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import IdentityKind, MeterAccount, User
from billing import selectors
from billing.models import Bill, Deposit, DepositOrder, DepositWay, Statement
from billing.services import deposit_moves, locks
from billing.services.checks import exact, said
from billing.services.statements import charge, reverse_line
from waterservice.files import store_upload
from waterservice.identifiers import IdentifierError, check_resident_id
from waterservice.money import ZERO, yuan
from waterservice.text import clean_line


@transaction.atomic
def charge_deposit(
    *,
    statement: Statement,
    clause: str,
    monthly_m3: Decimal,
    kind_of_use: str,
    by: User,
    account: MeterAccount | None = None,
    cycle: str = "",
    rule_day: date | None = None,
) -> Deposit:
    """Charge the deposit of a clause for expected use (m³ a month), by the tiers of today, rounded half up to the fen.

    How many months, days or cycles of water it stands for, the policies of `rule_day` say (today, if left out);
    a cycle is that of the account unless it is named. Raises ValidationError without a tariff, for a sum of zero,
    or when the clause's deposit is charged already; KeyError for a clause that knows no deposit.
    """
    today = timezone.localdate()
    rules = rule_day or today
    cost = selectors.deposit_cost(
        clause,
        monthly_m3=monthly_m3,
        kind_of_use=kind_of_use,
        rule_day=rules,
        on=today,
        cycle=cycle or (account.cycle if account else ""),
    )
    line = charge(
        statement=statement,
        amount=cost.amount,
        description=_("Deposit (%(clause)s)") % {"clause": clause},
        source=f"deposit:{clause}",
        by=by,
    )
    deposit = Deposit(
        statement=statement, line=line, clause=clause, basis=cost.formula, rule_day=rules, account=account
    )
    deposit._history_user = by  # type: ignore[attr-defined]
    deposit.save(force_insert=True)
    return deposit


@transaction.atomic
def begin_deposit_terms(
    *, statement: Statement, on: date, by: User, account: MeterAccount | None = None
) -> list[Deposit]:
    """Water is on, or the holder has changed: the terms of a statement's deposits begin on that day.

    From it follow the day on which each goes back and, by HM-8, the day by which its holder is told. A deposit that
    was charged before its account was opened secures `account` from now on. A term that has begun stays as it is.
    """
    locked = locks.lock_statement(statement)
    begun = list(selectors.standing_deposits(locked).filter(term_from__isnull=True).order_by("pk"))
    for deposit in begun:
        deposit.term_from = on
        deposit.account = deposit.account or account
        deposit.refund_due_on = deposit.kind.due_on(on, deposit.rule_day)
        deposit.notice_due_on = deposit.refund_due_on if deposit.kind.noticed else None
        deposit._history_user = by  # type: ignore[attr-defined]
        deposit.save(update_fields=["term_from", "account", "refund_due_on", "notice_due_on"])
    return begun


@transaction.atomic
def let_deposits_go_back(*, statement: Statement, by: User) -> list[Deposit]:
    """What a statement was opened for has ended before any term began: its deposits are due for refund today.

    They stand on the list of the business office from now on; a term that has begun stays as it is.
    """
    locked, today = locks.lock_statement(statement), timezone.localdate()
    freed = list(selectors.standing_deposits(locked).filter(term_from__isnull=True).order_by("pk"))
    for deposit in freed:
        deposit.term_from = deposit.refund_due_on = today
        deposit.notice_due_on = today if deposit.kind.noticed else None
        deposit._history_user = by  # type: ignore[attr-defined]
        deposit.save(update_fields=["term_from", "refund_due_on", "notice_due_on"])
    return freed


@transaction.atomic
def drop_unpaid_deposits(*, statement: Statement, reason: str, by: User) -> None:
    """Take back the charges of the deposits that are not held, because their statement still owes.

    What was paid of them stays, as credit.
    """
    locked = locks.lock_statement(statement)
    if locked.balance <= ZERO:
        return
    for deposit in selectors.standing_deposits(locked).select_related("line__statement").order_by("-pk"):
        if deposit.left == deposit.amount:
            reverse_line(line=deposit.line, reason=reason, by=by)


# -- what is prepared ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Collector:
    """Who collects or chooses: the holder, or an agent with a power of attorney; by name and identity number."""

    name: str
    identity_number: str
    by_agent: bool = False


@transaction.atomic
def prepare_refund(
    *,
    deposit: Deposit,
    collector: Collector,
    signed: UploadedFile,
    by: User,
    amount: Decimal | None = None,
    authority: UploadedFile | None = None,
    reason: str = "",
) -> DepositOrder:
    """Prepare that a deposit (or `amount` yuan of it) is paid back to who signed for it.

    Before its due day, and while the condition of its clause does not hold, it needs a reason and goes to
    another person for approval. Raises ValidationError when it is not held, for more than is held, when
    something is prepared already, and for papers or an identity that don't agree.
    """
    held = _held(deposit)
    wanted = held.left if amount is None else _within(amount, held)
    order = DepositOrder(deposit=held, way=DepositWay.REFUND, amount=wanted)
    return _signed(order, collector, signed, authority, reason, by)


@transaction.atomic
def prepare_offset(
    *,
    deposit: Deposit,
    bills: Sequence[Bill],
    rest: str,
    collector: Collector,
    signed: UploadedFile,
    by: User,
    authority: UploadedFile | None = None,
    reason: str = "",
) -> DepositOrder:
    """Prepare that unpaid bills are paid from a deposit (抵扣水费), as its holder chose in writing.

    `rest` says what becomes of what is left then: “refund” or “keep”. Raises ValidationError for no bill, one that
    is paid or is not the holder's or the account's, and when they cost more than is held; else as `prepare_refund`.
    """
    held = _held(deposit)
    if rest not in DepositOrder.Rest.values:
        raise ValidationError({"rest": _("Choose what becomes of the rest.")})
    wanted = {bill.pk for bill in bills}
    chosen = list(selectors.bills_to_offset(held).filter(pk__in=wanted))
    if not wanted or len(chosen) != len(wanted):
        raise ValidationError({"bills": _("Choose unpaid bills of this holder or of this account.")})
    refuse_above(selectors.cost_of(chosen, timezone.localdate()), held)
    order = DepositOrder(deposit=held, way=DepositWay.OFFSET, rest=rest)
    order = _signed(order, collector, signed, authority, reason, by)
    order.bills.set(chosen)
    return order


@transaction.atomic
def ask_forfeiture(
    *, deposit: Deposit, reason: str, by: User, amount: Decimal | None = None, evidence: UploadedFile | None = None
) -> DepositOrder:
    """Ask that a deposit (or `amount` yuan of it) is forfeited. It takes effect when somebody else grants it.

    Raises ValidationError without a reason, when it is not held, for more than is held, and when something is
    prepared already.
    """
    held = _held(deposit)
    order = DepositOrder(
        deposit=held,
        way=DepositWay.FORFEIT,
        amount=held.left if amount is None else _within(amount, held),
        signed=store_upload(evidence, by=by) if evidence else None,
    )
    return _saved(order, said(reason), by)


def _held(deposit: Deposit) -> Deposit:
    """The deposit as it is now, its statement locked. Raises ValidationError unless some of it is held and free."""
    locked = locks.lock_statement(deposit.statement)
    held = deposit_moves.held_now(locked, deposit)
    if held.orders.filter(closed_at__isnull=True).exists():
        raise ValidationError(_("Something is prepared for this deposit already. Withdraw it first, to change it."))
    return held


def _within(amount: Decimal, held: Deposit) -> Decimal:
    wanted = exact(amount)
    refuse_above(wanted, held)
    return wanted


def refuse_above(amount: Decimal, held: Deposit) -> None:
    """Raises ValidationError for more than is held of a deposit."""
    if amount > held.left:
        raise ValidationError(
            {
                "amount": ValidationError(
                    _("Only %(left)s is held of this deposit; %(amount)s is too much."),
                    params={"left": yuan(held.left), "amount": yuan(amount)},
                )
            }
        )


def _signed(
    order: DepositOrder,
    collector: Collector,
    signed: UploadedFile,
    authority: UploadedFile | None,
    reason: str,
    by: User,
) -> DepositOrder:
    order.collector_name = clean_line(collector.name)
    order.collector_identity = clean_line(collector.identity_number).upper()
    order.by_agent = collector.by_agent
    _refuse_a_stranger(order, authority)
    exceptions = selectors.exceptions_to_refund(order.deposit, timezone.localdate())
    order.exception = " ".join(exceptions)
    words = clean_line(reason)
    if exceptions and not words:
        raise ValidationError(
            {"reason": _("%(exceptions)s Give a reason; somebody else then decides.") % {"exceptions": order.exception}}
        )
    order.signed = store_upload(signed, by=by)
    order.authority = store_upload(authority, by=by) if authority is not None else None
    return _saved(order, words, by)


def _refuse_a_stranger(order: DepositOrder, authority: UploadedFile | None) -> None:
    holder = order.deposit.statement.customer
    if not order.by_agent:
        if holder.identity_kind == IdentityKind.CREDIT_CODE:
            raise ValidationError({"by_agent": _("For an organisation somebody collects with a power of attorney.")})
        if order.collector_name != holder.name or order.collector_identity != holder.identity_number:
            raise ValidationError(
                {
                    "collector_identity": _(
                        "Name and identity number are not those of the holder. Somebody else needs a power of attorney."
                    )
                }
            )
        return
    if authority is None:
        raise ValidationError({"authority": _("Somebody who collects for the holder needs a power of attorney.")})
    if not order.collector_name:
        raise ValidationError({"collector_name": _("Enter who collects it.")})
    try:
        order.collector_identity = check_resident_id(order.collector_identity, timezone.localdate())
    except IdentifierError as fault:
        raise ValidationError({"collector_identity": str(fault)}) from fault


def _saved(order: DepositOrder, reason: str, by: User) -> DepositOrder:
    order.asked_by, order.reason = by, reason
    if not order.exception and order.way != DepositWay.FORFEIT:
        order.status = DepositOrder.Status.GRANTED
    unasked = [] if reason else ["reason"]  # what follows the rules needs none; the constraints know the others
    order.clean_fields(exclude=["deposit", "asked_by", "signed", "authority", *unasked])
    order.save(force_insert=True)
    return order


# -- approved or withdrawn -------------------------------------------------------------------------------------


@transaction.atomic
def decide_deposit_order(*, order: DepositOrder, grant: bool, by: User, opinion: str = "") -> DepositOrder:
    """Grant what departs from the rules, or refuse it; a forfeiture that is granted is carried out at once.

    Raises ValidationError for one's own, one that is decided already or waits for nobody, a refusal without its
    reason, and a forfeiture of what is held no more.
    """
    found = deposit_moves.lock_order(order)
    if found.waits_for != "decision":
        raise ValidationError(_("This has been decided already."))
    if found.asked_in_name_of(by):
        raise ValidationError(_("Nobody decides on what they asked for themselves."))
    words = clean_line(opinion)
    if not grant:
        if not words:
            raise ValidationError({"opinion": _("Say why it is refused.")})
        found.closed_at = timezone.now()
        found.decide(DepositOrder.Status.REFUSED, by=by, opinion=words)
        return found
    found.decide(DepositOrder.Status.GRANTED, by=by, opinion=words)
    if found.way == DepositWay.FORFEIT:
        deposit_moves.forfeit(found, by=by)
    return found


@transaction.atomic
def withdraw_deposit_order(*, order: DepositOrder, by: User) -> DepositOrder:
    """Take back what was prepared and not carried out, so that something else can be.

    Raises ValidationError when nothing of it is open any more.
    """
    found = deposit_moves.lock_order(order)
    if found.closed_at is not None:
        raise ValidationError(_("This has been carried out, refused or withdrawn already."))
    found.closed_at, found.withdrawn_by = timezone.now(), by
    found.save(update_fields=["closed_at", "withdrawn_by"])
    return found
