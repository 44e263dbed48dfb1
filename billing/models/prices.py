"""What things cost: the price list and the tariffs of water, each holding from a day on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.history import History
from accounts.models import KindOfUse
from billing.models.rows import within
from billing.reckoning import Rates, rising
from waterservice.money import FEN, money_field
from waterservice.text import refuse_control_characters

DEAREST = Decimal("9999.999")  # yuan a cubic metre: what a column of prices holds


def price_field(verbose_name: Any) -> models.DecimalField[Any, Any]:
    """A column of yuan a cubic metre with three places."""
    return models.DecimalField(verbose_name, max_digits=7, decimal_places=3)


class PriceItem(models.Model):
    """A fee that may be asked at the counter, with its legal basis. Nothing else may be typed in freely.

    Of several rows of one code the one that began last holds, also where it has ended or is switched off.
    """

    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("item"), max_length=60, validators=[refuse_control_characters])
    unit = models.CharField(_("unit"), max_length=10, validators=[refuse_control_characters])
    unit_price = money_field(_("unit price (yuan)"))
    legal_basis = models.CharField(_("legal basis"), max_length=300)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(
        _("valid until"), null=True, blank=True, help_text=_("The last day; empty: until further notice.")
    )
    enabled = models.BooleanField(
        _("charged"), default=True, help_text=_("Switched off, the item is not charged any more.")
    )

    history = History(verbose_name=_("history of price item"), verbose_name_plural=_("history of price items"))

    class Meta:
        verbose_name = _("price item")
        verbose_name_plural = _("price list")
        ordering = ["code", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "valid_from"],
                name="price_item_one_a_day",
                violation_error_message=_("This item has a price from this day already."),
            ),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Z][A-Z0-9_]*$"),
                name="price_item_code_in_capitals",
                violation_error_message=_("Write the code in capital letters, digits and underscores."),
            ),
            models.CheckConstraint(
                condition=within("unit_price", FEN),
                name="price_item_price_above_zero",
                violation_error_message=_("The price must be above zero; switch off what is free of charge."),
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="price_item_ends_after_start",
                violation_error_message=_("The last day lies before the first."),
            ),
            models.CheckConstraint(condition=~Q(legal_basis=""), name="price_item_has_a_legal_basis"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.valid_from})"


class Tariff(models.Model):
    """The price of a cubic metre for one kind of use, by component, from a day on until a newer one.

    A tariff has no last day, so that between two of them there can be neither gap nor overlap. `water` is the
    price of the first tier of a calendar year; `tiers` raise it. What bills were reckoned by is never changed.
    """

    kind_of_use = models.CharField(_("kind of use"), max_length=30, choices=KindOfUse.choices)
    valid_from = models.DateField(_("valid from"))
    water = price_field(_("water (yuan/m³)"))
    resource = price_field(_("water resource charge (yuan/m³)"))
    sewage = price_field(_("sewage (yuan/m³)"))
    allowance_from = models.PositiveSmallIntegerField(
        _("allowance from the household member"),
        null=True,
        blank=True,
        help_text=_("5: the fifth and every further member raises the tiers. Empty: nobody does."),
    )
    allowance_m3_year = models.PositiveIntegerField(
        _("allowance for each such member (m³ a year)"), null=True, blank=True
    )

    history = History(verbose_name=_("history of tariff"), verbose_name_plural=_("history of tariffs"))

    class Meta:
        verbose_name = _("tariff")
        verbose_name_plural = _("tariffs")
        ordering = ["kind_of_use", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind_of_use", "valid_from"],
                name="tariff_one_a_day",
                violation_error_message=_("This kind of use has a tariff from this day already."),
            ),
            models.CheckConstraint(
                condition=within("water", Decimal("0.001"), DEAREST),
                name="tariff_water_above_zero",
                violation_error_message=_("The price of water must be above zero."),
            ),
            models.CheckConstraint(
                condition=within("resource", 0, DEAREST) & within("sewage", 0, DEAREST),
                name="tariff_parts_not_negative",
                violation_error_message=_("A component of the price can't be negative."),
            ),
            models.CheckConstraint(
                condition=Q(allowance_from__isnull=True, allowance_m3_year__isnull=True)
                | Q(
                    allowance_from__isnull=False,
                    allowance_from__gte=1,
                    allowance_m3_year__isnull=False,
                    allowance_m3_year__gte=1,
                ),
                name="tariff_allowance_whole_or_none",
                violation_error_message=_("An allowance has both: from which member on, and how much each."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_of_use_display()} ({self.valid_from})"

    def clean(self) -> None:
        """Raises ValidationError where bills were issued that this would have to change after the fact."""
        self.refuse_after_billing()

    def refuse_after_billing(self) -> None:
        """Raises ValidationError when bills were reckoned by this tariff, or already reach into its days."""
        billed = self._billed()
        if billed is not None:
            raise ValidationError(
                _(
                    "Bills of this kind of use were issued up to %(last)s. What they were reckoned by stays: "
                    "enter a tariff that begins on a later day."
                ),
                code="billed",
                params={"last": billed.isoformat()},
            )

    def _billed(self) -> date | None:
        """The last day billed by this tariff, or by another of its kind on or after this one's first day.

        A reversed bill stands in the way of no other tariff; its own stays as it is, which explains the bill.
        """
        from billing.models.bills import BillLine  # which names its tariff

        counts = Q(tariff__kind_of_use=self.kind_of_use, bill__reversed_at__isnull=True)
        begun = counts & Q(end__gte=self.valid_from) if self.valid_from else Q(pk__in=())
        own = Q(tariff=self.pk) if self.pk else Q(pk__in=())
        last: date | None = BillLine.objects.filter(begun | own).aggregate(last=models.Max("end"))["last"]
        return last

    @property
    def total(self) -> Decimal:
        """Yuan a cubic metre of the first tier, all components."""
        return self.water + self.resource + self.sewage

    @property
    def rates(self) -> Rates:
        """The same as figures to reckon with, tiers and allowance included."""
        return Rates(
            since=self.valid_from,
            water=self.water,
            resource=self.resource,
            sewage=self.sewage,
            tiers=tuple((tier.above_m3, tier.water) for tier in sorted(self.tiers.all(), key=lambda row: row.above_m3)),
            allowance_from=self.allowance_from,
            allowance_m3=self.allowance_m3_year or 0,
        )

    @property
    def steps(self) -> list[Step]:
        """Every tier for showing, from the first on."""
        bounds = self.rates.bounds()
        ends = [*(above for above, _water in bounds[1:]), None]
        return [
            Step(place, above, end, water, water + self.resource + self.sewage)
            for place, ((above, water), end) in enumerate(zip(bounds, ends, strict=True), start=1)
        ]


class Step(NamedTuple):
    """A tier as it is shown: which, m³ a year above what and up to what (None: no end), yuan a cubic metre."""

    tier: int
    above: int
    up_to: int | None
    water: Decimal
    total: Decimal

    @property
    def first_m3(self) -> int:
        """The first whole cubic metre that costs so much."""
        return self.above + 1


class TariffTier(models.Model):
    """A dearer price of water above some use in a calendar year; the other components stay."""

    tariff = models.ForeignKey(Tariff, models.CASCADE, related_name="tiers", verbose_name=_("tariff"))
    above_m3 = models.PositiveIntegerField(_("above (m³ a year)"))
    water = price_field(_("water (yuan/m³)"))

    history = History(verbose_name=_("history of tier"), verbose_name_plural=_("history of tiers"))

    class Meta:
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        ordering = ["tariff", "above_m3"]
        constraints = [
            models.UniqueConstraint(
                fields=["tariff", "above_m3"],
                name="tier_begins_once",
                violation_error_message=_("Two tiers of a tariff can't begin at the same use."),
            ),
            models.CheckConstraint(
                condition=Q(above_m3__gte=1),
                name="tier_above_zero",
                violation_error_message=_("A tier begins above 0 m³: the first one is the tariff itself."),
            ),
            models.CheckConstraint(
                condition=within("water", Decimal("0.001"), DEAREST),
                name="tier_water_above_zero",
                violation_error_message=_("The price of water must be above zero."),
            ),
        ]

    def __str__(self) -> str:
        return f"> {self.above_m3} m³: {self.water}"


def refuse_falling_tiers(water: Decimal, tiers: list[tuple[int, Decimal]]) -> None:
    """Raises ValidationError unless (above m³, price of water) rise in both, from the tariff's own price on."""
    if not rising(water, sorted(tiers)):
        raise ValidationError(_("Each tier must begin above the one before it and cost more than it."), code="tiers")
