from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from waterservice.models.entries import Entry


class CalendarNotice(models.Model):
    """A whole notice of the holidays of a year, as it was entered; a later version replaces its days."""

    year = models.PositiveSmallIntegerField(_("year"))
    version = models.PositiveSmallIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=120, help_text=_("The notice with its number."))
    text = models.TextField(_("text"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("entered by")
    )
    entered_at = models.DateTimeField(_("entered"), default=timezone.now)

    class Meta:
        verbose_name = _("notice of holidays")
        verbose_name_plural = _("notices of holidays")
        ordering = ["-year", "-version"]
        constraints = [models.UniqueConstraint(fields=["year", "version"], name="calendar_notice_version_once")]

    def __str__(self) -> str:
        return f"{self.year} v{self.version} {self.title}"


class CalendarDay(Entry):
    """What the administrator says of one day; it goes before the library of notices and before estimates.

    Written by waterservice.calendar alone. Without a notice it is a day entered by itself, which goes before what a
    notice says of it and leaves that untouched.
    """

    day = models.DateField(_("day"))
    working = models.BooleanField(_("working day"))
    name = models.CharField(_("occasion"), max_length=60, help_text=_("For example: Spring Festival."))
    source = models.CharField(
        _("source"), max_length=120, blank=True, help_text=_("The notice that says so, with its number.")
    )

    notice = models.ForeignKey(
        CalendarNotice, models.PROTECT, related_name="days", null=True, blank=True, verbose_name=_("notice")
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(
                fields=["day"], condition=models.Q(notice__isnull=True), name="calendar_day_by_itself_once"
            ),
            models.UniqueConstraint(
                fields=["day"], condition=models.Q(notice__isnull=False), name="calendar_day_of_notices_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
