"""Forms of payments, refunds and water bills."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.checkpoints.money import refundable
from applications.forms.base import CaseForm, DayInput
from applications.papers.contexts.money import time_to_pay
from billing import selectors as ledger
from billing.forms import FOLLOWED_BY_LATE_CHARGE, BillsField, PaidOnField, day_to_begin_with
from billing.models import Bill, StatementLine
from billing.models.rows import TILL_CHOICES
from waterservice.money import ZERO, MoneyFormField, yuan
from waterservice.text import LineField
from waterservice.upload_field import UploadField


class PaymentForm(CaseForm):
    amount = MoneyFormField(label=gettext_lazy("Amount"))
    method = forms.ChoiceField(label=gettext_lazy("Method"), choices=TILL_CHOICES)
    reference = LineField(
        label=gettext_lazy("Reference"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Number of the transfer, card slip or mobile payment."),
    )
    happened_on = PaidOnField()
    keep_credit = forms.BooleanField(label=gettext_lazy("Keep what is paid too much as credit"), required=False)

    def initial_from_case(self) -> dict[str, Any]:
        balance = ledger.balance(self.case.statement)
        return {"amount": balance} if balance > 0 else {}


class ChargeChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.description} {yuan(obj.amount)}"


class AskReductionForm(CaseForm):
    charge = ChargeChoiceField(label=gettext_lazy("Charge"), queryset=StatementLine.objects.none(), empty_label=None)
    amount = MoneyFormField(label=gettext_lazy("Amount to let off"))
    reason = LineField(label=gettext_lazy("Reason"), max_length=200)
    evidence = UploadField(label=gettext_lazy("Evidence"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["charge"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = ledger.reducible(self.case.statement)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        charge, amount = values.get("charge"), values.get("amount")
        if charge is not None and amount is not None:
            asked = ledger.still_asked(self.case.statement, charge.source)
            if amount > asked:
                self.add_error("amount", _("Only %(asked)s is asked for this.") % {"asked": yuan(max(asked, ZERO))})
        return values


class PaymentNoticeForm(CaseForm):
    pay_by = forms.DateField(label=gettext_lazy("Pay by"), widget=DayInput())

    def initial_from_case(self) -> dict[str, Any]:
        return {"pay_by": time_to_pay(self.case, timezone.localdate())}


class RefundForm(CaseForm):
    amount = MoneyFormField(label=gettext_lazy("Amount"))
    method = forms.ChoiceField(label=gettext_lazy("Method"), choices=TILL_CHOICES)
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


class MoveChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        what = f"{obj.get_kind_display()} {yuan(abs(obj.amount))} · {obj.get_method_display()}"
        return f"{what} · {obj.happened_on.isoformat()} · {obj.recorded_by}"


class ReversePaymentForm(CaseForm):
    line = MoveChoiceField(
        label=gettext_lazy("Payment or refund"), queryset=StatementLine.objects.none(), empty_label=None
    )
    reason = LineField(label=gettext_lazy("Reason"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["line"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = ledger.reversible_moves(self.case.statement)


class TakeBackChargeForm(CaseForm):
    line = forms.ModelChoiceField(label=gettext_lazy("Charge"), queryset=StatementLine.objects.none(), empty_label=None)
    reason = LineField(label=gettext_lazy("Reason"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["line"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = ledger.item_charges(self.case.statement)


class PayBillsForm(CaseForm):
    counts_due = True  # the door shows what the ticked bills come to on the day that is typed

    bills = BillsField(
        label=gettext_lazy("Unpaid bills"),
        queryset=Bill.objects.none(),
        widget=forms.CheckboxSelectMultiple,
    )
    method = forms.ChoiceField(label=gettext_lazy("Method"), choices=TILL_CHOICES)
    reference = LineField(label=gettext_lazy("Reference"), max_length=60, required=False)
    happened_on = PaidOnField(help_text=FOLLOWED_BY_LATE_CHARGE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owed = ledger.arrears(customer=self.case.applicant, premises=self.case.premises)
        field = self.fields["bills"]
        assert isinstance(field, BillsField)
        field.offer(owed)
        self.initial.setdefault("bills", [bill.pk for bill in owed])
        self.initial.setdefault("happened_on", day_to_begin_with(self.initial["bills"]))
