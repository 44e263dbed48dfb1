"""What happened to a case, in the order in which it was recorded."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from applications.stages import Stage, stage_choices
from waterservice.text import on_behalf

# What is written without a step or task of its own.
HAPPENINGS = {
    "start": _("request opened"),
    "retime": _("due moment moved"),
    "remind": _("reminded of the time limit"),
    "take_over": _("taken over from paper"),
    "grant_takeover": _("taking over signed off"),
}


class TimelineEntry(models.Model):
    """One line of the timeline: append-only."""

    class Nature(models.TextChoices):
        STEP = "step", _("step")
        WORK = "work", _("work")
        MONEY = "money", _("money")
        PAPER = "paper", _("paper")
        TIME = "time", _("time limit")
        COMMENT = "comment", _("comment")

    application = models.ForeignKey("applications.Application", models.CASCADE, related_name="timeline")
    nature = models.CharField(_("nature"), max_length=10, choices=Nature.choices)
    action = models.CharField(_("what was done"), max_length=60, blank=True)
    from_stage = models.CharField(_("from"), max_length=40, blank=True, choices=stage_choices)
    to_stage = models.CharField(_("to"), max_length=40, blank=True, choices=stage_choices)
    note = models.TextField(_("note"), blank=True)
    automatic = models.BooleanField(_("automatic"), default=False)
    revision = models.PositiveIntegerField(_("revision"))
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name=_("on behalf of")
    )
    role = models.CharField(_("role"), max_length=40, blank=True, choices=Role.choices)
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)
    happened_on = models.DateField(_("happened on"), default=timezone.localdate)

    class Meta:
        verbose_name = _("timeline entry")
        verbose_name_plural = _("timeline entries")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["application", "-id"], name="timeline_newest_first"),
            models.Index(fields=["happened_on"], condition=~Q(from_stage=F("to_stage")), name="timeline_moves_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.action}"

    @property
    def who(self) -> str:
        """Who did it, and for whom; empty of what happened by itself."""
        return on_behalf(self.actor, self.on_behalf_of)

    @property
    def words(self) -> str:
        """What was done, in the reader's language, from the declaration of the step or task."""
        deed = type(self.application).deeds().get(self.action)
        return str(deed.past if deed else HAPPENINGS[self.action])

    @property
    def clause(self) -> str:
        deed = type(self.application).deeds().get(self.action)
        return deed.clause if deed else ""

    @property
    def day_before(self) -> date | None:
        """The day on which it happened, where that was not the day on which it was recorded."""
        return None if self.happened_on == timezone.localdate(self.recorded_at) else self.happened_on

    @property
    def moved_to(self) -> str:
        moved = self.to_stage and self.to_stage != self.from_stage
        return str(Stage(self.to_stage).label) if moved else ""
