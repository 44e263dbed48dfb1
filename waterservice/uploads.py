"""The kinds of file that are taken in: how each is recognised by its content, and what of it is refused."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import filetype
import pikepdf
from django.utils.translation import gettext_lazy as _
from PIL import ExifTags, Image, ImageFile

from waterservice.text import Words

MAX_PIXELS = 50_000_000  # an A4 page at 600 dots an inch has 35 million
# Where cameras and programs write places, devices, names and former versions of a picture.
HIDDEN_DATA = {"exif", "xmp", "XML:com.adobe.xmp", "photoshop", "comment", "Raw profile type exif"}


class Unacceptable(Exception):
    """Why content is refused; the message names the file as %(name)s."""

    def __init__(self, message: Words, code: str) -> None:
        super().__init__(code)
        self.message, self.code = message, code


@dataclass(frozen=True)
class UploadKind:
    """A kind of file; `accept` returns the bytes to keep or raises Unacceptable."""

    mime: str
    label: str
    endings: tuple[str, ...]
    accept: Callable[[bytes], bytes]


def kind_of(content: bytes) -> UploadKind | None:
    """The kind that content is by its first bytes; None for every kind that is not taken in."""
    found = filetype.guess(content)
    return next((kind for kind in ALLOWED if found is not None and kind.mime == found.mime), None)


def accept_picture(content: bytes) -> bytes:
    """A picture that can be decoded whole, without hidden data; untouched when there is none in it."""
    try:
        picture = Image.open(io.BytesIO(content))
        # Before anything is decoded: a few kilobytes can unfold into gigabytes.
        if picture.width * picture.height > MAX_PIXELS:
            raise Image.DecompressionBombError
        # WeasyPrint, once imported, lets the whole process take pictures that were cut short.
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise Unacceptable(
            _("“%(name)s” has too many pixels. Scan it with a lower resolution."), "too_many_pixels"
        ) from bomb
    except (OSError, SyntaxError, ValueError) as damage:
        raise Unacceptable(_("“%(name)s” is damaged and cannot be opened. Scan it again."), "damaged") from damage
    if HIDDEN_DATA.isdisjoint(picture.info):
        return content
    return _without_hidden_data(picture)


def _without_hidden_data(picture: Image.Image) -> bytes:
    """The picture written anew: same pixels as near as its format allows, upright as before, colours kept."""
    upright = Image.Exif()
    if orientation := picture.getexif().get(ExifTags.Base.Orientation):
        upright[ExifTags.Base.Orientation] = orientation
    options: dict[str, Any] = {"exif": upright, "icc_profile": picture.info.get("icc_profile")}
    match picture.format:
        case "JPEG":
            options["quality"] = "keep"
        case "MPO":  # a JPEG with a second picture behind it; the first is the one that is seen
            options["quality"] = 95
        case "WEBP":
            options["quality"] = 95
    for key in HIDDEN_DATA:
        picture.info.pop(key, None)
    written = io.BytesIO()
    picture.save(written, format="JPEG" if picture.format == "MPO" else picture.format, **options)
    return written.getvalue()


def accept_pdf(content: bytes) -> bytes:
    """A PDF that opens without a password, has a page, and starts nothing when it is opened."""
    try:
        with pikepdf.open(io.BytesIO(content)) as document:
            pages = len(document.pages)
            harmful = any(_starts_something(node) for node in _dictionaries(document))
    except pikepdf.PasswordError as locked:
        raise Unacceptable(_("“%(name)s” is locked with a password. Save it without one."), "password") from locked
    except pikepdf.PdfError as damage:
        raise Unacceptable(_("“%(name)s” is damaged and cannot be opened. Scan it again."), "damaged") from damage
    if harmful:
        raise Unacceptable(
            _("“%(name)s” holds a script or starts a program. Print it to a new PDF and hand in that."),
            "script",
        )
    if not pages:
        raise Unacceptable(_("“%(name)s” has no pages."), "no_pages")
    return content


def _starts_something(node: pikepdf.Object) -> bool:
    """Whether a dictionary of a PDF is an action that runs a script or a program, or a form that has some."""
    return "/JS" in node or "/XFA" in node or node.get("/S") in ("/JavaScript", "/Launch")


def _dictionaries(document: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Every dictionary of a PDF: those of its numbered objects, and those written inside others."""
    for numbered in document.objects:
        waiting = [numbered]
        while waiting:
            node = waiting.pop()
            if isinstance(node, pikepdf.Stream):
                node = node.stream_dict
            if isinstance(node, pikepdf.Dictionary):
                yield node
                children = [child for _key, child in node.items()]
            elif isinstance(node, pikepdf.Array):
                children = list(node)
            else:
                continue
            waiting += [child for child in children if isinstance(child, pikepdf.Object) and not child.is_indirect]


ALLOWED = (
    UploadKind("application/pdf", "PDF", (".pdf",), accept_pdf),
    UploadKind("image/jpeg", "JPEG", (".jpg", ".jpeg"), accept_picture),
    UploadKind("image/png", "PNG", (".png",), accept_picture),
    UploadKind("image/webp", "WebP", (".webp",), accept_picture),
)
