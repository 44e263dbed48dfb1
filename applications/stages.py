"""The kinds of request and the stages that they pass through, in the order of the routes."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    """What is asked of the hall; the prefix starts the case number."""

    NEW_CONNECTION = "new_connection", _("New connection")
    HOUSEHOLD_METERING = "household_metering", _("One household, one meter")
    OWNERSHIP_TRANSFER = "ownership_transfer", _("Transfer of ownership")

    @property
    def prefix(self) -> str:
        return {"new_connection": "NC", "household_metering": "HM", "ownership_transfer": "OT"}[self.value]


class Stage(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("stage", "Application form")
    DOCUMENT_REVIEW = "document_review", pgettext_lazy("stage", "Document review")
    ARREARS_CHECK = "arrears_check", pgettext_lazy("stage", "Arrears check")
    ARREARS_SETTLEMENT = "arrears_settlement", pgettext_lazy("stage", "Arrears settlement")
    SURVEY = "survey", pgettext_lazy("stage", "Site survey")
    DESIGN = "design", pgettext_lazy("stage", "Design")
    PERMITS = "permits", pgettext_lazy("stage", "Permits")
    BUDGET = "budget", pgettext_lazy("stage", "Project budget")
    BUDGET_APPROVAL = "budget_approval", pgettext_lazy("stage", "Budget approval")
    PROJECT_FEE = "project_fee", pgettext_lazy("stage", "Project fee")
    CONSTRUCTION_AGREEMENT = "construction_agreement", pgettext_lazy("stage", "Construction agreement")
    CONSTRUCTION_TASK = "construction_task", pgettext_lazy("stage", "Construction task")
    CONSTRUCTION = "construction", pgettext_lazy("stage", "Construction")
    JOINT_ACCEPTANCE = "joint_acceptance", pgettext_lazy("stage", "Joint acceptance")
    FINAL_SETTLEMENT = "final_settlement", pgettext_lazy("stage", "Final settlement")
    SUPPLY_AGREEMENT = "supply_agreement", pgettext_lazy("stage", "Water-supply agreement")
    EXECUTIVE_APPROVAL = "executive_approval", pgettext_lazy("stage", "Deputy general manager's approval")
    WATER_ON = "water_on", pgettext_lazy("stage", "Water on")
    METER_CARD = "meter_card", pgettext_lazy("stage", "Meter card")
    FILING = "filing", pgettext_lazy("stage", "Account filing")
    FIRST_READING = "first_reading", pgettext_lazy("stage", "First reading")
    COMPLETED = "completed", pgettext_lazy("stage", "Completed")
    REFUSED = "refused", pgettext_lazy("stage", "Refused")
    WITHDRAWN = "withdrawn", pgettext_lazy("stage", "Withdrawn")
    TERMINATED = "terminated", pgettext_lazy("stage", "Terminated by agreement")


# What the applicant gave up: nobody's achievement, nobody's breach.
GIVEN_UP = frozenset({Stage.WITHDRAWN, Stage.TERMINATED})
FINAL_STAGES = frozenset({Stage.COMPLETED, Stage.REFUSED}) | GIVEN_UP


def stage_choices() -> list[tuple[str, object]]:
    """A callable, so that a new stage needs no migration."""
    return list(Stage.choices)
