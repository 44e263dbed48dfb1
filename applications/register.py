"""The columns of the register (台账), on screen and in Excel: declared once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from applications.presenters import light


@dataclass(frozen=True)
class Column:
    heading: str | Promise
    value: Callable[[Application], Any]


def _local(moment: Any) -> Any:
    return timezone.localtime(moment).replace(tzinfo=None) if moment else None


COLUMNS = (
    Column(_("Number"), lambda case: case.number),
    Column(_("Request"), lambda case: case.get_kind_display()),
    Column(_("Applicant"), lambda case: case.applicant.name),
    Column(_("Premises"), lambda case: str(case.premises)),
    Column(_("Stage"), lambda case: case.stage_label),
    Column(_("Light"), lambda case: light(case).words),
    Column(_("Due"), lambda case: _local(case.due_at)),
    Column(_("Office"), lambda case: str(case.office or "")),
    Column(_("In hand of"), lambda case: str(case.holder or "")),
    Column(_("Started"), lambda case: _local(case.created_at)),
    Column(_("Closed"), lambda case: _local(case.closed_at)),
)


def register_rows(cases: QuerySet[Application]) -> tuple[list[str], Iterator[list[Any]]]:
    """Headings and rows of the register, newest first, read in batches so that memory stays constant."""
    ordered = cases.select_related("applicant", "premises", "office", "holder").order_by("-id")
    rows = ([column.value(case) for column in COLUMNS] for case in ordered.iterator(chunk_size=500))
    return [str(column.heading) for column in COLUMNS], rows
