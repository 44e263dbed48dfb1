"""The billing run of a book: what is billed, what is left out and why, again and again (NC-13)."""

from datetime import date, timedelta
from io import StringIO
from itertools import pairwise
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import KindOfUse, MeterAccount, ReadingBook, User
from billing import selectors, services
from billing.models import Bill, Reading, Tariff
from billing.services.billing_run import Line, bill_account, plan, run
from tests.billing.conftest import TODAY, Make, on
from waterservice.policies import find, set_policy

JUNE, MAY = date(2026, 6, 1), date(2026, 5, 1)


def read(account: MeterAccount, by: User, reading: int, day: date = TODAY, **more: Any) -> Reading:
    return services.record_reading(account=account, reading=reading, read_on=day, by=by, **more)


def run_book(book: ReadingBook, by: User, until: date = TODAY) -> list[Any]:
    return list(run(plan(book, until), book=book, until=until, by=by))


def reasons(lines: list[Line]) -> list[str]:
    return [line.left_out for line in lines]


@pytest.mark.embedded
def test_a_run_bills_from_water_on_and_then_from_the_day_after_the_last_bill(
    prices: None, in_book: Make, book: ReadingBook, reader: User
) -> None:
    account = in_book()
    with on(date(2026, 5, 31)):
        read(account, reader, 140, date(2026, 5, 31))
        run_book(book, reader, date(2026, 5, 31))
    read(account, reader, 152)
    run_book(book, reader)
    first, second = Bill.objects.order_by("period_start")
    assert (first.period_start, first.period_end, first.usage) == (date(2026, 1, 1), date(2026, 5, 31), 40)
    assert (second.period_start, second.period_end, second.usage) == (JUNE, TODAY, 12)
    assert (second.opening, second.closing, second.carried) == (140, 152, 0)
    assert (second.customer, second.issued_by) == (account.holder, reader)
    assert second.readings.get().reading == 152


@pytest.mark.embedded
def test_a_register_that_went_round_is_billed_for_what_ran(
    prices: None, in_book: Make, book: ReadingBook, reader: User
) -> None:
    account = in_book()
    with on(MAY):
        read(account, reader, 99_990, MAY)
        run_book(book, reader, MAY)
    read(account, reader, 4, rolled_over=True)
    run_book(book, reader)
    bill = Bill.objects.latest("period_start")
    assert (bill.opening, bill.closing, bill.carried, bill.usage) == (99_990, 4, 100_000, 14)


@pytest.mark.embedded
def test_the_preview_says_what_will_be_asked_and_what_is_left_out_and_why(
    prices: None, in_book: Make, book: ReadingBook, reader: User, clerk: User, new_bill: Make
) -> None:
    ready, unread, billed = in_book(), in_book(), in_book()
    read(ready, reader, 130)
    read(billed, reader, 110)
    assert bill_account(account=billed, since=JUNE, until=TODAY, by=reader) is not None
    lines = plan(book, TODAY)
    assert [line.account for line in lines] == [ready, unread, billed], "in the order of the book"
    assert [line.ready for line in lines] == [True, False, False]
    assert [bool(line.billed) for line in lines] == [False, False, True]
    assert reasons(lines) == ["", "not read in this period", ""]
    assert lines[0].stretch is not None
    outcome = run_book(book, reader)
    assert [each.bill.amount for each in outcome] == [lines[0].amount]
    assert [each.bill.usage for each in outcome] == [lines[0].stretch.usage] == [30]


def test_a_run_leaves_out_what_has_no_water_waits_or_is_closed(
    prices: None, in_book: Make, book: ReadingBook, reader: User, clerk: User
) -> None:
    closed, pending = in_book(), in_book()
    MeterAccount.objects.filter(pk=closed.pk).update(status="closed", closed_on=TODAY)
    MeterAccount.objects.filter(pk=pending.pk).update(status="pending")
    assert [(line.account, line.left_out) for line in plan(book, TODAY)] == [(pending, "waits for water on")]
    assert bill_account(account=closed, since=JUNE, until=TODAY, by=reader) is None


