"""Water bills of a meter account, and their payment. Each locks its accounts first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import AccountStatus, Customer, MeterAccount, User
from billing import reckoning, selectors
from billing.models import Bill, BillLine, BillPayment, DaySheet, LateCharge, PayMethod, Receipt, Tariff
from billing.models.bills import COMPONENTS
from billing.services import locks
from billing.services.checks import said
from billing.services.days import sheet_of
from billing.services.slips import day_paid, paid_by, take_once
from billing.services.statements import void
from billing.services.till import issue_receipt
from billing.terms import BILL_PAY_DAYS
from waterservice.calendar import calendar
from waterservice.money import ZERO

NAMED = 5  # accounts on one receipt that are named by their numbers


@transaction.atomic
def issue_bill(
    *,
    account: MeterAccount,
    period_start: date,
    period_end: date,
    opening: int,
    closing: int,
    by: User,
    usage: int | None = None,
    customer: Customer | None = None,
    issued_on: date | None = None,
    pay_by: date | None = None,
) -> Bill:
    """Bill a period by two readings (m³), the tariffs of its days and the tiers of its years.

    usage     m³ where the readings don't differ by as much: the register went round, the meter was changed
    customer  who owes it, the present holder if left out; the final bill of a tenure names who held it
    pay_by    the last day to pay; if left out, by policy, and never a day off (Civil Code art. 203)

    A bill of nothing is settled at once and has no lines. Raises ValidationError for an account without water, a
    period that is upside down or overlaps a billed one, readings that run backwards without a usage that explains
    it, a customer who never held the account, and for a period before the first tariff.
    """
    locked = locks.lock_accounts([account.pk])[account.pk]
    owing = customer or locked.holder
    used = closing - opening if usage is None else usage
    _refuse_to_bill(locked, period_start, period_end, used, owing)
    tariffs = {row.valid_from: row for row in selectors.tariffs_over(locked.kind_of_use, period_start, period_end)}
    portions = reckoning.reckon(
        usage=used,
        start=period_start,
        end=period_end,
        rates=[row.rates for row in tariffs.values()],
        used=selectors.used_before(locked, owing, start=period_start, end=period_end),
        household=locked.household_size,
    )
    issued = issued_on or timezone.localdate()
    sums = {
        f"{name}_amount": sum((getattr(portion, f"{name}_amount") for portion in portions), ZERO) for name in COMPONENTS
    }
    amount = sum(sums.values(), ZERO)
    bill = Bill(
        account=locked,
        customer=owing,
        period_start=period_start,
        period_end=period_end,
        opening=opening,
        closing=closing,
        carried=used - (closing - opening),
        usage=used,
        amount=amount,
        issued_on=issued,
        pay_by=pay_by or calendar().add_calendar_days(issued, BILL_PAY_DAYS.on(issued)),
        issued_by=by,
        settled_at=None if amount else timezone.now(),
        **sums,
    )
    bill.clean_fields(exclude=["account", "customer", "issued_by"])
    bill.save(force_insert=True)
    BillLine.objects.bulk_create(_line(bill, portion, tariffs[portion.rates.since]) for portion in portions)
    return bill


def _refuse_to_bill(account: MeterAccount, start: date, end: date, usage: int, customer: Customer) -> None:
    number = {"number": account.number}
    if account.status == AccountStatus.PENDING:
        raise ValidationError(_("Account %(number)s has no water yet and can't be billed."), params=number)
    if end < start or usage < 0:
        raise ValidationError(_("The period or its readings run backwards. Check both."))
    if account.bills.counting().filter(period_start__lte=end, period_end__gte=start).exists():
        raise ValidationError(
            _("Account %(number)s has a bill that covers part of this period already."), params=number
        )
    if customer.pk != account.holder_id and not account.tenures.filter(customer=customer).exists():
        raise ValidationError(
            _("%(customer)s never held account %(number)s and can't be billed for it."),
            params={**number, "customer": customer.name},
        )


def _line(bill: Bill, portion: reckoning.Portion, tariff: Tariff) -> BillLine:
    columns = {
        f"{name}_{what}": getattr(portion, f"{name}_{what}") for name in COMPONENTS for what in ("price", "amount")
    }
    return BillLine(
        bill=bill,
        tariff=tariff,
        start=portion.start,
        end=portion.end,
        tier=portion.tier,
        usage=portion.usage,
        **columns,
    )


@transaction.atomic
def pay_bills(
    *, bills: Sequence[Bill], method: str, by: User, reference: str = "", happened_on: date | None = None
) -> Receipt:
    """Pay all that is left of some bills, with one receipt; what is late takes its late charge along.

    The late charge is that of the day on which the money moved, and nothing where it is let off. The same payment
    again, by its `reference`, is answered with its first receipt, marked `repeated`. Raises ValidationError for no
    bill, a day as `day_paid` does, a reference that lacks or belongs to another payment, and when one of the bills has
    been paid or reversed meanwhile.
    """
    if not bills:
        raise ValidationError(_("Choose the bills that are paid."))
    known, slip = paid_by(method, reference)
    wanted = {bill.pk for bill in bills}
    locks.lock_accounts(bill.account_id for bill in bills)

    def moved_on() -> date:
        return day_paid(
            happened_on,
            method=known,
            slip=slip,
            since=max(bill.issued_on for bill in bills),
            taken_back=lambda: selectors.days_taken_back(wanted),
        )

    return take_once(
        method=known,
        slip=slip,
        same=lambda earlier: set(earlier.bill_payments.values_list("bill_id", flat=True)) == wanted,
        take=lambda: _pay(wanted, method=known, reference=slip, happened_on=moved_on(), by=by),
    )


def pay_from_deposit(*, bills: set[int], slip: str, by: User) -> Receipt:
    """Pay bills (primary keys) by what a deposit sets off, in the transaction and under the locks of that.

    Raises ValidationError when one of them has been paid meanwhile.
    """
    return _pay(bills, method=PayMethod.DEPOSIT, reference=slip, happened_on=timezone.localdate(), by=by)


def _pay(wanted: set[int], *, method: PayMethod, reference: str, happened_on: date, by: User) -> Receipt:
    chosen = Bill.objects.filter(pk__in=wanted).with_outstanding()
    due = list(chosen.select_related("account", "customer").order_by("pk"))
    settled = [str(bill) for bill in due if bill.settled_at]
    if settled:
        raise ValidationError(
            _("Paid already: %(bills)s. Look at the list again."), params={"bills": _(", ").join(settled)}
        )
    taken_back = [str(bill) for bill in due if bill.reversed_at]
    if taken_back:
        raise ValidationError(
            _("Reversed: %(bills)s. Look at the list again."), params={"bills": _(", ").join(taken_back)}
        )
    columns = {
        "method": method,
        "reference": reference,
        "happened_on": happened_on,
        "recorded_by": by,
        "sheet": sheet_of(by.pk),
    }
    payers = dict.fromkeys(bill.customer.name for bill in due)
    late = selectors.late_charges(due, happened_on)
    receipt = issue_receipt(
        amount=sum((bill.outstanding for bill in due), ZERO) + sum((charge.amount for charge in late.values()), ZERO),
        method=method,
        slip=reference,
        payer=_named(list(payers)),
        reference=_named(list(dict.fromkeys(bill.account.number for bill in due))),
        by=by,
    )
    for bill in due:
        payment = BillPayment(bill=bill, receipt=receipt, amount=bill.outstanding, **columns)
        payment.clean_fields(exclude=["bill", "receipt", "recorded_by", "reverses", "sheet"])
        payment.save(force_insert=True)
        if bill.pk in late:
            LateCharge.objects.create(payment=payment, amount=late[bill.pk].amount, **late[bill.pk]._asdict())
        bill.settled_at = receipt.issued_at
        bill.save(update_fields=["settled_at"])
    return receipt


def _named(names: list[str]) -> str:
    more = len(names) - NAMED
    words = "、".join(names[:NAMED])
    return f"{words} +{more}" if more > 0 else words


@transaction.atomic
def reverse_receipt(*, receipt: Receipt, reason: str, by: User) -> list[BillPayment]:
    """Take back the payment of water bills that a receipt stands for, late charges and all; they are unpaid again.

    Raises ValidationError without a reason, for a receipt of a statement (its line is reversed instead), one
    reversed already, one's own, one that a deposit paid, and one for which a tax invoice stands.
    """
    taken = receipt.bill_payments.filter(reverses__isnull=True).select_related("bill", "late_charge", "sheet")
    payments = list(taken.order_by("pk"))
    if not payments:
        raise ValidationError(_("This receipt is not for water bills. Reverse the payment on its statement."))
    locks.lock_accounts(payment.bill.account_id for payment in payments)
    receipt = locks.lock_receipt(receipt)
    if receipt.bill_payments.filter(reverses__isnull=False).exists():
        raise ValidationError(_("This receipt has been reversed already."))
    if receipt.issued_by_id in by.hands:
        raise ValidationError(_("You recorded this payment yourself. Somebody else must reverse it."))
    if receipt.method == PayMethod.DEPOSIT:
        raise ValidationError(_("These bills were paid from a deposit, as its holder chose. That can't be reversed."))
    if selectors.invoiced(receipt=receipt):
        raise ValidationError(_("A tax invoice stands for this receipt. Take it back by a red invoice first."))
    words, sheet = said(reason), sheet_of(payments[0].sheet.cashier_id)
    opposites = [_reverse_payment(payment, words, sheet, by) for payment in payments]
    void(receipt)
    return opposites


def _reverse_payment(payment: BillPayment, reason: str, sheet: DaySheet, by: User) -> BillPayment:
    opposite = BillPayment(
        bill=payment.bill,
        receipt_id=payment.receipt_id,
        amount=-payment.amount,
        method=payment.method,
        happened_on=timezone.localdate(),
        recorded_by=by,
        reverses=payment,
        sheet=sheet,
        reason=reason,
    )
    opposite.clean_fields(exclude=["bill", "receipt", "recorded_by", "reverses", "sheet"])
    opposite.save(force_insert=True)
    late: LateCharge | None = getattr(payment, "late_charge", None)
    if late is not None:
        LateCharge.objects.create(
            payment=opposite,
            days=late.days,
            permille=late.permille,
            principal=-late.principal,
            reckoned=-late.reckoned,
            amount=-late.amount,
            waiver=late.waiver,
        )
    payment.bill.settled_at = None
    payment.bill.save(update_fields=["settled_at"])
    return opposite
