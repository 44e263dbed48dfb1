"""What a paper file says (在途案件): who, where and what, and of each stage that it has passed what was done then.

A form of facts is strict where the stage has been passed, and asks nothing where the file only stands.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.forms.models import fields_for_model
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.forms.base import DayInput, LineTableField
from applications.forms.start import NewConnectionForm
from applications.stages import Stage
from engineering.models import (
    Sheet,
)
from waterservice.masking import mask_identity, mask_phone
from waterservice.money import MoneyFormField, yuan
from waterservice.text import LineField

NOTHING_CHOSEN = ("", "—")
# Personal data that those who decide need to recognise, not to read.
MASKS = {
    "identity_number": mask_identity,
    "agent_identity_number": mask_identity,
    "bank_account": mask_identity,
    "telephone": mask_phone,
    "second_telephone": mask_phone,
    "agent_telephone": mask_phone,
}


class DayField(forms.DateField):
    """A day of the paper file."""

    widget = DayInput


class HeadForm(NewConnectionForm):
    """Which file, who, where, what, and since when it stands where it stands."""

    reference = LineField(label=gettext_lazy("Number of the paper file"), max_length=40)
    applied_on = DayField(label=gettext_lazy("Applied on"))
    accepted_on = DayField(label=gettext_lazy("Accepted on"), required=False)
    arrived_on = DayField(label=gettext_lazy("At this stage since"))
    remark = LineField(
        label=gettext_lazy("Remark"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Where the paper file lies, what is to be known of it."),
    )
    accepted_at: ClassVar[Stage] = Stage.DOCUMENT_REVIEW  # the stage that is left by being accepted

    def __init__(self, data: Mapping[str, Any] | None = None, *, passed: tuple[Stage, ...]) -> None:
        super().__init__(data, use_required_attribute=False)
        self.accepted = self.accepted_at in passed
        self.fields["accepted_on"].required = self.accepted

    @property
    def file(self) -> list[forms.BoundField]:
        return [self[name] for name in ("reference", "applied_on", "accepted_on", "arrived_on", "remark")]

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        days = [(name, values.get(name)) for name in ("applied_on", "accepted_on", "arrived_on")]
        if values.get("accepted_on") and not self.accepted:
            self.add_error("accepted_on", _("At this stage the request is not accepted yet. Leave the day empty."))
        latest = timezone.localdate()
        for name, day in reversed(days):
            if day is None:
                continue
            if day > timezone.localdate():
                self.add_error(name, _("%(day)s has not come yet.") % {"day": day.isoformat()})
            elif day > latest:
                self.add_error(name, _("This day lies behind %(day)s.") % {"day": latest.isoformat()})
            latest = min(day, latest)
        return values


class FactsForm(forms.Form):
    """What was done at one stage on paper.

    strict   whether what is required must be there
    latest   the last day on which something can have happened

    `planned` names the days that may lie ahead, `day` the one on which the stage was left.
    """

    planned: ClassVar[frozenset[str]] = frozenset()
    day: ClassVar[str] = ""
    model: ClassVar[type[Sheet] | None] = None
    columns: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, stage: Stage, strict: bool = True, latest: date | None = None
    ) -> None:
        super().__init__(data, prefix=stage.value, use_required_attribute=False)
        self.stage, self.strict, self.latest = stage, strict, latest or timezone.localdate()
        derived = self.derived()
        own = self.fields
        self.fields = {**derived, **own}
        for name, field in self.fields.items():
            field.required = field.required and strict
            if isinstance(field, forms.DateField):
                field.widget = DayInput()
            if isinstance(field.widget, forms.Textarea):
                field.widget.attrs["rows"] = 2
            if name in derived and self.model is not None and name in self.model.required:
                field.required = strict

    def derived(self) -> dict[str, forms.Field]:
        """The fields that follow from a model's columns."""
        return {} if self.model is None else fields_for_model(self.model, fields=self.columns)

    def clean(self) -> dict[str, Any]:
        """A form's field does not ask what the column itself asks: that is done here."""
        values: dict[str, Any] = super().clean() or {}
        for name, value in list(values.items()):
            if self.model is not None and name in self.columns:
                try:
                    self.model._meta.get_field(name).run_validators(value)  # type: ignore[union-attr]
                except forms.ValidationError as fault:
                    self.add_error(name, fault)
            if isinstance(value, date) and name not in self.planned and value > self.latest:
                self.add_error(name, _("This day lies behind %(day)s.") % {"day": self.latest.isoformat()})
        return values

    @property
    def stated(self) -> bool:
        """Whether anything at all is said."""
        return any(value not in (None, "", []) for value in self.cleaned_data.values())

    def lines(self) -> Iterator[tuple[str, str]]:
        """What is said, as label and words."""
        for bound in self:
            yield from shown(bound)


def shown(bound: forms.BoundField) -> Iterator[tuple[str, str]]:
    """A field as label and words in the reader's language; nothing where it is empty, a row of a table for each row."""
    field, value = bound.field, bound.value()
    if isinstance(field, LineTableField):
        for place, row in enumerate(value or [], start=1):
            cells = [words for cell in field.row_form(initial=row) for _label, words in shown(cell)]
            yield f"{bound.label} {place}", " · ".join(cells)
    elif value not in (None, "", False):
        words = _words(field, value)
        yield str(bound.label), MASKS[bound.name](words) if bound.name in MASKS else words


def _words(field: forms.Field, value: Any) -> str:
    """A value in words; what cannot be read is shown as it was typed."""
    if isinstance(field, forms.BooleanField):
        return _("yes")
    if isinstance(field, forms.ModelChoiceField | MoneyFormField):
        try:
            read = field.clean(value)
        except forms.ValidationError:
            return str(value)
        return yuan(read) if isinstance(read, Decimal) else str(read)
    by_text = {str(key): words for key, words in getattr(field, "choices", ())}
    return str(by_text.get(str(value), value))
