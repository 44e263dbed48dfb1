from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Decision(models.Model):
    """Something asked for with a reason, granted or refused by another person."""

    class Status(models.TextChoices):
        ASKED = "asked", _("asked for")
        GRANTED = "granted", _("granted")
        REFUSED = "refused", _("refused")

    reason = models.CharField(_("reason"), max_length=300)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.ASKED)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    opinion = models.CharField(_("opinion"), max_length=300, blank=True)

    class Meta:
        abstract = True
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="%(class)s_nobody_grants_their_own",
                violation_error_message=_("Nobody decides on what they asked for themselves."),
            ),
        ]

    def decide(self, status: str, *, by: Any, opinion: str) -> None:
        """Write down the answer. Raises IntegrityError should somebody answer their own."""
        self.status = status
        self.decided_at, self.decided_by, self.opinion = timezone.now(), by, opinion
        self.save()
