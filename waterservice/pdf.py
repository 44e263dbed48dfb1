"""Papers as PDF: WeasyPrint with one font configuration for the process and nothing fetched from outside."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import segno
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

FACES = {
    ("Hall Serif", 400): "noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf",
    ("Hall Serif", 700): "noto-serif-sc/700Bold/NotoSerifSC_700Bold.ttf",
    ("Hall Sans", 400): "noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf",
    ("Hall Sans", 700): "noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf",
}


def font_file(face: str) -> Path:
    """A font of the papers. Raises ImproperlyConfigured when it is not installed: boxes for words are no paper."""
    path = Path(settings.FONT_DIR) / face
    if not path.exists():
        raise ImproperlyConfigured(f"The papers' font is missing: {path.name}. Run `make setup`.")
    return path


@lru_cache(maxsize=1)
def _fonts() -> FontConfiguration:
    return FontConfiguration()


@lru_cache(maxsize=1)
def _fetcher() -> URLFetcher:
    """Only files of this machine: fonts and the stylesheet. Templates name no other address."""
    return URLFetcher(allowed_protocols=["file", "data"])


@lru_cache(maxsize=1)
def _stylesheets() -> list[CSS]:
    faces = "\n".join(
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; src: url("{font_file(face).as_uri()}"); }}'
        for (family, weight), face in FACES.items()
    )
    paper = Path(settings.BASE_DIR) / "static" / "documents" / "paper.css"
    return [
        CSS(string=faces, font_config=_fonts(), url_fetcher=_fetcher()),
        CSS(filename=str(paper), font_config=_fonts(), url_fetcher=_fetcher()),
    ]


def render_pdf(template_name: str, context: dict[str, Any]) -> bytes:
    """Render a template of `templates/documents/` to PDF. The same input gives the same bytes."""
    html = HTML(string=render_to_string(template_name, context), url_fetcher=_fetcher())
    content: bytes = html.write_pdf(stylesheets=_stylesheets(), font_config=_fonts())
    return content


def qr_svg(text: str) -> SafeString:
    """A QR code as inline SVG, dark on light."""
    svg: str = segno.make(text, error="m").svg_inline(scale=2, border=1, omitsize=True)
    return mark_safe(svg)  # noqa: S308 the markup is segno's, the text is encoded in it
