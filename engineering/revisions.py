"""How sheets are opened, amended and copied: the tools under `services`. The project is locked before any of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from accounts.history import save_as
from accounts.models import User
from engineering.models import Completion, Project, Sheet, SheetPart
from engineering.selectors import current

S = TypeVar("S", bound=Sheet)
P = TypeVar("P", bound=SheetPart)


def lock_project(project: Project) -> Project:
    """The project as it is now, its row locked until the transaction ends; must run in one."""
    return Project.objects.select_for_update().get(pk=project.pk)


def lock_open_project(project: Project) -> Project:
    """The locked project, to be written. Raises ValidationError when it is closed."""
    locked = lock_project(project)
    if locked.closed_at is not None:
        raise ValidationError(
            _("The works of %(reference)s are closed: what is recorded stays as it is."),
            params={"reference": locked.reference},
        )
    return locked


def open_sheet(project: Project, model: type[S], *, by: User) -> S:
    """The open sheet of a locked project: the one there is, a saved copy of the last, or an unsaved first one."""
    last = current(project, model)
    if last is None:
        return model(project=project, revision=1, prepared_by=by)
    return next_revision(last, by=by) if last.closed else last


def next_revision(last: S, *, by: User) -> S:
    """Save the revision after a closed one: a copy with the rows that go over, still by whoever prepared it."""
    model = type(last)
    said = {name: getattr(last, name) for name in model.own_columns() - model.starts_anew}
    sheet = save_as(
        model(project=last.project, revision=last.revision + 1, prepared_by=last.prepared_by, **said), by=by
    )
    for relation in model.carried:
        rows = getattr(last, relation).all()
        copies = [type(row)(sheet=sheet, **dict(zip(row.own_columns(), row.says(), strict=True))) for row in rows]
        bulk_create_with_history(copies, rows.model, default_user=by)
    return sheet


def begin_anew(sheet: Sheet, *, by: User) -> None:
    """Take from an open sheet what says that something happened once, as the next revision would not have it."""
    if not sheet.starts_anew:
        return
    for name in sheet.starts_anew:
        setattr(sheet, name, sheet._meta.get_field(name).get_default())  # type: ignore[union-attr]
    save_as(sheet, by=by)
    for relation in sheet._meta.related_objects:
        part: Any = relation.related_model
        if issubclass(part, SheetPart) and relation.get_accessor_name() not in sheet.carried:
            write_rows(sheet, part, [], by=by)


def amend(sheet: S, *, by: User, fields: Mapping[str, Any]) -> S:
    """Write columns of an open sheet; who saves is who prepared it, and the works are on their desk.

    Raises ValidationError for what is wrong with a value, TypeError for a column that the sheet does not have.
    """
    if strange := fields.keys() - sheet.own_columns():
        raise TypeError(f"A {type(sheet).__name__} has no {', '.join(sorted(strange))}.")
    for name, value in fields.items():
        setattr(sheet, name, value)
    sheet.prepared_by, sheet.prepared_at = by, timezone.now()
    save_as(sheet, by=by)
    project = sheet.project
    if not isinstance(sheet, Completion) and project.designer_id != by.pk:
        project.designer = by
        save_as(project, by=by)
    return sheet


def build_rows(sheet: Sheet, model: type[P], rows: Sequence[Mapping[str, Any]], *, field: str) -> list[P]:
    """The rows of a sheet, checked but not saved. Raises ValidationError under `field`, naming row and column."""
    built, faults = [], []
    for place, row in enumerate(rows, start=1):
        part = model(sheet=sheet, **row)
        try:
            part.clean_fields(exclude={"sheet"})
        except ValidationError as wrong:
            faults += [
                _("Row %(row)d, %(column)s: %(fault)s")
                % {"row": place, "column": model._meta.get_field(name).verbose_name, "fault": fault}  # type: ignore[union-attr]
                for name, messages in wrong.message_dict.items()
                for fault in messages
            ]
        built.append(part)
    if faults:
        raise ValidationError({field: faults})
    if len({getattr(part, model.key) for part in built}) < len(built):
        raise ValidationError({field: _("Each is listed once.")})
    return built


def write_rows(sheet: Sheet, model: type[P], wanted: Sequence[P], *, by: User) -> None:
    """Make the rows of an open sheet those that are wanted; what stays the same is not written again."""
    stored = {getattr(row, model.key): row for row in model._default_manager.filter(sheet=sheet)}  # type: ignore[misc]
    added, changed = [], []
    for row in wanted:
        before = stored.pop(getattr(row, model.key), None)
        if before is None:
            added.append(row)
        elif before.says() != row.says():
            row.pk = before.pk
            changed.append(row)
    for row in stored.values():
        row._history_user = by
        row.delete()
    bulk_update_with_history(changed, model, model.own_columns(), default_user=by)
    bulk_create_with_history(added, model, default_user=by)


def refuse_future(field: str, day: date | None) -> None:
    """Raise ValidationError under `field` for a day that has not come."""
    if day is not None and day > timezone.localdate():
        words = _("%(day)s has not come yet. Enter the day on which it happened.") % {"day": day}
        raise ValidationError({field: words})
