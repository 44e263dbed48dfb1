from datetime import date, timedelta
from typing import Any

import chinese_calendar
import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from waterservice.calendar import DayEntry, calendar, enter_notice, remove_calendar_day, set_calendar_days
from waterservice.models import CalendarDay
from waterservice.statutory import statutory_days

pytestmark = [pytest.mark.django_db, pytest.mark.embedded]

NEXT = max(chinese_calendar.holidays).year + 1  # the first year whose notice the library lacks


@pytest.mark.parametrize(
    ("start", "after_5", "after_7"),
    [
        ("2024-02-09", "2024-02-22", "2024-02-26"),
        ("2025-09-26", "2025-10-10", "2025-10-13"),
        ("2025-12-31", "2026-01-08", "2026-01-12"),
        ("2026-09-30", "2026-10-13", "2026-10-15"),
    ],
)
def test_periods_around_the_long_holidays(start: str, after_5: str, after_7: str) -> None:
    day = date.fromisoformat(start)
    assert calendar().add_working_days(day, 5).isoformat() == after_5
    assert calendar().add_working_days(day, 7).isoformat() == after_7


@pytest.mark.parametrize(("year", "count"), [(2024, 251), (2025, 248), (2026, 248)])
def test_years_have_as_many_working_days_as_the_notices_give(year: int, count: int) -> None:
    assert calendar().working_days_between(date(year - 1, 12, 31), date(year, 12, 31)) == count


def test_new_years_eve_was_worked_in_2024_and_is_off_from_2025() -> None:
    assert calendar().is_working(date(2024, 2, 9))
    assert not calendar().is_working(date(2025, 1, 28))
    assert not calendar().is_working(date(2026, 2, 16))


def test_published_years_agree_with_the_library() -> None:
    kept = calendar()

    @settings(max_examples=60)
    @given(st.dates(date(2004, 1, 1), date(NEXT - 1, 12, 31)))
    def agree(day: date) -> None:
        assert kept.is_working(day) == chinese_calendar.is_workday(day)

    agree()


def test_days_bear_their_reasons() -> None:
    note = calendar().note
    assert note(date(2026, 10, 1)).reason == "National Day"
    assert note(date(2026, 10, 10)).reason == "Make-up day for National Day"
    assert note(date(2026, 10, 10)).working


def test_years_without_a_notice_are_estimated_from_their_statutory_days() -> None:
    kept = calendar()
    assert not kept.provisional(date(NEXT - 1, 12, 1))
    assert kept.provisional(date(NEXT, 6, 1))
    off = statutory_days(NEXT)
    for day in (date(NEXT, 1, 1) + timedelta(days=n) for n in range(365)):
        assert kept.is_working(day) == (day.weekday() < 5 and day not in off)
        assert kept.note(day).reason == off.get(day, kept.note(day).reason)


def test_the_administrators_day_goes_before_the_notice(clerk: Any) -> None:
    day = date(2026, 10, 16)
    assert calendar().is_working(day)
    set_calendar_days(days=[DayEntry(day, False, "台风停工")], source="市府通告〔2026〕9号", by=clerk)
    assert not calendar().is_working(day)
    assert calendar().note(day).reason == "台风停工"
    assert not calendar().provisional(day)


def test_one_corrected_day_does_not_make_a_year_announced(clerk: Any) -> None:
    set_calendar_days(days=[DayEntry(date(NEXT, 3, 1), False, "停工")], source="", by=clerk)
    assert calendar().provisional(date(NEXT, 3, 1))


def the_notice(year: int, *more: DayEntry) -> list[DayEntry]:
    """A whole notice: New Year's Day, a week in October, and what else is said."""
    week = [DayEntry(date(year, 10, 1) + timedelta(days=n), False, "国庆节") for n in range(7)]
    return [DayEntry(date(year, 1, 1), False, "元旦"), *week, *more]


def test_a_whole_notice_replaces_the_estimate_of_its_year(clerk: Any) -> None:
    """Whatever the notice does not name follows the plain week, statutory day or not."""
    statutory_weekday = next(day for day in statutory_days(NEXT) if day.weekday() < 5 and 1 < day.month < 10)
    assert not calendar().is_working(statutory_weekday)
    enter_notice(year=NEXT, title="国办发明电", text="全文", days=the_notice(NEXT), by=clerk)
    assert not calendar().provisional(date(NEXT, 6, 1))
    assert calendar().provisional(date(NEXT + 1, 6, 1))
    assert calendar().is_working(statutory_weekday)


