import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.utils.safestring import mark_safe
from pytest_django import Settings

from waterservice import pdf
from waterservice.pdf import DOCUMENTS, PaperFetcher, qr_svg, render_pdf

PAPER = """<!DOCTYPE html><html lang="zh-CN"><head><title>{{ title }}</title></head><body>
<style>.serif { font-family: "Hall Serif" } .sans { font-family: "Hall Sans" }</style>
<p class="serif">供用水合同 <b>甲方</b> {{ name }}</p><p class="sans">受理编号 <b>NC-2026-000001</b></p>
{{ qr }}{{ more }}</body></html>"""


@pytest.fixture(autouse=True)
def _paper(settings: Settings) -> None:
    loader = ("django.template.loaders.locmem.Loader", {"paper.html": PAPER})
    settings.TEMPLATES = [
        {"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {"loaders": [loader]}}
    ]


@pytest.fixture
def other_fonts(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """A machine on which the fonts are not installed."""
    settings.FONT_DIR = tmp_path
    pdf._press.cache_clear()
    yield tmp_path
    pdf._press.cache_clear()


def fonts_of(content: bytes) -> dict[str, Any]:
    """The fonts of a PDF's pages by their names, without the letters that mark a subset."""
    with pikepdf.open(io.BytesIO(content)) as document:
        return {
            str(font.BaseFont).rpartition("+")[2]: (
                "/ToUnicode" in font,
                "/FontFile2" in font.DescendantFonts[0].FontDescriptor,
            )
            for page in document.pages
            for font in page.resources.Font.values()
        }


def test_both_families_are_embedded_in_both_weights_with_their_text_readable() -> None:
    fonts = fonts_of(render_pdf("paper.html", {"name": "王建国"}))
    assert set(fonts) == {"Hall-Serif", "Hall-Serif-Bold", "Hall-Sans", "Hall-Sans-Bold"}
    assert set(fonts.values()) == {(True, True)}


def test_only_the_signs_in_use_are_embedded() -> None:
    assert len(render_pdf("paper.html", {"name": "王建国"})) < 60_000


def test_the_same_input_gives_the_same_bytes() -> None:
    first = render_pdf("paper.html", {"name": "王建国", "qr": qr_svg("7K3M-9XQ2-VB4T")})
    render_pdf("paper.html", {"name": "张敏"})
    assert render_pdf("paper.html", {"name": "王建国", "qr": qr_svg("7K3M-9XQ2-VB4T")}) == first


def test_threads_print_the_same_as_one() -> None:
    names = ["王建国", "张敏", "李工", "赵"] * 2
    alone = {name: render_pdf("paper.html", {"name": name}) for name in set(names)}
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda name: render_pdf("paper.html", {"name": name}), names))
    assert together == [alone[name] for name in names]


def test_names_are_printed_as_text_not_as_markup() -> None:
    plain = render_pdf("paper.html", {"name": "王"})
    marked = render_pdf("paper.html", {"name": '<img src="file:///etc/passwd">'})
    assert marked != plain


def test_rare_characters_of_names_are_there() -> None:
    render_pdf("paper.html", {"name": "喆㛃䶮𬭎𫖮龘"})


@pytest.mark.parametrize("sign", ["𠮷", "😀"])
def test_a_sign_that_would_print_as_a_box_is_refused_by_its_name(sign: str) -> None:
    with pytest.raises(ValidationError, match=f"{sign} .U\\+{ord(sign):04X}"):
        render_pdf("paper.html", {"name": sign})


def test_a_missing_font_is_an_error_and_no_paper(other_fonts: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"NotoSerifSC_400Regular\.ttf"):
        render_pdf("paper.html", {"name": "王"})


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "doc:../../manage.py",
        "doc:%2e%2e/%2e%2e/manage.py",
        "doc:/etc/passwd",
        "doc:no_such_seal.svg",
        "../../manage.py",
        "https://example.cn/seal.png",
        "ftp://example.cn/seal.png",
    ],
)
def test_a_paper_that_names_a_foreign_or_missing_file_is_not_printed(address: str) -> None:
    with pytest.raises(OSError, match=r"paper\.html"):
        render_pdf("paper.html", {"more": mark_safe(f'<img src="{address}">')})  # noqa: S308


def test_papers_may_use_the_files_of_their_folder() -> None:
    for address in ("doc:paper.css", (DOCUMENTS / "paper.css").as_uri()):
        response = PaperFetcher().fetch(address)
        assert response.read() == (DOCUMENTS / "paper.css").read_bytes()
        response.close()


def test_a_qr_code_scales_with_the_stylesheet_and_holds_no_markup_of_its_text() -> None:
    svg = qr_svg('"><script>')
    assert svg.startswith("<svg ")
    assert "viewBox=" in svg
    assert not {"width=", "height=", "style=", "script"} & set(svg.replace("<", " ").split())
    assert "script" not in svg
    assert qr_svg("a") != qr_svg("b")
