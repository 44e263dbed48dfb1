"""Forms of payments, refunds and water bills."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from applications.forms.base import CaseForm
from billing import selectors as ledger
from billing.models import Bill, LineKind, PayMethod, StatementLine
from waterservice.money import MoneyFormField
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
        balance = ledger.balance(self.case.statement)
        return {"amount": -balance} if balance < 0 else {}


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
