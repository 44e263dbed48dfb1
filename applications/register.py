"""The columns of every list of cases (台账), on screen and in Excel: declared once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from applications.lights import Light, light
from applications.models import Application
from waterservice.excel import Marked


@dataclass(frozen=True)
class Column:
    """A column: its heading, what a row has in it, and whether the screen breaks its lines."""

    name: str
    heading: str | Promise
    value: Callable[["Row"], Any]
    wraps: bool = False


@dataclass(frozen=True)
class Cell:
    """What a row has in a column."""

    column: Column
    value: Any


@dataclass(frozen=True)
class Row:
    """A case as a list shows it; `opens` is the page that shows it, its own unless another is named.

    heading  what it stands under, in a list with headings
    act      the button of the row: open, take, or none
    """

    case: Application
    page: str = ""
    heading: str = ""
    act: str = ""

    @property
    def opens(self) -> str:
        return f"{self.page}?case={self.case.number}" if self.page else self.case.get_absolute_url()

    @cached_property
    def light(self) -> Light:
        return light(self.case)

    @property
    def cells(self) -> list[Cell]:
        return [Cell(column, column.value(self)) for column in COLUMNS]


def due(case: Application) -> datetime | Marked | None:
    """When a case is due, with a word where a notice of holidays may still move it."""
    if case.due_at is None or not case.provisional:
        return case.due_at
    return Marked(case.due_at, gettext("provisional"))


COLUMNS = (
    Column("light", _("Light"), lambda row: row.light.words),
    Column("number", _("Number"), lambda row: row.case.number),
    Column("kind", _("Request"), lambda row: row.case.get_kind_display()),
    Column("stage", _("Stage"), lambda row: row.case.stage_label),
    Column("applicant", _("Applicant"), lambda row: row.case.applicant.name, wraps=True),
    Column("premises", _("Premises"), lambda row: str(row.case.premises), wraps=True),
    Column("due", _("Due"), lambda row: due(row.case)),
    Column("holder", _("In hand of"), lambda row: str(row.case.holder or "")),
    Column("started", _("Started"), lambda row: timezone.localdate(row.case.created_at)),
)


def rows_of(cases: QuerySet[Application]) -> tuple[list[str], Iterator[list[Any]]]:
    """Headings and rows of a list of cases in its order, read in batches so that memory stays constant."""
    related = cases.select_related("applicant", "premises", "office", "holder")
    rows = ([cell.value for cell in Row(case).cells] for case in related.iterator(chunk_size=500))
    return [str(column.heading) for column in COLUMNS], rows
