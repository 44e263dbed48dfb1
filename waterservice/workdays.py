"""Counting days as the Civil Code does. Pure: no Django, no clock; the calendar is given as data.

- The day of the event is not counted (art. 201).
- A period whose last day is a day off ends on the next working day (art. 203).
- “Within 7 working days” includes the seventh (art. 1259).

A period ends on a day; at which hour of it business stops is the caller's policy.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

MOST_DAYS = 3660  # ten years; a longer period is a slip of the finger

# The notice of a year may begin in the last days of the year before: that of 2019 gave 31 December 2018 off.
NEXT_NOTICE_REACHES_BACK = timedelta(days=3)


def gettext_noop(words: str) -> str:
    """Marks words for the catalogue; whoever shows them translates them."""
    return words


WEEKDAY = gettext_noop("Working day")
WEEKEND = gettext_noop("Weekend")


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
    years       the years for which questions are answered; others raise ValueError
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

    def note(self, day: date) -> DayNote:
        """Whether one day counts, and why."""
        working, reason = self._overrides.get(day) or self._plain_week(day)
        return DayNote(day, working, reason, self.provisional(day))

    def add_working_days(self, start: date, n: int) -> date:
        """The n-th working day after `start`, which is itself not counted.

        Raises ValueError for n outside 1 to 3660 and for days outside the calendar.
        """
        self._require(start, n)
        return self._working_day(bisect_right(self._working_days, start) + n - 1)

    def add_calendar_days(self, start: date, n: int) -> date:
        """The n-th day after `start`, or the next working day when that is a day off.

        Raises ValueError for n outside 1 to 3660 and for days outside the calendar.
        """
        self._require(start, n)
        return self._working_day(bisect_left(self._working_days, start + timedelta(days=n)))

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days lie after `start`, through `end`.

        Raises ValueError for an end before the start and for days outside the calendar.
        """
        self._require_order(start, end)
        return bisect_right(self._working_days, end) - bisect_right(self._working_days, start)

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
            raise ValueError(f"The period ends after {self.last}, where the calendar ends.")
        return self._working_days[place]

    def _require(self, day: date, n: int = 1) -> None:
        if not 1 <= n <= MOST_DAYS:
            raise ValueError(f"A period has 1 to {MOST_DAYS} days, not {n}.")
        if not self.first <= day <= self.last:
            raise ValueError(f"The calendar covers {self.first} to {self.last}, not {day}.")

    def _require_order(self, start: date, end: date) -> None:
        self._require(start)
        self._require(end)
        if end < start:
            raise ValueError(f"The end {end} lies before the start {start}.")
