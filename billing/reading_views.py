"""Readings and meter of one account: corrected, changed, photographed by the holder."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import for_roles
from accounts.models import AccountStatus, MeterAccount, User
from accounts.roles import BUSINESS_OFFICE, Role
from accounts.selectors import books_for
from billing import selectors, services
from billing.menu import READERS
from billing.models import Reading
from billing.reading_forms import ChangeMeterForm, CorrectReadingForm, FinalReadingForm, PhotographForm
from waterservice.files import store_upload


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _account(number: str) -> MeterAccount:
    return get_object_or_404(MeterAccount.objects.select_related("holder", "premises", "meter", "book"), number=number)


def _in_charge(request: HttpRequest, account: MeterAccount) -> bool:
    """Whether somebody of the business office looks after the account: it is in a book of theirs, or in none."""
    person = _person(request)
    return person.has_role(*BUSINESS_OFFICE) and (account.book is None or account.book.office_id in person.works_in)


@for_roles(*READERS)
@require_GET
def readings(request: HttpRequest, number: str) -> HttpResponse:
    """Every reading of an account, corrections and photographs among them, and what can be done about its meter."""
    return _readings_page(request, _account(number))


def _readings_page(
    request: HttpRequest, account: MeterAccount, *, refused: forms.Form | None = None, wrong: Reading | None = None
) -> HttpResponse:
    acts = _in_charge(request, account)
    active = account.status == AccountStatus.ACTIVE
    rows = list(selectors.readings_of(account))
    standing = selectors.standing(account)
    open_rows = {row.pk for row in standing.unbilled} | {row.pk for row in standing.waiting} if standing else set()
    context = {
        "account": account,
        "rows": rows,
        "standing": standing,
        "correctable": open_rows if acts and active else set(),
        "final_form": _form_of(FinalReadingForm, refused, auto_id="final_%s") if acts and active else None,
        "handover": services.plan_handover(standing) if standing and acts and active else None,
        "change_form": _form_of(ChangeMeterForm, refused, account=account) if acts and active else None,
        "photograph_form": _form_of(PhotographForm, refused) if active and _hands_in(request) else None,
        "correct_form": refused if isinstance(refused, CorrectReadingForm) else None,
        "wrong": wrong,
        "acts": acts,
    }
    return render(request, "billing/readings.html", context, status=422 if refused else 200)


def _form_of(kind: type[forms.Form], refused: forms.Form | None, **options: Any) -> forms.Form:
    return refused if isinstance(refused, kind) else kind(**options)


def _hands_in(request: HttpRequest) -> bool:
    return _person(request).has_role(Role.COUNTER_CLERK, *BUSINESS_OFFICE)


@for_roles(*BUSINESS_OFFICE)
@require_POST
def change_meter(request: HttpRequest, number: str) -> HttpResponse:
    """Replace the meter of an account."""
    account = _account(number)
    if not _in_charge(request, account):
        raise Http404
    form = ChangeMeterForm(request.POST, account=account)
    if form.is_valid():
        try:
            new = services.change_meter(account=account, by=_person(request), **form.cleaned_data)
        except ValidationError as fault:
            _tell(form, fault)
        else:
            messages.success(request, _("Meter %(number)s is installed.") % {"number": new.number})
            return redirect("billing:readings", number=number)
    return _readings_page(request, account, refused=form)


@for_roles(*BUSINESS_OFFICE)
@require_POST
def final_reading(request: HttpRequest, number: str) -> HttpResponse:
    """Record what a reader found at the meter when the account changes hands; the page then shows its bill."""
    account = _account(number)
    if not _in_charge(request, account):
        raise Http404
    form = FinalReadingForm(request.POST, auto_id="final_%s")
    if form.is_valid():
        try:
            services.record_final_reading(account=account, by=_person(request), **form.cleaned_data)
        except ValidationError as fault:
            _tell(form, fault)
        else:
            messages.success(request, _("The final reading is recorded. Look at what its bill comes to."))
            return redirect("billing:readings", number=number)
    return _readings_page(request, account, refused=form)


@for_roles(*BUSINESS_OFFICE)
@require_POST
def bill_final_reading(request: HttpRequest, reading_id: int) -> HttpResponse:
    """Bill an account through the day of its final reading."""
    found = get_object_or_404(Reading.objects.select_related("account__book"), pk=reading_id)
    if not _in_charge(request, found.account):
        raise Http404
    try:
        bill = services.bill_until_handover(account=found.account, final_reading=found, by=_person(request))
    except ValidationError as fault:
        messages.error(request, " ".join(fault.messages))
        return redirect("billing:readings", number=found.account.number)
    messages.success(request, _("Billed through %(day)s.") % {"day": bill.period_end.isoformat()})
    return redirect("billing:bill", pk=bill.pk)


@for_roles(*BUSINESS_OFFICE)
@require_http_methods(["GET", "POST"])
def correct_reading(request: HttpRequest, reading_id: int) -> HttpResponse:
    """Put another reading in the place of a wrong one."""
    wrong = get_object_or_404(Reading.objects.select_related("account__book"), pk=reading_id)
    account = _account(wrong.account.number)
    if not _in_charge(request, account):
        raise Http404
    if request.method == "GET":
        form = CorrectReadingForm(initial={"reading": wrong.reading, "read_on": wrong.read_on})
        return render(request, "billing/correct_reading.html", {"account": account, "wrong": wrong, "form": form})
    form = CorrectReadingForm(request.POST)
    if form.is_valid():
        try:
            services.correct_reading(wrong=wrong, by=_person(request), **form.cleaned_data)
        except ValidationError as fault:
            _tell(form, fault)
        else:
            messages.success(request, _("The reading is corrected; the wrong one stays on record."))
            return redirect("billing:readings", number=account.number)
    context = {"account": account, "wrong": wrong, "form": form}
    return render(request, "billing/correct_reading.html", context, status=422)


@for_roles(Role.COUNTER_CLERK, *BUSINESS_OFFICE)
@require_POST
def hand_in_photograph(request: HttpRequest, number: str) -> HttpResponse:
    """Record the photograph that a holder sent; it counts once the business office has confirmed it."""
    account = _account(number)
    form = PhotographForm(request.POST, request.FILES)
    if form.is_valid():
        values, by = dict(form.cleaned_data), _person(request)
        try:
            with transaction.atomic():
                values["photograph"] = store_upload(values["photograph"], by=by)
                services.record_reading(account=account, by=by, **values)
        except ValidationError as fault:
            _tell(form, fault)
        else:
            messages.success(request, _("The photograph is recorded and waits for the business office."))
            return redirect("billing:readings", number=number)
    return _readings_page(request, account, refused=form)


def _tell(form: forms.Form, fault: ValidationError) -> None:
    """Put a service's refusal beside the fields that it names, or above the form."""
    if not hasattr(fault, "error_dict"):
        form.add_error(None, fault)
        return
    for name, errors in fault.error_dict.items():
        known = name if name in form.fields else FIELD_NAMES.get(name)
        form.add_error(known if known in form.fields else None, errors)


