"""The first reading of a case: looked at like any other, taken once (NC-13)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.roles import Role
from applications.engine.doors import work
from applications.engine.refusals import BadInput, NotHere
from applications.models import Application
from applications.presenters import CasePage
from applications.stages import Stage
from applications.tour.cast import colleague
from billing.models import Reading

CaseAt = Callable[..., Application]


@pytest.fixture
def case(case_at: CaseAt) -> Application:
    """Its meter began at 3 m³; 450 m³ a month are expected."""
    found = case_at(Stage.FIRST_READING)
    assert found.account is not None
    assert found.account.meter is not None
    assert (found.account.meter.first_reading, found.new_connection.expected_m3_month) == (3, 450)
    return found


def record(case: Application, reading: int, **more: Any) -> Application:
    values = {"reading": reading, "read_on": timezone.localdate()} | more
    return work(case, "record_first_reading", by=colleague(Role.BUSINESS_CLERK), data=values)


def test_a_first_reading_far_beyond_what_is_expected_wants_a_second_look(case: Application) -> None:
    """NC-13: ten times what the form expects a month, from the first reading of the meter on."""
    with pytest.raises(BadInput) as refused:
        record(case, 4503)
    assert refused.value.errors == {"sure": ["4500 m³ is 10 times the expected 450 m³ a month or more."]}
    assert not Reading.objects.exists()
    record(case, 4503, sure="on")
    assert Reading.objects.get().reading == 4503


@pytest.mark.parametrize("reading", [3, 4502])
def test_a_first_reading_within_what_is_expected_is_taken_at_once(case: Application, reading: int) -> None:
    """NC-13: nothing used on the day of water on is nothing to doubt."""
    record(case, reading)
    assert Reading.objects.get().reading == reading


def test_a_first_reading_below_the_meters_own_offers_no_box_that_the_form_lacks(case: Application) -> None:
    """NC-13."""
    with pytest.raises(BadInput) as refused:
        record(case, 2)
    (sentence,) = refused.value.errors["reading"]
    assert sentence.endswith("Read it again.")
    assert "rolled over" not in sentence


def test_once_it_is_taken_the_first_reading_is_no_longer_offered(case: Application) -> None:
    """NC-13."""
    reader = colleague(Role.BUSINESS_CLERK)
    assert "record_first_reading" in {task.name for task in CasePage(case, reader).tasks}
    case = record(case, 5)
    assert "record_first_reading" not in {task.name for task in CasePage(case, reader).tasks}
    with pytest.raises(NotHere):
        record(case, 6)
