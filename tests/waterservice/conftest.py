"""What the tests of the tools share."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth import get_user_model
from pytest_django import Settings


@pytest.fixture
def clerk(db: None) -> Any:
    """Somebody of the staff."""
    return get_user_model().objects.create_user("zhang.min", name="张敏")


@pytest.fixture
def administrator(db: None) -> Any:
    """Who may change policies and the calendar."""
    return get_user_model().objects.create_superuser("admin", name="管理员")


@pytest.fixture
def media(settings: Settings, tmp_path: Path) -> Path:
    """A storage of the test's own."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def today() -> Any:
    """It is 2026-10-14 in Shanghai, noon."""
    with time_machine.travel("2026-10-14T12:00:00+08:00", tick=False):
        yield date(2026, 10, 14)
