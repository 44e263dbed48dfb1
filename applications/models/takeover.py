"""Taking over (在途案件): a paper file that was under way, as it was stated, and who signed for it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.history import History
from applications.models.clock import Decision
from applications.stages import Kind, Stage, stage_choices
from waterservice.models import StoredFile


class Takeover(Decision):
    """What is asked: that the case of a paper file comes in at the stage at which it stands.

    `data` is what was stated, word for word, by the names of the form's fields. Whoever entered or amended it last
    asks; the duty manager, somebody else, grants. Granted, it has become the case `application`.
    """

    kind = models.CharField(_("kind of request"), max_length=30, choices=Kind.choices)
    reference = models.CharField(_("number of the paper file"), max_length=40)
    stage = models.CharField(_("stands at"), max_length=40, choices=stage_choices)
    data = models.JSONField(_("what the file says"), default=dict)
    application = models.OneToOneField(
        "applications.Application",
        models.PROTECT,
        related_name="takeover",
        null=True,
        blank=True,
        verbose_name=_("case"),
    )

    history = History(verbose_name=_("history of takeover"), verbose_name_plural=_("history of takeovers"))

    class Meta(Decision.Meta):
        verbose_name = _("takeover")
        verbose_name_plural = _("takeovers")
        ordering = ["-id"]
        indexes = [models.Index(fields=["status", "-id"], name="takeover_by_status")]
        constraints = [
            *Decision.Meta.constraints,
            models.UniqueConstraint(
                fields=["reference"],
                condition=~Q(status="refused"),
                name="takeover_reference_once",
                violation_error_message=_("A paper file of this number is entered or taken over already."),
            ),
            models.CheckConstraint(
                condition=(Q(status="granted") & Q(application__isnull=False))
                | (~Q(status="granted") & Q(application__isnull=True)),
                name="takeover_granted_is_a_case",
            ),
            models.CheckConstraint(
                condition=(Q(status="asked") & Q(decided_by__isnull=True, decided_at__isnull=True))
                | (~Q(status="asked") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="takeover_decided_by_somebody",
            ),
            models.CheckConstraint(condition=~Q(reference=""), name="takeover_has_a_reference"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def stage_label(self) -> str:
        return str(Stage(self.stage).label)

    @property
    def applicant_name(self) -> str:
        return str(self.data.get("name", ""))

    @property
    def address(self) -> str:
        return "".join(str(self.data.get(part, "")) for part in ("district", "road", "lane", "number", "room"))

    def entered_by(self, user: Any) -> bool:
        """Whether somebody, or one they stand in for, ever entered or amended it (four eyes: amending is entering)."""
        return self.asked_in_name_of(user) or self.history.filter(self.of_hands(user)).exists()

    def scan(self, about: str) -> StoredFile | None:
        """The newest scan about something, or None."""
        found = self.scans.filter(about=about).select_related("file").last()
        return found.file if found else None


class TakeoverScan(models.Model):
    """A scan from the paper file."""

    class About(models.TextChoices):
        FILE = "file", _("the whole paper file")
        PLAN = "plan", _("design plan")
        CONSTRUCTION_AGREEMENT = "construction_agreement", _("signed construction agreement")
        SUPPLY_AGREEMENT = "supply_agreement", _("signed water-supply agreement")
        OTHER = "other", _("other evidence")

    takeover = models.ForeignKey(Takeover, models.CASCADE, related_name="scans", verbose_name=_("takeover"))
    about = models.CharField(_("about"), max_length=30, choices=About.choices)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("scan"))
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("added"), default=timezone.now)

    class Meta:
        verbose_name = _("scan of a paper file")
        verbose_name_plural = _("scans of paper files")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.get_about_display()
