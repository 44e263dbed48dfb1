"""What is asked for, and one line of the answer."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.utils import timezone


@dataclass(frozen=True)
class Filters:
    """Which deeds: by the day on which they happened (both ends included), kind of request and office."""

    first: date
    last: date
    kind: str = ""
    office: int | None = None

    @property
    def days(self) -> tuple[date, date]:
        return self.first, self.last

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """The first moment of the time asked for, and the first behind it."""
        behind = self.last + timedelta(days=1)
        return _midnight(self.first), _midnight(behind)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


@dataclass
class Figures:
    """One line of the statistics; the days are working days, net of the time in which the applicant was waited for.

    whole     the same without that deduction
    judged    what could be late: what was finished, and what broke its limit and was then undone
    limited   whether there is a limit that could be broken
    promise   that limit in working days, 0 for the same day; None where it is counted otherwise
    """

    label: str
    limit: str = ""
    limited: bool = True
    promise: int | None = None
    finished: int = 0
    judged: int = 0
    late: int = 0
    extended: int = 0
    days: Counter[int] = field(default_factory=Counter)
    whole: Counter[int] = field(default_factory=Counter)

    def add(self, how_many: int, net: int, gross: int, *, late: int = 0, extended: int = 0) -> None:
        """Count some that were finished after as many days."""
        self.finished += how_many
        self.judged += how_many
        self.late += late
        self.extended += extended
        self.days[net] += how_many
        self.whole[gross] += how_many

    def add_undone(self, late: int) -> None:
        """Count limits that were broken before the case was sent back or withdrawn: a breach that finished nothing."""
        self.judged += late
        self.late += late

    @property
    def on_time_percent(self) -> int | None:
        """None where no limit could be broken."""
        if not self.limited:
            return None
        return round((self.judged - self.late) * 100 / self.judged) if self.judged else 100

    @property
    def median(self) -> int | float:
        return median(self.days)

    @property
    def p90(self) -> int:
        return percentile(self.days, 90)

    @property
    def whole_median(self) -> int | float:
        return median(self.whole)

    def cells(self) -> Sequence[object]:
        """What a table shows, from left to right; None where there is nothing to say."""
        late, extended = (self.late, self.extended) if self.limited else (None, None)
        return [
            self.label,
            self.limit,
            self.finished,
            late,
            extended,
            self.on_time_percent,
            self.median,
            self.p90,
            self.whole_median,
        ]


def percentile(days: Counter[int], percent: int) -> int:
    """The smallest number of days within which at least so many percent were done (nearest rank)."""
    return _ranked(days, -(-sum(days.values()) * percent // 100))


def median(days: Counter[int]) -> int | float:
    """The middle number of days, or the mean of the two in the middle."""
    whole = sum(days.values())
    low, high = _ranked(days, (whole + 1) // 2), _ranked(days, whole // 2 + 1)
    mean = (low + high) / 2
    return int(mean) if mean == int(mean) else mean


def _ranked(days: Counter[int], rank: int) -> int:
    """The number of days at a place in the order, from 1; 0 when there are none."""
    reached = 0
    for number in sorted(days):
        reached += days[number]
        if reached >= rank:
            return number
    return 0
