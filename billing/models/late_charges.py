"""Late charges (违约金) that were taken, and waivers (减免) that let one off."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.bills import Bill, BillPayment
from billing.models.rows import AppendOnly, within
from waterservice.models import Decision
from waterservice.money import LARGEST, money_field


class Waiver(Decision):
    """That the late charge of a bill is let off, for a reason, if the bill is paid by a day: asked, decided."""

    answer = Decision.answer | {"holds_until"}

    bill = models.ForeignKey(Bill, models.PROTECT, related_name="waivers", verbose_name=_("water bill"))
    reckoned = money_field(_("late charge when it was asked"))
    holds_until = models.DateField(
        _("holds until"), null=True, blank=True, help_text=_("Paid later, the bill costs its late charge again.")
    )

    class Meta(Decision.Meta):
        verbose_name = _("waiver of a late charge")
        verbose_name_plural = _("waivers of late charges")
        constraints = [
            *Decision.Meta.constraints,
            models.UniqueConstraint(
                fields=["bill"],
                condition=Q(status="asked"),
                name="waiver_one_asked_a_bill",
                violation_error_message=_("A waiver of this late charge is asked for already."),
            ),
            models.CheckConstraint(condition=within("reckoned", 0), name="waiver_of_no_negative_charge"),
            models.CheckConstraint(condition=~Q(reason=""), name="waiver_has_a_reason"),
            models.CheckConstraint(
                condition=Q(status="asked", decided_by__isnull=True, decided_at__isnull=True, holds_until__isnull=True)
                | Q(status="granted", decided_by__isnull=False, decided_at__isnull=False, holds_until__isnull=False)
                | Q(
                    ~Q(opinion=""),
                    status="refused",
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    holds_until__isnull=True,
                ),
                name="waiver_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bill_id} {self.status}"

    @property
    def title(self) -> str:
        """What kind of decision it is, for lists of several kinds."""
        return str(self._meta.verbose_name)


class LateCharge(AppendOnly):
    """The late charge on one payment of a bill: how it was reckoned, and what was taken of it.

    It shares the receipt, the method and the day of its payment; the reversal of the payment has its own row with
    the opposite amounts. Under a waiver nothing is taken.
    """

    payment = models.OneToOneField(
        BillPayment, models.PROTECT, related_name="late_charge", verbose_name=_("payment of a bill")
    )
    days = models.PositiveIntegerField(_("days late"))
    permille = models.DecimalField(_("per mille a day"), max_digits=7, decimal_places=4)
    principal = money_field(_("principal"))
    reckoned = money_field(_("late charge reckoned"))
    amount = money_field(_("late charge taken"))
    waiver = models.ForeignKey(
        Waiver, models.PROTECT, related_name="uses", null=True, blank=True, verbose_name=_("let off by")
    )

    class Meta:
        verbose_name = _("late charge")
        verbose_name_plural = _("late charges")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(days__gte=1) & within("permille", 0, 1000), name="late_charge_by_days_and_rate"
            ),
            models.CheckConstraint(
                condition=(within("principal", 0) & within("reckoned", 0))
                | (within("principal", -LARGEST, 0) & within("reckoned", -LARGEST, 0)),
                name="late_charge_sign_of_its_principal",
            ),
            models.CheckConstraint(
                condition=~Q(reckoned=0)
                & (Q(waiver__isnull=True, amount=F("reckoned")) | Q(waiver__isnull=False, amount=0)),
                name="late_charge_taken_or_let_off",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} {self.amount}"
