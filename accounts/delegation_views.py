"""The page of deputies: appoint one, end it, and the list of those that run, come and are over."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import for_roles
from accounts.delegation_forms import DelegationForm
from accounts.deputies import delegate, delegations_for, end_delegation, may_see_to
from accounts.models import Delegation, Role, User
from accounts.roles import DELEGATED
from waterservice.excel import workbook_response

SHOWN = 100


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@for_roles(*DELEGATED, Role.ADMINISTRATOR)
@require_GET
def deputies(request: HttpRequest) -> HttpResponse:
    """Who stands in for me and for whom I do; of those I manage too; of everybody for administrator and auditor."""
    return _page(request)


def _page(request: HttpRequest, form: DelegationForm | None = None) -> HttpResponse:
    person = _person(request)
    rows = delegations_for(person)
    current = sorted(rows.not_over(), key=lambda row: (row.first_day, row.pk))
    form = form or DelegationForm(by=person, role=request.GET.get("role", ""))
    context: dict[str, Any] = {
        "form": form if form.assignments else None,
        "running": [_shown(row, person) for row in current if row.running],
        "coming": [_shown(row, person) for row in current if not row.running],
        "past": [_shown(row, person) for row in rows.exclude(pk__in=[row.pk for row in current])[:SHOWN]],
        "shown": SHOWN,
    }
    return render(request, "accounts/deputies.html", context, status=422 if form.errors else 200)


def _shown(row: Delegation, person: User) -> dict[str, Any]:
    """A delegation, and whether this person may end it."""
    return {"row": row, "ends": not row.over and may_see_to(row, person)}


@for_roles(*DELEGATED, Role.ADMINISTRATOR)
@require_POST
def appoint(request: HttpRequest) -> HttpResponse:
    """Appoint a deputy; what is refused is said beside what was typed."""
    form = DelegationForm(request.POST, by=_person(request))
    if form.is_valid():
        try:
            made = delegate(by=_person(request), **form.arguments())
        except ValidationError as fault:
            form.add_error(None, fault)
        else:
            words = _("%(deputy)s stands in for %(giver)s from %(first)s to %(last)s.")
            named = {"deputy": made.deputy, "giver": made.giver, "first": made.first_day, "last": made.last_day}
            messages.success(request, words % named)
            return redirect("accounts:deputies")
    return _page(request, form)


@for_roles(*DELEGATED, Role.ADMINISTRATOR)
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a delegation at once, or call off one to come."""
    found = get_object_or_404(delegations_for(_person(request)), pk=pk)
    try:
        ended = end_delegation(delegation=found, by=_person(request))
    except ValidationError as fault:
        messages.error(request, " ".join(fault.messages))
    else:
        words = _("%(deputy)s does not stand in for %(giver)s any more.")
        messages.success(request, words % {"deputy": ended.deputy, "giver": ended.giver})
    return redirect("accounts:deputies")


@for_roles(*DELEGATED, Role.ADMINISTRATOR)
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """The same list, all of it, as a workbook."""
    headings = [
        _("Who is away"),
        _("Office"),
        _("Role"),
        _("Deputy"),
        _("First day"),
        _("Last day"),
        _("State"),
        _("Reason"),
        _("Appointed by"),
        _("Appointed"),
        _("Ended by"),
        _("Ended"),
    ]
    rows = [
        (
            row.giver.name,
            str(row.giver.office or ""),
            row.get_role_display(),
            row.deputy.name,
            row.first_day,
            row.last_day,
            row.state,
            row.reason,
            row.made_by.name,
            row.made_at,
            row.ended_by.name if row.ended_by else "",
            row.ended_at,
        )
        for row in delegations_for(_person(request))
    ]
    return workbook_response(_("deputies {day}.xlsx").format(day=timezone.localdate()), headings, rows)
