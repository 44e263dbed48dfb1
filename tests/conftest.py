"""Fixtures for all tests. What merely differs from the program's own settings is in tests/settings.py."""

import signal
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db.backends.postgresql import base as postgresql
from django.db.backends.sqlite3 import base as sqlite
from hypothesis import settings as hypothesis
from playwright.sync_api import Browser, ConsoleMessage, Page, WebError, sync_playwright
from pytest_django import Settings

from tests import chromium as chromium_of_this_machine
from tests import settings as test_settings

# The same examples in every run, so that what fails fails for everybody.
# --hypothesis-profile=default looks for new ones.
hypothesis.register_profile("repeatable", derandomize=True, print_blob=True)
hypothesis.load_profile("repeatable")

pytest_plugins = ["tests.cases", "tests.imports"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keeps the browser's tests on one worker, so that only one Chromium is started."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("browser"))


def pytest_unconfigure() -> None:
    test_settings.var.cleanup()


@pytest.fixture(autouse=True, scope="session")
def _emptying_tables_lifts_the_triggers() -> Iterator[None]:
    """After a test with real transactions Django empties every table: PostgreSQL truncates, SQLite deletes, and the
    ledgers refuse both. Around that alone their triggers are taken away."""
    truncates, deletes = postgresql.DatabaseOperations.sql_flush, sqlite.DatabaseOperations.sql_flush

    def unwatched(self: postgresql.DatabaseOperations, *args: Any, **kwargs: Any) -> list[str]:
        statements = truncates(self, *args, **kwargs)
        return ["SET session_replication_role = replica", *statements, "SET session_replication_role = DEFAULT"]

    def lifted(self: sqlite.DatabaseOperations, *args: Any, **kwargs: Any) -> list[str]:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
        drops = [f"DROP TRIGGER {name}" for name, _sql in triggers]
        return [*drops, *deletes(self, *args, **kwargs), *(sql for _name, sql in triggers)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgresql.DatabaseOperations, "sql_flush", unwatched)
        patch.setattr(sqlite.DatabaseOperations, "sql_flush", lifted)
        yield


@pytest.fixture(autouse=True)
def _no_cache_from_another_test() -> Iterator[None]:
    yield
    cache.clear()


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Ctrl-C interrupts, also where the tests were started in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


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
