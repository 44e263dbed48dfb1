import io
import struct
import zlib
from typing import Any

import pikepdf
import pytest
from PIL import ExifTags, Image

from waterservice.uploads import Unacceptable, accept_pdf, accept_picture, kind_of


def picture(kind: str, size: tuple[int, int] = (8, 4), **options: Any) -> bytes:
    image = Image.new("RGB", size)
    image.putpixel((0, 0), (200, 30, 30))
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def pdf(change: Any = None, **save: Any) -> bytes:
    document = pikepdf.new()
    document.add_blank_page()
    if change:
        change(document)
    written = io.BytesIO()
    document.save(written, **save)
    return written.getvalue()


def refusal(accept: Any, content: bytes) -> str:
    with pytest.raises(Unacceptable) as refused:
        accept(content)
    assert "%(name)s" in str(refused.value.message)
    return refused.value.code


@pytest.mark.parametrize(
    ("content", "mime"),
    [
        (pdf(), "application/pdf"),
        (picture("JPEG"), "image/jpeg"),
        (picture("PNG"), "image/png"),
        (picture("WEBP"), "image/webp"),
        (picture("GIF"), None),
        (picture("TIFF"), None),
        (b"<html><script>alert(1)</script>", None),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', None),
        (b"PK\x03\x04 a workbook or a program", None),
        (b"MZ\x90\x00", None),
        (b"", None),
    ],
)
def test_content_decides_the_kind(content: bytes, mime: str | None) -> None:
    kind = kind_of(content)
    assert (kind.mime if kind else None) == mime


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_without_hidden_data_stays_as_it_is(kind: str) -> None:
    content = picture(kind)
    assert accept_picture(content) == content


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "MPO"])
def test_places_and_devices_are_taken_out_and_the_picture_stays_upright(kind: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "Telephone of Zhang Min"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    more: dict[str, Any] = {"append_images": [Image.new("RGB", (8, 4))], "save_all": True} if kind == "MPO" else {}
    content = picture(kind, exif=exif, **more)
    assert b"Zhang Min" in content
    kept = accept_picture(content)
    assert b"Zhang Min" not in kept
    opened = Image.open(io.BytesIO(kept))
    assert opened.size == (8, 4)
    assert dict(opened.getexif()) == {ExifTags.Base.Orientation: 6}
    assert not opened.getexif().get_ifd(ExifTags.IFD.GPSInfo)


def test_comments_and_what_lies_behind_the_picture_go_too() -> None:
    content = picture("JPEG", comment=b"seen by everybody") + b"<script>a film with sound</script>"
    kept = accept_picture(content)
    assert b"seen by everybody" not in kept
    assert b"script" not in kept


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_cut_short_is_refused(kind: str) -> None:
    content = picture(kind, (64, 64))
    assert refusal(accept_picture, content[: len(content) // 2]) == "damaged"


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes that would unfold into width × height pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = b"IDAT" + zlib.compress(bytes(1000))
    chunks = [
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in (header, pixels)
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize("side", [7_072, 10_000, 60_000])
def test_an_image_bomb_is_refused_before_it_unfolds(side: int) -> None:
    assert refusal(accept_picture, png_that_claims(side, side)) == "too_many_pixels"


def test_a_scan_of_a_whole_page_is_no_bomb() -> None:
    content = picture("PNG", (4960, 7016))
    assert accept_picture(content) == content


def test_a_plain_pdf_stays_as_it_is() -> None:
    content = pdf()
    assert accept_pdf(content) == content


def script() -> pikepdf.Dictionary:
    return pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))


def open_action(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = script()


def numbered_open_action(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = document.make_indirect(script())


def page_action(document: pikepdf.Pdf) -> None:
    document.pages[0].AA = pikepdf.Dictionary(O=script())


def named_script(document: pikepdf.Pdf) -> None:
    names = pikepdf.Array([pikepdf.String("start"), script()])
    document.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=names))


def launch(document: pikepdf.Pdf) -> None:
    action = pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("calc.exe"))
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, A=action)
    document.pages[0].Annots = pikepdf.Array([link])


def form_with_scripts(document: pikepdf.Pdf) -> None:
    document.Root.AcroForm = pikepdf.Dictionary(XFA=document.make_stream(b"<xdp/>"))


@pytest.mark.parametrize(
    "hide", [open_action, numbered_open_action, page_action, named_script, launch, form_with_scripts]
)
@pytest.mark.parametrize("packed", [pikepdf.ObjectStreamMode.disable, pikepdf.ObjectStreamMode.generate])
def test_a_pdf_that_starts_something_is_refused(hide: Any, packed: Any) -> None:
    assert refusal(accept_pdf, pdf(hide, object_stream_mode=packed)) == "script"


def test_a_link_to_a_page_starts_nothing() -> None:
    def link(document: pikepdf.Pdf) -> None:
        action = pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String("https://example.cn"))
        document.pages[0].Annots = pikepdf.Array([pikepdf.Dictionary(Subtype=pikepdf.Name.Link, A=action)])

    content = pdf(link)
    assert accept_pdf(content) == content


def test_a_pdf_with_a_password_is_refused() -> None:
    locked = pikepdf.Encryption(user="secret", owner="secret")
    assert refusal(accept_pdf, pdf(encryption=locked)) == "password"


def test_a_pdf_that_anybody_can_open_is_taken_though_its_owner_locked_it() -> None:
    """Electronic invoices come like this."""
    content = pdf(encryption=pikepdf.Encryption(user="", owner="issuer"))
    assert accept_pdf(content) == content


def test_a_pdf_without_pages_or_without_sense_is_refused() -> None:
    empty = io.BytesIO()
    pikepdf.new().save(empty)
    assert refusal(accept_pdf, empty.getvalue()) == "no_pages"
    assert refusal(accept_pdf, b"%PDF-1.7 and nothing more") == "damaged"
