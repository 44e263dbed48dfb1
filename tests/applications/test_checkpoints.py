"""Proof (iv): every checkpoint is made true and false in the database once, and none is forgotten."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from accounts.roles import Role
from applications.engine.doors import perform, work
from applications.models import Application, NewConnection
from applications.stages import Stage
from applications.tour.cast import colleague, cost_lines, scan
from applications.tour.new_connection import Tour
from billing import services as billing
from engineering import services as engineering
from tests.cases import accept, indebt, person

CHECKPOINTS = {gate.name: gate for step in NewConnection.steps().values() for gate in step.checkpoints}
SURVEY_WITHOUT_WATER = {"supplyable": False, "reason": "无可接管网", "conclusion": "不具备供水条件"}
Answers = dict[str, set[bool]]


def ask(case: Application, answers: Answers, *names: str) -> None:
    """Put checkpoints to a case as the database has it now; without names, those of every step from here."""
    fresh = Application.objects.get(pk=case.pk)
    here = {gate.name: gate for step in fresh.steps_here() for gate in step.checkpoints}
    for name in names or here:
        answers[name].add((here.get(name) or CHECKPOINTS[name])(fresh))


def a_tour_asked_before_and_after_each_stage(answers: Answers) -> None:
    tour = Tour(amount=Decimal(128000), settlement=Decimal(130000), try_early=False)
    answers_before_work = tour._work

    def asked_work(*args: object) -> None:
        answers_before_work(*args)  # type: ignore[arg-type]
        ask(tour.case, answers)

    tour._work = asked_work  # type: ignore[method-assign,assignment]
    tour.start()
    while not tour.case.closed:
        ask(tour.case, answers)
        tour.pass_stage()


def a_form_without_its_figures(answers: Answers) -> None:
    tour = Tour(amount=Decimal(9000), settlement=Decimal(9000), try_early=False)
    tour.start()
    tour.case.new_connection.kind_of_use = ""
    tour.case.new_connection.save()
    ask(tour.case, answers, "form_complete")


def at(stage: Stage) -> Tour:
    tour = Tour(amount=Decimal(128000), settlement=Decimal(128000), try_early=False)
    tour.play_to(stage)
    return tour


def an_applicant_who_owes(answers: Answers) -> None:
    case = at(Stage.ARREARS_CHECK).case
    ask(case, answers, "nothing_owed")
    indebt(case)
    ask(case, answers, "nothing_owed")


def a_place_without_water(answers: Answers) -> None:
    case = at(Stage.SURVEY).case
    sheet = {"surveyed_on": timezone.localdate(), **SURVEY_WITHOUT_WATER}
    case = work(case, "record_survey", by=colleague(Role.DESIGNER), data=sheet)
    ask(case, answers)


def a_suspended_case(answers: Answers) -> None:
    case = at(Stage.SURVEY).case
    reason = {"kind": "other", "reason": "等用户", "awaited": "规划红线图"}
    ask(perform(case, "suspend", by=colleague(Role.DESIGNER), data=reason), answers)


def a_late_case(answers: Answers) -> None:
    case = at(Stage.SURVEY).case
    with time_machine.travel(timezone.now() + timedelta(days=40)):
        ask(case, answers)


def an_extension_asked_for(answers: Answers) -> None:
    case = at(Stage.SURVEY).case
    assert case.due_at is not None
    until = timezone.localdate(case.due_at) + timedelta(days=5)
    data = {"clock": case.open_clocks[0].pk, "until": until, "reason": "现场积水"}
    case = perform(case, "ask_extension", by=colleague(Role.DESIGNER), data=data)
    ask(case, answers)
    with time_machine.travel(timezone.now() + timedelta(days=40)):
        ask(case, answers)


def a_late_record_asked_for_and_agreed_to(answers: Answers) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=2)):
        case = at(Stage.SURVEY).case
    yesterday = timezone.localdate() - timedelta(days=1)
    data = {"step": "complete_survey", "happened_on": yesterday, "reason": "现场无网络"}
    files = {"evidence": scan("survey")}
    case = perform(case, "ask_backdating", by=colleague(Role.DESIGNER), data=data, files=files)
    ask(case, answers)


def a_case_that_was_urged(answers: Answers) -> None:
    case = at(Stage.SURVEY).case
    ask(perform(case, "urge", by=colleague(Role.COUNTER_CLERK)), answers)


def a_fee_unpaid_and_paid(answers: Answers) -> None:
    tour = at(Stage.PROJECT_FEE)
    ask(tour.case, answers)
    ask(tour.case, answers, "statement_balanced")
    for name, values, files in tour._payment():
        tour._work(name, values, files)
    ask(tour.case, answers)


def works_that_leak(answers: Answers) -> None:
    case = at(Stage.JOINT_ACCEPTANCE).case
    ask(accept(case, defects=[{"description": "表井渗水"}], refused_by="applicant"), answers)


def a_large_household_before_its_deposit(answers: Answers) -> None:
    brief = person(expected_m3_month=Decimal(100))
    tour = Tour(amount=Decimal(9000), settlement=Decimal(9000), try_early=False, brief=brief)
    ask(tour.play_to(Stage.SUPPLY_AGREEMENT), answers, "deposit_paid_when_due")


def a_settlement_far_from_its_budget(answers: Answers) -> None:
    tour = at(Stage.FINAL_SETTLEMENT)
    tour.settlement = Decimal(150000)
    tour._at_final_settlement()
    ask(tour.case, answers)
    engineering.reopen(project=tour.case.project, model="engineering.Settlement", by=colleague(Role.DESIGNER))
    ask(tour.case, answers)


def a_settlement_that_waits_for_the_leader(answers: Answers) -> None:
    case = at(Stage.FINAL_SETTLEMENT).case
    designer = colleague(Role.DESIGNER)
    case = work(case, "save_settlement", by=designer, data={"lines": cost_lines(Decimal(150000))})
    ask(perform(case, "fix_settlement", by=designer), answers)


def water_on_with_nothing_in_force(answers: Answers) -> None:
    case = at(Stage.WATER_ON).case
    case.approvals.update(voided_at=timezone.now())
    case.papers.update(voided_at=timezone.now())
    billing.charge_item(statement=case.statement, code="MAP_COPY", by=colleague(Role.COUNTER_CLERK))
    Application.objects.filter(pk=case.pk).update(account=None)
    ask(case, answers)


def a_fee_confirmed_and_a_sending_back(answers: Answers) -> None:
    data = {"to": Stage.BUDGET, "reason": "改图"}
    ask(
        perform(at(Stage.CONSTRUCTION_AGREEMENT).case, "send_back", by=colleague(Role.COUNTER_CLERK), data=data),
        answers,
    )


def a_termination_by_agreement(answers: Answers) -> None:
    clerk, leader = colleague(Role.COUNTER_CLERK), colleague(Role.RESPONSIBLE_LEADER)
    case = at(Stage.CONSTRUCTION_AGREEMENT).case
    ask(case, answers)
    case = perform(case, "prepare_termination", by=clerk, data={"reason": "项目停建", "kept": "0"})
    ask(case, answers)
    case = perform(case, "grant_termination", by=leader)
    ask(case, answers)
    case = work(case, "issue_termination_agreement", by=clerk)
    signature = {"signed_on": timezone.localdate(), "signatory": "演示王建国"}
    ask(work(case, "sign_termination_agreement", by=clerk, data=signature, files={"scan": scan("signed")}), answers)


def a_reduction_asked_for(answers: Answers) -> None:
    case = at(Stage.PROJECT_FEE).case
    data = {"charge": case.statement.lines.get().pk, "amount": "100.00", "reason": "困难企业"}
    files = {"evidence": scan("evidence")}
    ask(perform(case, "ask_reduction", by=colleague(Role.COUNTER_CLERK), data=data, files=files), answers)


SITUATIONS = (
    a_tour_asked_before_and_after_each_stage,
    a_form_without_its_figures,
    an_applicant_who_owes,
    a_place_without_water,
    a_suspended_case,
    a_late_case,
    an_extension_asked_for,
    a_late_record_asked_for_and_agreed_to,
    a_case_that_was_urged,
    a_fee_unpaid_and_paid,
    works_that_leak,
    a_large_household_before_its_deposit,
    a_settlement_far_from_its_budget,
    a_settlement_that_waits_for_the_leader,
    water_on_with_nothing_in_force,
    a_fee_confirmed_and_a_sending_back,
    a_termination_by_agreement,
    a_reduction_asked_for,
)


@pytest.mark.usefixtures("db", "plain_papers")
def test_every_checkpoint_answers_both_ways_from_the_database() -> None:
    answers: Answers = defaultdict(set)
    for situation in SITUATIONS:
        situation(answers)
    one_sided = {name: answers[name] for name in CHECKPOINTS if answers[name] != {True, False}}
    assert not one_sided
