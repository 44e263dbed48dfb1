"""Reversals of water bills: asked for on the page of a bill, decided in a queue."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import for_roles
from accounts.models import User
from accounts.roles import Role
from billing import selectors, services
from billing.bill_views import SHOWN, bill_of, bill_page, faults_of
from billing.forms import AskReversalForm, DecideWaiverForm
from billing.menu import ASKERS, READERS
from billing.models import BillReversal


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@for_roles(*ASKERS)
@require_POST
def ask_reversal(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask to have a bill taken back, so that its readings can be corrected and billed anew."""
    found = bill_of(pk)
    form = AskReversalForm(request.POST, auto_id="reversal_%s")
    if form.is_valid():
        try:
            services.ask_bill_reversal(bill=found, by=_person(request), **form.cleaned_data)
        except ValidationError as fault:
            form.add_error(None, fault.messages)
        else:
            messages.success(request, _("Asked. The business office manager decides."))
            return redirect("billing:bill", pk=pk)
    return bill_page(request, found, form)


@for_roles(*READERS)
@require_GET
def reversals(request: HttpRequest) -> HttpResponse:
    """The reversals that wait for a decision, and those that were decided."""
    return _reversals_page(request)


@for_roles(Role.BUSINESS_MANAGER)
@require_POST
def decide_reversal(request: HttpRequest, pk: int) -> HttpResponse:
    """Grant or refuse a reversal that somebody else asked for."""
    reversal = get_object_or_404(BillReversal, pk=pk)
    form = DecideWaiverForm(request.POST)
    if form.is_valid():
        try:
            services.decide_bill_reversal(reversal=reversal, by=_person(request), **form.cleaned_data)
        except ValidationError as fault:
            form.add_error(None, fault.messages)
        else:
            done = _("The bill is reversed. Its readings can be corrected and billed anew.")
            messages.success(request, done if form.cleaned_data["grant"] else _("The reversal is refused."))
            return redirect("billing:reversals")
    return _reversals_page(request, refused=(pk, faults_of(form)))


def _reversals_page(request: HttpRequest, refused: tuple[int, list[str]] | None = None) -> HttpResponse:
    before = request.GET.get("before", "")
    asked = list(selectors.reversals_asked())
    page = list(selectors.reversals_decided(int(before) if before.isdecimal() else None)[: SHOWN + 1])
    pk, faults = refused or (None, [])
    rows: list[dict[str, Any]] = [
        {
            "reversal": reversal,
            "faults": faults if reversal.pk == pk else [],
            "opinion": request.POST.get("opinion", "") if reversal.pk == pk else "",
            "own": reversal.asked_in_name_of(_person(request)),
        }
        for reversal in asked
    ]
    context = {
        "asked": rows,
        "decides": _person(request).has_role(Role.BUSINESS_MANAGER),
        "decided": page[:SHOWN],
        "older": page[SHOWN - 1].pk if len(page) > SHOWN else None,
        "gone": faults if pk is not None and pk not in {reversal.pk for reversal in asked} else [],
    }
    return render(request, "billing/reversals.html", context, status=422 if refused else 200)