def test_a_later_version_takes_back_what_it_no_longer_names(clerk: Any) -> None:
    """A notice amended in the middle of the year; a day entered by itself stays."""
    spring, storm = date(NEXT, 4, 6), date(NEXT, 7, 20)
    set_calendar_days(days=[DayEntry(storm, False, "台风停工")], source="", by=clerk)
    first = [*the_notice(NEXT), DayEntry(spring, False, "清明节")]
    enter_notice(year=NEXT, title="第一版", text="全文", days=first, by=clerk)
    assert not calendar().is_working(spring)
    second = enter_notice(year=NEXT, title="第二版", text="全文", days=the_notice(NEXT), by=clerk)
    assert second.version == 2
    assert calendar().is_working(spring)
    assert not calendar().is_working(storm)


def test_a_notice_replaces_the_librarys_year_too(clerk: Any) -> None:
    enter_notice(year=2026, title="修订", text="全文", days=the_notice(2026), by=clerk)
    assert calendar().is_working(date(2026, 2, 17))
    assert not calendar().is_working(date(2026, 2, 14))
    assert not calendar().is_working(date(2025, 10, 6))


def test_an_entered_day_can_be_corrected_and_taken_back_with_its_history_kept(clerk: Any) -> None:
    day = date(2026, 11, 2)
    set_calendar_days(days=[DayEntry(day, False, "停工")], source="", by=clerk)
    (row,) = set_calendar_days(days=[DayEntry(day, True, "照常")], source="更正", by=clerk)
    assert calendar().is_working(day)
    assert CalendarDay.objects.get() == row
    remove_calendar_day(day=day, by=clerk)
    assert calendar().note(day).reason == "Working day"
    history = CalendarDay.history.order_by("history_id")
    assert [(past.history_type, past.working, past.history_user) for past in history] == [
        ("+", False, clerk),
        ("~", True, clerk),
        ("-", True, clerk),
    ]


def test_a_day_by_itself_goes_before_its_notice_and_leaves_it_as_it_was(clerk: Any) -> None:
    day = date(NEXT, 10, 1)
    enter_notice(year=NEXT, title="第一版", text="全文", days=the_notice(NEXT), by=clerk)
    set_calendar_days(days=[DayEntry(day, True, "抢修")], source="", by=clerk)
    assert calendar().note(day).reason == "抢修"
    enter_notice(year=NEXT, title="第二版", text="全文", days=the_notice(NEXT), by=clerk)
    assert calendar().note(day).reason == "抢修"
    remove_calendar_day(day=day, by=clerk)
    assert (calendar().is_working(day), calendar().note(day).reason) == (False, "国庆节")


def test_what_is_counted_through_an_estimated_year_is_an_estimate(clerk: Any) -> None:
    """Also when the year in which it ends has its notice."""
    enter_notice(year=NEXT + 1, title="提前", text="全文", days=the_notice(NEXT + 1), by=clerk)
    assert not calendar().provisional(date(NEXT + 1, 1, 11))
    assert calendar().provisional_between(date(NEXT, 9, 20), date(NEXT + 1, 1, 11))
    assert not calendar().provisional_between(date(NEXT + 1, 1, 4), date(NEXT + 1, 1, 11))


def test_an_estimate_makes_up_for_holidays_that_fall_on_a_weekend() -> None:
    """2028: New Year's Day is a Saturday, Mid-autumn falls on the third day of National Day."""
    off = {day for day in statutory_days(2028) if day.weekday() < 5}
    assert len(off) == 13
    assert {date(2028, 1, 3), date(2028, 10, 4)} <= off


@pytest.mark.parametrize("name", ["", "停\x07工", "停" * 61])
def test_a_day_without_a_proper_name_is_refused_with_the_rest_of_the_notice(clerk: Any, name: str) -> None:
    days = [DayEntry(date(2026, 11, 2), False, "停工"), DayEntry(date(2026, 11, 3), False, name)]
    with pytest.raises(ValidationError):
        set_calendar_days(days=days, source="", by=clerk)
    assert not CalendarDay.objects.exists()


def test_the_calendar_costs_one_query(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        kept = calendar()
        for n in range(1, 50):
            kept.add_working_days(date(2026, 1, 1), n)
