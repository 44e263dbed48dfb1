"""What is newest, what is missing, what the works cost, who prepared them."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Office, User
from engineering import services
from engineering.models import Acceptance, Completion, ConstructionTask, Design, Party, Project, Settlement, Survey
from engineering.selectors import (
    closed_budget_totals,
    construction_unit,
    current,
    defects_to_mend,
    has_prepared,
    largest_cost,
    missing,
    permits_not_recorded,
)
from tests.engineering.conftest import Make, line, words
from waterservice.models import StoredFile


def label(model: Any, name: str) -> str:
    return str(model._meta.get_field(name).verbose_name)


def test_the_newest_revision_is_the_truth(project: Project, designer: User) -> None:
    assert current(project, Survey) is None
    services.close_sheet(sheet=services.record_survey(project=project, by=designer), by=designer)
    again = services.record_survey(project=project, by=designer, calibre=25)
    assert current(project, Survey) == again
    services.close_sheet(sheet=again, by=designer)
    assert current(project, Survey) == again


# -- what is missing -------------------------------------------------------------------------------


def test_a_complete_survey_lacks_nothing(project: Project, designer: User, survey_fields: dict[str, Any]) -> None:
    assert missing(services.record_survey(project=project, by=designer, **survey_fields)) == []


@pytest.mark.parametrize("name", Survey.required)
def test_a_survey_names_what_it_lacks(
    name: str, project: Project, designer: User, survey_fields: dict[str, Any]
) -> None:
    """NC-4a."""
    del survey_fields[name]
    survey = services.record_survey(project=project, by=designer, **survey_fields)
    assert missing(survey) == [label(Survey, name)]


def test_an_empty_survey_names_all_in_the_order_of_the_form(project: Project, designer: User) -> None:
    survey = services.record_survey(project=project, by=designer)
    assert missing(survey) == [label(Survey, name) for name in Survey.required]


def test_of_a_place_that_cannot_be_supplied_only_the_day_is_asked(
    project: Project, designer: User, today: date
) -> None:
    survey = services.record_survey(project=project, by=designer, supplyable=False, reason="压力不足")
    assert missing(survey) == [label(Survey, "surveyed_on")]
    assert missing(services.record_survey(project=project, by=designer, surveyed_on=today)) == []


def test_a_road_that_stays_shut_is_an_answer(project: Project, designer: User, survey_fields: dict[str, Any]) -> None:
    """No is not empty."""
    survey_fields |= {"road_opening": False}
    assert missing(services.record_survey(project=project, by=designer, **survey_fields)) == []


@pytest.mark.parametrize("name", Design.required)
def test_a_design_names_what_it_lacks(name: str, project: Project, designer: User, plan: StoredFile) -> None:
    """NC-4b."""
    fields: dict[str, Any] = {"plan": plan, "description": "接出支管", "calibre": 20}
    assert missing(services.record_design(project=project, by=designer, **fields)) == []
    emptied: dict[str, Any] = {name: "" if name == "description" else None}
    assert missing(services.record_design(project=project, by=designer, **emptied)) == [label(Design, name)]


@pytest.mark.parametrize("name", ConstructionTask.required)
def test_a_task_names_what_it_lacks(name: str, project: Project, designer: User, unit: Office, today: date) -> None:
    """NC-6."""
    fields: dict[str, Any] = {"unit": unit, "starts_on": today, "ends_on": today}
    assert missing(services.plan_task(project=project, by=designer, **fields)) == []
    emptied: dict[str, Any] = {name: None}
    assert missing(services.plan_task(project=project, by=designer, **emptied)) == [label(ConstructionTask, name)]


@pytest.mark.parametrize("name", Completion.required)
def test_a_completion_names_what_it_lacks(
    name: str, project: Project, builder: User, completion_fields: dict[str, Any]
) -> None:
    """NC-7; a first reading of 0 is a reading."""
    completion_fields |= {"first_reading": 0}
    assert missing(services.report_completion(project=project, by=builder, **completion_fields)) == []
    del completion_fields[name]
    services.close_sheet(sheet=current(project, Completion), by=builder)  # type: ignore[type-var]
    emptied: dict[str, Any] = {name: "" if name in ("meter_number", "meter_position") else None}
    report = services.report_completion(project=project, by=builder, **completion_fields | emptied)
    assert missing(report) == [label(Completion, name)]


def test_an_acceptance_names_the_parties_it_lacks(project: Project, designer: User, today: date) -> None:
    """NC-8."""
    acceptance = services.record_acceptance(project=project, by=designer, held_on=today, parties=words()[1:-1])
    assert missing(acceptance) == [str(Party.DESIGN_OFFICE.label), str(Party.APPLICANT.label)]
    services.record_acceptance(project=project, by=designer, held_on=today, parties=words())
    assert missing(acceptance) == []


def test_a_reopened_acceptance_lacks_everything(project: Project, designer: User, today: date) -> None:
    acceptance = services.record_acceptance(project=project, by=designer, held_on=today, parties=words())
    services.close_sheet(sheet=acceptance, by=designer)
    again = services.reopen(project=project, model=Acceptance, by=designer)
    assert again is not None
    assert missing(again) == [label(Acceptance, "held_on"), *(str(party.label) for party in Party)]


def test_costs_without_lines_are_not_complete(project: Project, designer: User) -> None:
    empty = Settlement.objects.create(project=project, revision=1, prepared_by=designer)
    assert missing(empty) == ["lines"]
    assert missing(services.save_settlement(project=project, by=designer, lines=[line()])) == []


def test_every_project_answers_for_alignment_and_road_opening(project: Project, designer: User) -> None:
    """NC-4b: “not needed” is an answer, silence is not."""
    assert len(permits_not_recorded(project)) == 2
    services.record_permit(project=project, by=designer, kind="road_opening", status="not_needed", note="不破路")
    services.record_permit(project=project, by=designer, kind="other", name="占用绿地", status="pending")
    assert permits_not_recorded(project) == ["Planning alignment"]
    services.record_permit(project=project, by=designer, kind="planning_alignment", status="pending")
    assert permits_not_recorded(project) == []


# -- costs -----------------------------------------------------------------------------------------


def budget_of(project: Project, by: User, price: str) -> None:
    budget = services.save_budget(project=project, by=by, lines=[line(unit_price=Decimal(price))])
    services.close_sheet(sheet=budget, by=by)


def settlement_of(project: Project, by: User, price: str) -> None:
    settled = services.save_settlement(project=project, by=by, lines=[line(unit_price=Decimal(price))])
    services.close_sheet(sheet=settled, by=by)


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("budget", "settlement", "largest"),
    [("10000.00", "9999.99", "100000.00"), ("9999.99", "10000.00", "100000.00"), ("1.00", "1.00", "10.00")],
)
def test_the_larger_of_budget_and_settlement_counts(
    budget: str, settlement: str, largest: str, project: Project, designer: User
) -> None:
    """NC-10."""
    assert largest_cost(project) == 0
    budget_of(project, designer, budget)
    settlement_of(project, designer, settlement)
    assert largest_cost(project) == Decimal(largest)


def test_the_whole_cost_counts_whoever_pays_it(project: Project, designer: User) -> None:
    """NC-10."""
    budget = services.save_budget(project=project, by=designer, lines=[line(), line(payer="utility")])
    services.close_sheet(sheet=budget, by=designer)
    assert largest_cost(project) == Decimal("250.00")


def test_a_draft_does_not_count_and_a_superseded_budget_neither(project: Project, designer: User) -> None:
    """NC-10."""
    budget_of(project, designer, "100.00")
    services.save_budget(project=project, by=designer, lines=[line(unit_price=Decimal("50.00"))])
    assert largest_cost(project) == Decimal("1000.00")
    budget_of(project, designer, "50.00")
    assert largest_cost(project) == Decimal("500.00")


def test_the_last_budgets_come_newest_first_and_once_for_each_project(new_project: Make, designer: User) -> None:
    projects = [new_project() for _number in range(3)]
    for each, price in zip(projects, ("1.00", "2.00", "3.00"), strict=True):
        budget_of(each, designer, price)
    budget_of(projects[0], designer, "4.00")
    services.save_budget(project=projects[1], by=designer, lines=[line()])
    totals = [Decimal("40.00"), Decimal("30.00"), Decimal("20.00")]
    assert closed_budget_totals(projects, limit=10) == totals
    assert closed_budget_totals(Project.objects.all(), limit=2) == totals[:2]
    assert closed_budget_totals(projects[1:], limit=10) == totals[1:]


# -- who -------------------------------------------------------------------------------------------


def test_amending_is_preparing(project: Project, designer: User, colleague: User, clerk: User) -> None:
    """Four eyes: who wrote any part of it does not approve it, though somebody else saved last."""
    services.save_budget(project=project, by=designer, lines=[line()])
    budget = services.save_budget(project=project, by=colleague, lines=[line(), line()])
    assert budget.prepared_by == colleague
    assert has_prepared(budget, {designer.pk})
    assert has_prepared(budget, {colleague.pk})
    assert not has_prepared(budget, {clerk.pk})


def test_the_next_revision_remembers_who_prepared_the_last(
    project: Project, designer: User, colleague: User, builder: User, clerk: User
) -> None:
    services.save_budget(project=project, by=designer, lines=[line()])
    first = services.save_budget(project=project, by=builder, lines=[line(), line()])
    services.close_sheet(sheet=first, by=clerk)
    services.reopen(project=project, model="engineering.Budget", by=clerk)
    second = services.save_budget(project=project, by=colleague, lines=[line()])
    assert has_prepared(second, {designer.pk})
    assert has_prepared(second, {builder.pk})
    assert not has_prepared(first, {colleague.pk})
    assert not has_prepared(second, {clerk.pk}), "closing and sending back is not preparing"


def test_four_eyes_look_at_one_project(new_project: Make, designer: User, colleague: User) -> None:
    services.save_budget(project=new_project(), by=colleague, lines=[line()])
    budget = services.save_budget(project=new_project(), by=designer, lines=[line()])
    assert not has_prepared(budget, {colleague.pk})


def test_the_newest_task_names_the_unit(project: Project, designer: User, unit: Office) -> None:
    assert construction_unit(project) is None
    services.plan_task(project=project, by=designer)
    assert construction_unit(project) is None
    services.plan_task(project=project, by=designer, unit=unit)
    assert construction_unit(project) == unit


def test_without_an_acceptance_nothing_is_to_be_mended(project: Project) -> None:
    assert defects_to_mend(project) == []
