"""History of every row, and the one way in which services write a row with somebody's name to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.db import IntegrityError, models, transaction
from simple_history.models import HistoricalRecords

from waterservice.text import on_behalf

if TYPE_CHECKING:
    from accounts.models import User

Row = TypeVar("Row", bound=models.Model)


class History(HistoricalRecords):
    """django-simple-history with the index that a row's own story is read by: (id, newest first).

    A save of nothing but excluded columns leaves no entry: a sign-in is no change of the person.
    """

    def get_meta_options(self, model: type[models.Model]) -> dict[str, Any]:
        options: dict[str, Any] = super().get_meta_options(model)
        own = models.Index(fields=[model._meta.pk.attname, "-history_date"])
        return {**options, "indexes": [*options.get("indexes", ()), own]}

    def post_save(
        self,
        instance: models.Model,
        created: bool,
        using: str | None = None,
        update_fields: frozenset[str] | None = None,
        **kwargs: Any,
    ) -> None:
        if update_fields and update_fields <= frozenset(self.excluded_fields):
            return
        super().post_save(instance, created, using=using, update_fields=update_fields, **kwargs)


def save_as(row: Row, *, by: User) -> Row:
    """Check the whole row, save it, and name `by` in its history, and whom they sign for; returns the same row.

    Raises ValidationError for what is wrong with it, also when a colleague was quicker by a moment and has
    taken the same number.
    """
    row.full_clean()
    row._history_user = by  # type: ignore[attr-defined]
    row._change_reason = on_behalf(by, by.signs_for)[:100] if by.signs_for else None  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        row.full_clean()  # reads what the colleague wrote, and says it in words
        raise
    return row
