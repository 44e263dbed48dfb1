"""Deposits: which are held, which are to be returned, what stands against it, which have ended."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import AccountStatus
from accounts.roles import Role
from billing.deposit_kinds import KINDS, SOON_DAYS
from billing.models import Bill, BillQuerySet, Deposit, DepositMove, DepositOrder
from billing.selectors.late_charges import late_charges_of
from billing.selectors.prices import ExpectedCost, expected_cost
from waterservice.models import PEOPLE

READ = ("line", "statement__customer", "account")
STANDING_PAYMENT = Q(payments__reverses__isnull=True, payments__reversal__isnull=True)


def with_outstanding(bills: Iterable[Bill]) -> BillQuerySet:
    """The same bills as they are now, each with its `outstanding`, the oldest first."""
    found: BillQuerySet = Bill.objects.filter(pk__in=[bill.pk for bill in bills]).with_outstanding()
    return found.select_related("account", "customer").order_by("period_start", "pk")


def cost_of(bills: Iterable[Bill], on: date) -> Decimal:
    """Yuan that bills, which carry their `outstanding`, cost on a day, late charges included; reversed ones nothing."""
    due = [bill for bill in bills if bill.reversed_at is None]
    return sum((bill.outstanding for bill in due), late_charges_of(due, on))


def bills_to_offset(deposit: Deposit) -> BillQuerySet:
    """The unpaid bills that a deposit may pay: of its account, and whatever else its holder owes."""
    identity = deposit.statement.customer.identity_number
    unpaid = Bill.objects.unpaid().order_by()
    of_account = unpaid.filter(account=deposit.account_id).values("pk")
    of_holder = unpaid.filter(customer__identity_number=identity).values("pk")
    found: BillQuerySet = Bill.objects.filter(pk__in=of_account.union(of_holder)).with_outstanding()
    return found.select_related("account", "customer").order_by("account__number", "period_start")


def deposit_cost(
    clause: str, *, monthly_m3: Decimal, kind_of_use: str, rule_day: date, on: date, cycle: str = ""
) -> ExpectedCost:
    """What the deposit of a clause costs for expected use (m³ a month), by the tariff of a day.

    How many months, days or cycles of water it stands for, the policies of `rule_day` say. Raises ValidationError
    without a tariff; KeyError for a clause that knows no deposit.
    """
    measure = KINDS[clause].measure(rule_day, cycle)
    return expected_cost(kind_of_use, monthly_m3=monthly_m3, on=on, **measure)


# -- whether a deposit may go back -----------------------------------------------------------------------------


def late_bills(deposits: Iterable[Deposit], on: date) -> dict[int, Bill]:
    """By primary key of the deposit, the first bill of its account that was not paid by its pay-by day, as of a day.

    Only of deposits whose clause asks for punctual payment (NC-C5), for bills of their own holder; one query for all.
    A bill counts as paid on the day on which the money moved, not on the one on which it was recorded; a payment that
    was reversed says nothing.
    """
    asked = {
        (deposit.account_id, deposit.statement.customer_id): deposit.pk
        for deposit in deposits
        if deposit.kind.punctual and deposit.account_id is not None
    }
    if not asked:
        return {}
    bills = (
        Bill.objects.counting()
        .filter(account__in={account for account, _customer in asked})
        .annotate(paid_on=Coalesce(Max("payments__happened_on", filter=STANDING_PAYMENT), TruncDate("settled_at")))
    )
    late = bills.filter(
        Q(settled_at__isnull=True, pay_by__lt=on) | Q(settled_at__isnull=False, paid_on__gt=F("pay_by"))
    ).order_by("-period_start", "-pk")
    found = {}
    for bill in late:
        deposit = asked.get((bill.account_id, bill.customer_id))
        if deposit is not None:
            found[deposit] = bill
    return found


def exceptions_to_refund(deposit: Deposit, on: date) -> list[str]:
    """Why a deposit would not go back by its clause on a day, as sentences; none where it would.

    Of an account that is closed it goes back at once, whatever its due day: there is no water left to secure.
    """
    return [words for words, _covered in _exceptions(deposit, on)]


def exceptions_since(order: DepositOrder, deposit: Deposit, on: date) -> list[str]:
    """Why a deposit would not go back by its clause on a day, without what its order named when it was approved.

    The order keeps sentences, in the language of who prepared it: any of ours is understood. What has become better
    since, an unpaid bill that was paid or a term that has begun, is no news.
    """
    named = set()
    for code, _name in settings.LANGUAGES:
        with override(code):
            pairs = enumerate(_exceptions(deposit, on))
            named |= {place for place, pair in pairs if any(words in order.exception for words in pair)}
    return [words for place, words in enumerate(exceptions_to_refund(deposit, on)) if place not in named]


def _exceptions(deposit: Deposit, on: date) -> list[tuple[str, str]]:
    """The same sentences, each with the one that it may have been before, when less was in order."""
    found = []
    closed = deposit.account is not None and deposit.account.status == AccountStatus.CLOSED
    ripe = deposit.refund_due_on is not None and (deposit.kind.early or on >= deposit.refund_due_on)
    if not closed and not ripe:
        found.append((_not_due_yet(deposit), _no_term(deposit)))
    bill = late_bills([deposit], on).get(deposit.pk)
    if bill is not None:
        found.append((late_words(bill), _unpaid_words(bill)))
    return found


def _not_due_yet(deposit: Deposit) -> str:
    if deposit.refund_due_on is None:
        return _no_term(deposit)
    return _("It goes back on %(day)s.") % {"day": deposit.refund_due_on.isoformat()}


def _no_term(deposit: Deposit) -> str:
    return _("Its term has not begun: it begins with %(event)s.") % {"event": deposit.kind.begins}


def late_words(bill: Bill) -> str:
    """Which bill stands against the refund, and why."""
    if bill.settled_at is None:
        return _unpaid_words(bill)
    return _("The bill of %(start)s – %(end)s, due on %(day)s, was paid late.") % _days(bill)


def _unpaid_words(bill: Bill) -> str:
    return _("The bill of %(start)s – %(end)s, due on %(day)s, is unpaid.") % _days(bill)


def _days(bill: Bill) -> dict[str, str]:
    days = {"start": bill.period_start, "end": bill.period_end, "day": bill.pay_by}
    return {name: day.isoformat() for name, day in days.items()}


# -- lists -----------------------------------------------------------------------------------------------------


class DueDay(NamedTuple):
    """How near the due day is: the colour of its light, and words."""

    colour: str
    words: str


def due_light(deposit: Deposit, on: date) -> DueDay:
    """The light of a deposit on a day: ended, held without a term, later, soon, today, overdue."""
    if deposit.ended_at is not None:
        return DueDay("none", _("ended"))
    if deposit.refund_due_on is None:
        return DueDay("waiting", _("its term has not begun"))
    days = (deposit.refund_due_on - on).days
    if days < 0:
        return DueDay("red", _("%(days)s days overdue") % {"days": -days} if days < -1 else _("1 day overdue"))
    if days == 0:
        return DueDay("yellow", _("due today"))
    colour = "yellow" if days <= SOON_DAYS.on(on) else "green"
    return DueDay(colour, _("in %(days)s days") % {"days": days} if days > 1 else _("tomorrow"))


def deposits_of(tab: str, *, text: str = "", clause: str = "", on: date | None = None) -> QuerySet[Deposit]:
    """The deposits of a tab: “held”, “due” (to be returned by soon after a day), or “ended”; filtered.

    `text` is found in case number, account number or name. Each carries what is `left`. Of a statement that has ended
    every deposit that stands is among the held, whatever its balance.
    """
    if tab == "ended":
        found = Deposit.objects.with_left().filter(ended_at__isnull=False)
    else:
        found = Deposit.objects.watched()
        if tab == "due":
            until = (on or timezone.localdate()) + timedelta(days=SOON_DAYS.on(on or timezone.localdate()))
            found = found.filter(refund_due_on__lte=until)
    if clause:
        found = found.filter(clause=clause)
    for word in text.split():
        found = found.filter(
            Q(statement__reference__icontains=word)
            | Q(account__number__startswith=word)
            | Q(statement__customer__name__icontains=word)
        )
    return found.select_related(*READ)


def refunds_due(on: date) -> QuerySet[Deposit]:
    """The deposits that go back by a day or soon after, the longest due first."""
    return deposits_of("due", on=on).order_by("refund_due_on", "pk")


def after_due(deposits: QuerySet[Deposit], day: date | None, key: int = 0) -> QuerySet[Deposit]:
    """The longest due first; with a day and a key, those that follow that deposit in the list."""
    ordered = deposits.order_by("refund_due_on", "pk")
    return ordered if day is None else ordered.filter(Q(refund_due_on__gt=day) | Q(refund_due_on=day, pk__gt=key))


def deposit_counts(on: date) -> dict[str, int]:
    """How many are held, and how many of them are to be returned by soon after a day."""
    return {"held": deposits_of("held").count(), "due": refunds_due(on).count()}


def deposit_work(role: Role | None, on: date) -> dict[str, int]:
    """What deposits have for a role to do: “due” and “held” (business office), “payment” (cashier), “decision”."""
    if role == Role.BUSINESS_CLERK:
        return deposit_counts(on)
    waits_for = {
        Role.CASHIER: "payment",
        Role.BUSINESS_MANAGER: "decision",
        Role.RESPONSIBLE_LEADER: "decision",
    }.get(role)  # type: ignore[arg-type]
    if waits_for is None:
        return {}
    return {waits_for: open_deposit_orders(waits_for=waits_for).count()}


def open_deposit_orders(*, waits_for: str = "") -> QuerySet[DepositOrder]:
    """What is prepared and not carried out, the oldest first; of it what waits for “decision” or “payment”."""
    found = DepositOrder.objects.filter(closed_at__isnull=True)
    if waits_for:
        asked = Q(status=DepositOrder.Status.ASKED)
        found = found.filter(asked if waits_for == "decision" else ~asked)
    return found.select_related("deposit__statement__customer", "deposit__account", *PEOPLE).order_by("pk")


def deposit_moves(deposit: Deposit) -> QuerySet[DepositMove]:
    """What became of a deposit, in that order."""
    found: QuerySet[DepositMove] = deposit.moves.select_related(
        "prepared_by", "recorded_by", "settled", "receipt", "voucher", *(f"order__{person}" for person in PEOPLE)
    ).order_by("pk")
    return found
