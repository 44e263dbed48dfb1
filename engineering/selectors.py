"""Reads of the works: newest sheets, what is missing, the larger of budget and settlement."""

from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import Model, QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.models import Office
from engineering.models import (
    Acceptance,
    Budget,
    BudgetLine,
    Completion,
    ConstructionTask,
    CostSheet,
    Design,
    Party,
    PermitKind,
    Project,
    Settlement,
    Sheet,
    Survey,
)
from waterservice.money import ZERO

S = TypeVar("S", bound=Sheet)

REQUIRED: dict[type[Sheet], tuple[str, ...]] = {
    Survey: ("surveyed_on", "supplyable", "road_opening", "nearest_main", "pressure_mpa", "calibre", "meter_position"),
    Design: ("plan", "description", "calibre"),
    ConstructionTask: ("unit", "starts_on", "ends_on"),
    Completion: ("completed_on", "meter_number", "calibre", "meter_position", "first_reading"),
    Acceptance: ("held_on",),
}
REQUIRED_PERMITS = (PermitKind.PLANNING_ALIGNMENT, PermitKind.ROAD_OPENING)


def current(project: Project, model: type[S]) -> S | None:
    """The newest revision of a sheet, open or closed; None when there is none."""
    return model._default_manager.filter(project=project).order_by("-revision").first()


def missing(sheet: Sheet) -> list[str]:
    """The labels of what a sheet still lacks before its stage can be closed, in the order of the form."""
    if isinstance(sheet, Survey) and sheet.supplyable is False:
        return [] if sheet.surveyed_on else [str(_label(sheet, "surveyed_on"))]
    empty = [
        str(_label(sheet, name)) for name in REQUIRED.get(type(sheet), ()) if getattr(sheet, name) in (None, "")
    ]
    if isinstance(sheet, CostSheet) and not sheet.lines.exists():  # type: ignore[attr-defined]
        empty.append(_("lines"))
    if isinstance(sheet, Acceptance):
        present = set(sheet.parties.values_list("party", flat=True))
        empty += [str(party.label) for party in Party if party not in present]
    return empty


def _label(sheet: Model, name: str) -> Any:
    return sheet._meta.get_field(name).verbose_name  # type: ignore[union-attr]


def permits_not_recorded(project: Project) -> list[str]:
    """The labels of the permits that every project must answer for and this one does not yet."""
    known = set(project.permits.values_list("kind", flat=True))
    return [str(kind.label) for kind in REQUIRED_PERMITS if kind not in known]


def largest_cost(project: Project) -> Decimal:
    """The larger of the newest closed budget and the newest closed settlement, yuan, whoever pays (NC-10)."""
    totals = [ZERO]
    for model in (Budget, Settlement):
        sheet = model._default_manager.filter(project=project, closed_at__isnull=False).order_by("-revision").first()
        if sheet is not None:
            totals.append(sheet.total)
    return max(totals)


def construction_unit(project: Project) -> Office | None:
    """The office that the newest construction task names."""
    task = current(project, ConstructionTask)
    return task.unit if task else None


def closed_budget_totals(projects: Any, *, limit: int) -> list[Decimal]:
    """The totals of the last closed budgets of some projects, newest first, yuan."""
    budgets = Budget.objects.filter(project__in=projects, closed_at__isnull=False).order_by("-id")[:limit]
    sums = (
        BudgetLine.objects.filter(sheet__in=[budget.pk for budget in budgets])
        .values("sheet")
        .annotate(total=Sum("amount"))
        .values_list("total", flat=True)
    )
    return list(sums)


def open_sheets() -> dict[str, QuerySet[Any]]:
    """The open sheets of the design office by kind, for its load."""
    kinds = (Survey, Design, Budget, Acceptance, Settlement)
    return {
        str(model._meta.verbose_name): model._default_manager.filter(closed_at__isnull=True).select_related(
            "project", "prepared_by"
        )
        for model in kinds
    }
