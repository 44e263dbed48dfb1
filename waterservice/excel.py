"""Lists as Excel workbooks, exactly as shown."""

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from unicodedata import east_asian_width

from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from waterservice.text import without_invisible

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
MONEY, DAY, MOMENT, HOUR = "#,##0.00", "yyyy-mm-dd", "yyyy-mm-dd hh:mm", "hh:mm"


def workbook_response(filename: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A workbook to download.

    Decimals become numbers with two decimals, dates and times real ones (in Shanghai time), booleans yes and
    no; everything else text. Text never becomes a formula, also when somebody edits the cell.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    for column, heading in enumerate(headings, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = max(12, _width(heading) + 4)
    head = [_cell(sheet, heading) for heading in headings]
    for cell in head:
        cell.font = Font(bold=True)
    sheet.append(head)
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    written = io.BytesIO()
    book.save(written)
    return HttpResponse(
        written.getvalue(),
        content_type=XLSX,
        headers={"Content-Disposition": content_disposition_header(True, filename) or "attachment"},
    )


def _cell(sheet: Any, value: Any) -> Cell:
    match value:
        case bool():
            return _text(sheet, _("yes") if value else _("no"))
        case Decimal():
            return _formatted(sheet, value, MONEY)
        case datetime():
            local = timezone.localtime(value) if timezone.is_aware(value) else value
            return _formatted(sheet, local.replace(tzinfo=None), MOMENT)
        case date():
            return _formatted(sheet, value, DAY)
        case time():
            return _formatted(sheet, value, HOUR)
        case int() | None:
            return WriteOnlyCell(sheet, value)
    return _text(sheet, str(value))


def _formatted(sheet: Any, value: Any, number_format: str) -> Cell:
    cell = WriteOnlyCell(sheet, value)
    cell.number_format = number_format
    return cell


def _text(sheet: Any, words: str) -> Cell:
    """Text as text: its type said outright, and quoted where Excel would make a formula of it on editing."""
    cell = WriteOnlyCell(sheet)
    cell.value = "\n".join(without_invisible(line) for line in words.splitlines())
    cell.data_type = "s"
    if words.startswith(FORMULA_STARTS):
        cell.quotePrefix = True
    return cell


def _width(words: str) -> int:
    """In columns of a screen: Chinese characters are two wide."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in str(words))
