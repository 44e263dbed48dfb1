"""Forms of the till. What may be done is judged by the services; here it is only read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import Role
from billing.models import Bill, PayMethod
from waterservice.numbers import row_number
from waterservice.text import LineField


class PayBillsForm(forms.Form):
    """Which of an account's unpaid bills are paid, and how."""

    bills = forms.ModelMultipleChoiceField(
        label=_("Bills"),
        queryset=Bill.objects.none(),
        error_messages={
            "required": _("Choose the bills that are paid."),
            "invalid_choice": _("One of these bills has been paid meanwhile. Look at the list again."),
        },
    )
    method = forms.ChoiceField(label=_("Paid by"), choices=PayMethod.choices)
    reference = LineField(
        label=_("Reference"),
        max_length=60,
        required=False,
        help_text=_("Number of the transfer, card slip or mobile payment."),
    )

    def __init__(self, *args: Any, unpaid: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["bills"].queryset = unpaid  # type: ignore[attr-defined]

    @property
    def chosen(self) -> set[int]:
        """The primary keys that are ticked: all, until somebody has chosen."""
        if not self.is_bound:
            return set(self.fields["bills"].queryset.values_list("pk", flat=True))  # type: ignore[attr-defined]
        keys = map(row_number, self.data.getlist("bills"))  # type: ignore[attr-defined]
        return {key for key in keys if key is not None}


class ReverseReceiptForm(forms.Form):
    """Why a receipt is taken back."""

    reason = LineField(label=_("Reason"), max_length=200)


class DayForm(forms.Form):
    """Which day's takings, and of whom; a cashier has no choice but their own."""

    day = forms.DateField(label=_("Day"), required=False)
    cashier = forms.ModelChoiceField(
        label=_("Cashier"), queryset=User.objects.none(), required=False, empty_label=_("All")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        at_the_till = User.objects.filter(role_assignments__role=Role.CASHIER)
        self.fields["cashier"].queryset = at_the_till  # type: ignore[attr-defined]

    def clean_day(self) -> Any:
        return self.cleaned_data["day"] or timezone.localdate()
