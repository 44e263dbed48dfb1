"""Reading a pasted or uploaded notice of holidays: every fault with its line, and what it would change."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from waterservice.calendar import enter_notice
from waterservice.notices import difference, parse_notice

NOTICE = """日期,类型,节日
# 国务院办公厅关于2030年部分节假日安排的通知（演示）
2030-01-01,休,元旦
2030-02-02~2030-02-08，休，春节
2030年2月10日,班,春节
2030/10/1～2030/10/7,放假,国庆节
2030-10-12,补班,国庆节
"""


def faults(text: str, year: int = 2030) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        parse_notice(text, year=year)
    return refused.value.messages


def test_days_and_spans_are_read_however_they_are_written() -> None:
    days = parse_notice(NOTICE, year=2030)
    assert len(days) == 1 + 7 + 1 + 7 + 1
    assert [entry.day for entry in days if entry.working] == [date(2030, 2, 10), date(2030, 10, 12)]
    assert {entry.name for entry in days if not entry.working} == {"元旦", "春节", "国庆节"}
    assert {entry.name for entry in days if entry.working} == {"春节调休上班", "国庆节调休上班"}


def test_the_mark_of_a_windows_file_and_tabs_do_no_harm() -> None:
    assert parse_notice("\ufeff" + NOTICE.replace(",", "\t"), year=2030) == parse_notice(NOTICE, year=2030)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2030-02-30,休,春节", "Line 1: “2030-02-30” is no day; write it like 2027-10-01."),
        ("明天,休,春节", "Line 1: “明天” is no day; write it like 2027-10-01."),
        ("2030-05-03~2030-05-01,休,劳动节", "Line 1: 2030-05-03~2030-05-01 ends before it starts."),
        ("2030-05-01~2030-06-30,休,劳动节", "Line 1: 2030-05-01~2030-06-30 is longer than any holiday."),
        ("2030-05-01,节日,劳动节", "Line 1: “节日” is neither 休 nor 班."),
        (f"2030-05-01,休,{'长' * 61}", f"Line 1: “{'长' * 60}” is too long a name for an occasion."),
        ("2030-05-01,休", "Line 1: Write the day, 休 or 班, and the occasion, with commas between them."),
        ("2031-05-01,休,劳动节", "Line 1: 2031-05-01 does not belong to the notice of 2030."),
        ("2030-05-02,班,劳动节", "Line 1: 2030-05-02 is no weekend: it is worked anyway. Leave the line out."),
    ],
)
def test_each_fault_is_named_with_its_line(line: str, said: str) -> None:
    assert said in faults(line)


def test_a_notice_that_makes_the_same_day_both_is_refused() -> None:
    assert faults(NOTICE + "2030-02-03,班,春节\n2030-02-04,休,春节\n") == [
        "Line 8: 2030-02-03 is both off and worked.",
        "Line 9: 2030-02-04 is named twice.",
    ]


@pytest.mark.parametrize("text", ["", "2030-05-01,休,劳动节"])
def test_a_text_that_is_no_whole_notice_is_refused(text: str) -> None:
    assert len(faults(text)) == 2


def test_an_endless_text_is_refused() -> None:
    assert faults("2030-01-01,休,元旦\n" * 5000) == ["A notice of one year is shorter than 20000 characters."]


@pytest.mark.django_db
def test_what_a_notice_changes_is_told_before_it_is_entered(clerk: Any) -> None:
    days = parse_notice(NOTICE, year=2030)
    changes = {change.before.day: change for change in difference(days, year=2030).days}
    make_up = changes[date(2030, 10, 12)]
    assert (make_up.before.working, make_up.after.working) == (False, True)
    assert make_up.before.provisional
    enter_notice(year=2030, title="通知", text=NOTICE, days=days, by=clerk)
    assert difference(days, year=2030).days == []
    amended = parse_notice(NOTICE.replace("2030-10-12,补班", "2030-10-13,补班"), year=2030)
    changed = [change.before.day for change in difference(amended, year=2030).days]
    assert changed == [date(2030, 10, 12), date(2030, 10, 13)]


# -- amendments, in the words in which they were published ------------------------------------------


def test_an_amendment_names_only_what_it_changes(clerk: Any) -> None:
    text = "一、2019年5月1日至4日放假调休，共4天。4月28日（星期日）、5月5日（星期日）上班。"
    days = {entry.day: entry.working for entry in parse_notice(f"调整2019年劳动节假期\n{text}", year=2019, amends=True)}
    assert [days[date(2019, 5, day)] for day in (1, 2, 3, 4, 5)] == [False, False, False, False, True]
    assert days[date(2019, 4, 28)]
    assert not days[date(2019, 10, 1)]


def test_a_holiday_is_extended(clerk: Any) -> None:
    """It was entered as ending on 30 January, with 1 February worked; the amendment makes it end on the 2nd."""
    first = [
        "2020-01-01,休,元旦",
        "2020-01-24~2020-01-30,休,春节",
        "2020-02-01,班,春节",
        "2020-10-01~2020-10-08,休,国庆节",
    ]
    enter_notice(year=2020, title="原", text="全文", days=parse_notice("\n".join(first), year=2020), by=clerk)
    text = "延长2020年春节假期至2月2日（农历正月初九，星期日），2月3日（星期一）起正常上班。"
    days = {entry.day: entry for entry in parse_notice(text, year=2020, amends=True)}
    assert [days[day].working for day in (date(2020, 1, 31), date(2020, 2, 1), date(2020, 2, 2))] == [False] * 3
    assert date(2020, 2, 3) not in days


def test_an_amendment_takes_a_weekday_out_of_a_holiday(db: None) -> None:
    text = "国庆节：10月7日（星期三）正常上班，10月8日（星期四）放假。"
    days = {entry.day: entry.working for entry in parse_notice(text, year=2026, amends=True)}
    assert (days[date(2026, 10, 7)], days[date(2026, 10, 8)]) == (True, False)


@pytest.mark.parametrize(
    "text",
    [
        "劳动节：取消5月9日（星期六）上班。",
        "劳动节：原定5月9日（星期六）上班改为休息。",
        "劳动节：将5月9日（星期六）上班调整为5月10日（星期日）上班。",
    ],
)
def test_an_amendment_that_says_what_holds_no_longer_is_not_read_as_its_opposite(db: None, text: str) -> None:
    with pytest.raises(ValidationError, match="what each day is now"):
        parse_notice(text, year=2026, amends=True)


def test_there_must_be_a_notice_to_amend(db: None) -> None:
    with pytest.raises(ValidationError, match="Enter the whole notice first"):
        parse_notice("劳动节：5月1日至4日放假。", year=2035, amends=True)


def test_an_amendment_that_names_no_day_is_refused(db: None) -> None:
    with pytest.raises(ValidationError, match="names no day"):
        parse_notice("各地区、各部门：请妥善安排。", year=2019, amends=True)
