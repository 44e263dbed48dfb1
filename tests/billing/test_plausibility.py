"""What a reading can be, and what looks wrong about it."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from billing.plausibility import doubts, parse_reading, refuse_the_impossible, usage_between, usual

TURN = 10**5
FIGURES = st.integers(0, TURN - 1)


@pytest.mark.parametrize(("typed", "figure"), [("0", 0), (" 123 ", 123), ("１２３", 123), ("00045", 45)])
def test_whole_cubic_metres_are_read_as_they_are_typed(typed: str, figure: int) -> None:
    assert parse_reading(typed) == figure


@pytest.mark.parametrize(
    "typed", ["", "abc", "1e9", "NaN", "12.5", "1,200", "-5", "-0", "−5", "1" * 10, "十二", "²", "12³"]
)
def test_what_is_no_reading_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        parse_reading(typed)


def test_a_negative_figure_is_told_what_is_wrong_with_it() -> None:
    with pytest.raises(ValidationError, match="minus"):
        parse_reading("-5")


def refuse(**changes: Any) -> None:
    values: dict[str, Any] = {
        "reading": 120,
        "read_on": date(2026, 6, 1),
        "rolled_over": False,
        "last": 100,
        "last_on": date(2026, 5, 1),
        "turn": TURN,
        "today": date(2026, 6, 15),
    }
    refuse_the_impossible(**values | changes)


def test_what_can_have_happened_is_let_through() -> None:
    refuse()
    refuse(reading=100, read_on=date(2026, 5, 1))
    refuse(reading=99, rolled_over=True)
    refuse(reading=TURN - 1, read_on=date(2026, 6, 15))


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"reading": 99}, "reading", "100 m³ on 2026-05-01"),
        ({"reading": -1}, "reading", "99999"),
        ({"reading": TURN}, "reading", "99999"),
        ({"rolled_over": True}, "rolled_over", "did not roll over"),
        ({"reading": 100, "rolled_over": True}, "rolled_over", "did not roll over"),
        ({"read_on": date(2026, 6, 16)}, "read_on", "not come yet"),
        ({"read_on": date(2026, 4, 30)}, "read_on", "2026-05-01"),
    ],
)
def test_the_impossible_is_refused_beside_its_field(changes: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        refuse(**changes)
    assert list(refused.value.message_dict) == [field]
    assert words in refused.value.message_dict[field][0]


@given(FIGURES, st.integers(0, TURN - 1))
def test_usage_is_what_ran_through_whether_or_not_the_register_went_round(last: int, used: int) -> None:
    reading = (last + used) % TURN
    assert usage_between(last, reading, rolled_over=last + used >= TURN, turn=TURN) == used


def test_the_usual_is_the_mean_rounded_half_up() -> None:
    assert usual([]) is None
    assert usual([10, 11]) == 11
    assert usual([10, 10, 11]) == 10
    assert usual([0, 0, 0]) == 0


@pytest.mark.parametrize(
    ("usage", "recent", "doubted"),
    [
        (99, [10, 10, 10], False),
        (100, [10, 10, 10], True),
        (0, [10, 10, 10], True),
        (0, [0, 0, 0], False),
        (9, [0, 0, 0], False),
        (10, [0, 0, 0], True),
        (5000, [], False),
        (1, [10, 10, 10], False),
    ],
)
def test_ten_times_the_usual_and_nothing_at_all_are_doubted(usage: int, recent: list[int], doubted: bool) -> None:
    assert bool(doubts(usage, recent, factor=10)) == doubted


@pytest.mark.parametrize(("usage", "doubted"), [(0, False), (5999, False), (6000, True)])
def test_without_a_period_what_is_expected_a_month_is_the_usual(usage: int, doubted: bool) -> None:
    """NC-13."""
    assert bool(doubts(usage, [], factor=10, expected=600)) == doubted
    assert not doubts(6000, [600], factor=11, expected=1), "what was used says more than what was expected"


def test_of_a_part_of_a_period_only_too_much_is_doubted() -> None:
    """OT-7."""
    assert not doubts(0, [10], factor=10, whole=False)
    assert doubts(100, [10], factor=10, whole=False)


def test_the_factor_is_the_policys() -> None:
    assert doubts(50, [10], factor=5)
    assert not doubts(50, [10], factor=6)
