"""The till: an account's bills, receipts, a day's takings, deposits, the price list."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import for_roles, signed_in
from accounts.models import MeterAccount, User
from accounts.roles import Role
from accounts.selectors import search_accounts
from billing import selectors, services
from billing.forms import DayForm, PayBillsForm, ReverseReceiptForm
from billing.menu import READERS, SUPERVISORS
from billing.models import Receipt
from waterservice.excel import workbook_response
from waterservice.money import ZERO

FOUND = 50  # accounts shown for one search


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@for_roles(*READERS)
@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """Find a meter account by number, holder, telephone or address; a full number opens it at once."""
    text = request.GET.get("q", "").strip()
    found = list(search_accounts(text).order_by("number")[: FOUND + 1]) if text else []
    if len(found) == 1 and found[0].number == text:
        return redirect("billing:account", number=text)
    context = {"text": text, "accounts": found[:FOUND], "more": len(found) > FOUND, "most": FOUND}
    return render(request, "billing/find.html", context)


@for_roles(*READERS)
@require_GET
def account(request: HttpRequest, number: str) -> HttpResponse:
    """An account's bills, newest first; a cashier finds the form to take their payment."""
    return _account_page(request, _account(number))


@for_roles(*READERS)
@require_GET
def due(request: HttpRequest, number: str) -> HttpResponse:
    """What the ticked bills come to, for the form as it is being filled in."""
    form = PayBillsForm(request.GET, unpaid=_unpaid(_account(number)))
    form.is_valid()
    chosen = form.cleaned_data.get("bills", [])
    return render(request, "billing/due.html", {"due": sum((bill.outstanding for bill in chosen), ZERO)})


@for_roles(Role.CASHIER)
@require_POST
def pay(request: HttpRequest, number: str) -> HttpResponse:
    """Take the payment of an account's bills at the counter."""
    found = _account(number)
    form = PayBillsForm(request.POST, unpaid=_unpaid(found))
    if form.is_valid():
        try:
            issued = services.pay_bills(by=_person(request), **form.cleaned_data)
        except ValidationError as fault:
            form.add_error(None, fault.messages)
        else:
            messages.success(request, _("Payment taken, receipt %(number)s.") % {"number": issued.number})
            return redirect("billing:receipt", number=issued.number)
    return _account_page(request, found, form)


def _account(number: str) -> MeterAccount:
    return get_object_or_404(MeterAccount.objects.select_related("holder", "premises"), number=number)


def _unpaid(account: MeterAccount) -> Any:
    return selectors.bills_of(account).unpaid()


def _account_page(request: HttpRequest, account: MeterAccount, form: PayBillsForm | None = None) -> HttpResponse:
    bills = list(selectors.bills_of(account).prefetch_related("payments__receipt"))
    owing = sum((bill.outstanding for bill in bills), ZERO)
    if form is None and owing and _person(request).has_role(Role.CASHIER):
        form = PayBillsForm(unpaid=_unpaid(account))
    context = {"account": account, "bills": bills, "owing": owing, "form": form if owing else None}
    if form is not None and form.is_bound and not owing:
        messages.error(request, _("All bills of this account have been paid meanwhile."))
    refused = form is not None and form.is_bound
    return render(request, "billing/account.html", context, status=422 if refused else 200)


@for_roles(*READERS)
@require_GET
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """One receipt, to show and to print."""
    return _receipt_page(request, _receipt(number))


@for_roles(Role.DUTY_MANAGER)
@require_POST
def reverse_receipt(request: HttpRequest, number: str) -> HttpResponse:
    """Take back a payment of water bills; its bills are unpaid again."""
    found = _receipt(number)
    form = ReverseReceiptForm(request.POST)
    if form.is_valid():
        try:
            services.reverse_receipt(receipt=found, by=_person(request), **form.cleaned_data)
        except ValidationError as fault:
            form.add_error(None, fault.messages)
        else:
            messages.success(request, _("Receipt %(number)s is reversed.") % {"number": found.number})
            return redirect("billing:receipt", number=found.number)
    return _receipt_page(request, found, form)


def _receipt(number: str) -> Receipt:
    related = ("line__statement", "line__reversal__recorded_by", "issued_by")
    return get_object_or_404(Receipt.objects.select_related(*related), number=number)


