"""Fixtures for all tests. What merely differs from the program's own settings is in tests/settings.py."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, ConsoleMessage, Page, WebError, sync_playwright
from pytest_django import Settings

from tests import chromium as chromium_of_this_machine
from tests import settings as test_settings

pytest_plugins = ["tests.cases"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keeps the browser's tests on one worker, so that only one Chromium is started."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("browser"))


def pytest_unconfigure() -> None:
    test_settings.var.cleanup()


@pytest.fixture(autouse=True)
def _no_cache_from_another_test() -> Iterator[None]:
    yield
    cache.clear()


@pytest.fixture
def lockout(settings: Settings) -> None:
    """Sign-in locks after failures, as it does in the program; elsewhere in the tests it doesn't."""
    settings.AXES_ENABLED = True


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One Chromium for the whole session; a test wants `page`."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's event loop lives in the tests' own thread, where Django sees it and refuses the ORM.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = chromium_of_this_machine.launch(playwright, tmp_path_factory.mktemp("chromium"))
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh page of a counter's screen; fails the test when a script fails or the CSP is broken."""
    context = chromium.new_context(**chromium_of_this_machine.COUNTER_SCREEN)
    context.set_default_timeout(10_000)
    faults: list[str] = []

    def note_console(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            faults.append(message.text)

    def note_error(error: WebError) -> None:
        faults.append(str(error.error))

    context.on("console", note_console)
    context.on("weberror", note_error)
    yield context.new_page()
    context.close()
    assert not faults, "\n".join(faults)
