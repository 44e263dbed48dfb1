from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waterservice.workdays import WEEKDAY, WEEKEND, Calendar, DayNote, Pause, merged, passing_days

YEARS = range(2019, 2032)
# A short National Day: Thursday and Friday off, the Saturday after worked.
OVERRIDES = {
    date(2026, 10, 1): (False, "National Day"),
    date(2026, 10, 2): (False, "National Day"),
    date(2026, 10, 10): (True, "Make-up day"),
}


@pytest.fixture
def calendar() -> Calendar:
    return Calendar(OVERRIDES, years=YEARS, announced=range(2019, 2027))


def test_the_day_of_the_event_is_not_counted(calendar: Calendar) -> None:
    """Civil Code art. 201."""
    monday = date(2026, 10, 12)
    assert calendar.add_working_days(monday, 1) == date(2026, 10, 13)
    assert calendar.working_days_between(monday, monday) == 0
    assert [note.day for note in calendar.explain(monday, date(2026, 10, 13))] == [date(2026, 10, 13)]


def test_counting_may_begin_on_a_day_off(calendar: Calendar) -> None:
    saturday = date(2026, 10, 17)
    assert calendar.add_working_days(saturday, 1) == date(2026, 10, 19)


def test_holidays_are_skipped_and_make_up_weekends_count(calendar: Calendar) -> None:
    wednesday = date(2026, 9, 30)
    assert calendar.add_working_days(wednesday, 1) == date(2026, 10, 5)
    assert calendar.add_working_days(wednesday, 6) == date(2026, 10, 10)
    assert calendar.add_working_days(wednesday, 7) == date(2026, 10, 12)


def test_calendar_days_that_end_on_a_day_off_move_to_the_next_working_day(calendar: Calendar) -> None:
    """Civil Code art. 203."""
    assert calendar.add_calendar_days(date(2026, 9, 24), 7) == date(2026, 10, 5)
    assert calendar.add_calendar_days(date(2026, 9, 30), 10) == date(2026, 10, 10)
    assert calendar.add_calendar_days(date(2026, 9, 14), 30) == date(2026, 10, 14)


def test_an_explanation_names_every_day_with_its_reason(calendar: Calendar) -> None:
    assert calendar.explain(date(2026, 9, 30), date(2026, 10, 5)) == [
        DayNote(date(2026, 10, 1), False, "National Day", False),
        DayNote(date(2026, 10, 2), False, "National Day", False),
        DayNote(date(2026, 10, 3), False, WEEKEND, False),
        DayNote(date(2026, 10, 4), False, WEEKEND, False),
        DayNote(date(2026, 10, 5), True, WEEKDAY, False),
    ]


def test_days_that_a_later_notice_can_change_are_provisional(calendar: Calendar) -> None:
    assert not calendar.provisional(date(2026, 12, 28))
    # As the notice of 2019 did with 31 December 2018, that of 2027 may reach back into 2026.
    assert calendar.provisional(date(2026, 12, 29))
    assert calendar.provisional(date(2027, 6, 1))
    assert calendar.note(date(2027, 6, 1)).provisional


@pytest.mark.parametrize("n", [0, -1, 3661, 10_000])
def test_a_period_of_no_or_too_many_days_is_refused(calendar: Calendar, n: int) -> None:
    with pytest.raises(ValueError, match=f"1 to 3660 days, not {n}"):
        calendar.add_working_days(date(2020, 1, 1), n)
    with pytest.raises(ValueError, match=f"1 to 3660 days, not {n}"):
        calendar.add_calendar_days(date(2020, 1, 1), n)


def test_the_longest_period_is_taken(calendar: Calendar) -> None:
    assert calendar.add_calendar_days(date(2020, 1, 1), 3660) == date(2030, 1, 8)


@pytest.mark.parametrize("day", [date(2018, 12, 31), date(2032, 1, 1)])
def test_days_outside_the_calendar_are_refused(calendar: Calendar, day: date) -> None:
    for ask in (calendar.is_working, calendar.note, calendar.provisional):
        with pytest.raises(ValueError, match="The calendar covers 2019-01-01 to 2031-12-31"):
            ask(day)
    with pytest.raises(ValueError, match="The calendar covers"):
        calendar.add_working_days(day, 1)


def test_a_period_that_ends_after_the_calendar_is_refused(calendar: Calendar) -> None:
    for add in (calendar.add_working_days, calendar.add_calendar_days):
        with pytest.raises(ValueError, match="where the calendar ends"):
            add(date(2031, 12, 30), 3)


