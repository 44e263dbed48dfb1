"""Forms of approvals, sending back, refusing, suspending and extensions."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.forms.base import CaseForm, DayInput, PastDayField
from applications.models import ApplicantNotice, Clock
from applications.stages import Stage
from waterservice.text import LineField


class OpinionForm(CaseForm):
    opinion = LineField(label=gettext_lazy("Opinion"), max_length=300, required=False)


class ReasonForm(CaseForm):
    reason = LineField(label=gettext_lazy("Reason"), max_length=300)


class CommentForm(CaseForm):
    words = LineField(label=gettext_lazy("Comment"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


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


class SuspendForm(CaseForm):
    reason = LineField(label=gettext_lazy("Reason"), max_length=300)
    awaited = LineField(
        label=gettext_lazy("What is awaited"),
        max_length=300,
        help_text=gettext_lazy("What the applicant still owes: papers, permits, money."),
    )


class ClockChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.about} {obj.due_words}"


class AskExtensionForm(CaseForm):
    clock = ClockChoiceField(label=gettext_lazy("Time limit"), queryset=Clock.objects.none())
    until = forms.DateField(label=gettext_lazy("New date"), widget=DayInput())
    reason = LineField(label=gettext_lazy("Reason"), max_length=300)
    evidence = forms.FileField(label=gettext_lazy("Evidence"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["clock"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = self.case.clocks.filter(stopped_at__isnull=True)
        field.empty_label = None

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        clock = self.cleaned_data.get("clock")
        if until < timezone.localdate():
            raise ValidationError(_("The new date lies in the past."))
        if clock is not None and clock.due_at is not None and until <= timezone.localdate(clock.due_at):
            raise ValidationError(
                _("The new date must be after the present one, %(due)s."), params={"due": clock.due_words}
            )
        return until
