"""Unpaid water bills: of an applicant, of a place, of accounts that change hands (NC-3, HM-1, OT-3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Max, Q, QuerySet, TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Customer, MeterAccount, Premises
from billing.models import ArrearsCheck, Bill, BillQuerySet, LineKind, Statement
from billing.models.rows import total
from billing.selectors.late_charges import Late, late_charges
from billing.terms import OTHER_ACCOUNTS_BLOCK_A_TRANSFER
from waterservice.money import ZERO

NAMED = 5  # accounts that a message names by their numbers


class Part(TextChoices):
    """Why a bill is among the arrears; a bill stands in the first part that fits."""

    CHANGING = "changing", gettext_lazy("On the accounts that change hands")
    OWN = "own", gettext_lazy("On the applicant's own accounts")
    LEFT = "left", gettext_lazy("Left by the applicant on accounts that others hold now")
    OTHERS = "others", gettext_lazy("Owed by former holders or others, here or on the applicant's accounts")


@dataclass(frozen=True)
class ArrearsGroup:
    """The unpaid bills of one part, and whether they stand in the way of the request.

    `late` has by primary key what comes on top of each bill if it is paid today; empty unless it was asked for.
    """

    part: Part
    bills: list[Bill]
    blocks: bool
    late: dict[int, Late] = field(default_factory=dict)

    @property
    def owed(self) -> Decimal:
        """Yuan of the bills themselves."""
        return sum((bill.outstanding for bill in self.bills), ZERO)

    @property
    def late_charge(self) -> Decimal:
        """Yuan on top of them."""
        return sum((late.amount for late in self.late.values()), ZERO)

    @property
    def rows(self) -> list[tuple[Bill, Late | None]]:
        return [(bill, self.late.get(bill.pk)) for bill in self.bills]


@dataclass(frozen=True)
class Arrears:
    """What the ledger showed when it was read: the parts that hold bills, in the order of `Part`."""

    groups: list[ArrearsGroup]

    @property
    def bills(self) -> list[Bill]:
        return [bill for group in self.groups for bill in group.bills]

    @property
    def owed(self) -> Decimal:
        """Yuan, all parts, without late charges."""
        return sum((group.owed for group in self.groups), ZERO)

    @property
    def late_charge(self) -> Decimal:
        """Yuan, all parts."""
        return sum((group.late_charge for group in self.groups), ZERO)

    def with_late_charges(self, on: date) -> Arrears:
        """The same with what comes on top of each bill that is paid on a day; one query more."""
        late = late_charges(self.bills, on)
        return Arrears(
            [
                replace(group, late={bill.pk: late[bill.pk] for bill in group.bills if bill.pk in late})
                for group in self.groups
            ]
        )

    @property
    def blocking(self) -> Arrears:
        """Only what stands in the way of the request."""
        return Arrears([group for group in self.groups if group.blocks])


def unpaid_bills(
    *,
    customers: Collection[Customer],
    premises: Collection[Premises] = (),
    changing: Collection[MeterAccount] = (),
) -> BillQuerySet:
    """The unpaid bills, each with its `outstanding` yuan, oldest first by account:

    - of every account that one of the customers (by identity number or credit code) holds,
    - that a customer owed when they were issued, also where somebody else holds the account now,
    - of every account at the premises, and of the accounts that change hands, whoever owes them.

    One query: reads of the partial indexes of unpaid bills, brought together by primary key, so that it costs
    what it finds, however large the ledger is. True for as long as `services.lock_ledger` of the same arguments
    is held.
    """
    unpaid = Bill.objects.unpaid().order_by()
    sources = []
    if customers:
        numbers = {customer.identity_number for customer in customers}
        known = Customer.objects.filter(identity_number__in=numbers).order_by()
        held = MeterAccount.objects.filter(holder__in=known).order_by()
        sources += [unpaid.filter(account__in=held), unpaid.filter(customer__in=known)]
    if premises:
        sources.append(unpaid.filter(account__in=MeterAccount.objects.filter(premises__in=premises).order_by()))
    if changing:
        sources.append(unpaid.filter(account__in=[account.pk for account in changing]))
    first, *others = [source.values("pk") for source in sources] or [Bill.objects.none().values("pk")]
    shown = Bill.objects.filter(pk__in=first.union(*others) if others else first).with_outstanding()
    return shown.select_related("account__holder", "customer").order_by("account__number", "period_start")


def arrears(*, customer: Customer | None, premises: Premises | None) -> BillQuerySet:
    """The unpaid bills of an applicant and of a place; see `unpaid_bills`."""
    return unpaid_bills(
        customers=[customer] if customer is not None else [], premises=[premises] if premises is not None else []
    )


def arrears_by_part(*, customer: Customer | None, premises: Premises | None) -> Arrears:
    """The same in its parts. All of them stand in the way of the request (NC-3, HM-1); one query."""
    bills = arrears(customer=customer, premises=premises)
    return _in_parts(bills, customers=[customer] if customer is not None else [])


def transfer_arrears(*, changing: Collection[MeterAccount], holders: Collection[Customer], on: date) -> Arrears:
    """What is owed when accounts change hands between holders (OT-3); one query.

    Bills of the accounts that change hands always block, whoever owes them; those of the holders' other
    accounts where the policy of the day `on` says so.
    """
    bills = unpaid_bills(customers=holders, changing=changing)
    others_block = OTHER_ACCOUNTS_BLOCK_A_TRANSFER.on(on)
    return _in_parts(bills, customers=holders, changing=changing, others_block=others_block)


def _in_parts(
    bills: Iterable[Bill],
    *,
    customers: Collection[Customer],
    changing: Collection[MeterAccount] = (),
    others_block: bool = True,
) -> Arrears:
    numbers = {customer.identity_number for customer in customers}
    keys = {account.pk for account in changing}
    found: dict[Part, list[Bill]] = {part: [] for part in Part}
    for bill in bills:
        found[_part(bill, numbers, keys)].append(bill)
    return Arrears(
        [ArrearsGroup(part, rows, blocks=others_block or part is Part.CHANGING) for part, rows in found.items() if rows]
    )


def _part(bill: Bill, numbers: set[str], changing: set[int]) -> Part:
    if bill.account_id in changing:
        return Part.CHANGING
    if bill.customer.identity_number not in numbers:
        return Part.OTHERS
    return Part.OWN if bill.account.holder.identity_number in numbers else Part.LEFT


def owed(*, customer: Customer | None, premises: Premises | None) -> Decimal:
    """The sum of the arrears, yuan."""
    found = arrears(customer=customer, premises=premises).order_by()
    owing: Decimal = found.aggregate(owing=total("outstanding"))["owing"]
    return owing


def last_paid_at(*, customer: Customer, premises: Premises, statement: Statement) -> datetime | None:
    """When somebody last paid a bill of an applicant or of a place, or something on a statement; None if nobody did."""
    accounts = Q(account__holder__identity_number=customer.identity_number) | Q(account__premises=premises)
    bills = Bill.objects.counting().filter(accounts | Q(customer__identity_number=customer.identity_number))
    settled: datetime | None = bills.aggregate(at=Max("settled_at"))["at"]
    paid: datetime | None = statement.lines.filter(kind=LineKind.PAYMENT).aggregate(at=Max("recorded_at"))["at"]
    return max(filter(None, (settled, paid)), default=None)


def arrears_checks(reference: str) -> QuerySet[ArrearsCheck]:
    """The checks on record for a request, the newest first, each with who made it."""
    return ArrearsCheck.objects.filter(reference=reference).select_related("checked_by").order_by("-pk")


def bills_of(account: MeterAccount) -> BillQuerySet:
    """Every bill of an account, reversed ones too, the newest first, each with its `outstanding` yuan."""
    bills = Bill.objects.filter(account=account).with_outstanding()
    return bills.select_related("customer").order_by("-period_start", "-pk")


def arrears_words(found: Arrears) -> str:
    """What is still owed, where, and on how many bills; what others owe is said apart, with their names.

    Raises ValueError for no bill at all.
    """
    if not found.bills:
        raise ValueError("Nothing is owed: there is nothing to say.")
    own = [bill for group in found.groups if group.part is not Part.OTHERS for bill in group.bills]
    others = [bill for group in found.groups if group.part is Part.OTHERS for bill in group.bills]
    said = []
    if own:
        said.append(
            _("Water bills of %(amount)s yuan are unpaid (account %(accounts)s, bills: %(count)s)") % _figures(own)
        )
    if others:
        debtors = _first(bill.customer.name for bill in others)
        words = _("%(amount)s yuan of water bills are owed by %(debtors)s (account %(accounts)s, bills: %(count)s)")
        said.append(words % {**_figures(others), "debtors": debtors})
    return _("; ").join(said)


def _figures(bills: list[Bill]) -> dict[str, str | int]:
    owing = sum((bill.outstanding for bill in bills), ZERO)
    return {
        "amount": f"{owing:,.2f}",
        "accounts": _first(bill.account.number for bill in bills),
        "count": len(bills),
    }


def _first(names: Iterable[str]) -> str:
    """The first few of some names, each once, and how many more there are."""
    known = list(dict.fromkeys(names))
    told = _(", ").join(known[:NAMED])
    if len(known) > NAMED:
        return _("%(accounts)s and %(more)s more") % {"accounts": told, "more": len(known) - NAMED}
    return told
