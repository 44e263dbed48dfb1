"""What the lists of cases have in common: rows of a screen, and the same as Excel."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone

from applications.models import Application
from applications.register import Row, rows_of
from waterservice.excel import workbook_response


def as_rows(cases: Iterable[Application], page: str = "") -> list[Row]:
    return [Row(case, page) for case in cases]


def workbook(name: str, cases: QuerySet[Application]) -> HttpResponse:
    """A list of cases as Excel: the columns of the screen, all pages."""
    headings, rows = rows_of(cases)
    return workbook_response(f"{name}-{timezone.localdate().isoformat()}.xlsx", headings, rows)
