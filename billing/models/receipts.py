"""Receipts: that money was taken, numbered without gaps, and each printing of one."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models.rows import AppendOnly, PayMethod, within
from billing.models.statements import Statement, StatementLine
from waterservice.models import StoredFile
from waterservice.money import FEN, money_field


class Receipt(AppendOnly):
    """That money was taken: for one payment of a statement, or for water bills. Numbered without gaps by year.

    It keeps what is printed on it. `slip` is the number by which bank or wallet knows the payment, in half-width
    capitals without spaces: of one method it stands on one receipt in force only, whichever ledger that belongs to.
    """

    changeable = frozenset({"reversed_at"})

    number = models.CharField(_("receipt number"), max_length=20, unique=True)
    line = models.OneToOneField(
        StatementLine, models.PROTECT, related_name="receipt", null=True, blank=True, verbose_name=_("payment")
    )
    amount = money_field(_("amount"))
    method = models.CharField(_("method"), max_length=10, choices=PayMethod.choices)
    slip = models.CharField(_("number of the payment"), max_length=60, blank=True)
    payer = models.CharField(_("payer"), max_length=200)
    reference = models.CharField(_("reference"), max_length=100, help_text=_("Case or account number."))
    issued_at = models.DateTimeField(_("issued at"), default=timezone.now)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("issued by")
    )
    reversed_at = models.DateTimeField(_("reversed at"), null=True, blank=True)

    repeated = False  # true on the receipt that answers a payment which had been taken before

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=within("amount", FEN), name="receipt_above_zero"),
            models.CheckConstraint(
                condition=Q(number__regex=r"^SJ[0-9]{4}-[0-9]{7}$"), name="receipt_number_of_a_year"
            ),
            models.CheckConstraint(condition=Q(method__in=PayMethod.values), name="receipt_method_known"),
            models.UniqueConstraint(
                fields=["method", "slip"],
                condition=Q(reversed_at__isnull=True) & ~Q(slip=""),
                name="receipt_one_a_slip",
            ),
            models.CheckConstraint(
                condition=Q(slip=Upper("slip")) & ~Q(slip__contains=" "), name="receipt_slip_in_one_spelling"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def statement(self) -> Statement | None:
        """The statement on which the payment stands; None for water bills."""
        return self.line.statement if self.line else None


class ReceiptPrint(AppendOnly):
    """One printing of a receipt: the first is the receipt, every later one a copy (副本) with its own number.

    `handed_out_at` is when the receipt itself left for the printer; whoever looks at it later sees it marked.
    """

    changeable = frozenset({"handed_out_at"})

    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="prints", verbose_name=_("receipt"))
    place = models.PositiveSmallIntegerField(_("printing"))
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="receipt_print", verbose_name=_("stored file"))
    printed_at = models.DateTimeField(_("printed at"), default=timezone.now)
    printed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("printed by")
    )
    handed_out_at = models.DateTimeField(_("handed out at"), null=True, blank=True)

    class Meta:
        verbose_name = _("printing of a receipt")
        verbose_name_plural = _("printings of receipts")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["receipt", "place"], name="receipt_print_numbered"),
            models.CheckConstraint(condition=Q(place__gte=1), name="receipt_print_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.receipt} {self.place}"

    @property
    def copy(self) -> int:
        """Which copy it is; zero for the receipt itself."""
        return self.place - 1
