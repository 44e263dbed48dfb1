"""A round of readings in a real Chromium, without the mouse; and a run that shows its progress."""

from datetime import date

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import ReadingBook, User
from billing import services
from billing.models import Bill, Reading
from tests.billing.conftest import TODAY, Make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in(page: Page, address: str, user: User) -> None:
    page.goto(f"{address}/sign-in/")
    page.fill("[name=username]", user.username)
    page.fill("[name=password]", "a long password")
    page.press("[name=password]", "Enter")
    expect(page.locator(".hall-person")).to_be_visible()


def test_a_round_is_typed_in_without_the_mouse(
    prices: None, in_book: Make, book: ReadingBook, reader: User, page: Page, live_server: LiveServer
) -> None:
    fine, suspicious, wrong, last = [in_book() for _each in range(4)]
    for place, month in enumerate((3, 4, 5)):
        services.issue_bill(
            account=suspicious,
            period_start=date(2026, month, 1),
            period_end=date(2026, month, 28),
            opening=100 + 10 * place,
            closing=110 + 10 * place,
            by=reader,
        )
    sign_in(page, live_server.url, reader)
    page.goto(f"{live_server.url}/billing/books/C01/")
    expect(page.locator(f"[name=reading-{fine.pk}]")).to_be_focused()
    keys = page.keyboard
    for typed in ("112", "900", "99", "120"):
        keys.type(typed)
        keys.press("Enter")
    expect(page.locator(f"#verdict-{fine.pk}")).to_contain_text("12 m³")
    expect(page.locator(f"#verdict-{wrong.pk}")).to_contain_text("100 m³ on 2026-01-01")
    expect(page.locator("button[data-next]")).to_be_focused()
    keys.press("Enter")
    expect(page.locator(".alert").first).to_contain_text("2 readings saved")
    assert set(Reading.objects.values_list("account", flat=True)) == {fine.pk, last.pk}
    expect(page.locator(f"[name=reading-{suspicious.pk}]")).to_be_focused()
    expect(page.locator(f"[name=reading-{wrong.pk}]")).to_have_value("99")
    keys.press("Tab")
    expect(page.locator(f"[name=sure-{suspicious.pk}]")).to_be_focused()
    keys.press("Space")
    keys.press("Enter")
    expect(page.locator(f"[name=reading-{wrong.pk}]")).to_be_focused()
    keys.type("101")
    keys.press("ArrowDown")
    expect(page.locator("button[data-next]")).to_be_focused()
    keys.press("Enter")
    expect(page.locator(".alert")).to_contain_text("2 readings saved")
    assert Reading.objects.count() == 4


def test_what_was_typed_survives_a_reload(
    prices: None, in_book: Make, book: ReadingBook, reader: User, page: Page, live_server: LiveServer
) -> None:
    account = in_book()
    sign_in(page, live_server.url, reader)
    page.goto(f"{live_server.url}/billing/books/C01/")
    expect(page.locator(f"[name=reading-{account.pk}]")).to_be_focused()
    page.keyboard.type("125")
    expect(page.locator(f"#verdict-{account.pk}")).to_contain_text("25 m³")
    page.reload()
    expect(page.locator(f"[name=reading-{account.pk}]")).to_have_value("125")


def test_a_run_goes_on_by_itself_to_its_result(
    prices: None,
    in_book: Make,
    book: ReadingBook,
    reader: User,
    page: Page,
    live_server: LiveServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("billing.book_views.BATCH", 2)
    for _each in range(5):
        services.record_reading(account=in_book(), reading=130, read_on=TODAY, by=reader)
    sign_in(page, live_server.url, reader)
    page.goto(f"{live_server.url}/billing/books/C01/billing/")
    page.click("#run button")
    expect(page.locator(".alert")).to_contain_text("5 bills issued")
    assert Bill.objects.count() == 5