# What a reading calls its columns, where a form asks for them under another name.
FIELD_NAMES = {"reading": "last_reading", "read_on": "on"}


@for_roles(*BUSINESS_OFFICE)
@require_GET
def photographs(request: HttpRequest) -> HttpResponse:
    """The holders' photographs of one's office that wait for confirmation."""
    own = MeterAccount.objects.filter(book__in=books_for(_person(request)).values("pk"))
    waiting = list(selectors.photographs_to_confirm(own))
    found = selectors.standings([row.account for row in waiting])
    rows = [(row, found.get(row.account_id)) for row in waiting]
    return render(
        request, "billing/photographs.html", {"rows": rows, "edits": _person(request).has_role(*BUSINESS_OFFICE)}
    )


@for_roles(*BUSINESS_OFFICE)
@require_POST
def confirm_reading(request: HttpRequest, reading_id: int) -> HttpResponse:
    """Let a photograph count."""
    waiting = get_object_or_404(Reading.objects.select_related("account__book"), pk=reading_id)
    if not _in_charge(request, waiting.account):
        raise Http404
    try:
        services.confirm_reading(reading=waiting, by=_person(request))
    except ValidationError as fault:
        for message in fault.messages:
            messages.error(request, message)
    else:
        messages.success(request, _("The reading of account %(number)s counts.") % {"number": waiting.account.number})
    return redirect("billing:photographs")


@for_roles(*READERS)
@require_GET
def photograph(request: HttpRequest, reading_id: int) -> HttpResponseBase:
    """The picture of a reading; it shows a meter, nobody's data."""
    found = get_object_or_404(Reading.objects.select_related("photograph"), pk=reading_id)
    stored = found.photograph
    if stored is None:
        raise Http404
    return FileResponse(stored.open(), filename=stored.original_name, content_type=stored.content_type)
