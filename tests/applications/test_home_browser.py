"""A role's home in a real Chromium, without the mouse."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from applications.models import Application
from applications.stages import Stage
from applications.tour.cast import colleague
from tests.applications.test_homes import set_columns
from tests.billing.test_book_browser import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_filters_work_from_the_keyboard_and_the_list_keeps_its_place(
    case_at: Callable[..., Application], page: Page, live_server: LiveServer
) -> None:
    now, designer = timezone.now(), colleague(Role.DESIGNER)
    designer.set_password("a long password")
    designer.save()
    late = [set_columns(case_at(Stage.SURVEY), holder=None, due_at=now) for _each in range(2)]
    set_columns(case_at(Stage.SURVEY), holder=None, due_at=None)
    sign_in(page, live_server.url, designer)
    page.goto(f"{live_server.url}/?folder=unclaimed")
    rows = page.locator("tr[data-row]")
    expect(rows).to_have_count(3)
    page.focus("#filter-light")
    page.keyboard.press("L")  # Late
    expect(rows).to_have_count(2)
    expect(page.locator("#filter-light")).to_be_focused()
    assert "light=late" in page.url
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}{late[1].get_absolute_url()}")
    page.go_back()
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_have_class("here")
    assert page.evaluate("Object.keys(localStorage)") == []
