"""Acceptance that fails, defects that are mended, settlement above and below the budget (NC-8)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import RoleAssignment, User
from accounts.roles import Role
from applications.engine.doors import form_class, perform, work
from applications.engine.refusals import BadInput, NotYours, Unmet
from applications.models import Application
from applications.stages import Stage
from applications.tour.cast import colleague, cost_lines
from applications.tour.new_connection import Tour
from billing.models import LineKind
from engineering import selectors as works
from engineering.models import Completion
from tests.cases import accept

TourTo = Callable[..., Tour]


def test_failed_acceptance_goes_back_to_construction_and_comes_again(tour_to: TourTo) -> None:
    tour = tour_to(Stage.JOINT_ACCEPTANCE)
    designer = colleague(Role.DESIGNER)
    case = accept(tour.case, defects=[{"description": "表井渗水"}], refused_by="applicant")
    with pytest.raises(Unmet, match="NC-8"):
        perform(case, "pass_acceptance", by=designer)
    case = perform(case, "fail_acceptance", by=designer)
    assert case.stage == Stage.CONSTRUCTION
    assert "表井渗水" in case.timeline.latest("pk").note
    tour.case = case
    tour.pass_stage()
    deed = type(tour.case).tasks()["record_acceptance"]
    form = form_class(deed)(case=tour.case, by=designer)
    assert [row["description"] for row in form.initial["defects"]] == ["表井渗水"]
    case = accept(tour.case, defects=[{"description": "表井渗水", "mended_on": timezone.localdate()}])
    assert perform(case, "pass_acceptance", by=designer).stage == Stage.FINAL_SETTLEMENT


def test_acceptance_is_not_failed_without_a_defect(tour_to: TourTo) -> None:
    case = tour_to(Stage.JOINT_ACCEPTANCE).case
    with pytest.raises(Unmet, match="NC-8"):
        perform(case, "fail_acceptance", by=colleague(Role.DESIGNER))


@pytest.mark.parametrize(
    ("settlement", "kind", "moved"),
    [("130000.55", LineKind.PAYMENT, "-2000.55"), ("120000.00", LineKind.REFUND, "8000.00")],
)
def test_the_difference_is_collected_or_paid_back(tour_to: TourTo, settlement: str, kind: str, moved: str) -> None:
    """多退少补."""
    case = tour_to(Stage.SUPPLY_AGREEMENT, settlement=settlement).case
    assert case.statement.balance == 0
    assert case.statement.lines.filter(kind=kind).latest("pk").amount == Decimal(moved)


def test_the_settlement_is_not_closed_while_money_is_open(tour_to: TourTo) -> None:
    tour = tour_to(Stage.FINAL_SETTLEMENT)
    designer = colleague(Role.DESIGNER)
    lines = [{**line, "unit_price": line["unit_price"] * 2} for line in _lines(tour)]
    case = work(tour.case, "save_settlement", by=designer, data={"lines": lines})
    case = perform(case, "fix_settlement", by=designer)
    with pytest.raises(Unmet, match="NC-8"):
        perform(case, "close_settlement", by=designer)


def _lines(tour: Tour) -> list[dict[str, Any]]:
    from applications.tour.cast import cost_lines

    lines: list[dict[str, Any]] = cost_lines(tour.amount)
    return lines


def test_a_place_that_cannot_be_supplied_is_refused_with_its_reason(tour_to: TourTo) -> None:
    """NC-4a."""
    case = tour_to(Stage.SURVEY).case
    designer = colleague(Role.DESIGNER)
    told = {"means": "telephone", "told_on": timezone.localdate()}
    with pytest.raises(Unmet, match="NC-4a"):
        perform(case, "refuse_supply", by=designer, data=told)
    sheet = {"surveyed_on": timezone.localdate(), "supplyable": False, "reason": "附近无供水管网"}
    case = work(case, "record_survey", by=designer, data=sheet)
    with pytest.raises(Unmet, match="NC-4a"):
        perform(case, "complete_survey", by=designer)
    case = perform(case, "refuse_supply", by=designer, data=told)
    assert case.stage == Stage.REFUSED
    assert case.notices.get().words == "附近无供水管网"


def of_both_roles(role: Role) -> User:
    """A manager who also designs."""
    manager = colleague(role)
    RoleAssignment.objects.create(user=manager, role=Role.DESIGNER)
    return manager


def test_who_hands_in_a_colleagues_budget_does_not_approve_it(tour_to: TourTo) -> None:
    """NC-4d: nobody approves what they themselves put forward."""
    tour = tour_to(Stage.BUDGET)
    leader = of_both_roles(Role.RESPONSIBLE_LEADER)
    work(tour.case, "save_budget", by=colleague(Role.DESIGNER), data={"lines": cost_lines(Decimal(9000))})
    case = perform(Application.objects.get(pk=tour.case.pk), "submit_budget", by=leader)
    with pytest.raises(NotYours, match="Somebody else must approve it"):
        perform(case, "approve_budget", by=leader)


def test_who_hands_in_a_colleagues_budget_does_not_approve_water_on(tour_to: TourTo) -> None:
    """NC-10."""
    tour = tour_to(Stage.BUDGET)
    deputy = of_both_roles(Role.DEPUTY_GENERAL_MANAGER)
    work(tour.case, "save_budget", by=colleague(Role.DESIGNER), data={"lines": cost_lines(tour.amount)})
    tour.case = perform(Application.objects.get(pk=tour.case.pk), "submit_budget", by=deputy)
    while tour.case.stage != Stage.EXECUTIVE_APPROVAL:
        tour.pass_stage()
    with pytest.raises(NotYours, match="Somebody else must approve it"):
        perform(tour.case, "approve_water_on", by=deputy)


def completion_data(**changes: Any) -> dict[str, Any]:
    said = {
        "completed_on": timezone.localdate(),
        "meter_number": "YS90000001",
        "calibre": 50,
        "meter_position": "表井",
        "digits": 5,
        "first_reading": 0,
    }
    return said | changes


def test_works_are_not_completed_before_the_task_lets_them_start_nc_7(tour_to: TourTo) -> None:
    case = tour_to(Stage.CONSTRUCTION).case
    later = timezone.localdate() + timedelta(days=7)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE engineering_constructiontask SET starts_on = %s, ends_on = %s WHERE project_id = %s",
            [later, later + timedelta(days=30), case.project_id],
        )
    with pytest.raises(BadInput, match=f"start on {later.isoformat()}"):
        work(case, "record_completion", by=colleague(Role.CONSTRUCTION_UNIT), data=completion_data())


def test_another_calibre_than_designed_needs_its_reason_which_the_deciders_read_nc_c2(tour_to: TourTo) -> None:
    tour = tour_to(Stage.CONSTRUCTION)
    builder = colleague(Role.CONSTRUCTION_UNIT)
    with pytest.raises(BadInput, match="DN40 was set"):
        work(tour.case, "record_completion", by=builder, data=completion_data(calibre=40))
    data = completion_data(calibre=40, calibre_reason="DN50 水表缺货，用户同意")
    case = work(tour.case, "record_completion", by=builder, data=data)
    case = perform(case, "report_completion", by=builder)
    for deed in ("record_acceptance", "pass_acceptance", "approve_water_on"):
        shown = type(case).deeds()[deed].shown(case)
        assert ("Why it differs from the design", "DN50 水表缺货，用户同意") in [
            row for part in shown for row in part.rows
        ]


def test_the_designed_calibre_needs_no_reason(tour_to: TourTo) -> None:
    case = tour_to(Stage.CONSTRUCTION).case
    data = completion_data(calibre_reason="没有差别")
    case = work(case, "record_completion", by=colleague(Role.CONSTRUCTION_UNIT), data=data)
    completion = works.current(case.project, Completion)
    assert completion is not None
    assert completion.calibre_reason == ""
