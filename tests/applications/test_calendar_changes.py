"""A notice that comes out, or is amended, moves every open due moment and says so."""

from collections.abc import Callable
from datetime import date

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from applications.calendar_changes import apply_day, retime_open_cases
from applications.engine.doors import perform
from applications.models import Application, StaffNotice
from applications.stages import Stage
from applications.tour.cast import colleague
from applications.tour.new_connection import Tour
from tests.applications.test_clocks import at, local, surveyed_at
from waterservice.calendar import DayEntry, calendar
from waterservice.models import CalendarDay, CalendarNotice

TourTo = Callable[..., Tour]
pytestmark = [pytest.mark.embedded, pytest.mark.usefixtures("everybody")]
STORM = DayEntry(date(2026, 3, 5), False, "暴雨停工")


@pytest.fixture
def admin(client: Client, db: None) -> Client:
    client.force_login(colleague(Role.ADMINISTRATOR))
    return client


def notice_of(year: int, *lines: str) -> str:
    return "\n".join([f"{year}-01-01~{year}-01-03,休,元旦", f"{year}-10-01~{year}-10-07,休,国庆节", *lines])


def unannounced_year() -> int:
    return next(year for year in range(2026, 2050) if calendar().provisional(date(year, 6, 1)))


def test_a_single_day_moves_open_due_moments_and_nothing_else(tour_to: TourTo) -> None:
    """Survey due on Thursday 12 March; the 5th is declared a day off by the city."""
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    revision = case.revision
    with time_machine.travel(at("2026-03-04 10:00"), tick=False):
        (moved,) = apply_day(entry=STORM, source="市府通告", by=colleague(Role.ADMINISTRATOR))
        case = Application.objects.get(pk=case.pk)
    assert [found.clock.stage for found in moved.moved] == [Stage.SURVEY]
    assert local(case.due_at) == "2026-03-13 17:00"
    assert case.revision == revision
    entry = case.timeline.latest("pk")
    assert (entry.action, entry.automatic) == ("retime", True)
    assert "due 2026-03-13 17:00 instead of 2026-03-12 17:00" in entry.note
    notice = StaffNotice.objects.get()
    assert (notice.recipient, notice.about, notice.automatic) == (colleague(Role.DESIGNER), "moved", True)


