"""Forms of deposits: what is prepared, decided and paid out. What may be done is judged by the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing import selectors
from billing.forms import BillsField
from billing.models import Bill, Deposit, DepositOrder
from billing.models.rows import TILL_CHOICES
from billing.services import Collector
from waterservice.money import MoneyFormField
from waterservice.text import LineField
from waterservice.upload_field import UploadField


class SignedForm(forms.Form):
    """Who signed, and the papers; what the services call `collector`, `signed`, `authority` and `reason`."""

    collector_name = LineField(label=_("Name"), max_length=100)
    collector_identity = LineField(
        label=_("Identity number"), max_length=30, help_text=_("From the paper that is shown at the counter.")
    )
    by_agent = forms.BooleanField(label=_("An agent with a power of attorney"), required=False)
    signed = UploadField(label=_("Signed application"), help_text=_("Scan or photograph with the holder's signature."))
    authority = UploadField(label=_("Power of attorney"), required=False, help_text=_("For an agent."))
    reason = LineField(
        label=_("Reason"), max_length=300, required=False, help_text=_("Needed where it departs from the rules.")
    )

    def __init__(self, *args: Any, deposit: Deposit, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {}).setdefault("collector_name", deposit.statement.customer.name)
        super().__init__(*args, **kwargs)

    def arguments(self) -> dict[str, Any]:
        """The cleaned values as the services take them."""
        values = dict(self.cleaned_data)
        values["collector"] = Collector(
            name=values.pop("collector_name"),
            identity_number=values.pop("collector_identity"),
            by_agent=values.pop("by_agent"),
        )
        return values


class RefundDepositForm(SignedForm):
    """How much is paid back, to whom."""

    amount = MoneyFormField(label=_("Amount"))
    field_order = ("amount",)

    def __init__(self, *args: Any, deposit: Deposit, **kwargs: Any) -> None:
        super().__init__(*args, deposit=deposit, initial={"amount": deposit.left}, **kwargs)


class OffsetDepositForm(SignedForm):
    """Which bills the deposit pays, and what becomes of the rest."""

    bills = BillsField(
        label=_("Bills"),
        queryset=Bill.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose the bills that the deposit pays.")},
    )
    rest = forms.ChoiceField(label=_("The rest"), choices=DepositOrder.Rest.choices, widget=forms.RadioSelect)
    field_order = ("bills", "rest")

    def __init__(self, *args: Any, deposit: Deposit, **kwargs: Any) -> None:
        super().__init__(*args, deposit=deposit, initial={"rest": DepositOrder.Rest.REFUND}, **kwargs)
        field = self.fields["bills"]
        assert isinstance(field, BillsField)
        field.offer(selectors.bills_to_offset(deposit))


class ForfeitDepositForm(forms.Form):
    """How much is forfeited, and why."""

    amount = MoneyFormField(label=_("Amount"))
    reason = LineField(label=_("Reason"), max_length=300)
    evidence = UploadField(label=_("Evidence"), required=False)

    def __init__(self, *args: Any, deposit: Deposit, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"amount": deposit.left})
        super().__init__(*args, **kwargs)

    def arguments(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class PayDepositForm(forms.Form):
    """How the money leaves the drawer."""

    method = forms.ChoiceField(label=_("Method"), choices=TILL_CHOICES)
    reference = LineField(
        label=_("Reference"),
        max_length=60,
        required=False,
        help_text=_("Number of the transfer, card slip or mobile payment."),
    )
