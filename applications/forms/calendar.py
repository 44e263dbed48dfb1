"""Forms of the calendar: a whole notice, or one day by itself."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.forms.base import CalendarDayField
from waterservice.calendar import DayEntry
from waterservice.notices import LONGEST_TEXT, parse_notice
from waterservice.text import LineField, decoded

# A notice is Chinese in every language of the screens: this shows its two forms, not a sentence of ours.
EXAMPLE = """一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：……

2026-10-01~2026-10-07,休,国庆节
2026-10-10,班,国庆节"""


class NoticeForm(forms.Form):
    """The whole notice of a year, pasted or as a CSV file."""

    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=2005, max_value=2049)
    title = LineField(label=gettext_lazy("Notice with its number"), max_length=120)
    text = forms.CharField(
        label=gettext_lazy("The notice, pasted as it was published"),
        help_text=gettext_lazy(
            "Its own sentences, or lines with day or span, 休 or 班 and occasion; an example of each stands in the box."
        ),
        widget=forms.Textarea(attrs={"rows": 7, "placeholder": EXAMPLE}),
        required=False,
    )
    file = forms.FileField(label=gettext_lazy("or a CSV file"), required=False)
    amends = forms.BooleanField(
        label=gettext_lazy("It amends the notice in force: the days that it does not name stay as they are"),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        upload = cleaned.get("file")
        if upload is not None:
            if upload.size > 4 * LONGEST_TEXT:
                raise ValidationError({"file": _("This file is too large for a notice of one year.")})
            cleaned["text"] = decoded(upload.read())
            ProhibitNullCharactersValidator()(cleaned["text"])
        if not cleaned["text"].strip():
            raise ValidationError({"text": _("Paste the notice or choose a file.")})
        try:
            cleaned["days"] = parse_notice(cleaned["text"], year=cleaned["year"], amends=cleaned["amends"])
        except ValidationError as faults:
            raise ValidationError({"text": faults.messages}) from faults
        return cleaned


class DayForm(forms.Form):
    """One day by itself: a typhoon, a correction."""

    day = CalendarDayField(label=gettext_lazy("day"))
    working = forms.ChoiceField(
        label=gettext_lazy("It is"),
        choices=(("", gettext_lazy("a day off")), ("yes", gettext_lazy("a working day"))),
        required=False,
    )
    name = LineField(label=gettext_lazy("occasion"), max_length=60)
    source = LineField(label=gettext_lazy("source"), max_length=120, required=False)

    def entry(self) -> DayEntry:
        values = self.cleaned_data
        return DayEntry(values["day"], bool(values["working"]), values["name"])
