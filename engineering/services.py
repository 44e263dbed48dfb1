"""Writes of the works. Every service locks the project's row first; a sheet opens, is amended, and is closed."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer, Meter, Premises, User
from engineering.models import (
    Acceptance,
    AcceptanceParty,
    Budget,
    Completion,
    ConstructionTask,
    CostLine,
    CostSheet,
    Defect,
    Design,
    Formality,
    MeterCard,
    Permit,
    Project,
    Settlement,
    Sheet,
    Survey,
)
from engineering.selectors import current

S = TypeVar("S", bound=Sheet)
OWN_COLUMNS = {"id", "project", "revision", "prepared_by", "prepared_at", "closed_at"}


@transaction.atomic
def open_project(*, reference: str, title: str, customer: Customer, premises: Premises, by: User) -> Project:
    """Open the folder of the works for a reference that has none yet."""
    project = Project(reference=reference, title=title, customer=customer, premises=premises, opened_by=by)
    project.full_clean()
    project.save()
    return project


def lock_project(project: Project) -> Project:
    """The project with its row locked; must run in a transaction."""
    return Project.objects.select_for_update().get(pk=project.pk)


def _open_sheet(project: Project, model: type[S], by: User) -> S:
    """The open sheet of a project, or the next revision copied from the last; the project must be locked."""
    last = current(project, model)
    if last is not None and not last.closed:
        return last
    sheet = model(project=project, revision=last.revision + 1 if last else 1, prepared_by=by)
    if last is not None:
        for field in model._meta.concrete_fields:
            if field.name not in OWN_COLUMNS:
                setattr(sheet, field.attname, getattr(last, field.attname))
    return sheet


def _amend(sheet: S, by: User, fields: Mapping[str, Any]) -> S:
    for name, value in fields.items():
        setattr(sheet, name, value)
    sheet.prepared_by, sheet.prepared_at = by, timezone.now()
    sheet.full_clean()
    sheet.save()
    return sheet


@transaction.atomic
def record_survey(*, project: Project, by: User, **fields: Any) -> Survey:
    """Save the survey sheet (NC-4a). Raises ValidationError for what cannot be, such as a survey tomorrow."""
    sheet = _open_sheet(lock_project(project), Survey, by)
    _refuse_future(fields.get("surveyed_on"))
    return _amend(sheet, by, fields)


@transaction.atomic
def record_design(*, project: Project, by: User, **fields: Any) -> Design:
    """Save the design plan (NC-4b)."""
    return _amend(_open_sheet(lock_project(project), Design, by), by, fields)


@transaction.atomic
def record_permit(*, project: Project, by: User, kind: str, name: str = "", **fields: Any) -> Permit:
    """Record a permit as applied for, granted or not needed (NC-4b); a later record of the same permit amends it."""
    locked = lock_project(project)
    _refuse_future(fields.get("decided_on"))
    permit = Permit.objects.filter(project=locked, kind=kind, name=name).first() or Permit(
        project=locked, kind=kind, name=name
    )
    return _save(permit, by, fields)


@transaction.atomic
def record_formality(*, project: Project, by: User, kind: str, **fields: Any) -> Formality:
    """Record a construction formality as done, not needed or under way (NC-6)."""
    locked = lock_project(project)
    _refuse_future(fields.get("decided_on"))
    formality = Formality.objects.filter(project=locked, kind=kind).first() or Formality(project=locked, kind=kind)
    return _save(formality, by, fields)


R = TypeVar("R", Permit, Formality)


def _save(row: R, by: User, fields: Mapping[str, Any]) -> R:
    for name, value in fields.items():
        setattr(row, name, value)
    row.recorded_by = by
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def save_budget(*, project: Project, by: User, lines: Sequence[Mapping[str, Any]]) -> Budget:
    """Replace the lines of the open budget (NC-4c); amounts are computed here."""
    return _save_costs(lock_project(project), Budget, by, lines)


@transaction.atomic
def save_settlement(*, project: Project, by: User, lines: Sequence[Mapping[str, Any]]) -> Settlement:
    """Replace the lines of the open final settlement (NC-8)."""
    return _save_costs(lock_project(project), Settlement, by, lines)


C = TypeVar("C", bound=CostSheet)


def _save_costs(project: Project, model: type[C], by: User, lines: Sequence[Mapping[str, Any]]) -> C:
    if not lines:
        raise ValidationError(_("Enter at least one line."))
    sheet = _amend(_open_sheet(project, model, by), by, {})
    sheet.lines.all().delete()  # type: ignore[attr-defined]
    line_model: type[CostLine] = sheet.lines.model  # type: ignore[attr-defined]
    for place, line in enumerate(lines, start=1):
        priced = line_model(
            sheet=sheet, order=place, amount=CostLine.price(line["quantity"], line["unit_price"]), **line
        )
        priced.full_clean()
        priced.save()
    return sheet


@transaction.atomic
def plan_task(*, project: Project, by: User, **fields: Any) -> ConstructionTask:
    """Save unit, dates and instructions of the construction task (NC-6)."""
    return _amend(_open_sheet(lock_project(project), ConstructionTask, by), by, fields)


@transaction.atomic
def report_completion(*, project: Project, by: User, **fields: Any) -> Completion:
    """Save the completion report with the meter that was set (NC-7).

    Raises ValidationError for a meter number that is installed elsewhere or reported by another project.
    """
    locked = lock_project(project)
    _refuse_future(fields.get("completed_on"))
    number = fields.get("meter_number", "")
    elsewhere = Completion.objects.filter(meter_number=number).exclude(project=locked).exists()
    if number and (elsewhere or Meter.objects.filter(number=number).exists()):
        raise ValidationError(
            {"meter_number": _("Meter %(number)s is installed elsewhere. Read its number again.") % {"number": number}}
        )
    return _amend(_open_sheet(locked, Completion, by), by, fields)


@transaction.atomic
def record_acceptance(
    *,
    project: Project,
    by: User,
    held_on: date,
    parties: Sequence[Mapping[str, Any]],
    defects: Sequence[Mapping[str, Any]] = (),
    note: str = "",
) -> Acceptance:
    """Save the acceptance sheet (NC-8): it is passed when every party passed it and no defect is listed."""
    locked = lock_project(project)
    _refuse_future(held_on)
    completion = current(locked, Completion)
    if completion is not None and completion.completed_on and held_on < completion.completed_on:
        raise ValidationError(
            {"held_on": _("The acceptance cannot come before the completion of %(day)s.") % {"day": completion.completed_on}}
        )
    named = [line["party"] for line in parties]
    if len(set(named)) != len(named):
        raise ValidationError({"parties": _("Each party is listed once.")})
    passed = bool(parties) and all(line["passed"] for line in parties) and not defects
    sheet = _open_sheet(locked, Acceptance, by)
    sheet = _amend(sheet, by, {"held_on": held_on, "note": note, "passed": passed})
    sheet.parties.all().delete()
    sheet.defects.all().delete()
    for row in [
        *(AcceptanceParty(acceptance=sheet, **line) for line in parties),
        *(Defect(acceptance=sheet, **line) for line in defects),
    ]:
        row.full_clean()
        row.save()
    return sheet


@transaction.atomic
def record_meter_card(
    *, project: Project, by: User, account_number: str, card_number: str, handed_over_on: date
) -> MeterCard:
    """Record a meter card that was handed over (NC-11); a card number is used once."""
    _refuse_future(handed_over_on)
    card = MeterCard(
        project=lock_project(project),
        account_number=account_number,
        card_number=card_number,
        handed_over_on=handed_over_on,
        handed_over_by=by,
    )
    card.full_clean()
    card.save()
    return card


@transaction.atomic
def close_sheet(*, sheet: Sheet, by: User) -> Sheet:
    """Freeze a sheet as its revision; raises ValidationError when it is closed already."""
    lock_project(sheet.project)
    sheet.closed_at = timezone.now()
    sheet.save()
    return sheet


@transaction.atomic
def reopen(*, project: Project, model: type[S] | str, by: User) -> S | None:
    """Open the next revision of a closed sheet as its copy, lines included; None when there is none or one is open."""
    kind: Any = apps.get_model(model) if isinstance(model, str) else model
    locked = lock_project(project)
    last = current(locked, kind)
    if last is None or not last.closed:
        return None
    sheet: Any = _open_sheet(locked, kind, last.prepared_by)
    sheet.save()
    for related in ("lines", "parties"):
        for row in getattr(last, related).all() if hasattr(last, related) else ():
            row.pk = None
            setattr(row, _parent(row), sheet)
            row.save()
    copied: S = sheet
    return copied


def _parent(row: Any) -> str:
    """The name of the column that points from a line to its sheet."""
    return "acceptance" if isinstance(row, AcceptanceParty) else "sheet"


def _refuse_future(day: date | None) -> None:
    if day is not None and day > timezone.localdate():
        raise ValidationError(_("%(day)s has not come yet. Enter the day on which it happened.") % {"day": day})
