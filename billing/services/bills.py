"""Readings and water bills of a meter account, and their payment. Each locks its accounts first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.history import save_as
from accounts.models import AccountStatus, MeterAccount, User
from billing import selectors
from billing.models import Bill, BillPayment, Reading, Receipt
from billing.services import locks
from billing.services.checks import day_so_far, known_method, said
from billing.services.till import issue_receipt
from billing.terms import BILL_PAY_DAYS
from waterservice.money import ZERO
from waterservice.text import clean_line

NAMED = 5  # accounts on one receipt that are named by their numbers


@transaction.atomic
def record_reading(*, account: MeterAccount, reading: int, read_on: date, by: User, kind: str) -> Reading:
    """Record what the meter of an account showed (m³) on a day.

    Raises ValidationError for an account without water or meter, a day to come, before the meter was there
    or before the last reading, a figure below the last one, and a second first reading.
    """
    locked = locks.lock_accounts([account.pk])[account.pk]
    meter = locked.meter
    if meter is None or locked.status == AccountStatus.PENDING:
        raise ValidationError(
            _("Account %(number)s has no running meter to read yet."), params={"number": locked.number}
        )
    last = Reading.objects.filter(account=locked, read_on__gte=meter.installed_on).order_by("read_on", "pk").last()
    lowest, earliest = (last.reading, last.read_on) if last else (meter.first_reading, meter.installed_on)
    if reading < lowest:
        raise ValidationError(
            {
                "reading": ValidationError(
                    _("The meter showed %(lowest)s m³ before. A lower reading can't be right: read it again."),
                    params={"lowest": lowest},
                )
            }
        )
    if not earliest <= read_on <= timezone.localdate():
        raise ValidationError(
            {
                "read_on": ValidationError(
                    _("The reading must lie between %(earliest)s and today."),
                    params={"earliest": earliest.isoformat()},
                )
            }
        )
    if kind == Reading.Kind.FIRST and locked.readings.filter(kind=kind).exists():
        raise ValidationError(_("Account %(number)s has its first reading already."), params={"number": locked.number})
    return save_as(Reading(account=locked, kind=kind, reading=reading, read_on=read_on, reader=by), by=by)


@transaction.atomic
def issue_bill(
    *,
    account: MeterAccount,
    period_start: date,
    period_end: date,
    opening: int,
    closing: int,
    by: User,
    issued_on: date | None = None,
    pay_by: date | None = None,
) -> Bill:
    """Bill the present holder for a period, by two readings (m³) and the tariff of the period's last day.

    A bill of nothing is settled at once. Raises ValidationError for an account without water, a period that
    is upside down or overlaps a billed one, a closing reading below the opening one, and without a tariff.
    """
    locked = locks.lock_accounts([account.pk])[account.pk]
    number = {"number": locked.number}
    if locked.status == AccountStatus.PENDING:
        raise ValidationError(_("Account %(number)s has no water yet and can't be billed."), params=number)
    if period_end < period_start or closing < opening:
        raise ValidationError(_("The period or its readings run backwards. Check both."))
    if locked.bills.filter(period_start__lte=period_end, period_end__gte=period_start).exists():
        raise ValidationError(
            _("Account %(number)s has a bill that covers part of this period already."), params=number
        )
    tariff = selectors.tariff_in_force(locked.kind_of_use, period_end)
    issued = issued_on or timezone.localdate()
    bill = Bill(
        account=locked,
        customer_id=locked.holder_id,
        period_start=period_start,
        period_end=period_end,
        opening=opening,
        closing=closing,
        usage=closing - opening,
        issued_on=issued,
        pay_by=pay_by or issued + timedelta(days=BILL_PAY_DAYS.on(issued)),
        issued_by=by,
    )
    bill.price(water=tariff.water, resource=tariff.resource, sewage=tariff.sewage)
    bill.settled_at = None if bill.amount else timezone.now()
    bill.clean_fields(exclude=["account", "customer", "issued_by"])
    bill.save(force_insert=True)
    return bill


@transaction.atomic
def pay_bills(
    *, bills: Sequence[Bill], method: str, by: User, reference: str = "", happened_on: date | None = None
) -> Receipt:
    """Pay all that is left of some bills, with one receipt.

    Raises ValidationError for no bill, a day to come, and when one of them has been paid meanwhile.
    """
    if not bills:
        raise ValidationError(_("Choose the bills that are paid."))
    locks.lock_accounts(bill.account_id for bill in bills)
    chosen = Bill.objects.filter(pk__in={bill.pk for bill in bills}).with_outstanding()
    due = list(chosen.select_related("account", "customer").order_by("pk"))
    settled = [str(bill) for bill in due if bill.settled_at]
    if settled:
        raise ValidationError(
            _("Paid already: %(bills)s. Look at the list again."), params={"bills": _(", ").join(settled)}
        )
    columns = {
        "method": known_method(method),
        "reference": clean_line(reference),
        "happened_on": day_so_far(happened_on),
        "recorded_by": by,
    }
    payers = dict.fromkeys(bill.customer.name for bill in due)
    receipt = issue_receipt(
        amount=sum((bill.outstanding for bill in due), ZERO),
        payer=_named(list(payers)),
        reference=_named(list(dict.fromkeys(bill.account.number for bill in due))),
        by=by,
    )
    for bill in due:
        payment = BillPayment(bill=bill, receipt=receipt, amount=bill.outstanding, **columns)
        payment.clean_fields(exclude=["bill", "receipt", "recorded_by", "reverses"])
        payment.save(force_insert=True)
        bill.settled_at = receipt.issued_at
        bill.save(update_fields=["settled_at"])
    return receipt


def _named(names: list[str]) -> str:
    more = len(names) - NAMED
    words = "、".join(names[:NAMED])
    return f"{words} +{more}" if more > 0 else words


@transaction.atomic
def reverse_receipt(*, receipt: Receipt, reason: str, by: User) -> list[BillPayment]:
    """Take back the payment of water bills that a receipt stands for; its bills are unpaid again.

    Raises ValidationError without a reason, for a receipt of a statement (its line is reversed instead), one
    reversed already, and one's own.
    """
    payments = list(receipt.bill_payments.filter(reverses__isnull=True).select_related("bill").order_by("pk"))
    if not payments:
        raise ValidationError(_("This receipt is not for water bills. Reverse the payment on its statement."))
    locks.lock_accounts(payment.bill.account_id for payment in payments)
    if receipt.bill_payments.filter(reverses__isnull=False).exists():
        raise ValidationError(_("This receipt has been reversed already."))
    if receipt.issued_by_id == by.pk:
        raise ValidationError(_("You recorded this payment yourself. Somebody else must reverse it."))
    words = said(reason)
    return [_reverse_payment(payment, words, by) for payment in payments]


def _reverse_payment(payment: BillPayment, reason: str, by: User) -> BillPayment:
    opposite = BillPayment(
        bill=payment.bill,
        receipt_id=payment.receipt_id,
        amount=-payment.amount,
        method=payment.method,
        happened_on=timezone.localdate(),
        recorded_by=by,
        reverses=payment,
        reason=reason,
    )
    opposite.clean_fields(exclude=["bill", "receipt", "recorded_by", "reverses"])
    opposite.save(force_insert=True)
    payment.bill.settled_at = None
    payment.bill.save(update_fields=["settled_at"])
    return opposite
