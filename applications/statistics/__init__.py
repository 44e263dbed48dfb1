"""How long things take: finished, late, extended, median and 90th percentile of net working days.

By stage from the clocks that were fulfilled and, where a stage has none, from the timeline; by kind, month and
office from the cases that were completed.
"""

from applications.statistics.cases import CASE_GROUPINGS, of_cases
from applications.statistics.figures import Figures, Filters
from applications.statistics.stages import BY_STAGE, of_stages

GROUPINGS = {"stage": BY_STAGE, **{name: grouping.label for name, grouping in CASE_GROUPINGS.items()}}


def figures(filters: Filters, by: str) -> list[Figures]:
    """The statistics put together by stage, kind, office or month: a line for each group, in the groups' own order."""
    return of_stages(filters) if by == "stage" else of_cases(filters, CASE_GROUPINGS[by])


__all__ = ["GROUPINGS", "Figures", "Filters", "figures"]
