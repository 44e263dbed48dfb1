"""Sheets and the rows that stand on them: open they are amended, closed they are evidence.

A sheet belongs to a project and carries a revision. At most one revision of each kind is open; closing
freezes it with its rows, and what is saved next opens a new revision.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.history import History
from engineering.models.project import Project

CLOSED = Q(closed_at__isnull=False)


class SheetQuerySet(models.QuerySet[Any]):
    """Refuses to change closed sheets by the dozen, as a sheet does one by one."""

    def update(self, **values: Any) -> int:
        _refuse(self.filter(CLOSED))
        return super().update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        _refuse(self.filter(CLOSED))
        return super().delete()


class Sheet(models.Model):
    """What one stage of the works produces. Closed, it is a numbered revision that nobody changes.

    Writing or deleting a closed sheet raises TypeError; `services` open the next revision instead.
    """

    project = models.ForeignKey(Project, models.PROTECT, verbose_name=_("project"))
    revision = models.PositiveSmallIntegerField(_("revision"))
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("prepared by")
    )
    prepared_at = models.DateTimeField(_("prepared"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("closed by"),
    )

    objects = SheetQuerySet.as_manager()
    history = History(inherit=True)

    # Columns that the next revision leaves empty, because they say what happened once.
    starts_anew: ClassVar[frozenset[str]] = frozenset()
    # Relations whose rows go over into the next revision.
    carried: ClassVar[tuple[str, ...]] = ()
    # Columns without which the sheet is not complete.
    required: ClassVar[tuple[str, ...]] = ()
    # Sheets whose rows nobody changes.
    rows_fixed: ClassVar[Q] = CLOSED

    class Meta:
        abstract = True
        ordering = ["project", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["project", "revision"], name="%(class)s_revisions_are_numbered"),
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(closed_at__isnull=True),
                name="%(class)s_one_open_a_project",
                violation_error_message=_("A colleague has just opened this sheet. Look at it, then save again."),
            ),
            models.CheckConstraint(condition=Q(revision__gte=1), name="%(class)s_revisions_begin_with_1"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="%(class)s_closed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return str(_("{sheet}, revision {revision}")).format(sheet=self._meta.verbose_name, revision=self.revision)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self._refuse_if_closed()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self._refuse_if_closed()
        return super().delete(*args, **kwargs)

    @property
    def closed(self) -> bool:
        """Whether it is frozen."""
        return self.closed_at is not None

    @classmethod
    def own_columns(cls) -> frozenset[str]:
        """The columns in which a kind of sheet differs from the others: what its form asks."""
        return frozenset(field.name for field in cls._meta.concrete_fields) - _FRAME

    def _refuse_if_closed(self) -> None:
        _refuse(type(self)._default_manager.filter(CLOSED, pk=self.pk))


_FRAME = frozenset({"id", *(field.name for field in Sheet._meta.local_concrete_fields)})


class SheetPartQuerySet(models.QuerySet[Any]):
    """Refuses to change rows of fixed sheets by the dozen, as a row does one by one."""

    def update(self, **values: Any) -> int:
        _refuse(self._fixed())
        return super().update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        _refuse(self._fixed())
        return super().delete()

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        rows = list(objs)
        _refuse(self._fixed_sheets().filter(pk__in={row.sheet_id for row in rows}))
        return super().bulk_create(rows, *args, **kwargs)

    def _fixed(self) -> models.QuerySet[Any]:
        return self.filter(sheet__in=self._fixed_sheets())

    def _fixed_sheets(self) -> models.QuerySet[Any]:
        sheets = self.model.sheet_model()
        return sheets._default_manager.filter(sheets.rows_fixed)


class SheetPart(models.Model):
    """A row on a sheet, which it reaches as `sheet`: frozen with it, and written through `services` alone."""

    objects = SheetPartQuerySet.as_manager()
    history = History(inherit=True)

    # The column that tells the rows of one sheet apart.
    key: ClassVar[str]

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self._refuse_if_fixed()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self._refuse_if_fixed()
        return super().delete(*args, **kwargs)

    @classmethod
    def sheet_model(cls) -> type[Sheet]:
        """The kind of sheet that these rows stand on."""
        found: type[Sheet] = cls._meta.get_field("sheet").related_model  # type: ignore[assignment]
        return found

    @classmethod
    def own_columns(cls) -> tuple[str, ...]:
        """What a row says, without its number and its sheet."""
        return tuple(field.name for field in cls._meta.concrete_fields if field.name not in ("id", "sheet"))

    def says(self) -> tuple[Any, ...]:
        """The values of its own columns, to compare rows by."""
        return tuple(getattr(self, name) for name in self.own_columns())

    def _refuse_if_fixed(self) -> None:
        sheets = self.sheet_model()
        _refuse(sheets._default_manager.filter(sheets.rows_fixed, pk=self.sheet_id))  # type: ignore[attr-defined]


def _refuse(fixed: models.QuerySet[Any]) -> None:
    if fixed.exists():
        raise TypeError(f"A closed sheet never changes; its next revision does ({fixed.model.__name__}).")
