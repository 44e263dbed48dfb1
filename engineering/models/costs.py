"""Budget and final settlement: lines by category, on which side of the building's red line, and who pays."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q, Sum
from django.utils.translation import gettext_lazy as _

from engineering.models.columns import ONE_LINE
from engineering.models.sheet import Sheet, SheetPart
from waterservice.money import FEN, ZERO, money_field


class CostCategory(models.TextChoices):
    """What a line of costs is for."""

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
    """Who bears a line of costs."""

    APPLICANT = "applicant", _("applicant")
    UTILITY = "utility", _("utility")


class CostSheet(Sheet):
    """A sheet of cost lines; its totals are always their sums."""

    carried = ("lines",)

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
        lines: models.Manager[CostLine] = self.lines  # type: ignore[attr-defined]
        found: Decimal | None = lines.filter(**only).aggregate(total=Sum("amount"))["total"]
        return found or ZERO


class CostLine(SheetPart):
    """One line: quantity × unit price, half up to the fen."""

    order = models.PositiveSmallIntegerField(_("row number"))
    category = models.CharField(_("category"), max_length=30, choices=CostCategory.choices)
    description = models.CharField(_("description"), max_length=120, validators=ONE_LINE)
    quantity = models.DecimalField(
        _("quantity"), max_digits=12, decimal_places=3, validators=[MinValueValidator(Decimal("0.001"))]
    )
    unit = models.CharField(_("unit"), max_length=12, validators=ONE_LINE)
    unit_price = money_field(_("unit price"), validators=[MinValueValidator(ZERO)])
    amount = money_field(_("amount"), validators=[MinValueValidator(ZERO)])
    red_line = models.CharField(_("red line"), max_length=10, choices=RedLine.choices)
    payer = models.CharField(_("paid by"), max_length=10, choices=Payer.choices)

    key = "order"

    class Meta:
        abstract = True
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "order"], name="%(class)s_one_a_place"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="%(class)s_quantity_positive"),
            models.CheckConstraint(condition=Q(unit_price__gte=0, amount__gte=0), name="%(class)s_amount_not_negative"),
            # SQLite multiplies decimals as floats, so what is asked of both databases is: not a fen off.
            models.CheckConstraint(
                condition=Q(amount__gt=F("quantity") * F("unit_price") - FEN)
                & Q(amount__lt=F("quantity") * F("unit_price") + FEN),
                name="%(class)s_amount_is_the_product",
            ),
            models.CheckConstraint(condition=Q(category__in=CostCategory.values), name="%(class)s_category_known"),
            models.CheckConstraint(condition=Q(red_line__in=RedLine.values), name="%(class)s_red_line_known"),
            models.CheckConstraint(condition=Q(payer__in=Payer.values), name="%(class)s_payer_known"),
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
    """A line of a budget."""

    sheet = models.ForeignKey(Budget, models.CASCADE, related_name="lines", verbose_name=_("budget"))

    class Meta(CostLine.Meta):
        verbose_name = _("budget line")
        verbose_name_plural = _("budget lines")


class Settlement(CostSheet):
    """The final settlement (工程决算, NC-8)."""

    class Meta(CostSheet.Meta):
        verbose_name = _("final settlement")
        verbose_name_plural = _("final settlements")
        default_related_name = "settlements"
        indexes = [models.Index(fields=["closed_at"], name="settlement_by_day")]


class SettlementLine(CostLine):
    """A line of a final settlement."""

    sheet = models.ForeignKey(Settlement, models.CASCADE, related_name="lines", verbose_name=_("final settlement"))

    class Meta(CostLine.Meta):
        verbose_name = _("settlement line")
        verbose_name_plural = _("settlement lines")
