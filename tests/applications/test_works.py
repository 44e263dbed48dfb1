"""Acceptance that fails, defects that are mended, settlement above and below the budget (NC-8)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.roles import Role
from applications.engine.doors import form_class, perform, work
from applications.engine.refusals import Unmet
from applications.stages import Stage
from applications.tour.cast import colleague
from applications.tour.new_connection import Tour
from billing.models import LineKind
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
