"""Statements: everything asked, paid, held and given back for one case, line by line."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.history import History
from accounts.models import Customer, MeterAccount
from billing.models.rows import AppendOnly, AppendOnlyQuerySet, PayMethod, Posting, total, within
from waterservice.money import FEN, LARGEST, money_field

# What may be asked comes from the price list, an approved budget, a settlement, or is a deposit.
SOURCE = r"^(item|budget|settlement|deposit):.+$"


class LineKind(models.TextChoices):
    CHARGE = "charge", _("Charge")
    REDUCTION = "reduction", _("Reduction")
    PAYMENT = "payment", _("Payment")
    REFUND = "refund", _("Refund")
    REVERSAL = "reversal", _("Reversal")


ASKED = (LineKind.CHARGE, LineKind.REDUCTION)
MOVED = (LineKind.PAYMENT, LineKind.REFUND)


class Statement(models.Model):
    """A folder of money with a free reference, such as a case number. Its balance is the sum of its lines."""

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    title = models.CharField(_("title"), max_length=200)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="statements", verbose_name=_("customer"))
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("opened by")
    )

    history = History(verbose_name=_("history of statement"), verbose_name_plural=_("history of statements"))

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        ordering = ["-id"]

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

    class Meta:
        verbose_name = _("statement line")
        verbose_name_plural = _("statement lines")
        ordering = ["id"]
        indexes = [models.Index(fields=["recorded_at"], name="line_by_moment")]
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
        ]

    def __str__(self) -> str:
        return f"{self.description} {self.amount}"


class Receipt(AppendOnly):
    """That money was taken: for one payment of a statement, or for water bills. Numbered without gaps by year."""

    number = models.CharField(_("receipt number"), max_length=20, unique=True)
    line = models.OneToOneField(
        StatementLine, models.PROTECT, related_name="receipt", null=True, blank=True, verbose_name=_("payment")
    )
    amount = money_field(_("amount"))
    payer = models.CharField(_("payer"), max_length=200)
    reference = models.CharField(_("reference"), max_length=100, help_text=_("Case or account number."))
    issued_at = models.DateTimeField(_("issued at"), default=timezone.now)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("issued by")
    )

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=within("amount", FEN), name="receipt_above_zero"),
            models.CheckConstraint(
                condition=Q(number__regex=r"^SJ[0-9]{4}-[0-9]{7}$"), name="receipt_number_of_a_year"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def statement(self) -> Statement | None:
        """The statement on which the payment stands; None for water bills."""
        return self.line.statement if self.line else None


class DepositQuerySet(AppendOnlyQuerySet):
    """Deposits; the one rule of which of them are held."""

    def held(self) -> DepositQuerySet:
        """Paid, their charge standing, not given back.

        What a statement still owes is owed on its deposits first, so that one owing holds none.
        """
        lines = StatementLine.objects.filter(statement=OuterRef("statement")).order_by().values("statement")
        return self.annotate(
            owing=Subquery(lines.annotate(owing=total("amount")).values("owing")),
            reversed=Exists(StatementLine.objects.filter(reverses=OuterRef("line"))),
        ).filter(returned_line__isnull=True, owing__lte=0, reversed=False)


class Deposit(AppendOnly):
    """A deposit on a statement: how its sum came about, and when it goes back (NC-C5, HM-5, OT-2)."""

    changeable = frozenset({"account", "refund_due_on", "returned_line"})

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="deposits", verbose_name=_("statement"))
    line = models.OneToOneField(StatementLine, models.PROTECT, related_name="deposit", verbose_name=_("charge"))
    clause = models.CharField(_("clause"), max_length=10)
    basis = models.CharField(_("basis"), max_length=200)
    refund_due_on = models.DateField(_("to be returned on"), null=True, blank=True)
    returned_line = models.OneToOneField(
        StatementLine, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("returned by")
    )
    account = models.ForeignKey(
        MeterAccount,
        models.PROTECT,
        related_name="deposits",
        null=True,
        blank=True,
        verbose_name=_("meter account"),
    )

    objects = DepositQuerySet.as_manager()  # type: ignore[misc]
    history = History(verbose_name=_("history of deposit"), verbose_name_plural=_("history of deposits"))

    class Meta:
        verbose_name = _("deposit")
        verbose_name_plural = _("deposits")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(returned_line__isnull=True) | ~Q(returned_line=F("line")),
                name="deposit_returned_by_another_line",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clause} {self.basis}"

    @property
    def amount(self) -> Decimal:
        """Yuan, as charged."""
        return self.line.amount

    @property
    def held(self) -> bool:
        """Whether the utility holds it now."""
        return Deposit.objects.held().filter(pk=self.pk).exists()
