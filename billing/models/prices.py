"""What things cost: the price list and the tariffs of water, each holding from a day on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.history import History
from accounts.models import KindOfUse
from billing.models.rows import within
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
    """The price of a cubic metre for one kind of use, by component, from a day on until a newer one."""

    kind_of_use = models.CharField(_("kind of use"), max_length=30, choices=KindOfUse.choices)
    valid_from = models.DateField(_("valid from"))
    water = price_field(_("water (yuan/m³)"))
    resource = price_field(_("water resource charge (yuan/m³)"))
    sewage = price_field(_("sewage (yuan/m³)"))

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
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_of_use_display()} ({self.valid_from})"

    @property
    def total(self) -> Decimal:
        """Yuan a cubic metre, all components."""
        return self.water + self.resource + self.sewage
