"""What the statistics are asked for."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Office
from applications.forms.base import CalendarDayField
from applications.models import Application
from applications.stages import Kind
from applications.statistics import GROUPINGS, Filters

ALL = ("", gettext_lazy("All"))


class SpanForm(forms.Form):
    """From when to when; where nothing is said, from the first of January to today."""

    first = CalendarDayField(label=gettext_lazy("from"))
    last = CalendarDayField(label=gettext_lazy("until"))

    def __init__(self, data: Any = None) -> None:
        super().__init__({**self.defaults(), **{name: data[name] for name in data or {} if data[name]}})

    @staticmethod
    def defaults() -> dict[str, Any]:
        today = timezone.localdate()
        return {"first": date(today.year, 1, 1), "last": today}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            raise ValidationError({"last": _("The end lies before the start.")})
        return cleaned

    def filters(self) -> Filters:
        return Filters(self.cleaned_data["first"], self.cleaned_data["last"])


class StatisticsForm(SpanForm):
    """From when to when, of which kind and office, put together by what."""

    kind = forms.ChoiceField(label=gettext_lazy("kind of request"), required=False)
    office = forms.ModelChoiceField(
        label=gettext_lazy("office"), queryset=Office.objects.all(), required=False, empty_label=gettext_lazy("All")
    )
    by = forms.ChoiceField(label=gettext_lazy("put together by"), choices=list(GROUPINGS.items()))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        kinds = [choice for choice in Kind.choices if choice[0] in Application.KINDS]
        self.fields["kind"].choices = [ALL, *kinds]  # type: ignore[attr-defined]

    @staticmethod
    def defaults() -> dict[str, Any]:
        return {**SpanForm.defaults(), "by": "stage"}

    def filters(self) -> Filters:
        values = self.cleaned_data
        office = values["office"].pk if values["office"] else None
        return Filters(values["first"], values["last"], values["kind"], office)
