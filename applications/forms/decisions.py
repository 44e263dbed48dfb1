"""Forms of approvals, sending back, refusing, suspending and extensions."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from accounts.models import User
from applications.forms.base import CaseForm, PastDayField
from applications.models import ApplicantNotice
from applications.notifying import colleagues
from applications.stages import Stage
from waterservice.text import LineField


class OpinionForm(CaseForm):
    opinion = LineField(label=gettext_lazy("Opinion"), max_length=300, required=False)


class ReasonForm(CaseForm):
    reason = LineField(label=gettext_lazy("Reason"), max_length=300)


class CommentForm(CaseForm):
    words = LineField(label=gettext_lazy("Comment"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class HandOverForm(CaseForm):
    colleague = forms.ModelChoiceField(label=gettext_lazy("To whom"), queryset=User.objects.none())
    words = LineField(label=gettext_lazy("What they should know"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["colleague"].queryset = colleagues(self.case)  # type: ignore[attr-defined]


class SendBackForm(ReasonForm):
    to = forms.ChoiceField(label=gettext_lazy("Back to"))
    field_order = ("to", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stages = reversed(self.case.stages_to_return_to())
        self.fields["to"].choices = [(stage.value, stage.label) for stage in stages]  # type: ignore[attr-defined]

    def clean_to(self) -> Stage:
        return Stage(self.cleaned_data["to"])


class TellApplicantForm(CaseForm):
    """How and when the applicant was told."""

    means = forms.ChoiceField(label=gettext_lazy("How"), choices=ApplicantNotice.Means.choices)
    told_on = PastDayField(label=gettext_lazy("When"))
    words = LineField(label=gettext_lazy("What was said"), max_length=300, required=False)


class RefuseForm(CaseForm):
    reason = LineField(label=gettext_lazy("Reason"), max_length=300)
    means = forms.ChoiceField(label=gettext_lazy("How the applicant was told"), choices=ApplicantNotice.Means.choices)
    told_on = PastDayField(label=gettext_lazy("When the applicant was told"))
