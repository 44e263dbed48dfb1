"""A clock as a case's page explains it: day by day, why its due moment is what it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from applications.engine.limits import Standstill, closed_pauses, limit_words
from applications.engine.route import Unit
from applications.models import Clock, Extension
from waterservice.calendar import calendar
from waterservice.workdays import DayNote, Pause, as_weeks


@dataclass(frozen=True)
class ClockDay:
    """One day of a clock and why it counts or not.

    state  counted, skipped (a day off), still (waits for the applicant), or granted (by an extension)
    place  which of the limit's days it is; 0 for a day that is none of them
    """

    note: DayNote
    state: str
    reason: str
    place: int = 0


@dataclass(frozen=True)
class ClockView:
    """A clock and its days."""

    clock: Clock
    days: list[ClockDay]

    @property
    def limit(self) -> str:
        return limit_words(self.clock)

    @property
    def extensions(self) -> list[Extension]:
        return list(self.clock.extensions.all())

    @property
    def weeks(self) -> list[list[ClockDay | None]]:
        """The days as weeks from Monday to Sunday; what lies before and after is None."""
        if not self.days:
            return []
        return as_weeks(self.days, self.days[0].note.day)


def days_of(clock: Clock, stills: Sequence[Standstill]) -> list[ClockDay]:
    """Every day after the event through the due moment; while the clock stands still, through today.

    A same-day limit, and one that ends on the day of its event, begin with that day itself.
    """
    standing = clock.due_at is None
    end, by_rule = timezone.localdate(clock.due_at), timezone.localdate(clock.rule_due_at)
    if end < clock.started_on:
        return []
    # What began after the rule's own due moment moves only what was granted.
    moved = closed_pauses(s for s in stills if s.began <= (clock.due_at or timezone.now()))
    moved_rule = closed_pauses(s for s in stills if s.began <= clock.rule_due_at)
    waiting = [Pause(timezone.localdate(s.began), end) for s in stills if s.ended is None and standing]
    notes = calendar().explain(clock.started_on, end)
    if clock.unit == Unit.SAME_DAY or not notes:
        notes = [calendar().note(clock.started_on), *notes]
    days: list[ClockDay] = []
    place = 0
    for note in notes:
        paused = [*(moved_rule if note.day <= by_rule else moved), *waiting]
        if _stands_on(note.day, paused) and (standing or clock.unit != Unit.SAME_DAY or note.day != by_rule):
            days.append(ClockDay(note, "still", _("waits for the applicant")))
        elif not standing and note.day > by_rule:
            days.append(ClockDay(note, "granted", _("extension granted until {day}").format(day=end.isoformat())))
        elif _counts(clock, note, place, by_rule):
            place += 1
            days.append(ClockDay(note, "counted", _counted(clock, note), place if clock.days else 0))
        else:
            days.append(ClockDay(note, "skipped", _skipped(clock, note, place)))
    return days


def _stands_on(day: date, paused: Sequence[Pause]) -> bool:
    return any(pause.first <= day <= pause.last for pause in paused)


def _counts(clock: Clock, note: DayNote, place: int, by_rule: date) -> bool:
    """Whether a day is one of the limit's: of those without days, the one at whose close it ends."""
    if not clock.days:
        return note.day == by_rule
    return place < clock.days and (note.working or clock.unit != Unit.WORKING_DAYS)


def _counted(clock: Clock, note: DayNote) -> str:
    return _why(note) if clock.days else _("due on this day")


def _skipped(clock: Clock, note: DayNote, place: int) -> str:
    """Why a day is none of the limit's: a day off, or a working day that only ends what ended on a day off."""
    if not note.working:
        return _why(note)
    return _("moved past a day off") if clock.days and place >= clock.days else _("after closing")


def _why(note: DayNote) -> str:
    """What the calendar says of a day, marked as an estimate while the notice may still change it."""
    reason = _(note.reason)
    return _("{reason} (estimated)").format(reason=reason) if note.provisional else reason
