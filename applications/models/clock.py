"""Clocks, suspensions and extensions of a case."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.roles import Role
from applications.engine.route import Unit
from applications.engine.steps import Desk
from applications.stages import Stage, stage_choices
from waterservice.hours import at_hour
from waterservice.models import Decision

if TYPE_CHECKING:
    from applications.models.case import Application


class Clock(models.Model):
    """A running, kept or cancelled time limit: what clause, what it gates, from when, until when.

    A clock of a stage gates every forward step that leaves the stage; an anchored one only the step
    that fulfils it. Its unit, days and hour are those of the policies on the day the request was accepted
    (before that, on the day it started) and stay, whatever becomes of the policies.

    stage        the stage that it times, or at which the deed was done that opened an anchored one
    subject      the household or batch that it is about; empty for the case itself
    closes       the hour at which its last day ends
    started_on   the day of the event, which is not counted; started_at its moment, the close of an earlier day
    rule_due_at  the due moment by rule: suspensions and notices of holidays move it, an extension never
    due_at       the due moment that gates: a granted extension's date where there is one; none while it stands still
    warn_on      the first day of the last third, when the light turns yellow
    taken_over_late  it had run out already when its file was taken over from paper: nobody's breach here
    finished_on  the day the deed happened that stopped it, with what it took in working days then; of a cancelled
                 clock only where its limit had been broken
    """

    application = models.ForeignKey("applications.Application", models.CASCADE, related_name="clocks")
    stage = models.CharField(_("stage"), max_length=40, choices=stage_choices)
    fulfilled_by = models.CharField(_("fulfilled by step"), max_length=60, blank=True)
    subject = models.CharField(_("about whom or what"), max_length=60, blank=True)
    clause = models.CharField(_("clause"), max_length=12)
    unit = models.CharField(_("counted in"), max_length=20, choices=Unit.choices)
    days = models.PositiveSmallIntegerField(_("days"), default=0)
    closes = models.TimeField(_("last day ends at"))
    owner = models.CharField(_("owner"), max_length=40, choices=Role.choices)
    office = models.ForeignKey("accounts.Office", models.PROTECT, related_name="+", null=True, verbose_name=_("office"))
    started_on = models.DateField(_("started on"))
    started_at = models.DateTimeField(_("started"))
    rule_due_at = models.DateTimeField(_("due by the rule"))
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    warn_on = models.DateField(_("warn from"), null=True, blank=True)
    provisional = models.BooleanField(_("provisional"), default=False)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    cancelled = models.BooleanField(_("cancelled"), default=False)
    finished_on = models.DateField(_("finished on"), null=True, blank=True)
    net_days = models.PositiveSmallIntegerField(_("net working days"), null=True, blank=True)
    gross_days = models.PositiveSmallIntegerField(_("gross working days"), null=True, blank=True)
    late = models.BooleanField(_("late"), default=False)
    extended = models.BooleanField(_("extended"), default=False)
    taken_over_late = models.BooleanField(_("late already when taken over"), default=False)

    class Meta:
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cancelled=False) | Q(stopped_at__isnull=False), name="clock_cancelled_is_stopped"
            ),
            models.CheckConstraint(
                condition=Q(finished_on__isnull=True)
                | Q(stopped_at__isnull=False, net_days__isnull=False, gross_days__gte=F("net_days")),
                name="clock_finished_has_its_days",
            ),
            models.CheckConstraint(
                condition=Q(cancelled=False)
                | Q(late=True, finished_on__isnull=False)
                | Q(late=False, finished_on__isnull=True),
                name="clock_cancelled_is_counted_exactly_when_late",
            ),
            models.UniqueConstraint(
                fields=["application", "stage", "fulfilled_by", "subject"],
                condition=Q(stopped_at__isnull=True),
                name="clock_one_running_of_a_kind",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(stopped_at__isnull=True), name="clock_running_by_due"),
            models.Index(fields=["finished_on"], condition=Q(finished_on__isnull=False), name="clock_finished_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.clause} {self.stage}"

    @property
    def running(self) -> bool:
        return self.stopped_at is None

    def gates(self, case: Application, step_name: str) -> bool:
        return self.fulfilled_by == step_name if self.fulfilled_by else self.stage == case.stage

    def is_late(self, moment: datetime) -> bool:
        return self.due_at is not None and moment > self.due_at

    @property
    def about(self) -> str:
        if self.fulfilled_by:
            return f"{self.application.route.anchor(self.fulfilled_by).about} {self.subject}".strip()
        return str(Stage(self.stage).label)

    @property
    def since_words(self) -> str:
        """What its first day is: that of the event that an anchored clock names, or of the deed."""
        event = self.application.route.anchor(self.fulfilled_by).event if self.fulfilled_by else None
        return str(event.words if event else _("started on"))

    @property
    def due_words(self) -> str:
        return moment_words(self.due_at)

    def closing_of(self, day: date) -> datetime:
        """The moment at which a day ends for this clock."""
        return at_hour(day, self.closes)

    @property
    def grantor(self) -> Role:
        """Who grants an extension: the owner's manager; of a manager's own stage the deputy general manager."""
        return grantor_of(Role(self.owner))

    @property
    def owner_desk(self) -> Desk:
        """Who asks for more time."""
        return Desk(Role(self.owner), self.office_id)

    @property
    def grantor_desk(self) -> Desk:
        """Who grants it."""
        return Desk.beside(self.grantor, Role(self.owner), self.office_id)


def grantor_of(owner: Role) -> Role:
    """Who grants more time to a role; a route gives no clock to one above whom nobody stands (applications.E008)."""
    return owner.manager or Role.DEPUTY_GENERAL_MANAGER


def moment_words(moment: datetime | None) -> str:
    """A moment as people write it, in the time of the hall."""
    return "" if moment is None else timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


class Suspension(models.Model):
    """A time in which the applicant owes something and the clocks stand still; several may overlap."""

    class Awaited(models.TextChoices):
        PAPERS = "papers", pgettext_lazy("awaited", "papers")
        PERMITS = "permits", _("permits")
        MONEY = "money", _("money")
        AGREEMENT = "agreement", _("agreement on ending the case")
        OTHER = "other", _("something else")

    application = models.ForeignKey("applications.Application", models.CASCADE, related_name="suspensions")
    kind = models.CharField(_("kind"), max_length=10, choices=Awaited.choices)
    reason = models.CharField(_("reason"), max_length=300)
    awaited = models.CharField(_("what is awaited"), max_length=300)
    started_at = models.DateTimeField(_("from"), default=timezone.now)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        verbose_name = _("suspension")
        verbose_name_plural = _("suspensions")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "kind"], condition=Q(ended_at__isnull=True), name="suspension_one_open_of_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="suspension_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.reason


class Extension(Decision):
    """More time asked for one clock: reason and new date."""

    clock = models.ForeignKey(Clock, models.CASCADE, related_name="extensions", verbose_name=_("clock"))
    until = models.DateField(_("new date"))
    evidence = models.ForeignKey("waterservice.StoredFile", models.PROTECT, related_name="+", null=True, blank=True)

    class Meta(Decision.Meta):
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        constraints = [
            *Decision.Meta.constraints,
            models.UniqueConstraint(fields=["clock"], condition=Q(status="asked"), name="extension_one_asked_a_clock"),
        ]

    def __str__(self) -> str:
        return f"{self.clock} {self.until}"


class Backdating(Decision):
    """That a deed happened on an earlier day than it is recorded (补录): reason, evidence, a second person."""

    application = models.ForeignKey("applications.Application", models.CASCADE, related_name="backdatings")
    step = models.CharField(_("step"), max_length=60)
    stage = models.CharField(_("stage"), max_length=40, choices=stage_choices)
    happened_on = models.DateField(_("happened on"))
    evidence = models.ForeignKey("waterservice.StoredFile", models.PROTECT, related_name="+")
    used_at = models.DateTimeField(_("used"), null=True, blank=True)
    void = models.BooleanField(_("void"), default=False)

    class Meta(Decision.Meta):
        verbose_name = _("late record")
        verbose_name_plural = _("late records")
        constraints = [
            *Decision.Meta.constraints,
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(status="asked", void=False),
                name="backdating_one_asked_a_case",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.step} {self.happened_on}"
