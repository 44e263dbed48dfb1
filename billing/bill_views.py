"""One water bill, to show and to print, and what is asked of it."""

from __future__ import annotations

from operator import attrgetter

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.models import User
from billing import selectors
from billing.forms import AskReversalForm, AskWaiverForm
from billing.menu import ASKERS, READERS
from billing.models import Bill, BillReversal, Waiver
from waterservice.models import PEOPLE


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@for_roles(*READERS)
@require_GET
def bill(request: HttpRequest, pk: int) -> HttpResponse:
    """A bill (水费账单): its readings, tiers, components, what is still to be paid as of today."""
    return bill_page(request, bill_of(pk))


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
        "form": refused if isinstance(refused, AskWaiverForm) else AskWaiverForm() if may_ask else None,
        "decisions": sorted([*waivers, *reversals], key=attrgetter("asked_at"), reverse=True),
        "stays": stays,
        "reversal_form": _reversal_form(refused, offered=stands and asks and not stays),
    }
    return render(request, "billing/bill.html", context, status=422 if refused is not None else 200)


def _reversal_form(refused: forms.Form | None, *, offered: bool) -> forms.Form | None:
    if isinstance(refused, AskReversalForm):
        return refused
    return AskReversalForm(auto_id="reversal_%s") if offered else None