def test_what_does_not_move_is_not_written(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    entries = case.timeline.count()
    with time_machine.travel(at("2026-03-04 10:00"), tick=False):
        assert retime_open_cases(cause="nothing") == []
        later = DayEntry(date(2026, 6, 3), False, "停工")
        assert apply_day(entry=later, source="", by=colleague(Role.ADMINISTRATOR)) == []
    assert case.timeline.count() == entries


def test_finished_clocks_keep_their_due_moment(tour_to: TourTo) -> None:
    with time_machine.travel(at("2026-03-03 10:00"), tick=False):
        case = tour_to(Stage.PERMITS).case
    with time_machine.travel(at("2026-03-04 10:00"), tick=False):
        apply_day(entry=STORM, source="", by=colleague(Role.ADMINISTRATOR))
    assert local(case.clocks.get(stage=Stage.SURVEY).due_at) == "2026-03-12 17:00"


def test_a_suspended_case_takes_the_change_in_when_it_goes_on(tour_to: TourTo) -> None:
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    designer = colleague(Role.DESIGNER)
    with time_machine.travel(at("2026-03-09 10:00"), tick=False):
        data = {"kind": "other", "reason": "等用户", "awaited": "进场时间"}
        case = perform(case, "suspend", by=designer, data=data)
        assert apply_day(entry=STORM, source="", by=colleague(Role.ADMINISTRATOR)) == []
    with time_machine.travel(at("2026-03-10 10:00"), tick=False):
        case = perform(Application.objects.get(pk=case.pk), "resume", by=designer)
    assert local(case.due_at) == "2026-03-17 17:00"  # 4, 6, then 11 to 17: the 5th, 9th and 10th do not count


def test_a_date_in_a_year_without_a_notice_is_provisional_until_it_is_entered(admin: Client, tour_to: TourTo) -> None:
    year = unannounced_year()
    case = surveyed_at(tour_to, f"{year - 1}-12-28 10:00")
    assert case.clocks.get(stage=Stage.SURVEY).provisional
    assert case.provisional
    with time_machine.travel(at(f"{year - 1}-12-29 10:00"), tick=False):
        admin.force_login(colleague(Role.ADMINISTRATOR))  # the session is of that year too
        text = notice_of(year)
        preview = admin.post("/calendar/notice/", {"year": year, "title": "放假通知", "text": text})
        assert preview.status_code == 200
        assert CalendarNotice.objects.count() == 0
        assert Application.objects.get(pk=case.pk).due_at == case.due_at
        entered = admin.post("/calendar/notice/", {"year": year, "title": "放假通知", "text": text, "apply": "yes"})
        assert entered["Location"] == f"/calendar/?year={year}"
    clock = case.clocks.get(stage=Stage.SURVEY)
    assert not clock.provisional
    assert not Application.objects.get(pk=case.pk).provisional
    notice = CalendarNotice.objects.get()
    assert (notice.version, notice.entered_by) == (1, colleague(Role.ADMINISTRATOR))


def test_a_second_notice_is_shown_as_a_difference_first(admin: Client) -> None:
    year = unannounced_year()
    first = {"year": year, "title": "放假通知", "text": notice_of(year)}
    admin.post("/calendar/notice/", {**first, "apply": "yes"})
    second = {**first, "title": "调整通知", "text": notice_of(year, f"{year}-05-01,休,劳动节")}
    page = admin.post("/calendar/notice/", second).content.decode()
    assert "放假通知" in page
    assert f"{year}-05-01" in page
    admin.post("/calendar/notice/", {**second, "apply": "yes"})
    assert list(CalendarNotice.objects.values_list("version", flat=True)) == [2, 1]
    assert not calendar().is_working(date(year, 5, 1))


def test_a_file_saved_by_excel_in_china_is_read(admin: Client) -> None:
    year = unannounced_year()
    file = SimpleUploadedFile("notice.csv", notice_of(year).encode("gb18030"))
    page = admin.post("/calendar/notice/", {"year": year, "title": "放假通知", "file": file})
    assert "国庆节" in page.content.decode()


def test_a_faulty_notice_keeps_what_was_typed(admin: Client) -> None:
    answer = admin.post("/calendar/notice/", {"year": 2027, "title": "通知", "text": "明天,休,春节"})
    assert answer.status_code == 422
    assert "明天,休,春节" in answer.content.decode()
    assert "Line 1" in answer.content.decode()
    assert admin.post("/calendar/notice/", {"year": 2027, "title": "通知"}).status_code == 422


def test_one_day_is_entered_and_taken_back_on_the_calendars_page(admin: Client) -> None:
    day = {"day": "2026-03-05", "working": "", "name": "暴雨停工", "source": "市府通告"}
    assert admin.post("/calendar/day/", day).status_code == 302
    assert not calendar().is_working(date(2026, 3, 5))
    row = CalendarDay.objects.get()
    assert "暴雨停工" in admin.get("/calendar/?year=2026").content.decode()
    assert admin.post("/calendar/day/take-back/", {"row": row.pk}).status_code == 302
    assert calendar().is_working(date(2026, 3, 5))
    assert admin.post("/calendar/day/take-back/", {"row": row.pk}).status_code == 404
    assert admin.post("/calendar/day/", {**day, "day": "31. Juni"}).status_code == 422


def test_everybody_looks_at_the_calendar_and_only_the_administrator_changes_it(client: Client, db: None) -> None:
    client.force_login(colleague(Role.COUNTER_CLERK))
    page = client.get("/calendar/?year=2026")
    assert page.status_code == 200
    assert "248 working days" in page.content.decode()
    assert client.post("/calendar/notice/", {"year": 2026}).status_code == 403
    assert client.post("/calendar/day/", {}).status_code == 403
    assert client.get("/calendar/?year=1900").status_code == 404


@pytest.mark.parametrize("day", ["1999-01-01", "2051-05-01", "9999-12-31", "0001-01-01", "9999-99-99"])
def test_a_single_day_that_the_calendar_does_not_cover_is_refused_in_the_form(admin: Client, day: str) -> None:
    answer = admin.post(reverse("applications:calendar-day"), {"day": day, "name": "台风"})
    assert answer.status_code == 422
    assert "台风" in answer.content.decode()
    assert not CalendarDay.objects.exists()


@pytest.mark.parametrize("year", ["1999", "2060", "abcd", "99999"])
def test_a_notice_for_a_year_without_a_calendar_is_refused_in_the_form(admin: Client, year: str) -> None:
    answer = admin.post(reverse("applications:calendar-notice"), {"year": year, "title": "通知", "text": "元旦"})
    assert answer.status_code == 422


def test_a_file_with_a_nul_is_refused(admin: Client) -> None:
    upload = SimpleUploadedFile("n.csv", "# a\x00b\n2030-01-01,休,元旦".encode())
    answer = admin.post(reverse("applications:calendar-notice"), {"year": "2030", "title": "通知", "file": upload})
    assert answer.status_code == 422


def test_a_limit_that_a_notice_ends_before_its_standstill_began_is_told(tour_to: TourTo) -> None:
    """Survey due on 12 March, suspended that day; a make-up Saturday before makes it due on the 11th."""
    case = surveyed_at(tour_to, "2026-03-03 10:00")
    with time_machine.travel(at("2026-03-12 10:00"), tick=False):
        data = {"kind": "other", "reason": "等用户", "awaited": "进场时间"}
        case = perform(case, "suspend", by=colleague(Role.DESIGNER), data=data)
        apply_day(entry=DayEntry(date(2026, 3, 7), True, "调休上班"), source="", by=colleague(Role.DESIGNER))
    entry = case.timeline.latest("pk")
    assert (entry.action, entry.automatic) == ("retime", True)
    assert "stand still" in entry.note
