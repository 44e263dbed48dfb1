"""Readings of a book, row by row: what is fine is saved, the rest is kept with its reasons (NC-13)."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import MeterAccount, ReadingBook, User
from billing import services
from billing.models import Reading
from billing.periods import period_of
from billing.services import book_entry
from billing.services.book_entry import Entry, Verdict, save_entries
from tests.billing.conftest import TODAY, Make
from waterservice.policies import find, set_policy

JUNE = period_of("monthly", TODAY)


@pytest.fixture
def account(in_book: Make, new_bill: Make) -> MeterAccount:
    """Used 10 m³ in each of the last months; its meter stands at 100."""
    opened: MeterAccount = in_book()
    for month in (3, 4, 5):
        services.issue_bill(
            account=opened,
            period_start=date(2026, month, 1),
            period_end=date(2026, month, 28),
            opening=90,
            closing=100,
            by=opened.history.latest().history_user,
        )
    return opened


def save(book: ReadingBook, by: User, read_on: date = TODAY, **entries: Entry) -> list[Verdict]:
    typed = {int(key.removeprefix("a")): entry for key, entry in entries.items()}
    return list(save_entries(book=book, period=JUNE, entries=typed, read_on=read_on, by=by).values())


def one(account: MeterAccount, book: ReadingBook, by: User, entry: Entry, read_on: date = TODAY) -> Verdict:
    return save(book, by, read_on, **{f"a{account.pk}": entry})[0]


@pytest.mark.embedded
def test_a_row_that_is_fine_is_saved(prices: None, account: MeterAccount, book: ReadingBook, reader: User) -> None:
    verdict = one(account, book, reader, Entry("112", remark=" 表前阀漏水 "))
    row = Reading.objects.get()
    assert (verdict.saved, verdict.usage) == (row, 12)
    assert (row.reading, row.kind, row.reader, row.read_on, row.remark) == (112, "regular", reader, TODAY, "表前阀漏水")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (Entry("abc"), "no reading"),
        (Entry("-5"), "minus"),
        (Entry("1e9"), "no reading"),
        (Entry("99"), "100 m³ on 2026-05-28"),
        (Entry("100000"), "99999"),
        (Entry("105", rolled_over=True), "did not roll over"),
        (Entry("abc", sure=True, rolled_over=True), "no reading"),
    ],
)
def test_the_impossible_is_refused_with_a_sentence_also_when_it_is_ticked(
    prices: None, account: MeterAccount, book: ReadingBook, reader: User, entry: Entry, words: str
) -> None:
    verdict = one(account, book, reader, entry)
    assert words in verdict.refusals[0]
    assert not Reading.objects.exists()


@pytest.mark.embedded
@pytest.mark.parametrize(("typed", "words"), [("200", "10 times the usual 10 m³"), ("100", "Nothing used")])
def test_the_suspicious_wants_a_tick(
    prices: None, account: MeterAccount, book: ReadingBook, reader: User, typed: str, words: str
) -> None:
    verdict = one(account, book, reader, Entry(typed))
    assert words in verdict.doubts[0]
    assert not Reading.objects.exists()
    assert one(account, book, reader, Entry(typed, sure=True)).saved


def test_a_figure_below_the_last_may_have_rolled_over_and_is_doubted_still(
    prices: None, account: MeterAccount, book: ReadingBook, reader: User
) -> None:
    assert one(account, book, reader, Entry("50")).may_have_rolled_over
    verdict = one(account, book, reader, Entry("50", rolled_over=True))
    assert verdict.usage == 99_950
    assert verdict.doubts
    assert one(account, book, reader, Entry("50", rolled_over=True, sure=True)).saved
    assert Reading.objects.get().rolled_over


def test_how_many_times_the_usual_is_policy(
    prices: None, account: MeterAccount, book: ReadingBook, reader: User
) -> None:
    set_policy(policy=find("billing.suspicious_usage_factor"), value=3, effective_from=TODAY, by=None)
    assert one(account, book, reader, Entry("130")).doubts
    assert one(account, book, reader, Entry("129")).saved


def test_water_of_a_changed_meter_counts_to_the_usage(
    prices: None, account: MeterAccount, book: ReadingBook, reader: User
) -> None:
    services.change_meter(
        account=account, last_reading=107, number="N-1", calibre=15, first_reading=2, on=date(2026, 6, 5), by=reader
    )
    assert one(account, book, reader, Entry("2")).usage == 7


@pytest.mark.embedded
def test_one_bad_row_keeps_no_other_from_being_saved(
    prices: None, account: MeterAccount, in_book: Make, book: ReadingBook, reader: User
) -> None:
    fine, bad = in_book(), in_book()
    verdicts = save(
        book, reader, **{f"a{account.pk}": Entry("110"), f"a{bad.pk}": Entry("1"), f"a{fine.pk}": Entry("120")}
    )
    assert [bool(verdict.saved) for verdict in verdicts] == [True, False, True]
    assert set(Reading.objects.values_list("account", flat=True)) == {account.pk, fine.pk}


@pytest.mark.embedded
def test_the_same_figure_twice_is_saved_once_and_another_is_refused(
    prices: None, account: MeterAccount, book: ReadingBook, reader: User, other_reader: User
) -> None:
    one(account, book, reader, Entry("110"))
    again = one(account, book, other_reader, Entry("110"))
    assert again.saved
    assert not again.refusals
    assert "Read already: 110 m³" in one(account, book, other_reader, Entry("111")).refusals[0]
    assert Reading.objects.count() == 1


@pytest.mark.parametrize("day", [date(2026, 6, 16), date(2026, 5, 31), date(2026, 7, 1)])
def test_the_day_lies_in_the_period_and_has_come(
    prices: None, account: MeterAccount, book: ReadingBook, reader: User, day: date
) -> None:
    assert one(account, book, reader, Entry("110"), day).refusals
    assert not Reading.objects.exists()


def test_accounts_of_other_books_are_refused(
    prices: None, new_account: Make, in_book: Make, book: ReadingBook, reader: User
) -> None:
    stranger, closed = new_account(), in_book()
    MeterAccount.objects.filter(pk=closed.pk).update(status="closed", closed_on=TODAY)
    for account in (stranger, closed):
        assert one(account, book, reader, Entry("110")).refusals
    assert save(book, reader, a999999=Entry("1"))[0].refusals
    assert not Reading.objects.exists()


def test_a_remark_that_is_too_long_is_said_and_saves_nothing(
    prices: None, account: MeterAccount, book: ReadingBook, reader: User
) -> None:
    assert one(account, book, reader, Entry("110", remark="长" * 201)).refusals
    assert one(account, book, reader, Entry("110", remark="\u202e")).refusals
    assert not Reading.objects.exists()


def test_many_rows_take_few_queries(
    prices: None, in_book: Make, book: ReadingBook, reader: User, django_assert_max_num_queries: Any
) -> None:
    accounts = [in_book() for _each in range(10)]
    with django_assert_max_num_queries(60):  # of them two for the savepoint of each row
        save(book, reader, **{f"a{account.pk}": Entry("110") for account in accounts})
    assert Reading.objects.count() == 10


@pytest.mark.embedded
def test_the_register_of_an_imported_account_may_go_round_before_its_first_reading_of_ours(
    prices: None, taken_over: Make, book: ReadingBook, reader: User
) -> None:
    account = taken_over(closing=99995)
    verdict = one(account, book, reader, Entry("7", rolled_over=True))
    assert verdict.saved is not None, verdict
    assert verdict.usage == 12
    assert one(taken_over(closing=500), book, reader, Entry("499")).refusals


@pytest.mark.embedded
def test_sql_typed_by_hand_counts_on_from_the_closing_figure_of_an_imported_bill(
    taken_over: Make, reader: User
) -> None:
    account = taken_over(closing=500)
    for reading, day in ((499, TODAY), (501, date(2026, 1, 27))):
        with pytest.raises(IntegrityError, match="reading_in_order"), transaction.atomic():
            Reading.objects.create(
                account=account, meter=account.meter, kind="regular", reading=reading, read_on=day, reader=reader
            )
    Reading.objects.create(
        account=account, meter=account.meter, kind="regular", reading=500, read_on=TODAY, reader=reader
    )


@pytest.mark.embedded
def test_a_row_that_the_database_refuses_shows_it_and_the_others_are_saved(
    prices: None, in_book: Make, book: ReadingBook, reader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, faulty, last = (in_book() for _each in range(3))
    write = book_entry.write

    def without_its_own_checks(standing: Any, **columns: Any) -> Reading:
        if standing.account == faulty:
            row: Reading = Reading.objects.create(
                account=faulty, meter=faulty.meter, kind="regular", reading=1, read_on=TODAY, reader=reader
            )
            return row
        return write(standing, **columns)

    monkeypatch.setattr(book_entry, "write", without_its_own_checks)
    verdicts = save(book, reader, **{f"a{account.pk}": Entry("112", sure=True) for account in (first, faulty, last)})
    assert [verdict.saved is not None for verdict in verdicts] == [True, False, True]
    assert "on record of the meter" in verdicts[1].refusals[0]
    assert Reading.objects.count() == 2
