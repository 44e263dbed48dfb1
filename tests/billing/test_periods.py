"""Reading periods by billing cycle."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import BillingCycle
from billing import periods

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
CYCLES = st.sampled_from(BillingCycle.values)


@pytest.mark.parametrize(
    ("cycle", "day", "start", "end"),
    [
        ("monthly", date(2026, 2, 14), date(2026, 2, 1), date(2026, 2, 28)),
        ("odd_months", date(2026, 10, 2), date(2026, 10, 1), date(2026, 11, 30)),
        ("odd_months", date(2026, 11, 2), date(2026, 10, 1), date(2026, 11, 30)),
        ("odd_months", date(2027, 1, 31), date(2026, 12, 1), date(2027, 1, 31)),
        ("even_months", date(2026, 10, 2), date(2026, 9, 1), date(2026, 10, 31)),
        ("even_months", date(2026, 12, 31), date(2026, 11, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_ends_with_the_month_in_which_it_is_read(cycle: str, day: date, start: date, end: date) -> None:
    period = periods.period_of(cycle, day)
    assert (period.start, period.end) == (start, end)


@given(CYCLES, DAYS)
def test_every_day_lies_in_one_period_and_periods_follow_each_other(cycle: str, day: date) -> None:
    period = periods.period_of(cycle, day)
    assert period.start <= day <= period.end
    assert period == periods.period_of(cycle, period.start) == periods.period_of(cycle, period.end)
    assert periods.before(cycle, period).end == period.start - timedelta(days=1)
    assert periods.after(cycle, period).start == period.end + timedelta(days=1)
    assert periods.named_period(cycle, period.key) == period


def test_a_period_says_its_months() -> None:
    assert periods.period_of("monthly", date(2026, 10, 5)).name == "2026-10"
    assert periods.period_of("even_months", date(2026, 10, 5)).name == "2026-09 – 2026-10"


@pytest.mark.parametrize("month", ["2026", "2026-13", "2026-1", "26-01", "２０２６-01", "x"])
def test_what_is_no_month_is_refused(month: str) -> None:
    with pytest.raises(ValidationError):
        periods.named_period("monthly", month)
