"""The page of the calendar and the preview of a notice, as people read them."""

import re
from datetime import date

import pytest
from django.test import Client

from accounts.roles import Role
from applications.tour.cast import colleague
from tests.waterservice.test_notice_prose import OF_2026
from waterservice.calendar import calendar

pytestmark = [pytest.mark.embedded, pytest.mark.django_db]
NOTICE = {"year": 2026, "title": "放假通知（演示）", "text": OF_2026}


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(colleague(Role.ADMINISTRATOR))
    return client


def test_a_notice_pasted_as_published_that_says_what_is_known_changes_nothing(admin: Client) -> None:
    page = admin.post("/calendar/notice/", NOTICE).content.decode()
    assert "0 days change" in page
    assert "None: the calendar has the same working days and days off already." in page
    assert "another name" not in page


def test_only_days_that_change_are_listed_and_names_apart(admin: Client) -> None:
    text = OF_2026.replace("5月1日～5日放假调休，共5天", "5月1日～4日放假调休，共4天").replace("清明节", "清明假期")
    page = admin.post("/calendar/notice/", {**NOTICE, "text": text}).content.decode()
    changes, names = page.split("<details", 1)
    assert "1 day changes" in changes
    assert re.findall(r"<td>(2026-\d\d-\d\d)", changes) == ["2026-05-05"]
    assert "3 days only bear another name" in names
    assert re.findall(r"<li>(2026-\d\d-\d\d)", names) == ["2026-04-04", "2026-04-05", "2026-04-06"]


def test_the_fault_of_a_sentence_is_named_in_the_form(admin: Client) -> None:
    wrong = OF_2026.replace("1月4日（周日）", "1月4日（周一）")
    answer = admin.post("/calendar/notice/", {**NOTICE, "text": wrong})
    assert answer.status_code == 422
    assert "Line 1: 2026-01-04 is a 星期日, not a 星期一. Is the year right?" in answer.content.decode()


def test_versions_are_listed_with_who_and_when(admin: Client) -> None:
    page = admin.get("/calendar/?year=2026").content.decode()
    assert "which come with the program" in page
    admin.post("/calendar/notice/", {**NOTICE, "apply": "yes"})
    admin.post("/calendar/notice/", {**NOTICE, "title": "调整通知（演示）", "apply": "yes"})
    page = admin.get("/calendar/?year=2026").content.decode()
    newest = page.index("version 2")
    assert newest < page.index("in force", newest) < page.index("调整通知（演示）") < page.index("version 1")
    assert page.count(f"<td>{colleague(Role.ADMINISTRATOR)}</td>") == 2
    assert "which come with the program" not in page
    assert calendar().is_working(date(2026, 10, 10))


def test_both_forms_stand_between_the_year_and_the_versions_and_explain_both_ways(admin: Client) -> None:
    page = admin.get("/calendar/?year=2026").content.decode()
    notice, day = page.index('action="/calendar/notice/"'), page.index('action="/calendar/day/"')
    assert page.index('class="year-grid') < notice < day < page.index("Where these days come from")
    assert "一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。" in page
    assert "2026-10-01~2026-10-07,休,国庆节" in page


def test_an_estimated_year_says_where_its_days_come_from(client: Client) -> None:
    client.force_login(colleague(Role.COUNTER_CLERK))
    page = client.get("/calendar/?year=2040").content.decode()
    assert "Estimated from the statutory days off until the notice is entered." in page
    assert "estimated day off" in page
    assert "/calendar/notice/" not in page
