"""Keeping uploads and papers. What a file is, its content says; its name has to agree."""

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import PurePath

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from waterservice.models import StoredFile
from waterservice.policies import PolicyKind, declare
from waterservice.text import without_invisible
from waterservice.uploads import ALLOWED, Unacceptable, kind_of

MAX_UPLOAD = declare(
    "upload.max_mb",
    label=_("Largest upload"),
    default=20,
    kind=PolicyKind.INTEGER,
    unit="MB",
    least=1,
    most=200,
)
LONGEST_NAME = 150
# No 0 and O, 1, I and L: the code is read from paper and typed.
VERIFY_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_verify_code() -> str:
    """A code to print on a paper, by which the utility finds what it has stored: 7K3M-9XQ2-VB4T."""
    signs = "".join(secrets.choice(VERIFY_SIGNS) for _place in range(12))
    return f"{signs[:4]}-{signs[4:8]}-{signs[8:]}"


@dataclass(frozen=True)
class Accepted:
    """What is kept of an upload: its bytes, its name, its kind."""

    content: bytes
    name: str
    content_type: str


def store_upload(upload: UploadedFile, *, by: AbstractBaseUser | None, name: str | None = None) -> StoredFile:
    """Check and keep a PDF or a picture (JPEG, PNG, WebP) that somebody handed in. Raises as `accept_upload`."""
    accepted = accept_upload(upload, name=name)
    return store_bytes(accepted.content, name=accepted.name, content_type=accepted.content_type, by=by)


def accept_upload(upload: UploadedFile, *, name: str | None = None) -> Accepted:
    """Check an upload without keeping it.

    `name` is what it shall be called instead of its own name; its ending is added. Places, devices and other
    hidden data are taken out of pictures. Raises ValidationError for a file that is empty, larger than the
    policy "upload.max_mb", of another kind than its ending says, damaged, locked, or harmful.
    """
    own_name = _clean_name(upload.name or "")
    limit = MAX_UPLOAD.on(timezone.localdate())
    if not upload.size:
        raise ValidationError(_("“%(name)s” is empty."), code="empty", params={"name": own_name})
    if upload.size > limit * 1024 * 1024:
        raise ValidationError(
            _("“%(name)s” is larger than %(limit)d MB. Scan it with a lower resolution."),
            code="too_large",
            params={"name": own_name, "limit": limit},
        )
    upload.seek(0)
    content = upload.read()
    kind, ending = kind_of(content), PurePath(own_name).suffix.lower()
    if kind is None:
        raise ValidationError(
            _("“%(name)s” is neither a PDF nor a picture. Hand in PDF, JPEG, PNG or WebP."),
            code="kind",
            params={"name": own_name},
        )
    if ending not in kind.endings:
        raise ValidationError(
            _("“%(name)s” is not what its name says: it is a %(kind)s file."),
            code="name",
            params={"name": own_name, "kind": kind.label},
        )
    try:
        accepted = kind.accept(content)
    except Unacceptable as refusal:
        raise ValidationError(refusal.message, code=refusal.code, params={"name": own_name}) from refusal
    title = _clean_name(PurePath(name).stem + ending) if name else own_name
    return Accepted(accepted, title, kind.mime)


def store_bytes(
    content: bytes,
    *,
    name: str,
    content_type: str,
    by: AbstractBaseUser | None,
    verify_code: str | None = None,
) -> StoredFile:
    """Keep bytes of our own making with their SHA-256; `verify_code` is the one printed on them, if any.

    The bytes are written before the row: a transaction rolled back leaves a file that no row names, never a
    row without its file. Raises ValueError for no bytes or a kind that is never served.
    """
    if not content or content_type not in {kind.mime for kind in ALLOWED}:
        raise ValueError(f"{name!r} ({content_type}, {len(content)} bytes) is nothing to keep.")
    stored = StoredFile(
        original_name=_clean_name(name),
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        verify_code=verify_code,
        created_by_id=by.pk if by else None,
    )
    stored.file.save(stored.original_name, ContentFile(content), save=False)
    stored.save()
    return stored


def _clean_name(name: str) -> str:
    """A name to show and to download under: no folders, nothing invisible, not too long, its ending kept."""
    path = PurePath(without_invisible(name.replace("\\", "/")))
    stem = " ".join(path.stem.split()) or "file"
    return stem[: LONGEST_NAME - len(path.suffix)] + path.suffix
