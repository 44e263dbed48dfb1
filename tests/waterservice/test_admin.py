from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertRedirects

from waterservice.calendar import DayEntry, calendar, set_calendar_days
from waterservice.hours import CLOSE_OF_BUSINESS
from waterservice.models import PolicyValue
from waterservice.policies import set_policy

pytestmark = pytest.mark.django_db

POLICIES = reverse("admin:waterservice_policyvalue_changelist")
NEW_VALUE = reverse("admin:waterservice_policyvalue_add")
DAYS = reverse("admin:waterservice_calendarday_changelist")
NEW_DAY = reverse("admin:waterservice_calendarday_add")


@pytest.fixture
def client(administrator: Any, today: date) -> Client:
    """The administrator's browser, with English labels."""
    browser = Client()
    browser.cookies["django_language"] = "en"
    browser.force_login(administrator, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def change(client: Client, **values: str) -> Any:
    return client.post(NEW_VALUE, {"key": "hours.close", "effective_from": "2026-10-14", "note": "", **values})


def test_every_policy_is_shown_with_what_holds_today(client: Client, administrator: Any, today: date) -> None:
    set_policy(policy=CLOSE_OF_BUSINESS, value="16:30", effective_from=today, by=administrator)
    set_policy(policy=CLOSE_OF_BUSINESS, value="18:00", effective_from=date(2026, 12, 1), by=administrator)
    page = client.get(POLICIES)
    assertContains(page, "<td>16:30</td>", html=True)
    assertContains(page, "Largest upload")
    assertContains(page, "2026-12-01")


def test_a_policy_is_changed_from_a_day_on(client: Client, administrator: Any) -> None:
    assertRedirects(change(client, value="16:30", effective_from="2026-11-01", note="冬令时"), POLICIES)
    row = PolicyValue.objects.get()
    assert (row.value, row.effective_from, row.note) == ("16:30:00", date(2026, 11, 1), "冬令时")
    assert row.set_by == administrator
    assert PolicyValue.history.get().history_user == administrator


def test_the_same_day_twice_is_a_correction(client: Client) -> None:
    change(client, value="16:30")
    assertRedirects(change(client, value="16:00"), POLICIES)
    assert PolicyValue.objects.get().value == "16:00:00"


@pytest.mark.parametrize(
    "values", [{"value": "late"}, {"value": "16:30", "effective_from": "2026-10-13"}, {"value": "16:30", "key": "x"}]
)
def test_an_impossible_value_or_day_is_refused_in_the_form(client: Client, values: dict[str, str]) -> None:
    page = change(client, **values)
    assert page.status_code == 200
    assert page.context["adminform"].form.errors
    assert not PolicyValue.objects.exists()


def test_values_are_neither_edited_nor_deleted(client: Client, administrator: Any, today: date) -> None:
    row = set_policy(policy=CLOSE_OF_BUSINESS, value="16:30", effective_from=today, by=administrator)
    page = reverse("admin:waterservice_policyvalue_change", args=[row.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"value": "1"}).status_code == 403
    assert client.post(reverse("admin:waterservice_policyvalue_delete", args=[row.pk])).status_code == 403
    assert PolicyValue.objects.get() == row


def test_days_are_looked_at_here_and_changed_on_the_calendars_own_page(client: Client, administrator: Any) -> None:
    day = date(2026, 10, 16)
    (row,) = set_calendar_days(days=[DayEntry(day, False, "台风停工")], source="市府通告", by=administrator)
    assert "台风停工" in client.get(DAYS).content.decode()
    page = reverse("admin:waterservice_calendarday_change", args=[row.pk])
    assert client.post(page, {"working": "on", "name": "照常", "source": ""}).status_code == 403
    assert client.get(NEW_DAY).status_code == 403
    assert not calendar().is_working(day)


def test_others_have_no_business_here(clerk: Any) -> None:
    browser = Client()
    browser.force_login(clerk, backend="django.contrib.auth.backends.ModelBackend")
    for page in (POLICIES, NEW_VALUE, DAYS, NEW_DAY):
        assert browser.get(page).status_code in {302, 403}
