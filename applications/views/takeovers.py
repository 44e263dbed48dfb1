"""Taking over (在途案件): the list of paper files, entering and amending one, the duty manager's answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import for_roles
from accounts.roles import Role
from applications.engine.checkpoints import Reason
from applications.engine.refusals import Refusal
from applications.forms.signing import ScansForm, SendFileBackForm, TakeOverForm
from applications.forms.takeover import FactsForm, HeadForm
from applications.models import Takeover, TakeoverScan
from applications.stages import Stage
from applications.takeover import signing
from applications.takeover.plan import PLANS, plan_of
from applications.takeover.reading import Stated, read
from applications.views.access import user_of
from waterservice.excel import workbook_response
from waterservice.models import PEOPLE
from waterservice.numbers import row_number

SHOWN = 50
NOT_STATED = ("csrfmiddlewaretoken", "kind_of_request", "stage")


# -- the list --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    """A page of the list, newest first, and where the next begins."""

    rows: list[Takeover]
    next_before: int | None


def _asked(request: HttpRequest) -> tuple[str, str]:
    """The status and the number that the list is filtered by."""
    status = request.GET.get("status", "")
    return status if status in Takeover.Status.values else "", request.GET.get("text", "").strip()


def _files(status: str, text: str) -> QuerySet[Takeover]:
    files: QuerySet[Takeover] = Takeover.objects.select_related(*PEOPLE, "application")
    if status:
        files = files.filter(status=status)
    if text:
        files = files.filter(reference__startswith=text)
    return files.order_by("-id")


def _page(files: QuerySet[Takeover], before: str) -> Page:
    if (edge := row_number(before)) is not None:
        files = files.filter(pk__lt=edge)
    rows = list(files[: SHOWN + 1])
    return Page(rows[:SHOWN], rows[SHOWN - 1].pk if len(rows) > SHOWN else None)


@for_roles(*signing.ENTERS)
@require_GET
def takeovers(request: HttpRequest) -> HttpResponse:
    """The paper files that were entered, by status, keyset-paged."""
    status, text = _asked(request)
    context = {
        "page": _page(_files(status, text), request.GET.get("before", "")),
        "status": status,
        "text": text,
        "statuses": [("", _("All")), *Takeover.Status.choices],
    }
    return render(request, "applications/takeovers.html", context)


@for_roles(*signing.ENTERS)
@require_GET
def takeovers_export(request: HttpRequest) -> HttpResponse:
    """The same list, all pages, as Excel."""
    headings = [
        _("Paper file"),
        _("Request"),
        _("stands at"),
        _("Applicant"),
        _("Premises"),
        _("Entered by"),
        _("Entered"),
        _("Status"),
        _("Decided by"),
        _("Opinion"),
        _("Case"),
    ]
    rows = (
        (
            file.reference,
            file.get_kind_display(),
            file.stage_label,
            file.applicant_name,
            file.address,
            file.asker,
            file.asked_at,
            file.get_status_display(),
            file.decider,
            file.opinion,
            file.application.number if file.application else "",
        )
        for file in _files(*_asked(request)).iterator(chunk_size=500)
    )
    return workbook_response(_("paper files.xlsx"), headings, rows)


# -- entering --------------------------------------------------------------------------------------


def _choice(values: Mapping[str, Any]) -> tuple[str, Stage]:
    """The kind and stage that were chosen; the first ones, if none was."""
    kind = values.get("kind_of_request") or next(iter(PLANS))
    if kind not in PLANS:
        raise Http404
    stages = PLANS[kind].request.route.stages
    chosen = values.get("stage") or stages[0]
    if chosen not in stages:
        raise Http404
    return kind, Stage(chosen)


def _stated_data(request: HttpRequest) -> dict[str, str]:
    """What was typed, by the names of the fields; nothing of the page's own."""
    return {
        name: request.POST.get(name, "")
        for name in request.POST
        if name not in NOT_STATED and request.POST.get(name, "").strip()
    }


def _blank(kind: str, stage: Stage, data: Mapping[str, Any]) -> tuple[HeadForm, dict[Stage, FactsForm]]:
    """The forms as one begins to fill them in: what is known stands there, and nothing is complained of."""
    if data:
        known = read(kind, stage, data, strict=False)
        return known.head, known.sections
    plan = plan_of(kind)
    sections = {
        section.stage: section.form(stage=section.stage) for section in plan.asked(stage) if section.form is not None
    }
    return plan.head(passed=plan.passed(stage)), sections