def test_readings_of_another_period_are_not_billed_in_this_one(
    prices: None, in_book: Make, book: ReadingBook, reader: User
) -> None:
    read(in_book(), reader, 140, date(2026, 5, 31))
    assert reasons(plan(book, TODAY)) == ["read on 2026-05-31 and not billed: choose an earlier “readings up to”"]
    assert plan(book, date(2026, 5, 31))[0].ready
    assert not plan(book, date(2026, 5, 30))[0].ready


def test_a_reading_on_a_day_that_is_billed_waits_for_a_later_one(
    prices: None, in_book: Make, book: ReadingBook, reader: User
) -> None:
    account = in_book()
    read(account, reader, 140, JUNE)
    run_book(book, reader, JUNE)
    read(account, reader, 141, JUNE)
    line = plan(book, TODAY)[0]
    assert "2026-06-01" in line.left_out
    with pytest.raises(ValidationError):
        bill_account(account=account, since=JUNE, until=TODAY, by=reader)
    read(account, reader, 145)
    run_book(book, reader)
    assert Bill.objects.latest("period_start").usage == 5


@pytest.mark.embedded
def test_a_second_run_bills_nothing_twice(prices: None, in_book: Make, book: ReadingBook, reader: User) -> None:
    accounts = [in_book() for _each in range(3)]
    for account in accounts:
        read(account, reader, 120)
    lines = plan(book, TODAY)
    assert [bool(each.bill) for each in run(lines, book=book, until=TODAY, by=reader)] == [True] * 3
    again = list(run(lines, book=book, until=TODAY, by=reader))  # the same page, a second click
    assert [(each.bill, each.fault) for each in again] == [(None, "")] * 3
    assert Bill.objects.count() == 3
    assert run_book(book, reader) == []


def test_a_run_that_was_stopped_goes_on_with_the_rest(
    prices: None, in_book: Make, book: ReadingBook, reader: User
) -> None:
    for _each in range(3):
        read(in_book(), reader, 120)
    stopped = run(plan(book, TODAY), book=book, until=TODAY, by=reader)
    next(stopped)
    stopped.close()
    assert Bill.objects.count() == 1
    assert len(run_book(book, reader)) == 2


