"""Taking over (在途案件): a paper file comes in at its true stage and goes on through the normal doors."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Customer, MeterAccount, Premises, RoleAssignment, User
from accounts.roles import Role
from applications.engine.doors import perform
from applications.engine.refusals import NotYours, Unmet
from applications.lights import light
from applications.models import Application, NewConnection, Paper, StaffNotice, Takeover
from applications.presenters import CasePage
from applications.selectors import desk, search, visible_to
from applications.stages import Stage
from applications.statistics import Filters, figures
from applications.takeover import signing
from applications.takeover.replay import Incomplete
from applications.tour import cast
from applications.tour.cast import colleague
from applications.tour.new_connection import Tour
from billing.defaults import ensure_defaults
from billing.models import Receipt, StatementLine
from billing.selectors import held_deposits, takings
from tests.applications.paper_files import AMOUNT, account_number, days_ago, enter, on, taken_over
from tests.cases import indebt, person

pytestmark = [pytest.mark.embedded, pytest.mark.usefixtures("db", "plain_papers", "everybody")]
STAGES = [stage for stage in NewConnection.route.stages if stage != Stage.ARREARS_SETTLEMENT]


@pytest.fixture(autouse=True)
def _on_a_wednesday_morning(everybody: None) -> Iterator[None]:
    with time_machine.travel(datetime(2026, 10, 21, 2, tzinfo=UTC), tick=True):
        ensure_defaults()
        yield


def duty() -> User:
    return colleague(Role.DUTY_MANAGER)


def finish(case: Application, brief: cast.Brief, *, settlement: int = AMOUNT) -> Application:
    """Go on with a case by the tour, through the normal doors, to its end."""
    tour = Tour(amount=Decimal(AMOUNT), settlement=Decimal(settlement), try_early=False, brief=brief)
    tour.case = case
    while not tour.case.closed:
        tour.pass_stage()
    return tour.case


def reasons(takeover: Takeover) -> list[str]:
    with pytest.raises(Incomplete) as refusal:
        signing.grant(takeover=takeover, by=duty())
    assert not Application.objects.filter(takeover=takeover).exists()
    return [str(reason) for reason in refusal.value.reasons]


# -- every stage -----------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", STAGES)
def test_from_every_stage_a_file_goes_on_to_completion(stage: Stage) -> None:
    brief = cast.organisation()
    takeover = enter(stage, brief=brief, arrived=0)
    assert signing.trial(takeover, by=duty()) == []
    assert not Application.objects.exists(), "a trial leaves nothing behind"
    case = signing.grant(takeover=takeover, by=duty())
    assert case.stage == stage
    assert case.furthest == NewConnection.route.position(stage)
    case = finish(case, brief)
    assert case.stage == Stage.COMPLETED
    assert case.statement.balance == 0


def test_a_file_whose_applicant_owes_stands_at_the_settlement_of_arrears() -> None:
    earlier = taken_over(Stage.SURVEY, reference="纸1", arrived=0)
    indebt(earlier)
    case = taken_over(Stage.ARREARS_SETTLEMENT, reference="纸2", arrived=0)
    with pytest.raises(Unmet, match="NC-3"):
        perform(case, "confirm_settled", by=colleague(Role.COUNTER_CLERK))


def test_a_stage_that_the_figures_pass_over_is_refused() -> None:
    assert "does not come to" in reasons(enter(Stage.ARREARS_SETTLEMENT))[0]
    small = enter(Stage.EXECUTIVE_APPROVAL, reference="纸9", amount=90000)
    assert "does not come to" in reasons(small)[0]


def test_arrears_that_came_up_since_stop_no_file_but_the_old_settlement_is_named() -> None:
    indebt(taken_over(Stage.SURVEY, reference="纸1"))
    (reason,) = reasons(enter(Stage.DESIGN, reference="纸2"))
    assert "Water bills are owed today" in reason
    case = taken_over(Stage.DESIGN, reference="纸3", arrears_check__settled_on=days_ago(197))
    assert case.stage == Stage.DESIGN


def test_below_the_threshold_nobody_asks_for_the_deputy_general_manager() -> None:
    takeover = enter(Stage.WATER_ON, amount=90000, without=("executive_approval-approved_by",))
    assert signing.grant(takeover=takeover, by=duty()).stage == Stage.WATER_ON


def test_from_the_threshold_up_the_approval_on_paper_is_wanted() -> None:
    lacking = reasons(enter(Stage.WATER_ON, without=("executive_approval-approved_by",)))
    assert any("Deputy general manager's approval" in reason and "NC-10" in reason for reason in lacking)


# -- what comes with it ----------------------------------------------------------------------------


def test_facts_keep_the_days_of_the_paper_and_say_that_they_were_taken_over() -> None:
    case = taken_over(Stage.WATER_ON)
    assert case.accepted_on == on(days_ago(199))
    assert timezone.localdate(case.created_at) == on(days_ago(200))
    assert case.takeover.reference == "纸2026-17"
    moves = list(case.timeline.filter(action="take_over").order_by("id").values_list("to_stage", flat=True))
    assert moves == [stage for stage in STAGES[1:] if NewConnection.route.position(stage) <= 18]
    survey = case.timeline.get(from_stage=Stage.SURVEY)
    assert survey.happened_on == on(days_ago(195))
    assert survey.words == "taken over from paper"
    assert "和平路 DN300 干管" in survey.note
    signed_off = case.timeline.first()
    assert signed_off is not None
    assert (signed_off.action, signed_off.actor, signed_off.role) == ("grant_takeover", duty(), Role.DUTY_MANAGER)
    approval = case.approvals.get(subject="budget")
    assert (approval.approver, approval.approved_by) == ("王总（已退休）", None)
    assert timezone.localdate(approval.approved_at) == on(days_ago(170))
    agreement = case.papers.get(kind="construction_agreement")
    assert (agreement.signed_on, agreement.taken_over) == (on(days_ago(155)), True)
    assert agreement.file == agreement.signed_scan
    assert case.project.designer is None, "whoever typed it in is not its designer"


def test_payments_on_paper_take_none_of_our_receipt_numbers_and_pass_no_till() -> None:
    case = taken_over(Stage.CONSTRUCTION)
    (payment,) = case.statement.lines.filter(kind="payment")
    assert (payment.taken_over, payment.amount) == (True, Decimal(8000 - AMOUNT))
    assert payment.happened_on == on(days_ago(160))
    assert payment.receipt_number == payment.reference == "旧收据-纸2026-17-1"
    assert not Receipt.objects.exists()
    assert takings(timezone.localdate()) == []
    assert case.statement.balance == 0


def test_a_taken_over_payment_can_be_reversed_and_stays_off_the_till() -> None:
    from billing import services as billing

    case = taken_over(Stage.PROJECT_FEE, arrived=0)
    billing.take_over_payment(
        statement=case.statement,
        amount=Decimal("100.00"),
        method="cash",
        receipt="旧-77",
        happened_on=timezone.localdate(),
        by=colleague(Role.COUNTER_CLERK),
    )
    line = case.statement.lines.get(kind="payment")
    reversal = billing.reverse_line(line=line, reason="重复录入", by=duty())
    assert reversal.taken_over
    assert takings(timezone.localdate()) == []


def test_a_part_payment_comes_in_where_the_fee_is_being_collected() -> None:
    row = {"what": "fee", "amount": "20000.00", "paid_on": days_ago(0), "method": "cash", "receipt": "旧-1"}
    changes = {f"project_fee__payments__0__{name}": value for name, value in row.items()}
    case = taken_over(Stage.PROJECT_FEE, arrived=0, **changes)
    assert case.statement.balance == Decimal(AMOUNT - 8000 - 20000)
    with pytest.raises(Unmet, match="NC-5"):
        perform(case, "confirm_fee_paid", by=colleague(Role.COUNTER_CLERK))


def test_the_account_of_the_paper_keeps_its_number_and_the_series_goes_round_it() -> None:
    case = taken_over(Stage.WATER_ON)
    assert case.account is not None
    assert case.account.number == account_number("纸2026-17")
    assert case.account.meter is not None
    assert case.account.meter.number == "B纸2026-17"
    MeterAccount.objects.filter(pk=case.account.pk).update(number="00000001")
    place = accounts.register_premises(by=duty(), district="演示区", road="新路", lane="", number="1号", room="")
    fresh = accounts.open_account(
        holder=case.applicant, premises=place, kind_of_use="residential", cycle="monthly", by=duty()
    )
    assert fresh.number == "00000002"


def test_an_account_opened_already_comes_in_where_the_supply_agreement_is_being_signed() -> None:
    changes = {"account_number": "77001234", "cycle": "monthly", "opened_on": days_ago(0)}
    brief = cast.organisation()
    case = taken_over(
        Stage.SUPPLY_AGREEMENT,
        brief=brief,
        arrived=0,
        **{f"supply_agreement__{name}": value for name, value in changes.items()},
    )
    assert case.account is not None
    assert case.account.number == "77001234"
    assert not case.papers.filter(kind="supply_agreement").exists()


def test_an_account_of_somebody_else_is_refused() -> None:
    first = taken_over(Stage.WATER_ON, reference="纸1")
    assert first.account is not None
    brief = person(calibre=50)
    file = enter(
        Stage.WATER_ON,
        reference="纸2",
        brief=brief,
        amount=90000,
        supply_agreement__account_number=first.account.number,
    )
    assert any("somebody else" in reason for reason in reasons(file))


def test_a_large_users_deposit_on_paper_is_held() -> None:
    """NC-C5."""
    brief = person(expected_m3_month=Decimal("150.0"), calibre=50)
    without_it = enter(Stage.WATER_ON, reference="纸1", brief=brief, amount=90000)
    assert any("NC-C5" in reason for reason in reasons(without_it))
    row = {"what": "deposit", "amount": "2250.00", "paid_on": days_ago(11), "method": "cash", "receipt": "旧-押1"}
    case = taken_over(
        Stage.WATER_ON,
        reference="纸2",
        brief=brief,
        amount=90000,
        supply_agreement__deposit_amount="2250.00",
        supply_agreement__deposit_on=days_ago(11),
        **{f"project_fee__payments__1__{name}": value for name, value in row.items()},
    )
    (deposit,) = held_deposits(case.statement)
    assert (deposit.amount, deposit.account, deposit.rule_day) == (Decimal("2250.00"), case.account, case.accepted_on)


def settlement_of(total: str, **more: str) -> dict[str, str]:
    part = str(Decimal(total) - 8000)
    facts = {"total": total, "part_pipe_material": part, **more}
    return {f"final_settlement__{name}": value for name, value in facts.items()}


@pytest.mark.parametrize(("total", "what", "moved"), [("130000", "difference", "2000"), ("120000", "back", "8000")])
def test_the_difference_of_a_settlement_on_paper_was_collected_or_paid_back(total: str, what: str, moved: str) -> None:
    """多退少补 (NC-8)."""
    row = {"what": what, "amount": moved, "paid_on": days_ago(14), "method": "transfer", "receipt": "旧-差1"}
    rows = {f"project_fee__payments__1__{name}": value for name, value in row.items()}
    lacking = reasons(enter(Stage.WATER_ON, reference="纸1", **settlement_of(total)))
    assert any("NC-8" in reason for reason in lacking)
    case = taken_over(Stage.WATER_ON, reference="纸2", **settlement_of(total), **rows)
    assert case.statement.balance == 0


def test_a_settlement_far_from_its_budget_was_agreed_to_on_paper() -> None:
    row = {"what": "difference", "amount": "32000", "paid_on": days_ago(14), "method": "transfer", "receipt": "旧-差2"}
    rows = {f"project_fee__payments__1__{name}": value for name, value in row.items()}
    lacking = reasons(enter(Stage.WATER_ON, reference="纸1", **settlement_of("160000"), **rows))
    assert [reason for reason in lacking if "responsible leader must agree" in reason]
    agreed = settlement_of("160000", approved_by="王总", approved_on=days_ago(15))
    brief = cast.organisation()
    case = taken_over(Stage.WATER_ON, reference="纸2", arrived=0, brief=brief, **agreed, **rows)
    assert finish(case, brief).stage == Stage.COMPLETED


def test_who_is_on_record_stays_as_recorded() -> None:
    brief = cast.organisation()
    known = accounts.register_customer(by=duty(), **{**brief.customer, "bank": "", "telephone": "13911112222"})
    case = taken_over(Stage.SURVEY, brief=brief)
    assert case.applicant == known
    known.refresh_from_db()
    assert (known.telephone, known.bank) == ("13911112222", "演示银行和平支行"), "only what lacks is filled in"


def test_sent_back_a_taken_over_case_is_worked_on_anew() -> None:
    brief = cast.organisation()
    case = taken_over(Stage.CONSTRUCTION, brief=brief, arrived=0)
    data = {"to": Stage.BUDGET, "reason": "管径变更"}
    case = perform(case, "send_back", by=colleague(Role.CONSTRUCTION_UNIT), data=data)
    assert case.statement.balance == Decimal(8000 - AMOUNT), "payments stay as credit"
    assert not case.approvals.filter(voided_at=None).exists()
    assert not Paper.objects.filter(application=case, voided_at=None).exists()
    assert case.project.budgets.latest("revision").revision == 2


# -- time ------------------------------------------------------------------------------------------


def test_the_clock_counts_from_the_arrival_on_paper() -> None:
    case = taken_over(Stage.SURVEY, arrived=2)
    (clock,) = case.open_clocks
    assert clock.started_on == on(days_ago(2))
    assert (clock.days, clock.taken_over_late) == (7, False)
    assert case.arrived_on == on(days_ago(2))


def test_an_overdue_file_is_overdue_at_once_and_nobodys_breach() -> None:
    case = taken_over(Stage.SURVEY, arrived=60)
    assert light(case).colour == "red"
    (clock,) = case.open_clocks
    assert clock.taken_over_late
    designer = colleague(Role.DESIGNER)
    assert case in desk(designer, Role.DESIGNER)
    tour = Tour(Decimal(AMOUNT), Decimal(AMOUNT), try_early=False)
    tour.case = case
    with pytest.raises(Unmet, match="time limit ended"):
        tour.pass_stage()
    case = Application.objects.get(pk=case.pk)
    data = {"clock": clock.pk, "until": timezone.localdate() + timedelta(days=9), "reason": "接管时已超期"}
    case = perform(case, "ask_extension", by=designer, data=data)
    tour.case = perform(case, "grant_extension", by=colleague(Role.RESPONSIBLE_LEADER))
    tour.pass_stage()
    today = timezone.localdate()
    (line,) = [row for row in figures(Filters(today, today), "stage") if row.label == "Site survey"]
    assert (line.finished, line.late, line.on_time_percent) == (1, 0, 100)


def test_a_limit_that_runs_out_after_the_signature_is_the_offices_own() -> None:
    case = taken_over(Stage.SURVEY, arrived=2)
    tour = Tour(Decimal(AMOUNT), Decimal(AMOUNT), try_early=False)
    tour.case = case
    with time_machine.travel(timezone.now() + timedelta(days=30)):
        data = {"clock": case.open_clocks[0].pk, "until": timezone.localdate() + timedelta(days=9), "reason": "积水"}
        tour.case = perform(case, "ask_extension", by=colleague(Role.DESIGNER), data=data)
        tour.case = perform(tour.case, "grant_extension", by=colleague(Role.RESPONSIBLE_LEADER))
        tour.pass_stage()
        today = timezone.localdate()
        (line,) = [row for row in figures(Filters(today, today), "stage") if row.label == "Site survey"]
    assert (line.late, line.on_time_percent) == (1, 0)


def test_the_thirty_days_of_the_meter_card_count_from_the_end_of_construction() -> None:
    """NC-11."""
    case = taken_over(Stage.FINAL_SETTLEMENT)
    (clock,) = case.open_clocks
    assert (clock.fulfilled_by, clock.started_on) == ("hand_over_meter_card", on(days_ago(20)))
    assert not taken_over(Stage.FILING, reference="纸2").open_clocks
    assert not taken_over(Stage.CONSTRUCTION_TASK, reference="纸3").open_clocks


@pytest.mark.parametrize(
    ("field", "day", "words"),
    [
        ("arrived_on", -1, "has not come yet"),
        ("accepted_on", 0, "lies behind"),
        ("applied_on", 150, "lies behind"),
        ("survey__surveyed_on", 0, "lies behind"),
        ("budget_approval__approved_on", -5, "lies behind"),
    ],
)
def test_days_that_cannot_be_are_refused_when_entered(field: str, day: int, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        enter(Stage.CONSTRUCTION, arrived=5, **{field: days_ago(day)})


def test_policies_of_the_day_of_acceptance_on_paper_hold() -> None:
    assert taken_over(Stage.SURVEY).rule_day == on(days_ago(199))


# -- what lacks ------------------------------------------------------------------------------------


def test_a_missing_fact_is_refused_at_the_signature_with_every_reason_named() -> None:
    takeover = enter(
        Stage.CONSTRUCTION_TASK,
        scans=("file",),
        without=(
            "survey-nearest_main",
            "permits-planning_number",
            "budget_approval-approved_by",
            "construction_agreement-signatory",
        ),
        project_fee__payments__0__amount="1000",
    )
    named = "\n".join(reasons(takeover))
    for words in ("Nearest main", "number", "Approved by", "Signed by"):
        assert words in named
    assert all("(NC-" in reason for reason in named.splitlines())
    assert not Customer.objects.exists()
    assert not Premises.objects.exists()
    assert not StatementLine.objects.exists()


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage not in (Stage.DRAFT, Stage.DOCUMENT_REVIEW)])
def test_each_stage_that_says_nothing_is_named(stage: Stage) -> None:
    """A file at the end of the route of which one passed stage says nothing."""
    last = Stage.FIRST_READING
    if stage == last:
        return
    whole = enter(last, reference="纸1")
    without = tuple(name for name in whole.data if name.startswith(f"{stage.value}-"))
    lacking = reasons(enter(last, reference="纸2", without=without))
    assert any(str(stage.label) in reason for reason in lacking), lacking


def test_a_fee_that_was_not_paid_in_full_is_named_with_its_clause() -> None:
    lacking = reasons(enter(Stage.CONSTRUCTION, project_fee__payments__0__amount="1000"))
    unpaid = "¥119,000.00 of the statement is still unpaid. The cashier takes it. (NC-5)"
    assert lacking == [f"{stage}: {unpaid}" for stage in ("Project fee", "Construction agreement", "Construction task")]


@pytest.mark.parametrize("about", ["file", "construction_agreement", "supply_agreement"])
def test_a_scan_that_lacks_is_named(about: str) -> None:
    scans = tuple(name for name in ("file", "construction_agreement", "supply_agreement") if name != about)
    lacking = reasons(enter(Stage.WATER_ON, scans=scans))
    assert any("A scan is missing" in reason for reason in lacking)


def test_a_payment_of_a_stage_not_reached_is_named() -> None:
    row = {"what": "deposit", "amount": "100", "paid_on": days_ago(3), "method": "cash", "receipt": "旧-9"}
    rows = {f"project_fee__payments__1__{name}": value for name, value in row.items()}
    (reason,) = reasons(enter(Stage.CONSTRUCTION, **rows))
    assert "has not reached" in reason


def test_one_old_receipt_pays_once() -> None:
    taken_over(Stage.CONSTRUCTION, reference="纸1", project_fee__payments__0__receipt="旧-5")
    lacking = reasons(enter(Stage.CONSTRUCTION, reference="纸2", project_fee__payments__0__receipt="旧-5"))
    assert any("旧-5 is on record already" in reason for reason in lacking)


def test_a_second_case_for_the_same_premises_needs_a_reason() -> None:
    brief = cast.organisation()
    taken_over(Stage.SURVEY, reference="纸1", brief=brief)
    (reason,) = reasons(enter(Stage.SURVEY, reference="纸2", brief=brief))
    assert "Another case is open" in reason
    assert taken_over(Stage.SURVEY, reference="纸3", brief=brief, duplicate_reason="分户").pk


def test_a_total_that_is_not_the_sum_of_its_parts_is_refused() -> None:
    with pytest.raises(ValidationError, match="add up"):
        enter(Stage.CONSTRUCTION, budget__total="128001")


# -- who, and how often ----------------------------------------------------------------------------


def test_the_same_paper_reference_is_refused_twice() -> None:
    enter(Stage.SURVEY)
    with pytest.raises(ValidationError, match="entered or taken over already"):
        enter(Stage.SURVEY)


def test_a_taken_over_reference_stays_taken_and_a_refused_one_is_free() -> None:
    first = enter(Stage.SURVEY)
    signing.refuse(takeover=first, by=duty(), reason="扫描件不清")
    second = enter(Stage.SURVEY)
    signing.grant(takeover=second, by=duty())
    with pytest.raises(ValidationError, match="entered or taken over already"):
        enter(Stage.SURVEY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Takeover.objects.filter(pk=first.pk).update(status="asked", decided_by=None, decided_at=None)


def test_only_the_duty_manager_signs() -> None:
    takeover = enter(Stage.SURVEY)
    for role in set(Role) - {Role.DUTY_MANAGER}:
        with pytest.raises(NotYours):
            signing.grant(takeover=takeover, by=colleague(role))
        with pytest.raises(NotYours):
            signing.refuse(takeover=takeover, by=colleague(role), reason="不清")


def test_only_counter_and_duty_manager_enter() -> None:
    for role in set(Role) - {Role.COUNTER_CLERK, Role.DUTY_MANAGER}:
        with pytest.raises(ValidationError, match="enters paper files"):
            enter(Stage.SURVEY, by=colleague(role), reference=role.value)


def test_nobody_signs_for_what_they_entered_or_amended() -> None:
    takeover = enter(Stage.SURVEY, by=duty())
    with pytest.raises(NotYours, match="entered this file yourself"):
        signing.grant(takeover=takeover, by=duty())
    by_clerk = signing.amend(
        takeover=takeover, by=colleague(Role.COUNTER_CLERK), stage=Stage.SURVEY, data=takeover.data
    )
    with pytest.raises(NotYours, match="entered this file yourself"):
        signing.grant(takeover=by_clerk, by=duty())
    other = second_duty_manager()
    assert signing.grant(takeover=by_clerk, by=other).stage == Stage.SURVEY


def second_duty_manager() -> User:
    other = User.objects.create_user("tour.duty2", None, name="演示值班经理乙", office=duty().office)
    RoleAssignment.objects.create(user=other, role=Role.DUTY_MANAGER)
    return other


def test_the_database_refuses_ones_own_signature() -> None:
    case = taken_over(Stage.SURVEY)
    with pytest.raises(IntegrityError, match="nobody_grants_their_own"), transaction.atomic():
        Takeover.objects.filter(application=case).update(decided_by=colleague(Role.COUNTER_CLERK))


def test_the_database_wants_a_case_for_what_is_granted() -> None:
    takeover = enter(Stage.SURVEY)
    with pytest.raises(IntegrityError, match="takeover_granted_is_a_case"), transaction.atomic():
        Takeover.objects.filter(pk=takeover.pk).update(status="granted", decided_by=duty(), decided_at=timezone.now())


def test_what_was_decided_is_neither_decided_again_nor_amended() -> None:
    takeover = enter(Stage.SURVEY)
    signing.grant(takeover=takeover, by=duty())
    for deed in (
        lambda: signing.grant(takeover=takeover, by=duty()),
        lambda: signing.refuse(takeover=takeover, by=duty(), reason="不清"),
        lambda: signing.amend(takeover=takeover, by=duty(), stage=Stage.SURVEY, data=takeover.data),
    ):
        with pytest.raises(ValidationError, match="decided on already"):
            deed()
    assert Application.objects.count() == 1


def test_whoever_entered_it_is_told_and_the_case_carries_its_mark() -> None:
    case = taken_over(Stage.SURVEY)
    assert StaffNotice.objects.get(about="taken_over").recipient == colleague(Role.COUNTER_CLERK)
    bar = {item.stage: item for item in CasePage(case, duty()).stage_bar}
    assert bar[Stage.ARREARS_CHECK].state == "passed"
    assert bar[Stage.ARREARS_CHECK].who == "taken over from paper"
    assert list(search(visible_to(duty()), "纸2026-17")) == [case]


def test_every_kind_of_request_says_what_its_paper_files_hold() -> None:
    from django.core.checks import run_checks

    from applications.takeover.plan import PLANS

    assert set(PLANS) == set(Application.KINDS)
    assert not [fault for fault in run_checks() if fault.id == "applications.E009"]


def test_what_was_stated_is_kept_word_for_word() -> None:
    takeover = enter(Stage.CONSTRUCTION, budget__total="128,000.00")
    assert takeover.data["budget-total"] == "128,000.00"
    values: dict[str, Any] = takeover.data
    assert values["reference"] == "纸2026-17"
