"""What others grant and hand over: permits, construction formalities, meter cards (NC-4b, NC-6, NC-11)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.history import History
from engineering.models.columns import ONE_LINE
from engineering.models.project import Project

PENDING = "pending"


class Grant(models.Model):
    """What others grant or what is done for the works as they are designed: it is pending or settled.

    When the works are sent back behind it, it stays on record; whether it still holds for them must be confirmed.
    """

    status: str
    to_confirm = models.BooleanField(_("to be confirmed"), default=False)

    class Meta:
        abstract = True

    @property
    def pending(self) -> bool:
        return self.status == PENDING


class PermitKind(models.TextChoices):
    """Which permit."""

    PLANNING_ALIGNMENT = "planning_alignment", _("Planning alignment")
    ROAD_OPENING = "road_opening", _("Road opening")
    OTHER = "other", _("Other permit")


# Every project answers for these two, if only with “not needed”.
REQUIRED_PERMITS = (PermitKind.PLANNING_ALIGNMENT, PermitKind.ROAD_OPENING)


class PermitStatus(models.TextChoices):
    """How far a permit is."""

    PENDING = PENDING, _("applied for")
    GRANTED = "granted", _("granted")
    NOT_NEEDED = "not_needed", _("not needed")


class Permit(Grant):
    """A permit that the applicant obtains: granted, not needed, or still awaited (NC-4b).

    The name tells several of a kind apart, such as the openings of two roads.
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="permits", verbose_name=_("project"))
    kind = models.CharField(_("permit"), max_length=30, choices=PermitKind.choices)
    name = models.CharField(_("name of another permit"), max_length=60, blank=True, validators=ONE_LINE)
    status = models.CharField(_("status"), max_length=20, choices=PermitStatus.choices)
    number = models.CharField(_("number of the permit"), max_length=60, blank=True, validators=ONE_LINE)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True, validators=ONE_LINE)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )

    history = History(verbose_name=_("history of permit"), verbose_name_plural=_("history of permits"))

    class Meta:
        verbose_name = _("permit")
        verbose_name_plural = _("permits")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "kind", "name"], name="permit_once_a_project"),
            models.CheckConstraint(condition=Q(kind__in=PermitKind.values), name="permit_kind_known"),
            models.CheckConstraint(condition=Q(status__in=PermitStatus.values), name="permit_status_known"),
            models.CheckConstraint(
                condition=~Q(status=PermitStatus.GRANTED) | (~Q(number="") & Q(decided_on__isnull=False)),
                name="permit_granted_has_number_and_day",
                violation_error_message=_("A granted permit needs its number and the day it was granted."),
            ),
            models.CheckConstraint(
                condition=~Q(status=PermitStatus.NOT_NEEDED) | ~Q(note=""),
                name="permit_not_needed_says_why",
                violation_error_message=_("Say why the permit is not needed."),
            ),
            models.CheckConstraint(
                condition=~Q(kind=PermitKind.OTHER) | ~Q(name=""),
                name="permit_other_is_named",
                violation_error_message=_("Name the other permit."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.get_kind_display()


class FormalityKind(models.TextChoices):
    """Which construction formality."""

    CONSTRUCTION_PERMIT = "construction_permit", _("Construction permit")
    TRAFFIC = "traffic", _("Traffic diversion")
    UTILITIES = "utilities", _("Agreement with other pipelines")
    OTHER = "other", _("Other formality")


class FormalityStatus(models.TextChoices):
    """How far a formality is."""

    PENDING = PENDING, _("under way")
    DONE = "done", _("done")
    NOT_NEEDED = "not_needed", _("not needed")


class Formality(Grant):
    """A construction formality (施工手续) of the design office: done, not needed or under way (NC-6)."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="formalities", verbose_name=_("project"))
    kind = models.CharField(_("formality"), max_length=30, choices=FormalityKind.choices)
    status = models.CharField(_("status"), max_length=20, choices=FormalityStatus.choices)
    note = models.CharField(_("note"), max_length=200, blank=True, validators=ONE_LINE)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )

    history = History(
        verbose_name=_("history of construction formality"),
        verbose_name_plural=_("history of construction formalities"),
    )

    class Meta:
        verbose_name = _("construction formality")
        verbose_name_plural = _("construction formalities")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "kind"], name="formality_once_a_project"),
            models.CheckConstraint(condition=Q(kind__in=FormalityKind.values), name="formality_kind_known"),
            models.CheckConstraint(condition=Q(status__in=FormalityStatus.values), name="formality_status_known"),
            models.CheckConstraint(
                condition=~Q(status=FormalityStatus.DONE) | Q(decided_on__isnull=False),
                name="formality_done_has_its_day",
                violation_error_message=_("Enter the day on which the formality was done."),
            ),
            models.CheckConstraint(
                condition=~Q(kind=FormalityKind.OTHER) | ~Q(note=""),
                name="formality_other_is_named",
                violation_error_message=_("Say in the note which other formality it is."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class MeterCard(models.Model):
    """A meter card (表卡) that the construction unit handed over (NC-11)."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="meter_cards", verbose_name=_("project"))
    account_number = models.CharField(
        _("account number"),
        max_length=12,
    )
    card_number = models.CharField(
        _("card number"),
        max_length=30,
        unique=True,
        validators=ONE_LINE,
        error_messages={"unique": _("This card number is on record already. Read it again.")},
    )
    handed_over_on = models.DateField(_("handed over on"))
    handed_over_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("handed over by")
    )
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("received by"),
    )
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)

    history = History(verbose_name=_("history of meter card"), verbose_name_plural=_("history of meter cards"))

    class Meta:
        verbose_name = _("meter card")
        verbose_name_plural = _("meter cards")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "account_number"], name="meter_card_one_an_account"),
            models.CheckConstraint(condition=~Q(account_number=""), name="meter_card_names_an_account"),
            models.CheckConstraint(condition=~Q(card_number=""), name="meter_card_has_its_number"),
        ]

    def __str__(self) -> str:
        return self.card_number
