"""New connection (新装接水), clauses NC-1 to NC-13: its route; the steps come from the flows."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from applications.checkpoints.intake import owes_nothing
from applications.engine.route import (
    AnchoredClock,
    Event,
    Route,
    Stop,
    agreed_date,
    calendar_days,
    same_day,
    working_days,
)
from applications.flows.agreements import AgreementsFlow
from applications.flows.decisions import DecisionsFlow
from applications.flows.intake import IntakeFlow
from applications.flows.money import MoneyFlow
from applications.flows.settlement import SettlementFlow
from applications.flows.termination import TerminationFlow
from applications.flows.time import TimeFlow
from applications.flows.works import WorksFlow
from applications.models.case import Application, request_of
from applications.stages import Kind, Stage
from applications.thresholds import below_threshold
from engineering import selectors as works
from engineering.models import Completion, ConstructionTask


def agreed_end(case: Application) -> date:
    """The day until which the construction unit builds (NC-7)."""
    planned = works.current(case.project, ConstructionTask)
    assert planned is not None
    assert planned.ends_on is not None
    return planned.ends_on


def works_ended(case: Application) -> date:
    """The day on which construction ended, as the completion in force reports it (NC-11)."""
    completion = works.current(case.project, Completion)
    assert completion is not None
    assert completion.completed_on is not None
    return completion.completed_on


COUNTER, DESIGNER = Role.COUNTER_CLERK, Role.DESIGNER


@request_of(Kind.NEW_CONNECTION)
class NewConnection(
    IntakeFlow,
    WorksFlow,
    SettlementFlow,
    MoneyFlow,
    TerminationFlow,
    AgreementsFlow,
    DecisionsFlow,
    TimeFlow,
    Application,
):
    """A case of a new connection."""

    route = Route(
        Kind.NEW_CONNECTION,
        (
            Stop(Stage.DRAFT, COUNTER),
            Stop(Stage.DOCUMENT_REVIEW, COUNTER, clock=same_day(clause="NC-2")),
            Stop(Stage.ARREARS_CHECK, Role.BUSINESS_CLERK, clock=working_days(1, clause="NC-2")),
            Stop(Stage.ARREARS_SETTLEMENT, COUNTER, unless=owes_nothing, awaits_applicant=True),
            Stop(Stage.SURVEY, DESIGNER, clock=working_days(7, clause="NC-4a"), sheet="engineering.Survey"),
            Stop(Stage.DESIGN, DESIGNER, clock=working_days(5, clause="NC-4b"), sheet="engineering.Design"),
            Stop(Stage.PERMITS, DESIGNER, co_owners=(COUNTER,), awaits_applicant=True, grants="engineering.Permit"),
            Stop(Stage.BUDGET, DESIGNER, clock=working_days(5, clause="NC-4c"), sheet="engineering.Budget"),
            Stop(Stage.BUDGET_APPROVAL, Role.RESPONSIBLE_LEADER),
            Stop(Stage.PROJECT_FEE, COUNTER, co_owners=(Role.CASHIER,), awaits_applicant=True, awaits_payment=True),
            Stop(Stage.CONSTRUCTION_AGREEMENT, COUNTER),
            Stop(
                Stage.CONSTRUCTION_TASK,
                DESIGNER,
                sheet="engineering.ConstructionTask",
                grants="engineering.Formality",
            ),
            Stop(
                Stage.CONSTRUCTION,
                Role.CONSTRUCTION_UNIT,
                clock=agreed_date(agreed_end, clause="NC-7"),
                sheet="engineering.Completion",
            ),
            Stop(Stage.JOINT_ACCEPTANCE, DESIGNER, sheet="engineering.Acceptance"),
            Stop(Stage.FINAL_SETTLEMENT, DESIGNER, co_owners=(Role.CASHIER,), sheet="engineering.Settlement"),
            Stop(Stage.SUPPLY_AGREEMENT, COUNTER),
            Stop(Stage.EXECUTIVE_APPROVAL, Role.DEPUTY_GENERAL_MANAGER, unless=below_threshold),
            Stop(Stage.WATER_ON, DESIGNER),
            Stop(Stage.METER_CARD, Role.CONSTRUCTION_UNIT),
            Stop(Stage.FILING, COUNTER),
            Stop(Stage.FIRST_READING, Role.BUSINESS_CLERK),
        ),
        anchored=(
            AnchoredClock(
                calendar_days(30, clause="NC-11"),
                about=_("Hand-over of the meter card"),
                opened_by=("report_completion",),
                fulfilled_by="hand_over_meter_card",
                event=Event(_("works ended on"), works_ended),
            ),
        ),
    )

    class Meta:
        proxy = True
        verbose_name = _("new connection")
        verbose_name_plural = _("new connections")
