"""What the database itself refuses, whoever writes; and that closed sheets stay as they are."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from accounts.models import Office, OfficeKind, User
from engineering import services
from engineering.models import (
    Acceptance,
    AcceptanceParty,
    Budget,
    BudgetLine,
    Completion,
    ConstructionTask,
    CostLine,
    Defect,
    Design,
    Formality,
    MeterCard,
    Permit,
    Project,
    Settlement,
    SettlementLine,
    Sheet,
    Survey,
)
from tests.engineering.conftest import Make, line, refused_by_the_database, words

SHEETS = [Survey, Design, Budget, ConstructionTask, Completion, Acceptance, Settlement]


def sheet(model: type[Sheet], project: Project, by: User, **columns: Any) -> Any:
    return model._default_manager.create(**{"project": project, "revision": 1, "prepared_by": by, **columns})


def closed(by: User) -> dict[str, Any]:
    return {"closed_at": timezone.now(), "closed_by": by}


@pytest.mark.embedded
@pytest.mark.parametrize("model", SHEETS)
def test_one_sheet_of_a_kind_is_open_for_a_project(model: type[Sheet], project: Project, designer: User) -> None:
    sheet(model, project, designer)
    with refused_by_the_database("one_open_a_project|UNIQUE"):
        sheet(model, project, designer, revision=2)


@pytest.mark.parametrize("model", [each for each in SHEETS if each is not Acceptance])
def test_revisions_are_numbered_from_1_without_twins(model: type[Sheet], project: Project, designer: User) -> None:
    sheet(model, project, designer, **closed(designer))
    with refused_by_the_database("revisions_are_numbered"):
        sheet(model, project, designer)
    with refused_by_the_database("revisions_begin_with_1"):
        sheet(model, project, designer, revision=0)


def test_a_closed_sheet_says_who_closed_it(project: Project, designer: User) -> None:
    with refused_by_the_database("survey_closed_by_somebody"):
        sheet(Survey, project, designer, closed_at=timezone.now())
    with refused_by_the_database("survey_closed_by_somebody"):
        sheet(Survey, project, designer, closed_by=designer)


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("model", "columns", "constraint"),
    [
        (Survey, {"supplyable": False}, "survey_not_supplyable_says_why"),
        (Survey, {"reason": "压力不足"}, "survey_reason_only_when_not_supplyable"),
        (Survey, {"reason": "压力不足", "supplyable": True}, "survey_reason_only_when_not_supplyable"),
        (Survey, {"calibre": 33}, "survey_calibre_known"),
        (Survey, {"main_calibre": 33}, "survey_main_calibre_known"),
        (Survey, {"pressure_mpa": Decimal("0.049")}, "survey_pressure_plausible"),
        (Survey, {"pressure_mpa": Decimal("1.601")}, "survey_pressure_plausible"),
        (Design, {"calibre": 33}, "design_calibre_known"),
        (Design, {"length_m": Decimal("-0.1")}, "design_length_not_negative"),
        (
            ConstructionTask,
            {"starts_on": date(2026, 10, 2), "ends_on": date(2026, 10, 1)},
            "construction_task_ends_after_start",
        ),
        (Completion, {"calibre": 33}, "completion_calibre_known"),
        (Completion, {"first_reading": -1}, "first_reading"),
        (Acceptance, {"passed": None, "closed_at": date(2026, 10, 1)}, "acceptance_closed"),
    ],
)
def test_sheets_hold_no_impossible_values(
    model: type[Sheet], columns: dict[str, Any], constraint: str, project: Project, designer: User
) -> None:
    if "closed_at" in columns:
        columns = columns | closed(designer)
    with refused_by_the_database(constraint):
        sheet(model, project, designer, **columns)


def test_an_acceptance_is_decided_on_a_day(project: Project, designer: User) -> None:
    acceptance = sheet(Acceptance, project, designer)
    with refused_by_the_database("acceptance_decided_on_a_day"):
        Acceptance.objects.filter(pk=acceptance.pk).update(passed=False)


def test_the_works_may_end_on_the_day_they_start(project: Project, designer: User) -> None:
    day = date(2026, 10, 1)
    assert sheet(ConstructionTask, project, designer, starts_on=day, ends_on=day).pk


@pytest.mark.parametrize(("model", "line_model"), [(Budget, BudgetLine), (Settlement, SettlementLine)])
@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"quantity": Decimal(0), "amount": Decimal(0)}, "quantity_positive"),
        ({"quantity": Decimal(-1), "unit_price": Decimal(0), "amount": Decimal(0)}, "quantity_positive"),
        ({"unit_price": Decimal(-1), "amount": Decimal(-10)}, "amount_not_negative"),
        ({"amount": Decimal("125.01")}, "amount_is_the_product"),
        ({"amount": Decimal("124.99")}, "amount_is_the_product"),
        ({"category": "gift"}, "category_known"),
        ({"red_line": "above"}, "red_line_known"),
        ({"payer": "nobody"}, "payer_known"),
    ],
)
def test_cost_lines_hold_no_impossible_values(
    model: type[Sheet],
    line_model: type[CostLine],
    columns: dict[str, Any],
    constraint: str,
    project: Project,
    designer: User,
) -> None:
    costs = sheet(model, project, designer)
    whole = {"order": 1, "amount": Decimal("125.00"), **line(), **columns}
    with refused_by_the_database(constraint):
        line_model._default_manager.create(sheet=costs, **whole)


def test_two_lines_do_not_share_a_place(project: Project, designer: User) -> None:
    budget = services.save_budget(project=project, by=designer, lines=[line()])
    with refused_by_the_database("budgetline_one_a_place"):
        BudgetLine.objects.create(sheet=budget, order=1, amount=Decimal("125.00"), **line())


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"status": "granted"}, "permit_granted_has_number_and_day"),
        ({"status": "granted", "number": "1"}, "permit_granted_has_number_and_day"),
        ({"status": "granted", "decided_on": date(2026, 10, 1)}, "permit_granted_has_number_and_day"),
        ({"status": "not_needed"}, "permit_not_needed_says_why"),
        ({"status": "lost"}, "permit_status_known"),
        ({"kind": "fishing"}, "permit_kind_known"),
        ({"kind": "other"}, "permit_other_is_named"),
    ],
)
def test_permits_hold_no_impossible_values(
    columns: dict[str, Any], constraint: str, project: Project, designer: User
) -> None:
    """NC-4b."""
    whole = {"kind": "road_opening", "status": "pending", **columns}
    with refused_by_the_database(constraint):
        Permit.objects.create(project=project, recorded_by=designer, **whole)


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"status": "done"}, "formality_done_has_its_day"),
        ({"status": "lost"}, "formality_status_known"),
        ({"kind": "fishing"}, "formality_kind_known"),
        ({"kind": "other"}, "formality_other_is_named"),
    ],
)
def test_formalities_hold_no_impossible_values(
    columns: dict[str, Any], constraint: str, project: Project, designer: User
) -> None:
    """NC-6."""
    whole = {"kind": "traffic", "status": "pending", **columns}
    with refused_by_the_database(constraint):
        Formality.objects.create(project=project, recorded_by=designer, **whole)


def test_a_party_that_refuses_says_why(project: Project, designer: User) -> None:
    acceptance = sheet(Acceptance, project, designer)
    whole = {"sheet": acceptance, "party": "applicant", "representative": "王测试"}
    with refused_by_the_database("acceptance_party_says_why_not"):
        AcceptanceParty.objects.create(passed=False, **whole)
    with refused_by_the_database("acceptance_party_is_represented"):
        AcceptanceParty.objects.create(passed=True, **whole | {"representative": ""})
    with refused_by_the_database("acceptance_party_known"):
        AcceptanceParty.objects.create(passed=True, **whole | {"party": "neighbour"})
    AcceptanceParty.objects.create(passed=True, **whole)
    with refused_by_the_database("acceptance_party_once"):
        AcceptanceParty.objects.create(passed=True, **whole)


def test_a_defect_is_described_and_listed_once(project: Project, designer: User) -> None:
    acceptance = sheet(Acceptance, project, designer)
    with refused_by_the_database("defect_is_described"):
        Defect.objects.create(sheet=acceptance, description="")
    Defect.objects.create(sheet=acceptance, description="阀门漏水")
    with refused_by_the_database("defect_once"):
        Defect.objects.create(sheet=acceptance, description="阀门漏水")


def test_a_meter_is_reported_by_one_open_report(project: Project, new_project: Make, designer: User) -> None:
    """Two construction units at once: each holds the lock of its own project only."""
    sheet(Completion, project, designer, meter_number="M1")
    other = new_project()
    sheet(Completion, other, designer, meter_number="")
    with refused_by_the_database("completion_meter_reported_once"):
        Completion.objects.filter(project=other).update(meter_number="M1")


def test_a_card_number_is_used_once(project: Project, new_project: Make, designer: User) -> None:
    columns = {"handed_over_on": date(2026, 10, 1), "handed_over_by": designer, "card_number": "BK1"}
    MeterCard.objects.create(project=project, account_number="00000001", **columns)
    with refused_by_the_database("card_number"):
        MeterCard.objects.create(project=new_project(), account_number="00000002", **columns)


# -- closed is closed -----------------------------------------------------------------------------


def test_a_closed_sheet_refuses_every_way_of_writing(project: Project, designer: User) -> None:
    budget = services.save_budget(project=project, by=designer, lines=[line()])
    stale = Budget.objects.get(pk=budget.pk)
    services.close_sheet(sheet=budget, by=designer)
    attempts = [
        budget.save,
        stale.save,
        budget.delete,
        Budget.objects.filter(pk=budget.pk).delete,
        lambda: Budget.objects.filter(pk=budget.pk).update(closed_at=None, closed_by=None),
        lambda: Budget.objects.bulk_update([stale], ["prepared_at"]),
    ]
    for attempt in attempts:
        with pytest.raises(TypeError, match="closed sheet never changes"), transaction.atomic():
            attempt()
    assert Budget.objects.get().closed


def test_the_lines_of_a_closed_sheet_refuse_every_way_of_writing(project: Project, designer: User) -> None:
    budget = services.save_budget(project=project, by=designer, lines=[line()])
    services.close_sheet(sheet=budget, by=designer)
    stored = BudgetLine.objects.get()
    one_more = BudgetLine(sheet=budget, order=2, amount=Decimal("125.00"), **line())
    attempts = [
        stored.save,
        stored.delete,
        one_more.save,
        BudgetLine.objects.all().delete,
        budget.lines.all().delete,
        lambda: BudgetLine.objects.update(payer="utility"),
        lambda: BudgetLine.objects.bulk_create([one_more]),
        lambda: BudgetLine.objects.bulk_update([stored], ["payer"]),
    ]
    for attempt in attempts:
        with pytest.raises(TypeError, match="closed sheet never changes"), transaction.atomic():
            attempt()
    assert budget.total == Decimal("125.00")


def test_a_passed_acceptance_takes_no_defect(project: Project, designer: User, today: date) -> None:
    """NC-C3: it says “passed” only as long as its rows say so."""
    acceptance = services.record_acceptance(project=project, by=designer, held_on=today, parties=words())
    assert acceptance.passed
    with pytest.raises(TypeError):
        Defect.objects.create(sheet=acceptance, description="阀门漏水")
    with pytest.raises(TypeError):
        acceptance.parties.update(passed=False, remark="漏水")
    with pytest.raises(TypeError):
        acceptance.parties.first().delete()


def test_an_acceptance_says_only_what_its_rows_say(project: Project, designer: User, today: date) -> None:
    acceptance = services.record_acceptance(
        project=project, by=designer, held_on=today, parties=words(), defects=[{"description": "阀门漏水"}]
    )
    acceptance.passed = True
    with pytest.raises(ValueError, match="parties and defects"):
        acceptance.save()
    with pytest.raises(ValueError, match="parties and defects"):
        Acceptance(project=project, revision=2, prepared_by=designer, held_on=today, passed=True).save()


def test_only_a_construction_unit_builds(project: Project, designer: User) -> None:
    hall = Office.objects.create(code="S1", name="客服中心", kind=OfficeKind.SERVICE_CENTRE)
    with pytest.raises(ValidationError) as refused:
        services.plan_task(project=project, by=designer, unit=hall)
    assert list(refused.value.message_dict) == ["unit"]


@pytest.mark.parametrize("model", [Survey, Design, ConstructionTask, Completion])
def test_the_typed_fields_of_a_service_are_the_columns_of_its_sheet(model: type[Sheet]) -> None:
    named = {"Survey": "SurveyFields", "ConstructionTask": "TaskFields"}.get(model.__name__, f"{model.__name__}Fields")
    assert getattr(services, named).__annotations__.keys() == model.own_columns()


def test_texts_carry_no_control_characters(project: Project, designer: User) -> None:
    with pytest.raises(ValidationError):
        services.record_survey(project=project, by=designer, nearest_main="干\u202e管")
    survey = services.record_survey(project=project, by=designer, conclusion="第一行\n第二行")
    assert survey.conclusion.count("\n") == 1
    with pytest.raises(ValidationError):
        services.record_survey(project=project, by=designer, conclusion="第一行\n\x00")


def test_every_row_that_may_change_has_history() -> None:
    kept = [Project, Permit, Formality, MeterCard, *SHEETS, BudgetLine, SettlementLine, AcceptanceParty, Defect]
    for model in kept:
        assert issubclass(model.history.model, models.Model)
