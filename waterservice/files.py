"""Keeping uploads and papers. What a file is, its content says, not its name."""

import hashlib
import io
import secrets
import warnings
from collections.abc import Callable
from pathlib import PurePath
from typing import Any

import filetype
import pikepdf
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image, UnidentifiedImageError

from waterservice import policies
from waterservice.models import StoredFile
from waterservice.text import clean_line

MAX_MB = policies.declare(
    "upload.max_mb",
    label=gettext_lazy("Largest upload"),
    default=20,
    kind=policies.PolicyKind.INTEGER,
    unit="MB",
)
MAX_PIXELS = 50_000_000
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_verify_code() -> str:
    """Twelve letters and digits that cannot be mistaken for one another, in groups of four."""
    letters = "".join(secrets.choice(CODE_LETTERS) for _place in range(12))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def store_upload(upload: UploadedFile, *, by: Any, name: str | None = None) -> StoredFile:
    """Check and keep what somebody uploaded: a PDF or a picture (JPEG, PNG, WebP).

    Raises ValidationError when it is empty, too large, of another kind than its name says, or harmful.
    """
    title = clean_line(PurePath(name or upload.name or "").name)
    limit = MAX_MB.on(timezone.localdate())
    if not upload.size:
        raise ValidationError(_("“%(name)s” is empty."), params={"name": title})
    if upload.size > limit * 1024 * 1024:
        raise ValidationError(
            _("“%(name)s” is larger than %(limit)d MB. Scan it with a lower resolution."),
            params={"name": title, "limit": limit},
        )
    content = upload.read()
    kind = filetype.guess(content)
    suffix = PurePath(title).suffix.lower()
    if kind is None or kind.mime not in ALLOWED:
        raise ValidationError(
            _("“%(name)s” is no PDF and no picture. Hand in PDF, JPEG, PNG or WebP."), params={"name": title}
        )
    endings, check = ALLOWED[kind.mime]
    if suffix not in endings:
        raise ValidationError(
            _("“%(name)s” is not what its name says. It holds %(kind)s."),
            params={"name": title, "kind": kind.extension.upper()},
        )
    return store_bytes(check(content, title), name=title, content_type=kind.mime, by=by)


def store_bytes(
    content: bytes, *, name: str, content_type: str, by: Any, verify_code: str | None = None
) -> StoredFile:
    """Keep bytes with their SHA-256; they are never changed afterwards."""
    stored = StoredFile(
        original_name=name[-150:],
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        verify_code=verify_code,
        created_by=by,
    )
    stored.file.save(name, ContentFile(content), save=False)
    stored.save()
    return stored


def _picture(content: bytes, name: str) -> bytes:
    """A picture that opens, of sane size; written anew, so that places and hidden data do not travel with it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content))
            if picture.width * picture.height > MAX_PIXELS:
                raise Image.DecompressionBombError
            picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as fault:
        raise ValidationError(
            _("“%(name)s” has too many pixels. Take the photograph with a lower resolution."),
            params={"name": name},
        ) from fault
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as fault:
        raise ValidationError(
            _("“%(name)s” cannot be opened. Scan it again."), params={"name": name}
        ) from fault
    kept = io.BytesIO()
    orientation = picture.getexif().get(0x0112)
    exif = Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    picture.save(
        kept, format=picture.format, exif=exif, **({"quality": 92} if picture.format == "JPEG" else {})
    )
    return kept.getvalue()


def _pdf(content: bytes, name: str) -> bytes:
    """A PDF that opens without a password and carries no script, launch action or attachment."""
    try:
        with pikepdf.open(io.BytesIO(content)) as document:
            pages = len(document.pages)
            harmful = any(
                isinstance(thing, pikepdf.Dictionary)
                and any(action in thing for action in ("/JS", "/JavaScript"))
                or (isinstance(thing, pikepdf.Dictionary) and thing.get("/S") in ("/JavaScript", "/Launch"))
                or (isinstance(thing, pikepdf.Stream) and thing.get("/Type") == "/EmbeddedFile")
                for thing in document.objects
            )
    except pikepdf.PasswordError as fault:
        raise ValidationError(
            _("“%(name)s” has a password. Save it without one."), params={"name": name}
        ) from fault
    except pikepdf.PdfError as fault:
        raise ValidationError(
            _("“%(name)s” cannot be opened. Scan it again."), params={"name": name}
        ) from fault
    if harmful:
        raise ValidationError(
            _("“%(name)s” carries scripts or attachments. Print it anew as PDF."), params={"name": name}
        )
    if not pages:
        raise ValidationError(_("“%(name)s” has no pages."), params={"name": name})
    return content


ALLOWED: dict[str, tuple[tuple[str, ...], Callable[[bytes, str], bytes]]] = {
    "application/pdf": ((".pdf",), _pdf),
    "image/jpeg": ((".jpg", ".jpeg"), _picture),
    "image/png": ((".png",), _picture),
    "image/webp": ((".webp",), _picture),
}
