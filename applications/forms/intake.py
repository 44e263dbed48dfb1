"""Forms of the counter: application form, documents, arrears check."""

from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import fields_for_model
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Customer, Premises
from accounts.models.customers import PARTS
from applications import required_documents
from applications.asked_fields import mark
from applications.forms.base import CaseForm, DayInput
from applications.models import DocumentKind, HandedInDocument, NewConnectionDetails
from billing import selectors as ledger
from waterservice.calendar import calendar
from waterservice.text import LineField
from waterservice.upload_field import UploadField

DETAIL_COLUMNS = (
    "kind_of_use",
    "expected_m3_month",
    "calibre",
    "purpose",
    "business_premises",
    "project_facts",
    "invoice_title",
    "tax_number",
    "agent_name",
    "agent_identity_number",
    "agent_telephone",
)


def another_connection_field() -> LineField:
    """Why a connection is asked for where there is one, or one under way."""
    return LineField(
        label=gettext_lazy("Why another connection for these premises"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Only where the premises have an account or an open case already."),
    )


IDENTITY_COLUMNS = ("identity_kind", "identity_number", "name")
CUSTOMER_COLUMNS = ("telephone", "second_telephone", "legal_representative", "bank", "bank_account")


class AmendForm(CaseForm):
    """The form as far as it may still change: how to reach the applicant, and what is asked for."""

    unmasked = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(fields_for_model(Customer, fields=CUSTOMER_COLUMNS))
        self.fields.update(
            fields_for_model(
                NewConnectionDetails,
                fields=DETAIL_COLUMNS,
                widgets={"project_facts": forms.Textarea(attrs={"rows": 2})},
            )
        )
        mark(self.fields, kind=self.case.applicant.kind)

    def initial_from_case(self) -> dict[str, Any]:
        applicant, details = self.case.applicant, self.case.new_connection
        known = {name: getattr(applicant, name) for name in CUSTOMER_COLUMNS}
        return known | {name: getattr(details, name) for name in DETAIL_COLUMNS}

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        return {
            "customer": {name: values[name] for name in CUSTOMER_COLUMNS if name in values},
            "details": {name: values[name] for name in DETAIL_COLUMNS if name in values},
        }


class CorrectApplicantForm(CaseForm):
    """Who asks and where, as it should have been typed."""

    unmasked = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(fields_for_model(Customer, fields=IDENTITY_COLUMNS))
        self.fields.update(fields_for_model(Premises, fields=PARTS))
        self.fields["duplicate_reason"] = another_connection_field()

    def initial_from_case(self) -> dict[str, Any]:
        applicant, premises = self.case.applicant, self.case.premises
        known = {name: getattr(applicant, name) for name in IDENTITY_COLUMNS}
        return known | {name: getattr(premises, name) for name in PARTS}

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        return {
            "customer": {name: values[name] for name in IDENTITY_COLUMNS if name in values},
            "premises": {name: values[name] for name in PARTS if name in values},
            "duplicate_reason": values.get("duplicate_reason", ""),
        }


class ReceiveDocumentForm(CaseForm):
    """What is missing comes first, then what may be replaced, then any other kind."""

    kind = forms.ChoiceField(label=gettext_lazy("Document"))
    scan = UploadField(label=gettext_lazy("Scan or photograph"))
    checked = forms.BooleanField(label=gettext_lazy("Compared with the original: complete and genuine"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = required_documents.checklist(self.case)
        known = [line.kind for line in sorted(lines, key=lambda line: (line.good, line.unchecked))]
        kinds = [*known, *(kind for kind in DocumentKind if kind not in known)]
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in kinds]  # type: ignore[attr-defined]


class CheckDocumentForm(CaseForm):
    document = forms.ModelChoiceField(
        label=gettext_lazy("Document"), queryset=HandedInDocument.objects.none(), empty_label=None
    )
    finding = forms.ChoiceField(
        label=gettext_lazy("Finding"),
        choices=[
            choice for choice in HandedInDocument.Finding.choices if choice[0] != HandedInDocument.Finding.RECEIVED
        ],
    )
    fault = LineField(label=gettext_lazy("What is wrong"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["document"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = self.case.documents.filter(replaced=False)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        faulty = values.pop("finding", "") == HandedInDocument.Finding.FAULTY
        if faulty and not values.get("fault"):
            raise ValidationError({"fault": _("Say what is wrong with the document.")})
        if not faulty:
            values["fault"] = ""
        return values


class OneTimeNoticeForm(CaseForm):
    bring_by = forms.DateField(label=gettext_lazy("To be brought by"), widget=DayInput())

    def initial_from_case(self) -> dict[str, Any]:
        return {"bring_by": calendar().add_working_days(timezone.localdate(), 5)}

    def clean_bring_by(self) -> Any:
        day = self.cleaned_data["bring_by"]
        if day < timezone.localdate():
            raise ValidationError(_("The date lies in the past."))
        return day


class ArrearsCheckForm(CaseForm):
    """What the ledger shows stands above the field; saving puts it on record."""

    note = LineField(label=gettext_lazy("Note"), max_length=200, required=False)

    @cached_property
    def arrears(self) -> ledger.Arrears:
        found = ledger.arrears_by_part(customer=self.case.applicant, premises=self.case.premises)
        return found.with_late_charges(timezone.localdate())
