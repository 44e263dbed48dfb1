"""Writes of permits and construction formalities (NC-4b, NC-6): recorded, asked about again, confirmed."""

from __future__ import annotations

from datetime import date

from django.apps import apps
from django.db import transaction

from accounts.history import save_as
from accounts.models import User
from engineering.models import Formality, Grant, Permit, Project
from engineering.revisions import lock_open_project, refuse_future
from engineering.selectors import settled


@transaction.atomic
def record_permit(
    *,
    project: Project,
    by: User,
    kind: str,
    status: str,
    name: str = "",
    number: str = "",
    decided_on: date | None = None,
    note: str = "",
) -> Permit:
    """Record a permit as applied for, granted or not needed (NC-4b); the same permit again amends it."""
    locked = lock_open_project(project)
    refuse_future("decided_on", decided_on)
    permit = locked.permits.filter(kind=kind, name=name).first()
    permit = permit or Permit(project=locked, kind=kind, name=name)
    permit.status, permit.number, permit.decided_on, permit.note = status, number, decided_on, note
    permit.recorded_by, permit.to_confirm = by, False
    return save_as(permit, by=by)


@transaction.atomic
def record_formality(
    *, project: Project, by: User, kind: str, status: str, note: str = "", decided_on: date | None = None
) -> Formality:
    """Record a construction formality as done, not needed or under way (NC-6); the same again amends it."""
    locked = lock_open_project(project)
    refuse_future("decided_on", decided_on)
    formality = locked.formalities.filter(kind=kind).first() or Formality(project=locked, kind=kind)
    formality.status, formality.note, formality.decided_on = status, note, decided_on
    formality.recorded_by, formality.to_confirm = by, False
    return save_as(formality, by=by)


@transaction.atomic
def ask_again(*, project: Project, model: type[Grant] | str, by: User) -> None:
    """Let what is settled be confirmed again: the works for which it was granted or done were sent back.

    `model` is the class or its label, “engineering.Permit”.
    """
    kind: type[Grant] = apps.get_model(model) if isinstance(model, str) else model
    for row in settled(lock_open_project(project), kind).filter(to_confirm=False):
        row.to_confirm = True
        save_as(row, by=by)


@transaction.atomic
def confirm(*, project: Project, model: type[Grant], by: User) -> list[Grant]:
    """Put on record that what was asked about again holds for the works as they are now; returns it."""
    rows = list(settled(lock_open_project(project), model).filter(to_confirm=True))
    for row in rows:
        row.to_confirm = False
        save_as(row, by=by)
    return rows
