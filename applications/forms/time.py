"""Forms of suspensions, extensions, late records and reminders."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.checkpoints.arrivals import ARRIVED
from applications.engine.doors import people_reasons
from applications.engine.steps import Step
from applications.forms.base import CalendarDayField, CaseForm, PastDayField
from applications.models import Clock, Suspension
from waterservice.text import LineField
from waterservice.upload_field import UploadField


class SuspendForm(CaseForm):
    kind = forms.ChoiceField(
        label=gettext_lazy("The applicant still owes"),
        choices=[(kind.value, kind.label) for kind in Suspension.Awaited if kind is not Suspension.Awaited.AGREEMENT],
    )
    awaited = LineField(label=gettext_lazy("What is awaited"), max_length=300)
    reason = LineField(label=gettext_lazy("Reason"), max_length=300)

    def clean_kind(self) -> str:
        kind: str = self.cleaned_data["kind"]
        if self.case.suspensions.filter(ended_at=None, kind=kind).exists():
            raise ValidationError(_("The case is suspended for this already."))
        if kind in ARRIVED and ARRIVED[kind](self.case):
            raise ValidationError(
                _("Of this nothing is lacking. Choose “%(other)s” and say what is awaited."),
                params={"other": Suspension.Awaited.OTHER.label},
            )
        return kind


class ClockChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.about} {obj.due_words}"


class AskExtensionForm(CaseForm):
    clock = ClockChoiceField(label=gettext_lazy("Time limit"), queryset=Clock.objects.none())
    until = CalendarDayField(label=gettext_lazy("New date"))
    reason = LineField(label=gettext_lazy("Reason"), max_length=300)
    evidence = UploadField(label=gettext_lazy("Evidence"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["clock"]
        assert isinstance(field, forms.ModelChoiceField)
        own = [clock.pk for clock in self.case.open_clocks if clock.owner_desk.is_of(self.by)]
        field.queryset = self.case.clocks.filter(pk__in=own)
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


class AskBackdatingForm(CaseForm):
    step = forms.ChoiceField(label=gettext_lazy("What was done"))
    happened_on = PastDayField(label=gettext_lazy("The day it happened"))
    reason = LineField(label=gettext_lazy("Why it is recorded only now"), max_length=300)
    evidence = UploadField(label=gettext_lazy("Evidence"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = [step for step in self._offered() if not people_reasons(step, self.case, self.by)]
        self.fields["step"].choices = [(step.name, step.label) for step in own]  # type: ignore[attr-defined]

    def _offered(self) -> list[Step]:
        """What can have happened earlier: of a case that stands still only that it went on."""
        steps = [step for step in self.case.steps_here() if step.backdatable]
        return [step for step in steps if (step.name == "resume") == self.case.suspended]

    def clean_happened_on(self) -> date:
        day: date = self.cleaned_data["happened_on"]
        if day == timezone.localdate():
            raise ValidationError(_("What happens today is recorded by the step itself."))
        arrived = self.case.arrived_on
        if day < arrived:
            raise ValidationError(
                _("The case has been at this stage since %(day)s; nothing can have happened here before."),
                params={"day": arrived.isoformat()},
            )
        stopped = self.case.suspensions.filter(ended_at=None).order_by("started_at").last()
        if stopped is not None and day < timezone.localdate(stopped.started_at):
            raise ValidationError(
                _("The case has been suspended since %(day)s; it cannot have gone on before."),
                params={"day": timezone.localdate(stopped.started_at).isoformat()},
            )
        return day


class UrgeForm(CaseForm):
    words = LineField(label=gettext_lazy("Words to whoever has the case in hand"), max_length=200, required=False)
