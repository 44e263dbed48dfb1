"""Forms of the till. What may be done is judged by the services; here it is only read."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing import selectors
from billing.models import Bill, BillQuerySet
from billing.models.rows import TILL_CHOICES
from waterservice.money import yuan
from waterservice.numbers import row_number
from waterservice.text import LineField


class PaidOnField(forms.DateField):
    """The day on which the money of a payment moved: today unless another is typed."""

    default_error_messages = {"future": _("%(day)s has not come yet.")}
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})

    def __init__(self, **kwargs: Any) -> None:
        words = _("The day on which the money moved, as the slip of the bank says. On the day sheet it stands today.")
        super().__init__(
            **{"label": _("Paid on"), "initial": timezone.localdate, "required": False, "help_text": words, **kwargs}
        )

    def clean(self, value: Any) -> date:
        today = timezone.localdate()
        day: date = super().clean(value) or today
        if day > today:
            raise forms.ValidationError(self.error_messages["future"], params={"day": day})
        return day


class BillsField(forms.ModelMultipleChoiceField):
    """Bills to choose from; `offer` says of each what it costs today, late charge included."""

    late: dict[int, selectors.Late] = {}

    def offer(self, bills: BillQuerySet) -> None:
        """Choose among these, which carry their `outstanding`."""
        self.queryset = bills
        self.late = selectors.late_charges(bills, timezone.localdate())

    def label_from_instance(self, bill: Any) -> str:
        period = f"{bill.period_start} – {bill.period_end}"
        words = f"{bill.account.number} · {bill.customer.name} · {period} · {yuan(bill.outstanding)}"
        late = self.late.get(bill.pk)
        if late is None or not late.amount:
            return words
        return _("%(bill)s + %(late)s late charge") % {"bill": words, "late": yuan(late.amount)}


def day_to_begin_with(bills: Collection[int]) -> date:
    """What “paid on” begins with: the day of the reversed receipt that had paid all of some bills, else today."""
    return max(selectors.days_taken_back(bills) if bills else (), default=timezone.localdate())


FOLLOWED_BY_LATE_CHARGE = _(
    "The day on which the money moved, as the slip of the bank says. The late charge follows it; on the day sheet it "
    "stands today."
)


class PayBillsForm(forms.Form):
    """Which of an account's unpaid bills are paid, and how."""

    bills = BillsField(
        label=_("Bills"),
        queryset=Bill.objects.none(),
        error_messages={
            "required": _("Choose the bills that are paid."),
            "invalid_choice": _("One of these bills has been paid meanwhile. Look at the list again."),
        },
    )
    method = forms.ChoiceField(label=_("Method"), choices=TILL_CHOICES)
    reference = LineField(
        label=_("Reference"),
        max_length=60,
        required=False,
        help_text=_("Number of the transfer, card slip or mobile payment."),
    )
    happened_on = PaidOnField(help_text=FOLLOWED_BY_LATE_CHARGE)

    def __init__(self, *args: Any, unpaid: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["bills"].queryset = unpaid  # type: ignore[attr-defined]
        if not self.is_bound:
            self.initial["happened_on"] = day_to_begin_with(self.chosen)

    @property
    def chosen(self) -> set[int]:
        """The primary keys that are ticked: all, until somebody has chosen."""
        if not self.is_bound:
            return set(self.fields["bills"].queryset.values_list("pk", flat=True))  # type: ignore[attr-defined]
        keys = map(row_number, self.data.getlist("bills"))  # type: ignore[attr-defined]
        return {key for key in keys if key is not None}


class DueForm(forms.Form):
    """Which bills somebody has ticked, and as of which day they ask what these cost."""

    bills = forms.ModelMultipleChoiceField(queryset=Bill.objects.none(), required=False)
    happened_on = PaidOnField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unpaid = Bill.objects.unpaid().with_outstanding().order_by("account", "period_start")
        self.fields["bills"].queryset = unpaid  # type: ignore[attr-defined]


class ReverseReceiptForm(forms.Form):
    """Why a receipt is taken back."""

    reason = LineField(label=_("Reason"), max_length=200)


class HouseholdForm(forms.Form):
    """How many people live at an account, and which paper shows it."""

    size = forms.IntegerField(
        label=_("People in the household"),
        min_value=1,
        max_value=99,
        required=False,
        help_text=_("Empty: not known."),
    )
    proof = LineField(
        label=_("Proof"), max_length=100, help_text=_("Which paper shows it, and of what day: household register …")
    )


class AskWaiverForm(forms.Form):
    """Why a late charge should be let off."""

    reason = LineField(label=_("Reason"), max_length=200)


class AskReversalForm(forms.Form):
    """Why a bill should be reversed."""

    reason = LineField(label=_("Reason"), max_length=200)


class DecideWaiverForm(forms.Form):
    """Granted or refused, and why."""

    opinion = LineField(label=_("Opinion"), max_length=200, required=False, help_text=_("Needed for a refusal."))
    grant = forms.TypedChoiceField(
        choices=[("yes", _("Grant")), ("no", _("Refuse"))], coerce=lambda answer: answer == "yes"
    )
