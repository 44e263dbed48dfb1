import io
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.utils.translation import gettext_lazy

from waterservice.excel import XLSX, workbook_response


def sheet_of(*row: Any, headings: list[Any] | None = None) -> Any:
    """The workbook of one row, read back."""
    response = workbook_response("a.xlsx", headings or [f"column {n}" for n, _value in enumerate(row)], [row])
    return openpyxl.load_workbook(io.BytesIO(response.content)).active


def cell_of(value: Any) -> Any:
    return sheet_of(value).cell(2, 1)


def test_the_response_is_a_workbook_to_download() -> None:
    response = workbook_response("台账 2026.xlsx", ["案号"], [])
    assert response["Content-Type"] == XLSX
    assert response["Content-Disposition"] == ("attachment; filename*=utf-8''%E5%8F%B0%E8%B4%A6%202026.xlsx")


def test_headings_stay_in_sight_and_are_wide_enough() -> None:
    sheet = sheet_of("王建国", headings=["用户姓名或单位名称"])
    assert sheet["A1"].value == "用户姓名或单位名称"
    assert sheet["A1"].font.bold
    assert sheet.freeze_panes == "A2"
    assert sheet.column_dimensions["A"].width >= 18


@pytest.mark.parametrize(
    ("value", "kept", "number_format"),
    [
        (Decimal("128000.00"), 128000, "#,##0.00"),
        (Decimal("-0.05"), -0.05, "#,##0.00"),
        (date(2026, 10, 14), datetime(2026, 10, 14), "yyyy-mm-dd"),  # noqa: DTZ001
        (time(17), time(17), "hh:mm"),
        (datetime(2026, 10, 14, 9, 0, tzinfo=UTC), datetime(2026, 10, 14, 17, 0), "yyyy-mm-dd hh:mm"),  # noqa: DTZ001
        (7, 7, "General"),
    ],
)
def test_figures_and_days_are_figures_and_days(value: Any, kept: Any, number_format: str) -> None:
    cell = cell_of(value)
    assert (cell.value, cell.number_format) == (kept, number_format)


@pytest.mark.parametrize("words", ["=1+1", "=cmd|' /C calc'!A0", "+86 138", "-5", "@SUM(A1)", '=HYPERLINK("http://x")'])
def test_text_never_becomes_a_formula(words: str) -> None:
    cell = cell_of(words)
    assert (cell.value, cell.data_type) == (words, "s")
    assert cell.quotePrefix


@pytest.mark.parametrize("start", ["\t", "\r"])
def test_text_that_starts_with_a_tab_or_return_is_text(start: str) -> None:
    cell = cell_of(f"{start}=1+1")
    assert cell.data_type == "s"
    assert cell.quotePrefix


def test_account_numbers_keep_their_zeros() -> None:
    cell = cell_of("00123456")
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("00123456", "s", False)


def test_lazy_words_yes_and_nothing() -> None:
    sheet = sheet_of(gettext_lazy("Close of business"), True, None, "王\x07建")
    assert isinstance(sheet["A2"].value, str)
    assert isinstance(sheet["B2"].value, str)
    assert sheet["C2"].value is None
    assert sheet["D2"].value == "王建"


def test_headings_are_guarded_too() -> None:
    assert sheet_of("a", headings=["=1+1"])["A1"].data_type == "s"
