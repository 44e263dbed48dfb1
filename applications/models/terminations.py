"""Termination by agreement (协议终止): why a request ends after its fee was paid, and what of the fee is kept."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from applications.models.clock import Decision
from billing.models.rows import within
from waterservice.money import money_field


class Termination(Decision):
    """That a request shall end by agreement: what was done of the works so far, and what the utility keeps for it.

    While one is under way (asked for, or granted, and not called off) the case is suspended. Granted by the
    responsible leader, what is kept stands on the statement instead of budget and settlement.
    """

    application = models.ForeignKey("applications.Application", models.CASCADE, related_name="terminations")
    works_done = models.CharField(_("works done so far"), max_length=300, blank=True)
    kept = money_field(_("kept for them"))
    called_off_at = models.DateTimeField(_("called off"), null=True, blank=True)

    class Meta(Decision.Meta):
        verbose_name = _("termination by agreement")
        verbose_name_plural = _("terminations by agreement")
        indexes = [
            models.Index(
                fields=["id"], condition=Q(status="asked", called_off_at__isnull=True), name="termination_waiting"
            ),
        ]
        constraints = [
            *Decision.Meta.constraints,
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(status__in=("asked", "granted"), called_off_at__isnull=True),
                name="termination_one_under_way_a_case",
            ),
            models.CheckConstraint(condition=within("kept", 0), name="termination_keeps_nothing_or_more"),
            models.CheckConstraint(condition=Q(kept=0) | ~Q(works_done=""), name="termination_keeps_for_works"),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.kept}"

    @property
    def granted(self) -> bool:
        return self.status == self.Status.GRANTED

    @property
    def basis(self) -> str:
        """What the agreement on it names, so that the signature under an earlier one never passes."""
        return f"termination:{self.pk}"
