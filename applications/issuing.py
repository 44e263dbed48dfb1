"""Issuing papers: render once, store with its SHA-256, number the version."""

from typing import TYPE_CHECKING, Any

from applications.models.documents import Paper
from applications.papers.kinds import PaperKind
from applications.papers.render import render
from waterservice.files import new_verify_code, store_bytes

if TYPE_CHECKING:
    from accounts.models import User
    from applications.models import Application


def issue_paper(case: "Application", kind: PaperKind, *, by: "User", basis: str = "", **extra: Any) -> Paper:
    """Render and keep a paper of a case; returns the new version.

    Must run inside one of the doors: versions are numbered under the case's lock. An older version of an
    agreement that nobody has signed is voided; a signed one stays on record beside the new.
    """
    earlier = case.papers.filter(kind=kind)
    code = new_verify_code()
    version = earlier.count() + 1
    content = render(kind, case, draft=False, verify_code=code, version=version, **extra)
    stored = store_bytes(
        content,
        name=f"{case.number}-{kind.value}-v{version}.pdf",
        content_type="application/pdf",
        by=by,
        verify_code=code,
    )
    return Paper.objects.create(
        application=case, kind=kind, version=version, stage=case.stage, basis=basis, file=stored, issued_by=by
    )
