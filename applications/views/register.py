"""The register of cases and the search, on screen and as Excel."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import signed_in
from accounts.selectors import search_accounts
from applications import selectors
from applications.case_filters import CaseFilters, register_offers
from applications.views.access import user_of
from applications.views.lists import as_rows, workbook
from billing.menu import READERS
from billing.models import Receipt
from waterservice.numbers import row_number


@signed_in
@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """The register of cases (台账), filtered and keyset-paged."""
    cases = selectors.visible_to(user_of(request))
    filters = CaseFilters(request.GET, register_offers(cases))
    page = selectors.page_of(filters.narrow(cases), before=row_number(request.GET.get("before", "")))
    context = {"page": page, "rows": as_rows(page.rows), "filters": filters, "query": filters.query()}
    return render(request, "applications/register.html", context)


@signed_in
@require_GET
def register_export(request: HttpRequest) -> HttpResponse:
    """The register as filtered on screen, all pages, as Excel."""
    cases = selectors.visible_to(user_of(request))
    filters = CaseFilters(request.GET, register_offers(cases))
    return workbook(_("register"), filters.narrow(cases).order_by("-id"))


@signed_in
@require_GET
def search_export(request: HttpRequest) -> HttpResponse:
    """The cases that a search found, as Excel."""
    text = request.GET.get("q", "").strip()
    found = selectors.search(selectors.visible_to(user_of(request)), text)
    return workbook(_("search"), found.order_by("-id") if text else found.none())


@signed_in
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Cases and meter accounts by number, name, telephone or address; an exact case number opens its case."""
    text = request.GET.get("q", "").strip()
    user = user_of(request)
    exact = selectors.visible_to(user).filter(number__iexact=text).first()
    if exact is not None:
        return redirect(exact)
    if user.has_role(*READERS) and Receipt.objects.filter(number=text.upper()).exists():
        return redirect("billing:receipt", number=text.upper())
    found = (
        selectors.page_of(selectors.search(selectors.visible_to(user), text), before=None, size=30) if text else None
    )
    accounts = list(search_accounts(text)[:30]) if text else []
    context = {"text": text, "rows": as_rows(found.rows) if found else [], "accounts": accounts}
    return render(request, "applications/search.html", context)
