"""What somebody asks of a bill and another decides: waivers (减免) of late charges, reversals (冲销) of bills.

Both are asked for on the page of the bill and decided in one place, a tab for each kind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.access import for_roles
from accounts.models import User
from accounts.roles import Role
from billing import selectors, services
from billing.bill_views import bill_of, bill_page
from billing.forms import AskReversalForm, AskWaiverForm, DecideWaiverForm
from billing.menu import ASKERS, READERS
from billing.models import BillReversal, Waiver
from waterservice.excel import workbook_response
from waterservice.numbers import row_number

SHOWN = 30  # decided ones at a time


@dataclass(frozen=True)
class Kind:
    """One kind of question about a bill: its words, its services, and the yuan that it is about."""

    model: type[Waiver | BillReversal]
    title: Any
    figure: Any
    yuan_of: Callable[[Any], Any]
    grant: Any
    workbook: Any
    form: Callable[[Any], forms.Form]
    ask: Callable[..., Any]
    decide: Callable[..., Any]
    granted: Callable[[Any], str]


def _let_off(waiver: Waiver) -> str:
    assert waiver.holds_until is not None
    words = _("Granted: the late charge is let off if the bill is paid by %(day)s.")
    return words % {"day": waiver.holds_until.isoformat()}


def _freed(reversal: BillReversal) -> str:
    return _("The bill is reversed. Its readings can be corrected and billed anew.")


KINDS = {
    "waivers": Kind(
        model=Waiver,
        title=gettext_lazy("Waivers of late charges"),
        figure=gettext_lazy("Late charge when asked"),
        yuan_of=lambda waiver: waiver.reckoned,
        grant=gettext_lazy("Grant"),
        workbook=gettext_lazy("waivers.xlsx"),
        form=AskWaiverForm,
        ask=services.ask_waiver,
        decide=lambda waiver, **answer: services.decide_waiver(waiver=waiver, **answer),
        granted=_let_off,
    ),
    "reversals": Kind(
        model=BillReversal,
        title=gettext_lazy("Reversals of bills"),
        figure=gettext_lazy("Amount"),
        yuan_of=lambda reversal: reversal.bill.amount,
        grant=gettext_lazy("Reverse the bill"),
        workbook=gettext_lazy("reversals of bills.xlsx"),
        form=lambda data: AskReversalForm(data, auto_id="reversal_%s"),
        ask=services.ask_bill_reversal,
        decide=lambda reversal, **answer: services.decide_bill_reversal(reversal=reversal, **answer),
        granted=_freed,
    ),
}


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@for_roles(*ASKERS)
@require_POST
def ask(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Ask it of a bill, with a reason."""
    found, form = bill_of(pk), KINDS[kind].form(request.POST)
    if form.is_valid():
        try:
            KINDS[kind].ask(bill=found, by=_person(request), **form.cleaned_data)
        except ValidationError as fault:
            form.add_error(None, fault.messages)
        else:
            messages.success(request, _("Asked. The business office manager decides."))
            return redirect("billing:bill", pk=pk)
    return bill_page(request, found, form)


@for_roles(*READERS)
@require_GET
def decisions(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, and what was decided: of one `kind`, else of the one with the oldest that waits."""
    asked = request.GET.get("kind", "")
    return _page(request, asked if asked in KINDS else _longest_waiting())


def _longest_waiting() -> str:
    oldest = {kind: selectors.asked_of_bills(spec.model).first() for kind, spec in KINDS.items()}
    waiting = {kind: row.asked_at for kind, row in oldest.items() if row is not None}
    return min(waiting, key=waiting.__getitem__) if waiting else next(iter(KINDS))


def _address(kind: str) -> str:
    return f"{reverse('billing:decisions')}?kind={kind}"


@for_roles(Role.BUSINESS_MANAGER)
@require_POST
def decide(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Grant or refuse what somebody else asked for."""
    asked, form = get_object_or_404(KINDS[kind].model, pk=pk), DecideWaiverForm(request.POST)
    if form.is_valid():
        try:
            decided = KINDS[kind].decide(asked, by=_person(request), **form.cleaned_data)
        except ValidationError as fault:
            form.add_error(None, fault.messages)
        else:
            granted = form.cleaned_data["grant"]
            messages.success(request, KINDS[kind].granted(decided) if granted else _("Refused."))
            return redirect(_address(kind))
    return _page(request, kind, refused=(pk, _faults(form)))


def _faults(form: forms.Form) -> list[str]:
    """What is wrong with a short form, each fault with the words of its field."""
    return [
        f"{form.fields[name].label}: {fault}" if name in form.fields else str(fault)
        for name, faults in form.errors.items()
        for fault in faults
    ]


def _page(request: HttpRequest, kind: str, refused: tuple[int, list[str]] | None = None) -> HttpResponse:
    spec, person = KINDS[kind], _person(request)

    def counted(model: Any) -> int:
        return selectors.asked_of_bills(model).count()

    asked = list(selectors.asked_of_bills(spec.model))
    before = row_number(request.GET.get("before", ""))
    page = list(selectors.decided_of_bills(spec.model, before=before)[: SHOWN + 1])
    pk, faults = refused or (None, [])
    bills = {bill.pk: bill for bill in selectors.with_outstanding(row.bill for row in asked)}
    late = selectors.late_charges(bills.values(), timezone.localdate())
    context = {
        "kind": kind,
        "spec": spec,
        "export_of": f"billing:{kind}-export",
        "tabs": [
            (name, each.title, len(asked) if name == kind else counted(each.model), _address(name))
            for name, each in KINDS.items()
        ],
        "asked": [
            {
                "decision": row,
                "address": reverse(f"billing:decide-{kind}", args=[row.pk]),
                "gone": bills[row.bill_id].settled_at or bills[row.bill_id].reversed_at,
                "late": late.get(row.bill_id) if kind == "waivers" else None,
                "faults": faults if row.pk == pk else [],
                "opinion": request.POST.get("opinion", "") if row.pk == pk else "",
                "own": row.asked_in_name_of(person),
            }
            for row in asked
        ],
        "decides": person.has_role(Role.BUSINESS_MANAGER),
        "decided": [(row, spec.yuan_of(row)) for row in page[:SHOWN]],
        "older": page[SHOWN - 1].pk if len(page) > SHOWN else None,
        "gone": faults if pk is not None and pk not in {row.pk for row in asked} else [],
    }
    return render(request, "billing/decisions.html", context, status=422 if refused else 200)


@for_roles(*READERS)
@require_GET
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """The same as a workbook: what waits for a decision, then everything that was decided."""
    spec = KINDS[kind]
    headings = [_("Account"), _("Customer"), _("Period"), str(spec.figure), _("Reason"), _("Asked by"), _("Asked")]
    headings += [_("State"), _("Until"), _("Decision"), _("Decided"), _("Opinion")]
    found = chain(selectors.asked_of_bills(spec.model).iterator(), selectors.decided_of_bills(spec.model).iterator())
    return workbook_response(str(spec.workbook), headings, (_row(spec, row) for row in found))


def _row(spec: Kind, row: Any) -> tuple[Any, ...]:
    return (
        row.bill.account.number,
        row.bill.customer.name,
        row.bill.period,
        spec.yuan_of(row),
        row.reason,
        row.asker,
        row.asked_at,
        row.get_status_display(),
        getattr(row, "holds_until", None),
        row.decider,
        row.decided_at,
        row.opinion,
    )
