"""What unpaid bills cost beyond themselves because they are late (NC-9)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from billing.models import Bill, Waiver
from billing.reckoning import late_charge as reckon
from billing.terms import LATE_CHARGE_CAP_PERCENT, LATE_CHARGE_PERMILLE, LATE_CHARGE_START, LATE_CHARGES
from waterservice.money import ZERO

GRANTED = Waiver.Status.GRANTED


class Late(NamedTuple):
    """The late charge of a bill as of a day: days that count, rate, yuan reckoned, and what lets it off."""

    days: int
    permille: Decimal
    principal: Decimal
    reckoned: Decimal
    waiver: Waiver | None

    @property
    def amount(self) -> Decimal:
        """Yuan to be taken with the bill."""
        return self.reckoned if self.waiver is None else ZERO


def late_charges(bills: Iterable[Bill], on: date) -> dict[int, Late]:
    """By primary key, what comes on top of each bill that is paid, or still owed, on a day; none where nothing does.

    The bills carry their `outstanding`, which is the principal. Rate, start and cap are those of the day on which
    a bill was issued, the switch that of the day asked about. One query for all waivers, beside the policies.
    """
    overdue = [bill for bill in bills if bill.pay_by < on]
    late = {bill.pk: found for bill in overdue if (found := _reckoned(bill, on)).reckoned}
    if not late or not LATE_CHARGES.on(on):
        return {}
    for waiver in Waiver.objects.filter(bill__in=late, status=GRANTED, holds_until__gte=on).order_by("pk"):
        late[waiver.bill_id] = late[waiver.bill_id]._replace(waiver=waiver)
    return late


def _reckoned(bill: Bill, on: date) -> Late:
    permille = LATE_CHARGE_PERMILLE.on(bill.issued_on)
    days, amount = reckon(
        principal=bill.outstanding,
        pay_by=bill.pay_by,
        on=on,
        permille=permille,
        start=LATE_CHARGE_START.on(bill.issued_on),
        cap_percent=LATE_CHARGE_CAP_PERCENT.on(bill.issued_on),
    )
    return Late(days, permille, bill.outstanding, amount, None)


def late_charge(bill: Bill, on: date) -> Decimal:
    """Yuan of late charge that a bill costs beside its `outstanding` if it is paid on a day."""
    found = Bill.objects.with_outstanding().get(pk=bill.pk)
    late = late_charges([found], on).get(bill.pk)
    return late.amount if late else ZERO


def late_charges_of(bills: Iterable[Bill], on: date) -> Decimal:
    """The sum of the same over some bills that carry their `outstanding`, yuan."""
    return sum((late.amount for late in late_charges(bills, on).values()), ZERO)
