"""Small pictures of stored files: made once, upright, never of a bomb, and nothing legible on them."""

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest
from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import ExifTags, Image

from waterservice.files import store_bytes, store_upload
from waterservice.models import StoredFile
from waterservice.thumbnails import LONGEST, thumbnail

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_cache() -> Iterator[None]:
    caches["thumbnails"].clear()
    yield
    caches["thumbnails"].clear()


def kept(picture: Image.Image, form: str = "JPEG", **options: object) -> StoredFile:
    written = io.BytesIO()
    picture.save(written, form, **options)
    return store_bytes(written.getvalue(), name=f"scan.{form.lower()}", content_type=f"image/{form.lower()}", by=None)


def shown(stored: StoredFile) -> Image.Image:
    made = thumbnail(stored)
    assert made.content_type == "image/jpeg"
    return Image.open(io.BytesIO(made.content))


def test_a_picture_is_made_small_in_its_proportions() -> None:
    assert shown(kept(Image.new("RGB", (1600, 1200), "navy"))).size == (LONGEST, LONGEST * 3 // 4)


def test_a_picture_taken_with_the_phone_on_its_side_stands_upright() -> None:
    turned = Image.Exif()
    turned[ExifTags.Base.Orientation] = 6
    width, height = shown(kept(Image.new("RGB", (1600, 1200)), exif=turned)).size
    assert width < height == LONGEST


def test_what_is_transparent_lies_on_white() -> None:
    small = shown(kept(Image.new("RGBA", (400, 400), (0, 0, 0, 0)), "PNG"))
    assert small.getpixel((5, 5)) == (255, 255, 255)


def test_a_picture_is_decoded_once() -> None:
    stored = kept(Image.new("RGB", (800, 600), "green"))
    first = thumbnail(stored)
    Path(stored.file.path).unlink()
    assert thumbnail(stored) == first


def test_a_pdf_says_how_many_pages_it_has() -> None:
    document, written = pikepdf.new(), io.BytesIO()
    for _page in range(3):
        document.add_blank_page()
    document.save(written)
    made = thumbnail(store_bytes(written.getvalue(), name="a.pdf", content_type="application/pdf", by=None))
    assert made.content_type == "image/svg+xml"
    assert "3 pages" in made.content.decode()


def bomb() -> bytes:
    """A PNG of a few hundred bytes that says it has 20,000 × 20,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    parts = (b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 999)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, data) for kind, data in parts)


def test_a_bomb_is_refused_at_the_door_and_not_unfolded_behind_it() -> None:
    with pytest.raises(ValidationError, match="too many pixels"):
        store_upload(SimpleUploadedFile("bomb.png", bomb()), by=None)
    made = thumbnail(store_bytes(bomb(), name="bomb.png", content_type="image/png", by=None))
    assert made.content_type == "image/svg+xml"


def test_what_is_damaged_or_gone_has_a_bare_sheet() -> None:
    damaged = store_bytes(b"\xff\xd8\xff nothing", name="a.jpg", content_type="image/jpeg", by=None)
    assert thumbnail(damaged).content_type == "image/svg+xml"
    gone = kept(Image.new("RGB", (10, 10)))
    Path(gone.file.path).unlink()
    assert thumbnail(gone).content_type == "image/svg+xml"
