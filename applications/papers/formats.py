"""How values are written on paper, and how a missing one is noticed."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, TypeVar

from waterservice.papers import NOTHING, day, given, moment, money

__all__ = ["NOTHING", "Gap", "calibre", "copies", "day", "gaps", "given", "moment", "money", "need", "plain"]

T = TypeVar("T")

SMALL_CAPITALS = "零壹贰叁肆伍陆柒捌玖"


class Gap(str):
    """A required value that is missing: an open place on a draft, a refusal of the paper in force."""

    label: Any

    def __new__(cls, label: Any) -> "Gap":
        gap = super().__new__(cls, "（待填）")
        gap.label = label
        return gap


def need(value: T | None, label: Any, show: Callable[[T], str] = str) -> str:
    """A value that the paper cannot do without, or the gap in its place."""
    return Gap(label) if value is None or value == "" else show(value)


def gaps(value: Any) -> Iterator[Gap]:
    """Every gap in a context, however deep."""
    if isinstance(value, Gap):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from gaps(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from gaps(inner)


def plain(value: Decimal | int) -> str:
    """A figure without trailing zeros: 12.500 → 12.5, 1200 → 1,200."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def calibre(dn: int) -> str:
    """A nominal diameter in millimetres: DN25."""
    return f"DN{dn}"


def copies(count: int) -> str:
    """A number of copies in capitals, as agreements write it: 2 → 贰, 12 → 壹拾贰. From 1 to 99."""
    tens, ones = divmod(count, 10)
    if not 0 < count < 100:
        raise ValueError(f"{count} copies of an agreement")
    return (f"{SMALL_CAPITALS[tens]}拾" if tens else "") + (SMALL_CAPITALS[ones] if ones else "")
