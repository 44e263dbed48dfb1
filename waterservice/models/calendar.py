from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from waterservice.models.entries import Entry


class CalendarDay(Entry):
    """What the administrator says of one day; it goes before the library of notices and before estimates.

    Written by waterservice.calendar.set_calendar_days alone.
    """

    day = models.DateField(_("day"), unique=True)
    working = models.BooleanField(_("working day"))
    name = models.CharField(_("occasion"), max_length=60, help_text=_("For example: Spring Festival."))
    source = models.CharField(
        _("source"), max_length=120, blank=True, help_text=_("The notice that says so, with its number.")
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
