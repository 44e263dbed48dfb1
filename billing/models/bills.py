"""Water bills of meter accounts: bills and their lines, payments, and the record of an arrears check."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Round
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, MeterAccount, Premises
from billing.models.prices import DEAREST, Tariff, price_field
from billing.models.receipts import Receipt
from billing.models.rows import AppendOnly, AppendOnlyQuerySet, PayMethod, Posting, Yuan, to_the_fen, total, within
from waterservice.money import FEN, LARGEST, ZERO, money_field

COMPONENTS = ("water", "resource", "sewage")
NAMES = {"water": _("Water"), "resource": _("Water resource charge"), "sewage": _("Sewage")}
# How far a line may be from price × usage: half a fen, and what SQLite loses by reckoning in binary fractions.
ROUNDED = Decimal("0.0051")
UNPAID = Q(settled_at__isnull=True, reversed_at__isnull=True)


class BillQuerySet(AppendOnlyQuerySet):
    """Bills; the one rule of which of them count, and of what is still unpaid."""

    def counting(self) -> BillQuerySet:
        """Those that were not reversed."""
        return self.filter(reversed_at__isnull=True)

    def unpaid(self) -> BillQuerySet:
        return self.filter(UNPAID)

    def with_outstanding(self) -> BillQuerySet:
        """Each bill with `outstanding`: yuan of the bill itself, without late charge, still to be paid."""
        payments = BillPayment.objects.filter(bill=models.OuterRef("pk")).order_by().values("bill")
        paid = models.Subquery(payments.annotate(paid=total("amount")).values("paid"))
        return self.annotate(outstanding=to_the_fen(F("amount") - Coalesce(paid, ZERO, output_field=Yuan())))


class Bill(AppendOnly):
    """The water bill of an account for a period: usage, amounts by component, and who owed it then.

    Usage is what the readings differ by, and `carried`: what they don't show, because the register went round
    or the meter was changed. How the amounts came about stand in its lines; an imported bill has none.
    A reversed one stays on record and counts nowhere.
    """

    class Origin(models.TextChoices):
        RECKONED = "reckoned", _("reckoned here")
        IMPORTED = "imported", _("taken over from the former system")

    changeable = frozenset({"settled_at", "reversed_at"})

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
    carried = models.IntegerField(_("usage that the readings don't show (m³)"), default=0)
    usage = models.PositiveIntegerField(_("usage (m³)"))
    origin = models.CharField(_("origin"), max_length=10, choices=Origin.choices, default=Origin.RECKONED)
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
    reversed_at = models.DateTimeField(_("reversed at"), null=True, blank=True)

    outstanding: Decimal  # only on rows that `with_outstanding` has read

    objects = BillQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("water bill")
        verbose_name_plural = _("water bills")
        ordering = ["account", "period_start"]
        indexes = [
            models.Index(fields=["account"], condition=UNPAID, name="bill_unpaid_by_account"),
            models.Index(fields=["customer"], condition=UNPAID, name="bill_unpaid_by_customer"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "period_start"],
                condition=Q(reversed_at__isnull=True),
                name="bill_one_a_period",
                violation_error_message=_("This account has a bill for this period already."),
            ),
            models.CheckConstraint(condition=Q(period_end__gte=F("period_start")), name="bill_period_ends_after_start"),
            models.CheckConstraint(condition=Q(pay_by__gte=F("issued_on")), name="bill_pay_by_after_issue"),
            models.CheckConstraint(
                condition=Q(usage__gte=0) & Q(usage=F("closing") - F("opening") + F("carried")),
                name="bill_usage_between_readings",
            ),
            models.CheckConstraint(condition=Q(origin__in=("reckoned", "imported")), name="bill_origin_known"),
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
        return f"{self.period}: {self.amount}"

    @property
    def period(self) -> str:
        """Its first and last day in words: “2026-01-01 – 2026-01-28”."""
        return f"{self.period_start} – {self.period_end}"

    @property
    def components(self) -> list[tuple[str, Decimal]]:
        """(name of the component, yuan) for showing."""
        return [(str(NAMES[name]), getattr(self, f"{name}_amount")) for name in COMPONENTS]


class BillLine(AppendOnly):
    """Water of a bill in one tier of one tariff, in the days of one calendar year: prices and amounts.

    Each component is rounded half up to the fen here, once; the bill's components are sums of these.
    """

    bill = models.ForeignKey(Bill, models.PROTECT, related_name="lines", verbose_name=_("water bill"))
    tariff = models.ForeignKey(Tariff, models.PROTECT, related_name="lines", db_index=False, verbose_name=_("tariff"))
    start = models.DateField(_("from"))
    end = models.DateField(_("to"))
    tier = models.PositiveSmallIntegerField(_("tier"))
    usage = models.PositiveIntegerField(_("usage (m³)"))
    water_price = price_field(_("price of water (yuan/m³)"))
    resource_price = price_field(_("water resource charge (yuan/m³)"))
    sewage_price = price_field(_("price of sewage (yuan/m³)"))
    water_amount = money_field(_("water"))
    resource_amount = money_field(_("water resource charge"))
    sewage_amount = money_field(_("sewage"))

    class Meta:
        verbose_name = _("line of a bill")
        verbose_name_plural = _("lines of bills")
        ordering = ["id"]
        indexes = [models.Index(fields=["tariff", "-end"], name="bill_line_last_of_a_tariff")]
        constraints = [
            models.UniqueConstraint(fields=["bill", "start", "tier"], name="bill_line_one_a_tier"),
            models.CheckConstraint(condition=Q(end__gte=F("start")), name="bill_line_ends_after_start"),
            models.CheckConstraint(condition=Q(tier__gte=1) & Q(usage__gte=1), name="bill_line_tier_with_water"),
            *(
                models.CheckConstraint(
                    condition=within(f"{name}_price", 0, DEAREST)
                    & within(f"{name}_amount", 0)
                    & Q(**{f"{name}_amount__gte": F(f"{name}_price") * F("usage") - ROUNDED})
                    & Q(**{f"{name}_amount__lte": F(f"{name}_price") * F("usage") + ROUNDED}),
                    name=f"bill_line_{name}_is_price_times_usage",
                )
                for name in COMPONENTS
            ),
        ]

    def __str__(self) -> str:
        return f"{self.start} – {self.end}, {self.tier}: {self.usage} m³"

    @property
    def amount(self) -> Decimal:
        """Yuan, all components."""
        amount: Decimal = self.water_amount + self.resource_amount + self.sewage_amount
        return amount

    @property
    def components(self) -> list[tuple[str, Decimal, Decimal]]:
        """(name of the component, yuan a cubic metre, yuan) for showing."""
        return [
            (str(NAMES[name]), getattr(self, f"{name}_price"), getattr(self, f"{name}_amount")) for name in COMPONENTS
        ]


class BillPayment(Posting):
    """What a receipt pays of a bill; below zero: a payment taken back.

    A payment `IMPORTED` was taken by the utility's existing system: no receipt of ours stands for it, and it
    never passed our till.
    """

    IMPORTED = "imported"

    bill = models.ForeignKey(Bill, models.PROTECT, related_name="payments", verbose_name=_("water bill"))
    receipt = models.ForeignKey(
        Receipt,
        models.PROTECT,
        related_name="bill_payments",
        null=True,
        blank=True,
        verbose_name=_("receipt"),
    )
    method = models.CharField(
        _("method"),
        max_length=10,
        choices=[*PayMethod.choices, (IMPORTED, _("paid in the former system"))],
    )
    amount = money_field(_("amount"))

    class Meta:
        verbose_name = _("payment of a bill")
        verbose_name_plural = _("payments of bills")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(reverses__isnull=True) & within("amount", FEN))
                | (Q(reverses__isnull=False) & within("amount", -LARGEST, -FEN) & ~Q(reason="")),
                name="bill_payment_sign_and_reason",
            ),
            models.CheckConstraint(
                condition=(Q(method__in=PayMethod.values) & Q(receipt__isnull=False))
                | (Q(method="imported") & Q(receipt__isnull=True)),
                name="bill_payment_has_a_receipt_or_was_imported",
            ),
            models.CheckConstraint(
                condition=(~Q(method="imported") & Q(sheet__isnull=False))
                | (Q(method="imported") & Q(sheet__isnull=True)),
                name="bill_payment_is_on_a_day_sheet",
            ),
            models.CheckConstraint(
                condition=~Q(method="deposit") | Q(reverses__isnull=True), name="bill_payment_of_a_deposit_stays"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.receipt_id} {self.amount}"

    @property
    def taken(self) -> Decimal:
        """Yuan that moved: what is paid of the bill, and the late charge on it."""
        late = getattr(self, "late_charge", None)
        return self.amount if late is None else self.amount + late.amount


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
