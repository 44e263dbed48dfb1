"""A role's home, the approval queue, search and register."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
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
from applications.approval_queue import waiting_for as cases_waiting_for
from applications.models import Application
from applications.register import Row, rows_of
from applications.stages import Kind, Stage
from applications.templatetags.hall import folder_label
from applications.views.access import user_of
from applications.views.takeovers import waiting_for
from billing import selectors as ledger
from billing.menu import READERS
from billing.models import Receipt
from waterservice.excel import workbook_response
from waterservice.numbers import row_number

SHOWN = 50
# The folders of what this person can go on with.
WAITING_HERE = ("mine", "unclaimed")


def as_rows(cases: Iterable[Application], page: str = "") -> list[Row]:
    return [Row(case, page) for case in cases]


def _workbook(name: str, cases: QuerySet[Application]) -> HttpResponse:
    """A list of cases as Excel: the columns of the screen, all pages."""
    headings, rows = rows_of(cases)
    return workbook_response(f"{name}-{timezone.localdate().isoformat()}.xlsx", headings, rows)


@signed_in
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What waits for me in my present role, most urgent first."""
    user, role = user_of(request), current_role(request)
    if role is not None and role.decides:  # who decides rather than does has the queue for a home
        return redirect("applications:approvals")
    if role == Role.ADMINISTRATOR:
        return redirect("admin:index")
    if role is None or role == Role.AUDITOR:
        return redirect("applications:register")
    folders = selectors.folders(user, role)
    counts = selectors.counts(folders)
    late = selectors.counts({name: folders[name].filter(due_at__lt=timezone.now()) for name in WAITING_HERE})
    chosen = request.GET.get("folder", "")
    if chosen not in folders:
        urgent = (name for name in WAITING_HERE if late[name] and not counts["mine"])
        chosen = next(urgent, next((name for name in folders if counts[name] and name != "started"), "mine"))
    context = {
        "late": late,
        "waiting": sum(counts[name] for name in WAITING_HERE),
        "folders": counts,
        "folder": chosen,
        "rows": as_rows(folders[chosen][:SHOWN]),
        "shown": SHOWN,
        "deposit_work": ledger.deposit_work(role, timezone.localdate()),
    }
    if role == Role.CASHIER:
        context["takings"] = ledger.totals(ledger.takings(timezone.localdate(), user))
    return render(request, "applications/home.html", context)


@signed_in
@require_GET
def home_export(request: HttpRequest) -> HttpResponse:
    """A folder of one's home, all of it, as Excel."""
    user, role = user_of(request), current_role(request)
    folders = selectors.folders(user, role) if role else {}
    chosen = request.GET.get("folder", "")
    if chosen not in folders:
        raise Http404
    return _workbook(folder_label(chosen), folders[chosen])


@signed_in
@require_GET
def approvals(request: HttpRequest) -> HttpResponse:
    """The managers' queue: what is asked, the figures, approve or send back."""
    user, role = user_of(request), current_role(request)
    queue, files = queue_of(user, role, number=request.GET.get("case", "")), waiting_for(user, role)
    deposit_work = ledger.deposit_work(role, timezone.localdate())
    days = ledger.day_sheets_to_countersign().exclude(Q(cashier=user) | Q(closed_by=user)).count()
    days = days if role == Role.DUTY_MANAGER else 0
    context = {
        "queue": queue,
        "rows": as_rows(queue.following, page=request.path),
        "files": files,
        "days": days,
        "waiting": queue.waiting + len(files) + deposit_work.get("decision", 0) + days,
        "deposit_work": deposit_work,
    }
    return render(request, "applications/approvals.html", context)


@signed_in
@require_GET
def approvals_export(request: HttpRequest) -> HttpResponse:
    """What waits in one's queue, all of it, as Excel."""
    user, role = user_of(request), current_role(request)
    cases = cases_waiting_for(user, role) if role else Application.objects.none()
    return _workbook(_("approval queue"), cases)


def _filters(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "") for name in ("kind", "stage", "text")}


@signed_in
@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """The register of cases (台账), filtered and keyset-paged."""
    filters = _filters(request)
    before = request.GET.get("before", "")
    page = selectors.page_of(selectors.register(user_of(request), **filters), before=row_number(before))
    context = {
        "page": page,
        "rows": as_rows(page.rows),
        "filters": filters,
        "kinds": [choice for choice in Kind.choices if choice[0] in Application.KINDS],
        "stages": Stage.choices,
    }
    return render(request, "applications/register.html", context)


@signed_in
@require_GET
def register_export(request: HttpRequest) -> HttpResponse:
    """The register as filtered on screen, all pages, as Excel."""
    return _workbook(_("register"), selectors.register(user_of(request), **_filters(request)).order_by("-id"))


@signed_in
@require_GET
def search_export(request: HttpRequest) -> HttpResponse:
    """The cases that a search found, as Excel."""
    text = request.GET.get("q", "").strip()
    found = selectors.search(selectors.visible_to(user_of(request)), text)
    return _workbook(_("search"), found.order_by("-id") if text else found.none())


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
