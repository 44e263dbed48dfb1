"""Sending back: what was recorded behind the stage counts no more, and what still holds goes on."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.roles import Role
from applications.engine.doors import perform, work
from applications.engine.refusals import BadInput, NotHere, Unmet
from applications.models import Application
from applications.stages import Stage
from applications.tour.cast import colleague
from applications.tour.new_connection import Tour

TourTo = Callable[..., Tour]


def sent_back(case: Application, by: Role, to: Stage) -> Application:
    return perform(case, "send_back", by=colleague(by), data={"to": to, "reason": "复核"})


def test_the_account_follows_the_meter_that_was_reported_last(tour_to: TourTo) -> None:
    """NC-12: works sent back after the account was opened may end with another meter."""
    tour = tour_to(Stage.WATER_ON)
    first = tour.case.account.meter
    tour.case = sent_back(tour.case, Role.DESIGNER, Stage.CONSTRUCTION)
    works = tour._at_construction

    def another_meter() -> Any:
        step, [(name, values, files)] = works()
        return step, [(name, {**values, "meter_number": "YS-ANDERS", "first_reading": 9}, files)]

    tour._at_construction = another_meter  # type: ignore[method-assign]
    while tour.case.stage != Stage.SUPPLY_AGREEMENT:
        tour.pass_stage()
    clerk = colleague(Role.COUNTER_CLERK)
    with pytest.raises(Unmet, match="earlier meter"):
        perform(tour.case, "conclude_supply_agreement", by=clerk)
    tour.case = work(tour.case, "take_over_meter", by=clerk)
    account = tour.case.account
    account.refresh_from_db()
    assert (account.meter.number, account.meter.first_reading) == ("YS-ANDERS", 9)
    first.refresh_from_db()
    assert first.removed_on is not None


def test_the_clock_of_the_meter_card_survives_what_does_not_undo_construction(tour_to: TourTo) -> None:
    """NC-11 counts from the end of construction, whatever is sent back behind it."""
    case = tour_to(Stage.SUPPLY_AGREEMENT).case
    before = case.clocks.get(fulfilled_by="hand_over_meter_card", stopped_at=None)
    case = sent_back(case, Role.COUNTER_CLERK, Stage.JOINT_ACCEPTANCE)
    after = case.clocks.get(fulfilled_by="hand_over_meter_card", stopped_at=None)
    assert (after.pk, after.due_at) == (before.pk, before.due_at)
    case = sent_back(case, Role.DESIGNER, Stage.CONSTRUCTION)
    assert not case.clocks.filter(fulfilled_by="hand_over_meter_card", stopped_at=None).exists()


@pytest.mark.parametrize(
    ("to", "step", "by"),
    [
        (Stage.FILING, "close_file", Role.COUNTER_CLERK),
        (Stage.METER_CARD, "hand_over_meter_card", Role.CONSTRUCTION_UNIT),
    ],
)
def test_file_and_card_are_checked_anew_after_a_sending_back(tour_to: TourTo, to: Stage, step: str, by: Role) -> None:
    case = sent_back(tour_to(Stage.FIRST_READING).case, Role.BUSINESS_CLERK, to)
    with pytest.raises(Unmet):
        perform(case, step, by=colleague(by))


def test_a_fee_that_stands_is_not_paid_back(tour_to: TourTo) -> None:
    """NC-5: once it is confirmed, the project fee goes back only with the budget or the settlement."""
    case = tour_to(Stage.CONSTRUCTION_AGREEMENT).case
    values = {"amount": "128000.00", "method": "transfer", "reason": "误收"}
    with pytest.raises((BadInput, NotHere)):
        work(case, "pay_back", by=colleague(Role.CASHIER), data=values)


def test_a_reversed_payment_stops_agreement_and_task(tour_to: TourTo) -> None:
    """NC-5, NC-6: nothing is built for a fee that is not there."""
    for stage, step, by in (
        (Stage.CONSTRUCTION_AGREEMENT, "conclude_construction_agreement", Role.COUNTER_CLERK),
        (Stage.CONSTRUCTION_TASK, "issue_task", Role.DESIGNER),
    ):
        case = tour_to(stage).case
        line = case.statement.lines.get(kind="payment")
        values = {"line": line.pk, "reason": "银行退票"}
        case = work(case, "reverse_payment", by=colleague(Role.DUTY_MANAGER), data=values)
        with pytest.raises(Unmet, match="still unpaid"):
            perform(case, step, by=colleague(by))


def test_a_map_ordered_by_mistake_is_taken_back_by_the_duty_manager(tour_to: TourTo) -> None:
    case = work(tour_to(Stage.DRAFT).case, "order_map", by=colleague(Role.COUNTER_CLERK))
    line = case.statement.lines.get()
    values = {"line": line.pk, "reason": "用户未要求"}
    case = work(case, "take_back_charge", by=colleague(Role.DUTY_MANAGER), data=values)
    assert case.statement.balance == 0
    withdrawn = perform(case, "withdraw", by=colleague(Role.COUNTER_CLERK), data={"reason": "不办了"})
    assert withdrawn.closed


def test_the_task_keeps_to_the_agreed_days(tour_to: TourTo) -> None:
    """NC-7: the construction unit builds to the agreed schedule."""
    case = tour_to(Stage.CONSTRUCTION_TASK).case
    agreed = case.new_connection
    unit = colleague(Role.CONSTRUCTION_UNIT).office
    values = {"unit": unit.pk, "starts_on": agreed.works_start, "ends_on": "2099-01-01", "instructions": "按图纸施工"}
    with pytest.raises(BadInput) as refused:
        work(case, "plan_task", by=colleague(Role.DESIGNER), data=values)
    assert set(refused.value.errors) == {"ends_on"}


def test_an_agreement_is_not_signed_before_it_is_issued(tour_to: TourTo) -> None:
    tour = tour_to(Stage.CONSTRUCTION_AGREEMENT)
    _step, ((issue, period, _no_files), (sign, signed, files)) = tour._at_construction_agreement()
    tour._work(issue, period, {})
    with pytest.raises(BadInput) as refused:
        work(tour.case, sign, by=colleague(Role.COUNTER_CLERK), data={**signed, "signed_on": "1990-01-01"}, files=files)
    assert set(refused.value.errors) == {"signed_on"}


def test_an_account_opened_for_a_withdrawn_request_is_closed(tour_to: TourTo) -> None:
    tour = tour_to(Stage.WATER_ON)
    case = sent_back(tour.case, Role.DESIGNER, Stage.BUDGET)
    paid = -case.statement.balance
    back = {"amount": paid, "method": "transfer", "reason": "用户撤回申请"}
    case = work(case, "pay_back", by=colleague(Role.CASHIER), data=back)
    case = perform(case, "withdraw", by=colleague(Role.COUNTER_CLERK), data={"reason": "不办了"})
    case.account.refresh_from_db()
    assert (case.account.status, case.statement.balance) == ("closed", 0)
    case.account.meter.refresh_from_db()
    assert case.account.meter.removed_on is not None
