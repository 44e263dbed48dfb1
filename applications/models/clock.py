"""Clocks, suspensions and extensions of a case."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from applications.engine.route import Unit
from applications.stages import Stage, stage_choices

if TYPE_CHECKING:
    from applications.models.case import Application


class Clock(models.Model):
    """A running, kept or cancelled time limit: what clause, what it gates, from when, until when.

    A clock of a stage gates every forward step that leaves the stage; an anchored one only the step
    that fulfils it. While the case is suspended the clock has no due moment and keeps `days_left`.
    """

    application = models.ForeignKey("applications.Application", models.CASCADE, related_name="clocks")
    stage = models.CharField(_("stage"), max_length=40, choices=stage_choices)
    fulfilled_by = models.CharField(_("fulfilled by step"), max_length=60, blank=True)
    clause = models.CharField(_("clause"), max_length=12)
    unit = models.CharField(_("counted in"), max_length=20, choices=Unit.choices)
    days = models.PositiveSmallIntegerField(_("days"), default=0)
    days_left = models.PositiveSmallIntegerField(_("days left at the last start"), default=0)
    started_on = models.DateField(_("started on"))
    started_at = models.DateTimeField(_("started"))
    counted_from = models.DateField(_("counted from"))
    first_due_at = models.DateTimeField(_("first due"))
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    provisional = models.BooleanField(_("provisional"), default=False)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    cancelled = models.BooleanField(_("cancelled"), default=False)
    owner = models.CharField(_("owner"), max_length=40, choices=Role.choices)

    class Meta:
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cancelled=False) | Q(stopped_at__isnull=False), name="clock_cancelled_is_stopped"
            ),
            models.UniqueConstraint(
                fields=["application", "stage", "fulfilled_by"],
                condition=Q(stopped_at__isnull=True),
                name="clock_one_running_of_a_kind",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(stopped_at__isnull=True), name="clock_running_by_due")]

    def __str__(self) -> str:
        return f"{self.clause} {self.stage}"

    @property
    def running(self) -> bool:
        return self.stopped_at is None

    def gates(self, case: Application, step_name: str) -> bool:
        return self.fulfilled_by == step_name if self.fulfilled_by else self.stage == case.stage

    def is_late(self, now: datetime) -> bool:
        return self.due_at is not None and now > self.due_at

    @property
    def about(self) -> str:
        if self.fulfilled_by:
            return str(next(c.about for c in self.application.route.anchored if c.fulfilled_by == self.fulfilled_by))
        return str(Stage(self.stage).label)

    @property
    def due_words(self) -> str:
        return "" if self.due_at is None else timezone.localtime(self.due_at).strftime("%Y-%m-%d %H:%M")

    @property
    def grantor(self) -> Role:
        """Who grants an extension: the owner's manager; of a manager's own stage the deputy general manager."""
        return Role(self.owner).manager or Role.DEPUTY_GENERAL_MANAGER


class Suspension(models.Model):
    """A time in which the applicant owes something and the clocks stand still."""

    application = models.ForeignKey("applications.Application", models.CASCADE, related_name="suspensions")
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
                fields=["application"], condition=Q(ended_at__isnull=True), name="suspension_one_open"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="suspension_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.reason


class Extension(models.Model):
    """More time asked for one clock: reason and new date; granted or refused by another person."""

    class Status(models.TextChoices):
        ASKED = "asked", _("asked for")
        GRANTED = "granted", _("granted")
        REFUSED = "refused", _("refused")

    clock = models.ForeignKey(Clock, models.CASCADE, related_name="extensions", verbose_name=_("clock"))
    until = models.DateField(_("new date"))
    reason = models.CharField(_("reason"), max_length=300)
    evidence = models.ForeignKey("waterservice.StoredFile", models.PROTECT, related_name="+", null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.ASKED)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    opinion = models.CharField(_("opinion"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["clock"], condition=Q(status="asked"), name="extension_one_asked_a_clock"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="extension_nobody_grants_their_own",
                violation_error_message=_("Nobody decides on an extension that they asked for themselves."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clock} {self.until}"

    @property
    def asked_in_time(self) -> bool:
        return self.asked_at <= self.clock.first_due_at
