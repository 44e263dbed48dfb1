"""Forms of the cashier's day: which day is shown, what was counted."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Delegation, RoleAssignment, User
from accounts.roles import Role
from billing.models import PayMethod
from billing.models.days import DENOMINATIONS
from waterservice.money import LARGEST, ZERO, MoneyFormField, yuan
from waterservice.text import LineField

MOST_NOTES = 100_000


class DayForm(forms.Form):
    """Which day's takings, and of whom; a cashier has no choice but their own."""

    day = forms.DateField(label=gettext_lazy("Day"), required=False)
    cashier = forms.ModelChoiceField(
        label=gettext_lazy("Cashier"), queryset=User.objects.none(), required=False, empty_label=gettext_lazy("All")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stood_in = Delegation.objects.filter(role=Role.CASHIER).order_by().values("deputy")
        cashiers = RoleAssignment.objects.filter(role=Role.CASHIER).order_by().values("user")
        at_the_till = User.objects.filter(Q(pk__in=cashiers) | Q(pk__in=stood_in))
        self.fields["cashier"].queryset = at_the_till  # type: ignore[attr-defined]

    def clean_day(self) -> Any:
        return self.cleaned_data["day"] or timezone.localdate()


class EdgeForm(forms.Form):
    """After which sheet a page of closed days begins."""

    before = forms.DateField()
    key = forms.IntegerField(min_value=0, max_value=2**62)


class CloseDayForm(forms.Form):
    """What was counted of each method; cash by its notes and coins, or as a sum."""

    def __init__(self, *args: Any, recorded: dict[PayMethod, Decimal], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.recorded = recorded
        for note in DENOMINATIONS:
            self.fields[f"note-{note}"] = forms.IntegerField(
                label=yuan(note),
                required=False,
                min_value=0,
                max_value=MOST_NOTES,
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            )
        for method in recorded:
            self.fields[f"counted-{method}"] = MoneyFormField(
                label=method.label, min_value=-LARGEST, required=method != PayMethod.CASH
            )
            self.fields[f"why-{method}"] = LineField(
                label=_("Explanation of the difference: %(method)s") % {"method": method.label},
                max_length=200,
                required=False,
            )

    @property
    def notes(self) -> list[forms.BoundField]:
        return [self[f"note-{note}"] for note in DENOMINATIONS]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """For each method: its name, what is recorded, counted and lacking so far, and its two fields."""
        counted = self.counted()
        return [
            {
                "method": method.label,
                "recorded": recorded,
                "difference": counted[method] - recorded if method in counted else None,
                "counted": self[f"counted-{method}"],
                "why": self[f"why-{method}"],
            }
            for method, recorded in self.recorded.items()
        ]

    def denominations(self) -> dict[Decimal, int]:
        """How many of which note or coin, as far as they are typed."""
        typed = {note: self.cleaned_data.get(f"note-{note}") for note in DENOMINATIONS} if self.is_bound else {}
        return {note: count for note, count in typed.items() if count}

    def counted(self) -> dict[PayMethod, Decimal]:
        """What was counted of each method, as far as it is typed; the notes come before the sum of cash."""
        if not self.is_bound or not hasattr(self, "cleaned_data"):
            return {}
        typed = {method: self.cleaned_data.get(f"counted-{method}") for method in self.recorded}
        if notes := self.denominations():
            typed[PayMethod.CASH] = sum((note * count for note, count in notes.items()), ZERO)
        return {method: amount for method, amount in typed.items() if amount is not None}

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        typed, counted = values.get(f"counted-{PayMethod.CASH}"), self.counted()
        if PayMethod.CASH not in counted:
            self.add_error(f"counted-{PayMethod.CASH}", _("Count the cash: the notes and coins, or their sum."))
        elif typed is not None and typed != counted[PayMethod.CASH]:
            self.add_error(
                f"counted-{PayMethod.CASH}",
                _("The notes and coins come to %(sum)s. Correct one of the two, or leave the sum empty.")
                % {"sum": yuan(counted[PayMethod.CASH])},
            )
        return values

    def explanations(self) -> dict[PayMethod, str]:
        return {method: self.cleaned_data.get(f"why-{method}", "") for method in self.recorded}
