"""Receipts and statements: to show, to print, to reverse, and their tax invoices."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import for_roles
from accounts.models import User
from accounts.roles import Role
from billing import selectors, services
from billing.forms import ReverseReceiptForm
from billing.invoice_forms import FlushInvoiceForm, TaxInvoiceForm
from billing.menu import PRINTERS, READERS
from billing.models import PayMethod, Receipt, ReceiptPrint, Statement, TaxInvoice
from waterservice.excel import workbook_response
from waterservice.keyset import page_of


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


# -- receipts ----------------------------------------------------------------------------------------------


@for_roles(*READERS)
@require_GET
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """One receipt with its printings and invoices."""
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
    return _receipt_page(request, found, reverse_form=form)


@for_roles(*PRINTERS)
@require_POST
def print_receipt(request: HttpRequest, number: str) -> HttpResponseBase:
    """Print a receipt: the first time itself, later a copy that says so. Each printing is on record."""
    found = _receipt(number)
    try:
        printed = services.print_receipt(receipt=found, by=_person(request))
    except ValidationError as fault:
        messages.error(request, " ".join(fault.messages))
        return redirect("billing:receipt", number=found.number)
    return _served(printed)


@for_roles(*READERS)
@require_GET
def printing(request: HttpRequest, number: str, place: int) -> HttpResponseBase:
    """A printing, to look at: the receipt itself is marked as seen, a copy is one already. Nothing is printed anew."""
    related = ReceiptPrint.objects.select_related("file", "receipt")
    printed = get_object_or_404(related, receipt__number=number, place=place)
    content = services.look_at_print(printed=printed, prints=_person(request).has_role(*PRINTERS))
    return FileResponse(BytesIO(content), filename=printed.file.original_name, content_type=printed.file.content_type)


def _served(printed: ReceiptPrint) -> FileResponse:
    stored = printed.file
    return FileResponse(stored.open(), filename=stored.original_name, content_type=stored.content_type)


def _receipt(number: str) -> Receipt:
    related = ("line__statement", "line__reversal__recorded_by", "issued_by")
    return get_object_or_404(Receipt.objects.select_related(*related), number=number)


def _receipt_page(
    request: HttpRequest,
    receipt: Receipt,
    *,
    reverse_form: ReverseReceiptForm | None = None,
    invoice_form: TaxInvoiceForm | None = None,
) -> HttpResponse:
    shown = receipt.bill_payments.select_related("bill__account", "recorded_by", "late_charge")
    payments = list(shown.order_by("bill__period_start"))
    paid = [payment for payment in payments if payment.reverses_id is None]
    reversal = next((payment for payment in payments if payment.reverses_id), None)
    if receipt.line is not None:
        reversal = getattr(receipt.line, "reversal", None)
    person = _person(request)
    from_deposit = receipt.method == PayMethod.DEPOSIT
    reversible = bool(paid) and reversal is None and not from_deposit and person.has_role(Role.DUTY_MANAGER)
    prints = list(receipt.prints.select_related("printed_by"))
    context = {
        "receipt": receipt,
        "payments": paid,
        "late": any(hasattr(payment, "late_charge") for payment in paid),
        "entry": receipt.line or paid[0],
        "reversal": reversal,
        "form": (reverse_form or ReverseReceiptForm()) if reversible else None,
        "from_deposit": from_deposit,
        "prints": prints,
        "next_copy": len(prints),
        "may_print": person.has_role(*PRINTERS),
    }
    if paid:
        account = paid[0].bill.account
        title = {"title": account.invoice_title or receipt.payer, "tax_number": account.tax_number}
        context |= _invoices_block(request, {"receipt": receipt}, title, invoice_form)
    refused = reverse_form is not None or invoice_form is not None
    return render(request, "billing/receipt.html", context, status=422 if refused else 200)


# -- statements --------------------------------------------------------------------------------------------


@for_roles(*READERS)
@require_GET
def statement(request: HttpRequest, key: int) -> HttpResponse:
    """A statement as a bank prints it, its receipts and its tax invoices."""
    return _statement_page(request, _statement(key))


def _statement(key: int) -> Statement:
    return get_object_or_404(Statement.objects.select_related("customer"), pk=key)


def _statement_page(
    request: HttpRequest, statement: Statement, *, invoice_form: TaxInvoiceForm | None = None
) -> HttpResponse:
    context = {
        "statement": statement,
        "lines": selectors.lines_with_balance(statement),
        "balance": selectors.balance(statement),
        "receipts": list(selectors.receipts_of(statement)),
        "till": True,
        "notice": statement.notices.first(),
        **_invoices_block(request, {"statement": statement}, {"title": statement.customer.name}, invoice_form),
    }
    return render(request, "billing/statement.html", context, status=422 if invoice_form is not None else 200)


# -- tax invoices ------------------------------------------------------------------------------------------


def _invoices_block(
    request: HttpRequest, of: dict[str, Any], title: dict[str, str], form: TaxInvoiceForm | None
) -> dict[str, Any]:
    """The invoices of a receipt or a statement, what can still be invoiced, and the cashier's forms."""
    left = selectors.invoiceable(**of)
    issues = _person(request).has_role(Role.CASHIER)
    if form is None and left and issues:
        form = TaxInvoiceForm(initial={**title, "amount": left, "issued_on": timezone.localdate()})
    return {
        "invoices": [
            {"invoice": invoice, "form": _flush_form(invoice) if issues else None}
            for invoice in selectors.invoices_of(**of)
        ],
        "invoiceable": left,
        "invoice_form": form if issues else None,
    }


