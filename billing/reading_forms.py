"""Forms of readings and meters. What can be is judged by the services; here it is only read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import CALIBRE_CHOICES, MeterAccount
from accounts.models.meters import FEWEST_DIGITS, MOST_DIGITS
from billing.models import Reading
from waterservice.text import LineField
from waterservice.upload_field import UploadField


def day_field(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}), initial=timezone.localdate)


class ReadOnForm(forms.Form):
    """The day on which a book was walked."""

    read_on = day_field(_("Read on"))


class UntilForm(forms.Form):
    """Up to which day a book is billed."""

    until = forms.DateField(label=_("Readings up to"), widget=forms.DateInput(attrs={"type": "date"}))


class CorrectReadingForm(forms.Form):
    """What the meter really showed, and how the wrong figure came about."""

    reading = forms.IntegerField(label=_("Reading (m³)"), min_value=0)
    read_on = day_field(_("Read on"))
    rolled_over = forms.BooleanField(label=_("The meter rolled over"), required=False)
    reason = LineField(label=_("Reason"), max_length=200)


class ChangeMeterForm(forms.Form):
    """The old meter's last figure, and the new meter."""

    on = day_field(_("Changed on"))
    last_reading = forms.IntegerField(label=_("Last reading of the old meter (m³)"), min_value=0)
    rolled_over = forms.BooleanField(label=_("The old meter rolled over"), required=False)
    number = LineField(label=_("Number of the new meter"), max_length=30)
    calibre = forms.TypedChoiceField(label=_("Calibre"), choices=CALIBRE_CHOICES, coerce=int)
    digits = forms.IntegerField(label=_("Digits of its register"), min_value=FEWEST_DIGITS, max_value=MOST_DIGITS)
    first_reading = forms.IntegerField(label=_("First reading of the new meter (m³)"), min_value=0)
    maker_number = LineField(label=_("Maker's number"), max_length=40, required=False)
    model = LineField(label=_("Model"), max_length=40, required=False)
    remark = LineField(label=_("Remark"), max_length=200, required=False)

    def __init__(self, *args: Any, account: MeterAccount, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if account.meter is not None:
            self.initial.update(calibre=account.meter.calibre, digits=account.meter.digits, first_reading=0)


class FinalReadingForm(forms.Form):
    """What the meter shows on the day on which an account changes hands."""

    reading = forms.IntegerField(label=_("Reading (m³)"), min_value=0)
    read_on = day_field(_("Handed over on"))
    rolled_over = forms.BooleanField(label=_("The meter rolled over"), required=False)
    remark = LineField(label=_("Remark"), max_length=200, required=False)
    sure = forms.BooleanField(
        label=_("Looked again: it is right"), required=False, help_text=_("Only for a figure that is doubted.")
    )


class PhotographForm(forms.Form):
    """A photograph of the meter that the holder sent."""

    kind = forms.ChoiceField(
        label=_("What for"),
        choices=[
            (Reading.Kind.REGULAR, _("regular reading")),
            (Reading.Kind.FINAL, _("final reading, the account changes hands")),
        ],
    )
    reading = forms.IntegerField(label=_("Reading (m³)"), min_value=0)
    read_on = day_field(_("Taken on"))
    rolled_over = forms.BooleanField(label=_("The meter rolled over"), required=False)
    photograph = UploadField(label=_("Photograph"))
    remark = LineField(label=_("Remark"), max_length=200, required=False)
