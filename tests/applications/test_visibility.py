"""Who sees which case: what one has no business with does not exist (404)."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Office, OfficeKind, User
from accounts.roles import Role
from applications.engine.doors import work
from applications.models import Application
from applications.selectors import desk, visible_to
from applications.stages import Stage
from applications.tour.cast import colleague
from applications.tour.new_connection import Tour

TourTo = Callable[..., Tour]
pytestmark = pytest.mark.usefixtures("everybody")


def of_office(role: Role, office: Office | None) -> User:
    """Somebody of a role in an office of their own, or in none."""
    user = User.objects.create(username=f"other.{role.value}", name="演示同事", office=office)
    user.role_assignments.create(role=role)
    return user


def second(kind: OfficeKind, *districts: str) -> Office:
    return Office.objects.create(code=f"2-{kind.value}", name="第二室", kind=kind, districts=list(districts))


def test_a_construction_unit_sees_nothing_before_its_task_is_issued(tour_to: TourTo, client: Client) -> None:
    """NC-6: the plan of a task is the design office's; the issued task is the unit's."""
    tour = tour_to(Stage.CONSTRUCTION_TASK)
    unit = colleague(Role.CONSTRUCTION_UNIT)
    assert unit.office is not None
    agreed = tour.case.new_connection
    sheet = {"unit": unit.office.pk, "starts_on": agreed.works_start, "ends_on": agreed.works_end}
    tour.case = work(tour.case, "plan_task", by=colleague(Role.DESIGNER), data=sheet)
    client.force_login(unit)
    assert client.get(tour.case.get_absolute_url()).status_code == 404
    tour.pass_stage()
    assert client.get(tour.case.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("stage", [Stage.SURVEY, Stage.CONSTRUCTION])
def test_who_builds_for_no_unit_sees_no_case(case_at: Callable[..., Application], stage: Stage) -> None:
    case_at(stage)
    nobody = of_office(Role.CONSTRUCTION_UNIT, None)
    assert not visible_to(nobody).exists()
    assert not desk(nobody, Role.CONSTRUCTION_UNIT).exists()


@pytest.mark.parametrize("role", [Role.BUSINESS_CLERK, Role.BUSINESS_MANAGER, Role.DESIGNER])
def test_a_second_office_sees_the_cases_of_its_own_districts_only(
    case_at: Callable[..., Application], client: Client, role: Role
) -> None:
    """Cases land by district: another office of the kind has no business with them."""
    case = case_at(Stage.DESIGN)
    other = second(role.office_kind, "远郊区")
    client.force_login(of_office(role, other))
    assert client.get(case.get_absolute_url()).status_code == 404
    client.force_login(colleague(role))
    assert client.get(case.get_absolute_url()).status_code == 200
    other.districts = [case.premises.district]
    other.save()
    assert case in visible_to(User.objects.get(username=f"other.{role.value}"))


def test_an_office_keeps_the_case_that_lies_with_it_when_its_districts_change(
    case_at: Callable[..., Application],
) -> None:
    case = case_at(Stage.DESIGN)
    second(OfficeKind.DESIGN_OFFICE, case.premises.district)
    assert case in visible_to(colleague(Role.DESIGNER))


def test_a_case_of_no_named_district_is_the_business_of_the_office_that_takes_any(tour_to: TourTo) -> None:
    """Offices: an empty list of districts means any district; `office_for` and what one sees agree."""
    Office.objects.filter(kind=OfficeKind.DESIGN_OFFICE).update(districts=["远郊区"])
    other = second(OfficeKind.DESIGN_OFFICE)
    case = tour_to(Stage.SURVEY).case
    assert case.office == other
    assert case in visible_to(of_office(Role.DESIGNER, other))
    assert case not in visible_to(colleague(Role.DESIGNER))


def test_a_role_held_beside_ones_own_office_counts_everywhere(case_at: Callable[..., Application]) -> None:
    case = case_at(Stage.DESIGN)
    both = of_office(Role.DESIGNER, second(OfficeKind.BUSINESS_OFFICE, "远郊区"))
    assert case in visible_to(both)


def test_what_one_sees_is_one_query_of_cases(case_at: Callable[..., Application]) -> None:
    case = case_at(Stage.CONSTRUCTION)
    designer = User.objects.select_related("office").get(pk=colleague(Role.DESIGNER).pk)
    with CaptureQueriesContext(connection) as captured:
        assert list(visible_to(designer)) == [case]
    assert sum("applications_application" in query["sql"] for query in captured) == 1
    assert len(captured) == 3, "roles, offices of the kind, cases"
