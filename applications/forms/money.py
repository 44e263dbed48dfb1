"""Forms of payments, refunds and water bills."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.checkpoints.money import refundable
from applications.forms.base import CaseForm
from billing import selectors as ledger
from billing.models import Bill, LineKind, PayMethod, StatementLine
from waterservice.money import ZERO, MoneyFormField, yuan
from waterservice.text import LineField


class PaymentForm(CaseForm):
    amount = MoneyFormField(label=gettext_lazy("Amount"))
    method = forms.ChoiceField(label=gettext_lazy("Method"), choices=PayMethod.choices)
    reference = LineField(
        label=gettext_lazy("Reference"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Number of the transfer or card slip."),
    )
    keep_credit = forms.BooleanField(label=gettext_lazy("Keep what is paid too much as credit"), required=False)

    def initial_from_case(self) -> dict[str, Any]:
        balance = ledger.balance(self.case.statement)
        return {"amount": balance} if balance > 0 else {}


class RefundForm(CaseForm):
    amount = MoneyFormField(label=gettext_lazy("Amount"))
    method = forms.ChoiceField(label=gettext_lazy("Method"), choices=PayMethod.choices)
    reason = LineField(label=gettext_lazy("Reason"), max_length=200)
    reference = LineField(label=gettext_lazy("Reference"), max_length=60, required=False)

    def initial_from_case(self) -> dict[str, Any]:
        left = refundable(self.case)
        return {"amount": left} if left > 0 else {}

    def clean_amount(self) -> Decimal:
        """What was paid for a fee that stands is not the cashier's to give back."""
        amount: Decimal = self.cleaned_data["amount"]
        left = refundable(self.case)
        if amount > left:
            words = _("Only %(left)s can be paid back: the rest pays what is asked. Send the case back first.")
            raise ValidationError(words, params={"left": yuan(max(left, ZERO))})
        return amount


class ReversePaymentForm(CaseForm):
    line = forms.ModelChoiceField(
        label=gettext_lazy("Payment"), queryset=StatementLine.objects.none(), empty_label=None
    )
    reason = LineField(label=gettext_lazy("Reason"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["line"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = StatementLine.objects.filter(
            statement=self.case.statement, kind=LineKind.PAYMENT, reversal__isnull=True
        )


class TakeBackChargeForm(CaseForm):
    line = forms.ModelChoiceField(label=gettext_lazy("Charge"), queryset=StatementLine.objects.none(), empty_label=None)
    reason = LineField(label=gettext_lazy("Reason"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["line"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = ledger.item_charges(self.case.statement)


class PayBillsForm(CaseForm):
    bills = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Unpaid bills"),
        queryset=Bill.objects.none(),
        widget=forms.CheckboxSelectMultiple,
    )
    method = forms.ChoiceField(label=gettext_lazy("Method"), choices=PayMethod.choices)
    reference = LineField(label=gettext_lazy("Reference"), max_length=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owed = ledger.arrears(customer=self.case.applicant, premises=self.case.premises)
        field = self.fields["bills"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = owed
        self.initial.setdefault("bills", [bill.pk for bill in owed])
