"""Proof (i), the half that passes: every transition is fired where its facts hold, on real cases, and rolled back."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.roles import Role
from applications.engine.checkpoints import Checkpoint
from applications.engine.route import CHOSEN, NEXT
from applications.engine.steps import Step
from applications.models import Application, Clock, NewConnection
from applications.stages import Stage
from applications.tour.cast import colleague, scan
from applications.tour.new_connection import Tour
from billing import services as billing
from engineering import services as engineering
from engineering.models import Settlement
from tests.cases import way

STEPS = NewConnection.steps()
ORDER = list(Stage)
REASON = {"reason": "核对"}
Values = dict[str, Any]
Case = Any  # steps are methods of the proxies


# -- what a step is given, and what must lie there before its body can run ----------------------------------


def a_clock(case: Case) -> Clock:
    """A running clock of the case; where none runs, its first one, as if it did."""
    case.clocks.filter(pk=case.clocks.earliest("pk").pk, stopped_at__isnull=False).update(
        stopped_at=None, cancelled=False, finished_on=None, late=False
    )
    found: Clock = case.clocks.filter(stopped_at=None).earliest("pk")
    return found


def extension(case: Case) -> Values:
    return {"clock": a_clock(case), "until": timezone.localdate() + timedelta(days=60), **REASON}


def backdating(case: Case) -> Values:
    step = next(step.name for step in case.steps_here() if step.forward)
    return {"step": step, "happened_on": timezone.localdate(), "evidence": scan("photo"), **REASON}


def reduction(case: Case) -> Values:
    map_copy = billing.charge_item(statement=case.statement, code="MAP_COPY", by=colleague(Role.COUNTER_CLERK))
    return {"charge": map_copy, "amount": Decimal("1.00"), "evidence": scan("proof"), **REASON}


def reopened(case: Case) -> None:
    engineering.reopen(project=case.project, model=Settlement, by=colleague(Role.DESIGNER))


GIVEN: dict[str, Callable[[Case], Values]] = {
    "issue_one_time_notice": lambda case: {"bring_by": timezone.localdate()},
    "refuse_supply": lambda case: {"means": "telephone", "told_on": timezone.localdate(), "words": "无管网"},
    "refuse": lambda case: {"means": "telephone", "told_on": timezone.localdate(), **REASON},
    "send_back": lambda case: {"to": case.stages_to_return_to()[-1], **REASON},
    "suspend": lambda case: {"kind": "other", "awaited": "回复", **REASON},
    "ask_extension": extension,
    "ask_backdating": backdating,
    "ask_reduction": reduction,
    "hand_over": lambda case: {"colleague": colleague(Role.DESIGNER)},
    "prepare_termination": lambda case: {"kept": Decimal("0.00"), **REASON},
} | dict.fromkeys(
    (
        *("withdraw", "refuse_variance", "refuse_extension", "refuse_backdating", "refuse_reduction"),
        *("refuse_termination", "call_off_termination"),
    ),
    lambda case: REASON,
)
ASKED_BY = {
    f"{answer}_{what}": f"ask_{what}"
    for what in ("extension", "backdating", "reduction")
    for answer in ("grant", "refuse")
} | dict.fromkeys(
    ("grant_termination", "refuse_termination", "call_off_termination", "terminate"), "prepare_termination"
)


def agreed(case: Case) -> None:
    """What is kept of a termination is approved."""
    fire(case, "grant_termination")


BEFORE: dict[str, Callable[[Case], None]] = {"fix_settlement": reopened, "terminate": agreed}


# -- firing ------------------------------------------------------------------------------------------------


def fire(case: Case, name: str) -> None:
    """Nobody answers what they asked for themselves."""
    role = Role.RESPONSIBLE_LEADER if name in ASKED_BY else NewConnection.doer_of(name)
    getattr(case, name)(by=colleague(role), **GIVEN.get(name, lambda case: {})(case))
    case.forget()


def fired(case: Case, step: Step) -> Stage:
    """The stage to which a step leads a real case for which all its facts hold; everything it did is rolled back."""
    with transaction.atomic():
        locked: Case = Application.objects.select_for_update().get(pk=case.pk)
        if step.name in ASKED_BY:
            fire(locked, ASKED_BY[step.name])
        BEFORE.get(step.name, lambda case: None)(locked)
        fire(locked, step.name)
        transaction.set_rollback(True)
    return Stage(locked.stage)


def leads_to(case: Case, step: Step) -> Stage:
    """By the declaration; no stage is skipped on this way."""
    if step.target is NEXT:
        return ORDER[ORDER.index(Stage(case.stage)) + 1]
    if step.target is CHOSEN:
        return Stage(GIVEN["send_back"](case)["to"])
    return Stage(case.stage if step.target is None else step.target)


def test_every_transition_fires_where_its_facts_hold_and_leads_where_it_says(
    db: None, plain_papers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every step at every stage from which it leaves, by its real method; where a fact lacks, see test_proof.py."""
    plain, held = Checkpoint.__call__, set[str]()
    monkeypatch.setattr(Checkpoint, "__call__", lambda gate, case: gate.name in held or plain(gate, case))
    passed: dict[str, set[Stage]] = {name: set() for name in STEPS}
    for tour in way(Tour(amount=Decimal(128000), settlement=Decimal(128000), try_early=False)):
        case: Case = tour.case
        for step in case.steps_here():
            if step.target is CHOSEN and not case.stages_to_return_to():
                continue
            taken = [step, *(STEPS[name] for name in [ASKED_BY.get(step.name)] if name)]
            held |= {gate.name for each in taken for gate in each.checkpoints}
            assert fired(case, step) == leads_to(case, step), (case.stage, step.name)
            passed[step.name].add(Stage(case.stage))
            held.clear()
    nowhere_to_go = {"send_back": {Stage.METER_CARD}}  # behind it lies only water on
    assert passed == {name: step.stages - nowhere_to_go.get(name, set()) for name, step in STEPS.items()}
