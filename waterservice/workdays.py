"""Counting days as the Civil Code does. Pure: no Django, no clock; the calendar is given as data.

- The day of the event is not counted (art. 201).
- A period whose last day is a day off ends on the next working day (art. 203).
- “Within 7 working days” includes the seventh (art. 1259).

A period ends on a day; at which hour of it business stops is the caller's policy.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple, TypeVar

T = TypeVar("T")

MOST_DAYS = 3660  # ten years; a longer period is a slip of the finger

# The notice of a year may begin in the last days of the year before: that of 2019 gave 31 December 2018 off.
NEXT_NOTICE_REACHES_BACK = timedelta(days=3)


def gettext_noop(words: str) -> str:
    """Marks words for the catalogue; whoever shows them translates them."""
    return words


class Unreckonable(ValueError):
    """A question that the calendar cannot answer, in an English source sentence and what it is filled with.

    `words` is translated by whoever shows it: `_(wrong.words).format(**wrong.values)`.
    """

    def __init__(self, words: str, **values: object) -> None:
        super().__init__(words.format(**values))
        self.words, self.values = words, values


PERIOD = gettext_noop("A period has 1 to {most} days, not {n}.")
COVERS = gettext_noop("The calendar covers {first} to {last}, not {day}.")
BEGINS_BEFORE = gettext_noop("The period begins before {first}, where the calendar begins.")
ENDS_AFTER = gettext_noop("The period ends after {last}, where the calendar ends.")
END_BEFORE_START = gettext_noop("The end {end} lies before the start {start}.")


class Pause(NamedTuple):
    """Days on which a clock stands still, both ends included."""

    first: date
    last: date


def merged(pauses: Iterable[Pause]) -> list[Pause]:
    """The same days as pauses that neither overlap nor touch, in order: what overlaps counts once."""
    found: list[Pause] = []
    for pause in sorted(pauses):
        if found and pause.first <= found[-1].last + timedelta(days=1):
            found[-1] = Pause(found[-1].first, max(found[-1].last, pause.last))
        else:
            found.append(pause)
    return found


WEEKDAY = gettext_noop("Working day")
WEEKEND = gettext_noop("Weekend")
ONE_DAY = timedelta(days=1)
# From Monday, as heads of columns.
WEEKDAYS = (
    gettext_noop("Mo"),
    gettext_noop("Tu"),
    gettext_noop("We"),
    gettext_noop("Th"),
    gettext_noop("Fr"),
    gettext_noop("Sa"),
    gettext_noop("Su"),
)


@dataclass(frozen=True, slots=True)
class DayNote:
    """What the calendar says of one day.

    `reason` is an English source string (or words an administrator typed): translate it where it is shown.
    `provisional`: the notice that may still change this day is not out yet.
    """

    day: date
    working: bool
    reason: str
    provisional: bool


class Calendar:
    """Working days and days off over a span of years.

    overrides   what differs from the plain week, or bears a name: day → (works?, reason)
    years       the years for which questions are answered; others raise Unreckonable, a ValueError
    announced   the years whose notice is out; dates in others are provisional
    """

    def __init__(self, overrides: Mapping[date, tuple[bool, str]], *, years: range, announced: Collection[int]) -> None:
        self._overrides = dict(overrides)
        self._announced = frozenset(announced)
        self.first, self.last = date(years[0], 1, 1), date(years[-1], 12, 31)
        span = (self.last - self.first).days
        days = (self.first + timedelta(days=passed) for passed in range(span + 1))
        self._working_days = [day for day in days if self._works(day)]

    def is_working(self, day: date) -> bool:
        self._require(day)
        return self._works(day)

    def provisional(self, day: date) -> bool:
        """Whether a notice that is not out yet may still change this day."""
        self._require(day)
        return (day + NEXT_NOTICE_REACHES_BACK).year not in self._announced

    def provisional_between(self, start: date, end: date) -> bool:
        """Whether such a notice may still change a day after `start`, through `end`, and so what is counted there."""
        self._require(start)
        self._require(end)
        years = range((start + ONE_DAY).year, (end + NEXT_NOTICE_REACHES_BACK).year + 1)
        return not self._announced.issuperset(years)

    def note(self, day: date) -> DayNote:
        """Whether one day counts, and why."""
        working, reason = self._overrides.get(day) or self._plain_week(day)
        return DayNote(day, working, reason, self.provisional(day))

    def add_working_days(self, start: date, n: int, pauses: Sequence[Pause] = ()) -> date:
        """The n-th working day after `start`, which is itself not counted; days of a pause are passed over.

        Raises ValueError for n outside 1 to 3660 and for days outside the calendar.
        """
        self._require(start, n)
        first = bisect_right(self._working_days, start) + n - 1
        if not pauses:
            return self._working_day(first)
        return _passing_over(
            pauses,
            lambda more: self._working_day(first + more),
            lambda pause: self.working_days_between(max(pause.first - ONE_DAY, start), max(pause.last, start)),
        )

    def add_calendar_days(self, start: date, n: int, pauses: Sequence[Pause] = ()) -> date:
        """The n-th day after `start`, days of a pause passed over, or the next working day when that is a day off.

        A pause that this working day lies in is passed over too. Raises ValueError for n outside 1 to 3660 and for
        days outside the calendar.
        """
        self._require(start, n)
        end = passing_days(start, n, pauses) if pauses else start + timedelta(days=n)
        return self.working_day_from(end, pauses)

    def working_day_from(self, day: date, pauses: Sequence[Pause] = ()) -> date:
        """The day itself or the first one after it that is a working day and lies in no pause.

        Raises ValueError where the calendar ends before there is one.
        """
        found = self._working_day(bisect_left(self._working_days, day))
        for pause in merged(pauses):
            if pause.first <= found <= pause.last:
                found = self._working_day(bisect_right(self._working_days, pause.last))
        return found

    def working_days_between(self, start: date, end: date, pauses: Sequence[Pause] = ()) -> int:
        """How many working days lie after `start`, through `end`, and in no pause.

        Raises ValueError for an end before the start and for days outside the calendar.
        """
        self._require_order(start, end)
        whole = bisect_right(self._working_days, end) - bisect_right(self._working_days, start)
        inside = [Pause(max(p.first, start + ONE_DAY), min(p.last, end)) for p in merged(pauses)]
        return whole - sum(self.working_days_between(p.first - ONE_DAY, p.last) for p in inside if p.first <= p.last)

    def back_working_days(self, end: date, n: int) -> date:
        """The last day from which n working days lie ahead through `end`; a working day or the day before `end`.

        Raises ValueError for n outside 1 to 3660 and for days outside the calendar.
        """
        self._require(end, n)
        place = bisect_right(self._working_days, end) - 1 - n
        if place < 0:
            raise Unreckonable(BEGINS_BEFORE, first=self.first)
        return self._working_days[place]

    def explain(self, start: date, due: date) -> list[DayNote]:
        """Every day after `start`, through `due`, with its reason: why a period ends when it does.

        Raises ValueError for an end before the start and for days outside the calendar.
        """
        self._require_order(start, due)
        return [self.note(start + timedelta(days=passed + 1)) for passed in range((due - start).days)]

    def _plain_week(self, day: date) -> tuple[bool, str]:
        return (True, WEEKDAY) if day.weekday() < 5 else (False, WEEKEND)

    def _works(self, day: date) -> bool:
        override = self._overrides.get(day)
        return override[0] if override else day.weekday() < 5

    def _working_day(self, place: int) -> date:
        if place >= len(self._working_days):
            raise Unreckonable(ENDS_AFTER, last=self.last)
        return self._working_days[place]

    def _require(self, day: date, n: int = 1) -> None:
        if not 1 <= n <= MOST_DAYS:
            raise Unreckonable(PERIOD, most=MOST_DAYS, n=n)
        if not self.first <= day <= self.last:
            raise Unreckonable(COVERS, first=self.first, last=self.last, day=day)

    def _require_order(self, start: date, end: date) -> None:
        self._require(start)
        self._require(end)
        if end < start:
            raise Unreckonable(END_BEFORE_START, end=end, start=start)


def passing_days(start: date, n: int, pauses: Sequence[Pause] = ()) -> date:
    """The n-th day after `start`, working or not; days of a pause are passed over."""
    return _passing_over(
        pauses,
        lambda more: start + timedelta(days=n + more),
        lambda pause: max((pause.last - max(pause.first - ONE_DAY, start)).days, 0),
    )


def _passing_over(pauses: Sequence[Pause], day: Callable[[int], date], length: Callable[[Pause], int]) -> date:
    """The end of a period that grows by every pause which it reaches; `day(more)` is its end `more` days later."""
    more = 0
    end = day(more)
    for pause in merged(pauses):
        if pause.first > end:
            break
        more += length(pause)
        end = day(more)
    return end


def as_weeks(days: Sequence[T], first: date) -> list[list[T | None]]:
    """Consecutive days, the first of which is `first`, as weeks from Monday to Sunday; None where there is no day."""
    padded: list[T | None] = [*([None] * first.weekday()), *days]
    padded += [None] * (-len(padded) % 7)
    return [padded[start : start + 7] for start in range(0, len(padded), 7)]
