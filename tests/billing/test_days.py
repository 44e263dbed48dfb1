"""The cashier's day (日结): counted against recorded, closed for good, countersigned by somebody else."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection

from accounts.models import User
from billing import selectors, services
from billing.models import DaySheet, PayMethod, Receipt, Statement
from billing.services import days, statements
from tests.billing.conftest import NOW, TODAY, Make, refused_by_the_database
from tests.billing.test_locks import PATIENCE, at_once

YUAN = Decimal
FRIDAY = datetime(2026, 6, 12, 16, 40, tzinfo=ZoneInfo("Asia/Shanghai"))


def pay(statement: Statement, by: User, amount: str = "10.00", method: str = "cash", reference: str = "") -> Receipt:
    return services.record_payment(
        statement=statement, amount=YUAN(amount), method=method, by=by, reference=reference, keep_credit=True
    )


def sheet_of(cashier: User, day: date = TODAY) -> DaySheet:
    found = selectors.day_sheet(cashier, day)
    assert found is not None
    return found


def close(cashier: User, day: date = TODAY, **changes: Any) -> DaySheet:
    """Close a day as it is recorded, or with what is said otherwise."""
    sheet = sheet_of(cashier, day)
    values: dict[str, Any] = {"counted": selectors.recorded(selectors.takings_of(sheet)), "explanations": {}}
    return services.close_day(sheet=sheet, by=cashier, **values | changes)


# -- counting ----------------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_a_day_that_agrees_is_closed_with_what_was_counted(owing: Statement, cashier: User) -> None:
    pay(owing, cashier, "60.00")
    pay(owing, cashier, "30.00", "card", "K-1")
    services.refund(statement=owing, amount=YUAN("5.00"), method="cash", reason="多收", by=cashier)
    sheet = close(cashier, denominations={YUAN("50.00"): 1, YUAN("5.00"): 1})
    assert sheet.closed
    assert [(c.method, c.recorded, c.counted, c.difference) for c in sheet.counts.all()] == [
        ("cash", YUAN("55.00"), YUAN("55.00"), 0),
        ("card", YUAN("30.00"), YUAN("30.00"), 0),
    ]
    kept = DaySheet.objects.get(pk=sheet.pk)
    assert kept.denominations == {"50.00": 1, "5.00": 1}
    assert [(line["amount"], line["method"], line["cashier"]) for line in kept.lines] == [
        ("60.00", "cash", "Cashier"),
        ("30.00", "card", "Cashier"),
        ("-5.00", "cash", "Cashier"),
    ]


def test_a_difference_needs_its_explanation(owing: Statement, cashier: User) -> None:
    pay(owing, cashier)
    counted = {PayMethod.CASH: YUAN("9.50")}
    with pytest.raises(ValidationError, match=r"9\.50.*10\.00"):
        close(cashier, counted=counted)
    with pytest.raises(ValidationError):
        close(cashier, counted=counted, explanations={PayMethod.CASH: "  "})
    assert not sheet_of(cashier).closed
    sheet = close(cashier, counted=counted, explanations={PayMethod.CASH: "少收一角五枚"})
    assert sheet.counts.get().difference == YUAN("-0.50")


def test_every_method_that_moved_is_counted(owing: Statement, cashier: User) -> None:
    pay(owing, cashier, "10.00", "wechat", "W-1")
    with pytest.raises(ValidationError, match="WeChat"):
        close(cashier, counted={PayMethod.CASH: YUAN("0.00")})
    with pytest.raises(ValidationError, match="Cash"):
        close(cashier, counted={PayMethod.WECHAT: YUAN("10.00")})


@pytest.mark.parametrize("notes", [{YUAN("3.00"): 1}, {YUAN("100.00"): -1}])
def test_there_are_only_the_notes_that_there_are(owing: Statement, cashier: User, notes: dict[Decimal, int]) -> None:
    pay(owing, cashier)
    with pytest.raises(ValidationError):
        close(cashier, denominations=notes)


# -- closed ------------------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_what_is_taken_after_the_closing_counts_for_the_next_working_day(owing: Statement, cashier: User) -> None:
    with time_machine.travel(FRIDAY, tick=True):
        pay(owing, cashier)
        close(cashier, FRIDAY.date())
        late = pay(owing, cashier, "7.00")
        assert [row.receipt for row in selectors.takings(FRIDAY.date(), cashier)] != [late.number]
    assert [row.receipt for row in selectors.takings(TODAY, cashier)] == [late.number], "Monday, not Saturday"
    pay(owing, cashier, "8.00")
    assert sum(row.amount for row in selectors.takings(TODAY, cashier)) == YUAN("15.00")
    assert [sheet.day for sheet in selectors.open_day_sheets()] == [TODAY]


@pytest.mark.embedded
def test_a_later_reversal_falls_on_the_day_on_which_it_is_made(
    owing: Statement, new_account: Make, new_bill: Make, cashier: User, manager: User
) -> None:
    receipt = pay(owing, cashier)
    bills = services.pay_bills(bills=[new_bill(new_account())], method="cash", by=cashier)
    closed = close(cashier)
    before = list(DaySheet.objects.get(pk=closed.pk).lines)
    with time_machine.travel(NOW + timedelta(days=1), tick=True):
        assert receipt.line is not None
        services.reverse_line(line=receipt.line, reason="收错", by=manager)
        services.reverse_receipt(receipt=bills, reason="收错户", by=manager)
        rows = selectors.takings(TODAY + timedelta(days=1), cashier)
    assert [(row.amount, row.cashier) for row in rows] == [(YUAN("-10.00"), cashier), (YUAN("-50.00"), cashier)]
    assert [row.amount for row in selectors.takings(TODAY)] == [YUAN("10.00"), YUAN("50.00")]
    assert DaySheet.objects.get(pk=closed.pk).lines == before


def test_a_reversal_after_the_closing_of_the_same_day_counts_for_the_next(
    owing: Statement, cashier: User, manager: User
) -> None:
    receipt = pay(owing, cashier)
    close(cashier)
    assert receipt.line is not None
    reversal = services.reverse_line(line=receipt.line, reason="收错", by=manager)
    assert reversal.sheet is not None
    assert (reversal.sheet.day, reversal.sheet.cashier) == (date(2026, 6, 16), cashier)


def test_a_day_is_closed_once_and_not_before_it_comes(owing: Statement, cashier: User) -> None:
    pay(owing, cashier)
    close(cashier)
    with pytest.raises(ValidationError, match="closed already"):
        close(cashier)
    pay(owing, cashier)
    with pytest.raises(ValidationError, match="2026-06-16"):
        close(cashier, date(2026, 6, 16))


def test_a_colleague_is_not_held_up_by_a_closed_day(owing: Statement, cashier: User, other_cashier: User) -> None:
    pay(owing, cashier)
    close(cashier)
    receipt = pay(owing, other_cashier)
    assert [row.receipt for row in selectors.takings(TODAY, other_cashier)] == [receipt.number]


# -- countersigned -----------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_a_duty_manager_countersigns_once(owing: Statement, cashier: User, manager: User) -> None:
    pay(owing, cashier)
    with pytest.raises(ValidationError, match="not closed"):
        services.countersign_day(sheet=sheet_of(cashier), by=manager)
    sheet = close(cashier)
    assert list(selectors.day_sheets_to_countersign()) == [sheet]
    signed = services.countersign_day(sheet=sheet, by=manager)
    assert signed.countersigned_by == manager
    assert not selectors.day_sheets_to_countersign()
    with pytest.raises(ValidationError):
        services.countersign_day(sheet=sheet, by=manager)


def test_nobody_countersigns_what_they_took_or_closed(owing: Statement, cashier: User, manager: User) -> None:
    pay(owing, cashier)
    sheet = sheet_of(cashier)
    counted = selectors.recorded(selectors.takings_of(sheet))
    services.close_day(sheet=sheet, counted=counted, explanations={}, by=manager)
    for by in (cashier, manager):
        with pytest.raises(ValidationError):
            services.countersign_day(sheet=sheet, by=by)
        with refused_by_the_database("day_sheet_countersigned_by_another"):
            row = DaySheet.objects.get(pk=sheet.pk)
            row.countersigned_at, row.countersigned_by = NOW, by
            row.save(update_fields=["countersigned_at", "countersigned_by"])


def test_the_closed_days_are_paged_by_day(owing: Statement, cashier: User) -> None:
    for back in (2, 0, 1):
        with time_machine.travel(NOW - timedelta(days=back), tick=True):
            pay(owing, cashier, "1.00")
            close(cashier, TODAY - timedelta(days=back))
    found = list(selectors.closed_day_sheets())
    assert [sheet.day.day for sheet in found] == [15, 14, 13]
    rest = selectors.closed_day_sheets(before=found[0].day, key=found[0].pk)
    assert [sheet.day.day for sheet in rest] == [14, 13]


# -- two at once -------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False])
def test_no_payment_slips_into_a_day_that_is_being_closed(
    owing: Statement, cashier: User, monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    """It waits for the closing and counts for the next day; without the lock it would be posted into a closed one."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    pay(owing, cashier)
    sheet, counting, count = sheet_of(cashier), Event(), days._count

    def count_slowly(*args: Any) -> None:
        counting.set()
        sleeper.wait(PATIENCE)
        count(*args)

    def take() -> Receipt:
        assert counting.wait(10)
        return pay(owing, cashier, "7.00")

    sleeper = Event()
    monkeypatch.setattr(days, "_count", count_slowly)
    if not locked:
        monkeypatch.setattr(statements, "sheet_of", lambda cashier_id: sheet)
    taken, closed = at_once(take, lambda: close(cashier))
    assert isinstance(closed, DaySheet)
    assert isinstance(taken, Receipt if locked else IntegrityError)
    assert [row.amount for row in selectors.takings(TODAY, cashier)] == [YUAN("10.00")]
    assert [row.amount for row in selectors.takings(date(2026, 6, 16), cashier)] == [YUAN("7.00")] * locked
