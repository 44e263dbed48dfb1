"""The hand-written table of rights against what the declarations allow."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from accounts.roles import Role
from applications import checks
from applications.checks import routes_and_steps
from applications.engine.route import Route, Stop, working_days
from applications.models import Application, Clock, Extension, NewConnection
from applications.stages import FINAL_STAGES, Stage

TABLE = Path(__file__).with_name("who_may_do_what.txt")
MANAGER_OF = {
    Role.COUNTER_CLERK: Role.DUTY_MANAGER,
    Role.CASHIER: Role.DUTY_MANAGER,
    Role.BUSINESS_CLERK: Role.BUSINESS_MANAGER,
    Role.DESIGNER: Role.RESPONSIBLE_LEADER,
    Role.CONSTRUCTION_UNIT: Role.RESPONSIBLE_LEADER,
    Role.RESPONSIBLE_LEADER: Role.DEPUTY_GENERAL_MANAGER,
    Role.DUTY_MANAGER: Role.DEPUTY_GENERAL_MANAGER,
    Role.BUSINESS_MANAGER: Role.DEPUTY_GENERAL_MANAGER,
}

Rights = dict[tuple[str, str], set[str]]


def read_table() -> dict[str, dict[str, list[str]]]:
    sections: dict[str, dict[str, list[str]]] = {}
    section = ""
    for line in TABLE.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            section = line.strip()
            sections.setdefault(section, {})
            continue
        deed, *roles = line.split()
        sections[section][deed] = roles
    return sections


EVERYWHERE = {
    "every open stage": (),
    "every open stage but draft": (Stage.DRAFT,),
    "every open stage until water on": (Stage.METER_CARD, Stage.FILING, Stage.FIRST_READING),
    "every open stage but draft and executive_approval": (Stage.DRAFT, Stage.EXECUTIVE_APPROVAL),
}
LIMITS, ABOUT_LIMITS = "time limits", "about a time limit, at every open stage but draft"


def written() -> Rights:
    sections = read_table()
    rights: Rights = {}
    open_stages = [stage for stage in NewConnection.route.stages if stage not in FINAL_STAGES]
    for stage in open_stages:
        lines = dict(sections[stage.value])
        for section, excepted in EVERYWHERE.items():
            lines |= sections[section] if stage not in excepted else {}
        owners = lines.pop("owner")
        for deed, roles in lines.items():
            named: set[str] = set()
            for role in roles:
                if role == "OWNER":
                    named |= set(owners)
                elif role == "MANAGER":
                    manager = MANAGER_OF.get(Role(owners[0]))
                    named |= {manager.value} if manager else set()
                else:
                    named.add(role)
            rights[stage.value, deed] = named
    return {key: roles for key, roles in rights.items() if roles}


def allowed() -> Rights:
    rights: Rights = {}
    for stage in NewConnection.route.stages:
        case = NewConnection(stage=stage)
        for deed in [*case.steps().values(), *case.tasks().values()]:
            if stage in deed.stages and deed.name not in read_table()[ABOUT_LIMITS]:
                rights[stage.value, deed.name] = {role.value for role in deed.roles_at(case)}
    return {key: roles for key, roles in rights.items() if roles}


def test_every_clock_of_the_route_is_in_the_table() -> None:
    route = NewConnection.route
    clocks = {stop.stage.value for stop in route if stop.clock} | {clock.fulfilled_by for clock in route.anchored}
    assert clocks == set(read_table()[LIMITS])


@pytest.mark.parametrize("stage", [stage for stage in NewConnection.route.stages if stage != Stage.DRAFT])
@pytest.mark.parametrize(("limit", "roles"), read_table()[LIMITS].items())
def test_more_time_is_a_matter_of_the_clocks_owner_and_grantor(stage: Stage, limit: str, roles: list[str]) -> None:
    """Wherever the case stands: NC-11 is the construction unit's also while the counter has the case."""
    owner, grantor = roles
    anchored = limit not in NewConnection.route.stages
    owned = NewConnection.doer_of(limit) if anchored else NewConnection.route[limit].owner
    clock = Clock(stage=stage, owner=owned)
    case = NewConnection(stage=stage)
    case.__dict__.update(open_clocks=[clock], asked_extension=Extension(clock=clock))
    for deed, (who,) in read_table()[ABOUT_LIMITS].items():
        expected = {"LIMIT'S_OWNER": owner, "LIMIT'S_GRANTOR": grantor}[who]
        declared = case.steps()[deed]
        assert stage in declared.stages
        assert declared.roles_at(case) == {expected}


def test_nothing_is_asked_for_where_nobody_could_answer() -> None:
    for stop in NewConnection.route:
        if stop.owner.manager is None:
            assert stop.clock is None
            assert stop.stage not in NewConnection.steps()["ask_backdating"].stages


def test_rights_are_those_of_the_table() -> None:
    expected, found = written(), allowed()
    differences = [
        f"{stage} × {deed}: table {sorted(expected.get((stage, deed), set()))}, "
        f"program {sorted(found.get((stage, deed), set()))}"
        for stage, deed in sorted(expected.keys() | found.keys())
        if expected.get((stage, deed)) != found.get((stage, deed))
    ]
    assert not differences, "\n".join(differences)


def test_a_route_with_a_clock_that_nobody_could_extend_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = Stop(Stage.EXECUTIVE_APPROVAL, Role.DEPUTY_GENERAL_MANAGER, clock=working_days(3, clause="NC-10"))
    kind: Any = SimpleNamespace(value="nobody_above")  # its policies bear a name that no case has
    monkeypatch.setattr(NewConnection, "route", Route(kind, (stop,)))
    assert "applications.E008" in {fault.id for fault in routes_and_steps(None)}


def test_every_system_check_has_an_id_of_its_own() -> None:
    written = re.findall(r'id="(applications\.E\d+)"', Path(checks.__file__).read_text())
    assert len(written) == len(set(written))


@pytest.mark.parametrize("stage", sorted(FINAL_STAGES))
def test_a_closed_case_moves_for_nobody(stage: str) -> None:
    case: Application = NewConnection(stage=stage)
    assert not list(case.steps_here())
    assert not [task for task in case.tasks().values() if stage in task.stages]


def test_administrator_and_auditor_take_no_step() -> None:
    """Procedure, who takes part: the administrator has no step of any request; the auditor changes nothing."""
    for roles in allowed().values():
        assert not roles & {Role.ADMINISTRATOR.value, Role.AUDITOR.value}
