"""The application form at the counter, one page: who, where, what (NC-1)."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import fields_for_model
from django.utils.translation import gettext as _

from accounts.models import Customer, Premises
from accounts.models.customers import PAPER_FITS_KIND
from accounts.selectors import find_customer
from applications.asked_fields import mark
from applications.forms.intake import DETAIL_COLUMNS, another_connection_field
from applications.models import NewConnectionDetails

WHO = (
    "kind",
    "identity_kind",
    "identity_number",
    "name",
    "telephone",
    "second_telephone",
    "legal_representative",
    "bank",
    "bank_account",
)
WHERE = ("district", "road", "lane", "number", "room")


class NewConnectionForm(forms.Form):
    """Checks what the counter types; labels and checks of the columns come from the models."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(fields_for_model(Customer, fields=WHO))
        self.fields.update(fields_for_model(Premises, fields=WHERE))
        self.fields.update(
            fields_for_model(
                NewConnectionDetails,
                fields=DETAIL_COLUMNS,
                widgets={"project_facts": forms.Textarea(attrs={"rows": 2})},
            )
        )
        mark(self.fields)
        self.fields["duplicate_reason"] = another_connection_field()

    @property
    def who(self) -> list[forms.BoundField]:
        return [self[name] for name in WHO]

    @property
    def where(self) -> list[forms.BoundField]:
        return [self[name] for name in WHERE]

    @property
    def what(self) -> list[forms.BoundField]:
        return [self[name] for name in (*DETAIL_COLUMNS, "duplicate_reason")]

    def clean(self) -> dict[str, Any]:
        """Let the customer's own model speak on identity numbers; a known identity must bear the same name."""
        values: dict[str, Any] = super().clean() or {}
        if self.errors:
            return values
        customer = Customer(**{name: values[name] for name in WHO})
        try:
            customer.clean_fields()
            customer.clean()
            PAPER_FITS_KIND.validate(Customer, customer)  # type: ignore[attr-defined]
        except ValidationError as fault:
            for name, messages in fault.update_error_dict({}).items():
                self.add_error(name if name in self.fields else None, messages)
            return values
        known = find_customer(customer.identity_kind, customer.identity_number)
        if known is not None and known.name != customer.name:
            self.add_error(
                "name",
                _("This identity number belongs to “%(name)s” in our records. Compare it with the paper.")
                % {"name": known.name},
            )
        values["identity_number"] = customer.identity_number
        values["known"] = known
        return values

    @property
    def customer_values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in WHO}

    @property
    def premises_values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in WHERE}

    @property
    def detail_values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in (*DETAIL_COLUMNS, "duplicate_reason")}
