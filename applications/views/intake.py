"""Intake at the counter: who, where, what; what is known of the person and the place appears at the side."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import services as accounts
from accounts.access import for_roles
from accounts.models import Customer, Premises
from accounts.roles import Role
from accounts.selectors import accounts_concerning, find_premises, words_sought
from applications import selectors
from applications.forms.start import WHERE, NewConnectionForm
from applications.models import Application
from applications.starting import start_new_connection
from applications.views.access import user_of
from billing import selectors as ledger
from billing.menu import READERS


@for_roles(Role.COUNTER_CLERK)
@require_http_methods(["GET", "POST"])
def new_connection(request: HttpRequest) -> HttpResponse:
    """The application form; Enter goes on, a fault loses nothing that was typed."""
    form = NewConnectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            case = _start(request, form)
        except ValidationError as fault:
            form.add_error(None, fault) if not hasattr(fault, "error_dict") else _spread(form, fault)
        else:
            messages.success(request, _("{number} is open. Next: the documents.").format(number=case.number))
            return redirect(f"{case.get_absolute_url()}?tab=papers")
    return render(request, "applications/intake.html", {"form": form}, status=422 if form.errors else 200)


def _spread(form: NewConnectionForm, fault: ValidationError) -> None:
    for name, faults in fault.message_dict.items():
        form.add_error(name if name in form.fields else None, faults)


@transaction.atomic
def _start(request: HttpRequest, form: NewConnectionForm) -> Application:
    by = user_of(request)
    known: Customer | None = form.cleaned_data["known"]
    if known is None:
        applicant = accounts.register_customer(by=by, **form.customer_values)
    else:
        fresh = {
            name: value for name, value in form.customer_values.items() if value and not name.startswith("identity")
        }
        fresh.pop("kind")
        applicant = accounts.update_customer(customer=known, by=by, **fresh)
    premises = accounts.register_premises(by=by, **form.premises_values)
    return start_new_connection(by=by, applicant=applicant, premises=premises, **form.detail_values)


def _known_place(parts: dict[str, str]) -> Premises | None:
    try:
        return find_premises(**parts) if any(parts.values()) else None
    except ValidationError:  # the form itself says so where it was typed
        return None


@for_roles(Role.COUNTER_CLERK)
@require_GET
def known(request: HttpRequest) -> HttpResponse:
    """What the records hold on the person and the place that are being typed: accounts, open cases, arrears."""
    number = "".join(words_sought(request.GET.get("identity_number", ""))).upper()
    customer = Customer.objects.filter(identity_number=number).first() if number else None
    premises = _known_place({name: request.GET.get(name, "") for name in WHERE})
    cases: list[Application] = []
    if customer is not None:
        cases += list(Application.objects.filter(selectors.OPEN, applicant=customer))
    if premises is not None:
        cases += [case for case in selectors.open_cases_at(premises) if case not in cases]
    context = {
        "customer": customer,
        "premises": premises,
        "cases": cases,
        "accounts": accounts_concerning(customer=customer, premises=premises) if customer or premises else [],
        "arrears": _arrears(customer, premises),
        "till": user_of(request).has_role(*READERS),
    }
    return render(request, "applications/intake_known.html", context)


def _arrears(customer: Customer | None, premises: Premises | None) -> ledger.Arrears:
    found = ledger.arrears_by_part(customer=customer, premises=premises)
    return found.with_late_charges(timezone.localdate())