def test_an_account_that_fails_stops_no_other(
    prices: None, in_book: Make, book: ReadingBook, reader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = [in_book() for _each in range(3)]
    for account in accounts:
        read(account, reader, 120)
    lines = plan(book, TODAY)
    services.issue_bill(account=accounts[1], period_start=TODAY, period_end=TODAY, opening=119, closing=120, by=reader)
    outcomes = list(run(lines, book=book, until=TODAY, by=reader))
    assert [bool(each.bill) for each in outcomes] == [True, False, True]


def test_without_a_tariff_the_account_is_left_out_with_the_reason(
    prices: None, in_book: Make, book: ReadingBook, reader: User
) -> None:
    read(in_book(), reader, 120)
    read(in_book(kind_of_use=KindOfUse.SPECIAL), reader, 120)
    Tariff.objects.filter(kind_of_use=KindOfUse.SPECIAL).update(valid_from=date(2026, 2, 1))
    lines = plan(book, TODAY)
    assert [line.ready for line in lines] == [True, False]
    assert "2026-01-01" in lines[1].left_out


@pytest.mark.parametrize("policy", ["anew", "continue"])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(months=st.lists(st.integers(0, 400), min_size=1, max_size=4), people=st.integers(3, 8))
@pytest.mark.django_db
def test_the_preview_is_what_the_bill_asks_through_every_tier(
    prices: None,
    in_book: Make,
    book: ReadingBook,
    reader: User,
    policy: str,
    months: list[int],
    people: int,
) -> None:
    set_policy(policy=find("billing.tiers_on_change_of_holder"), value=policy, effective_from=TODAY, by=None, note="")
    account, figure = in_book(), 100
    MeterAccount.objects.filter(pk=account.pk).update(household_size=people)
    for month, usage in enumerate(months, start=1):
        figure += usage
        day = date(2026, month, 28)
        with on(day):
            read(account, reader, figure, day)
            line = next(line for line in plan(book, day) if line.account == account)
            bill = bill_account(account=account, since=day.replace(day=1), until=day, by=reader)
        assert bill is not None
        assert (line.amount, line.stretch and line.stretch.usage) == (bill.amount, usage)


def test_the_preview_of_a_new_year_is_what_the_bill_asks(
    prices: None, in_book: Make, book: ReadingBook, reader: User
) -> None:
    account = in_book()
    with on(date(2026, 11, 30)):
        read(account, reader, 400, date(2026, 11, 30))
        run_book(book, reader, date(2026, 11, 30))
    with on(date(2027, 1, 31)):
        read(account, reader, 700, date(2027, 1, 31))
        line = plan(book, date(2027, 1, 31))[0]
        bill = run_book(book, reader, date(2027, 1, 31))[0].bill
    assert bill.lines.count() > 1
    assert line.amount == bill.amount


def test_a_preview_reads_the_same_number_of_times_whatever_the_book_holds(
    prices: None, in_book: Make, book: ReadingBook, reader: User
) -> None:
    def measure() -> int:
        with CaptureQueriesContext(connection) as caught:
            plan(book, TODAY)
        return len(caught)

    read(in_book(), reader, 120)
    few = measure()
    for figure in (110, 120, 130):
        read(in_book(), reader, figure)
    in_book()
    assert measure() == few


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(usages=st.lists(st.integers(0, 70_000), min_size=1, max_size=6), change_at=st.integers(0, 6))
@pytest.mark.django_db
def test_no_cubic_metre_is_lost_or_billed_twice(
    prices: None, in_book: Make, book: ReadingBook, reader: User, usages: list[int], change_at: int
) -> None:
    """Whatever rolls over or is changed, the bills add up to what ran through, and their periods follow each other."""
    account = in_book()
    figure, day = 100, date(2026, 1, 1)
    for place, usage in enumerate(usages):
        day = day + timedelta(days=25)
        total = figure + usage
        with on(day):
            if place == change_at:
                services.change_meter(
                    account=account,
                    last_reading=total % 100_000,
                    rolled_over=total >= 100_000,
                    number=f"P{account.pk}-{place}",
                    calibre=15,
                    first_reading=5,
                    on=day,
                    by=reader,
                )
                account.refresh_from_db()
                figure = 5
                read(account, reader, 5, day)
            else:
                figure = total % 100_000
                read(account, reader, figure, day, rolled_over=total >= 100_000)
            if place % 2 == 0:
                bill_account(account=account, since=day.replace(day=1), until=day, by=reader)
    standing = selectors.standing(account)
    assert standing is not None
    bills = list(Bill.objects.filter(account=account).order_by("period_start"))
    assert sum(bill.usage for bill in bills) + standing.used == sum(usages)
    for earlier, later in pairwise(bills):
        assert later.period_start == earlier.period_end + timedelta(days=1)
        assert later.opening == earlier.closing


# -- the command ---------------------------------------------------------------------------------------------


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("bill_book", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.mark.embedded
def test_the_command_shows_first_and_bills_when_told(
    prices: None, in_book: Make, book: ReadingBook, reader: User
) -> None:
    read(in_book(), reader, 130)
    in_book()
    shown = command("C01", "--until", "2026-06-15")
    assert "30 m³ ¥150.00" in shown
    assert "Ready: 1 accounts, 30 m³, ¥150.00. Left out: 1. Billed already: 0." in shown
    assert not Bill.objects.exists()
    assert "Bills issued: 1. Not billed: 0." in command("C01", "--until", "2026-06-15", "--apply")
    assert Bill.objects.get().issued_by == reader
    assert "Bills issued: 0. Not billed: 0." in command("C01", "--until", "2026-06-15", "--apply")


def test_the_command_refuses_what_it_does_not_understand(prices: None, book: ReadingBook, reader: User) -> None:
    ReadingBook.objects.update(reader=None)
    for arguments in (
        ("C99", "--until", "2026-06-15"),
        ("C01", "--until", "2026-06-16"),
        ("C01", "--until", "June"),
        ("C01", "--until", "2026-06-15", "--apply"),
        ("C01", "--until", "2026-06-15", "--apply", "--by", "nobody"),
    ):
        with pytest.raises(CommandError):
            command(*arguments)
    assert "Bills issued: 0" in command("C01", "--until", "2026-06-15", "--apply", "--by", reader.username)
