"""Lists of the till as workbooks, with the columns of the screen."""

from __future__ import annotations

from itertools import chain
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_GET

from accounts.access import for_roles, signed_in
from accounts.models import MeterAccount, User
from accounts.roles import BUSINESS_OFFICE, Role
from accounts.selectors import books_for, search_accounts
from billing import selectors
from billing.menu import READERS, SUPERVISORS
from billing.models import Bill, DaySheet, Reading
from waterservice.excel import workbook_response
from waterservice.money import yuan

READING_HEADINGS = [
    gettext_lazy("Day"),
    gettext_lazy("What"),
    gettext_lazy("rolled over"),
    gettext_lazy("Meter"),
    gettext_lazy("Reading (m³)"),
    gettext_lazy("Recorded"),
    gettext_lazy("Reader"),
    gettext_lazy("Confirmed by"),
    gettext_lazy("Remark"),
    gettext_lazy("State"),
    gettext_lazy("Bill"),
]


@signed_in
@require_GET
def found_export(request: HttpRequest) -> HttpResponse:
    """The accounts that a search found, all of them."""
    text = request.GET.get("q", "").strip()
    found = search_accounts(text).order_by("number") if text else MeterAccount.objects.none()
    rows = ((a.number, a.holder.name, str(a.premises), a.get_status_display()) for a in found.iterator())
    headings = [_("Account"), _("Holder"), _("Premises"), _("Status")]
    return workbook_response(_("accounts found.xlsx"), headings, rows)


@for_roles(*READERS)
@require_GET
def bills_export(request: HttpRequest, number: str) -> HttpResponse:
    """Every bill of an account, newest first."""
    account = get_object_or_404(MeterAccount, number=number)
    headings = [
        _("Period"),
        _("Readings"),
        _("Usage (m³)"),
        _("Tiers"),
        _("Components"),
        _("Amount"),
        _("Pay by"),
        _("Paid"),
    ]
    bills = selectors.bills_of(account).prefetch_related("lines", "payments__receipt")
    return workbook_response(
        _("bills of {account}.xlsx").format(account=number), headings, (_bill_row(bill) for bill in bills)
    )


def _bill_row(bill: Bill) -> tuple[Any, ...]:
    tiers = (f"{line.tier} · {line.usage} m³ · {yuan(line.amount)}" for line in bill.lines.all())
    parts = (f"{name} {yuan(amount)}" for name, amount in bill.components)
    return (
        bill.period,
        f"{bill.opening} – {bill.closing}",
        bill.usage,
        _(", ").join(tiers),
        _(", ").join(parts),
        bill.amount,
        bill.pay_by,
        _paid(bill),
    )


def _paid(bill: Bill) -> str:
    if bill.reversed_at:
        return pgettext("bill", "reversed")
    receipts = [p.receipt.number if p.receipt else p.get_method_display() for p in bill.payments.all()]
    return _(", ").join(receipts) if bill.settled_at else _("unpaid")


@signed_in
@require_GET
def prices_export(request: HttpRequest) -> HttpResponse:
    """The fees of the price list as it hangs on the wall today."""
    today = timezone.localdate()
    headings = [_("Item"), _("Price"), _("Unit"), _("Legal basis"), _("valid from"), _("valid until"), _("charged")]
    rows = (
        (item.name, item.unit_price, item.unit, item.legal_basis, item.valid_from, item.valid_until, item.enabled)
        for item in selectors.current_prices(today)
    )
    return workbook_response(_("price list {day}.xlsx").format(day=today.isoformat()), headings, rows)


@for_roles(Role.CASHIER, *SUPERVISORS)
@require_GET
def days_export(request: HttpRequest) -> HttpResponse:
    """The days of the cashiers, or one's own: those that are not closed, then the closed ones, newest first."""
    assert isinstance(request.user, User)
    mine = {} if request.user.has_role(*SUPERVISORS) else {"cashier": request.user}
    headings = [
        _("Day"),
        _("Cashier"),
        _("Day closed"),
        _("Closed by"),
        _("Countersigned"),
        _("Countersigned by"),
    ]
    sheets = chain(
        selectors.open_day_sheets().filter(**mine).iterator(), selectors.closed_day_sheets().filter(**mine).iterator()
    )
    return workbook_response(_("cashiers' days.xlsx"), headings, (_sheet_row(sheet) for sheet in sheets))


def _sheet_row(sheet: DaySheet) -> tuple[Any, ...]:
    return (
        sheet.day,
        str(sheet.cashier),
        sheet.closed_at,
        str(sheet.closed_by or ""),
        sheet.countersigned_at,
        str(sheet.countersigned_by or ""),
    )


@for_roles(*READERS)
@require_GET
def readings_export(request: HttpRequest, number: str) -> HttpResponse:
    """Every reading of an account, newest first."""
    account = get_object_or_404(MeterAccount, number=number)
    rows = (_reading_row(row) for row in selectors.readings_of(account))
    return workbook_response(
        _("readings of {account}.xlsx").format(account=number), [str(heading) for heading in READING_HEADINGS], rows
    )


@for_roles(*BUSINESS_OFFICE)
@require_GET
def photographs_export(request: HttpRequest) -> HttpResponse:
    """The holders' photographs of one's office that wait for confirmation."""
    assert isinstance(request.user, User)
    own = MeterAccount.objects.filter(book__in=books_for(request.user).values("pk"))
    rows = ((row.account.number, row.account.holder.name, *_reading_row(row)) for row in _with_bills(own))
    headings = [_("Account"), _("Holder"), *(str(heading) for heading in READING_HEADINGS)]
    return workbook_response(_("photographs to confirm.xlsx"), headings, rows)


def _with_bills(accounts: QuerySet[MeterAccount]) -> QuerySet[Reading]:
    return selectors.photographs_to_confirm(accounts).select_related("confirmed_by", "correction", "corrects", "bill")


def _reading_row(row: Reading) -> tuple[Any, ...]:
    bill = row.bill
    return (
        row.read_on,
        row.get_kind_display(),
        row.rolled_over,
        row.meter.number,
        row.reading,
        row.recorded_at,
        str(row.reader),
        str(row.confirmed_by or ""),
        _("instead of {wrong}: {reason}").format(wrong=row.corrects.reading, reason=row.reason)
        if row.corrects
        else row.remark,
        _("corrected, does not count") if hasattr(row, "correction") else "",
        bill.period if bill else "",
    )