@for_roles(*signing.ENTERS)
@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """The entry of a paper file; from a refused one, what was stated before stands there again."""
    if request.method == "POST":
        kind, stage = _choice(request.POST)
        return _save(
            request,
            kind,
            stage,
            lambda data, scans: signing.enter(by=user_of(request), kind=kind, stage=stage, data=data, scans=scans),
        )
    earlier = Takeover.objects.filter(
        pk=row_number(request.GET.get("again", "")) or 0, status=Takeover.Status.REFUSED
    ).first()
    kind, stage = (earlier.kind, Stage(earlier.stage)) if earlier else _choice(request.GET)
    return _entry_page(request, kind, stage, *_blank(kind, stage, earlier.data if earlier else {}), ScansForm())


@for_roles(*signing.ENTERS)
@require_http_methods(["GET", "POST"])
def amend(request: HttpRequest, pk: int) -> HttpResponse:
    """What a file says, stated anew until the duty manager has decided."""
    takeover = get_object_or_404(Takeover, pk=pk, status=Takeover.Status.ASKED)
    if request.method == "POST":
        _kind, stage = _choice({**request.POST.dict(), "kind_of_request": takeover.kind})
        return _save(
            request,
            takeover.kind,
            stage,
            lambda data, scans: signing.amend(
                takeover=takeover, by=user_of(request), stage=stage, data=data, scans=scans
            ),
            takeover,
        )
    stage = Stage(takeover.stage)
    forms = _blank(takeover.kind, stage, takeover.data)
    return _entry_page(request, takeover.kind, stage, *forms, ScansForm(), takeover)


@for_roles(*signing.ENTERS)
@require_POST
def sections(request: HttpRequest) -> HttpResponse:
    """What is asked of a file that stands at another stage; what was typed stays."""
    kind, stage = _choice(request.POST)
    head, facts = _blank(kind, stage, _stated_data(request))
    context = {"head": head, "sections": _titled(facts), "stage": stage}
    return render(request, "applications/takeover_sections.html", context)


def _titled(facts: dict[Stage, FactsForm]) -> list[tuple[Any, FactsForm]]:
    return [(stage.label, form) for stage, form in facts.items()]


def _save(
    request: HttpRequest,
    kind: str,
    stage: Stage,
    save: Callable[[dict[str, str], list[Any]], Takeover],
    takeover: Takeover | None = None,
) -> HttpResponse:
    """Save what was typed, or show every fault with it; then tell what would keep the file from being taken over."""
    data, scans = _stated_data(request), ScansForm(request.POST, request.FILES)
    stated = read(kind, stage, data, strict=False)
    if scans.is_valid() and not stated.faults:
        try:
            saved = save(data, scans.scans)
        except ValidationError as fault:
            for name, faults in (fault.message_dict if hasattr(fault, "error_dict") else {"": fault.messages}).items():
                field = name if name in stated.head.fields and name != NON_FIELD_ERRORS else None
                for message in faults:
                    stated.head.add_error(field, message)
        else:
            messages.success(request, _("{reference} is entered.").format(reference=saved.reference))
            for reason in signing.trial(saved, by=user_of(request)):
                messages.warning(request, str(reason))
            return redirect("applications:takeover", pk=saved.pk)
    return _entry_page(request, kind, stage, stated.head, stated.sections, scans, takeover, status=422)


def _entry_page(
    request: HttpRequest,
    kind: str,
    stage: Stage,
    head: HeadForm,
    facts: dict[Stage, FactsForm],
    scans: ScansForm,
    takeover: Takeover | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "takeover": takeover,
        "head": head,
        "sections": _titled(facts),
        "scans": scans,
        "kind": kind,
        "stage": stage,
        "kinds": [(name, plan.request._meta.verbose_name) for name, plan in PLANS.items()],
        "stages": [(stop.stage.value, stop.stage.label) for stop in PLANS[kind].request.route],
    }
    return render(request, "applications/takeover_entry.html", context, status=status)


# -- one file --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FileView:
    """A file with everything that a decision about it rests on."""

    takeover: Takeover
    stated: Stated
    may_decide: bool

    @property
    def lacking(self) -> list[str]:
        """What its stages still lack by the forms alone; only the replay itself shows everything."""
        return [str(fault) for fault in self.stated.faults] if self.takeover.status == Takeover.Status.ASKED else []


