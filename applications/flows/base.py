"""What the flow classes stand on: they are mixed into the proxies of `Application`."""

from typing import TYPE_CHECKING

from applications.stages import FINAL_STAGES, Stage

if TYPE_CHECKING:
    from applications.models.case import Application as CaseFlow
else:
    CaseFlow = object

OPEN_STAGES = tuple(stage for stage in Stage if stage not in FINAL_STAGES)
REVIEWED_STAGES = tuple(stage for stage in OPEN_STAGES if stage != Stage.DRAFT)

# Until water is on a request can still end without it.
BEFORE_WATER = OPEN_STAGES[: OPEN_STAGES.index(Stage.WATER_ON) + 1]

# Nobody stands above the deputy general manager who could agree to what is asked for at their own stage.
ANSWERABLE_STAGES = tuple(stage for stage in REVIEWED_STAGES if stage != Stage.EXECUTIVE_APPROVAL)

__all__ = ["ANSWERABLE_STAGES", "BEFORE_WATER", "OPEN_STAGES", "REVIEWED_STAGES", "CaseFlow"]
