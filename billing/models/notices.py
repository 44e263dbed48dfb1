"""Payment notices (缴费通知单): what was asked for by when."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models.rows import AppendOnly, within
from billing.models.statements import Statement
from waterservice.money import FEN, money_field


class PaymentNotice(AppendOnly):
    """That a customer was asked to pay what a statement owed, until a day; a later notice takes its place."""

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="notices", verbose_name=_("statement"))
    amount = money_field(_("amount"))
    issued_on = models.DateField(_("issued on"))
    pay_by = models.DateField(_("pay by"))
    issued_at = models.DateTimeField(_("issued at"), default=timezone.now)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("issued by")
    )

    class Meta:
        verbose_name = _("payment notice")
        verbose_name_plural = _("payment notices")
        ordering = ["-id"]
        indexes = [models.Index(fields=["statement", "-id"], name="payment_notice_newest")]
        constraints = [
            models.CheckConstraint(condition=within("amount", FEN), name="payment_notice_asks_something"),
            models.CheckConstraint(condition=Q(pay_by__gte=F("issued_on")), name="payment_notice_leaves_time"),
        ]

    def __str__(self) -> str:
        return f"{self.statement} {self.pay_by}"
