"""The till: an account's bills, deposits, the price list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import services as registry
from accounts.access import for_roles, signed_in
from accounts.models import MeterAccount, User
from accounts.roles import Role
from accounts.selectors import search_accounts
from billing import selectors, services
from billing.forms import DueForm, HouseholdForm, PayBillsForm, day_to_begin_with
from billing.menu import HOUSEHOLD_KEEPERS, READERS
from billing.models import Bill, Receipt
from waterservice.money import ZERO

FOUND = 50  # accounts shown for one search
BILLS_SHOWN = 24  # of an account at a time


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
def due(request: HttpRequest) -> HttpResponse:
    """What the ticked bills come to if they are paid on a day, for a form as it is being filled in."""
    form = DueForm(request.GET)
    form.is_valid()
    day = form.cleaned_data.get("happened_on", timezone.localdate())
    return render(request, "billing/due.html", {"due": _due(form.cleaned_data.get("bills", []), day)})


@dataclass(frozen=True)
class Due:
    """What some bills cost, late charges among it (yuan), if they are paid on a day.

    `taken_back`: when they were paid by a receipt that was reversed since, where that is another day.
    """

    day: date
    amount: Decimal
    late: Decimal
    taken_back: date | None

    @property
    def earlier(self) -> bool:
        return self.day < timezone.localdate()


def _due(bills: Iterable[Bill], day: date) -> Due:
    chosen = list(bills)
    late = selectors.late_charges_of(chosen, day)
    taken_back = day_to_begin_with([bill.pk for bill in chosen])
    other_day = taken_back if taken_back not in (day, timezone.localdate()) else None
    return Due(day, sum((bill.outstanding for bill in chosen), late), late, other_day)


@for_roles(Role.CASHIER)
@require_POST
def pay(request: HttpRequest, number: str) -> HttpResponse:
    """Take the payment of an account's bills at the counter."""
    found = _account(number)
    if (earlier := _taken_before(request.POST)) is not None:
        messages.info(request, services.already_taken(earlier))
        return redirect("billing:receipt", number=earlier.number)
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


def _taken_before(posted: QueryDict) -> Receipt | None:
    """The receipt of this very payment, by its number and its bills, where it has been taken already."""
    earlier = services.taken_before(posted.get("method", ""), posted.get("reference", ""))
    if earlier is None:
        return None
    paid = {str(key) for key in earlier.bill_payments.values_list("bill_id", flat=True)}
    return earlier if paid and paid == set(posted.getlist("bills")) else None


def _account(number: str) -> MeterAccount:
    return get_object_or_404(MeterAccount.objects.select_related("holder", "premises"), number=number)


@for_roles(*HOUSEHOLD_KEEPERS)
@require_POST
def household(request: HttpRequest, number: str) -> HttpResponse:
    """Put on record how many people live at an account: the tiers of its next bill go by it."""
    found = _account(number)
    form = HouseholdForm(request.POST)
    if form.is_valid():
        try:
            registry.set_household_size(account=found, by=_person(request), **form.cleaned_data)
        except ValidationError as fault:
            form.add_error(None, fault.messages)
        else:
            messages.success(request, _("Recorded. The tiers of the next bill go by it."))
            return redirect("billing:account", number=number)
    return _account_page(request, found, household_form=form)


def _day_of(text: str) -> date | None:
    """A day of an address, 2026-10-14; None for what is no day."""
    try:
        return parse_date(text)
    except ValueError:
        return None


def _unpaid(account: MeterAccount) -> Any:
    return selectors.bills_of(account).unpaid()


def _account_page(
    request: HttpRequest,
    account: MeterAccount,
    form: PayBillsForm | None = None,
    household_form: HouseholdForm | None = None,
) -> HttpResponse:
    person, unpaid = _person(request), list(_unpaid(account).order_by("period_start"))
    owing = sum((bill.outstanding for bill in unpaid), ZERO)
    late = selectors.late_charges(unpaid, timezone.localdate())
    late_sum = sum((charge.amount for charge in late.values()), ZERO)
    if form is None and owing and person.has_role(Role.CASHIER):
        form = PayBillsForm(unpaid=_unpaid(account))
    if household_form is None and person.has_role(*HOUSEHOLD_KEEPERS):
        household_form = HouseholdForm(initial={"size": account.household_size, "proof": account.household_proof})
    if form is not None and form.is_bound and not owing:
        messages.error(request, _("All bills of this account have been paid meanwhile."))
    bills = selectors.bills_of(account).prefetch_related("lines", "payments__receipt")
    before = _day_of(request.GET.get("before", ""))
    page = list((bills.filter(period_start__lt=before) if before else bills)[: BILLS_SHOWN + 1])
    shown, older = _cut(page)
    context = {
        "account": account,
        "unpaid": [(bill, late.get(bill.pk)) for bill in unpaid],
        "bills": shown,
        "older": older,
        "owing": owing,
        "late": late_sum,
        "sum": owing + late_sum,
        "due": _ticked_due(form, unpaid) if form is not None and owing else None,
        "form": form if owing else None,
        "household_form": household_form,
    }
    refused = any(sent is not None and sent.is_bound for sent in (form, household_form))
    return render(request, "billing/account.html", context, status=422 if refused else 200)


def _ticked_due(form: PayBillsForm, unpaid: list[Bill]) -> Due:
    """What the form's ticked bills cost on its day; a day that can't be read counts as today."""
    typed = form.cleaned_data.get("happened_on") if form.is_bound else form.initial["happened_on"]
    return _due([bill for bill in unpaid if bill.pk in form.chosen], typed or timezone.localdate())


def _cut(page: list[Bill]) -> tuple[list[Bill], date | None]:
    """The bills of a page, and before which day the older ones begin, where one too many was read.

    A reversed bill and the one that took its place begin on the same day: they stay together.
    """
    if len(page) <= BILLS_SHOWN:
        return page, None
    next_one = page[BILLS_SHOWN].period_start
    shown = [bill for bill in page if bill.period_start > next_one] or page
    return shown, shown[-1].period_start


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
