"""Small pictures of stored files: which paper it is can be seen, what is written on it cannot be read.

Made at the first look, kept in the cache `thumbnails` by the file's SHA-256 (which never changes for a file).
Whoever asks has been admitted to the file itself; nothing here checks a right.
"""

import io
from dataclasses import dataclass
from typing import Any

import pikepdf
from django.core.cache import caches
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from PIL import Image, ImageFile, ImageOps

from waterservice.models import StoredFile
from waterservice.uploads import MAX_PIXELS

LONGEST = 112  # px: of an identity card seen whole, a figure is then four wide and cannot be read
QUALITY = 72
MADE = 1  # to be raised where they are made otherwise: the older ones are then made anew
SHEET = """<svg xmlns="http://www.w3.org/2000/svg" width="96" height="128" viewBox="0 0 96 128">
<path d="M8 4h56l24 24v96H8z" fill="#fff" stroke="#9fb1c1" stroke-width="2"/>
<path d="M64 4v24h24" fill="#eef3f7" stroke="#9fb1c1" stroke-width="2"/>
<g font-family="sans-serif" text-anchor="middle">
<text x="48" y="78" font-size="22" font-weight="700" fill="#b3261e">{kind}</text>
<text x="48" y="104" font-size="15" fill="#566270">{words}</text></g></svg>
"""


@dataclass(frozen=True)
class Thumbnail:
    """What a browser is sent."""

    content: bytes
    content_type: str
    etag: str


def thumbnail(stored: StoredFile) -> Thumbnail:
    """A JPEG of a picture; a sheet of paper with its pages counted for a PDF; a bare sheet for what cannot be drawn."""
    kept = caches["thumbnails"]
    key = f"{MADE}:{stored.sha256}"
    drawn: bytes | int | None = kept.get(key)
    if drawn is None:
        drawn = _drawn(stored)
        kept.set(key, drawn)
    if isinstance(drawn, bytes):
        return Thumbnail(drawn, "image/jpeg", key)
    kind = "PDF" if stored.content_type == "application/pdf" else _("picture")
    words = ngettext("{count} page", "{count} pages", drawn).format(count=drawn) if drawn else ""
    return Thumbnail(SHEET.format(kind=kind, words=words).encode(), "image/svg+xml", f"{key}:{words}")


def _drawn(stored: StoredFile) -> bytes | int:
    """The bytes of a small JPEG; of a PDF how many pages it has; 0 for what is missing or cannot be opened."""
    try:
        with stored.open() as content:
            if stored.content_type == "application/pdf":
                with pikepdf.open(io.BytesIO(content.read())) as document:
                    return len(document.pages)
            return _small(content)
    except (OSError, SyntaxError, ValueError, pikepdf.PdfError, Image.DecompressionBombError):
        return 0


def _small(content: Any) -> bytes:
    """A picture upright, on white, its longer side LONGEST; ValueError where it has too many pixels."""
    picture = Image.open(content)
    # As at its upload: before anything is decoded, and whatever WeasyPrint has let the process do since.
    if picture.width * picture.height > MAX_PIXELS:
        raise ValueError(f"{picture.size} are too many pixels")
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    picture.draft("RGB", (2 * LONGEST, 2 * LONGEST))
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((LONGEST, LONGEST))
    if upright.mode != "RGB":
        opaque = upright.convert("RGBA")
        white = Image.new("RGBA", opaque.size, "white")
        upright = Image.alpha_composite(white, opaque).convert("RGB")
    written = io.BytesIO()
    upright.save(written, "JPEG", quality=QUALITY)
    return written.getvalue()
