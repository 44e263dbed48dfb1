"""Budget and final settlement: lines by category, inside or outside the building's red line, and who pays."""

from decimal import ROUND_HALF_UP, Decimal

from django.db import models
from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _

from engineering.models.project import Sheet
from waterservice.money import FEN, ZERO, money_field


class CostCategory(models.TextChoices):
    PIPE_MATERIAL = "pipe_material", _("Pipe material")
    METER = "meter", _("Meter and fittings")
    LABOUR = "labour", _("Labour")
    EARTHWORK = "earthwork", _("Earthwork")
    ROAD_RESTORATION = "road_restoration", _("Road restoration")
    SURVEY_DESIGN = "survey_design", _("Survey and design")
    OTHER = "other", _("Other costs")


class RedLine(models.TextChoices):
    """On which side of the building's red line (建筑区划红线) the work lies."""

    INSIDE = "inside", _("inside the red line")
    OUTSIDE = "outside", _("outside the red line")


class Payer(models.TextChoices):
    APPLICANT = "applicant", _("applicant")
    UTILITY = "utility", _("utility")


class CostSheet(Sheet):
    """A sheet of cost lines; its totals are always their sums."""

    class Meta(Sheet.Meta):
        abstract = True

    @property
    def total(self) -> Decimal:
        """The whole cost, yuan, whoever pays it."""
        return self._sum()

    @property
    def applicant_total(self) -> Decimal:
        """The part that the applicant pays, yuan; it may be zero."""
        return self._sum(payer=Payer.APPLICANT)

    def _sum(self, **only: str) -> Decimal:
        found: Decimal | None = self.lines.filter(**only).aggregate(total=Sum("amount"))["total"]
        return found or ZERO


class CostLine(models.Model):
    """One line: quantity × unit price, half up to the fen."""

    order = models.PositiveSmallIntegerField(_("place"))
    category = models.CharField(_("category"), max_length=30, choices=CostCategory.choices)
    description = models.CharField(_("description"), max_length=120)
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=3)
    unit = models.CharField(_("unit"), max_length=12)
    unit_price = money_field(_("unit price"))
    amount = money_field(_("amount"))
    red_line = models.CharField(_("red line"), max_length=10, choices=RedLine.choices)
    payer = models.CharField(_("paid by"), max_length=10, choices=Payer.choices)

    class Meta:
        abstract = True
        ordering = ["order"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="%(class)s_quantity_positive"),
            models.CheckConstraint(
                condition=Q(unit_price__gte=0) & Q(amount__gte=0), name="%(class)s_amount_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.description

    @staticmethod
    def price(quantity: Decimal, unit_price: Decimal) -> Decimal:
        """What a quantity costs, yuan, half up to the fen."""
        return (quantity * unit_price).quantize(FEN, rounding=ROUND_HALF_UP)


class Budget(CostSheet):
    """The project budget (工程预算, NC-4c)."""

    class Meta(CostSheet.Meta):
        verbose_name = _("budget")
        verbose_name_plural = _("budgets")
        default_related_name = "budgets"


class BudgetLine(CostLine):
    sheet = models.ForeignKey(Budget, models.CASCADE, related_name="lines")

    class Meta(CostLine.Meta):
        verbose_name = _("budget line")
        verbose_name_plural = _("budget lines")


class Settlement(CostSheet):
    """The final settlement (工程决算, NC-8)."""

    class Meta(CostSheet.Meta):
        verbose_name = _("final settlement")
        verbose_name_plural = _("final settlements")
        default_related_name = "settlements"


class SettlementLine(CostLine):
    sheet = models.ForeignKey(Settlement, models.CASCADE, related_name="lines")

    class Meta(CostLine.Meta):
        verbose_name = _("settlement line")
        verbose_name_plural = _("settlement lines")
