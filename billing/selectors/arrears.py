"""Unpaid water bills: of an applicant, of a place, of one account (NC-3, HM-1, OT-3)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.models import Customer, MeterAccount, Premises
from accounts.selectors import accounts_concerning
from billing.models import Bill, BillQuerySet
from billing.models.rows import total
from waterservice.money import ZERO

NAMED = 5  # accounts that a message names by their numbers


def arrears(*, customer: Customer | None, premises: Premises | None) -> BillQuerySet:
    """The unpaid bills, each with its `outstanding` yuan, oldest first by account:

    - of every account that the customer (by identity number or credit code) holds,
    - that the customer owed when they were issued, also where somebody else holds the account now,
    - of every account at the premises, whoever owes them.

    One query: three reads of the partial indexes of unpaid bills, brought together by primary key.
    """
    unpaid = Bill.objects.unpaid().order_by()
    found = unpaid.filter(account__in=accounts_concerning(customer=None, premises=premises)).values("pk")
    if customer is not None:
        held = unpaid.filter(account__in=accounts_concerning(customer=customer, premises=None))
        owed_then = unpaid.filter(customer__identity_number=customer.identity_number)
        found = found.union(held.values("pk"), owed_then.values("pk"))
    shown = Bill.objects.filter(pk__in=found).with_outstanding()
    return shown.select_related("account", "customer").order_by("account__number", "period_start")


def owed(*, customer: Customer | None, premises: Premises | None) -> Decimal:
    """The sum of the arrears, yuan."""
    found = arrears(customer=customer, premises=premises).order_by()
    owing: Decimal = found.aggregate(owing=total("outstanding"))["owing"]
    return owing


def bills_of(account: MeterAccount) -> BillQuerySet:
    """Every bill of an account, the newest first, each with its `outstanding` yuan."""
    bills = Bill.objects.filter(account=account).with_outstanding()
    return bills.select_related("customer").order_by("-period_start")


def arrears_words(bills: Iterable[Bill]) -> str:
    """What is still owed, where, and on how many bills, as one phrase. Raises ValueError for no bill at all."""
    unpaid = list(bills)
    if not unpaid:
        raise ValueError("Nothing is owed: there is nothing to say.")
    numbers = list(dict.fromkeys(bill.account.number for bill in unpaid))
    accounts = _(", ").join(numbers[:NAMED])
    if len(numbers) > NAMED:
        accounts = _("%(accounts)s and %(more)s more") % {"accounts": accounts, "more": len(numbers) - NAMED}
    owing = sum((bill.outstanding for bill in unpaid), ZERO)
    return _("Water bills of %(amount)s yuan are unpaid (account %(accounts)s, bills: %(count)s)") % {
        "amount": f"{owing:,.2f}",
        "accounts": accounts,
        "count": len(unpaid),
    }
