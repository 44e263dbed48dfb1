"""What is proved of a new connection: gates, paths, four eyes, exits (requirements.py is written by hand)."""

from collections import deque
from collections.abc import Callable
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.utils import timezone
from django_fsm import TransitionNotAllowed, can_proceed

from accounts.roles import Role
from applications.engine.checkpoints import Checkpoint
from applications.engine.doors import perform
from applications.engine.refusals import Unmet
from applications.engine.route import CHOSEN, NEXT
from applications.models import Application, NewConnection
from applications.stages import FINAL_STAGES, Stage
from applications.thresholds import below_threshold
from applications.tour.cast import colleague, cost_lines
from applications.tour.new_connection import Tour
from billing import services as billing
from engineering import selectors as works
from engineering import services as engineering
from tests.applications import requirements as table
from tests.cases import accept, way

STEPS = NewConnection.steps()
TourTo = Callable[..., Tour]


# -- (i) and (v): every combination of a step's own facts, every gate in its place ---------------------


def test_every_step_has_the_gates_of_the_table() -> None:
    declared = {
        name: tuple(gate.name for gate in step.checkpoints if gate.name not in ("not_suspended", "within_deadline"))
        for name, step in STEPS.items()
    }
    assert declared == table.GATES


def test_a_suspended_case_goes_nowhere_but_where_it_may() -> None:
    open_steps = {n for n, step in STEPS.items() if "not_suspended" not in {gate.name for gate in step.checkpoints}}
    assert open_steps == table.OPEN_WHILE_SUSPENDED


def test_a_late_stage_lets_no_forward_step_pass() -> None:
    for name, step in STEPS.items():
        gated = "within_deadline" in {gate.name for gate in step.checkpoints}
        assert gated == (step.target is NEXT), name


def test_nobody_decides_on_their_own() -> None:
    rules = {name: step.rules[0].name for name, step in STEPS.items() if step.rules and name not in ("take", "urge")}
    assert rules == table.FOUR_EYES


