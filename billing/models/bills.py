"""Water bills of meter accounts: readings, bills, their payments, and the record of an arrears check."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Round
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.history import History
from accounts.models import Customer, MeterAccount, Premises
from billing.models.prices import DEAREST, price_field
from billing.models.rows import AppendOnly, AppendOnlyQuerySet, PayMethod, Posting, Yuan, to_the_fen, total, within
from billing.models.statements import Receipt
from waterservice.money import FEN, LARGEST, ZERO, money_field

COMPONENTS = ("water", "resource", "sewage")


class Reading(models.Model):
    """What a meter showed on a day, in whole cubic metres."""

    class Kind(models.TextChoices):
        FIRST = "first", _("first reading")
        REGULAR = "regular", _("regular reading")
        FINAL = "final", _("final reading")

    account = models.ForeignKey(MeterAccount, models.PROTECT, related_name="readings", verbose_name=_("meter account"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    reading = models.PositiveIntegerField(_("reading (m³)"))
    read_on = models.DateField(_("read on"))
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("read by"))
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)

    history = History(verbose_name=_("history of reading"), verbose_name_plural=_("history of readings"))

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        ordering = ["account", "read_on", "id"]
        indexes = [models.Index(fields=["account", "-read_on"], name="reading_latest")]
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(kind="first"), name="reading_first_only_once"),
            models.CheckConstraint(condition=Q(kind__in=("first", "regular", "final")), name="reading_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.read_on}: {self.reading} m³"


class BillQuerySet(AppendOnlyQuerySet):
    """Bills; the one rule of what is still unpaid."""

    def unpaid(self) -> BillQuerySet:
        return self.filter(settled_at__isnull=True)

    def with_outstanding(self) -> BillQuerySet:
        """Each bill with `outstanding`: yuan still to be paid."""
        payments = BillPayment.objects.filter(bill=models.OuterRef("pk")).order_by().values("bill")
        paid = models.Subquery(payments.annotate(paid=total("amount")).values("paid"))
        return self.annotate(outstanding=to_the_fen(F("amount") - Coalesce(paid, ZERO, output_field=Yuan())))


class Bill(AppendOnly):
    """The water bill of an account for a period: usage, prices and amounts by component, and who owed it then.

    Each component is rounded half up to the fen; the bill is the sum of its components.
    """

    changeable = frozenset({"settled_at"})

    account = models.ForeignKey(
        MeterAccount, models.PROTECT, related_name="bills", db_index=False, verbose_name=_("meter account")
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="bills", db_index=False, verbose_name=_("owed by")
    )
    period_start = models.DateField(_("from"))
    period_end = models.DateField(_("to"))
    opening = models.PositiveIntegerField(_("opening reading (m³)"))
    closing = models.PositiveIntegerField(_("closing reading (m³)"))
    usage = models.PositiveIntegerField(_("usage (m³)"))
    water_price = price_field(_("price of water (yuan/m³)"))
    resource_price = price_field(_("water resource charge (yuan/m³)"))
    sewage_price = price_field(_("price of sewage (yuan/m³)"))
    water_amount = money_field(_("water"))
    resource_amount = money_field(_("water resource charge"))
    sewage_amount = money_field(_("sewage"))
    amount = money_field(_("amount"))
    issued_on = models.DateField(_("issued on"))
    pay_by = models.DateField(_("pay by"))
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("issued by")
    )
    settled_at = models.DateTimeField(
        _("settled at"),
        null=True,
        blank=True,
        help_text=_("When the payments reached the amount; empty while anything is owed."),
    )

    outstanding: Decimal  # only on rows that `with_outstanding` has read

    objects = BillQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("water bill")
        verbose_name_plural = _("water bills")
        ordering = ["account", "period_start"]
        indexes = [
            models.Index(fields=["account"], condition=Q(settled_at__isnull=True), name="bill_unpaid_by_account"),
            models.Index(fields=["customer"], condition=Q(settled_at__isnull=True), name="bill_unpaid_by_customer"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "period_start"],
                name="bill_one_a_period",
                violation_error_message=_("This account has a bill for this period already."),
            ),
            models.CheckConstraint(condition=Q(period_end__gte=F("period_start")), name="bill_period_ends_after_start"),
            models.CheckConstraint(condition=Q(pay_by__gte=F("issued_on")), name="bill_pay_by_after_issue"),
            models.CheckConstraint(
                condition=Q(closing__gte=F("opening")) & Q(usage=F("closing") - F("opening")),
                name="bill_usage_between_readings",
            ),
            models.CheckConstraint(
                condition=within("water_price", 0, DEAREST)
                & within("resource_price", 0, DEAREST)
                & within("sewage_price", 0, DEAREST),
                name="bill_prices_not_negative",
            ),
            models.CheckConstraint(
                condition=within("water_amount", 0)
                & within("resource_amount", 0)
                & within("sewage_amount", 0)
                & within("amount", 0)
                & Q(amount=Round(F("water_amount") + F("resource_amount") + F("sewage_amount"), 2)),
                name="bill_is_the_sum_of_its_components",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0) | Q(settled_at__isnull=False), name="bill_of_nothing_is_settled"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period_start} – {self.period_end}: {self.amount}"

    def price(self, **prices: Decimal) -> None:
        """Set prices and amounts from the yuan a cubic metre of each component, for the usage already set."""
        for name in COMPONENTS:
            amount = (prices[name] * self.usage).quantize(FEN, rounding=ROUND_HALF_UP)
            setattr(self, f"{name}_price", prices[name])
            setattr(self, f"{name}_amount", amount)
        self.amount = self.water_amount + self.resource_amount + self.sewage_amount

    @property
    def components(self) -> list[tuple[str, Decimal, Decimal]]:
        """(name of the component, yuan a cubic metre, yuan) for showing."""
        names = (_("Water"), _("Water resource charge"), _("Sewage"))
        return [
            (str(label), getattr(self, f"{name}_price"), getattr(self, f"{name}_amount"))
            for name, label in zip(COMPONENTS, names, strict=True)
        ]


class BillPayment(Posting):
    """What a receipt pays of a bill; below zero: a payment taken back."""

    bill = models.ForeignKey(Bill, models.PROTECT, related_name="payments", verbose_name=_("water bill"))
    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="bill_payments", verbose_name=_("receipt"))
    amount = money_field(_("amount"))

    class Meta:
        verbose_name = _("payment of a bill")
        verbose_name_plural = _("payments of bills")
        ordering = ["id"]
        indexes = [models.Index(fields=["recorded_at"], name="bill_payment_by_moment")]
        constraints = [
            models.CheckConstraint(
                condition=(Q(reverses__isnull=True) & within("amount", FEN))
                | (Q(reverses__isnull=False) & within("amount", -LARGEST, -FEN) & ~Q(reason="")),
                name="bill_payment_sign_and_reason",
            ),
            models.CheckConstraint(condition=Q(method__in=PayMethod.values), name="bill_payment_method_known"),
        ]

    def __str__(self) -> str:
        return f"{self.receipt_id} {self.amount}"


class ArrearsCheck(AppendOnly):
    """That somebody read the ledger for a request: when, by whom, what was owed, bill by bill (NC-2, HM-1, OT-3)."""

    reference = models.CharField(_("reference"), max_length=40, db_index=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("customer"))
    premises = models.ForeignKey(Premises, models.PROTECT, related_name="+", verbose_name=_("premises"))
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("checked by")
    )
    checked_at = models.DateTimeField(_("checked at"), default=timezone.now)
    owed = money_field(_("owed"))
    bills: models.JSONField[Any, Any] = models.JSONField(_("unpaid bills"), default=list, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("arrears check")
        verbose_name_plural = _("arrears checks")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=within("owed", 0), name="arrears_check_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.reference}: {self.owed}"
