"""What the demo's cases live through: where they stand, who was late, who waited over a holiday."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from applications.demo.city import City
from applications.models import NewConnection
from applications.stages import Stage
from waterservice.calendar import calendar
from waterservice.workdays import Calendar

# On the day that the stage before was passed; all others take a working day.
SAME_DAY = frozenset({Stage.DRAFT, Stage.DOCUMENT_REVIEW})
# How many working days ago a case has arrived where it stands now.
WAITING = (0, 1, 3)
# How many working days ago a case was completed that shows another month.
COMPLETED_AGO = 28


@dataclass(frozen=True)
class Delay:
    """A stage took some working days more than its limit; the extension was asked for in time, or when it was late."""

    stage: Stage
    days: int
    reason: str
    in_time: bool = False


@dataclass(frozen=True)
class Wait:
    """At a stage the applicant was waited for, from a day to a day."""

    stage: Stage
    first: date
    last: date
    kind: str
    awaited: str
    reason: str


@dataclass(frozen=True)
class Plot:
    """One case of the demo: where it stands, since how many working days, at what cost, and what happened on the way.

    surveyed_from  the day on which it came to the survey, of a case that went on from there as far as it got
    """

    stage: Stage
    waiting: int
    amount: Decimal
    delay: Delay | None = None
    wait: Wait | None = None
    surveyed_from: date | None = None

    def taken(self, stage: Stage, city: City) -> int:
        """How many working days a stage took: within its limit, more where there is more to do."""
        clock = NewConnection.route[stage].clock
        if self.delay is not None and clock and self.delay.stage == stage:
            return clock.days + self.delay.days
        if clock is None:
            return city.draw.choice((1, 1, 1, 2, 3))
        return city.draw.randint(1, max(min(clock.days, 6) - 1, 1))


# By the stage at which such a case stands now.
DELAYS = {
    Stage.PROJECT_FEE: Delay(Stage.SURVEY, 2, "现场积水，管线探测改期"),
    Stage.CONSTRUCTION_TASK: Delay(Stage.DESIGN, 2, "接管点变更，图纸重绘", in_time=True),
    Stage.JOINT_ACCEPTANCE: Delay(Stage.BUDGET, 3, "管材调价，须重新询价"),
    Stage.WATER_ON: Delay(Stage.SURVEY, 3, "地下管线资料与现场不符，须复测", in_time=True),
    Stage.FILING: Delay(Stage.BUDGET, 1, "路面恢复费用待核"),
    Stage.COMPLETED: Delay(Stage.SURVEY, 1, "业主未到场，改期勘查"),
}


def plots(city: City) -> list[Plot]:
    """One case in every stage, more in the early ones, and some that are completed."""
    stages = [
        *NewConnection.route.stages,
        Stage.COMPLETED,
        *NewConnection.route.stages[:9],
        Stage.SURVEY,
        Stage.BUDGET,
    ]
    late = {Stage.SURVEY: 9, Stage.BUDGET: 8}
    seen: dict[Stage, int] = {}
    found = []
    for place, stage in enumerate(stages):
        seen[stage] = seen.get(stage, 0) + 1
        waiting = late[stage] if stage in late and seen[stage] == 2 else WAITING[place % len(WAITING)]
        if stage in SAME_DAY:
            waiting = 0
        amount = Decimal(city.draw.randint(18, 99) * 1000) if place % 3 else Decimal(city.draw.randint(100, 260) * 1000)
        if stage == Stage.EXECUTIVE_APPROVAL:
            amount = Decimal("128000")
        found.append(Plot(stage, waiting, amount + Decimal("0.50"), delay=DELAYS.get(stage)))
    cost = Decimal("36500.50")
    earlier = Plot(Stage.COMPLETED, COMPLETED_AGO, cost * 3)
    return [*found, earlier, *over_a_holiday(timezone.localdate(), cost)]


def over_a_holiday(today: date, cost: Decimal) -> Iterator[Plot]:
    """Two cases of the last long holiday with a make-up day behind it; none where the calendar has none lately.

    The survey of one ran over the holiday and the make-up day and then waited for the applicant; the other waited
    for its permits all the holiday.
    """
    known = calendar()
    holiday = last_holiday(today, known)
    if holiday is None:
        return
    first, make_up = holiday
    stopped = known.add_working_days(make_up, 1)
    yield Plot(
        Stage.COMPLETED,
        0,
        cost,
        wait=Wait(
            Stage.SURVEY, stopped, known.add_working_days(stopped, 2), "other", "进场时间", "业主装修，暂不能进场"
        ),
        surveyed_from=known.back_working_days(first, 2),
    )
    permits = Wait(
        Stage.PERMITS,
        known.back_working_days(first, 1),
        known.add_working_days(first, 2),
        "permits",
        "掘路许可",
        "节日期间道路主管部门停止掘路审批",
    )
    yield Plot(Stage.COMPLETED, 0, cost * 2, wait=permits, surveyed_from=known.back_working_days(first, 12))


def last_holiday(today: date, known: Calendar) -> tuple[date, date] | None:
    """The first day of the last holiday that took three weekdays or more, and the make-up day soon behind it.

    It lies far enough back for a case to have gone on since, and not further back than nine months.
    """
    latest = known.back_working_days(today, 15)
    for ago in range(270):
        make_up = latest - timedelta(days=ago)
        if make_up.weekday() < 5 or not known.is_working(make_up):
            continue
        before = [make_up - timedelta(days=n) for n in range(1, 13)]
        off = [day for day in before if day.weekday() < 5 and not known.is_working(day)]
        if len(off) >= 3:
            return min(off), make_up
    return None
