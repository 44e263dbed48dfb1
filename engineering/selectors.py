"""Reads of the works: newest sheets, what is missing, the larger of budget and settlement."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import Exists, F, OuterRef, QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.models import Office
from engineering.models import (
    REQUIRED_PARTIES,
    REQUIRED_PERMITS,
    Acceptance,
    Budget,
    BudgetLine,
    ConstructionTask,
    CostSheet,
    Defect,
    Grant,
    Party,
    Project,
    Settlement,
    Sheet,
    Survey,
)
from engineering.models.formalities import PENDING
from waterservice.money import ZERO

S = TypeVar("S", bound=Sheet)


def current(project: Project, model: type[S]) -> S | None:
    """The newest revision of a sheet, open or closed; None when there is none."""
    found: S | None = model._default_manager.filter(project=project).order_by("-revision").first()
    return found


def missing(sheet: Sheet) -> list[str]:
    """The labels of what a sheet still lacks before its stage can be closed, in the order of the form.

    Of a place that cannot be supplied nothing is asked but the day of the survey; its reason the database asks.
    """
    required: Iterable[str] = sheet.required
    if isinstance(sheet, Survey) and sheet.supplyable is False:
        required = ("surveyed_on",)
    empty = [_label(sheet, name) for name in required if getattr(sheet, name) in (None, "")]
    if isinstance(sheet, CostSheet) and not sheet.lines.exists():  # type: ignore[attr-defined]
        empty.append(_("lines"))
    if isinstance(sheet, Acceptance):
        present = set(sheet.parties.values_list("party", flat=True))
        empty += [str(Party(party).label) for party in REQUIRED_PARTIES if party not in present]
    return empty


def _label(sheet: Sheet, name: str) -> str:
    return str(sheet._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def has_prepared(sheet: Sheet, people: Collection[int]) -> bool:
    """Whether one of these people, by their keys, ever saved this sheet or a revision before it.

    Four eyes: amending is preparing.
    """
    saves: QuerySet[Any] = type(sheet).history.filter(project=sheet.project_id, revision__lte=sheet.revision)
    return saves.filter(prepared_by__in=people).exists()


def settled(project: Project, model: type[Grant]) -> QuerySet[Any]:
    """The permits or formalities that are not awaited any more; some may have to be confirmed again."""
    rows: QuerySet[Any] = model._default_manager.filter(project=project)  # type: ignore[misc]
    return rows.exclude(status=PENDING)


def permits_not_recorded(project: Project) -> list[str]:
    """The labels of the permits that every project must answer for and this one does not yet."""
    known = set(project.permits.values_list("kind", flat=True))
    return [str(kind.label) for kind in REQUIRED_PERMITS if kind not in known]


def defects_to_mend(project: Project) -> list[Defect]:
    """What the newest acceptance listed and nobody has mended yet; the next acceptance must account for it."""
    acceptance = current(project, Acceptance)
    return [] if acceptance is None else list(acceptance.defects.filter(mended_on__isnull=True))


def largest_cost(project: Project) -> Decimal:
    """The larger of the newest closed budget and the newest closed settlement, yuan, whoever pays (NC-10)."""
    return max(_closed_total(project, Budget), _closed_total(project, Settlement))


def _closed_total(project: Project, model: type[CostSheet]) -> Decimal:
    sheets = model._default_manager.filter(project=project, closed_at__isnull=False)
    sheet = sheets.order_by("-revision").first()
    return ZERO if sheet is None else sheet.total


def construction_unit(project: Project) -> Office | None:
    """The office that the newest construction task names."""
    task = current(project, ConstructionTask)
    return None if task is None else task.unit


def closed_budget_totals(projects: QuerySet[Any] | Iterable[Any], *, limit: int) -> list[Decimal]:
    """The totals of the last closed budgets of some projects, one each, newest first, yuan."""
    closed = Budget.objects.filter(closed_at__isnull=False)
    later = closed.filter(project=OuterRef("project"), revision__gt=OuterRef("revision"))
    newest = closed.filter(~Exists(later), project__in=projects).order_by("-id").values_list("pk", flat=True)
    sums = BudgetLine.objects.filter(sheet__in=list(newest[:limit])).values("sheet").annotate(total=Sum("amount"))
    return [row["total"] for row in sums.order_by(F("sheet").desc())]


def settled_between(projects: Any, moments: tuple[datetime, datetime]) -> QuerySet[Settlement]:
    """The final settlements in force that were closed from the first moment and before the second.

    In force is the newest one of a project; while one is amended after a sending back, there is none.
    """
    later = Settlement.objects.filter(project=OuterRef("project"), revision__gt=OuterRef("revision"))
    since, until = moments
    closed = Settlement.objects.filter(closed_at__gte=since, closed_at__lt=until, project__in=projects)
    found: QuerySet[Settlement] = closed.filter(~Exists(later)).order_by("closed_at", "pk")
    return found
