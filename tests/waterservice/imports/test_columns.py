"""Headings in two languages, and what a cell may hold."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from accounts.import_columns import COLUMNS as ACCOUNTS
from billing.imports import COLUMNS as BILLS
from waterservice.imports.columns import Column, matched, read_count, read_day, read_money, read_whole
from waterservice.imports.tables import Figure

BY_NAME = {column.name: column for column in (*BILLS, *ACCOUNTS)}


@pytest.mark.parametrize("columns", [ACCOUNTS, BILLS])
def test_no_two_columns_share_a_heading(columns: tuple[Column, ...]) -> None:
    headings = [heading for column in columns for heading in column.headings]
    assert len(headings) == len(set(headings))


@pytest.mark.parametrize("heading", ["用水量", "用水量(m³)", " 用水量（立方米） ", "Usage", "usage *", "水量"])
def test_a_heading_is_known_in_either_language_with_or_without_its_unit(heading: str) -> None:
    assert matched([BY_NAME["usage"]], [heading]) == ([BY_NAME["usage"]], [])


def test_unknown_double_and_missing_headings_are_named() -> None:
    columns = [BY_NAME["account"], BY_NAME["usage"]]
    _found, faults = matched(columns, ["户号", "account number", "水温"])
    assert [heading for heading, _reason in faults] == ["account number", "水温", "用水量"]


@pytest.mark.parametrize(
    "cell", ["2026-03-01", "2026/3/1", "2026.03.01", "20260301", "2026年3月1日", "2026-03-01 00:00:00"]
)
def test_days_are_read_as_they_are_written_here(cell: str) -> None:
    assert read_day(cell) == date(2026, 3, 1)


@pytest.mark.parametrize(
    "cell", ["2026-02-30", "01.03.2026", "3/1/2026", "2026", "46082", "1888-01-01", "2099-01-01", "2026-03-01 12:30"]
)
def test_what_is_no_day_is_refused(cell: str) -> None:
    with pytest.raises(ValidationError):
        read_day(cell)


@pytest.mark.parametrize(("cell", "amount"), [("0", "0"), ("1,280.50", "1280.50"), ("¥12", "12"), ("１２.５", "12.5")])
def test_amounts_are_read_as_they_are_typed(cell: str, amount: str) -> None:
    assert read_money(cell) == Decimal(amount)


@pytest.mark.parametrize("cell", ["1e9", "NaN", "Infinity", "-1", "-0.01", "1.005", "1,5", "12元", "abc", "9" * 13])
def test_amounts_that_are_none_are_refused(cell: str) -> None:
    with pytest.raises(ValidationError):
        read_money(cell)


@pytest.mark.parametrize("cell", ["1.5", "1e3", "1,000", "", "9" * 10, "x"])
def test_whole_numbers_are_whole(cell: str) -> None:
    with pytest.raises(ValidationError):
        read_whole(cell)


def test_a_count_is_not_negative() -> None:
    assert read_whole("-12") == -12
    with pytest.raises(ValidationError, match="negative"):
        read_count("-12")


@pytest.mark.parametrize(("name", "cell"), [("holder_name", "=1+1"), ("amount", "=SUM(A1:A2)"), ("room", "@cmd")])
def test_formulas_are_refused_in_any_column(name: str, cell: str) -> None:
    with pytest.raises(ValidationError, match="formula"):
        BY_NAME[name].read(cell)


def test_errors_of_the_spreadsheet_are_no_values() -> None:
    with pytest.raises(ValidationError, match="spreadsheet"):
        BY_NAME["holder_name"].read("#N/A")


def test_a_code_that_the_spreadsheet_keeps_as_a_number_is_refused() -> None:
    assert BY_NAME["number"].read("00123456") == "00123456"
    with pytest.raises(ValidationError, match="leading zeros"):
        BY_NAME["number"].read(Figure("123456"))
    assert BY_NAME["telephone"].read(Figure("13800138000")) == "13800138000"
    assert BY_NAME["usage"].read(Figure("12")) == 12


@pytest.mark.parametrize("cell", ["residential", "居民", "Residential", "居民用水"])
def test_choices_are_known_by_code_label_and_the_trades_words(cell: str) -> None:
    assert BY_NAME["kind_of_use"].read(cell) == "residential"


def test_an_unknown_choice_is_told_the_known_ones() -> None:
    with pytest.raises(ValidationError, match="special trades"):
        BY_NAME["kind_of_use"].read("桑拿")


@pytest.mark.parametrize(("cell", "calibre"), [("15", 15), ("DN40", 40), ("dn 40", None)])
def test_calibres_are_the_known_ones(cell: str, calibre: int | None) -> None:
    if calibre is None:
        with pytest.raises(ValidationError):
            BY_NAME["calibre"].read(cell)
    else:
        assert BY_NAME["calibre"].read(cell) == calibre


@pytest.mark.parametrize(("name", "cell"), [("number", "12345"), ("number", "1234567890123"), ("number", "12 34 56")])
def test_account_numbers_have_six_to_twelve_digits(name: str, cell: str) -> None:
    with pytest.raises(ValidationError):
        BY_NAME[name].read(cell)


def test_text_is_cleaned_and_has_its_length() -> None:
    assert BY_NAME["holder_name"].read("张　 三") == "张 三"
    with pytest.raises(ValidationError, match="invisible"):
        BY_NAME["holder_name"].read("张\u202e三")
    with pytest.raises(ValidationError, match="At most 100"):
        BY_NAME["holder_name"].read("长" * 101)
