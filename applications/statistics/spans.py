"""Moves of cases, and the working days between two of them without what the applicant was waited for.

At a stage, cases that never stood still are counted together by the database, and one that did comes by itself, so that
its own pauses are taken off. A whole case comes by itself: it has waited at stages of its own, for permits and money.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Case, F, Q, QuerySet, Value, When, Window
from django.db.models.expressions import Combinable
from django.db.models.functions import Lag

from applications.engine.limits import closed_pauses, standstills
from applications.models import Application, Clock, Suspension, TimelineEntry
from applications.statistics.figures import Filters
from waterservice.calendar import calendar
from waterservice.workdays import ONE_DAY, Pause

MOVE = ~Q(from_stage=F("to_stage"))


def moves(filters: Filters) -> QuerySet[TimelineEntry]:
    """What brought a case from one stage to another in the time asked for."""
    rows = TimelineEntry.objects.filter(MOVE, happened_on__range=filters.days).exclude(from_stage="").order_by()
    return rows.filter(application__kind=filters.kind) if filters.kind else rows


def stood_still() -> Combinable:
    """The case's id where it was ever suspended, so that it is grouped with no other; else nothing."""
    suspended = Q(application__in=Suspension.objects.values("application"))
    return Case(When(suspended, then=F("application_id")), default=Value(None))


def any_clock(**which: bool) -> Combinable:
    """Whether the case of a move has a clock like this."""
    found = Q(application__in=Clock.objects.filter(**which).order_by().values("application"))
    return Case(When(found, then=Value(True)), default=Value(False))


@dataclass(frozen=True)
class Stays:
    """How many cases left a stage for another on a day, having arrived on a day; `case_id` as `stood_still` says."""

    kind: str
    stage: str
    following: str
    arrived_on: date
    left_on: date
    case_id: int | None
    how_many: int


def stays(filters: Filters, leaving: QuerySet[TimelineEntry]) -> Iterator[Stays]:
    """What the database counts of these moves; a stay began with the move before."""
    moved = (
        _with_arrivals(leaving)
        .annotate(case_id=stood_still())
        .values("kind", "from_stage", "to_stage", "arrived_on", "happened_on", "case_id")
    )
    # Django cannot group what a window has found, so its query is put into brackets; the values stay parameters.
    inner, values = moved.query.sql_with_params()
    grouped = (
        "SELECT kind, from_stage, to_stage, arrived_on, happened_on, case_id, COUNT(*)"  # noqa: S608
        f" FROM ({inner}) moved WHERE happened_on BETWEEN %s AND %s AND arrived_on IS NOT NULL"
        " GROUP BY kind, from_stage, to_stage, arrived_on, happened_on, case_id"
    )
    with connection.cursor() as cursor:
        cursor.execute(grouped, [*values, *(connection.ops.adapt_datefield_value(day) for day in filters.days)])
        for kind, stage, following, arrived_on, left_on, case_id, how_many in cursor.fetchall():
            yield Stays(kind, stage, following, _day(arrived_on), _day(left_on), case_id, how_many)


def _with_arrivals(rows: QuerySet[TimelineEntry]) -> QuerySet[Any]:
    """Every move of the cases of these moves, with the day of the move before."""
    arrived_on = Window(Lag("happened_on"), partition_by=F("application"), order_by=F("id").asc())
    every = TimelineEntry.objects.filter(MOVE, application__in=rows.values("application")).order_by()
    return every.annotate(kind=F("application__kind"), arrived_on=arrived_on)


def waits(rows: QuerySet[TimelineEntry]) -> Iterator[tuple[int, Pause]]:
    """Of the cases of these moves, by primary key, the days spent at stages that wait for the applicant (NC-4c).

    The day of arriving is the office's still, that of leaving the applicant's, as clocks count them.
    """
    waiting = {
        (kind, stop.stage.value)
        for kind, request in Application.KINDS.items()
        for stop in request.route
        if stop.awaits_applicant
    }
    stages = sorted({stage for _kind, stage in waiting})
    moved = _with_arrivals(rows).values("kind", "from_stage", "application_id", "arrived_on", "happened_on")
    inner, values = moved.query.sql_with_params()
    asked = (
        "SELECT kind, from_stage, application_id, arrived_on, happened_on"  # noqa: S608
        f" FROM ({inner}) moved WHERE from_stage IN ({', '.join(['%s'] * len(stages))}) AND happened_on > arrived_on"
    )
    with connection.cursor() as cursor:
        cursor.execute(asked, [*values, *stages])
        for kind, stage, case_id, arrived_on, left_on in cursor.fetchall():
            if (kind, stage) in waiting:
                yield case_id, Pause(_day(arrived_on) + ONE_DAY, _day(left_on))


def _day(value: date | str) -> date:
    """SQLite has no dates; what it gives is text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


class Spans:
    """Net and gross working days between two days of the cases of these moves."""

    def __init__(self, rows: QuerySet[TimelineEntry], *, whole_cases: bool = False) -> None:
        """Of whole cases the stages that wait for the applicant are taken off too."""
        self._calendar = calendar()
        held: dict[int, list[Suspension]] = defaultdict(list)
        for row in Suspension.objects.filter(application__in=rows.values("application")):
            held[row.application_id].append(row)
        self._pauses: dict[int, list[Pause]] = defaultdict(list)
        for case_id, suspensions in held.items():
            self._pauses[case_id] = closed_pauses(standstills(suspensions))
        if whole_cases:
            for case_id, pause in waits(rows):
                self._pauses[case_id].append(pause)

    def between(self, start: date, end: date, case_id: int | None) -> tuple[int, int]:
        """(net, gross); a day that lies before the start counts as the start."""
        end = max(start, end)
        pauses: list[Pause] = self._pauses.get(case_id, []) if case_id is not None else []
        gross = self._calendar.working_days_between(start, end)
        return (self._calendar.working_days_between(start, end, pauses) if pauses else gross), gross
