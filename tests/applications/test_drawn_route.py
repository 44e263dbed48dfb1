"""The drawn route says of every stage what the route declares and what became of it."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.roles import Role
from applications.drawn_route import Drawing, Node, drawings, span_words, way_of
from applications.engine.doors import perform
from applications.models import Application, NewConnection
from applications.presenters import CasePage
from applications.stages import Stage
from applications.tour.cast import colleague

CaseAt = Callable[..., Application]


def way(case: Application) -> dict[Stage, Node]:
    page = CasePage(Application.objects.get(pk=case.pk), colleague(Role.DESIGNER))
    return {node.stage: node for node in way_of(page).nodes}


def send_back(case: Application, to: Stage) -> Application:
    return perform(case, "send_back", by=colleague(Role.DESIGNER), data={"to": to, "reason": "口径不符"})


def test_every_stage_stands_in_the_order_of_the_route_with_its_owner(case_at: CaseAt) -> None:
    nodes = way(case_at(Stage.DESIGN))
    assert list(nodes)[: len(NewConnection.route.stops)] == list(NewConnection.route.stages)
    for stop in NewConnection.route:
        assert nodes[stop.stage].owner == str(stop.owner.label)


def test_what_is_passed_here_skipped_and_ahead_says_so(case_at: CaseAt) -> None:
    nodes = way(case_at(Stage.DESIGN))
    assert nodes[Stage.SURVEY].state == "passed"
    assert str(colleague(Role.DESIGNER)) in nodes[Stage.SURVEY].details
    assert nodes[Stage.ARREARS_SETTLEMENT].state == "skipped"
    assert nodes[Stage.ARREARS_SETTLEMENT].details == ("skipped: nothing is owed",)
    assert nodes[Stage.DESIGN].state == "current"
    assert nodes[Stage.DESIGN].light is not None
    assert nodes[Stage.EXECUTIVE_APPROVAL].state == "ahead"
    assert nodes[Stage.EXECUTIVE_APPROVAL].details == ("skipped where the cost stays below the threshold",)


def test_the_end_that_was_reached_is_marked_and_what_lies_behind_it_was_never_entered(case_at: CaseAt) -> None:
    case = case_at(Stage.SURVEY)
    case = perform(case, "withdraw", by=colleague(Role.COUNTER_CLERK), data={"reason": "不建了"})
    nodes = way(case)
    assert [node.stage for node in nodes.values() if node.state == "reached"] == [Stage.WITHDRAWN]
    assert nodes[Stage.ARREARS_SETTLEMENT].state == "skipped"
    assert nodes[Stage.DESIGN].state == "ahead"
    assert not [node for node in nodes.values() if node.state == "current"]


def test_the_ends_without_water_say_where_they_leave_the_route(case_at: CaseAt) -> None:
    nodes = way(case_at(Stage.DRAFT))
    withdraw = NewConnection.steps()["withdraw"]
    assert nodes[Stage.WITHDRAWN].details == (f"from {span_words(NewConnection.route, withdraw.stages)}",)
    assert nodes[Stage.TERMINATED].state == "open"


def test_a_way_back_is_drawn_once_with_how_often_it_was_taken(case_at: CaseAt) -> None:
    case = case_at(Stage.DESIGN)
    for _time in range(2):
        case = send_back(case, Stage.SURVEY)
        case = perform(case, "complete_survey", by=colleague(Role.DESIGNER))
    (side,) = way_of(CasePage(case, colleague(Role.DESIGNER))).sides
    assert (side.start, side.target, side.kind) == (Stage.DESIGN, Stage.SURVEY, "back")
    assert side.words.endswith("×2")


@pytest.mark.parametrize("place", [0, 1])
def test_nothing_is_drawn_outside_the_drawing(case_at: CaseAt, place: int) -> None:
    case = send_back(case_at(Stage.DESIGN), Stage.SURVEY)
    drawing: Drawing = drawings(way_of(CasePage(case, colleague(Role.DESIGNER))))[place]
    for box in drawing.boxes:
        assert box.x >= 0
        assert box.x + box.width <= drawing.width
        assert box.y + box.height <= drawing.height
        assert all(box.y < text.y < box.y + box.height for text in box.texts)


def test_the_tab_speaks_the_way_to_who_does_not_see_it(client: Client, case_at: CaseAt) -> None:
    client.force_login(colleague(Role.DESIGNER))
    page = client.get(f"{case_at(Stage.DESIGN).get_absolute_url()}?tab=route").content.decode()
    assert page.count('<svg class="route-map') == 2
    assert "Site survey, Designer, passed" in page
    assert 'style="' not in page
