"""Forms of agreements, account, water on, meter card, filing and first reading."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import BillingCycle, KindOfUse, ReadingBook
from accounts.selectors import next_place
from applications.forms.base import CalendarDayField, CaseForm, PastDayField
from waterservice.calendar import calendar
from waterservice.masking import mask_identity
from waterservice.text import LineField
from waterservice.upload_field import UploadField


class ConstructionAgreementForm(CaseForm):
    works_start = CalendarDayField(label=gettext_lazy("Works start"))
    works_end = CalendarDayField(label=gettext_lazy("Works end"))

    def initial_from_case(self) -> dict[str, Any]:
        details = self.case.new_connection
        today, days = timezone.localdate(), calendar()
        return {
            "works_start": details.works_start or days.working_day_from(today + timedelta(days=7)),
            "works_end": details.works_end or days.working_day_from(today + timedelta(days=37)),
        }

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        start, end = values.get("works_start"), values.get("works_end")
        if start and start < timezone.localdate():
            self.add_error("works_start", _("The works cannot be agreed to start in the past."))
        if start and end and end < start:
            self.add_error("works_end", _("The works cannot end before they start."))
        return values


class SignedCopyForm(CaseForm):
    signed_on = PastDayField(label=gettext_lazy("Signed on"))
    signatory = LineField(label=gettext_lazy("Signed by"), max_length=60)
    scan = UploadField(label=gettext_lazy("Signed copy"))

    def initial_from_case(self) -> dict[str, Any]:
        applicant = self.case.applicant
        return {"signatory": self.case.new_connection.agent_name or applicant.legal_representative or applicant.name}


class OpenAccountForm(CaseForm):
    cycle = forms.ChoiceField(
        label=gettext_lazy("Billing cycle"), choices=BillingCycle.choices, initial=BillingCycle.MONTHLY
    )
    book = forms.ModelChoiceField(
        label=gettext_lazy("Reading book"), queryset=ReadingBook.objects.all(), required=False
    )


class MeterCardForm(CaseForm):
    card_number = LineField(label=gettext_lazy("Card number"), max_length=30)
    handed_over_on = PastDayField(label=gettext_lazy("Handed over on"))


class FilingForm(CaseForm):
    """The counter compares the file with the papers, one item after the other (NC-C4)."""

    kind_of_use = forms.ChoiceField(label=gettext_lazy("Kind of use"), choices=KindOfUse.choices)
    book = forms.ModelChoiceField(
        label=gettext_lazy("Reading book"), queryset=ReadingBook.objects.all(), empty_label=None
    )
    order_in_book = forms.IntegerField(label=gettext_lazy("Place in the book"), min_value=1, max_value=99999)
    holder_agrees = forms.BooleanField(label=gettext_lazy("Holder and identity agree with the papers"))
    meter_agrees = forms.BooleanField(
        label=gettext_lazy("Meter number, calibre and first reading agree with the papers")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """What is to be compared stands beside its tick."""
        super().__init__(*args, **kwargs)
        account = self.case.account
        assert account is not None
        holder, meter = account.holder, account.meter
        assert meter is not None
        self.fields["holder_agrees"].help_text = f"{holder.name} · {mask_identity(holder.identity_number)}"
        self.fields["meter_agrees"].help_text = _("{meter}, first reading {reading} m³").format(
            meter=meter, reading=meter.first_reading
        )

    def initial_from_case(self) -> dict[str, Any]:
        account = self.case.account
        assert account is not None
        place = account.order_in_book or (next_place(account.book) if account.book else None)
        return {"kind_of_use": account.kind_of_use, "book": account.book_id, "order_in_book": place}

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        for confirmed in ("holder_agrees", "meter_agrees"):
            values.pop(confirmed, None)
        return values


class FirstReadingForm(CaseForm):
    reading = forms.IntegerField(label=gettext_lazy("Reading (m³)"), min_value=0)
    read_on = PastDayField(label=gettext_lazy("Read on"))
    sure = forms.BooleanField(
        label=gettext_lazy("Looked again: it is right"),
        required=False,
        help_text=gettext_lazy("Only for a figure that is doubted."),
    )
