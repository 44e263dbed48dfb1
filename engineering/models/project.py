"""A project: everything measured, drawn, estimated, built and accepted for one place."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Project(models.Model):
    """The folder of the works; `reference` is whatever the asker calls it, such as a case number."""

    reference = models.CharField(_("reference"), max_length=30, unique=True)
    title = models.CharField(_("title"), max_length=200)
    customer = models.ForeignKey("accounts.Customer", models.PROTECT, related_name="projects")
    premises = models.ForeignKey("accounts.Premises", models.PROTECT, related_name="projects")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.reference


class Sheet(models.Model):
    """What one stage of the works produces. Closed, it is a numbered revision that nobody changes."""

    project = models.ForeignKey(Project, models.PROTECT, verbose_name=_("project"))
    revision = models.PositiveSmallIntegerField(_("revision"))
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("prepared by")
    )
    prepared_at = models.DateTimeField(_("prepared"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        abstract = True
        ordering = ["project", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["project", "revision"], name="%(class)s_revisions_are_numbered"),
            models.UniqueConstraint(
                fields=["project"], condition=Q(closed_at__isnull=True), name="%(class)s_one_open_a_project"
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} r{self.revision}"

    @property
    def closed(self) -> bool:
        return self.closed_at is not None

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Closed sheets are evidence: only the closing itself is written, never anything after it."""
        refuse_if_closed(self)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        refuse_if_closed(self)
        return super().delete(*args, **kwargs)


def refuse_if_closed(sheet: Sheet) -> None:
    """Raise ValidationError when the stored sheet is closed."""
    if sheet.pk and type(sheet)._default_manager.filter(pk=sheet.pk, closed_at__isnull=False).exists():
        raise ValidationError(
            _("%(sheet)s is closed. Send the case back to change it."), params={"sheet": str(sheet)}
        )


class PermitKind(models.TextChoices):
    PLANNING_ALIGNMENT = "planning_alignment", _("Planning alignment")
    ROAD_OPENING = "road_opening", _("Road opening")
    OTHER = "other", _("Other permit")


class PermitStatus(models.TextChoices):
    PENDING = "pending", _("applied for")
    GRANTED = "granted", _("granted")
    NOT_NEEDED = "not_needed", _("not needed")


class Permit(models.Model):
    """A permit that the applicant obtains: granted, not needed, or still awaited (NC-4b)."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="permits")
    kind = models.CharField(_("permit"), max_length=30, choices=PermitKind.choices)
    name = models.CharField(_("name of another permit"), max_length=60, blank=True)
    status = models.CharField(_("status"), max_length=20, choices=PermitStatus.choices)
    number = models.CharField(_("number of the permit"), max_length=60, blank=True)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("permit")
        verbose_name_plural = _("permits")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "kind", "name"], name="permit_once_a_project"),
            models.CheckConstraint(
                condition=~Q(status="granted") | (~Q(number="") & Q(decided_on__isnull=False)),
                name="permit_granted_has_number_and_day",
                violation_error_message=_("A granted permit needs its number and the day it was granted."),
            ),
            models.CheckConstraint(
                condition=~Q(status="not_needed") | ~Q(note=""),
                name="permit_not_needed_says_why",
                violation_error_message=_("Say why the permit is not needed."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="other") | ~Q(name=""),
                name="permit_other_is_named",
                violation_error_message=_("Name the other permit."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.get_kind_display()


class FormalityKind(models.TextChoices):
    CONSTRUCTION_PERMIT = "construction_permit", _("Construction permit")
    TRAFFIC = "traffic", _("Traffic diversion")
    UTILITIES = "utilities", _("Agreement with other pipelines")
    OTHER = "other", _("Other formality")


class FormalityStatus(models.TextChoices):
    PENDING = "pending", _("under way")
    DONE = "done", _("done")
    NOT_NEEDED = "not_needed", _("not needed")


class Formality(models.Model):
    """A construction formality (施工手续) of the design office: done or not needed (NC-6)."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="formalities")
    kind = models.CharField(_("formality"), max_length=30, choices=FormalityKind.choices)
    status = models.CharField(_("status"), max_length=20, choices=FormalityStatus.choices)
    note = models.CharField(_("note"), max_length=200, blank=True)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("construction formality")
        verbose_name_plural = _("construction formalities")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "kind"], name="formality_once_a_project"),
            models.CheckConstraint(
                condition=~Q(status="done") | Q(decided_on__isnull=False),
                name="formality_done_has_its_day",
                violation_error_message=_("Enter the day on which the formality was done."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class MeterCard(models.Model):
    """A meter card (表卡) that the construction unit handed over (NC-11)."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="meter_cards")
    account_number = models.CharField(_("account number"), max_length=12)
    card_number = models.CharField(_("card number"), max_length=30, unique=True)
    handed_over_on = models.DateField(_("handed over on"))
    handed_over_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        verbose_name = _("meter card")
        verbose_name_plural = _("meter cards")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "account_number"], name="meter_card_one_an_account")
        ]

    def __str__(self) -> str:
        return self.card_number
