"""Handing a case over to a colleague at the same desk (转交)."""

from collections.abc import Callable

import pytest

from accounts.models import User
from accounts.roles import Role
from applications.engine.doors import perform, unmet_checkpoints
from applications.engine.refusals import BadInput, NotYours
from applications.models import Application, StaffNotice
from applications.stages import Stage
from applications.tour.cast import colleague
from applications.tour.new_connection import Tour

TourTo = Callable[..., Tour]
pytestmark = pytest.mark.usefixtures("everybody")


@pytest.fixture
def case(tour_to: TourTo) -> Application:
    return perform(tour_to(Stage.SURVEY).case, "take", by=colleague(Role.DESIGNER))


@pytest.fixture
def second_designer() -> User:
    person = User.objects.create_user("li.gong", name="李工")
    person.office = colleague(Role.DESIGNER).office
    person.save()
    person.role_assignments.create(role=Role.DESIGNER)
    return person


def test_the_colleague_has_it_in_hand_and_is_told(case: Application, second_designer: User) -> None:
    case = perform(
        case, "hand_over", by=colleague(Role.DESIGNER), data={"colleague": second_designer.pk, "words": "我休假"}
    )
    assert case.holder == second_designer
    notice = StaffNotice.objects.get(about=StaffNotice.About.HANDED_OVER)
    assert (notice.recipient, notice.words) == (second_designer, "我休假")
    assert case.timeline.latest("pk").note == "李工: 我休假"
    perform(case, "take", by=colleague(Role.DESIGNER))  # and may be taken back


def test_it_goes_to_nobody_who_sits_elsewhere_or_has_it_already(case: Application, second_designer: User) -> None:
    for person in (colleague(Role.COUNTER_CLERK), colleague(Role.DESIGNER)):
        with pytest.raises(BadInput):
            perform(case, "hand_over", by=colleague(Role.DESIGNER), data={"colleague": person.pk})


def test_where_nobody_else_sits_there_is_nobody_to_hand_it_to(case: Application) -> None:
    (reason,) = unmet_checkpoints(case.steps()["hand_over"], case)
    assert "Nobody else sits at this desk" in str(reason)


def test_only_the_desk_and_its_manager_hand_over(tour_to: TourTo, second_designer: User) -> None:
    case = tour_to(Stage.SURVEY).case
    with pytest.raises(NotYours):
        perform(case, "hand_over", by=colleague(Role.COUNTER_CLERK), data={"colleague": second_designer.pk})
    case = perform(case, "hand_over", by=colleague(Role.RESPONSIBLE_LEADER), data={"colleague": second_designer.pk})
    assert case.holder == second_designer
