"""Pages of long lists by primary key: the cost of a page does not grow with its number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)
SIZE = 50


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows of a list, where the next page begins (None on the last), and whether this is the first."""

    rows: list[Row]
    next: int | None
    first: bool


def page_of(rows: QuerySet[Row], after: str, *, newest_first: bool = False, size: int = SIZE) -> Page[Row]:
    """The rows that follow the key `after` as it stands in a URL; from the first, if it is none."""
    edge = int(after) if after.isascii() and after.isdecimal() and len(after) < 19 else None
    if edge is not None:
        rows = rows.filter(pk__lt=edge) if newest_first else rows.filter(pk__gt=edge)
    found: list[Any] = list(rows.order_by("-pk" if newest_first else "pk")[: size + 1])
    return Page(found[:size], found[size - 1].pk if len(found) > size else None, edge is None)
