"""Tables in files, read row by row whatever their size: CSV as Excel and older systems write it, and .xlsx."""

from __future__ import annotations

import codecs
import csv
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

DELIMITERS = ",;\t"
CHUNK = 2**20
UNPACKED_MOST = 4 * 2**30  # bytes of a workbook once unpacked
TEXTS_MOST = 2**29  # bytes of its table of texts, which openpyxl holds in memory
PROOF_OF_UTF8 = 32  # bytes: sixteen Chinese characters that are right as UTF-8 are no accident
WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class TableError(ValueError):
    """The file can't be read, or not beyond this line. The message says what to do."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


class Figure(str):
    """What stood in a cell as a number: leading zeros, and digits beyond the fifteenth, are lost already."""

    __slots__ = ()


@dataclass(frozen=True)
class Table:
    """How a file is written, its headings, and its rows as (line, cells); they can be read once."""

    written: str
    headings: list[str]
    rows: Iterator[tuple[int, list[str]]]


@contextmanager
def open_table(path: Path) -> Iterator[Table]:
    """The table in a .csv (or .txt) or .xlsx file. Raises TableError, also while its rows are being read."""
    suffix = path.suffix.lower()
    if suffix in (".csv", ".txt"):
        encoding = encoding_of(path)
        with path.open(encoding=encoding, newline="") as file:
            yield _delimited(file, encoding)
    elif suffix == ".xlsx":
        with _sheet(path) as sheet:
            yield _first_row_apart("xlsx", _cells(sheet))
    else:
        raise TableError(
            _("%(name)s is neither CSV nor .xlsx. Save it as one of these; workbooks with macros are not taken.")
            % {"name": path.name}
        )


def _first_row_apart(written: str, rows: Iterator[tuple[int, list[str]]]) -> Table:
    for _line, headings in rows:
        return Table(written, headings, rows)
    raise TableError(_("The file is empty."))


# -- CSV -------------------------------------------------------------------------------------------------


def encoding_of(path: Path) -> str:
    """UTF-8 (with or without its mark) if every byte fits, else GB 18030 (which holds GBK), as Excel in China writes.

    Reads the file to find out and never guesses. Raises TableError that names the line where neither fits, or
    where a file that began as UTF-8 is damaged: read as GBK it might pass, and mean nothing.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith(WIDE_MARKS):
        raise TableError(_("The file is written in UTF-16. Save it as CSV UTF-8."))
    line, beyond_ascii = _first_misfit(path, "utf-8")
    if line is None:
        return "utf-8-sig"
    if not head.startswith(codecs.BOM_UTF8) and beyond_ascii < PROOF_OF_UTF8:
        line, _bytes = _first_misfit(path, "gb18030")
        if line is None:
            return "gb18030"
    raise TableError(_("From here on the file is neither UTF-8 nor GBK. Save it as CSV UTF-8."), line)


def _first_misfit(path: Path, encoding: str) -> tuple[int | None, int]:
    """The line of the first byte that is not of an encoding, or None; and how many bytes before it were more than
    one for a character."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    line, beyond_ascii = 1, 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK)
            if b"\0" in chunk:
                raise TableError(_("The file is no text. Save it as CSV UTF-8."), line)
            try:
                beyond_ascii += len(chunk) - len(decoder.decode(chunk, not chunk))
            except UnicodeDecodeError as error:
                good = error.object[: error.start]
                return line + good.count(b"\n"), beyond_ascii + len(good) - len(good.decode(encoding))
            if not chunk:
                return None, beyond_ascii
            line += chunk.count(b"\n")


def _delimited(file: IO[str], encoding: str) -> Table:
    first = file.readline()
    file.seek(0)
    delimiter = max(DELIMITERS, key=lambda sign: len(next(csv.reader([first], delimiter=sign), [])))
    words = {",": _("comma"), ";": _("semicolon"), "\t": _("tab")}[delimiter]
    written = f"{'UTF-8' if encoding.startswith('utf') else 'GB 18030'}, {words}"
    return _first_row_apart(written, _records(csv.reader(file, delimiter=delimiter, strict=True)))


def _records(reader: Any) -> Iterator[tuple[int, list[str]]]:
    try:
        for cells in reader:
            if any(cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise TableError(
            _("The quotation marks don't come in pairs, or the text behind one goes on."), reader.line_num
        ) from error


# -- .xlsx -----------------------------------------------------------------------------------------------


@contextmanager
def _sheet(path: Path) -> Iterator[Any]:
    _refuse_macros_and_bombs(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions that nobody needs here
            book = load_workbook(path, read_only=True, keep_links=False)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise TableError(_("The workbook can't be opened. Save it anew as .xlsx or as CSV UTF-8.")) from error
    try:
        filled = [sheet for sheet in book.worksheets if _holds_something(sheet)]
        if len(filled) > 1:
            names = ", ".join(sheet.title for sheet in filled)
            raise TableError(_("Only one sheet may be filled; these are: %(names)s.") % {"names": names})
        if not filled:
            raise TableError(_("The file is empty."))
        yield filled[0]
    finally:
        book.close()


def _refuse_macros_and_bombs(path: Path) -> None:
    try:
        with ZipFile(path) as archive:
            parts = archive.infolist()
    except (BadZipFile, OSError) as error:
        raise TableError(_("The workbook can't be opened. Save it anew as .xlsx or as CSV UTF-8.")) from error
    if any("vbaproject" in part.filename.lower() or "macrosheets" in part.filename.lower() for part in parts):
        raise TableError(_("The workbook holds macros. Save it as .xlsx without them."))
    texts = sum(part.file_size for part in parts if part.filename.endswith("sharedStrings.xml"))
    if sum(part.file_size for part in parts) > UNPACKED_MOST or texts > TEXTS_MOST:
        raise TableError(_("The workbook is too large. Save it as CSV UTF-8."))


def _holds_something(sheet: Any) -> bool:
    sheet.reset_dimensions()  # what writers claim is often wrong
    return next(_cells(sheet), None) is not None


def _cells(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells = [_as_text(value) for value in values]
        if any(cells):
            yield line, cells


def _as_text(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return Figure(str(value).upper())
        case int():
            return Figure(value)
        case float():
            return Figure(f"{value:.15g}")  # what Excel shows: 0.1 + 0.2 is 0.3
        case datetime():
            whole_day = value.time() == datetime.min.time()
            return value.date().isoformat() if whole_day else value.isoformat(" ")
        case date():
            return value.isoformat()
    return "="  # a formula that openpyxl keeps as an object
