"""Forms of steps and tasks: bound to a case and to the person who fills them in."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import fields_for_model
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from applications.models import Application
from engineering import selectors as works
from engineering.models import Sheet
from waterservice.calendar import calendar
from waterservice.numbers import row_number
from waterservice.text import Words


class CaseForm(forms.Form):
    """A form in front of one of the doors; its cleaned data are the keyword arguments of the step or task.

    `unmasked` says that it shows the applicant's identity number or telephones in full: opening it is a look on record.
    """

    unmasked: ClassVar[bool] = False

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        case: Application,
        by: User,
        **kwargs: Any,
    ) -> None:
        self.case = case
        self.by = by
        super().__init__(data, files, **kwargs)
        for name, value in self.initial_from_case().items():
            self.initial.setdefault(name, value)

    def initial_from_case(self) -> dict[str, Any]:
        """What the case knows already; fields start with it."""
        return {}


class SheetForm(CaseForm):
    """A form over the newest sheet of an engineering model; labels and checks come from the model's fields."""

    model: ClassVar[type[Sheet]]
    columns: ClassVar[tuple[str, ...]]
    widgets: ClassVar[dict[str, type[forms.Widget] | forms.Widget]] = {}
    field_classes: ClassVar[dict[str, type[forms.Field]]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        derived = fields_for_model(
            self.model, fields=self.columns, widgets=self.widgets, field_classes=self.field_classes
        )
        order = [*derived, *self.fields]
        self.fields = {**derived, **self.fields}
        self.order_fields(order)

    def initial_from_case(self) -> dict[str, Any]:
        sheet = works.current(self.case.project, self.model)
        return {} if sheet is None else {name: getattr(sheet, name) for name in self.columns}


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("format", "%Y-%m-%d")
        super().__init__(**kwargs)


class SuggestionsInput(forms.TextInput):
    """A line of text with words that are mostly meant; other words are as good."""

    template_name = "components/suggestions.html"

    def __init__(self, suggestions: Sequence[Words]) -> None:
        super().__init__()
        self.suggestions = suggestions

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["suggestions"] = self.suggestions
        context["widget"]["attrs"]["list"] = f"{name}-suggestions"
        return context


class PastDayField(forms.DateField):
    """A day that has happened: today or earlier. Starts with today."""

    widget = DayInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("initial", timezone.localdate)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day is not None and day > timezone.localdate():
            raise ValidationError(
                _("%(day)s has not come yet. Enter the day on which it happened."), params={"day": day}
            )
        return day


class CalendarDayField(forms.DateField):
    """A day that a time limit is reckoned with: one that the calendar covers."""

    widget = DayInput

    def clean(self, value: Any) -> Any:
        day, known = super().clean(value), calendar()
        if day is not None and not known.first <= day <= known.last:
            raise ValidationError(
                _("The calendar covers %(first)s to %(last)s. Enter a day within it."),
                params={"first": known.first, "last": known.last},
            )
        return day


class LineTableWidget(forms.Widget):
    """A table of rows that share a form; rows arrive as `name-0-column`, `name-1-column`, …, or as a list."""

    template_name = "components/line_table.html"

    def __init__(
        self, row_form: type[forms.Form], *, blank_rows: int = 1, fixed_rows: bool = False, attrs: Any = None
    ) -> None:
        super().__init__(attrs)
        self.row_form = row_form
        self.blank_rows = blank_rows
        self.fixed_rows = fixed_rows

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[dict[str, Any]]:
        if isinstance(data.get(name), Sequence) and not isinstance(data.get(name), str):
            return list(data[name])
        rows: dict[int, dict[str, Any]] = {}
        for key in data:
            head, _dash, rest = str(key).partition(f"{name}-")
            place, _dash, column = rest.partition("-")
            if not head and row_number(place) is not None and column in self.row_form.base_fields:
                rows.setdefault(int(place), {})[column] = data[key]
        filled = [rows[place] for place in sorted(rows)]
        if self.fixed_rows:
            return filled
        return [row for row in filled if any(str(value).strip() for value in _typed(row, self.row_form))]

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return not any(str(key).startswith(f"{name}-") for key in data) and name not in data

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        rows = list(value or []) or [{} for _row in range(self.blank_rows)]
        # A row left blank is left out, so the browser must not insist on its fields; the server checks the others.
        bound = [
            self.row_form(initial=row, prefix=f"{name}-{place}", use_required_attribute=False)
            for place, row in enumerate(rows)
        ]
        blank = self.row_form(prefix=f"{name}-__prefix__", use_required_attribute=False)
        context["widget"].update(rows=bound, blank=blank, columns=[field.label for field in blank], total=len(bound))
        return context


def _typed(row: Mapping[str, Any], row_form: type[forms.Form]) -> list[Any]:
    """What somebody typed in a row: choices always carry a value, so they do not count."""
    return [value for column, value in row.items() if not isinstance(row_form.base_fields[column], forms.ChoiceField)]


class LineTableField(forms.Field):
    """Rows that are each checked by the row form; every faulty cell is named with its row."""

    default_error_messages = {"required": gettext_lazy("Enter at least one row.")}

    def __init__(
        self, row_form: type[forms.Form], *, blank_rows: int = 1, fixed_rows: bool = False, **kwargs: Any
    ) -> None:
        """With `fixed_rows` every row that is shown must be filled in; otherwise blank ones are left out."""
        self.row_form = row_form
        kwargs.setdefault("widget", LineTableWidget(row_form, blank_rows=blank_rows, fixed_rows=fixed_rows))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> list[dict[str, Any]]:
        rows = [self.row_form(row) for row in value or []]
        if self.required and not rows:
            raise ValidationError(self.error_messages["required"], code="required")
        faults = [
            _("Row %(row)d, %(column)s: %(fault)s") % {"row": place, "column": _column(row, name), "fault": fault}
            for place, row in enumerate(rows, start=1)
            for name, messages in row.errors.items()
            for fault in messages
        ]
        if faults:
            raise ValidationError(faults)
        return [dict(row.cleaned_data) for row in rows]


def _column(row: forms.Form, name: str) -> str:
    return str(row.fields[name].label) if name in row.fields else ""
