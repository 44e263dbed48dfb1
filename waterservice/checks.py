"""System checks: what this machine lacks, or has too much of, said at the start instead of in mid-work."""

import ctypes
import importlib.util
from collections.abc import Sequence
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Warning, register

FONTS = [
    "noto-serif-sc/400Regular",
    "noto-serif-sc/700Bold",
    "noto-sans-sc/400Regular",
    "noto-sans-sc/700Bold",
]


@register("waterservice")
def psycopg2_in_use(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """E001: Django prefers psycopg 3 as soon as any package brings it, in its slow pure-Python build."""
    if importlib.util.find_spec("psycopg") is None:
        return []
    return [
        Error(
            "psycopg 3 is installed, and Django prefers it to psycopg2.",
            hint="Uninstall psycopg, or make the virtual environment anew: rm -r .venv && make setup",
            id="waterservice.E001",
        )
    ]


@register("waterservice")
def papers_can_be_printed(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """W001: without the fonts papers have no Chinese; I001: without HarfBuzz' subsetter they take long."""
    messages: list[CheckMessage] = []
    absent = [font for font in FONTS if not any((settings.FONT_DIR / font).glob("*.ttf"))]
    if absent:
        messages.append(
            Warning(
                f"Fonts of the papers are missing: {', '.join(absent)}.",
                hint=f"make setup puts them into {settings.FONT_DIR}",
                id="waterservice.W001",
            )
        )
    try:
        ctypes.CDLL("libharfbuzz-subset.so.0")
    except OSError:
        messages.append(
            Info(
                "libharfbuzz-subset is missing: papers take ten times as long, about a second a page.",
                hint="apt-get install libharfbuzz-subset0 (Debian 12, Ubuntu 24.04 and later)",
                id="waterservice.I001",
            )
        )
    return messages


@register("waterservice")
def browser_assets_present(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """W002: without Tabler the pages have no looks."""
    vendor = settings.BASE_DIR / "var" / "assets" / "vendor"
    if (vendor / "tabler.min.css").exists():
        return []
    return [Warning("Browser assets are missing.", hint="make setup", id="waterservice.W002")]