def file_view(takeover: Takeover, user: Any) -> FileView:
    undecided = takeover.status == Takeover.Status.ASKED
    return FileView(takeover, signing.stated(takeover), undecided and signing.may_decide(takeover, user))


def waiting_for(user: Any, role: Role | None) -> list[FileView]:
    """The files that wait for a duty manager, the oldest first."""
    if role != Role.DUTY_MANAGER:
        return []
    asked = Takeover.objects.filter(status=Takeover.Status.ASKED).select_related(*PEOPLE)
    views = [file_view(takeover, user) for takeover in asked.prefetch_related("scans__file").order_by("id")[:SHOWN]]
    return [view for view in views if view.may_decide]


@for_roles(*signing.ENTERS)
@require_GET
def takeover(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that was stated, with its scans."""
    return _file_page(request, _file(pk), [])


def _file(pk: int) -> Takeover:
    files = Takeover.objects.select_related(*PEOPLE, "application")
    return get_object_or_404(files.prefetch_related("scans__file"), pk=pk)


def _file_page(
    request: HttpRequest, found: Takeover, reasons: list[Reason], *, checked: bool = False, status: int = 200
) -> HttpResponse:
    context = {"view": file_view(found, user_of(request)), "reasons": reasons, "checked": checked}
    return render(request, "applications/takeover.html", context, status=status)


@for_roles(*signing.ENTERS)
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Try the takeover and roll it back: everything that still keeps it from being signed."""
    found = _file(pk)
    if found.status != Takeover.Status.ASKED:
        return redirect("applications:takeover", pk=pk)
    return _file_page(request, found, signing.trial(found, by=user_of(request)), checked=True)


@for_roles(Role.DUTY_MANAGER)
@require_http_methods(["GET", "POST"])
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    """The duty manager's signature; the case is there at once, or every reason why not."""
    form = TakeOverForm(request.POST if request.method == "POST" else None)
    return _decide(request, pk, form, lambda found: signing.grant(takeover=found, by=user_of(request), **_said(form)))


@for_roles(Role.DUTY_MANAGER)
@require_http_methods(["GET", "POST"])
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a file back to whoever entered it."""
    form = SendFileBackForm(request.POST if request.method == "POST" else None)
    return _decide(request, pk, form, lambda found: signing.refuse(takeover=found, by=user_of(request), **_said(form)))


def _said(form: Any) -> dict[str, str]:
    return dict(form.cleaned_data)


def _decide(request: HttpRequest, pk: int, form: Any, decide: Callable[[Takeover], Any]) -> HttpResponse:
    found, reasons = _file(pk), list[Reason]()
    if request.method == "POST" and form.is_valid():
        try:
            decided = decide(found)
        except Refusal as refusal:
            reasons = refusal.reasons
        except ValidationError as fault:
            reasons = [Reason(message) for message in fault.messages]
        else:
            messages.success(request, _("{file}: decided.").format(file=found.reference))
            from_queue = request.POST.get("from") == "approvals"
            target = reverse("applications:approvals") if from_queue else decided_url(decided)
            if request.htmx:  # type: ignore[attr-defined]
                return HttpResponse(headers={"HX-Redirect": target})
            return redirect(target)
    context = {
        "takeover": found,
        "form": form,
        "reasons": reasons,
        "granting": isinstance(form, TakeOverForm),
        "came_from": request.POST.get("from") or request.GET.get("from", ""),
    }
    fragment = request.htmx  # type: ignore[attr-defined]
    template = "applications/takeover_decide_fragment.html" if fragment else "applications/takeover_decide.html"
    return render(request, template, context, status=422 if reasons or form.errors else 200)


def decided_url(decided: Any) -> str:
    """Where one goes on: to the case, or back to the file that was sent back."""
    if isinstance(decided, Takeover):
        return reverse("applications:takeover", args=[decided.pk])
    url: str = decided.get_absolute_url()
    return url


@for_roles(*signing.ENTERS)
@require_GET
def scan(request: HttpRequest, pk: int, scan_id: int) -> HttpResponseBase:
    """A scan of the paper file, to read or to download."""
    found = get_object_or_404(TakeoverScan.objects.select_related("file"), takeover_id=pk, pk=scan_id).file
    return FileResponse(
        found.open(),
        as_attachment="download" in request.GET,
        filename=found.original_name,
        content_type=found.content_type,
    )
