"""Papers and uploads leave only through here: the right is that of the case."""

from io import BytesIO
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import signed_in
from applications.models import Application, DocumentKind, Extension, HandedInDocument, Paper
from applications.papers.kinds import PaperKind
from applications.papers.render import render as render_paper
from applications.selectors import visible_to
from applications.views.access import admit_reader, case_for, user_of
from billing import services as billing
from billing.menu import PRINTERS
from billing.models import DepositMove, ReceiptPrint
from waterservice.models import StoredFile
from waterservice.thumbnails import thumbnail


def _asked_small(request: HttpRequest) -> bool:
    return "thumbnail" in request.GET


def _served(request: HttpRequest, stored: StoredFile) -> HttpResponseBase:
    """A stored file as it was asked for: to read, to download, or small; whoever asks has been admitted."""
    if _asked_small(request):
        return _small(request, stored)
    return _sent(stored.open(), stored, download="download" in request.GET)


def _small(request: HttpRequest, stored: StoredFile) -> HttpResponseBase:
    """A thumbnail; the browser may keep it, and asks each time whether it still may show it."""
    made = thumbnail(stored)
    response = HttpResponse(made.content, content_type=made.content_type)
    patch_cache_control(response, private=True, no_cache=True)
    etag = response.headers["ETag"] = f'"{made.etag}"'
    return get_conditional_response(request, etag=etag, response=response) or response


def _sent(content: Any, stored: StoredFile, *, download: bool) -> FileResponse:
    return FileResponse(
        content, as_attachment=download, filename=stored.original_name, content_type=stored.content_type
    )


@signed_in
@require_GET
def paper(request: HttpRequest, number: str, paper_id: int) -> HttpResponseBase:
    """An issued paper, to read or to download; a receipt only once as itself, later marked."""
    case = case_for(request, number)
    found = get_object_or_404(Paper.objects.select_related("file"), application=case, pk=paper_id)
    admit_reader(user_of(request), case, found.kind, PaperKind(found.kind).declaration)
    printed = ReceiptPrint.objects.filter(file=found.file).select_related("receipt").first()
    if printed is not None:
        content = billing.look_at_print(printed=printed, prints=user_of(request).has_role(*PRINTERS))
        return _sent(BytesIO(content), found.file, download="download" in request.GET)
    return _served(request, found.file)


@signed_in
@require_GET
def signed_copy(request: HttpRequest, number: str, paper_id: int) -> HttpResponseBase:
    case = case_for(request, number)
    found = get_object_or_404(Paper, application=case, pk=paper_id)
    if found.signed_scan is None:
        raise Http404
    declared = PaperKind(found.kind).declaration
    admit_reader(user_of(request), case, found.kind, declared, legible=not _asked_small(request))
    return _served(request, found.signed_scan)


@signed_in
@require_GET
def document(request: HttpRequest, number: str, document_id: int) -> HttpResponseBase:
    """What the applicant handed in."""
    case = case_for(request, number)
    found = get_object_or_404(HandedInDocument, application=case, pk=document_id)
    declared = DocumentKind(found.kind).declaration
    admit_reader(user_of(request), case, found.kind, declared, legible=not _asked_small(request))
    return _served(request, found.scan)


@signed_in
@require_GET
def plan(request: HttpRequest, number: str, file_id: int) -> HttpResponseBase:
    """A plan of the case's design office."""
    case = case_for(request, number)
    design = get_object_or_404(case.project.designs.select_related("plan"), plan_id=file_id)
    assert design.plan is not None
    return _served(request, design.plan)


@signed_in
@require_GET
def picture(request: HttpRequest, number: str, picture_id: int) -> HttpResponseBase:
    """A photograph or signature from the place of the works."""
    case = case_for(request, number)
    return _served(request, get_object_or_404(case.project.pictures.select_related("file"), pk=picture_id).file)


@signed_in
@require_GET
def evidence(request: HttpRequest, number: str, file_id: int) -> HttpResponseBase:
    """What was handed in with a request for an extension, a late record or a reduction."""
    case = case_for(request, number)
    of_case = Q(pk__in=case.backdatings.values("evidence")) | Q(pk__in=case.reductions.values("evidence"))
    of_case |= Q(pk__in=Extension.objects.filter(clock__application=case).values("evidence"))
    return _served(request, get_object_or_404(StoredFile, of_case, pk=file_id))


@signed_in
@require_GET
def draft(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """A paper as it would be issued now, marked as a draft and not kept."""
    case = case_for(request, number)
    if kind not in PaperKind.values:
        raise Http404
    admit_reader(user_of(request), case, kind, PaperKind(kind).declaration)
    try:
        content = render_paper(PaperKind(kind), case, draft=True, verify_code="")
    except (ValidationError, LookupError) as missing:
        raise Http404(_("The case does not yet hold what this paper needs.")) from missing
    return HttpResponse(content, content_type="application/pdf")


@signed_in
@require_GET
def verify(request: HttpRequest) -> HttpResponse:
    """Whether a paper with a verify code is ours and unchanged."""
    code = request.GET.get("code", "").strip().upper()
    stored = StoredFile.objects.filter(verify_code=code).first() if code else None
    found = Paper.objects.select_related("application").filter(file=stored).first() if stored else None
    seen: Application | None = None
    if found is not None:
        seen = visible_to(user_of(request)).filter(pk=found.application_id).first()
    printed = ReceiptPrint.objects.select_related("receipt").filter(file=stored).first() if stored else None
    moved = DepositMove.objects.select_related("deposit__statement").filter(voucher=stored).first() if stored else None
    intact = stored.intact() if stored else False
    context = {"code": code, "paper": found, "printed": printed, "moved": moved, "case": seen, "intact": intact}
    return render(request, "applications/verify.html", context)
