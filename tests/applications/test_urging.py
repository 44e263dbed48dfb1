"""Urging (催办) helps only where somebody else can go on with the case."""

from collections.abc import Callable

import pytest
import time_machine

from accounts.roles import Role
from applications.engine.doors import perform
from applications.engine.refusals import NotYours, Unmet
from applications.models import StaffNotice
from applications.tour.cast import colleague
from applications.tour.new_connection import Tour
from tests.applications.test_clocks import at, surveyed_at
from tests.applications.test_suspension import suspend

TourTo = Callable[..., Tour]
pytestmark = pytest.mark.usefixtures("everybody")


def test_whoever_has_the_case_in_hand_does_not_urge_themselves(tour_to: TourTo) -> None:
    """It would send nothing, and nobody else could urge that day."""
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    with time_machine.travel(at("2026-03-04 10:00"), tick=False):
        with pytest.raises(NotYours, match="nobody to urge"):
            perform(case, "urge", by=colleague(Role.DESIGNER))
        case = perform(case, "take", by=colleague(Role.DESIGNER)) if case.holder is None else case
        with pytest.raises(NotYours, match="nobody to urge"):
            perform(case, "urge", by=colleague(Role.DESIGNER))
        perform(case, "urge", by=colleague(Role.COUNTER_CLERK))
    assert StaffNotice.objects.get(about="urged").recipient == colleague(Role.DESIGNER)


def test_a_suspended_case_is_urged_only_where_its_limit_had_run_out(tour_to: TourTo) -> None:
    waiting = suspend(surveyed_at(tour_to, "2026-03-03 10:00"), "2026-03-05 10:00")
    late = suspend(surveyed_at(tour_to, "2026-03-03 10:00"), "2026-03-13 10:00")
    with time_machine.travel(at("2026-03-16 10:00"), tick=False):
        with pytest.raises(Unmet, match="waits for the applicant"):
            perform(waiting, "urge", by=colleague(Role.COUNTER_CLERK))
        perform(late, "urge", by=colleague(Role.COUNTER_CLERK))
    assert StaffNotice.objects.get(about="urged").application_id == late.pk
