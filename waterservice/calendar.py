"""The working days that hold: published notices, the administrator's days over them, estimates after them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

import chinese_calendar
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from waterservice import statutory
from waterservice.models import CalendarDay, CalendarNotice
from waterservice.per_request import PerRequest
from waterservice.text import clean_line
from waterservice.workdays import Calendar

VICTORY_DAY = gettext_noop("Anti-Fascist 70th Day")
MAKE_UP = {
    statutory.NEW_YEAR: gettext_noop("Make-up day for New Year's Day"),
    statutory.SPRING_FESTIVAL: gettext_noop("Make-up day for Spring Festival"),
    statutory.TOMB_SWEEPING: gettext_noop("Make-up day for Tomb-sweeping Day"),
    statutory.LABOUR_DAY: gettext_noop("Make-up day for Labour Day"),
    statutory.DRAGON_BOAT: gettext_noop("Make-up day for Dragon Boat Festival"),
    statutory.MID_AUTUMN: gettext_noop("Make-up day for Mid-autumn Festival"),
    statutory.NATIONAL_DAY: gettext_noop("Make-up day for National Day"),
    VICTORY_DAY: gettext_noop("Make-up day for Anti-Fascist 70th Day"),
}

Override = tuple[bool, str]


def calendar() -> Calendar:
    """The calendar of this moment. One query a request; the counting itself asks nothing more."""
    return _merged(_rows())


def published_calendar() -> Calendar:
    """The published notices and the estimates alone, without what was entered: needs no database."""
    return _merged(())


Row = tuple[date, bool, str, int | None]

# Days entered by themselves come last, so that they go before what a notice says of the same day.
_in_order = CalendarDay.objects.order_by(F("notice").asc(nulls_last=True), "day")
_rows = PerRequest(lambda: tuple(_in_order.all().values_list("day", "working", "name", "notice__year")))


@dataclass(frozen=True)
class DayEntry:
    """One day of a notice: off, or a weekend day that is worked."""

    day: date
    working: bool
    name: str


@transaction.atomic
def set_calendar_days(
    *, days: Iterable[DayEntry], source: str, by: AbstractBaseUser | None, notice: CalendarNotice | None = None
) -> list[CalendarDay]:
    """Enter days, by themselves or of a notice; a day entered before in the same way is replaced, its history kept.

    Raises ValidationError for a name or source that is empty, too long or holds control characters.
    """
    stored = []
    for entry in days:
        row = _entered(by_itself=notice is None).filter(day=entry.day).first()
        row = row or CalendarDay(day=entry.day)
        row.working, row.name, row.source = entry.working, clean_line(entry.name), clean_line(source)
        row.notice = notice
        row.save_as(by)
        stored.append(row)
    _rows.forget()
    return stored


def _entered(*, by_itself: bool) -> QuerySet[CalendarDay]:
    """The days entered by themselves or those of notices, locked."""
    return CalendarDay.objects.select_for_update(of=("self",)).filter(notice__isnull=by_itself)


@transaction.atomic
def enter_notice(*, year: int, title: str, text: str, days: Sequence[DayEntry], by: AbstractBaseUser) -> CalendarNotice:
    """Enter the whole notice of a year as its next version; days of earlier versions that it lacks are taken back.

    Raises ValidationError as `set_calendar_days` does, and when somebody else enters one at the same moment.
    """
    earlier = CalendarNotice.objects.select_for_update().filter(year=year).order_by("-version").first()
    notice = CalendarNotice(
        year=year,
        version=earlier.version + 1 if earlier else 1,
        title=clean_line(title),
        text=text,
        entered_by_id=by.pk,
    )
    try:
        notice.full_clean()
        with transaction.atomic():
            notice.save()
    except IntegrityError as twice:
        raise ValidationError(
            _("Somebody else has just entered a notice of %(year)s. Look at what yours would change once more."),
            params={"year": str(year)},
        ) from twice
    named = {entry.day for entry in days}
    for row in _entered(by_itself=False).filter(notice__year=year).exclude(day__in=named):
        _take_back(row, by=by)
    set_calendar_days(days=days, source=title, by=by, notice=notice)
    return notice


def calendar_with(days: Iterable[DayEntry], *, year: int) -> Calendar:
    """The calendar as it would be with the whole notice of a year."""
    kept = tuple(row for row in _rows() if row[3] != year)
    return _merged((*((entry.day, entry.working, entry.name, year) for entry in days), *kept))


def published_years() -> range:
    """The years of which the program carries the published notices."""
    return _published()[1]


def forget_days() -> None:
    """Read the days anew: what was entered has been rolled back."""
    _rows.forget()


@transaction.atomic
def remove_calendar_day(*, day: date, by: AbstractBaseUser | None) -> None:
    """Take back a day that was entered by itself, so that the notices or the estimate hold again.

    Its history stays. Raises CalendarDay.DoesNotExist when nothing was entered.
    """
    _take_back(_entered(by_itself=True).get(day=day), by=by)


def _take_back(row: CalendarDay, *, by: AbstractBaseUser | None) -> None:
    row._history_user = by
    row.delete()
    _rows.forget()


def notice_in_force(year: int) -> list[DayEntry]:
    """The days that the newest notice of a year names, entered or the library's; none for a year without one."""
    entered = CalendarDay.objects.filter(notice__year=year).order_by("day")
    if entered:
        return [DayEntry(row.day, row.working, row.name) for row in entered]
    said, _years = _published()
    return [DayEntry(day, working, name) for day, (working, name) in sorted(said.items()) if day.year == year]


@cache
def _published() -> tuple[dict[date, Override], range]:
    """The notices that the library carries, and the years they cover."""
    off = {day: (False, name) for day, name in chinese_calendar.holidays.items()}
    worked = {day: (True, MAKE_UP.get(name, name)) for day, name in chinese_calendar.workdays.items()}
    return off | worked, range(min(off).year, max(off).year + 1)


@lru_cache(maxsize=4)
def _merged(rows: tuple[Row, ...]) -> Calendar:
    """Estimates, over them the library of notices, over it what was entered.

    A whole notice that was entered replaces estimate and library for its year: what it does not name follows
    the plain week.
    """
    published, years = _published()
    entered = {day: (working, name) for day, working, name, _of in rows}
    own = {year for *_day, year in rows if year is not None}
    estimated = {
        day: (False, name)
        for year in range(years.stop, statutory.LAST_YEAR + 1)
        if year not in own
        for day, name in statutory.statutory_days(year).items()
    }
    return Calendar(
        estimated | {day: said for day, said in published.items() if day.year not in own} | entered,
        years=range(years.start, statutory.LAST_YEAR + 1),
        announced={*years, *own},
    )
