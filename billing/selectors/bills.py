"""What of a year's water is billed already: where the tiers of the next bill go on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db.models import Count, Max, QuerySet, Sum

from accounts.models import Customer, MeterAccount
from billing.models import Bill, BillLine, BillPayment
from billing.terms import CONTINUE, TIERS_ON_CHANGE


def days_taken_back(bills: Collection[int]) -> set[date]:
    """The days on which each of some bills (primary keys) was paid by a receipt that was reversed since; one query."""
    reversed_ = BillPayment.objects.filter(bill__in=bills, reversal__isnull=False).order_by()
    days = reversed_.values("happened_on").annotate(paid=Count("bill", distinct=True))
    return {row["happened_on"] for row in days if row["paid"] == len(set(bills))}


def used_before(account: MeterAccount, customer: Customer, *, start: date, end: date) -> dict[int, int]:
    """Cubic metres billed to an account in each calendar year that a period touches, whenever they were billed.

    A bill of ours counts in the years in which its lines lie, an imported one in the year of its last day. By
    policy, of the last day of the period, a new holder's tiers begin anew: then only the customer's own bills
    count, since somebody else held the account last.
    """
    bills: QuerySet[Bill] = Bill.objects.counting().filter(account=account)
    if TIERS_ON_CHANGE.on(end) != CONTINUE:
        bills = bills.filter(customer=customer)
        others = account.tenures.exclude(customer=customer).filter(until__lt=end)
        left: date | None = others.aggregate(left=Max("until"))["left"]
        if left is not None:
            bills = bills.filter(period_end__gt=left)
    return {year: _of_year(bills, year) for year in range(start.year, end.year + 1)}


def _of_year(bills: QuerySet[Bill], year: int) -> int:
    first, last = date(year, 1, 1), date(year, 12, 31)
    touching = bills.filter(period_start__lte=last, period_end__gte=first)
    ours = BillLine.objects.filter(bill__in=touching, start__gte=first, start__lte=last)
    theirs = touching.filter(origin=Bill.Origin.IMPORTED, period_end__lte=last)
    return sum(rows.aggregate(m3=Sum("usage"))["m3"] or 0 for rows in (ours, theirs))
