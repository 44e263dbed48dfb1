"""What the paper file of a new connection says of each stage that it has passed (NC-1 to NC-13)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import BillingCycle, Office, OfficeKind, ReadingBook
from applications.forms.base import LineTableField
from applications.forms.takeover import NOTHING_CHOSEN, DayField, FactsForm
from applications.forms.works import CompletionForm, DesignForm, SurveyForm
from applications.models import ApplicantNotice
from applications.stages import Stage
from billing.models.rows import TILL_CHOICES
from engineering.models import (
    Completion,
    CostCategory,
    Design,
    FormalityStatus,
    Party,
    PermitKind,
    PermitStatus,
    Survey,
)
from waterservice.money import ZERO, MoneyFormField
from waterservice.text import LineField


class ArrearsFacts(FactsForm):
    checked_on = DayField(label=gettext_lazy("Arrears checked on"))
    settled_on = DayField(label=gettext_lazy("Arrears settled on"), required=False)
    day = "checked_on"


class SurveyFacts(FactsForm):
    model = Survey
    columns = tuple(name for name in SurveyForm.columns if name not in ("supplyable", "reason"))
    day = "surveyed_on"


class DesignFacts(FactsForm):
    model = Design
    columns = DesignForm.columns
    means = forms.ChoiceField(
        label=gettext_lazy("How the applicant was told of the permits"),
        choices=[NOTHING_CHOSEN, *ApplicantNotice.Means.choices],
    )
    told_on = DayField(label=gettext_lazy("Told on"))
    day = "told_on"


class PermitsFacts(FactsForm):
    """The two permits that every project answers for."""

    kinds: ClassVar[dict[str, PermitKind]] = {
        "planning": PermitKind.PLANNING_ALIGNMENT,
        "road": PermitKind.ROAD_OPENING,
    }

    def derived(self) -> dict[str, forms.Field]:
        fields: dict[str, forms.Field] = {}
        for name, kind in self.kinds.items():
            said = [choice for choice in PermitStatus.choices if choice[0] != PermitStatus.PENDING]
            fields[f"{name}_status"] = forms.ChoiceField(label=kind.label, choices=[NOTHING_CHOSEN, *said])
            fields[f"{name}_number"] = LineField(label=_joined(kind, _("number")), max_length=60, required=False)
            fields[f"{name}_on"] = DayField(label=_joined(kind, _("decided on")), required=False)
            fields[f"{name}_note"] = LineField(label=_joined(kind, _("note")), max_length=200, required=False)
        return fields

    def permits(self) -> Iterator[dict[str, Any]]:
        """The permits as the works record them."""
        for name, kind in self.kinds.items():
            yield {
                "kind": kind,
                "status": self.cleaned_data[f"{name}_status"],
                "number": self.cleaned_data[f"{name}_number"],
                "decided_on": self.cleaned_data[f"{name}_on"],
                "note": self.cleaned_data[f"{name}_note"],
            }


def _joined(choice: models.TextChoices, words: str) -> str:
    return f"{choice.label}: {words}"


class CostFacts(FactsForm):
    """A sheet of costs in short: the whole, what the applicant pays by category, what the utility pays.

    The whole is what the paper says; that the parts add up to it catches what is typed wrong.
    """

    total = MoneyFormField(label=gettext_lazy("Whole cost"))

    def derived(self) -> dict[str, forms.Field]:
        parts: dict[str, forms.Field] = {
            f"part_{category.value}": MoneyFormField(label=category.label, required=False, min_value=ZERO)
            for category in CostCategory
        }
        parts["utility_part"] = MoneyFormField(label=_("Of it the utility pays"), required=False, min_value=ZERO)
        return parts

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        total = values.get("total")
        if total is None or self.errors:
            return values
        added = sum((values[name] or ZERO for name in values if name.startswith("part_")), ZERO)
        added += values["utility_part"] or ZERO
        if added != total:
            self.add_error(
                "total",
                _("The parts add up to %(parts)s, not to %(total)s.") % {"parts": added, "total": total},
            )
        return values

    def cost_lines(self, description: str) -> list[dict[str, Any]]:
        """The lines of the sheet: each part one whole item."""
        values = self.cleaned_data
        lines = [
            _cost_line(category, description, values[f"part_{category.value}"], payer="applicant")
            for category in CostCategory
            if values[f"part_{category.value}"]
        ]
        if values["utility_part"]:
            lines.append(_cost_line(CostCategory.OTHER, description, values["utility_part"], payer="utility"))
        return lines


def _cost_line(category: CostCategory, description: str, amount: Decimal, *, payer: str) -> dict[str, Any]:
    return {
        "category": category,
        "description": description,
        "quantity": Decimal(1),
        "unit": "项",
        "unit_price": amount,
        "red_line": "inside" if payer == "applicant" else "outside",
        "payer": payer,
    }


class BudgetFacts(CostFacts):
    submitted_on = DayField(label=gettext_lazy("Submitted on"))
    day = "submitted_on"


class ApprovalFacts(FactsForm):
    approved_by = LineField(label=gettext_lazy("Approved by (name on the paper)"), max_length=60)
    approved_on = DayField(label=gettext_lazy("Approved on"))
    day = "approved_on"


class ForWhat(models.TextChoices):
    """What money was paid for on paper."""

    FEE = "fee", gettext_lazy("Project fee")
    DIFFERENCE = "difference", gettext_lazy("Difference of the settlement")
    BACK = "back", gettext_lazy("Paid back after the settlement")
    DEPOSIT = "deposit", gettext_lazy("Deposit")

    @property
    def stage(self) -> Stage:
        """The stage at which it is asked."""
        return {
            "fee": Stage.PROJECT_FEE,
            "difference": Stage.FINAL_SETTLEMENT,
            "back": Stage.FINAL_SETTLEMENT,
            "deposit": Stage.SUPPLY_AGREEMENT,
        }[self.value]


class PaymentFactsRow(forms.Form):
    what = forms.ChoiceField(label=gettext_lazy("For what"), choices=ForWhat.choices)
    amount = MoneyFormField(label=gettext_lazy("Amount"))
    paid_on = DayField(label=gettext_lazy("Paid on"))
    method = forms.ChoiceField(label=gettext_lazy("Method"), choices=TILL_CHOICES)
    receipt = LineField(label=gettext_lazy("Number of the old receipt"), max_length=60)

    def clean_paid_on(self) -> date:
        day: date = self.cleaned_data["paid_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("%(day)s has not come yet.") % {"day": day.isoformat()})
        return day


class PaymentsFacts(FactsForm):
    """Everything that was paid on paper, also at later stages; the whole of what was asked need not be paid yet."""

    payments = LineTableField(PaymentFactsRow, label=gettext_lazy("Payments"), required=False)

    def of(self, *kinds: ForWhat) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.cleaned_data.get("payments") or []
        return [row for row in rows if row["what"] in kinds]


class AgreementFacts(FactsForm):
    works_start = DayField(label=gettext_lazy("Works start"))
    works_end = DayField(label=gettext_lazy("Works end"))
    signed_on = DayField(label=gettext_lazy("Signed on"))
    signatory = LineField(label=gettext_lazy("Signed by"), max_length=60)
    planned = frozenset({"works_start", "works_end"})
    day = "signed_on"


class TaskFacts(FactsForm):
    formality_status = forms.ChoiceField(
        label=gettext_lazy("Construction permit"),
        choices=[NOTHING_CHOSEN, *(c for c in FormalityStatus.choices if c[0] != FormalityStatus.PENDING)],
    )
    formality_on = DayField(label=gettext_lazy("Construction permit: done on"), required=False)
    formality_note = LineField(label=gettext_lazy("Construction permit: note"), max_length=200, required=False)
    unit = forms.ModelChoiceField(
        label=gettext_lazy("Construction unit"),
        queryset=Office.objects.filter(kind=OfficeKind.CONSTRUCTION_UNIT),
        to_field_name="code",
        empty_label="—",
    )
    starts_on = DayField(label=gettext_lazy("Starts on"))
    ends_on = DayField(label=gettext_lazy("Ends on"))
    issued_on = DayField(label=gettext_lazy("Task issued on"))
    planned = frozenset({"starts_on", "ends_on"})
    day = "issued_on"


class CompletionFacts(FactsForm):
    model = Completion
    columns = CompletionForm.columns
    day = "completed_on"

    def derived(self) -> dict[str, forms.Field]:
        """Old papers do not tell the digits of a register."""
        fields = super().derived()
        fields["digits"].required = False
        return fields


class AcceptanceFacts(FactsForm):
    """The joint acceptance that was passed: who stood for each party."""

    held_on = DayField(label=gettext_lazy("Held on"))
    day = "held_on"

    def derived(self) -> dict[str, forms.Field]:
        return {
            f"party_{party.value}": LineField(label=_joined(party, _("represented by")), max_length=60)
            for party in Party
        }

    def parties(self) -> list[dict[str, Any]]:
        return [
            {"party": party, "representative": self.cleaned_data[f"party_{party.value}"], "passed": True, "remark": ""}
            for party in Party
        ]


class SettlementFacts(CostFacts):
    fixed_on = DayField(label=gettext_lazy("Settled on"))
    approved_by = LineField(
        label=gettext_lazy("Departure from the budget agreed to by (name on the paper)"), max_length=60, required=False
    )
    approved_on = DayField(label=gettext_lazy("Agreed to on"), required=False)
    day = "fixed_on"


class SupplyFacts(FactsForm):
    account_number = LineField(
        label=pgettext_lazy("on paper", "Account number"),
        max_length=12,
        validators=[RegexValidator(r"\A[0-9]{6,12}\Z", gettext_lazy("An account number has 6 to 12 digits."))],
    )
    cycle = forms.ChoiceField(label=gettext_lazy("Billing cycle"), choices=[NOTHING_CHOSEN, *BillingCycle.choices])
    book = forms.ModelChoiceField(
        label=gettext_lazy("Reading book"),
        queryset=ReadingBook.objects.all(),
        to_field_name="code",
        empty_label="—",
        required=False,
    )
    opened_on = DayField(label=gettext_lazy("Account opened on"))
    deposit_amount = MoneyFormField(label=gettext_lazy("Deposit asked"), required=False)
    deposit_on = DayField(label=gettext_lazy("Deposit asked on"), required=False)
    signed_on = DayField(label=gettext_lazy("Signed on"))
    signatory = LineField(label=gettext_lazy("Signed by"), max_length=60)
    day = "signed_on"

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("deposit_amount") and not values.get("deposit_on"):
            self.add_error("deposit_on", _("Enter the day on which the deposit was asked."))
        return values


class WaterOnFacts(FactsForm):
    water_on = DayField(label=gettext_lazy("Water on since"))
    day = "water_on"


class CardFacts(FactsForm):
    card_number = LineField(label=gettext_lazy("Card number"), max_length=30)
    handed_over_on = DayField(label=gettext_lazy("Handed over on"))
    day = "handed_over_on"


class FilingFacts(FactsForm):
    book = forms.ModelChoiceField(
        label=gettext_lazy("Reading book"), queryset=ReadingBook.objects.all(), to_field_name="code", empty_label="—"
    )
    order_in_book = forms.IntegerField(label=gettext_lazy("Place in the book"), min_value=1, max_value=99999)
    filed_on = DayField(label=gettext_lazy("File checked on"))
    day = "filed_on"
