"""The statement of a case: what was asked, paid, reversed and given back. Lines are only ever added."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from waterservice.money import ZERO, money_field


class PriceItem(models.Model):
    """A fee that may be charged: with its legal basis, from when until when, and whether it is switched on.

    国办函〔2020〕129号 abolished many fees of the connection; nothing is typed in freely at the counter.
    """

    code = models.CharField(_("code"), max_length=30)
    name = models.CharField(_("name"), max_length=60)
    unit = models.CharField(_("unit"), max_length=12)
    unit_price = money_field(_("unit price"))
    legal_basis = models.CharField(_("legal basis"), max_length=200)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid until"), null=True, blank=True)
    enabled = models.BooleanField(_("switched on"), default=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("price item")
        verbose_name_plural = _("price list")
        ordering = ["code", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="price_item_one_price_from_a_day"),
            models.CheckConstraint(condition=Q(unit_price__gt=0), name="price_item_price_positive"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=models.F("valid_from")),
                name="price_item_ends_after_start",
                violation_error_message=_("A price cannot end before it begins."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LineKind(models.TextChoices):
    CHARGE = "charge", _("charge")
    REDUCTION = "reduction", _("reduction")
    PAYMENT = "payment", _("payment")
    REFUND = "refund", _("refund")
    REVERSAL = "reversal", _("reversal")


class PayMethod(models.TextChoices):
    CASH = "cash", _("cash")
    CARD = "card", _("bank card")
    TRANSFER = "transfer", _("bank transfer")
    WECHAT = "wechat", _("WeChat")
    ALIPAY = "alipay", _("Alipay")


class Statement(models.Model):
    """Everything asked, paid, held and given back for one reference, such as a case number."""

    reference = models.CharField(_("reference"), max_length=30, unique=True)
    title = models.CharField(_("title"), max_length=200)
    customer = models.ForeignKey("accounts.Customer", models.PROTECT, related_name="statements")
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.reference

    @property
    def balance(self) -> Decimal:
        """What is owed (positive) or held as credit (negative), yuan: always the sum of the lines."""
        found: Decimal | None = self.lines.aggregate(total=Sum("amount"))["total"]
        return found or ZERO


class AppendOnly(models.Model):
    """Rows that are evidence: added, never changed, never deleted."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError(f"{type(self).__name__} rows are only added; write a reversal.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError(f"{type(self).__name__} rows are never deleted; write a reversal.")


class StatementLine(AppendOnly):
    """One line: positive is asked of the customer, negative is paid or credited."""

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="lines")
    kind = models.CharField(_("kind"), max_length=12, choices=LineKind.choices)
    amount = money_field(_("amount"))
    description = models.CharField(_("description"), max_length=200)
    source = models.CharField(_("source"), max_length=60, blank=True)
    method = models.CharField(_("method"), max_length=12, choices=PayMethod.choices, blank=True)
    reference = models.CharField(_("payment reference"), max_length=60, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    reverses = models.OneToOneField("self", models.PROTECT, related_name="reversal", null=True, blank=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    happened_on = models.DateField(_("happened on"), default=timezone.localdate)
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("statement line")
        verbose_name_plural = _("statement lines")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["happened_on", "recorded_by"], condition=Q(kind__in=["payment", "refund"]), name="line_takings")
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="line_amount_not_zero"),
            models.CheckConstraint(condition=~Q(kind="charge") | Q(amount__gt=0), name="line_charge_asks"),
            models.CheckConstraint(condition=~Q(kind="refund") | Q(amount__gt=0), name="line_refund_gives_back"),
            models.CheckConstraint(
                condition=~Q(kind__in=["payment", "reduction"]) | Q(amount__lt=0), name="line_payment_and_reduction_credit"
            ),
            models.CheckConstraint(
                condition=Q(kind="reversal") ^ Q(reverses__isnull=True), name="line_reversal_names_its_line"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["payment", "refund"]) | ~Q(method=""), name="line_money_has_its_method"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["reversal", "reduction", "refund"]) | ~Q(reason=""), name="line_has_its_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.description} {self.amount}"

    @property
    def is_reversed(self) -> bool:
        return hasattr(self, "reversal")


class Receipt(AppendOnly):
    """A receipt (收据); numbered without gaps, year by year. `reference` is free: a case number, say."""

    number = models.CharField(_("receipt number"), max_length=20, unique=True)
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="receipts", null=True, blank=True)
    line = models.OneToOneField(StatementLine, models.PROTECT, related_name="receipt", null=True, blank=True)
    amount = money_field(_("amount"))
    payer = models.CharField(_("payer"), max_length=120)
    purpose = models.CharField(_("for"), max_length=200)
    method = models.CharField(_("method"), max_length=12, choices=PayMethod.choices)
    reference = models.CharField(_("reference"), max_length=60, blank=True)
    issued_at = models.DateTimeField(_("issued"), default=timezone.now)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="receipt_amount_positive")]

    def __str__(self) -> str:
        return self.number


class Deposit(models.Model):
    """A deposit that was asked for: from what it was computed, when it falls due for refund, when it was returned."""

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="deposits")
    line = models.OneToOneField(StatementLine, models.PROTECT, related_name="deposit")
    account = models.ForeignKey("accounts.MeterAccount", models.PROTECT, related_name="deposits", null=True, blank=True)
    clause = models.CharField(_("clause"), max_length=12)
    amount = money_field(_("amount"))
    basis = models.CharField(_("how it was computed"), max_length=200)
    refund_due_on = models.DateField(_("refund due on"), null=True, blank=True)
    returned_line = models.OneToOneField(
        StatementLine, models.PROTECT, related_name="returned_deposit", null=True, blank=True
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("deposit")
        verbose_name_plural = _("deposits")
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="deposit_amount_positive")]

    def __str__(self) -> str:
        return f"{self.clause} {self.amount}"

    @property
    def held(self) -> bool:
        """Whether the utility holds the money: charged and not taken back, paid, not returned."""
        return self.returned_line_id is None and not self.line.is_reversed and self.statement.balance <= 0
