"""Reductions (减免) asked for at the counter: what of which charge, why, and who decides by its amount."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from applications.models.clock import Decision
from billing.models.rows import within
from waterservice.money import FEN, money_field


class Reduction(Decision):
    """That a part of a charge shall be let off; granted, it stands on the statement as `line`."""

    application = models.ForeignKey("applications.Application", models.CASCADE, related_name="reductions")
    charge = models.ForeignKey("billing.StatementLine", models.PROTECT, related_name="+", verbose_name=_("charge"))
    amount = money_field(_("amount"))
    evidence = models.ForeignKey("waterservice.StoredFile", models.PROTECT, related_name="+")
    decider = models.CharField(_("decided by"), max_length=40, choices=Role.choices)
    line = models.OneToOneField(
        "billing.StatementLine",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("reduction on the statement"),
    )

    class Meta(Decision.Meta):
        verbose_name = _("reduction asked for")
        verbose_name_plural = _("reductions asked for")
        indexes = [models.Index(fields=["decider"], condition=Q(status="asked"), name="reduction_waiting")]
        constraints = [
            *Decision.Meta.constraints,
            models.UniqueConstraint(
                fields=["application"], condition=Q(status="asked"), name="reduction_one_asked_a_case"
            ),
            models.CheckConstraint(condition=within("amount", FEN), name="reduction_above_zero"),
            models.CheckConstraint(
                condition=Q(status="granted", line__isnull=False) | (~Q(status="granted") & Q(line__isnull=True)),
                name="reduction_granted_has_its_line",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.charge} {self.amount}"