@pytest.mark.parametrize("name", STEPS)
def test_the_transition_fires_exactly_when_every_fact_holds(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    step = STEPS[name]
    gates = step.checkpoints
    facts: dict[str, bool] = {}
    monkeypatch.setattr(Checkpoint, "__call__", lambda self, case: facts[self.name])
    for stage in Stage:
        case = NewConnection(stage=stage)
        for answers in product((True, False), repeat=len(gates)):
            facts.update(zip((gate.name for gate in gates), answers, strict=True))
            fires = stage in step.stages and all(answers)
            assert can_proceed(getattr(case, name)) == fires, (stage, facts)
            if not fires:  # what fires is fired for real in test_transitions.py; here is no database to write to
                with pytest.raises(TransitionNotAllowed):
                    getattr(case, name)(by=None, to="")
                assert case.stage == stage


# -- (ii): no path to the goal lacks a requirement ------------------------------------------------------


STAGE_OF = {fact: next(iter(STEPS[name].stages)) for name, fact in table.ESTABLISHES.items()}
POSITION = NewConnection.route.position


def undone(held: frozenset[str], back_to: Stage) -> frozenset[str]:
    """What is left of the requirements after a sending back; `test_sending_back_voids` holds the program to it."""
    return frozenset(fact for fact in held if POSITION(STAGE_OF[fact]) < POSITION(back_to))


def walk(*, above_threshold: bool) -> list[tuple[set[str], list[str]]]:
    """Every way to the goal over (stage, requirements established and not voided): what it holds, and the way."""
    route = NewConnection.route
    skippable = {Stage.ARREARS_SETTLEMENT}
    if not above_threshold:
        skippable.add(Stage.EXECUTIVE_APPROVAL)
    start: tuple[Stage, frozenset[str]] = (Stage.DRAFT, frozenset())
    ways: dict[tuple[Stage, frozenset[str]], list[str]] = {start: []}
    queue, goals = deque([start]), []
    while queue:
        stage, held = queue.popleft()
        if stage == table.GOAL:
            goals.append((set(held), ways[stage, held]))
            continue
        place = route.position(stage)
        for name, step in STEPS.items():
            if stage not in step.stages:
                continue
            after: list[tuple[Stage, frozenset[str]]] = []
            if step.target is NEXT:
                now = held | ({table.ESTABLISHES[name]} if name in table.ESTABLISHES else set())
                following = route.stages[place:]
                after = [(following[0], now)] if following else []
                if following and following[0] in skippable and len(following) > 1:
                    passed_over = table.SKIPPING.get(following[0])
                    after.append((following[1], now | {passed_over} if passed_over else now))
            elif step.target is CHOSEN:
                after = [(earlier, undone(held, earlier)) for earlier in route.stages[: place - 1]]
            elif step.target is not None and step.target not in FINAL_STAGES:
                after = [(Stage(step.target), undone(held, Stage(step.target)))]
            for found in after:
                if found not in ways:
                    ways[found] = [*ways[stage, held], name]
                    queue.append(found)
    return goals


@pytest.mark.parametrize(
    ("above", "needed"), [(False, table.NEEDED_FOR_WATER_ON), (True, table.NEEDED_ABOVE_THRESHOLD)]
)
def test_no_path_to_water_on_lacks_a_requirement(above: bool, needed: set[str]) -> None:
    goals = walk(above_threshold=above)
    assert goals
    lacking = [(needed - held, way) for held, way in goals if not needed <= held]
    assert not lacking


GATES = {gate.name: gate for step in STEPS.values() for gate in step.checkpoints}


def holds(case: Application, evidence: str) -> bool:
    """Whether the program says so: a checkpoint that is met, or the newest sheet of a kind that is closed."""
    if evidence == "executive_approved_when_due" and below_threshold(case):
        return False  # it is met, but by nobody's approval
    if evidence in GATES:
        return GATES[evidence](case)
    sheet = works.current(case.project, apps.get_model(evidence))
    return sheet is not None and sheet.closed


def contradicted(case: Application, facts: frozenset[str]) -> set[str]:
    """The evidence by which the program holds a requirement that the model voids, or voids one that it holds."""
    fresh = Application.objects.get(pk=case.pk)
    return {
        f"{fact}: {evidence}"
        for fact, known_by in table.KNOWN_BY.items()
        for evidence in known_by
        if holds(fresh, evidence) != (fact in facts)
    }


def test_each_requirement_is_known_by_something_or_read_anew() -> None:
    assert set(table.KNOWN_BY) | set(table.READ_ANEW) == set(table.ESTABLISHES.values())
    for name, fact in table.ESTABLISHES.items():
        if fact in table.READ_ANEW:
            assert table.READ_ANEW[fact] in table.GATES[name]


def test_sending_back_voids_exactly_what_the_model_says(db: None, plain_papers: None) -> None:
    """From every stage, its own work done, to every earlier one: the program's checkpoints on real cases."""
    faults: dict[tuple[Stage, Stage], set[str]] = {}
    back = 0
    for tour in way(Tour(amount=Decimal(128000), settlement=Decimal(128000), try_early=False)):
        stage = Stage(tour.case.stage)
        held = undone(frozenset(STAGE_OF), stage)
        by = colleague(NewConnection.route[stage].owner)
        for earlier in tour.case.stages_to_return_to():
            with transaction.atomic():
                case = perform(tour.case, "send_back", by=by, data={"to": earlier, "reason": "复核"})
                if wrong := contradicted(case, undone(held, earlier)):
                    faults[stage, earlier] = wrong
                transaction.set_rollback(True)
            back += 1
    assert not faults, sorted({wrong for found in faults.values() for wrong in found})
    assert back == 156


def test_failed_acceptance_voids_exactly_what_the_model_says(tour_to: TourTo) -> None:
    case = tour_to(Stage.JOINT_ACCEPTANCE).case
    case = accept(case, defects=[{"description": "表井渗水"}], refused_by="applicant")
    case = perform(case, "fail_acceptance", by=colleague(Role.DESIGNER))
    assert not contradicted(case, undone(frozenset(STAGE_OF), Stage.CONSTRUCTION))


def test_every_stage_has_an_exit_and_is_reached() -> None:
    reached = {Stage.DRAFT}
    for stage in NewConnection.route.stages:
        leaving = [step for step in STEPS.values() if stage in step.stages and step.target is not None]
        assert any(step.target is NEXT for step in leaving), stage
        reached.add(stage)
    assert reached == set(NewConnection.route.stages)


# -- (iii): what must still hold is read again by the goal step ----------------------------------------


def refused_at_water_on(case: Application) -> list[str]:
    with pytest.raises(Unmet) as refusal:
        perform(case, "turn_water_on", by=colleague(Role.DESIGNER))
    return [reason.clause for reason in refusal.value.reasons]


def test_a_reversed_payment_is_seen_at_water_on(tour_to: TourTo) -> None:
    case = tour_to(Stage.WATER_ON).case
    payment = case.statement.lines.get(kind="payment")
    billing.reverse_line(line=payment, reason="退票", by=colleague(Role.DUTY_MANAGER))
    assert refused_at_water_on(case) == ["NC-5"]


@pytest.mark.parametrize(("kind", "clause"), [("construction_agreement", "NC-6"), ("supply_agreement", "NC-9")])
def test_a_voided_agreement_is_seen_at_water_on(tour_to: TourTo, kind: str, clause: str) -> None:
    case = tour_to(Stage.WATER_ON).case
    case.papers.filter(kind=kind).update(voided_at=timezone.now())
    assert refused_at_water_on(case) == [clause]


def test_a_settlement_that_rises_past_the_threshold_after_the_check_is_seen(tour_to: TourTo) -> None:
    """NC-10: the larger of budget and settlement counts, whenever it became so; the leader must agree too (NC-8)."""
    case = tour_to(Stage.WATER_ON, amount="90000").case
    assert not case.approvals.filter(subject="water_on").exists()
    designer = colleague(Role.DESIGNER)
    engineering.reopen(project=case.project, model="engineering.Settlement", by=designer)
    raised = engineering.save_settlement(
        project=case.project, by=designer, lines=cost_lines(case.project.budgets.get().total + 20000)
    )
    engineering.close_sheet(sheet=raised, by=designer)
    assert refused_at_water_on(case) == ["NC-8", "NC-10"]


@pytest.mark.parametrize(
    ("amount", "settlement", "asked"),
    [
        ("99999.99", "99999.99", False),
        ("100000.00", "100000.00", True),
        ("99999.99", "100000.00", True),
        ("100000.00", "99999.99", True),
    ],
)
def test_the_deputy_general_manager_is_asked_from_100000_yuan_up(
    tour_to: TourTo, amount: str, settlement: str, asked: bool
) -> None:
    """NC-10, Civil Code art. 1259: 以上 includes the figure itself."""
    case = tour_to(Stage.WATER_ON, amount=amount, settlement=settlement).case
    assert case.approvals.filter(subject="water_on").exists() == asked


def test_a_final_stage_hides_no_money(tour_to: TourTo) -> None:
    case = tour_to(Stage.FIRST_READING).case
    billing.charge_item(statement=case.statement, code="MAP_COPY", by=colleague(Role.COUNTER_CLERK))
    with pytest.raises(Unmet) as refusal:
        perform(case, "complete_first_reading", by=colleague(Role.BUSINESS_CLERK))
    assert "NC-8" in [reason.clause for reason in refusal.value.reasons]


def test_a_request_with_a_map_unpaid_is_not_withdrawn(tour_to: TourTo) -> None:
    case = tour_to(Stage.DOCUMENT_REVIEW).case
    billing.charge_item(statement=case.statement, code="MAP_COPY", by=colleague(Role.COUNTER_CLERK))
    with pytest.raises(Unmet):
        perform(case, "withdraw", by=colleague(Role.COUNTER_CLERK), data={"reason": "不办了"})


def test_withdrawing_takes_the_unpaid_project_fee_back(tour_to: TourTo) -> None:
    case: Any = tour_to(Stage.PROJECT_FEE).case
    case = perform(case, "withdraw", by=colleague(Role.COUNTER_CLERK), data={"reason": "不办了"})
    assert case.stage == Stage.WITHDRAWN
    assert case.statement.balance == 0


def test_a_fee_of_zero_passes(tour_to: TourTo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Red line: a part that the applicant need not pay, or all of it, is possible."""
    from applications.tour import cast

    real = cast.cost_lines
    monkeypatch.setattr(cast, "cost_lines", lambda total: [{**line, "payer": "utility"} for line in real(total)])
    case = tour_to(Stage.COMPLETED).case
    assert case.closed
    assert not case.statement.lines.exists()
