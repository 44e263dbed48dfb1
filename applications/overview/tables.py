"""A table of the overview, on screen and in Excel alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Table:
    """Headings and rows from left to right; None where there is nothing to say."""

    name: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Any]]