def _flush_form(invoice: TaxInvoice) -> FlushInvoiceForm | None:
    """The form to take an invoice back, where that can be."""
    if invoice.flushes_id is not None or invoice.flushed:
        return None
    return FlushInvoiceForm(auto_id=f"id_{invoice.number}_%s", initial={"issued_on": timezone.localdate()})


def _issue(request: HttpRequest, form: TaxInvoiceForm, **of: Any) -> bool:
    """Record the invoice of a valid form; what a service finds wrong stands beside its field."""
    if not form.is_valid():
        return False
    try:
        services.issue_invoice(by=_person(request), **of, **form.cleaned_data)
    except ValidationError as fault:
        form.add_error(None, fault)
        return False
    messages.success(request, _("Tax invoice %(number)s is on record.") % {"number": form.cleaned_data["number"]})
    return True


@for_roles(Role.CASHIER)
@require_POST
def invoice_receipt(request: HttpRequest, number: str) -> HttpResponse:
    """Record the tax invoice of a receipt of water bills."""
    found, form = _receipt(number), TaxInvoiceForm(request.POST)
    if _issue(request, form, receipt=found):
        return redirect("billing:receipt", number=number)
    return _receipt_page(request, found, invoice_form=form)


@for_roles(Role.CASHIER)
@require_POST
def invoice_statement(request: HttpRequest, key: int) -> HttpResponse:
    """Record the tax invoice of what was paid on a statement."""
    found, form = _statement(key), TaxInvoiceForm(request.POST)
    if _issue(request, form, statement=found):
        return redirect("billing:statement", key=key)
    return _statement_page(request, found, invoice_form=form)


@for_roles(Role.CASHIER)
@require_POST
def flush_invoice(request: HttpRequest, number: str) -> HttpResponse:
    """Record the red invoice that takes a blue one back."""
    blue = get_object_or_404(TaxInvoice.objects.select_related("receipt", "statement"), number=number)
    form = FlushInvoiceForm(request.POST)
    try:
        if form.is_valid():
            services.flush_invoice(invoice=blue, by=_person(request), **form.cleaned_data)
    except ValidationError as fault:
        form.add_error(None, fault)
    if form.errors:
        for faults in form.errors.values():
            messages.error(request, " ".join(str(fault) for fault in faults))
    else:
        messages.success(request, _("Tax invoice %(number)s has been taken back.") % {"number": blue.number})
    if blue.receipt is not None:
        return redirect("billing:receipt", number=blue.receipt.number)
    return redirect("billing:statement", key=blue.statement_id)


@for_roles(*READERS)
@require_GET
def invoices(request: HttpRequest) -> HttpResponse:
    """Every tax invoice, newest first, by number or title."""
    text = request.GET.get("q", "").strip()
    page = page_of(selectors.all_invoices(text), request.GET.get("after", ""), newest_first=True)
    return render(request, "billing/invoices.html", {"page": page, "text": text})


@for_roles(*READERS)
@require_GET
def invoices_export(request: HttpRequest) -> HttpResponse:
    """The same list as a workbook, all pages."""
    headings = [
        _("Invoice number"),
        _("Kind"),
        _("Issued on"),
        _("Title"),
        _("Tax number"),
        _("Amount (yuan)"),
        _("Stands for"),
        _("Takes back"),
        _("Reason"),
        _("Recorded by"),
    ]
    rows = (
        (
            invoice.number,
            invoice.get_kind_display(),
            invoice.issued_on,
            invoice.title,
            invoice.tax_number,
            invoice.amount,
            invoice.stands_for,
            invoice.flushes.number if invoice.flushes else "",
            invoice.reason,
            invoice.issued_by.name,
        )
        for invoice in selectors.all_invoices(request.GET.get("q", "").strip())
    )
    return workbook_response(_("tax invoices.xlsx"), headings, rows)


# -- waiting for payment -----------------------------------------------------------------------------------


@for_roles(*READERS)
@require_GET
def owing(request: HttpRequest) -> HttpResponse:
    """The statements that wait for payment, oldest first; on request those only whose notice has run out."""
    overdue = "overdue" in request.GET
    today = timezone.localdate()
    waiting = selectors.statements_owing(overdue_on=today if overdue else None)
    context = {"page": page_of(waiting, request.GET.get("after", "")), "overdue": overdue, "today": today}
    return render(request, "billing/owing.html", context)


@for_roles(*READERS)
@require_GET
def owing_export(request: HttpRequest) -> HttpResponse:
    """The same list as a workbook, all pages."""
    today = timezone.localdate()
    headings = [_("Case"), _("What"), _("Customer"), _("Telephone"), _("Owed (yuan)"), _("Pay by"), _("Overdue")]
    waiting: Any = selectors.statements_owing(overdue_on=today if "overdue" in request.GET else None)
    rows = (
        (
            row.reference,
            row.title,
            row.customer.name,
            row.customer.telephone,
            row.owed,
            row.pay_by,
            bool(row.pay_by and row.pay_by < today),
        )
        for row in waiting
    )
    return workbook_response(_("waiting for payment {day}.xlsx").format(day=today.isoformat()), headings, rows)
