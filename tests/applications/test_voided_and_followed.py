"""Sending back: what was recorded behind the stage counts no more, and what still holds goes on."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.roles import Role
from applications.engine.doors import form_class, perform, work
from applications.engine.refusals import BadInput, DoneBefore, NotHere, Unmet
from applications.models import Application, NewConnection
from applications.stages import Stage
from applications.tour.cast import colleague, scan, works_period
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


def play_on(tour: Tour, stage: Stage) -> Tour:
    while tour.case.stage != stage:
        tour.pass_stage()
    return tour


def test_a_new_design_is_told_of_again(tour_to: TourTo) -> None:
    """NC-4b: which permits to obtain follows from the design; what was told of the one before counts no more."""
    tour = tour_to(Stage.BUDGET)
    tour.case = sent_back(tour.case, Role.DESIGNER, Stage.DESIGN)
    with pytest.raises(Unmet, match="Tell the applicant"):
        perform(tour.case, "complete_design", by=colleague(Role.DESIGNER))
    assert tour.case.notices.get().voided_at is not None
    assert play_on(tour, Stage.PERMITS).case.notices.filter(voided_at=None).count() == 1


def test_what_was_told_stays_when_only_the_budget_goes_back(tour_to: TourTo) -> None:
    case = sent_back(tour_to(Stage.PROJECT_FEE).case, Role.COUNTER_CLERK, Stage.PERMITS)
    assert case.notices.get().voided_at is None


def test_permits_are_confirmed_for_a_new_design(tour_to: TourTo) -> None:
    """NC-4c: what the authorities granted stays on record; whether it covers the new design somebody must say."""
    tour = tour_to(Stage.BUDGET)
    tour.case = sent_back(tour.case, Role.DESIGNER, Stage.DESIGN)
    case = play_on(tour, Stage.PERMITS).case
    designer = colleague(Role.DESIGNER)
    with pytest.raises(Unmet, match="Confirm for the works as they are now: Planning alignment, Road opening"):
        perform(case, "complete_permits", by=designer)
    case = perform(case, "suspend", by=designer, data={"kind": "permits", "reason": "核实许可", "awaited": "许可"})
    before = set(case.project.permits.values_list("kind", "status", "number", "decided_on"))
    case = work(case, "confirm_permits", by=designer)
    assert set(case.project.permits.values_list("kind", "status", "number", "decided_on")) == before
    assert case.timeline.filter(action="confirm_permits").get().note == "Planning alignment, Road opening"
    assert not case.suspended
    with pytest.raises(NotHere):
        work(case, "confirm_permits", by=designer)
    assert perform(case, "complete_permits", by=designer).stage == Stage.BUDGET


def test_a_permit_that_is_recorded_anew_is_confirmed_by_that(tour_to: TourTo) -> None:
    case = sent_back(tour_to(Stage.BUDGET).case, Role.DESIGNER, Stage.PERMITS)
    designer = colleague(Role.DESIGNER)
    waiting = {"kind": "road_opening", "status": "pending"}
    case = work(case, "record_permit", by=designer, data=waiting)
    case = work(case, "confirm_permits", by=designer)
    with pytest.raises(Unmet, match="Still open: Road opening"):
        perform(case, "complete_permits", by=designer)
    granted = {"kind": "road_opening", "status": "granted", "number": "演掘 002", "decided_on": timezone.localdate()}
    case = work(case, "record_permit", by=designer, data=granted)
    assert perform(case, "complete_permits", by=designer).stage == Stage.BUDGET


@pytest.mark.parametrize("back_from", [Stage.CONSTRUCTION_TASK, Stage.CONSTRUCTION])
def test_formalities_are_confirmed_for_a_new_design(tour_to: TourTo, back_from: Stage) -> None:
    """NC-6: also when the case goes back before its task was issued."""
    tour = tour_to(back_from)
    if back_from == Stage.CONSTRUCTION_TASK:
        tour.do_work()
    by = NewConnection.route[back_from].owner
    tour.case = sent_back(tour.case, by, Stage.DESIGN)
    play_on(tour, Stage.DESIGN).pass_stage()
    tour.case = work(tour.case, "confirm_permits", by=colleague(Role.DESIGNER))
    case = play_on(tour, Stage.CONSTRUCTION_TASK).case
    designer = colleague(Role.DESIGNER)
    with pytest.raises(Unmet, match="Confirm for the works as they are now: Construction permit"):
        perform(case, "issue_task", by=designer)
    case = work(case, "confirm_formalities", by=designer)
    assert not case.project.formalities.filter(to_confirm=True).exists()


def test_an_acceptance_that_was_not_closed_speaks_for_no_other_works(tour_to: TourTo) -> None:
    """NC-8: the parties passed works that were then sent back and built anew; they look at them again."""
    tour = tour_to(Stage.JOINT_ACCEPTANCE)
    tour.do_work()
    tour.case = sent_back(tour.case, Role.DESIGNER, Stage.CONSTRUCTION)
    case = play_on(tour, Stage.JOINT_ACCEPTANCE).case
    with pytest.raises(Unmet, match="has not been passed"):
        perform(case, "pass_acceptance", by=colleague(Role.DESIGNER))


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
    values = {"amount": "128000.00", "method": "transfer", "reference": "T-9", "reason": "误收"}
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


def issued(case: Application) -> Application:
    start, end = works_period()
    data = {"works_start": start, "works_end": end}
    return work(case, "issue_construction_agreement", by=colleague(Role.COUNTER_CLERK), data=data)


def signed(case: Application, signatory: str) -> Application:
    data = {"signed_on": timezone.localdate(), "signatory": signatory}
    files = {"scan": scan(signatory)}
    return work(case, "sign_construction_agreement", by=colleague(Role.COUNTER_CLERK), data=data, files=files)


def test_a_signed_copy_is_not_replaced_but_a_new_version_is_signed(tour_to: TourTo) -> None:
    """NC-6: what the applicant signed stays on record."""
    case = signed(issued(tour_to(Stage.CONSTRUCTION_AGREEMENT).case), "演示甲")
    with pytest.raises(DoneBefore, match="issue a new version first"):
        signed(case, "演示乙")
    case = signed(issued(Application.objects.get(pk=case.pk)), "演示乙")
    papers = case.papers.filter(kind="construction_agreement").order_by("version")
    assert [(paper.signatory, paper.voided_at) for paper in papers] == [("演示甲", None), ("演示乙", None)]
    assert len({paper.signed_scan_id for paper in papers}) == 2


def test_an_older_version_that_nobody_signed_is_void(tour_to: TourTo) -> None:
    """NC-6: of two versions the newer one is to be signed."""
    case = issued(issued(tour_to(Stage.CONSTRUCTION_AGREEMENT).case))
    first, second = case.papers.filter(kind="construction_agreement").order_by("version")
    assert (first.voided_at is None, second.voided_at is None) == (False, True)
    assert case.papers.filter(kind="budget", voided_at=None).exists(), "what is not signed stays as it is"


def test_a_map_that_was_taken_back_can_be_ordered_again(tour_to: TourTo) -> None:
    """NC-1: what counts is a charge that stands, not that one was made once."""
    clerk = colleague(Role.COUNTER_CLERK)
    case = work(tour_to(Stage.DRAFT).case, "order_map", by=clerk)
    with pytest.raises(NotHere):
        work(case, "order_map", by=clerk)
    values = {"line": case.statement.lines.get().pk, "reason": "用户未要求"}
    case = work(case, "take_back_charge", by=colleague(Role.DUTY_MANAGER), data=values)
    case = work(case, "order_map", by=clerk)
    assert case.statement.balance > 0
    with pytest.raises(NotHere):
        work(case, "order_map", by=clerk)


# -- the account and its meter follow what was corrected -------------------------------------------------


def test_an_account_that_waits_for_water_follows_the_form_that_was_corrected(tour_to: TourTo) -> None:
    """NC-C4: agreement and account never speak of different uses."""
    clerk = colleague(Role.COUNTER_CLERK)
    tour = tour_to(Stage.SUPPLY_AGREEMENT)
    tour.do_work()
    case = sent_back(tour.case, Role.COUNTER_CLERK, Stage.DOCUMENT_REVIEW)
    values = form_class(type(case).tasks()["amend_form"])(case=case, by=clerk).initial_from_case()
    case = work(case, "amend_form", by=clerk, data={**values, "kind_of_use": "special", "invoice_title": "新抬头"})
    case.account.refresh_from_db()
    assert (case.account.kind_of_use, case.account.invoice_title) == ("special", "新抬头")


def test_a_meter_number_that_was_mistyped_meanwhile_is_reported_again(tour_to: TourTo) -> None:
    """NC-7: a meter that hangs nowhere can be installed anew; its position follows too."""
    tour = tour_to(Stage.SUPPLY_AGREEMENT)
    tour.do_work()
    true_number = tour.case.account.meter.number
    for number, position in (("YS55550001", "门口"), (true_number, "楼道")):
        case = sent_back(tour.case, Role.COUNTER_CLERK, Stage.CONSTRUCTION)
        builder = colleague(Role.CONSTRUCTION_UNIT)
        data = {
            "completed_on": timezone.localdate(),
            "meter_number": number,
            "calibre": case.account.meter.calibre,
            "digits": 5,
            "meter_position": position,
            "first_reading": 2,
        }
        case = work(case, "record_completion", by=builder, data=data)
        tour.case = perform(case, "report_completion", by=builder)
        play_on(tour, Stage.SUPPLY_AGREEMENT)
        tour.case = work(tour.case, "take_over_meter", by=colleague(Role.COUNTER_CLERK))
        meter = tour.case.account.meter
        meter.refresh_from_db()
        assert (meter.number, meter.position, meter.removed_on) == (number, position, None)
