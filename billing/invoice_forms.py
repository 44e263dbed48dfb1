"""Forms of tax invoices; what may be invoiced is judged by the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models import TaxInvoice
from billing.models.invoices import check_invoice_number, check_tax_number
from waterservice.money import MoneyFormField
from waterservice.text import LineField


class CapitalsField(LineField):
    """A number with letters, typed in whatever case."""

    def to_python(self, value: Any) -> str:
        return super().to_python(value).upper()


class DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class TaxInvoiceForm(forms.Form):
    """An invoice as the tax system has issued it."""

    kind = forms.ChoiceField(label=_("Kind"), choices=TaxInvoice.Kind.choices)
    number = LineField(label=_("Invoice number"), max_length=20, validators=[check_invoice_number])
    title = LineField(label=_("Title"), max_length=100)
    tax_number = CapitalsField(label=_("Tax number"), max_length=20, required=False, validators=[check_tax_number])
    amount = MoneyFormField(label=_("Amount"))
    issued_on = DayField(label=_("Issued on"))

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        needs = values.get("kind") == TaxInvoice.Kind.SPECIAL and "tax_number" in values
        if needs and not values["tax_number"]:
            self.add_error("tax_number", _("A special VAT invoice needs the buyer's tax number."))
        return values


class FlushInvoiceForm(forms.Form):
    """The red invoice that takes a blue one back, whole."""

    number = LineField(label=_("Number of the red invoice"), max_length=20, validators=[check_invoice_number])
    issued_on = DayField(label=_("Issued on"))
    reason = LineField(label=_("Reason"), max_length=200)
