"""Lists as Excel workbooks, exactly as shown."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain, islice
from pathlib import PurePath
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
MEASURED = 200  # rows whose contents decide how wide the columns are
WIDEST = 60
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
MONEY, DAY, MOMENT, HOUR = "#,##0.00", "yyyy-mm-dd", "yyyy-mm-dd hh:mm", "hh:mm"


@dataclass(frozen=True)
class Marked:
    """A moment with a word behind it: in Excel part of the format, so that the moment stays one."""

    moment: datetime
    word: str


def workbook_response(filename: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A workbook to download.

    Decimals become numbers with two decimals, dates and times real ones (in Shanghai time), booleans yes and
    no; everything else text. Text never becomes a formula, also when somebody edits the cell.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title=_sheet_title(filename))
    sheet.freeze_panes = "A2"
    rest = iter(rows)
    first = list(islice(rest, MEASURED))
    for column, heading in enumerate(headings):
        shown = [_width(heading), *(_shown_width(row[column]) for row in first)]
        sheet.column_dimensions[get_column_letter(column + 1)].width = min(max(shown) + 3, WIDEST)
    head = [_cell(sheet, heading) for heading in headings]
    for cell in head:
        cell.font = Font(bold=True)
    sheet.append(head)
    for row in chain(first, rest):
        sheet.append([_cell(sheet, value) for value in row])
    written = io.BytesIO()
    book.save(written)
    return HttpResponse(
        written.getvalue(),
        content_type=XLSX,
        headers={"Content-Disposition": content_disposition_header(True, filename) or "attachment"},
    )


def _sheet_title(filename: str) -> str:
    """The file's name as the name of its sheet, which takes 31 characters and not all of them."""
    return "".join(sign for sign in PurePath(filename).stem if sign not in "[]:*?/\\")[:31]


def _shown_width(value: Any) -> int:
    """How wide a cell is on screen, in half-width letters."""
    match value:
        case datetime():
            return len(MOMENT)
        case date():
            return len(DAY)
        case Decimal():
            return len(f"{value:,.2f}")
    return _width("" if value is None else str(value))


def _cell(sheet: Any, value: Any) -> Cell:
    match value:
        case bool():
            return _text(sheet, _("yes") if value else _("no"))
        case Decimal():
            return _formatted(sheet, value, MONEY)
        case datetime():
            local = timezone.localtime(value) if timezone.is_aware(value) else value
            return _formatted(sheet, local.replace(tzinfo=None), MOMENT)
        case Marked():
            cell = _cell(sheet, value.moment)
            cell.number_format = f'{MOMENT} "{value.word}"'
            return cell
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
