"""Reversals (冲销) of water bills: asked for with a reason, decided by another person."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.bills import Bill
from waterservice.models import Decision


class BillReversal(Decision):
    """That a bill on which nothing is paid is taken back, for a reason: asked, decided.

    Granted, it frees the readings of the bill, so that they can be corrected and billed anew.
    """

    bill = models.ForeignKey(Bill, models.PROTECT, related_name="reversals", verbose_name=_("water bill"))

    class Meta(Decision.Meta):
        verbose_name = _("reversal of a bill")
        verbose_name_plural = _("reversals of bills")
        constraints = [
            *Decision.Meta.constraints,
            models.UniqueConstraint(
                fields=["bill"],
                condition=~Q(status="refused"),
                name="bill_reversal_one_a_bill",
                violation_error_message=_("The reversal of this bill is asked for already."),
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="bill_reversal_has_a_reason"),
            models.CheckConstraint(
                condition=Q(status="asked", decided_by__isnull=True, decided_at__isnull=True)
                | Q(status="granted", decided_by__isnull=False, decided_at__isnull=False)
                | Q(~Q(opinion=""), status="refused", decided_by__isnull=False, decided_at__isnull=False),
                name="bill_reversal_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bill_id} {self.status}"

    @property
    def title(self) -> str:
        """What kind of decision it is, for lists of several kinds."""
        return str(self._meta.verbose_name)
