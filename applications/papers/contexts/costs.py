"""Cost lines of budget and settlement: by category, by side of the red line, by payer."""

from collections.abc import Iterable
from decimal import Decimal
from itertools import groupby
from typing import Any

from applications.papers import words
from applications.papers.formats import money, plain
from engineering.models import CostCategory, CostLine, Payer, RedLine
from waterservice.money import ZERO, yuan

CATEGORIES = [str(category) for category in CostCategory]


def total(lines: Iterable[CostLine]) -> Decimal:
    return sum((line.amount for line in lines), ZERO)


def by_category(lines: Iterable[CostLine]) -> list[tuple[str, list[CostLine]]]:
    """The lines of each category that has any, in the order of the declaration."""
    ordered = sorted(lines, key=lambda line: (CATEGORIES.index(line.category), line.order))
    return [(category, list(group)) for category, group in groupby(ordered, key=lambda line: line.category)]


def cost_table(lines: Iterable[CostLine]) -> list[dict[str, Any]]:
    """The categories with their lines, numbered through, and their subtotals."""
    groups, number = [], 0
    for category, members in by_category(lines):
        rows = []
        for line in members:
            number += 1
            rows.append(
                {
                    "number": number,
                    "description": line.description,
                    "unit": line.unit,
                    "quantity": plain(line.quantity),
                    "unit_price": f"{line.unit_price:,.2f}",
                    "amount": f"{line.amount:,.2f}",
                    "red_line": words.RED_LINE[line.red_line],
                    "payer": words.PAYER[line.payer],
                }
            )
        groups.append({"name": words.COST_CATEGORY[category], "lines": rows, "subtotal": yuan(total(members))})
    return groups


def shares(lines: Iterable[CostLine]) -> dict[str, Any]:
    """Who pays what on which side of the building's red line, with the sums in figures and capitals."""
    lines = list(lines)

    def part(red_line: str | None = None, payer: str | None = None) -> Decimal:
        return total(line for line in lines if red_line in (None, line.red_line) and payer in (None, line.payer))

    rows = [
        {
            "name": words.RED_LINE[side],
            "applicant": yuan(part(side, Payer.APPLICANT)),
            "utility": yuan(part(side, Payer.UTILITY)),
            "both": yuan(part(side)),
        }
        for side in (RedLine.INSIDE, RedLine.OUTSIDE)
    ]
    return {
        "rows": rows,
        "outside": yuan(outside) if (outside := part(RedLine.OUTSIDE, Payer.APPLICANT)) else "",
        "total": money(part()),
        "applicant": money(part(payer=Payer.APPLICANT)),
        "utility": money(part(payer=Payer.UTILITY)),
    }
