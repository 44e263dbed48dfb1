"""The load of the design office: whose desk, how far, and that it stays cheap."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from engineering import services
from engineering.load import SHEETS, designer_loads, open_projects, project_loads
from engineering.models import Project, Settlement, Survey
from tests.engineering.conftest import Make, line


@pytest.mark.embedded
def test_a_project_comes_with_its_first_sheet_and_leaves_with_its_settlement(project: Project, designer: User) -> None:
    assert not open_projects().exists()
    services.record_survey(project=project, by=designer)
    assert list(open_projects()) == [project]
    settlement = services.save_settlement(project=project, by=designer, lines=[line()])
    assert list(open_projects()) == [project]
    services.close_sheet(sheet=settlement, by=designer)
    assert not open_projects().exists()
    services.reopen(project=project, model=Settlement, by=designer)
    assert list(open_projects()) == [project]


def test_a_closed_project_is_on_nobodys_desk(project: Project, designer: User) -> None:
    services.record_survey(project=project, by=designer)
    services.close_project(project=project, by=designer)
    assert not open_projects().exists()
    assert designer_loads() == []


def test_projects_are_listed_by_designer_oldest_first(new_project: Make, designer: User, colleague: User) -> None:
    younger, older, other = (new_project() for _number in range(3))
    Project.objects.filter(pk=older.pk).update(opened_at=younger.opened_at - timedelta(days=3))
    for each, by in ((younger, designer), (older, designer), (other, colleague)):
        services.record_survey(project=each, by=by)
    assert list(open_projects(designer)) == [older, younger]
    assert list(open_projects(colleague)) == [other]
    assert open_projects().count() == 3


def test_states_are_those_of_the_newest_revision(project: Project, designer: User, today: date) -> None:
    survey = services.record_survey(project=project, by=designer)
    services.close_sheet(sheet=survey, by=designer)
    services.save_budget(project=project, by=designer, lines=[line()])
    services.close_sheet(sheet=services.record_survey(project=project, by=designer), by=designer)
    services.record_design(project=project, by=designer)
    (load,) = project_loads(open_projects())
    assert [str(state) for state in load.states] == [
        "final r2 10-14",
        "in work r1 10-14",
        "in work r1 10-14",
        "—",
        "—",
        "—",
        "—",
    ]


def test_days_are_shanghai_days(project: Project, designer: User) -> None:
    with time_machine.travel("2026-10-14T20:00:00+00:00", tick=False):
        services.record_survey(project=project, by=designer)
    (load,) = project_loads(open_projects())
    assert str(load.states[0]).endswith("10-15")


def test_designers_are_counted_with_their_open_sheets(new_project: Make, designer: User, colleague: User) -> None:
    first, second, third = (new_project() for _number in range(3))
    for each in (first, second):
        services.record_survey(project=each, by=designer)
    services.close_sheet(sheet=Survey.objects.get(project=first), by=designer)
    services.record_design(project=first, by=designer)
    services.record_survey(project=third, by=colleague)
    busy, idle = designer_loads()
    assert (busy.designer, busy.projects, busy.oldest) == (designer, 2, first.opened_at)
    assert busy.open_sheets == [1, 1, 0, 0, 0, 0, 0]
    assert (idle.designer, idle.projects, idle.open_sheets) == (colleague, 1, [1, 0, 0, 0, 0, 0, 0])


def test_the_list_takes_the_same_queries_for_one_project_and_for_many(new_project: Make, designer: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as taken:
            loads: list[Any] = [*designer_loads(), *project_loads(open_projects())]
        assert len(loads) == 1 + Project.objects.count()
        return len(taken)

    services.record_survey(project=new_project(), by=designer)
    few = queries()
    for _number in range(5):
        each = new_project()
        services.record_survey(project=each, by=designer)
        services.save_budget(project=each, by=designer, lines=[line()])
    assert queries() == few <= 2 * len(SHEETS) + 3
