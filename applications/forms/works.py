"""Forms of survey, design, permits, budget, construction, acceptance and settlement."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import Office, OfficeKind
from applications.forms.base import (
    CalendarDayField,
    CaseForm,
    DayInput,
    LineTableField,
    PastDayField,
    SheetForm,
    SuggestionsInput,
)
from applications.stages import Stage
from engineering import selectors as works
from engineering.models import (
    Acceptance,
    Budget,
    Completion,
    ConstructionTask,
    CostCategory,
    Design,
    Formality,
    Party,
    Payer,
    Permit,
    RedLine,
    Settlement,
    SitePicture,
    Survey,
)
from engineering.models.works import REASONS_NOT_TO_SUPPLY
from waterservice.money import MoneyFormField
from waterservice.text import LineField
from waterservice.upload_field import UploadField, UploadInput

YES_NO = (("", "—"), (True, gettext_lazy("yes")), (False, gettext_lazy("no")))


def yes_no(value: Any) -> bool | None:
    return {"True": True, "true": True, "False": False, "false": False}.get(str(value))


class SurveyForm(SheetForm):
    model = Survey
    columns = (
        "surveyed_on",
        "supplyable",
        "reason",
        "road_opening",
        "pressure_mpa",
        "nearest_main",
        "main_calibre",
        "calibre",
        "meter_position",
        "conclusion",
    )
    widgets = {
        "surveyed_on": DayInput(),
        "reason": SuggestionsInput(REASONS_NOT_TO_SUPPLY),
        "conclusion": forms.Textarea(attrs={"rows": 2}),
    }


class PictureForm(CaseForm):
    """`mark` is drawn by the device, which keeps the picture until it has been taken in."""

    shows = forms.ChoiceField(label=gettext_lazy("What it shows"), choices=SitePicture.Shows.choices)
    picture = UploadField(label=gettext_lazy("Picture"), widget=UploadInput(signature=True))
    words = LineField(label=gettext_lazy("Words to it"), max_length=120, required=False)
    mark = forms.UUIDField(required=False, widget=forms.HiddenInput())


class DesignForm(SheetForm):
    model = Design
    columns = ("description", "length_m", "calibre")
    plan = UploadField(label=gettext_lazy("Plan"), required=False)
    widgets = {"description": forms.Textarea(attrs={"rows": 2})}


class PermitForm(CaseForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        columns = ("kind", "name", "status", "number", "decided_on", "note")
        self.fields.update(forms.models.fields_for_model(Permit, fields=columns, widgets={"decided_on": DayInput()}))


class FormalityForm(CaseForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        columns = ("kind", "status", "note", "decided_on")
        self.fields.update(forms.models.fields_for_model(Formality, fields=columns, widgets={"decided_on": DayInput()}))


class CostLineForm(forms.Form):
    category = forms.ChoiceField(label=gettext_lazy("Category"), choices=CostCategory.choices)
    description = LineField(label=gettext_lazy("Description"), max_length=120)
    quantity = forms.DecimalField(label=gettext_lazy("Quantity"), min_value=0, max_digits=12, decimal_places=3)
    unit = LineField(label=gettext_lazy("Unit"), max_length=12)
    unit_price = MoneyFormField(label=gettext_lazy("Unit price"), min_value=0)
    red_line = forms.ChoiceField(label=gettext_lazy("Red line"), choices=RedLine.choices)
    payer = forms.ChoiceField(label=pgettext_lazy("cost", "Paid by"), choices=Payer.choices)


COST_COLUMNS = tuple(CostLineForm.base_fields)


class CostForm(CaseForm):
    lines = LineTableField(CostLineForm, label=gettext_lazy("Lines"))
    models: tuple[type, ...] = ()

    def initial_from_case(self) -> dict[str, Any]:
        """The lines of the newest sheet; a settlement starts from the budget."""
        for model in self.models:
            sheet = works.current(self.case.project, model)
            if sheet is not None:
                return {"lines": [{c: getattr(line, c) for c in COST_COLUMNS} for line in sheet.lines.all()]}
        return {}


class BudgetForm(CostForm):
    models = (Budget,)


class SettlementForm(CostForm):
    models = (Settlement, Budget)


class TaskForm(SheetForm):
    model = ConstructionTask
    columns = ("starts_on", "ends_on", "instructions")
    widgets = {"instructions": forms.Textarea(attrs={"rows": 2})}
    field_classes = {"starts_on": CalendarDayField, "ends_on": CalendarDayField}
    unit = forms.ModelChoiceField(
        label=gettext_lazy("Construction unit"),
        queryset=Office.objects.filter(kind=OfficeKind.CONSTRUCTION_UNIT),
        empty_label=None,
    )

    def initial_from_case(self) -> dict[str, Any]:
        details = self.case.new_connection
        return {"starts_on": details.works_start, "ends_on": details.works_end, **super().initial_from_case()}


class CompletionForm(SheetForm):
    model = Completion
    columns = (
        "completed_on",
        "meter_number",
        "maker_number",
        "meter_model",
        "calibre",
        "calibre_reason",
        "meter_position",
        "digits",
        "first_reading",
        "note",
    )
    completed_on = PastDayField(label=gettext_lazy("Completed on"))

    def initial_from_case(self) -> dict[str, Any]:
        """The calibre is that of the design, until another is typed."""
        design = works.current(self.case.project, Design)
        known = super().initial_from_case()
        return {**known, "calibre": known.get("calibre") or (design.calibre if design else None)}

    def clean_completed_on(self) -> date:
        """What was built before the task came to the construction unit is not this construction."""
        day: date = self.cleaned_data["completed_on"]
        begun = self.case.first_arrived_on(Stage.CONSTRUCTION)
        if day < begun:
            raise ValidationError(
                _("The construction task was issued on %(day)s; the works cannot have ended before."),
                params={"day": begun.isoformat()},
            )
        planned = works.current(self.case.project, ConstructionTask)
        if planned is not None and planned.starts_on is not None and day < planned.starts_on:
            raise ValidationError(
                _("By the construction task the works start on %(day)s; they cannot have ended before."),
                params={"day": planned.starts_on.isoformat()},
            )
        return day

    def clean(self) -> dict[str, Any]:
        """Another meter than the one designed and agreed is possible, with a reason on record (NC-C2)."""
        values: dict[str, Any] = super().clean() or {}
        design, calibre = works.current(self.case.project, Design), values.get("calibre")
        if design is None or calibre is None or calibre == design.calibre:
            values["calibre_reason"] = ""
        elif not values.get("calibre_reason"):
            words = _("The design says DN%(designed)s, DN%(built)s was set. Say why it differs from the design.")
            self.add_error("calibre_reason", words % {"designed": design.calibre, "built": calibre})
        return values


class PartyForm(forms.Form):
    party = forms.ChoiceField(label=gettext_lazy("Party"), choices=Party.choices)
    representative = LineField(label=gettext_lazy("Represented by"), max_length=60)
    passed = forms.TypedChoiceField(
        label=gettext_lazy("Passed"),
        choices=(("", "—"), (True, gettext_lazy("passed")), (False, gettext_lazy("not passed"))),
        coerce=yes_no,
    )
    remark = LineField(label=gettext_lazy("Remark"), max_length=200, required=False)


class DefectForm(forms.Form):
    description = LineField(label=gettext_lazy("Defect"), max_length=200)
    mended_on = forms.DateField(label=gettext_lazy("Mended on"), widget=DayInput(), required=False)


class AcceptanceForm(CaseForm):
    held_on = PastDayField(label=gettext_lazy("Held on"))
    parties = LineTableField(PartyForm, label=gettext_lazy("Parties"), fixed_rows=True)
    defects = LineTableField(DefectForm, label=gettext_lazy("Defects"), required=False)
    note = LineField(label=gettext_lazy("Note"), max_length=300, required=False)

    def initial_from_case(self) -> dict[str, Any]:
        """The open sheet as far as it goes; else the five parties, and what the last acceptance left to mend."""
        acceptance = works.current(self.case.project, Acceptance)
        known: dict[str, Any] = {}
        if acceptance is not None and not acceptance.closed:
            known = {
                "held_on": acceptance.held_on or timezone.localdate(),
                "note": acceptance.note,
                "parties": list(acceptance.parties.values("party", "representative", "passed", "remark")),
                "defects": list(acceptance.defects.values("description", "mended_on")),
            }
        known["parties"] = known.get("parties") or [{"party": party.value} for party in Party]
        known["defects"] = known.get("defects") or [
            {"description": defect.description, "mended_on": defect.mended_on}
            for defect in works.defects_to_mend(self.case.project)
        ]
        return known
