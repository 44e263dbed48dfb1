"""A role's home, the approval queue, search and register."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import signed_in
from accounts.context_processors import current_role
from accounts.roles import Role
from accounts.selectors import search_accounts
from applications import selectors
from applications.approval_queue import queue_of
from applications.models import Application
from applications.presenters import light
from applications.register import COLUMNS, register_rows
from applications.stages import Kind, Stage
from applications.views.access import user_of
from waterservice.excel import workbook_response

# Who decides rather than does: their home is the approval queue.
APPROVERS = frozenset(role.manager for role in Role if role.manager)
SHOWN = 50


def with_lights(cases: list[Application]) -> list[dict[str, Any]]:
    now = timezone.now()
    return [{"case": case, "light": light(case, now)} for case in cases]


@signed_in
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What waits for me in my present role, most urgent first."""
    user, role = user_of(request), current_role(request)
    if role in APPROVERS:
        return redirect("applications:approvals")
    if role == Role.ADMINISTRATOR:
        return redirect("admin:index")
    if role is None or role == Role.AUDITOR:
        return redirect("applications:register")
    folders = selectors.folders(user, role, timezone.now())
    counts = selectors.counts(folders)
    chosen = request.GET.get("folder", "")
    if chosen not in folders:
        chosen = next((name for name in ("mine", "unclaimed", "colleagues", "applicant") if counts[name]), "mine")
    rows = list(folders[chosen][:SHOWN])
    context = {"folders": counts, "folder": chosen, "rows": with_lights(rows), "shown": SHOWN}
    return render(request, "applications/home.html", context)


@signed_in
@require_GET
def approvals(request: HttpRequest) -> HttpResponse:
    """The managers' queue: what is asked, the figures, approve or send back."""
    user, role = user_of(request), current_role(request)
    return render(request, "applications/approvals.html", {"queue": queue_of(user, role)})


def _filters(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "") for name in ("kind", "stage", "text")}


@signed_in
@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """The register of cases (台账), filtered and keyset-paged."""
    filters = _filters(request)
    before = request.GET.get("before", "")
    page = selectors.page_of(
        selectors.register(user_of(request), **filters), before=int(before) if before.isdecimal() else None
    )
    context = {
        "page": page,
        "rows": with_lights(page.rows),
        "filters": filters,
        "kinds": [choice for choice in Kind.choices if choice[0] in Application.KINDS],
        "stages": Stage.choices,
        "columns": COLUMNS,
    }
    return render(request, "applications/register.html", context)


@signed_in
@require_GET
def register_export(request: HttpRequest) -> HttpResponse:
    """The register as filtered on screen, all pages, as Excel."""
    cases = selectors.register(user_of(request), **_filters(request))
    day = timezone.localdate().isoformat()
    headings, rows = register_rows(cases)
    return workbook_response(_("register-{day}.xlsx").format(day=day), headings, rows)


@signed_in
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Cases and meter accounts by number, name, telephone or address; an exact case number opens its case."""
    text = request.GET.get("q", "").strip()
    user = user_of(request)
    exact = selectors.visible_to(user).filter(number__iexact=text).first()
    if exact is not None:
        return redirect(exact)
    found = (
        selectors.page_of(selectors.search(selectors.visible_to(user), text), before=None, size=30) if text else None
    )
    accounts = list(search_accounts(text)[:30]) if text else []
    context = {"text": text, "rows": with_lights(found.rows) if found else [], "accounts": accounts}
    return render(request, "applications/search.html", context)