def test_an_end_before_the_start_is_refused(calendar: Calendar) -> None:
    for ask in (calendar.working_days_between, calendar.explain):
        with pytest.raises(ValueError, match="lies before the start"):
            ask(date(2026, 10, 2), date(2026, 10, 1))


def test_a_moment_is_no_day(calendar: Calendar) -> None:
    """A datetime is a date to Python, but which day it is depends on the time zone."""
    with pytest.raises(TypeError):
        calendar.add_working_days(datetime(2026, 10, 1, 23, 30), 1)  # noqa: DTZ001


# --- against a slow oracle that walks day by day ---

DECADES = range(2003, 2033)  # a year of room before 2004 and two behind 2030
days = st.dates(date(2004, 1, 1), date(2030, 12, 31))
overrides = st.dictionaries(days, st.tuples(st.booleans(), st.just("notice")), max_size=60)
counts = st.integers(1, 60)


def works(notice: dict[date, tuple[bool, str]], day: date) -> bool:
    return notice[day][0] if day in notice else day.isoweekday() <= 5


@given(overrides, days, counts)
def test_working_days_agree_with_walking(notice: dict[date, tuple[bool, str]], start: date, n: int) -> None:
    calendar = Calendar(notice, years=DECADES, announced=DECADES)
    day, left = start, n
    while left:
        day += timedelta(days=1)
        left -= works(notice, day)
    due = calendar.add_working_days(start, n)
    assert due == day
    assert calendar.is_working(due)
    assert calendar.working_days_between(start, due) == n
    assert sum(note.working for note in calendar.explain(start, due)) == n


@given(overrides, days, counts)
def test_calendar_days_agree_with_walking(notice: dict[date, tuple[bool, str]], start: date, n: int) -> None:
    calendar = Calendar(notice, years=DECADES, announced=DECADES)
    day = start + timedelta(days=n)
    while not works(notice, day):
        day += timedelta(days=1)
    assert calendar.add_calendar_days(start, n) == day


@given(overrides, days, counts, counts)
def test_adding_in_two_goes_is_adding_at_once(
    notice: dict[date, tuple[bool, str]], start: date, first: int, second: int
) -> None:
    calendar = Calendar(notice, years=DECADES, announced=DECADES)
    halfway = calendar.add_working_days(start, first)
    assert calendar.add_working_days(halfway, second) == calendar.add_working_days(start, first + second)


# --- pauses ---

pauses = st.lists(
    st.builds(lambda first, length: Pause(first, first + timedelta(days=length)), days, st.integers(0, 40))
)


def paused(stops: list[Pause], day: date) -> bool:
    return any(stop.first <= day <= stop.last for stop in stops)


@given(overrides, days, counts, pauses)
def test_working_days_with_pauses_agree_with_walking(
    notice: dict[date, tuple[bool, str]], start: date, n: int, stops: list[Pause]
) -> None:
    calendar = Calendar(notice, years=DECADES, announced=DECADES)
    day, left = start, n
    while left:
        day += timedelta(days=1)
        left -= works(notice, day) and not paused(stops, day)
    assert calendar.add_working_days(start, n, stops) == day
    assert calendar.working_days_between(start, day, stops) == n


@given(overrides, days, counts, pauses)
def test_calendar_days_with_pauses_agree_with_walking(
    notice: dict[date, tuple[bool, str]], start: date, n: int, stops: list[Pause]
) -> None:
    calendar = Calendar(notice, years=DECADES, announced=DECADES)
    day, left = start, n
    while left:
        day += timedelta(days=1)
        left -= not paused(stops, day)
    assert passing_days(start, n, stops) == day
    while not works(notice, day) or paused(stops, day):
        day += timedelta(days=1)
    assert calendar.add_calendar_days(start, n, stops) == day


@given(pauses)
def test_what_overlaps_counts_once(stops: list[Pause]) -> None:
    whole = {stop.first + timedelta(days=n) for stop in stops for n in range((stop.last - stop.first).days + 1)}
    once = merged(stops)
    assert sum((stop.last - stop.first).days + 1 for stop in once) == len(whole)
    assert all(first.last + timedelta(days=1) < second.first for first, second in pairwise(once))


@given(overrides, days, counts)
def test_going_back_finds_the_day_with_so_many_working_days_ahead(
    notice: dict[date, tuple[bool, str]], end: date, n: int
) -> None:
    calendar = Calendar(notice, years=DECADES, announced=DECADES)
    back = calendar.back_working_days(end, n)
    assert calendar.working_days_between(back, end) == n
    assert calendar.is_working(back)
