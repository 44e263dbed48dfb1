"""What rows of money have in common: they are added and never changed, and every figure is bounded."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce, Round
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from waterservice.money import FEN, LARGEST, ZERO


class PayMethod(models.TextChoices):
    CASH = "cash", _("Cash")
    CARD = "card", _("Bank card")
    TRANSFER = "transfer", _("Bank transfer")
    WECHAT = "wechat", _("WeChat Pay")
    ALIPAY = "alipay", _("Alipay")
    DEPOSIT = "deposit", _("From the deposit")


# What a cashier can take and give; money of a deposit that pays bills never lies in a drawer.
AT_THE_TILL = tuple(method for method in PayMethod if method != PayMethod.DEPOSIT)
TILL_CHOICES = [(method.value, method.label) for method in AT_THE_TILL]


def within(column: str, least: Decimal | int, most: Decimal | int = LARGEST) -> Q:
    """Condition: a figure lies between two others. PostgreSQL sorts NaN above every number: it is shut out."""
    return Q(**{f"{column}__gte": least, f"{column}__lte": most})


class Yuan(models.DecimalField):
    """What a computed amount comes out as: two places, also on SQLite, which adds in binary fractions."""

    def __init__(self) -> None:
        super().__init__(max_digits=20, decimal_places=2)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Decimal | None:
        return None if value is None else Decimal(value).quantize(FEN, rounding=ROUND_HALF_UP)


def to_the_fen(amount: Any) -> Round:
    """An expression of amounts, rounded so that it compares as on paper: 0.1 + 0.2 is 0.3."""
    return Round(amount, 2, output_field=Yuan())


def total(column: str) -> Round:
    """The sum of a column of amounts; of no row at all, zero."""
    return to_the_fen(Coalesce(Sum(column), ZERO, output_field=Yuan()))


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Reads and adds; what would change or remove rows is a programming error."""

    def update(self, **values: Any) -> NoReturn:
        raise TypeError(f"{self.model.__name__} rows never change; add another.")

    def delete(self) -> NoReturn:
        raise TypeError(f"{self.model.__name__} rows are never deleted.")

    def bulk_update(self, objs: Any, fields: Any, batch_size: int | None = None) -> NoReturn:
        raise TypeError(f"{self.model.__name__} rows never change; add another.")


class AppendOnly(models.Model):
    """A row that is written once: saving it again raises TypeError, but for the columns named `changeable`."""

    changeable: ClassVar[frozenset[str]] = frozenset()

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        changed = kwargs.get("update_fields")
        if not self._state.adding and not (changed and self.changeable.issuperset(changed)):
            raise TypeError(f"A {type(self).__name__} never changes; add another.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(f"A {type(self).__name__} is never deleted.")


class Posting(AppendOnly):
    """An entry in a ledger: how the money moved, when, recorded by whom, and which entry it takes back.

    Money that moves stands on the day sheet of the cashier in whose drawer it lies, a reversal on the sheet of
    the cashier whose entry it takes back, of the day on which it is made.
    """

    method = models.CharField(_("method"), max_length=10, choices=PayMethod.choices, blank=True)
    reference = models.CharField(
        _("reference"),
        max_length=60,
        blank=True,
        help_text=_("Number of the transfer, card slip or mobile payment."),
    )
    happened_on = models.DateField(_("happened on"))
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    reverses = models.OneToOneField(
        "self", models.PROTECT, related_name="reversal", null=True, blank=True, verbose_name=_("reverses")
    )
    sheet = models.ForeignKey(
        "billing.DaySheet", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("day sheet")
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        abstract = True
