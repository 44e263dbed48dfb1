"""The hand-written table of rights against what the declarations allow."""

from pathlib import Path

import pytest

from accounts.roles import Role
from applications.models import Application, NewConnection
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


def written() -> Rights:
    sections = read_table()
    rights: Rights = {}
    open_stages = [stage for stage in NewConnection.route.stages if stage not in FINAL_STAGES]
    for stage in open_stages:
        lines = dict(sections[stage.value]) | sections["every open stage"]
        if stage != Stage.DRAFT:
            lines |= sections["every open stage but draft"]
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
            if stage in deed.stages:
                rights[stage.value, deed.name] = {role.value for role in deed.roles_at(case)}
    return {key: roles for key, roles in rights.items() if roles}


def test_rights_are_those_of_the_table() -> None:
    expected, found = written(), allowed()
    differences = [
        f"{stage} × {deed}: table {sorted(expected.get((stage, deed), set()))}, "
        f"program {sorted(found.get((stage, deed), set()))}"
        for stage, deed in sorted(expected.keys() | found.keys())
        if expected.get((stage, deed)) != found.get((stage, deed))
    ]
    assert not differences, "\n".join(differences)


@pytest.mark.parametrize("stage", sorted(FINAL_STAGES))
def test_a_closed_case_moves_for_nobody(stage: str) -> None:
    case: Application = NewConnection(stage=stage)
    assert not list(case.steps_here())
    assert not [task for task in case.tasks().values() if stage in task.stages]


def test_administrator_and_auditor_take_no_step() -> None:
    """Procedure, who takes part: the administrator has no step of any request; the auditor changes nothing."""
    for roles in allowed().values():
        assert not roles & {Role.ADMINISTRATOR.value, Role.AUDITOR.value}
