"""Projects, survey, design, permits, formalities, task, completion, card; opening, closing, reopening."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Customer, Office, User
from engineering import services
from engineering.models import (
    Acceptance,
    Budget,
    Completion,
    ConstructionTask,
    Design,
    Permit,
    Project,
    Sheet,
    Survey,
)
from engineering.selectors import current
from tests.engineering.conftest import Make, line, words
from waterservice.models import StoredFile


def fields_of(refused: pytest.ExceptionInfo[ValidationError]) -> list[str]:
    return list(refused.value.message_dict)


# -- projects -------------------------------------------------------------------------------------


def test_a_reference_has_one_project(project: Project, customer: Customer, clerk: User) -> None:
    with pytest.raises(ValidationError) as refused:
        services.open_project(
            reference=project.reference, title="新装", customer=customer, premises=project.premises, by=clerk
        )
    assert fields_of(refused) == ["reference"]
    assert Project.objects.count() == 1


def test_a_closed_project_takes_nothing_more(
    project: Project, designer: User, completion_fields: dict[str, Any], today: date
) -> None:
    survey = services.record_survey(project=project, by=designer)
    services.close_project(project=project, by=designer)
    attempts: list[Any] = [
        lambda: services.close_project(project=project, by=designer),
        lambda: services.record_survey(project=project, by=designer, calibre=20),
        lambda: services.record_design(project=project, by=designer),
        lambda: services.record_permit(project=project, by=designer, kind="road_opening", status="pending"),
        lambda: services.record_formality(project=project, by=designer, kind="traffic", status="pending"),
        lambda: services.save_budget(project=project, by=designer, lines=[line()]),
        lambda: services.save_settlement(project=project, by=designer, lines=[line()]),
        lambda: services.plan_task(project=project, by=designer),
        lambda: services.report_completion(project=project, by=designer, **completion_fields),
        lambda: services.record_acceptance(project=project, by=designer, held_on=today, parties=words()),
        lambda: services.close_sheet(sheet=survey, by=designer),
        lambda: services.reopen(project=project, model=Survey, by=designer),
    ]
    for attempt in attempts:
        with pytest.raises(ValidationError, match=project.reference):
            attempt()


# -- revisions ------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_saving_again_amends_the_open_revision(project: Project, designer: User, colleague: User) -> None:
    services.record_survey(project=project, by=designer, nearest_main="测试路 DN300", calibre=20)
    survey = services.record_survey(project=project, by=colleague, calibre=25)
    assert (survey.revision, survey.nearest_main, survey.calibre) == (1, "测试路 DN300", 25)
    assert survey.prepared_by == colleague
    assert [then.calibre for then in Survey.history.order_by("history_id")] == [20, 25]
    assert [then.history_user for then in Survey.history.order_by("history_id")] == [designer, colleague]


@pytest.mark.embedded
def test_saving_after_closing_opens_the_next_revision_from_the_last(
    project: Project, designer: User, colleague: User, survey_fields: dict[str, Any]
) -> None:
    first = services.record_survey(project=project, by=designer, **survey_fields)
    services.close_sheet(sheet=first, by=designer)
    second = services.record_survey(project=project, by=colleague, calibre=25)
    assert (second.revision, second.calibre, second.closed) == (2, 25, False)
    assert second.nearest_main == first.nearest_main
    first.refresh_from_db()
    assert (first.calibre, first.closed, first.closed_by, first.prepared_by) == (20, True, designer, designer)


def test_closing_twice_is_refused(project: Project, designer: User, colleague: User) -> None:
    survey = services.record_survey(project=project, by=designer)
    stale = Survey.objects.get(pk=survey.pk)
    services.close_sheet(sheet=survey, by=designer)
    for again in (survey, stale):
        with pytest.raises(ValidationError, match="closed already"):
            services.close_sheet(sheet=again, by=colleague)
    assert Survey.objects.get().closed_by == designer


def test_closing_freezes_what_is_saved_not_what_was_read(project: Project, designer: User) -> None:
    """Somebody else may have saved since the page was shown."""
    stale = services.record_survey(project=project, by=designer, calibre=20)
    services.record_survey(project=project, by=designer, calibre=25)
    assert services.close_sheet(sheet=stale, by=designer).calibre == 25
    assert Survey.objects.get().calibre == 25


def test_reopening_copies_the_last_revision_for_its_designer(project: Project, designer: User, colleague: User) -> None:
    budget = services.save_budget(project=project, by=designer, lines=[line(), line(unit="套")])
    services.close_sheet(sheet=budget, by=designer)
    again = services.reopen(project=project, model="engineering.Budget", by=colleague)
    assert again is not None
    assert (again.revision, again.closed, again.prepared_by) == (2, False, designer)
    assert again.total == budget.total == Decimal("250.00")
    assert [each.unit for each in again.lines.all()] == ["米", "套"]
    assert again.history.get().history_user == colleague


def test_reopening_needs_a_closed_sheet(project: Project, designer: User) -> None:
    assert services.reopen(project=project, model=Survey, by=designer) is None
    services.record_survey(project=project, by=designer)
    assert services.reopen(project=project, model=Survey, by=designer) is None
    assert Survey.objects.get().revision == 1


def test_reopening_a_completion_that_is_open_takes_its_day_away(
    project: Project, builder: User, completion_fields: dict[str, Any]
) -> None:
    """NC-7: works that go back before they were reported end on another day."""
    report = services.report_completion(project=project, by=builder, **completion_fields)
    assert services.reopen(project=project, model=Completion, by=builder) is None
    report.refresh_from_db()
    assert (report.revision, report.completed_on, report.meter_number) == (1, None, completion_fields["meter_number"])


def test_reopening_the_completion_asks_for_its_day_anew(
    project: Project, builder: User, completion_fields: dict[str, Any]
) -> None:
    """NC-11 counts from the day that is reported now, not from the one before the defects."""
    report = services.report_completion(project=project, by=builder, **completion_fields)
    services.close_sheet(sheet=report, by=builder)
    again = services.reopen(project=project, model=Completion, by=builder)
    assert again is not None
    assert (again.completed_on, again.meter_number) == (None, report.meter_number)


def test_reopening_an_acceptance_that_is_open_takes_the_parties_word_away(
    project: Project, designer: User, today: date
) -> None:
    """NC-8; what is to be mended stays listed."""
    defects = [{"description": "井盖松动", "mended_on": today}]
    sheet = services.record_acceptance(
        project=project, by=designer, held_on=today, parties=words(), defects=defects, note="当场整改"
    )
    assert sheet.passed
    services.reopen(project=project, model=Acceptance, by=designer)
    sheet.refresh_from_db()
    assert (sheet.held_on, sheet.passed, sheet.note) == (None, None, "")
    assert not sheet.parties.exists()
    assert [defect.description for defect in sheet.defects.all()] == ["井盖松动"]


def test_reopening_an_acceptance_lets_nobody_speak_for_the_parties(
    project: Project, designer: User, today: date
) -> None:
    """NC-C3: what five parties said of the works before is not said of the works after."""
    mended = {"description": "阀门漏水", "mended_on": today}
    acceptance = services.record_acceptance(
        project=project, by=designer, held_on=today, parties=words(), defects=[mended], note="当场整改"
    )
    services.close_sheet(sheet=acceptance, by=designer)
    again = services.reopen(project=project, model=Acceptance, by=designer)
    assert again is not None
    assert (again.held_on, again.passed, again.note, again.parties.count()) == (None, None, "", 0)
    assert again.defects.get().mended_on == today


def test_an_unknown_column_is_a_programming_error(project: Project, designer: User) -> None:
    for name in ("colour", "revision", "closed_at", "prepared_by"):
        with pytest.raises(TypeError, match=name):
            services.record_survey(project=project, by=designer, **{name: None})  # type: ignore[arg-type]
    assert not Survey.objects.exists()


# -- the project is on whose desk ------------------------------------------------------------------


def test_the_works_are_on_the_desk_of_who_drew_last(
    project: Project, designer: User, colleague: User, builder: User
) -> None:
    assert project.designer is None
    services.record_survey(project=project, by=designer)
    services.record_design(project=project, by=colleague)
    services.report_completion(project=project, by=builder)
    project.refresh_from_db()
    assert project.designer == colleague


# -- survey and design ----------------------------------------------------------------------------


def test_a_survey_cannot_be_tomorrow(project: Project, designer: User, today: date) -> None:
    with pytest.raises(ValidationError) as refused:
        services.record_survey(project=project, by=designer, surveyed_on=today + timedelta(days=1))
    assert fields_of(refused) == ["surveyed_on"]
    assert services.record_survey(project=project, by=designer, surveyed_on=today).pk


def test_a_place_that_cannot_be_supplied_needs_a_reason(project: Project, designer: User) -> None:
    """NC-4a."""
    with pytest.raises(ValidationError, match="why the place"):
        services.record_survey(project=project, by=designer, supplyable=False)
    assert not Survey.objects.exists()
    assert services.record_survey(project=project, by=designer, supplyable=False, reason="压力不足").pk


def test_a_reason_stands_only_where_the_place_cannot_be_supplied(project: Project, designer: User) -> None:
    services.record_survey(project=project, by=designer, supplyable=False, reason="压力不足")
    with pytest.raises(ValidationError, match="A reason stands only"):
        services.record_survey(project=project, by=designer, supplyable=True)
    assert services.record_survey(project=project, by=designer, supplyable=True, reason="").supplyable


def test_a_design_keeps_its_plan(project: Project, designer: User, plan: StoredFile) -> None:
    services.record_design(project=project, by=designer, plan=plan, calibre=20)
    design = services.record_design(project=project, by=designer, length_m=Decimal("86.5"))
    assert (design.plan, design.calibre, design.length_m) == (plan, 20, Decimal("86.5"))
    with pytest.raises(ValidationError):
        services.record_design(project=project, by=designer, length_m=Decimal("-1"))


# -- permits and formalities -----------------------------------------------------------------------


def test_recording_a_permit_again_amends_it(project: Project, designer: User, clerk: User, today: date) -> None:
    """NC-4b."""
    services.record_permit(project=project, by=designer, kind="road_opening", status="pending")
    permit = services.record_permit(
        project=project, by=clerk, kind="road_opening", status="granted", number="掘 12", decided_on=today
    )
    assert Permit.objects.get() == permit
    assert (permit.recorded_by, permit.history.count()) == (clerk, 2)


def test_two_roads_need_two_permits(project: Project, designer: User) -> None:
    for road in ("测试路", "示范路"):
        services.record_permit(project=project, by=designer, kind="road_opening", name=road, status="pending")
    assert [str(permit) for permit in project.permits.all()] == ["测试路", "示范路"]


def test_a_permit_is_not_granted_tomorrow(project: Project, designer: User, today: date) -> None:
    with pytest.raises(ValidationError) as refused:
        services.record_permit(
            project=project,
            by=designer,
            kind="road_opening",
            status="granted",
            number="1",
            decided_on=today + timedelta(days=1),
        )
    assert fields_of(refused) == ["decided_on"]


def test_recording_a_formality_again_amends_it(project: Project, designer: User, today: date) -> None:
    """NC-6."""
    services.record_formality(project=project, by=designer, kind="traffic", status="pending")
    services.record_formality(project=project, by=designer, kind="traffic", status="done", decided_on=today)
    formality = project.formalities.get()
    assert (formality.status, formality.decided_on, formality.history.count()) == ("done", today, 2)
    with pytest.raises(ValidationError, match="which other formality"):
        services.record_formality(project=project, by=designer, kind="other", status="pending")


# -- construction ----------------------------------------------------------------------------------


def test_works_do_not_end_before_they_start(project: Project, designer: User, unit: Office, today: date) -> None:
    """NC-7."""
    with pytest.raises(ValidationError, match="before they start"):
        services.plan_task(project=project, by=designer, unit=unit, starts_on=today, ends_on=today - timedelta(days=1))
    task = services.plan_task(project=project, by=designer, unit=unit, starts_on=today, ends_on=today)
    assert current(project, ConstructionTask) == task


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("first_reading", -1),
        ("digits", 3),
        ("digits", 9),
        ("calibre", 33),
        ("completed_on", date(2026, 10, 15)),
        ("meter_number", "M\u200b1"),
    ],
)
def test_impossible_completions_are_refused(
    column: str, value: Any, project: Project, builder: User, completion_fields: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError) as refused:
        services.report_completion(project=project, by=builder, **completion_fields | {column: value})
    assert fields_of(refused) == [column]
    assert not Completion.objects.exists()


def test_a_meter_installed_elsewhere_is_refused(
    project: Project, builder: User, new_account: Make, new_premises: Make, completion_fields: dict[str, Any]
) -> None:
    new_account(new_premises(), meter=completion_fields["meter_number"])
    with pytest.raises(ValidationError, match="installed elsewhere") as refused:
        services.report_completion(project=project, by=builder, **completion_fields)
    assert fields_of(refused) == ["meter_number"]


def test_the_projects_own_meter_is_not_elsewhere(
    project: Project, builder: User, new_account: Make, completion_fields: dict[str, Any]
) -> None:
    """Sent back after the account was opened, the report names the meter that hangs there already."""
    own = new_account(project.premises, meter=completion_fields["meter_number"])
    assert services.report_completion(project=project, own_account=own, by=builder, **completion_fields).pk


def test_the_meter_of_another_account_at_the_same_premises_is_elsewhere(
    project: Project, builder: User, new_account: Make, completion_fields: dict[str, Any]
) -> None:
    """NC-7, NC-12: no second account could be given that meter."""
    new_account(project.premises, meter=completion_fields["meter_number"])
    own = new_account(project.premises, meter="YS00000002")
    for account in (None, own):
        with pytest.raises(ValidationError, match="installed elsewhere") as refused:
            services.report_completion(project=project, own_account=account, by=builder, **completion_fields)
        assert fields_of(refused) == ["meter_number"]


@pytest.mark.parametrize(("digits", "most"), [(4, 9_999), (5, 99_999), (6, 999_999)])
def test_a_first_reading_that_the_register_cannot_show_is_refused(
    digits: int, most: int, project: Project, builder: User, completion_fields: dict[str, Any]
) -> None:
    """NC-7."""
    said = completion_fields | {"digits": digits}
    with pytest.raises(ValidationError, match=f"0 to {most}") as refused:
        services.report_completion(project=project, by=builder, **said | {"first_reading": most + 1})
    assert fields_of(refused) == ["first_reading"]
    assert services.report_completion(project=project, by=builder, **said | {"first_reading": most}).pk


def test_a_meter_reported_for_another_project_is_refused(
    project: Project, new_project: Make, builder: User, completion_fields: dict[str, Any]
) -> None:
    report = services.report_completion(project=new_project(), by=builder, **completion_fields)
    for closed in (False, True):
        if closed:
            services.close_sheet(sheet=report, by=builder)
        with pytest.raises(ValidationError, match=report.project.reference):
            services.report_completion(project=project, by=builder, **completion_fields)


def test_a_meter_number_that_was_corrected_is_free_again(
    project: Project, new_project: Make, builder: User, completion_fields: dict[str, Any]
) -> None:
    other = new_project()
    report = services.report_completion(project=other, by=builder, **completion_fields)
    services.close_sheet(sheet=report, by=builder)
    services.report_completion(project=other, by=builder, meter_number="YS00000002")
    assert services.report_completion(project=project, by=builder, **completion_fields).pk


# -- meter card ------------------------------------------------------------------------------------


@pytest.fixture
def card(project: Project, new_account: Make, builder: User, today: date) -> dict[str, Any]:
    account = new_account(project.premises, meter="YS00000001")
    return {
        "project": project,
        "by": builder,
        "account_number": account.number,
        "card_number": "BK0001",
        "handed_over_on": today,
    }


def test_a_card_is_recorded_and_corrected(card: dict[str, Any], designer: User, project: Project) -> None:
    """NC-11: a slip of the pen is no dead end; what stood there before stays in the history."""
    services.record_meter_card(**card)
    services.record_meter_card(**card | {"card_number": "BK0002", "received_by": designer})
    stored = project.meter_cards.get()
    assert (stored.card_number, stored.received_by) == ("BK0002", designer)
    assert {then.card_number for then in stored.history.all()} == {"BK0001", "BK0002"}


@pytest.mark.parametrize(("column", "value"), [("account_number", "99999999"), ("handed_over_on", date(2026, 10, 15))])
def test_impossible_cards_are_refused(card: dict[str, Any], column: str, value: Any, project: Project) -> None:
    with pytest.raises(ValidationError) as refused:
        services.record_meter_card(**card | {column: value})
    assert fields_of(refused) == [column]
    assert not project.meter_cards.exists()


def test_a_card_is_not_handed_over_before_the_end_of_construction(
    card: dict[str, Any], builder: User, today: date
) -> None:
    services.report_completion(project=card["project"], by=builder, completed_on=today)
    with pytest.raises(ValidationError, match="before the completion"):
        services.record_meter_card(**card | {"handed_over_on": today - timedelta(days=1)})


def test_two_cards_do_not_share_a_number(card: dict[str, Any], new_project: Make, new_account: Make) -> None:
    services.record_meter_card(**card)
    other = new_project()
    account = new_account(other.premises)
    with pytest.raises(ValidationError) as refused:
        services.record_meter_card(**card | {"project": other, "account_number": account.number})
    assert fields_of(refused) == ["card_number"]


@pytest.mark.parametrize(
    ("model", "save"),
    [
        (Survey, services.record_survey),
        (Design, services.record_design),
        (ConstructionTask, services.plan_task),
        (Completion, services.report_completion),
    ],
)
def test_a_refused_save_changes_nothing(model: type[Sheet], save: Any, project: Project, designer: User) -> None:
    save(project=project, by=designer)
    before = model._default_manager.values().get()
    bad: dict[type[Sheet], dict[str, Any]] = {
        Survey: {"calibre": 20, "pressure_mpa": Decimal("-1")},
        Design: {"calibre": 20, "length_m": Decimal("-1")},
        ConstructionTask: {"instructions": "快", "starts_on": date(2026, 10, 2), "ends_on": date(2026, 10, 1)},
        Completion: {"note": "完工", "first_reading": -1},
    }
    with pytest.raises(ValidationError):
        save(project=project, by=designer, **bad[model])
    assert model._default_manager.values().get() == before
    assert model.history.count() == 1


@pytest.mark.parametrize("mpa", ["99", "1.601", "0.049", "0"])
def test_a_pressure_that_no_main_has_is_refused_beside_its_field(mpa: str, project: Project, designer: User) -> None:
    """NC-4a: 0.05 to 1.6 MPa."""
    with pytest.raises(ValidationError) as refused:
        services.record_survey(project=project, by=designer, pressure_mpa=Decimal(mpa))
    assert list(refused.value.message_dict) == ["pressure_mpa"]
    for edge in ("0.05", "1.6"):
        assert services.record_survey(project=project, by=designer, pressure_mpa=Decimal(edge)).pk


def test_a_budget_is_not_a_survey(project: Project, designer: User) -> None:
    """Each kind of sheet counts its own revisions."""
    survey = services.record_survey(project=project, by=designer)
    services.close_sheet(sheet=survey, by=designer)
    assert services.save_budget(project=project, by=designer, lines=[line()]).revision == 1
    assert current(project, Budget) != current(project, Survey)
