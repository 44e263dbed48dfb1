"""Water: tariffs, readings, bills, their payments, and the record of an arrears check."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import KindOfUse
from billing.models.ledger import AppendOnly, Receipt
from waterservice.money import money_field


class Tariff(models.Model):
    """The price of a cubic metre by kind of use, in its components, from a day on (yuan/m³, three decimals)."""

    kind_of_use = models.CharField(_("kind of use"), max_length=30, choices=KindOfUse.choices)
    valid_from = models.DateField(_("valid from"))
    water = models.DecimalField(_("water"), max_digits=8, decimal_places=3)
    resource = models.DecimalField(_("water resource charge"), max_digits=8, decimal_places=3)
    sewage = models.DecimalField(_("sewage"), max_digits=8, decimal_places=3)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("tariff")
        verbose_name_plural = _("tariffs")
        ordering = ["kind_of_use", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["kind_of_use", "valid_from"], name="tariff_one_price_from_a_day"),
            models.CheckConstraint(
                condition=Q(water__gt=0) & Q(resource__gte=0) & Q(sewage__gte=0), name="tariff_prices_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_of_use_display()} {self.valid_from}"


class Reading(AppendOnly):
    """A meter reading."""

    class Kind(models.TextChoices):
        FIRST = "first", _("first reading")
        REGULAR = "regular", _("regular reading")
        FINAL = "final", _("final reading")

    account = models.ForeignKey("accounts.MeterAccount", models.PROTECT, related_name="readings")
    meter = models.ForeignKey("accounts.Meter", models.PROTECT, related_name="readings")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    reading = models.PositiveIntegerField(_("reading (m³)"))
    read_on = models.DateField(_("read on"))
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        ordering = ["account", "read_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(kind="first"), name="reading_one_first_an_account")
        ]

    def __str__(self) -> str:
        return f"{self.reading} m³ {self.read_on}"


class Bill(models.Model):
    """A water bill: who owed it, for what period and use, by which price components."""

    account = models.ForeignKey("accounts.MeterAccount", models.PROTECT, related_name="bills")
    customer = models.ForeignKey("accounts.Customer", models.PROTECT, related_name="bills")
    period_start = models.DateField(_("from"))
    period_end = models.DateField(_("until"))
    opening = models.PositiveIntegerField(_("opening reading"))
    closing = models.PositiveIntegerField(_("closing reading"))
    usage = models.PositiveIntegerField(_("use (m³)"))
    water = money_field(_("water"))
    resource = money_field(_("water resource charge"))
    sewage = money_field(_("sewage"))
    amount = money_field(_("amount"))
    issued_on = models.DateField(_("issued on"))
    pay_by = models.DateField(_("pay by"))
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("water bill")
        verbose_name_plural = _("water bills")
        ordering = ["account", "period_start"]
        constraints = [
            models.UniqueConstraint(fields=["account", "period_start"], name="bill_once_a_period"),
            models.CheckConstraint(condition=Q(period_end__gte=F("period_start")), name="bill_period_ends_after_start"),
            models.CheckConstraint(condition=Q(usage=F("closing") - F("opening")), name="bill_usage_is_the_difference"),
            models.CheckConstraint(
                condition=Q(amount=F("water") + F("resource") + F("sewage")), name="bill_amount_is_its_components"
            ),
            models.CheckConstraint(condition=Q(pay_by__gte=F("issued_on")), name="bill_pay_by_after_issue"),
        ]
        indexes = [
            models.Index(fields=["account"], condition=Q(settled_at__isnull=True), name="bill_unpaid_by_account"),
            models.Index(fields=["customer"], condition=Q(settled_at__isnull=True), name="bill_unpaid_by_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.period_start:%Y-%m} {self.amount}"


class BillPayment(AppendOnly):
    """What a receipt paid of a bill."""

    bill = models.ForeignKey(Bill, models.PROTECT, related_name="payments")
    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="bill_payments")
    amount = money_field(_("amount"))

    class Meta:
        verbose_name = _("payment of a bill")
        verbose_name_plural = _("payments of bills")
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="bill_payment_positive")]

    def __str__(self) -> str:
        return f"{self.bill_id} {self.amount}"


class ArrearsCheck(AppendOnly):
    """The record of an arrears check: when, by whom, what was owed (NC-2)."""

    reference = models.CharField(_("reference"), max_length=30, db_index=True)
    customer = models.ForeignKey("accounts.Customer", models.PROTECT, related_name="+")
    premises = models.ForeignKey("accounts.Premises", models.PROTECT, related_name="+")
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(_("checked"), default=timezone.now)
    owed = money_field(_("owed"))
    bills = models.JSONField(_("unpaid bills"), default=list)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("arrears check")
        verbose_name_plural = _("arrears checks")
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=Q(owed__gte=0), name="arrears_check_not_negative")]

    def __str__(self) -> str:
        return f"{self.reference} {self.owed}"
