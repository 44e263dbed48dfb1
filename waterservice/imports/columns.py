"""Columns of a file: their headings in two languages, and how a cell becomes a value.

What a value may be is derived from the model's column that takes it: type, length, choices.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from waterservice.identifiers import IdentifierError
from waterservice.imports.tables import Figure
from waterservice.money import ZERO, parse_money
from waterservice.text import Words, clean_line

Fault = tuple[str, str]  # heading, reason
EARLIEST_YEAR = 1900
YEARS_AHEAD = 2
DAY = re.compile(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?(?: 0{1,2}:00(?::00)?)?", re.ASCII)
COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)
FORMULA_STARTS = ("=", "@")
EXCEL_ERRORS = frozenset({"#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!", "#####"})
UNIT = re.compile(r"\(.*\)")


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a file. `name` is also its column in the staging table.

    `field` is the model's column behind it. `check` puts what was read into its one spelling, or raises
    ValidationError or IdentifierError. `words` are further words for choices. A `code` must not be a number of
    a spreadsheet, which has no leading zeros.
    """

    name: str
    field: models.Field[Any, Any]
    chinese: str
    english: str
    about: Words = ""
    required: bool = False
    code: bool = False
    check: Callable[[str], str] | None = None
    words: Mapping[str, str] = dataclasses.field(default_factory=dict)
    also: Sequence[str] = ()

    def read(self, cell: str) -> Any:
        """The value of a cell that is not empty. Raises ValidationError or IdentifierError with the reason."""
        if cell.startswith(FORMULA_STARTS):
            raise ValidationError(_("This is a formula. Put its value into the cell."))
        if cell in EXCEL_ERRORS:
            raise ValidationError(_("This is an error of the spreadsheet, no value."))
        if self.code and type(cell) is Figure:
            raise ValidationError(
                _("This cell holds a number, which loses leading zeros. Make the column text and export anew.")
            )
        return self._convert(cell)

    @cached_property
    def _convert(self) -> Callable[[str], Any]:
        if self.field.choices:
            return self._chosen
        if isinstance(self.field, models.DateField):
            return read_day
        if isinstance(self.field, models.DecimalField):
            return read_money
        if isinstance(self.field, models.IntegerField):
            counts = isinstance(self.field, models.PositiveIntegerField | models.PositiveSmallIntegerField)
            return read_count if counts else read_whole
        return self._text

    def _text(self, cell: str) -> str:
        text = cell if cell.isascii() and cell.isalnum() else _line(cell)
        if self.check is not None:
            text = self.check(text)
        longest = self.field.max_length
        if longest is not None and len(text) > longest:
            raise ValidationError(_("At most %(most)d characters fit in here.") % {"most": longest})
        return text

    def _chosen(self, cell: str) -> Any:
        try:
            return self._choices[_folded(cell)]
        except KeyError:
            pass
        raise ValidationError(
            _("Enter one of: %(choices)s.")
            % {"choices": _(", ").join(str(label) for _value, label in self.field.flatchoices)}
        )

    @cached_property
    def _choices(self) -> dict[str, Any]:
        """Every way of naming a choice: its value, its words in both languages, and the trade's other words."""
        known = {_folded(words): value for words, value in self.words.items()}
        for value, label in self.field.flatchoices:
            known[_folded(str(value))] = value
            for language in ("en", "zh-hans"):
                with translation.override(language):
                    known[_folded(str(label))] = value
        return known

    @property
    def headings(self) -> set[str]:
        return {_heading(words) for words in (self.name, self.chinese, self.english, *self.also)}


def matched(columns: Sequence[Column], headings: Sequence[str]) -> tuple[list[Column], list[Fault]]:
    """The column under each heading of a file, and what is wrong with the headings: unknown, twice, missing."""
    known = {words: column for column in columns for words in column.headings}
    found: list[Column] = []
    faults: list[Fault] = []
    for heading in headings:
        column = known.get(_heading(heading))
        if column is None:
            faults.append((heading, _("This heading is not known. --columns lists those that are.")))
        elif column in found:
            faults.append((heading, _("Two headings mean the same column.")))
        else:
            found.append(column)
    faults += [
        (column.chinese, _("This column is missing: %(english)s.") % {"english": column.english})
        for column in columns
        if column.required and column not in found
    ]
    return found, faults


def described(columns: Sequence[Column]) -> str:
    """The columns as a Markdown table, in the language of the moment."""
    head = [_("heading"), _("English heading"), _("needed"), _("what it holds")]
    lines = [head, ["---"] * len(head)]
    lines += [
        [column.chinese, column.english, _("yes") if column.required else "", str(column.about)] for column in columns
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def words_of(fault: ValidationError | IdentifierError) -> str:
    """A fault in one sentence."""
    return " ".join(fault.messages) if isinstance(fault, ValidationError) else str(fault)


_line = lru_cache(maxsize=2**12)(clean_line)  # roads and districts come again and again


def _folded(words: str) -> str:
    return unicodedata.normalize("NFKC", words).strip().casefold()


def _heading(words: str) -> str:
    """A heading as it is compared: without spaces, marks, capitals and a unit in brackets."""
    return re.sub(r"[\s_\-*:\ufeff]", "", UNIT.sub("", _folded(words)))


@lru_cache(maxsize=2**12)
def read_day(cell: str) -> date:
    """A day: 2026-10-14, 2026/10/14, 2026.10.14, 20261014 or 2026年10月14日."""
    text = unicodedata.normalize("NFKC", cell).strip()
    match = DAY.fullmatch(text) or COMPACT_DAY.fullmatch(text)
    try:
        day = date(*(int(part) for part in match.groups())) if match else None
    except ValueError:
        day = None
    if day is None:
        raise ValidationError(_("Enter a day, for example 2026-10-14."))
    if not EARLIEST_YEAR <= day.year <= timezone.localdate().year + YEARS_AHEAD:
        raise ValidationError(_("This day lies too far away."))
    return day


def read_money(cell: str) -> Decimal:
    """Yuan, zero or more, at most two decimals."""
    return parse_money(cell, least=ZERO)


def read_whole(cell: str) -> int:
    """A whole number of at most nine digits; it may be negative."""
    text = unicodedata.normalize("NFKC", cell).strip()
    if not WHOLE.fullmatch(text):
        raise ValidationError(_("Enter a whole number."))
    return int(text)


def read_count(cell: str) -> int:
    """A whole number of at most nine digits, zero or more."""
    number = read_whole(cell)
    if number < 0:
        raise ValidationError(_("This can't be negative."))
    return number
