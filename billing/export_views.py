"""Lists of the till as workbooks, with the columns of the screen."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import for_roles, signed_in
from accounts.models import MeterAccount
from accounts.selectors import search_accounts
from billing import selectors
from billing.menu import READERS
from billing.models import Bill
from waterservice.excel import workbook_response
from waterservice.money import yuan


@for_roles(*READERS)
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
    receipts = [p.receipt.number if p.receipt else p.get_method_display() for p in bill.payments.all()]
    return (
        f"{bill.period_start.isoformat()} – {bill.period_end.isoformat()}",
        f"{bill.opening} – {bill.closing}",
        bill.usage,
        _(", ").join(tiers),
        _(", ").join(parts),
        bill.amount,
        bill.pay_by,
        _(", ").join(receipts) if bill.settled_at else _("unpaid"),
    )


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
