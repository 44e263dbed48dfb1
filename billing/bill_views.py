"""One water bill, to show and to print; waivers of late charges."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import for_roles
from accounts.models import User
from accounts.roles import Role
from billing import selectors, services
from billing.forms import AskReversalForm, AskWaiverForm, DecideWaiverForm
from billing.menu import ASKERS, READERS
from billing.models import Bill, BillReversal, Waiver
from waterservice.models import PEOPLE

SHOWN = 30  # decided waivers or reversals at a time


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@for_roles(*READERS)
@require_GET
def bill(request: HttpRequest, pk: int) -> HttpResponse:
    """A bill (水费账单): its readings, tiers, components, what is still to be paid as of today."""
    return bill_page(request, bill_of(pk))


@for_roles(*ASKERS)
@require_POST
def ask_waiver(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask to have the late charge of a bill let off."""
    found = bill_of(pk)
    form = AskWaiverForm(request.POST)
    if form.is_valid():
        try:
            services.ask_waiver(bill=found, by=_person(request), **form.cleaned_data)
        except ValidationError as fault:
            form.add_error(None, fault.messages)
        else:
            messages.success(request, _("Asked. The business office manager decides."))
            return redirect("billing:bill", pk=pk)
    return bill_page(request, found, form)


def bill_of(pk: int) -> Bill:
    """The bill of this key with its `outstanding`; none: not found."""
    related = ("account__premises", "customer", "issued_by")
    bills = Bill.objects.with_outstanding().select_related(*related)
    found: Bill = get_object_or_404(bills, pk=pk)
    return found


def bill_page(request: HttpRequest, bill: Bill, refused: forms.Form | None = None) -> HttpResponse:
    """The page of a bill; a form that was refused stays on it."""
    owed = bill.settled_at is None and bill.reversed_at is None
    late = selectors.late_charges([bill], timezone.localdate()).get(bill.pk) if owed else None
    waivers = list(bill.waivers.select_related(*PEOPLE).order_by("-pk"))
    waits = any(waiver.status == Waiver.Status.ASKED for waiver in waivers)
    asks = _person(request).has_role(*ASKERS)
    may_ask = late is not None and late.amount and not waits and asks
    reversals = list(bill.reversals.select_related(*PEOPLE).order_by("-pk"))
    stands = bill.reversed_at is None and not any(row.status == BillReversal.Status.ASKED for row in reversals)
    stays = selectors.why_not_reversible(bill) if stands and asks else ""
    context = {
        "bill": bill,
        "lines": list(bill.lines.all()),
        "payments": list(bill.payments.select_related("receipt", "late_charge")),
        "late": late,
        "due": bill.outstanding + (late.amount if late else 0),
        "today": timezone.localdate(),
        "waivers": waivers,
        "form": refused if isinstance(refused, AskWaiverForm) else AskWaiverForm() if may_ask else None,
        "reversals": reversals,
        "stays": stays,
        "reversal_form": _reversal_form(refused, offered=stands and asks and not stays),
    }
    return render(request, "billing/bill.html", context, status=422 if refused is not None else 200)


def _reversal_form(refused: forms.Form | None, *, offered: bool) -> forms.Form | None:
    if isinstance(refused, AskReversalForm):
        return refused
    return AskReversalForm(auto_id="reversal_%s") if offered else None


@for_roles(*READERS)
@require_GET
def waivers(request: HttpRequest) -> HttpResponse:
    """The waivers that wait for a decision, and those that were decided."""
    return _waivers_page(request)


@for_roles(Role.BUSINESS_MANAGER)
@require_POST
def decide_waiver(request: HttpRequest, pk: int) -> HttpResponse:
    """Grant or refuse a waiver that somebody else asked for."""
    waiver = get_object_or_404(Waiver, pk=pk)
    form = DecideWaiverForm(request.POST)
    if form.is_valid():
        try:
            decided = services.decide_waiver(waiver=waiver, by=_person(request), **form.cleaned_data)
        except ValidationError as fault:
            form.add_error(None, fault.messages)
        else:
            messages.success(request, _granted(decided) if form.cleaned_data["grant"] else _("The waiver is refused."))
            return redirect("billing:waivers")
    return _waivers_page(request, refused=(pk, faults_of(form)))


def faults_of(form: forms.Form) -> list[str]:
    """What is wrong with a short form, each fault with the words of its field."""
    return [
        f"{form.fields[name].label}: {fault}" if name in form.fields else str(fault)
        for name, faults in form.errors.items()
        for fault in faults
    ]


def _granted(waiver: Waiver) -> str:
    assert waiver.holds_until is not None
    return _("Granted: the late charge is let off if the bill is paid by %(day)s.") % {
        "day": waiver.holds_until.isoformat()
    }


def _waivers_page(request: HttpRequest, refused: tuple[int, list[str]] | None = None) -> HttpResponse:
    before = request.GET.get("before", "")
    asked = list(selectors.waivers_asked())
    page = list(selectors.waivers_decided(int(before) if before.isdecimal() else None)[: SHOWN + 1])
    pk, faults = refused or (None, [])
    bills = Bill.objects.counting().with_outstanding().in_bulk([waiver.bill_id for waiver in asked])
    late = selectors.late_charges(bills.values(), timezone.localdate())
    rows: list[dict[str, Any]] = [
        {
            "waiver": waiver,
            "late": late.get(waiver.bill_id),
            "faults": faults if waiver.pk == pk else [],
            "opinion": request.POST.get("opinion", "") if waiver.pk == pk else "",
            "own": waiver.asked_in_name_of(_person(request)),
        }
        for waiver in asked
    ]
    context = {
        "asked": rows,
        "decides": _person(request).has_role(Role.BUSINESS_MANAGER),
        "decided": page[:SHOWN],
        "older": page[SHOWN - 1].pk if len(page) > SHOWN else None,
        "gone": faults if pk is not None and pk not in {waiver.pk for waiver in asked} else [],
    }
    return render(request, "billing/waivers.html", context, status=422 if refused else 200)
