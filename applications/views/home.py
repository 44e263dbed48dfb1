"""A role's home and the approval queue."""

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import signed_in
from accounts.context_processors import current_role
from accounts.deputies import deputy_of
from accounts.roles import Role
from applications import saved_filters as keeping
from applications.approval_queue import queue_of
from applications.approval_queue import waiting_for as cases_waiting_for
from applications.forms.saved_filters import SavedFilterForm
from applications.homes import Home
from applications.models import Application, SavedFilter
from applications.templatetags.hall import folder_label
from applications.views.access import user_of
from applications.views.decision_papers import decision_papers
from applications.views.lists import as_rows, workbook
from applications.views.takeovers import waiting_for
from billing import selectors as ledger
from billing.menu import ASKERS


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
    if not request.GET:
        begins = next((kept for kept in keeping.saved_filters(user, role) if kept.always), None)
        shown = Home(user, role, begins.values).query() if begins else ""
        if shown:
            return redirect(f"{reverse('applications:home')}?{shown}")
    return _home_page(request, role)


def _home_page(request: HttpRequest, role: Role, form: SavedFilterForm | None = None) -> HttpResponse:
    user = user_of(request)
    shown = Home(user, role, request.GET)
    context = {
        "home": shown,
        "query": shown.query(),
        "cleared": shown.query(**dict.fromkeys(shown.filters.values, "")),
        "saved": [
            (kept, shown.query(**_of_saved(kept, shown)), kept.values == shown.kept)
            for kept in keeping.saved_filters(user, role)
        ],
        "form": form or SavedFilterForm(),
        "deposit_work": ledger.deposit_work(role, timezone.localdate()),
        "bill_answers": ledger.decided_for(user, timezone.localdate()) if role in ASKERS else [],
    }
    if role == Role.CASHIER:
        context["takings"] = ledger.totals(ledger.takings(timezone.localdate(), user))
    status = 422 if form is not None else 200
    return render(request, "applications/home.html", context, status=status)


def _of_saved(kept: SavedFilter, shown: Home) -> dict[str, str]:
    """What an address must change to show a saved filter in the folder that is open."""
    return dict.fromkeys((*shown.filters.values, "by"), "") | kept.values


def _role_with_a_home(request: HttpRequest) -> Role:
    """The present role, if it has a list of its own. Raises Http404 otherwise."""
    role = current_role(request)
    if role is None or role.decides or role in (Role.ADMINISTRATOR, Role.AUDITOR):
        raise Http404
    return role


@signed_in
@require_GET
def home_export(request: HttpRequest) -> HttpResponse:
    """A folder of one's home as filtered and ordered on screen, all of it, as Excel."""
    role = _role_with_a_home(request)
    shown = Home(user_of(request), role, request.GET)
    if request.GET.get("folder", "") != shown.folder:
        raise Http404
    return workbook(folder_label(shown.folder), shown.cases)


@signed_in
@require_POST
def save_filter(request: HttpRequest) -> HttpResponse:
    """Keep the filters of the address under a name."""
    user, role = user_of(request), _role_with_a_home(request)
    form = SavedFilterForm(request.POST)
    shown = Home(user, role, request.GET)
    if form.is_valid() and not shown.kept:
        form.add_error(None, _("Nothing is filtered: choose a request, stage, light, area or day first."))
    if form.is_valid():
        try:
            keeping.save_filter(owner=user, role=role, values=shown.kept, **form.cleaned_data)
        except ValidationError as refused:
            form.add_error("name", refused.messages)
    if not form.is_valid():
        return _home_page(request, role, form)
    return redirect(f"{reverse('applications:home')}?{shown.query()}")


def _kept(request: HttpRequest, pk: int) -> SavedFilter:
    """A saved filter of one's own; Http404 for anybody else's."""
    return get_object_or_404(SavedFilter, pk=pk, owner=user_of(request), role=_role_with_a_home(request))


def _back_home(request: HttpRequest) -> HttpResponse:
    shown = Home(user_of(request), _role_with_a_home(request), request.GET)
    return redirect(f"{reverse('applications:home')}?{shown.query()}")


@signed_in
@require_POST
def begin_with_filter(request: HttpRequest, pk: int) -> HttpResponse:
    """Let one's home begin with a saved filter; asked again, with none."""
    kept = _kept(request, pk)
    keeping.begin_with(kept=kept, always=not kept.always)
    return _back_home(request)


@signed_in
@require_POST
def forget_filter(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a saved filter of one's own."""
    keeping.forget_filter(kept=_kept(request, pk))
    return _back_home(request)


@signed_in
@require_GET
def approvals(request: HttpRequest) -> HttpResponse:
    """The managers' queue: what is asked, the figures, approve or send back."""
    user, role = user_of(request), current_role(request)
    queue, files = queue_of(user, role, number=request.GET.get("case", "")), waiting_for(user, role)
    deposit_work = ledger.deposit_work(role, timezone.localdate())
    bill_work = ledger.bill_work(role, user)
    days = ledger.day_sheets_to_countersign().exclude(Q(cashier__in=user.hands) | Q(closed_by__in=user.hands)).count()
    days = days if role == Role.DUTY_MANAGER else 0
    context = {
        "queue": queue,
        "papers": decision_papers(queue.top, user) if queue.top else [],
        "rows": as_rows(queue.following, page=request.path),
        "files": files,
        "days": days,
        "waiting": queue.waiting + len(files) + deposit_work.get("decision", 0) + bill_work + days,
        "bill_work": bill_work,
        "deposit_work": deposit_work,
        "delegates": role in user.own_roles,
        "delegation": deputy_of(user, role) if role in user.own_roles else None,
    }
    return render(request, "applications/approvals.html", context)


@signed_in
@require_GET
def approvals_export(request: HttpRequest) -> HttpResponse:
    """What waits in one's queue, all of it, as Excel."""
    user, role = user_of(request), current_role(request)
    cases = cases_waiting_for(user, role) if role else Application.objects.none()
    return workbook(_("approval queue"), cases)
