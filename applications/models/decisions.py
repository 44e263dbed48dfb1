"""Approvals: who decided what about which revision."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.stages import stage_choices
from waterservice.money import money_field
from waterservice.text import on_behalf


class Subject(models.TextChoices):
    BUDGET = "budget", _("Project budget")
    SETTLEMENT = "settlement", _("Final settlement")
    WATER_ON = "water_on", _("Water on")


class Approval(models.Model):
    """A manager's yes. It names the revision and the amount it saw; sending back voids it.

    It was given here by a colleague, or on paper by somebody who need not be one: then the case was taken over.
    """

    application = models.ForeignKey("applications.Application", models.CASCADE, related_name="approvals")
    subject = models.CharField(_("subject"), max_length=20, choices=Subject.choices)
    stage = models.CharField(_("stage"), max_length=40, choices=stage_choices)
    subject_revision = models.PositiveIntegerField(_("revision of the subject"))
    amount = money_field(_("amount"))
    opinion = models.CharField(_("opinion"), max_length=300, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("approved by"),
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("on behalf of"),
    )
    approved_on_paper_by = models.CharField(_("approved on paper by"), max_length=60, blank=True)
    approved_at = models.DateTimeField(_("approved"), default=timezone.now)
    voided_at = models.DateTimeField(_("voided"), null=True, blank=True)

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["subject", "approved_at"], condition=Q(voided_at__isnull=True), name="approval_in_force_by_day"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "subject"],
                condition=Q(voided_at__isnull=True),
                name="approval_one_in_force",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=False, approved_on_paper_by="")
                | (Q(approved_by__isnull=True) & ~Q(approved_on_paper_by="")),
                name="approval_by_a_colleague_or_on_paper",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_subject_display()} r{self.subject_revision}"

    @property
    def approver(self) -> str:
        """The name of whoever approved, and for whom."""
        return self.approved_on_paper_by or on_behalf(self.approved_by, self.on_behalf_of)
