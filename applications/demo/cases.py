"""Cases in every stage with believable histories, played through the real doors on the days they would have taken."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

import time_machine
from django.utils import timezone

from accounts.models import Customer
from applications.demo.city import City
from applications.demo.people import member
from applications.models import Application, NewConnection
from applications.stages import Stage
from applications.tour.cast import Brief
from applications.tour.new_connection import Tour
from billing.models import Bill
from waterservice.calendar import calendar

# On the day that the stage before was passed; all others take a working day.
SAME_DAY = frozenset({Stage.DRAFT, Stage.DOCUMENT_REVIEW})
# How many working days ago a case has arrived where it stands now.
WAITING = (0, 1, 3)


@dataclass(frozen=True)
class Plot:
    """One case of the demo: where it stands, since how many working days, at what cost."""

    stage: Stage
    waiting: int
    amount: Decimal


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
        found.append(Plot(stage, waiting, amount + Decimal("0.50")))
    return found


def create_cases(city: City) -> Iterator[Application]:
    """Play the plots; each yields its case."""
    for plot in plots(city):
        yield _play(plot, city)


def _play(plot: Plot, city: City) -> Application:
    tour = Tour(
        amount=plot.amount,
        settlement=plot.amount,
        try_early=False,
        brief=_debtor(city) if plot.stage == Stage.ARREARS_SETTLEMENT else city.brief(),
        colleague=member,
    )
    for place, day in enumerate(_days(plot, city)):
        with time_machine.travel(_moment(day, city), tick=True):
            if not place:
                tour.start()
            while tour.case.stage != plot.stage and not tour.case.closed:
                passed = Stage(tour.case.stage)
                tour.pass_stage()
                if passed not in SAME_DAY:
                    break
        if tour.case.stage == plot.stage:
            break
    return tour.case


def _debtor(city: City) -> Brief:
    """Somebody of the demo whose account owes a water bill and who wants water at another place."""
    debtor = Bill.objects.filter(settled_at__isnull=True).order_by("pk").first()
    assert debtor is not None
    brief = city.brief()
    person = {
        field.name: getattr(debtor.customer, field.name)
        for field in Customer._meta.concrete_fields
        if field.name != "id"
    }
    return Brief(person, brief.premises, {**brief.details, "business_premises": False})


def _days(plot: Plot, city: City) -> list[date]:
    """The working days on which the case was moved; the last of them is `waiting` before today."""
    passed = NewConnection.route.stages[: NewConnection.route.position(plot.stage) - 1]
    moves = [stage for stage in passed if stage not in SAME_DAY and stage != Stage.ARREARS_SETTLEMENT]
    known = calendar()
    day = known.back_working_days(timezone.localdate(), plot.waiting + 1)
    day = known.add_working_days(day, 1)
    days = [day]
    for stage in moves[:0:-1]:
        day = known.back_working_days(day, _taken(stage, city))
        days.append(day)
    return days[::-1]


def _taken(stage: Stage, city: City) -> int:
    """How many working days a stage took: within its limit, more where there is more to do."""
    clock = NewConnection.route[stage].clock
    most = min(clock.days, 6) if clock and clock.days else 2
    return city.draw.randint(1, max(most - 1, 1))


def _moment(day: date, city: City) -> datetime:
    """A moment in working hours of a day, never in the future."""
    moment = timezone.make_aware(datetime.combine(day, time(9, city.draw.randint(0, 50))))
    return min(moment, timezone.now())
