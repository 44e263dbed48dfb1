"""Papers as PDF, by WeasyPrint: our fonts, our stylesheet, and nothing fetched from elsewhere."""

import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

import segno
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from weasyprint import CSS, HTML
from weasyprint.css.counters import CounterStyle
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

DOCUMENTS = Path(settings.BASE_DIR) / "static" / "documents"
FACES = {
    ("Hall Serif", 400): "noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf",
    ("Hall Serif", 700): "noto-serif-sc/700Bold/NotoSerifSC_700Bold.ttf",
    ("Hall Sans", 400): "noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf",
    ("Hall Sans", 700): "noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf",
}


class PaperFetcher(URLFetcher):
    """Fetches what lies in static/documents, also as “doc:name”, and the fonts; anything else is refused.

    A refusal or a missing file stops the rendering: a paper without its seal or its font is no paper.
    """

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("file", "data"), fail_on_errors=True)

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        if url.startswith("doc:"):
            url = (DOCUMENTS / unquote(url.removeprefix("doc:"))).as_uri()
        if url.startswith("file:"):
            path = Path(url2pathname(urlsplit(url).path)).resolve()
            if not any(path.is_relative_to(folder.resolve()) for folder in (DOCUMENTS, Path(settings.FONT_DIR))):
                raise PermissionError(f"{path} is no part of a paper.")
        return super().fetch(url, headers)


@dataclass(frozen=True)
class Press:
    """What all papers share: read and parsed once for the process, to save time and memory."""

    fetcher: PaperFetcher
    fonts: FontConfiguration
    counters: CounterStyle
    stylesheets: list[CSS]
    characters: frozenset[int]


@cache
def _press() -> Press:
    fetcher, fonts, counters = PaperFetcher(), FontConfiguration(), CounterStyle()
    files = {face: _font_file(name) for face, name in FACES.items()}
    rules = "".join(
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; src: url("{file.as_uri()}") }}\n'
        for (family, weight), file in files.items()
    )
    shared: dict[str, Any] = {"font_config": fonts, "counter_style": counters, "url_fetcher": fetcher}
    stylesheets = [CSS(string=rules, **shared), CSS(filename=DOCUMENTS / "paper.css", **shared)]
    in_every_font = frozenset.intersection(*(_characters(file) for file in files.values()))
    return Press(fetcher, fonts, counters, stylesheets, in_every_font)


# Pango's font map is shared, and not made for two threads at once.
_printing = threading.Lock()


def render_pdf(template_name: str, context: dict[str, Any]) -> bytes:
    """Print a template with static/documents/paper.css to PDF; the same input gives the same bytes.

    The stylesheet's families are "Hall Serif" and "Hall Sans", in weights 400 and 700. Raises
    ImproperlyConfigured when a font is not installed, ValidationError for a character that no font has (it
    would print as a box), and OSError for a file that the template names and may not have.
    """
    source = render_to_string(template_name, context)
    with _printing:
        press = _press()
        _require_characters(source, press.characters)
        try:
            html = HTML(string=source, base_url=f"{DOCUMENTS.as_uri()}/", url_fetcher=press.fetcher)
            content: bytes = html.write_pdf(
                stylesheets=press.stylesheets, font_config=press.fonts, counter_style=press.counters.copy()
            )
        except FatalURLFetchingError as refused:
            raise OSError(f"{template_name}: {refused} ({refused.__cause__})") from refused
    return content


def qr_svg(text: str) -> SafeString:
    """A QR code of a text as inline SVG without a size of its own: the stylesheet says how large."""
    svg: str = segno.make(text, error="m", micro=False).svg_inline(border=2, omitsize=True)
    return mark_safe(svg)  # noqa: S308 — drawn from the text, not containing it


def _font_file(name: str) -> Path:
    path = Path(settings.FONT_DIR) / name
    if not path.is_file():
        raise ImproperlyConfigured(f"The papers' font {path.name} is not in {settings.FONT_DIR}. Run `make setup`.")
    return path


def _characters(font: Path) -> frozenset[int]:
    with TTFont(font, lazy=True) as opened:
        return frozenset(opened.getBestCmap())


def _require_characters(source: str, available: frozenset[int]) -> None:
    lacking = sorted(sign for sign in set(source) if not sign.isspace() and ord(sign) not in available)
    if lacking:
        signs = ", ".join(f"{sign} (U+{ord(sign):04X})" for sign in lacking)
        raise ValidationError(
            _("The papers' fonts have no sign for %(signs)s. Write it in another way."),
            code="no_such_sign",
            params={"signs": signs},
        )
