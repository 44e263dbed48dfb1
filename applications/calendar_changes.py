"""What a change of the calendar does to open cases: their due moments are reckoned anew, and told."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Prefetch
from django.utils.translation import gettext as _

from accounts.models import User
from applications.engine import clocks
from applications.engine.clocks import Moved
from applications.engine.doors import record
from applications.engine.limits import limit_words, reckon, standstills
from applications.models import Application, Clock, Extension, StaffNotice
from applications.models.clock import moment_words
from applications.notifying import holders, notify
from waterservice.calendar import (
    DayEntry,
    enter_notice,
    forget_days,
    remove_calendar_day,
    set_calendar_days,
)


@dataclass(frozen=True)
class MovedCase:
    """A case with the due moments that moved."""

    case: Application
    moved: list[Moved]


@transaction.atomic
def apply_notice(*, year: int, title: str, text: str, days: list[DayEntry], by: User) -> list[MovedCase]:
    """Enter the whole notice of a year; every open due moment that it moves is moved and told.

    Raises ValidationError for a title or names that cannot be.
    """
    enter_notice(year=year, title=title, text=text, days=days, by=by)
    return retime_open_cases(cause=title)


@transaction.atomic
def apply_day(*, entry: DayEntry, source: str, by: User) -> list[MovedCase]:
    """Enter one day by itself. Raises ValidationError for a name or source that cannot be."""
    set_calendar_days(days=[entry], source=source, by=by)
    return retime_open_cases(cause=f"{entry.day.isoformat()} {entry.name}")


@transaction.atomic
def take_back_day(*, day: date, by: User) -> list[MovedCase]:
    """Take back what was entered for a day. Raises CalendarDay.DoesNotExist when nothing was."""
    remove_calendar_day(day=day, by=by)
    return retime_open_cases(cause=day.isoformat())


def what_would_move(deed: Callable[[], list[MovedCase]]) -> list[MovedCase]:
    """What a change would move: it is made, looked at, and rolled back."""
    try:
        with transaction.atomic():
            moved = deed()
            transaction.set_rollback(True)
    finally:
        forget_days()
    return moved


def retime_open_cases(*, cause: str) -> list[MovedCase]:
    """Reckon the clocks of every open case anew; only cases whose clocks moved are locked and written.

    Safe to run at any time and as often as one likes: where nothing moves, nothing is written.
    """
    found = []
    for case_id in sorted(set(_cases_out_of_date())):
        case = Application.objects.select_for_update().get(pk=case_id)
        moved = clocks.retime(case)
        words = "\n".join(_words(clock_moved) for clock_moved in moved)
        if moved:
            record(case, "retime", note=f"{cause}\n{words}", automatic=True)
            notify(case, holders(case), StaffNotice.About.MOVED, by=None, words=words)
            found.append(MovedCase(case, moved))
        else:
            case.save()
    return found


def _cases_out_of_date() -> Iterator[int]:
    """Cases of which a running clock would come out differently now."""
    granted = Extension.objects.filter(status=Extension.Status.GRANTED).order_by("-id")
    rows = (
        Clock.objects.filter(stopped_at=None)
        .select_related("application")
        .prefetch_related("application__suspensions", Prefetch("extensions", granted, to_attr="granted"))
    )
    for clock in rows.iterator(chunk_size=1000):
        case: Application = clock.application
        newest = clock.granted[0] if clock.granted else None
        due = reckon(clock, standstills(case.suspensions.all()), granted=newest)
        if due != (clock.rule_due_at, clock.due_at, clock.warn_on, clock.provisional):
            yield case.pk


def _words(moved: Moved) -> str:
    if moved.before is None:
        return _("{limit}: due {after}, before it began to stand still").format(
            limit=limit_words(moved.clock), after=moment_words(moved.after)
        )
    return _("{limit}: due {after} instead of {before}").format(
        limit=limit_words(moved.clock), after=moment_words(moved.after), before=moment_words(moved.before)
    )
