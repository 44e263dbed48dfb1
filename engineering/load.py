"""The load of the design office: which works are on whose desk, and how far their sheets are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from engineering.models import (
    Acceptance,
    Budget,
    Completion,
    ConstructionTask,
    Design,
    Project,
    Settlement,
    Sheet,
    Survey,
)

# In the order of the procedure.
SHEETS: tuple[type[Sheet], ...] = (
    Survey,
    Design,
    Budget,
    ConstructionTask,
    Completion,
    Acceptance,
    Settlement,
)


@dataclass(frozen=True)
class SheetState:
    """How far one kind of sheet of a project is: its newest revision, or none yet."""

    revision: int | None = None
    closed: bool = False
    since: datetime | None = None

    def __str__(self) -> str:
        if self.revision is None or self.since is None:
            return "—"
        words = _("final") if self.closed else _("in work")
        return f"{words} r{self.revision} {timezone.localtime(self.since):%m-%d}"


@dataclass(frozen=True)
class ProjectLoad:
    """A project with the states of its sheets, in the order of SHEETS."""

    project: Project
    states: list[SheetState]


@dataclass(frozen=True)
class DesignerLoad:
    """How many works are on a designer's desk, since when the oldest, and how many sheets of each kind are open."""

    designer: User
    projects: int
    oldest: datetime
    open_sheets: list[int]


def sheet_labels() -> list[str]:
    """The headings of the states."""
    return [str(model._meta.verbose_name) for model in SHEETS]


def open_projects(designer: User | None = None) -> QuerySet[Project]:
    """Works on a designer's desk, or on all desks: begun, not closed, and not settled yet; oldest first."""
    settlements = Settlement.objects.filter(project=OuterRef("pk"))
    unsettled = ~Exists(settlements.filter(closed_at__isnull=False)) | Exists(
        settlements.filter(closed_at__isnull=True)
    )
    found = Project.objects.filter(unsettled, closed_at__isnull=True, designer__isnull=False)
    if designer is not None:
        found = found.filter(designer=designer)
    return found.select_related("premises", "designer").order_by("opened_at", "pk")


def project_loads(projects: Iterable[Project]) -> list[ProjectLoad]:
    """Projects with the states of their sheets; one query for each kind of sheet, however many projects."""
    rows = list(projects)
    by_kind = [_newest(model, rows) for model in SHEETS]
    return [ProjectLoad(row, [states.get(row.pk, SheetState()) for states in by_kind]) for row in rows]


def _newest(model: type[Sheet], projects: Sequence[Project]) -> dict[int, SheetState]:
    sheets = model._default_manager.filter(project__in=projects).order_by("revision")
    columns = sheets.values_list("project", "revision", "prepared_at", "closed_at")
    return {
        project: SheetState(revision, closed_at is not None, closed_at or prepared_at)
        for project, revision, prepared_at, closed_at in columns
    }


def designer_loads() -> list[DesignerLoad]:
    """Every designer with works on their desk, the most loaded first; a fixed number of queries."""
    works = open_projects().order_by()
    counted = {
        row["designer"]: row for row in works.values("designer").annotate(projects=Count("pk"), oldest=Min("opened_at"))
    }
    opened: dict[int, list[int]] = defaultdict(lambda: [0] * len(SHEETS))
    for place, model in enumerate(SHEETS):
        sheets: QuerySet[Any] = model._default_manager.filter(closed_at__isnull=True, project__in=works)
        for row in sheets.values("project__designer").annotate(number=Count("pk")):
            opened[row["project__designer"]][place] = row["number"]
    loads = [
        DesignerLoad(designer, row["projects"], row["oldest"], opened[designer.pk])
        for designer in User.objects.filter(pk__in=counted)
        for row in [counted[designer.pk]]
    ]
    return sorted(loads, key=lambda load: (-load.projects, load.designer.name))
