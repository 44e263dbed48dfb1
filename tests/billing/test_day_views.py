"""The screens of the cashier's day: who sees and closes what, what is typed survives a refusal."""

import io
from datetime import timedelta
from decimal import Decimal

import openpyxl
import pytest
import time_machine
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role, User
from billing import selectors, services
from billing.models import DaySheet, Statement
from tests.billing.conftest import NOW, Enter, body, staff

YUAN = Decimal


@pytest.fixture
def sheet(owing: Statement, cashier: User) -> DaySheet:
    """60.00 in cash and 30.00 by card on today's sheet."""
    services.record_payment(statement=owing, amount=YUAN("60.00"), method="cash", by=cashier)
    services.record_payment(statement=owing, amount=YUAN("30.00"), method="card", by=cashier, reference="K-1")
    found: DaySheet = DaySheet.objects.get()
    return found


@pytest.fixture
def closed(sheet: DaySheet, cashier: User) -> DaySheet:
    counted = selectors.recorded(selectors.takings_of(sheet))
    return services.close_day(sheet=sheet, counted=counted, explanations={}, by=cashier)


@pytest.mark.embedded
def test_a_cashier_counts_and_closes_the_day(enter: Enter, cashier: User, sheet: DaySheet) -> None:
    client, address = enter(cashier), reverse("billing:close-day", args=[sheet.pk])
    assert address in body(client.get(reverse("billing:day")))
    assert "not counted yet" in body(client.get(address))
    values = {"note-50.00": "1", "note-10.00": "1", "counted-card": "30.00"}
    page = client.post(address, values, follow=True)
    assert page.redirect_chain == [(reverse("billing:sheet", args=[sheet.pk]), 302)]
    assert "waits for the duty manager" in body(page)
    assert "¥50.00 × 1 · ¥10.00 × 1" in body(page)
    assert "This day is closed." in body(client.get(reverse("billing:day")))
    assert client.get(address).status_code == 302


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"counted-card": "30.00"}, "Count the cash"),
        ({"counted-cash": "60.00"}, "This field is required"),
        ({"counted-cash": "60.00", "note-50.00": "1", "counted-card": "30.00"}, "come to ¥50.00"),
        ({"counted-cash": "59.00", "counted-card": "30.00"}, "Explain the difference"),
        ({"counted-cash": "1e9", "counted-card": "30.00"}, "Enter an amount"),
        ({"counted-cash": "60.00", "counted-card": "NaN"}, "Enter an amount"),
        ({"note-50.00": "-1", "counted-card": "30.00"}, "greater than or equal to 0"),
    ],
)
def test_a_count_that_does_not_do_keeps_what_was_typed(
    enter: Enter, cashier: User, sheet: DaySheet, values: dict[str, str], words: str
) -> None:
    answer = enter(cashier).post(reverse("billing:close-day", args=[sheet.pk]), values | {"why-card": "typed before"})
    assert answer.status_code == 422
    assert words in body(answer)
    assert "typed before" in body(answer)
    assert not DaySheet.objects.get().closed


def test_a_difference_is_shown_while_one_counts(enter: Enter, cashier: User, sheet: DaySheet) -> None:
    address = reverse("billing:counted", args=[sheet.pk])
    page = body(enter(cashier).get(address, {"note-50.00": "1", "counted-card": "30"}))
    assert "-¥10.00" in page
    assert "agrees" in page


@pytest.mark.embedded
def test_the_duty_manager_countersigns_what_others_closed(enter: Enter, manager: User, closed: DaySheet) -> None:
    client = enter(manager)
    assert closed.cashier.name in body(client.get(reverse("billing:days")))
    page = client.post(reverse("billing:countersign", args=[closed.pk]), follow=True)
    assert "The day is countersigned." in body(page)
    again = client.post(reverse("billing:countersign", args=[closed.pk]), follow=True)
    assert "countersigned already" in body(again)


def test_the_duty_manager_closes_the_day_of_somebody_who_is_away_and_another_countersigns(
    enter: Enter, manager: User, sheet: DaySheet
) -> None:
    values = {"counted-cash": "60.00", "counted-card": "30.00"}
    page = enter(manager).post(reverse("billing:close-day", args=[sheet.pk]), values, follow=True)
    assert "Countersign</button>" not in body(page)
    other = enter(staff("second", Role.DUTY_MANAGER))
    assert "Countersign</button>" in body(other.get(reverse("billing:sheet", args=[sheet.pk])))


def test_a_cashier_sees_and_closes_their_own_days_only(
    enter: Enter, cashier: User, other_cashier: User, clerk: User, sheet: DaySheet
) -> None:
    names = ("sheet", "close-day", "counted", "sheet-paper", "sheet-export")
    for name in names:
        assert enter(other_cashier).get(reverse(f"billing:{name}", args=[sheet.pk])).status_code == 404
        assert enter(clerk).get(reverse(f"billing:{name}", args=[sheet.pk])).status_code == 403
    assert "Cashier" not in body(enter(other_cashier).get(reverse("billing:days"))).partition("<main")[2]
    assert enter(cashier).post(reverse("billing:countersign", args=[sheet.pk])).status_code == 403
    deputy = enter(staff("deputy", Role.DEPUTY_GENERAL_MANAGER))
    assert deputy.get(reverse("billing:close-day", args=[sheet.pk])).status_code == 403


def test_a_day_that_nobody_closed_is_on_the_list(enter: Enter, cashier: User, sheet: DaySheet) -> None:
    with time_machine.travel(NOW + timedelta(days=1), tick=True):
        assert "should have been closed" in body(enter(cashier).get(reverse("billing:days")))


def test_a_closed_day_is_exported_and_printed_as_it_was_kept(enter: Enter, cashier: User, closed: DaySheet) -> None:
    client = enter(cashier)
    export = client.get(reverse("billing:sheet-export", args=[closed.pk]))
    rows = list(openpyxl.load_workbook(io.BytesIO(export.content)).worksheets[0].values)
    assert [row[7] for row in rows[1:]] == [60, 30]
    paper = client.get(reverse("billing:sheet-paper", args=[closed.pk]))
    assert paper.content.startswith(b"%PDF")


def test_an_open_day_has_no_paper(enter: Enter, cashier: User, sheet: DaySheet) -> None:
    for name in ("sheet-export", "sheet-paper"):
        assert enter(cashier).get(reverse(f"billing:{name}", args=[sheet.pk])).status_code == 404


def test_the_list_of_days_does_not_ask_more_for_more_days(
    enter: Enter, owing: Statement, cashier: User, manager: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for back in range(6):
        with time_machine.travel(NOW - timedelta(days=back), tick=True):
            services.record_payment(statement=owing, amount=YUAN("1.00"), method="cash", by=cashier)
            if back % 2:
                (sheet,) = selectors.open_day_sheets().filter(day=(NOW - timedelta(days=back)).date())
                counted = selectors.recorded(selectors.takings_of(sheet))
                services.close_day(sheet=sheet, counted=counted, explanations={}, by=cashier)
    client = enter(manager)
    with django_assert_max_num_queries(13):
        client.get(reverse("billing:days"))
