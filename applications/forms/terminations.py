"""The form of a termination by agreement."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.forms.base import CaseForm
from applications.terminations import most_to_keep, works_begun
from waterservice.money import MoneyFormField, yuan
from waterservice.text import LineField


class TerminationForm(CaseForm):
    reason = LineField(label=gettext_lazy("Reason"), max_length=300)
    works_done = LineField(
        label=gettext_lazy("Works done so far"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("With their cost. Empty where nothing was begun."),
    )
    kept = MoneyFormField(label=gettext_lazy("Kept of the project fee for them"), min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kept"].help_text = _("From ¥0.00 to {most}.").format(most=yuan(most_to_keep(self.case)))

    def initial_from_case(self) -> dict[str, Any]:
        return {} if works_begun(self.case) else {"kept": Decimal("0.00")}

    def clean_kept(self) -> Decimal:
        """Never more than was charged, and nothing for works that were not begun."""
        kept: Decimal = self.cleaned_data["kept"]
        most = most_to_keep(self.case)
        if kept > most and not works_begun(self.case):
            raise ValidationError(_("No construction task was issued: nothing was begun, so nothing is kept."))
        if kept > most:
            raise ValidationError(_("No more than %(most)s was charged for the works."), params={"most": yuan(most)})
        return kept

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("kept") and not values.get("works_done"):
            self.add_error("works_done", _("Say what was done that this is kept for."))
        return values
