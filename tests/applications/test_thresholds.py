"""Which requests the deputy general manager decides on is policy, read on the day of acceptance (NC-10)."""

from collections.abc import Callable
from datetime import date

import pytest
import time_machine

from applications.models import Application
from applications.stages import Kind, Stage
from applications.thresholds import EXECUTIVE_DECIDES, below_threshold
from applications.tour.new_connection import Tour
from tests.applications.test_clocks import at
from waterservice import policies

TourTo = Callable[..., Tour]


def test_new_connections_are_decided_on_and_other_kinds_are_not() -> None:
    """NC-10: new connections yes, others no."""
    assert {kind for kind, rule in EXECUTIVE_DECIDES.items() if rule.default} == {Kind.NEW_CONNECTION.value}
    assert set(EXECUTIVE_DECIDES) == set(Kind.values)


def approved_water_on(tour_to: TourTo, moment: str) -> Application:
    with time_machine.travel(at(moment), tick=False):
        return tour_to(Stage.WATER_ON).case


def test_a_kind_that_is_not_covered_passes_the_deputy_general_manager_by(tour_to: TourTo) -> None:
    covered = EXECUTIVE_DECIDES[Kind.NEW_CONNECTION.value]
    with time_machine.travel(at("2026-03-03 10:00"), tick=False):
        policies.set_policy(policy=covered, value=False, effective_from=date(2026, 3, 4), by=None)
    before, since = (approved_water_on(tour_to, moment) for moment in ("2026-03-03 11:00", "2026-03-04 11:00"))
    assert before.approvals.filter(subject="water_on").exists()
    assert not since.approvals.filter(subject="water_on").exists()
    with time_machine.travel(at("2026-03-05 10:00"), tick=False):  # each keeps the rule of its day
        assert not below_threshold(Application.objects.get(pk=before.pk))
        assert below_threshold(Application.objects.get(pk=since.pk))


@pytest.mark.parametrize("kind", [Kind.HOUSEHOLD_METERING, Kind.OWNERSHIP_TRANSFER])
def test_other_kinds_have_no_threshold_until_policy_says_so(
    tour_to: TourTo, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = tour_to(Stage.WATER_ON).case
    assert not below_threshold(case)
    monkeypatch.setattr(case, "kind", kind.value)
    assert below_threshold(case)
    today = case.rule_day
    policies.set_policy(policy=EXECUTIVE_DECIDES[kind.value], value=True, effective_from=today, by=None)
    assert not below_threshold(case)
