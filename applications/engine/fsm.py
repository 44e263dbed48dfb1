"""The protected state field of a case.

django-fsm lifts `protected` on the field that all instances share while one of them refreshes; with
threads nearly every illegal assignment then passes. Here the exception is a flag of the one instance
(docs/gotchas.md).
"""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django_fsm import FSMField, FSMFieldDescriptor

REFRESHING = "_refreshing_stage"


class StageDescriptor(FSMFieldDescriptor):
    def __set__(self, instance: models.Model, value: Any) -> None:
        held = instance.__dict__
        if held.get(REFRESHING) or (self.field.name in held and held[self.field.name] == value):
            self.field.set_state(instance, value)
            return
        super().__set__(instance, value)


class StageField(FSMField):
    descriptor_class = StageDescriptor

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["protected"] = True
        super().__init__(*args, **kwargs)


class RefreshesStage(models.Model):
    """Lets `refresh_from_db` set a protected stage on this instance only."""

    class Meta:
        abstract = True

    def refresh_from_db(
        self,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: models.QuerySet[Any] | None = None,
    ) -> None:
        self.__dict__[REFRESHING] = True
        try:
            super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)
        finally:
            del self.__dict__[REFRESHING]
