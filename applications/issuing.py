"""Issuing papers: render once, store with its SHA-256, number the version."""

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from applications.models.documents import Paper
from applications.papers.kinds import PaperKind
from applications.papers.render import render
from waterservice.files import new_verify_code, store_bytes

if TYPE_CHECKING:
    from accounts.models import User
    from applications.models import Application


def file_name(number: str, kind: PaperKind, version: int, basis: str = "") -> str:
    """Under which name a paper is downloaded: NC-2026-000001-施工协议-第1版.pdf, a receipt under its own number."""
    what, _colon, receipt = basis.partition(":")
    last = receipt if what == "receipt" else f"第{version}版"
    return f"{number}-{kind.declaration.title_zh}-{last}.pdf"


def issue_paper(case: "Application", kind: PaperKind, *, by: "User", basis: str = "", **extra: Any) -> Paper:
    """Render and keep a paper of a case; returns the new version.

    Must run inside one of the doors: versions are numbered under the case's lock. An older version of
    what is to be signed and nobody has signed is voided; a signed one stays on record beside the new.
    """
    earlier = case.papers.filter(kind=kind)
    code = new_verify_code()
    version = earlier.count() + 1
    content = render(kind, case, draft=False, verify_code=code, version=version, **extra)
    stored = store_bytes(
        content,
        name=file_name(case.number, kind, version, basis),
        content_type="application/pdf",
        by=by,
        verify_code=code,
    )
    if kind.declaration.signed:
        earlier.filter(signed_on__isnull=True, voided_at__isnull=True).update(voided_at=timezone.now())
    return Paper.objects.create(
        application=case, kind=kind, version=version, stage=case.stage, basis=basis, file=stored, issued_by=by
    )
