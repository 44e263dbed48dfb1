"""When a clock runs out: its rule, the standstills, a granted extension. It only reads and reckons."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from applications.engine.route import ClockRule, Unit
from applications.models.clock import Clock, Extension, Suspension
from waterservice.calendar import calendar
from waterservice.hours import closing_time
from waterservice.workdays import Calendar, Pause, passing_days


@dataclass(frozen=True)
class Standstill:
    """A time in which a case waited for the applicant; `ended` is None while it still does."""

    began: datetime
    ended: datetime | None

    @property
    def pause(self) -> Pause:
        """The days that do not count: the day it began and the day of resuming are among them."""
        assert self.ended is not None
        return Pause(timezone.localdate(self.began), timezone.localdate(self.ended))


@dataclass(frozen=True)
class Due:
    """What follows from a clock's row: due by the rule, due by rule or extension, yellow from, still an estimate?"""

    by_rule: datetime
    at: datetime
    warn_on: date
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
    unit: Unit, days: int, started_on: date, started_at: datetime, rule_day: date, pauses: Sequence[Pause] = ()
) -> datetime:
    """When a clock runs out that counts `days` from a day that is itself not counted (Civil Code art. 201).

    SAME_DAY: at closing of the day of `started_at`; after closing or on a day off, at closing of the next
    working day. AGREED_DATE: `days` later whatever the day. Days of a pause are passed over.
    """
    days_off = calendar()
    if unit is Unit.WORKING_DAYS:
        due = days_off.add_working_days(started_on, days, pauses)
    elif unit is Unit.CALENDAR_DAYS:
        due = days_off.add_calendar_days(started_on, days, pauses)
    elif unit is Unit.AGREED_DATE:
        due = passing_days(started_on, days, pauses)
    else:
        due = _same_day(days_off, started_at, rule_day)
    return closing_time(due, rule_day=rule_day)


def _same_day(days_off: Calendar, started_at: datetime, rule_day: date) -> date:
    day = timezone.localdate(started_at)
    stays = days_off.is_working(day) and started_at <= closing_time(day, rule_day=rule_day)
    return day if stays else days_off.add_working_days(day, 1)


def reckon(clock: Clock, stills: Sequence[Standstill], *, rule_day: date, granted: Extension | None) -> Due:
    """Everything that follows from a clock's row, the standstills of its case and the extension granted last."""
    by_rule = _by_rule(clock, stills, rule_day)
    at = by_rule if granted is None else max(by_rule, _by_extension(granted, stills, rule_day))
    due = timezone.localdate(at)
    return Due(by_rule, at, _last_third(clock, due, stills), calendar().provisional(due))


def _by_rule(clock: Clock, stills: Sequence[Standstill], rule_day: date) -> datetime:
    """A standstill moves the due moment only if the clock had not run out when it began."""
    unit, since = Unit(clock.unit), clock.started_at
    pauses: list[Pause] = []
    due = due_moment(unit, clock.days, clock.started_on, since, rule_day)
    for still in stills:
        if still.ended is None or still.began > due:
            break
        if still.ended >= clock.started_at:
            pauses.append(still.pause)
            since = still.ended
            due = due_moment(unit, clock.days, clock.started_on, since, rule_day, pauses)
    return due


def _by_extension(granted: Extension, stills: Sequence[Standstill], rule_day: date) -> datetime:
    """The date that was granted; standstills after the decision move it by as many days."""
    assert granted.decided_at is not None
    decided = timezone.localdate(granted.decided_at)
    pauses = [still.pause for still in stills if still.ended is not None and still.began >= granted.decided_at]
    days = (granted.until - decided).days
    until = passing_days(decided, days, pauses) if days > 0 else granted.until
    return closing_time(until, rule_day=rule_day)


def _last_third(clock: Clock, due: date, stills: Sequence[Standstill]) -> date:
    """The first day on which only the last third of the time is left, or its last working day."""
    days_off = calendar()
    pauses = closed_pauses(stills)
    whole = days_off.working_days_between(min(clock.started_on, due), due, pauses)
    return days_off.back_working_days(due, max(whole // 3, 1))


def closed_pauses(stills: Iterable[Standstill]) -> list[Pause]:
    """The days that did not count, of the standstills that have ended."""
    return [still.pause for still in stills if still.ended is not None]


def limit_words(clock: Clock) -> str:
    """The limit of a clock in words: “7 working days (NC-4a)”."""
    return _words(Unit(clock.unit), clock.days, clock.clause)


def rule_words(rule: ClockRule) -> str:
    """The limit that a route declares, in words."""
    return _words(rule.unit, rule.days, rule.clause)


def _words(unit: Unit, days: int, clause: str) -> str:
    if unit in (Unit.WORKING_DAYS, Unit.CALENDAR_DAYS):
        return _("{days} {unit} ({clause})").format(days=days, unit=unit.label, clause=clause)
    return f"{unit.label} ({clause})"
