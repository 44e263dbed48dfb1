"""The meter that is reported with the completion is one that an account can be given (NC-7, NC-12)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts import services as accounts
from accounts.models import MeterAccount
from accounts.roles import Role
from applications.engine.doors import perform, work
from applications.engine.refusals import BadInput, Unmet
from applications.models import Application
from applications.stages import Stage
from applications.tour.cast import colleague
from applications.tour.new_connection import Tour
from tests.applications.paper_files import taken_over

TourTo = Callable[..., Tour]


def reported(case: Application, **changes: Any) -> Application:
    values = {
        "completed_on": timezone.localdate(),
        "meter_number": "YS00000021",
        "calibre": 50,
        "meter_position": "门前表井",
        "digits": 5,
        "first_reading": 3,
    }
    return work(case, "record_completion", by=colleague(Role.CONSTRUCTION_UNIT), data=values | changes)


def other_account(case: Application, number: str) -> MeterAccount:
    """Another account at the same place, in use, with a meter of that number."""
    clerk, today = colleague(Role.COUNTER_CLERK), timezone.localdate()
    account = accounts.open_account(
        holder=case.applicant, premises=case.premises, kind_of_use="residential", cycle="monthly", by=clerk
    )
    accounts.set_meter(account=account, number=number, calibre=50, first_reading=0, installed_on=today, by=clerk)
    return accounts.activate_account(account=account, on=today, by=clerk)


def test_the_number_of_another_accounts_meter_is_refused_with_the_completion(tour_to: TourTo) -> None:
    case = tour_to(Stage.CONSTRUCTION).case
    other_account(case, "YS00000020")
    with pytest.raises(BadInput, match="installed elsewhere") as refused:
        reported(case, meter_number="YS00000020")
    assert list(refused.value.errors) == ["meter_number"]
    reported(case)


def test_a_reading_beyond_the_register_is_refused_with_the_completion(tour_to: TourTo) -> None:
    case = tour_to(Stage.CONSTRUCTION).case
    with pytest.raises(BadInput, match="0 to 99999") as refused:
        reported(case, first_reading=123456)
    assert list(refused.value.errors) == ["first_reading"]
    reported(case, digits=6, first_reading=123456)


def test_the_digits_of_a_register_must_be_told(tour_to: TourTo) -> None:
    case = tour_to(Stage.CONSTRUCTION).case
    for digits in ("", 3, 9):
        with pytest.raises(BadInput) as refused:
            reported(case, digits=digits)
        assert list(refused.value.errors) == ["digits"]


def with_digits(tour: Tour, digits: int) -> Tour:
    """A tour whose construction unit tells so many digits."""
    plain = tour._at_construction

    def told() -> Any:
        step, [(name, values, files)] = plain()
        return step, [(name, {**values, "digits": digits}, files)]

    tour._at_construction = told  # type: ignore[method-assign]
    return tour


def play_on(tour: Tour, stage: Stage) -> Tour:
    while tour.case.stage != stage:
        tour.pass_stage()
    return tour


def test_the_accounts_meter_has_the_digits_of_the_completion(tour_to: TourTo) -> None:
    """A large meter that turns at ten million is not reckoned to turn at a hundred thousand."""
    tour = play_on(with_digits(tour_to(Stage.CONSTRUCTION), 7), Stage.WATER_ON)
    assert tour.case.account.meter.digits == 7
    builder, clerk = colleague(Role.DESIGNER), colleague(Role.COUNTER_CLERK)
    back = {"to": Stage.CONSTRUCTION, "reason": "表盘位数有误"}
    tour.case = perform(tour.case, "send_back", by=builder, data=back)
    play_on(with_digits(tour, 6), Stage.SUPPLY_AGREEMENT)
    with pytest.raises(Unmet, match="earlier meter"):
        perform(tour.case, "conclude_supply_agreement", by=clerk)
    tour.case = work(tour.case, "take_over_meter", by=clerk)
    assert tour.case.account.meter.digits == 6


@pytest.mark.django_db
@pytest.mark.usefixtures("plain_papers")
@pytest.mark.parametrize(("said", "kept"), [("7", 7), ("", 5)])
def test_a_paper_file_may_tell_the_digits(said: str, kept: int) -> None:
    case = taken_over(Stage.FIRST_READING, construction__digits=said)
    assert case.account.meter.digits == kept