def _receipt_page(request: HttpRequest, receipt: Receipt, form: ReverseReceiptForm | None = None) -> HttpResponse:
    payments = list(receipt.bill_payments.select_related("bill__account", "recorded_by").order_by("bill__period_start"))
    paid = [payment for payment in payments if payment.reverses_id is None]
    reversal = next((payment for payment in payments if payment.reverses_id), None)
    if receipt.line is not None:
        reversal = getattr(receipt.line, "reversal", None)
    reversible = bool(paid) and reversal is None and _person(request).has_role(Role.DUTY_MANAGER)
    context = {
        "receipt": receipt,
        "payments": paid,
        "entry": receipt.line or paid[0],
        "reversal": reversal,
        "form": (form or ReverseReceiptForm()) if reversible else None,
    }
    return render(request, "billing/receipt.html", context, status=422 if form is not None else 200)


def _day_and_cashier(request: HttpRequest) -> tuple[DayForm, date, User | None]:
    """Which sheet is asked for; what can't be read falls back to today, a cashier's always to their own."""
    person = _person(request)
    form = DayForm(request.GET)
    form.is_valid()
    asked = form.cleaned_data.get("cashier") if person.has_role(*SUPERVISORS) else person
    return form, form.cleaned_data.get("day") or timezone.localdate(), asked


@for_roles(Role.CASHIER, *SUPERVISORS)
@require_GET
def day(request: HttpRequest) -> HttpResponse:
    """A day's takings, one by one and by method."""
    form, on, cashier = _day_and_cashier(request)
    rows = selectors.takings(on, cashier)
    context = {
        "form": form,
        "on": on,
        "cashier": cashier,
        "supervises": _person(request).has_role(*SUPERVISORS),
        "rows": rows,
        "totals": selectors.totals(rows),
        "total": sum((row.amount for row in rows), ZERO),
    }
    return render(request, "billing/day.html", context)


@for_roles(Role.CASHIER, *SUPERVISORS)
@require_GET
def day_export(request: HttpRequest) -> HttpResponse:
    """The same sheet as a workbook."""
    _form, on, cashier = _day_and_cashier(request)
    headings = [
        _("Recorded at"),
        _("What"),
        _("Receipt"),
        _("Case or account"),
        _("Payer"),
        _("Method"),
        _("Reference"),
        _("Amount (yuan)"),
        _("Happened on"),
        _("Cashier"),
        _("Reason"),
    ]
    rows = [
        (
            row.recorded_at,
            row.what,
            row.receipt,
            row.reference,
            row.payer,
            str(row.method.label),
            row.slip,
            row.amount,
            row.happened_on,
            row.cashier.name,
            row.reason,
        )
        for row in selectors.takings(on, cashier)
    ]
    return workbook_response(_("takings {day}.xlsx").format(day=on.isoformat()), headings, rows)


@for_roles(*READERS)
@require_GET
def deposits(request: HttpRequest) -> HttpResponse:
    """Every deposit that the utility holds: none is lost from sight, also after its case is closed."""
    held = list(selectors.held_deposits())
    context = {"deposits": held, "total": sum((deposit.amount for deposit in held), ZERO)}
    return render(request, "billing/deposits.html", context)


@for_roles(*READERS)
@require_GET
def deposits_export(request: HttpRequest) -> HttpResponse:
    """The same list as a workbook."""
    headings = [
        _("Case"),
        _("Customer"),
        _("Account"),
        _("Clause"),
        _("Basis"),
        _("Amount (yuan)"),
        _("Since"),
        _("To be returned on"),
    ]
    rows = [
        (
            deposit.statement.reference,
            deposit.statement.customer.name,
            deposit.account.number if deposit.account else "",
            deposit.clause,
            deposit.basis,
            deposit.amount,
            deposit.line.happened_on,
            deposit.refund_due_on,
        )
        for deposit in selectors.held_deposits()
    ]
    return workbook_response(_("deposits held.xlsx"), headings, rows)


@signed_in
@require_GET
def prices(request: HttpRequest) -> HttpResponse:
    """The price list and the tariffs of today, for all staff; the administrator changes them."""
    today = timezone.localdate()
    context = {
        "today": today,
        "items": selectors.current_prices(today),
        "tariffs": selectors.current_tariffs(today),
        "edits": _person(request).has_role(Role.ADMINISTRATOR),
    }
    return render(request, "billing/prices.html", context)
