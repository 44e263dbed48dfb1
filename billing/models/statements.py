"""Statements: everything asked, paid, held and given back for one case, line by line."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.history import History
from accounts.models import Customer
from billing.models.rows import PayMethod, Posting, total, within
from waterservice.money import FEN, LARGEST, money_field

CURRENCY = "CNY"
# What may be asked comes from the price list, an approved budget, a settlement, what a termination keeps of them,
# or is a deposit, held or forfeited.
SOURCE = r"^(item|budget|settlement|termination|deposit|forfeit):.+$"
WORKS = ("budget:", "settlement:", "termination:")
DEPOSIT, FORFEIT = "deposit:", "forfeit:"


class LineKind(models.TextChoices):
    CHARGE = "charge", _("Charge")
    REDUCTION = "reduction", _("Reduction")
    PAYMENT = "payment", _("Payment")
    REFUND = "refund", _("Refund")
    REVERSAL = "reversal", _("Reversal")


ASKED = (LineKind.CHARGE, LineKind.REDUCTION)
MOVED = (LineKind.PAYMENT, LineKind.REFUND)


class Statement(models.Model):
    """A folder of money with a free reference, such as a case number. Its balance is the sum of its lines.

    `ended_at`: what it was opened for is over; nothing is charged or paid any more, only deposits move; what turns up
    later gets another statement of the same reference.
    `closed_at`: nothing moves any more; that is so from the moment at which it has ended and holds no deposit.
    """

    reference = models.CharField(_("reference"), max_length=40, db_index=True)
    title = models.CharField(_("title"), max_length=200)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="statements", verbose_name=_("customer"))
    currency = models.CharField(_("currency"), max_length=3, default=CURRENCY, editable=False)
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("opened by")
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    history = History(verbose_name=_("history of statement"), verbose_name_plural=_("history of statements"))

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        ordering = ["-id"]
        indexes = [models.Index(fields=["id"], condition=Q(closed_at__isnull=True), name="statement_open")]
        constraints = [
            models.UniqueConstraint(
                fields=["reference"],
                condition=Q(ended_at__isnull=True),
                name="statement_one_open_a_reference",
                violation_error_message=_("There is an open statement for this reference already."),
            ),
            models.CheckConstraint(condition=Q(currency=CURRENCY), name="statement_in_yuan"),
            models.CheckConstraint(condition=~Q(reference=""), name="statement_has_a_reference"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(ended_at__isnull=False), name="statement_ends_before_it_closes"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def balance(self) -> Decimal:
        """Yuan still asked of the customer; below zero: the customer's credit. Always the sum of the lines."""
        balance: Decimal = self.lines.aggregate(balance=total("amount"))["balance"]
        return balance


class StatementLine(Posting):
    """One entry of a statement. Above zero it is asked of the customer or given back, below paid or let off.

    A line either asks, and names its source, or moves money, and names the method. A reversal repeats source
    or method of its line, so that sums by source or method need not look behind it.

    What was asked and paid on paper before a file was taken over is marked `taken_over`: it happened on its own
    day, never passed our till, and a payment names the old receipt instead of having one of ours.
    """

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="lines", verbose_name=_("statement"))
    kind = models.CharField(_("kind"), max_length=10, choices=LineKind.choices)
    amount = money_field(_("amount"))
    description = models.CharField(_("description"), max_length=200)
    source = models.CharField(_("source"), max_length=60, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("approved by"),
    )
    taken_over = models.BooleanField(_("taken over from paper"), default=False)
    as_credit = models.BooleanField(
        _("kept as credit"), default=False, help_text=_("The payment may exceed what is owed.")
    )

    class Meta:
        verbose_name = _("statement line")
        verbose_name_plural = _("statement lines")
        ordering = ["id"]
        indexes = [models.Index(fields=["happened_on"], condition=~Q(method=""), name="line_of_money_by_day")]
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind__in=("charge", "refund")) & within("amount", FEN))
                | (Q(kind__in=("payment", "reduction")) & within("amount", -LARGEST, -FEN))
                | (Q(kind="reversal") & within("amount", -LARGEST) & ~Q(amount=0)),
                name="line_sign_fits_kind",
            ),
            models.CheckConstraint(
                condition=(Q(kind="reversal") & Q(reverses__isnull=False))
                | (~Q(kind="reversal") & Q(reverses__isnull=True)),
                name="line_reversal_names_its_line",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=("reversal", "refund", "reduction")) | ~Q(reason=""),
                name="line_taken_back_for_a_reason",
            ),
            models.CheckConstraint(
                condition=(Q(kind__in=("charge", "reduction", "reversal")) & Q(method="") & Q(source__regex=SOURCE))
                | (Q(kind__in=("payment", "refund", "reversal")) & Q(method__in=PayMethod.values) & Q(source="")),
                name="line_has_source_or_method",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | (Q(kind="reduction") & ~Q(approved_by=F("recorded_by"))),
                name="line_approved_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(kind="reduction") | Q(approved_by__isnull=False) | Q(source__startswith="settlement:"),
                name="line_reduction_approved_or_settled",
            ),
            models.CheckConstraint(
                condition=~Q(method="deposit") | Q(kind="refund"), name="line_of_a_deposit_goes_to_bills"
            ),
            models.CheckConstraint(
                condition=Q(taken_over=False) | ~Q(kind="payment") | ~Q(reference=""),
                name="line_taken_over_names_the_old_receipt",
                violation_error_message=_("Enter the number of the old receipt."),
            ),
            models.UniqueConstraint(
                fields=["reference"],
                condition=Q(taken_over=True, kind="payment"),
                name="line_old_receipt_once",
                violation_error_message=_("This old receipt is on record already."),
            ),
            models.CheckConstraint(
                condition=(~Q(method="") & Q(taken_over=False, sheet__isnull=False))
                | ((Q(method="") | Q(taken_over=True)) & Q(sheet__isnull=True)),
                name="line_of_money_is_on_a_day_sheet",
            ),
            models.CheckConstraint(condition=Q(as_credit=False) | Q(kind="payment"), name="line_credit_is_paid"),
        ]

    def __str__(self) -> str:
        return f"{self.description} {self.amount}"

    @property
    def receipt_number(self) -> str:
        """The number of the receipt of a payment: ours, or the old one's where it was taken over."""
        return self.reference if self.taken_over else self.receipt.number
