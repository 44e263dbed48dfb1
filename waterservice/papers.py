"""How values are written on paper: Chinese dates, amounts in figures and capitals, a dash for what is not there."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from django.utils import timezone

from waterservice.money import rmb_capitals, yuan

T = TypeVar("T")

NOTHING = "—"


def given(value: T | None, show: Callable[[T], str] = str) -> str:
    """A value that may be missing; a dash then says that nothing was forgotten."""
    return NOTHING if value is None or value == "" else show(value)


def day(value: date) -> str:
    """2026年10月14日; a moment is shown on its day in Shanghai."""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return f"{value.year}年{value.month}月{value.day}日"


def moment(value: datetime) -> str:
    """2026年10月14日 17:00, Shanghai time."""
    return f"{day(value)} {timezone.localtime(value):%H:%M}"


def money(value: Decimal) -> dict[str, str]:
    """An amount in figures and in capitals: ¥1,409.50 and 人民币壹仟肆佰零玖元伍角整."""
    return {"figures": yuan(value), "capitals": rmb_capitals(value)}
