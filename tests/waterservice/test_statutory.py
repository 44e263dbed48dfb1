from datetime import date

import chinese_calendar
import pytest

from waterservice import statutory
from waterservice.statutory import BY_MOON_AND_SUN, statutory_days


@pytest.mark.parametrize("year", BY_MOON_AND_SUN)
def test_thirteen_working_days_of_a_year_are_off(year: int) -> None:
    """What falls on a weekend, or on another holiday, is made up for."""
    assert sum(day.weekday() < 5 for day in statutory_days(year)) == 13


def test_new_years_eve_and_the_second_of_may_are_off() -> None:
    days = statutory_days(2027)
    assert days[date(2027, 2, 5)] == statutory.SPRING_FESTIVAL  # eve
    assert days[date(2027, 2, 8)] == statutory.SPRING_FESTIVAL  # third day of the lunar year
    assert days[date(2027, 2, 10)] == statutory.SPRING_FESTIVAL  # for the second of its two weekend days
    assert date(2027, 2, 11) not in days
    assert days[date(2027, 5, 2)] == statutory.LABOUR_DAY


@pytest.mark.parametrize("year", BY_MOON_AND_SUN)
def test_tomb_sweeping_agrees_with_the_solar_terms(year: int) -> None:
    tomb_sweeping = min(day for day, name in statutory_days(year).items() if name == statutory.TOMB_SWEEPING)
    terms = dict(chinese_calendar.get_solar_terms(date(year, 4, 1), date(year, 4, 15)))
    assert terms[tomb_sweeping] == "清明"


def test_lunar_years_and_months_have_possible_lengths() -> None:
    """A lunar year has 353 to 355 or 383 to 385 days, and its festivals lie whole months of 29 or 30 days apart."""
    years = sorted(BY_MOON_AND_SUN)
    assert years == list(range(years[0], years[-1] + 1))
    starts = {year: date.fromisoformat(f"{year}-{BY_MOON_AND_SUN[year][0]}") for year in years}
    for year in years[:-1]:
        assert (starts[year + 1] - starts[year]).days in {353, 354, 355, 383, 384, 385}
    for year in years:
        _spring, _tomb_sweeping, dragon_boat, mid_autumn = BY_MOON_AND_SUN[year]
        to_dragon_boat = (date.fromisoformat(f"{year}-{dragon_boat}") - starts[year]).days
        to_mid_autumn = (date.fromisoformat(f"{year}-{mid_autumn}") - starts[year]).days
        assert to_dragon_boat - 4 in {*range(117, 120), *range(146, 150)}  # four or five months and four days
        assert to_mid_autumn - 14 in {*range(205, 209), *range(235, 239)}  # seven or eight and fourteen


def test_an_unknown_year_is_refused() -> None:
    with pytest.raises(KeyError):
        statutory_days(2051)
