"""For the administrator: price list and tariffs. Ledgers are nobody's to edit."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db import models
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils import timezone
from simple_history.admin import SimpleHistoryAdmin

from billing.models import PriceItem, Tariff, TariffTier, refuse_falling_tiers
from waterservice.money import PriceFormField
from waterservice.numbers import WholeFormField

# Figures are taken as people write them; Django's own fields also read 1e2 and 1_000.
FIGURES: dict[Any, dict[str, Any]] = {
    models.DecimalField: {"form_class": PriceFormField},
    models.PositiveIntegerField: {"form_class": WholeFormField},
    models.PositiveSmallIntegerField: {"form_class": WholeFormField},
}


class PriceAdmin(SimpleHistoryAdmin):
    """Prices are added and switched off, never deleted: what was charged by them must stay explicable.

    One whose day has come no longer changes; a newer one is entered beside it.
    """

    changeable: frozenset[str] = frozenset()
    formfield_overrides = FIGURES

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None or obj.valid_from > timezone.localdate():
            return ()
        columns = (field.name for field in obj._meta.concrete_fields if not field.primary_key)
        return tuple(name for name in columns if name not in self.changeable)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(PriceItem)
class PriceItemAdmin(PriceAdmin):
    changeable = frozenset({"enabled", "valid_until"})
    list_display = ("code", "name", "unit_price", "unit", "valid_from", "valid_until", "enabled")
    list_filter = ("enabled",)
    search_fields = ("code", "name")


class RisingTiers(BaseInlineFormSet):
    """The tiers of one tariff, judged together: each begins above the one before and costs more."""

    def clean(self) -> None:
        super().clean()
        water = self.instance.water
        if any(self.errors) or not isinstance(water, Decimal):
            return
        kept = [form.cleaned_data for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        refuse_falling_tiers(water, [(tier["above_m3"], tier["water"]) for tier in kept])


class TariffTierInline(admin.TabularInline):
    model = TariffTier
    formset = RisingTiers
    formfield_overrides = FIGURES
    extra = 1


@admin.register(Tariff)
class TariffAdmin(PriceAdmin):
    """What bills were reckoned by stays as it is: `Tariff.clean` refuses to change it, in words."""

    list_display = ("kind_of_use", "valid_from", "water", "resource", "sewage", "total")
    list_filter = ("kind_of_use",)
    inlines = (TariffTierInline,)
