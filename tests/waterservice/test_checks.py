from pathlib import Path

import pytest
from django.core.checks import INFO, CheckMessage
from pytest_django import Settings

from waterservice import checks


def faults(messages: list[CheckMessage]) -> list[str]:
    """What stands in the way; a slow machine (I001) doesn't."""
    return [str(message.id) for message in messages if message.level > INFO]


def test_this_machine_has_what_papers_and_pages_need() -> None:
    assert faults(checks.papers_can_be_printed(None)) == []
    assert faults(checks.browser_assets_present(None)) == []
    assert faults(checks.psycopg2_in_use(None)) == []


def test_missing_fonts_and_assets_are_said(settings: Settings, tmp_path: Path) -> None:
    settings.FONT_DIR = settings.BASE_DIR = tmp_path
    assert faults(checks.papers_can_be_printed(None)) == ["waterservice.W001"]
    assert faults(checks.browser_assets_present(None)) == ["waterservice.W002"]


def test_psycopg3_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "psycopg.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert faults(checks.psycopg2_in_use(None)) == ["waterservice.E001"]
