"""Writes of water bills, readings and arrears checks."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer, MeterAccount, Premises, User
from billing import selectors
from billing.ledger_locks import lock_accounts
from billing.models import ArrearsCheck, Bill, BillPayment, Reading, Receipt
from billing.receipts import issue_receipt
from waterservice.money import FEN, ZERO

DAYS_TO_PAY = 15


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
    """Bill a period of an account at the tariff of its last day; each component is rounded half up to the fen."""
    locked = lock_accounts([account])[0]
    tariff = selectors.tariff(locked.kind_of_use, period_end)
    if tariff is None:
        raise ValidationError(_("No tariff holds for this kind of use on %(day)s."), params={"day": period_end})
    if closing < opening:
        raise ValidationError(_("The closing reading is below the opening reading."))
    usage = closing - opening
    water, resource, sewage = (
        (unit * usage).quantize(FEN, rounding=ROUND_HALF_UP) for unit in (tariff.water, tariff.resource, tariff.sewage)
    )
    issued = issued_on or timezone.localdate()
    bill = Bill(
        account=locked,
        customer=locked.holder,
        period_start=period_start,
        period_end=period_end,
        opening=opening,
        closing=closing,
        usage=usage,
        water=water,
        resource=resource,
        sewage=sewage,
        amount=water + resource + sewage,
        issued_on=issued,
        pay_by=pay_by or issued + timedelta(days=DAYS_TO_PAY),
        settled_at=None if usage else timezone.now(),
    )
    bill._history_user = by  # type: ignore[attr-defined]
    bill.full_clean()
    bill.save()
    return bill


@transaction.atomic
def pay_bills(*, bills: Sequence[Bill], method: str, by: User, reference: str = "") -> Receipt:
    """Pay what is left of some bills with one receipt. Raises ValidationError when one is paid already."""
    if not bills:
        raise ValidationError(_("Choose the bills that are paid."))
    lock_accounts([bill.account for bill in bills])
    keys = [bill.pk for bill in bills]
    due = list(Bill.objects.filter(pk__in=keys, settled_at__isnull=True).prefetch_related("payments").order_by("pk"))
    if len(due) != len(set(keys)):
        raise ValidationError(_("One of the bills has been paid meanwhile. Look at the list again."))
    left = {bill.pk: bill.amount - sum((p.amount for p in bill.payments.all()), ZERO) for bill in due}
    total: Decimal = sum(left.values(), ZERO)
    receipt = issue_receipt(
        amount=total,
        payer=due[0].customer.name,
        purpose=_("Water bills"),
        method=method,
        reference=reference or due[0].account.number,
        by=by,
    )
    now = timezone.now()
    for bill in due:
        BillPayment.objects.create(bill=bill, receipt=receipt, amount=left[bill.pk])
        bill.settled_at = now
        bill.save()
    return receipt


@transaction.atomic
def record_reading(*, account: MeterAccount, reading: int, read_on: date, by: User, kind: str) -> Reading:
    """Record a reading of the account's meter, m³; refused below the last one, before it, or in the future."""
    locked = lock_accounts([account])[0]
    if locked.meter is None:
        raise ValidationError(_("The account has no meter."))
    if read_on > timezone.localdate():
        raise ValidationError({"read_on": _("%(day)s has not come yet.") % {"day": read_on}})
    last = locked.readings.filter(meter=locked.meter).order_by("-read_on", "-pk").first()
    lowest = last.reading if last else locked.meter.first_reading
    if reading < lowest:
        raise ValidationError(
            {"reading": _("The last reading was %(last)d m³. A meter does not run backwards.") % {"last": lowest}}
        )
    if last and read_on < last.read_on:
        raise ValidationError({"read_on": _("The last reading was taken on %(day)s.") % {"day": last.read_on}})
    new = Reading(account=locked, meter=locked.meter, kind=kind, reading=reading, read_on=read_on, reader=by)
    new.full_clean()
    new.save()
    return new


@transaction.atomic
def record_arrears_check(
    *, reference: str, customer: Customer, premises: Premises, by: User, note: str = ""
) -> ArrearsCheck:
    """Put on record what the ledger shows now: the sum and each unpaid bill (NC-2)."""
    bills = list(selectors.arrears(customer=customer, premises=premises))
    return ArrearsCheck.objects.create(
        reference=reference,
        customer=customer,
        premises=premises,
        checked_by=by,
        owed=sum((bill.outstanding for bill in bills), ZERO),  # type: ignore[attr-defined]
        bills=[
            {
                "account": bill.account.number,
                "period": f"{bill.period_start} – {bill.period_end}",
                "outstanding": str(bill.outstanding),  # type: ignore[attr-defined]
            }
            for bill in bills
        ],
        note=note,
    )
