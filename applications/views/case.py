"""The page of a case and the forms in front of its two doors."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import services as accounts
from accounts.access import for_roles, signed_in
from accounts.roles import Role
from applications import required_documents
from applications.drawn_route import drawings, way_of
from applications.engine import doors
from applications.engine.checkpoints import Reason
from applications.engine.refusals import BadInput, DoneBefore, MovedOn, Refusal
from applications.engine.steps import Deed, Step
from applications.models import Application, DocumentKind
from applications.money_tab import money_context
from applications.papers.kinds import PaperKind
from applications.presenters import CasePage, context_of, outlook, sheet_views, whereabouts
from applications.stages import Stage
from applications.views.access import UNMASKING_ROLES, case_for, may_read, user_of
from billing.menu import READERS
from waterservice.numbers import row_number
from waterservice.text import aside
from waterservice.upload_field import ACCEPTED
from waterservice.workdays import WEEKDAYS


@signed_in
@require_GET
def case_page(request: HttpRequest, number: str) -> HttpResponse:
    """Where the case is, what one can do now, its works, money, papers and timeline."""
    case = case_for(request, number)
    context = context_of(case, user_of(request), request.GET.get("tab", ""))
    context |= _tab_context(context["page"], context["tab"])
    context["till"] = user_of(request).has_role(*READERS, Role.AUDITOR)
    context["may_unmask"] = user_of(request).has_role(*UNMASKING_ROLES)
    return render(request, "applications/case.html", context)


@for_roles(*UNMASKING_ROLES)
@require_POST
def unmask(request: HttpRequest, number: str) -> HttpResponse:
    """Show identity number and telephones to somebody whose step needs them; the look is recorded (PIPL art. 51)."""
    case = case_for(request, number)
    accounts.record_look(customer=case.applicant, by=user_of(request), purpose=case.number)
    return render(request, "applications/unmasked.html", {"case": case})


def _tab_context(page: CasePage, tab: str) -> dict[str, Any]:
    case = page.case
    if tab == "money":
        return money_context(page)
    if tab == "papers":
        kinds = (*PaperKind, *DocumentKind)
        return {
            "readable": {kind.value for kind in kinds if may_read(page.user, kind.declaration)},
            "checklist": required_documents.checklist(case),
            "accepted": ACCEPTED,
            "receives": next((task for task in page.tasks_of(tab) if task.name == "receive_document"), None),
            "drafts": [kind for kind in PaperKind if kind.declaration.can_be_drafted(case)],
            "papers": case.papers.select_related("file", "signed_scan", "issued_by").order_by("-id"),
        }
    if tab == "works":
        return {
            "sheets": sheet_views(case),
            "permits": case.project.permits.all(),
            "formalities": case.project.formalities.all(),
            "cards": case.project.meter_cards.all(),
            **_pictures(page),
        }
    if tab == "time":
        return {"weekdays": WEEKDAYS}
    if tab == "route":
        way = way_of(page)
        return {"way": way, "drawings": drawings(way)}
    return {}


def _pictures(page: CasePage) -> dict[str, Any]:
    """What was seen on site, and the work by which this person adds to it here."""
    pictures = page.case.project.pictures.select_related("taken_by")
    return {
        "pictures": [(Stage(picture.occasion).label, picture) for picture in pictures],
        "adds_pictures": next((task for task in page.tasks_of("works") if task.name == "add_picture"), None),
        "accepted": ACCEPTED,
    }


@signed_in
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """Show the form of a step, or take it."""
    case = case_for(request, number)
    declared = type(case).steps().get(name)
    if declared is None:
        raise Http404
    return _door(request, case, declared)


@signed_in
@require_http_methods(["GET", "POST"])
def task(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """Show the form of a piece of work, or save it."""
    case = case_for(request, number)
    declared = type(case).tasks().get(name)
    if declared is None:
        raise Http404
    return _door(request, case, declared)


def _door(request: HttpRequest, case: Application, deed: Deed) -> HttpResponse:
    """One page in front of both doors: what was typed survives every refusal and stands beside the new state."""
    user = user_of(request)
    form_class = doors.form_class(deed)
    if request.method == "GET":
        if elsewhere := doors.place_reasons(deed, case):
            return _door_page(request, case, deed, None, elsewhere, shut=True)
        if not_theirs := doors.people_reasons(deed, case, user):
            return _door_page(request, case, deed, None, not_theirs, shut=True)
        form = form_class(case=case, by=user) if form_class else None
        if form is not None and form.unmasked:
            accounts.record_look(customer=case.applicant, by=user, purpose=f"{case.number} {deed.label}")
        return _door_page(request, case, deed, form, [])
    if request.headers.get("Accept") == "application/json":
        return _answer_script(request, case, deed)
    form = form_class(request.POST, request.FILES, case=case, by=user) if form_class else None
    try:
        _enter(request, case, deed)
    except DoneBefore as answer:
        messages.info(request, str(answer))
        return _afterwards(request, case, deed)
    except Refusal as refusal:
        reasons = _onto_form(form, refusal)
        status = 409 if isinstance(refusal, MovedOn) else 422
        return _door_page(request, case, deed, form, reasons, status=status)
    _tell(request, case, deed)
    return _afterwards(request, case, deed)


def _answer_script(request: HttpRequest, case: Application, deed: Deed) -> HttpResponse:
    """The same door for a script of the page that sends files one after the other: what was done, or why not.

    It is told the case's revision as it is now, so that the next file is not stale for the one before.
    """
    status, said, reasons = 200, str(deed.past), list[Reason]()
    try:
        _enter(request, case, deed)
    except DoneBefore as answer:
        said = str(answer)
    except Refusal as refusal:
        status, said, reasons = 409 if isinstance(refusal, MovedOn) else 422, "", refusal.reasons
    revision = Application.objects.values_list("revision", flat=True).get(pk=case.pk)
    return JsonResponse(
        {"said": said, "reasons": [str(reason) for reason in reasons], "revision": revision}, status=status
    )


def _tell(request: HttpRequest, case: Application, deed: Deed) -> None:
    """What was done and, of a step that moved the case, where it is now."""
    said = _("{number}: {past}").format(number=case.number, past=deed.past)
    now = Application.objects.get(pk=case.pk)
    entry = now.timeline.filter(action=deed.name).order_by("-pk").first()
    if entry is not None and entry.note:
        said = aside(said, Truncator(entry.note).chars(60))
    if now.stage != case.stage:
        said += " · " + _("now at: {where}").format(where=whereabouts(now.stage, now))
    messages.success(request, said)


def _enter(request: HttpRequest, case: Application, deed: Deed) -> None:
    door = doors.perform if isinstance(deed, Step) else doors.work
    door(
        case,
        deed.name,
        by=user_of(request),
        data=request.POST,
        files=request.FILES,
        expected_revision=row_number(request.POST.get("revision", "")) or 0,
    )


def _onto_form(form: forms.Form | None, refusal: Refusal) -> list[Reason]:
    """Errors of fields go to their fields; everything else is said above the form."""
    if form is None or not isinstance(refusal, BadInput):
        return refusal.reasons
    if form.is_valid():
        for name, messages_of_field in refusal.errors.items():
            for message in messages_of_field:
                form.add_error(name if name in form.fields and name != NON_FIELD_ERRORS else None, message)
    return []


def _door_page(
    request: HttpRequest,
    case: Application,
    deed: Deed,
    form: forms.Form | None,
    reasons: list[Reason],
    status: int = 200,
    shut: bool = False,
) -> HttpResponse:
    context = context_of(case, user_of(request), getattr(deed, "tab", ""))
    context |= {
        "deed": deed,
        "deed_label": deed.label_at(case),
        "form": form,
        "reasons": reasons,
        "shut": shut,
        "matters": [] if shut else deed.shown(case),
        "is_step": isinstance(deed, Step),
        "till": user_of(request).has_role(*READERS, Role.AUDITOR),
        "outlook": outlook(case, deed) if isinstance(deed, Step) else [],
        "came_from": request.POST.get("from") or request.GET.get("from", ""),
    }
    if getattr(deed, "tab", "") == "works" and deed.name != "add_picture":
        context |= _pictures(context["page"])
    template = "applications/door_fragment.html" if request.htmx else "applications/door.html"  # type: ignore[attr-defined]
    return render(request, template, context, status=status)


def _afterwards(request: HttpRequest, case: Application, deed: Deed) -> HttpResponse:
    """Back to the case where it can still be seen, otherwise home; from the approval queue to its next item."""
    target = reverse("applications:case", args=[case.number])
    if not isinstance(deed, Step):
        target = f"{target}?tab={getattr(deed, 'tab', '')}"
    if request.POST.get("from") == "approvals":
        target = reverse("applications:approvals")
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(headers={"HX-Redirect": target})
    return redirect(target)
