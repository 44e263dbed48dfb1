"""The number of queries of a page is fixed: it does not grow with the number of cases."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from applications.models import Application
from applications.stages import Stage
from applications.tour.cast import colleague
from applications.tour.new_connection import Tour

TourTo = Callable[..., Tour]
PAGES = [
    (Role.COUNTER_CLERK, "/?folder=started", 21),
    (Role.DESIGNER, "/", 23),
    (Role.DESIGNER, "/?folder=unclaimed&light=in_time&by=area", 24),
    (Role.COUNTER_CLERK, "/cases/", 12),
    (Role.COUNTER_CLERK, "/search/?q=演示", 14),
]
TABS = {"overview": 47, "works": 89, "money": 53, "papers": 52, "timeline": 47, "time": 51, "route": 47}


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


@pytest.mark.parametrize(("role", "path", "most"), PAGES)
def test_lists_do_not_ask_more_with_more_cases(
    client: Client, tour_to: TourTo, role: Role, path: str, most: int
) -> None:
    client.force_login(colleague(role))
    tour_to(Stage.SURVEY)
    client.get(path)
    few = queries(client, path)
    for _case in range(6):
        tour_to(Stage.SURVEY)
    assert queries(client, path) == few <= most


def test_the_approval_queue_does_not_ask_more_with_more_to_approve(client: Client, tour_to: TourTo) -> None:
    """A manager's home: the one on top has its figures, the others are a list."""
    client.force_login(colleague(Role.RESPONSIBLE_LEADER))
    for _case in range(2):
        tour_to(Stage.BUDGET_APPROVAL)
    client.get("/approvals/")
    few = queries(client, "/approvals/")
    for _case in range(4):
        tour_to(Stage.BUDGET_APPROVAL)
    assert queries(client, "/approvals/") == few <= 60


def test_the_cashiers_home_does_not_ask_more_with_more_to_be_paid(client: Client, tour_to: TourTo) -> None:
    client.force_login(colleague(Role.CASHIER))
    tour_to(Stage.PROJECT_FEE)
    client.get("/")
    few = queries(client, "/")
    for _case in range(4):
        tour_to(Stage.PROJECT_FEE)
    assert queries(client, "/") == few <= 26


@pytest.mark.parametrize(("tab", "most"), TABS.items())
def test_the_page_of_a_case_asks_no_more_than_this(client: Client, tour_to: TourTo, tab: str, most: int) -> None:
    client.force_login(colleague(Role.DESIGNER))
    case = tour_to(Stage.WATER_ON).case
    client.get(case.get_absolute_url())
    assert queries(client, f"{case.get_absolute_url()}?tab={tab}") <= most


def test_the_page_of_a_case_does_not_ask_more_with_more_cases(client: Client, tour_to: TourTo) -> None:
    client.force_login(colleague(Role.DESIGNER))
    case = tour_to(Stage.BUDGET).case
    client.get(case.get_absolute_url())
    few = queries(client, case.get_absolute_url())
    for _case in range(4):
        tour_to(Stage.BUDGET)
    assert Application.objects.count() == 5
    assert queries(client, case.get_absolute_url()) == few
