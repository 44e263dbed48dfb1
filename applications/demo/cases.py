"""Cases in every stage with believable histories, played through the real doors on the days they would have taken."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time

import time_machine
from django.utils import timezone

from accounts.models import Customer
from accounts.roles import Role
from applications.demo.city import City
from applications.demo.people import member
from applications.demo.plots import SAME_DAY, Delay, Plot, plots
from applications.engine.doors import perform
from applications.models import Application, NewConnection
from applications.stages import Stage
from applications.tour.cast import Brief
from applications.tour.new_connection import Tour
from billing.models import Bill
from waterservice.calendar import calendar


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
                if plot.delay is not None and plot.delay.stage == passed and not plot.delay.in_time:
                    _extend(tour, plot.delay)
                tour.pass_stage()
                if passed not in SAME_DAY:
                    break
        if tour.case.stage == plot.stage:
            break
        _live_through(tour, plot, city)
    return tour.case


def _live_through(tour: Tour, plot: Plot, city: City) -> None:
    """What happens while the case stands where it has just arrived: an extension in time, a wait for the applicant."""
    delay, wait = plot.delay, plot.wait
    if delay is not None and delay.in_time and delay.stage == tour.case.stage:
        asked_on = calendar().back_working_days(timezone.localdate(tour.case.due_at), 1)
        with time_machine.travel(_moment(asked_on, city), tick=True):
            _extend(tour, delay)
    if wait is not None and wait.stage == tour.case.stage:
        designer = member(Role.DESIGNER)
        with time_machine.travel(_moment(wait.first, city), tick=True):
            data = {"kind": wait.kind, "awaited": wait.awaited, "reason": wait.reason}
            tour.case = perform(tour.case, "suspend", by=designer, data=data)
        with time_machine.travel(_moment(wait.last, city), tick=True):
            tour.case = perform(tour.case, "resume", by=designer)


def _extend(tour: Tour, delay: Delay) -> None:
    """Ask for more time and grant it, through the doors like everything else."""
    clock = next(clock for clock in tour.case.open_clocks if clock.stage == delay.stage)
    until = calendar().add_working_days(max(timezone.localdate(clock.due_at), timezone.localdate()), delay.days)
    data = {"clock": clock.pk, "until": until, "reason": delay.reason}
    tour.case = perform(tour.case, "ask_extension", by=member(Role.DESIGNER), data=data)
    tour.case = perform(tour.case, "grant_extension", by=member(clock.grantor), data={"opinion": "同意"})


def _debtor(city: City) -> Brief:
    """Somebody of the demo whose account owes a water bill and who wants water at another place."""
    debtor = Bill.objects.unpaid().order_by("pk").first()
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
    if plot.surveyed_from is not None:
        return list(_days_since(plot, plot.surveyed_from, moves, city))
    known = calendar()
    day = known.back_working_days(timezone.localdate(), plot.waiting + 1)
    day = known.add_working_days(day, 1)
    days = [day]
    for stage in moves[:0:-1]:
        day = known.back_working_days(day, plot.taken(stage, city))
        days.append(day)
    return days[::-1]


def _days_since(plot: Plot, surveyed_from: date, moves: Sequence[Stage], city: City) -> Iterator[date]:
    """The same from the day on which the case came to the survey, as far as it got until today."""
    known, today = calendar(), timezone.localdate()
    day = surveyed_from
    yield day
    for stage in moves[1:]:
        waited = plot.wait is not None and plot.wait.stage == stage
        since = max(day, plot.wait.last) if plot.wait is not None and waited else day
        day = known.add_working_days(since, plot.taken(stage, city) if not waited else 1)
        if day > today:
            return
        yield day


def _moment(day: date, city: City) -> datetime:
    """A moment in working hours of a day, never in the future."""
    moment = timezone.make_aware(datetime.combine(day, time(9, city.draw.randint(0, 50))))
    return min(moment, timezone.now())
