"""The calendar of working days: everybody looks at it, the administrator enters notices and single days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import for_roles, signed_in
from accounts.roles import Role
from applications import calendar_changes
from applications.calendar_changes import MovedCase
from applications.forms.calendar import DayForm, NoticeForm
from applications.views.access import user_of
from waterservice import notices
from waterservice.calendar import calendar, published_years
from waterservice.models import CalendarDay, CalendarNotice
from waterservice.numbers import row_number
from waterservice.workdays import WEEKDAY, WEEKDAYS, WEEKEND, DayNote, as_weeks

SATURDAY = 5


@dataclass(frozen=True)
class Day:
    """A day of the year with how it looks."""

    note: DayNote
    look: str

    @classmethod
    def of(cls, note: DayNote) -> "Day":
        """Off although a weekday or a named holiday, worked although a weekend, a plain weekend, or nothing special."""
        at_weekend = note.day.weekday() >= SATURDAY
        if note.working:
            return cls(note, "make-up" if at_weekend else "")
        look = "weekend" if at_weekend and note.reason == WEEKEND else "off"
        return cls(note, f"{look} estimated" if note.provisional else look)

    @property
    def today(self) -> bool:
        return self.note.day == timezone.localdate()


@dataclass(frozen=True)
class Month:
    """A month as weeks from Monday to Sunday; days of other months are None."""

    first: date
    weeks: list[list[Day | None]]
    working: int


def month_of(year: int, month: int) -> Month:
    days_off = calendar()
    first = date(year, month, 1)
    following = (first + timedelta(days=31)).replace(day=1)
    days = [Day.of(days_off.note(first + timedelta(days=n))) for n in range((following - first).days)]
    return Month(first, as_weeks(days, first), sum(day.note.working for day in days))


@signed_in
@require_GET
def year(request: HttpRequest) -> HttpResponse:
    """A year at a glance: days off, make-up weekends, what is still an estimate."""
    return _page(request, chosen_year(request.GET.get("year", "")))


def chosen_year(text: str) -> int:
    """The year that was asked for, this one if none was. Raises Http404 for one that the calendar lacks."""
    shown = int(text) if text.isdecimal() and len(text) == 4 else timezone.localdate().year
    if not _covered(shown):
        raise Http404(_("The calendar does not cover this year."))
    return shown


def _covered(shown: int) -> bool:
    return calendar().first.year <= shown <= calendar().last.year


def _page(
    request: HttpRequest, shown: int, *, notice: NoticeForm | None = None, day: DayForm | None = None, status: int = 200
) -> HttpResponse:
    months = [month_of(shown, month) for month in range(1, 13)]
    named = [
        day.note
        for month in months
        for week in month.weeks
        for day in week
        if day is not None and day.note.reason not in (WEEKDAY, WEEKEND)
    ]
    context: dict[str, Any] = {
        "year": shown,
        "months": months,
        "named": named,
        "working": sum(month.working for month in months),
        "provisional": calendar().provisional(date(shown, 6, 1)),
        "weekdays": WEEKDAYS,
        "published": published_years(),
        "may_change": user_of(request).has_role(Role.ADMINISTRATOR),
        "notices": CalendarNotice.objects.filter(year=shown).select_related("entered_by"),
        "single_days": CalendarDay.objects.filter(day__year=shown, notice=None).select_related("set_by"),
        "notice_form": notice or NoticeForm(initial={"year": shown}),
        "day_form": day or DayForm(),
    }
    return render(request, "applications/calendar.html", context, status=status)


@for_roles(Role.ADMINISTRATOR)
@require_POST
def enter_notice(request: HttpRequest) -> HttpResponse:
    """Show what a notice would change and move; on a second yes enter it."""
    form = NoticeForm(request.POST, request.FILES)
    if not form.is_valid():
        return _faulty(request, request.POST.get("year", ""), notice=form)
    values = form.cleaned_data
    given = {name: values[name] for name in ("year", "title", "text", "days")}
    user = user_of(request)
    try:
        if "apply" in request.POST:
            _told(request, calendar_changes.apply_notice(**given, by=user))
            return redirect(_of_year(values["year"]))
        difference = notices.difference(values["days"], year=values["year"])
        moved = calendar_changes.what_would_move(lambda: calendar_changes.apply_notice(**given, by=user))
    except ValidationError as faults:
        form.add_error(None, faults.messages)
        return _faulty(request, str(values["year"]), notice=form)
    earlier = CalendarNotice.objects.filter(year=values["year"]).first()
    context = {"values": values, "difference": difference, "moved": moved, "earlier": earlier}
    return render(request, "applications/calendar_preview.html", context)


@for_roles(Role.ADMINISTRATOR)
@require_POST
def enter_day(request: HttpRequest) -> HttpResponse:
    """Enter one day by itself."""
    form = DayForm(request.POST)
    if form.is_valid():
        entry = form.entry()
        try:
            moved = calendar_changes.apply_day(entry=entry, source=form.cleaned_data["source"], by=user_of(request))
        except ValidationError as faults:
            form.add_error(None, faults.messages)
        else:
            _told(request, moved)
            return redirect(_of_year(entry.day.year))
    return _faulty(request, request.POST.get("day", "")[:4], day=form)


@for_roles(Role.ADMINISTRATOR)
@require_POST
def take_back_day(request: HttpRequest) -> HttpResponse:
    """Take back a day that was entered by itself."""
    row = get_object_or_404(CalendarDay, pk=row_number(request.POST.get("row", "")) or 0, notice=None)
    _told(request, calendar_changes.take_back_day(day=row.day, by=user_of(request)))
    return redirect(_of_year(row.day.year))


def _faulty(request: HttpRequest, year_typed: str, **form: Any) -> HttpResponse:
    """The page with a form that was refused, on the year that it was about; without such a year, on this one."""
    typed = int(year_typed) if year_typed.isdecimal() and len(year_typed) == 4 else 0
    return _page(request, typed if _covered(typed) else timezone.localdate().year, **form, status=422)


def _told(request: HttpRequest, moved: Iterable[MovedCase]) -> None:
    count = len(list(moved))
    messages.success(request, _("Entered. {count} open cases have a new due moment.").format(count=count))


def _of_year(shown: int) -> str:
    return f"{reverse('applications:calendar')}?year={shown}"
