"""When a clock runs out: its rule, the standstills, a granted extension. It only reads and reckons."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from applications.engine.route import ClockRule, Terms, Unit
from applications.models.clock import Clock, Extension, Suspension
from waterservice.calendar import calendar
from waterservice.hours import at_hour
from waterservice.text import aside
from waterservice.workdays import Calendar, Pause, Unreckonable, passing_days


@dataclass(frozen=True)
class Standstill:
    """A time in which a case waited for the applicant; `ended` is None while it still does."""

    began: datetime
    ended: datetime | None

    @property
    def pause(self) -> Pause | None:
        """The days that do not count: the day it began and the day of resuming are among them.

        None while it lasts, and when it ended on the day on which it began: that counts as nothing.
        """
        if self.ended is None:
            return None
        first, last = timezone.localdate(self.began), timezone.localdate(self.ended)
        return Pause(first, last) if first < last else None


class Due(NamedTuple):
    """What follows from a clock's row: due by the rule, due by rule or extension, yellow from, still an estimate?

    `at` and `warn_on` are None while the clock stands still.
    """

    by_rule: datetime
    at: datetime | None
    warn_on: date | None
    provisional: bool


def standstills(suspensions: Iterable[Suspension]) -> list[Standstill]:
    """The suspensions of a case as standstills, oldest first; reasons that overlap count once."""
    found: list[Standstill] = []
    for row in sorted(suspensions, key=lambda row: row.started_at):
        last = found[-1] if found else None
        if last is not None and (last.ended is None or row.started_at <= last.ended):
            ended = None if last.ended is None or row.ended_at is None else max(last.ended, row.ended_at)
            found[-1] = Standstill(last.began, ended)
        else:
            found.append(Standstill(row.started_at, row.ended_at))
    return found


def due_moment(
    unit: Unit, days: int, started_on: date, started_at: datetime, closes: time, pauses: Sequence[Pause] = ()
) -> datetime:
    """When a clock runs out that counts `days` from a day that is itself not counted (Civil Code art. 201).

    It ends at the hour `closes` of its last day. SAME_DAY: of the day of `started_at`; after that hour or on a day
    off, of the next working day. AGREED_DATE: `days` later whatever the day. Days of a pause are passed over.
    """
    days_off = calendar()
    if unit is Unit.WORKING_DAYS:
        due = days_off.add_working_days(started_on, days, pauses)
    elif unit is Unit.CALENDAR_DAYS:
        due = days_off.add_calendar_days(started_on, days, pauses)
    elif unit is Unit.AGREED_DATE:
        due = min(passing_days(started_on, days, pauses), days_off.last)
    else:
        due = _same_day(days_off, started_at, closes)
    return at_hour(due, closes)


def _same_day(days_off: Calendar, started_at: datetime, closes: time) -> date:
    day = timezone.localdate(started_at)
    stays = days_off.is_working(day) and started_at <= at_hour(day, closes)
    return day if stays else days_off.add_working_days(day, 1)


def reckon(clock: Clock, stills: Sequence[Standstill], *, granted: Extension | None) -> Due:
    """Everything that follows from a clock's row, the standstills of its case and the extension granted last.

    A standstill that begins when the clock has run out does not stop it: it stays due, and late.
    """
    by_rule = _by_rule(clock, stills)
    at = by_rule if granted is None else max(by_rule, _by_extension(clock, granted, stills))
    due = timezone.localdate(at)
    counted = at == by_rule and clock.unit != Unit.AGREED_DATE  # a date that was agreed or granted is not reckoned
    provisional = counted and calendar().provisional_between(min(clock.started_on, due), due)
    if any(still.ended is None and still.began <= at for still in stills):
        return Due(by_rule, None, None, provisional)
    return Due(by_rule, at, _last_third(clock, due, stills), provisional)


def is_broken(clock: Clock, stills: Sequence[Standstill], granted: Iterable[Extension], *, by: datetime) -> bool:
    """Whether the limit was broken by a moment; `granted` are its extensions in the order in which they were asked for.

    An extension that was asked for by the due moment then in force is no breach as long as its date is kept; one
    that was asked for later lets the case pass, and the breach stays.
    """
    in_force = _by_rule(clock, stills)
    for extension in granted:
        if extension.asked_at > in_force:
            return True
        in_force = max(in_force, _by_extension(clock, extension, stills))
    stands_still = any(still.ended is None and still.began <= in_force for still in stills)
    return by > in_force and not stands_still


def _by_rule(clock: Clock, stills: Sequence[Standstill]) -> datetime:
    """A standstill moves the due moment only if the clock had not run out when it began."""
    unit, since = Unit(clock.unit), clock.started_at
    pauses: list[Pause] = []
    due = due_moment(unit, clock.days, clock.started_on, since, clock.closes)
    for still in stills:
        if still.ended is None or still.began > due:
            break
        if still.ended >= clock.started_at:
            pauses += closed_pauses([still])
            since = still.ended
            due = due_moment(unit, clock.days, clock.started_on, since, clock.closes, pauses)
    return due


def _by_extension(clock: Clock, granted: Extension, stills: Sequence[Standstill]) -> datetime:
    """The date that was granted; standstills since it was asked for move it by as many days.

    What is moved onto a day off goes on to the next working day; a date that was typed stays.
    """
    asked = timezone.localdate(granted.asked_at)
    pauses: list[Pause] = []
    due = at_hour(granted.until, clock.closes)
    for still in stills:
        if still.ended is None or still.began > due:
            break
        if still.ended >= granted.asked_at and still.pause is not None:
            pauses.append(still.pause)
            moved = passing_days(asked, (granted.until - asked).days, pauses)
            due = at_hour(_open_day_from(moved, pauses), clock.closes)
    return due


def _open_day_from(day: date, pauses: Sequence[Pause]) -> date:
    """The day itself or the next working day that lies in no pause; where the calendar ends, its last day."""
    days_off = calendar()
    try:
        return days_off.working_day_from(day, pauses)
    except Unreckonable:
        return days_off.last


def _last_third(clock: Clock, due: date, stills: Sequence[Standstill]) -> date:
    """The first day on which only the last third of the time is left, or its last working day."""
    days_off = calendar()
    pauses = closed_pauses(stills)
    whole = days_off.working_days_between(min(clock.started_on, due), due, pauses)
    return days_off.back_working_days(due, max(whole // 3, 1))


def closed_pauses(stills: Iterable[Standstill]) -> list[Pause]:
    """The days that did not count, of the standstills that have ended."""
    return [still.pause for still in stills if still.pause is not None]


def limit_words(clock: Clock) -> str:
    """The limit of a clock in words: “7 working days (NC-4a)”."""
    return _words(Unit(clock.unit), clock.days, clock.clause)


def rule_words(rule: ClockRule) -> str:
    """The limit that a route declares, in words."""
    return _words(rule.unit, rule.days, rule.clause)


def terms_words(terms: Terms, clause: str) -> str:
    """A limit by the policies of a day, in words."""
    return _words(terms.unit, terms.days, clause)


def promised(terms: Terms) -> int | None:
    """A limit in working days, 0 for one of the same day; None for one that is counted otherwise."""
    return {Unit.WORKING_DAYS: terms.days, Unit.SAME_DAY: 0}.get(terms.unit)


def _words(unit: Unit, days: int, clause: str) -> str:
    if unit in (Unit.WORKING_DAYS, Unit.CALENDAR_DAYS):
        return _("{days} {unit} ({clause})").format(days=days, unit=unit.label, clause=clause)
    return aside(unit.label, clause)
