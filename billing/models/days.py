"""A cashier's day: the sheet on which every movement of money stands, counted and closed in the evening (日结)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models.rows import AppendOnly, PayMethod, within
from waterservice.money import LARGEST, ZERO, money_field

# Notes and coins in circulation, yuan, from the largest down.
DENOMINATIONS = tuple(map(Decimal, ("100.00", "50.00", "20.00", "10.00", "5.00", "1.00", "0.50", "0.10")))


class DaySheet(AppendOnly):
    """What one cashier took and gave on one day. The first movement opens it; closed, it never changes again.

    `lines` are the movements as they stood at the closing, `denominations` the notes and coins that were counted.
    """

    changeable = frozenset({"closed_at", "closed_by", "denominations", "lines", "countersigned_at", "countersigned_by"})

    cashier = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("cashier"))
    day = models.DateField(_("day"))
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("closed by")
    )
    denominations: models.JSONField[Any, Any] = models.JSONField(_("notes and coins"), default=dict, blank=True)
    lines: models.JSONField[Any, Any] = models.JSONField(
        _("movements"), default=list, blank=True, encoder=DjangoJSONEncoder
    )
    countersigned_at = models.DateTimeField(_("countersigned at"), null=True, blank=True)
    countersigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("countersigned by"),
    )

    class Meta:
        verbose_name = _("day sheet")
        verbose_name_plural = _("day sheets")
        ordering = ["-day", "cashier"]
        indexes = [
            models.Index(fields=["-day", "-id"], name="day_sheet_newest_first"),
            models.Index(fields=["day"], condition=Q(closed_at__isnull=True), name="day_sheet_open"),
            models.Index(
                fields=["-id"],
                condition=Q(closed_at__isnull=False, countersigned_at__isnull=True),
                name="day_sheet_to_countersign",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["cashier", "day"], name="day_sheet_one_a_day"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="day_sheet_closed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(countersigned_at__isnull=True, countersigned_by__isnull=True)
                | (
                    Q(countersigned_at__isnull=False, countersigned_by__isnull=False, closed_at__isnull=False)
                    & ~Q(countersigned_by=F("cashier"))
                    & ~Q(countersigned_by=F("closed_by"))
                ),
                name="day_sheet_countersigned_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cashier} {self.day}"

    @property
    def closed(self) -> bool:
        return self.closed_at is not None

    @property
    def recorded(self) -> Decimal:
        """What a closed sheet says in all, yuan."""
        return sum((count.recorded for count in self.counts.all()), ZERO)

    @property
    def notes(self) -> list[tuple[Decimal, int]]:
        """How many of which note or coin were counted, from the largest down."""
        return [(note, self.denominations[str(note)]) for note in DENOMINATIONS if str(note) in self.denominations]


class DayCount(AppendOnly):
    """Of one method: what the sheet says, what was counted, and why they differ if they do."""

    sheet = models.ForeignKey(DaySheet, models.PROTECT, related_name="counts", verbose_name=_("day sheet"))
    method = models.CharField(_("method"), max_length=10, choices=PayMethod.choices)
    recorded = money_field(_("recorded"))
    counted = money_field(_("counted"))
    explanation = models.CharField(_("explanation"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("count of a day")
        verbose_name_plural = _("counts of days")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "method"], name="day_count_one_a_method"),
            models.CheckConstraint(condition=Q(method__in=PayMethod.values), name="day_count_method_known"),
            models.CheckConstraint(
                condition=within("recorded", -LARGEST) & within("counted", -LARGEST), name="day_count_is_a_figure"
            ),
            models.CheckConstraint(
                condition=Q(recorded=F("counted")) | ~Q(explanation=""), name="day_count_difference_explained"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.counted}"

    @property
    def difference(self) -> Decimal:
        """Above zero: more was counted than is recorded."""
        return self.counted - self.recorded
