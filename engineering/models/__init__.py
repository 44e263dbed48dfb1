"""Works: survey, design, permits, budget, construction task, acceptance, settlement, meter cards."""

from engineering.models.acceptance import REQUIRED_PARTIES, Acceptance, AcceptanceParty, Defect, Party
from engineering.models.costs import (
    Budget,
    BudgetLine,
    CostCategory,
    CostLine,
    CostSheet,
    Payer,
    RedLine,
    Settlement,
    SettlementLine,
)
from engineering.models.formalities import (
    REQUIRED_PERMITS,
    Formality,
    FormalityKind,
    FormalityStatus,
    Grant,
    MeterCard,
    Permit,
    PermitKind,
    PermitStatus,
)
from engineering.models.pictures import SitePicture
from engineering.models.project import Project
from engineering.models.sheet import Sheet, SheetPart
from engineering.models.works import Completion, ConstructionTask, Design, Survey

__all__ = [
    "REQUIRED_PARTIES",
    "REQUIRED_PERMITS",
    "Acceptance",
    "AcceptanceParty",
    "Budget",
    "BudgetLine",
    "Completion",
    "ConstructionTask",
    "CostCategory",
    "CostLine",
    "CostSheet",
    "Defect",
    "Design",
    "Formality",
    "FormalityKind",
    "FormalityStatus",
    "Grant",
    "MeterCard",
    "Party",
    "Payer",
    "Permit",
    "PermitKind",
    "PermitStatus",
    "Project",
    "RedLine",
    "Settlement",
    "SettlementLine",
    "Sheet",
    "SheetPart",
    "SitePicture",
    "Survey",
]
