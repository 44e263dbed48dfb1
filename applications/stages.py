"""The kinds of request and the stages that they pass through, in the order of the routes."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What is asked of the hall; the prefix starts the case number."""

    NEW_CONNECTION = "new_connection", _("New connection")
    HOUSEHOLD_METERING = "household_metering", _("One household, one meter")
    OWNERSHIP_TRANSFER = "ownership_transfer", _("Transfer of ownership")

    @property
    def prefix(self) -> str:
        return {"new_connection": "NC", "household_metering": "HM", "ownership_transfer": "OT"}[self.value]


class Stage(models.TextChoices):
    DRAFT = "draft", _("Application form")
    DOCUMENT_REVIEW = "document_review", _("Document review")
    ARREARS_CHECK = "arrears_check", _("Arrears check")
    ARREARS_SETTLEMENT = "arrears_settlement", _("Arrears settlement")
    SURVEY = "survey", _("Site survey")
    DESIGN = "design", _("Design")
    PERMITS = "permits", _("Permits")
    BUDGET = "budget", _("Project budget")
    BUDGET_APPROVAL = "budget_approval", _("Budget approval")
    PROJECT_FEE = "project_fee", _("Project fee")
    CONSTRUCTION_AGREEMENT = "construction_agreement", _("Construction agreement")
    CONSTRUCTION_TASK = "construction_task", _("Construction task")
    CONSTRUCTION = "construction", _("Construction")
    JOINT_ACCEPTANCE = "joint_acceptance", _("Joint acceptance")
    FINAL_SETTLEMENT = "final_settlement", _("Final settlement")
    SUPPLY_AGREEMENT = "supply_agreement", _("Water-supply agreement")
    EXECUTIVE_APPROVAL = "executive_approval", _("Deputy general manager's approval")
    WATER_ON = "water_on", _("Water on")
    METER_CARD = "meter_card", _("Meter card")
    FILING = "filing", _("Account filing")
    FIRST_READING = "first_reading", _("First reading")
    COMPLETED = "completed", _("Completed")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


FINAL_STAGES = frozenset({Stage.COMPLETED, Stage.REFUSED, Stage.WITHDRAWN})


def stage_choices() -> list[tuple[str, object]]:
    """A callable, so that a new stage needs no migration."""
    return list(Stage.choices)
