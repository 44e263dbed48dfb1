"""How long things take: finished, late, extended, median and 90th percentile, from the clocks that were fulfilled.

The database groups by number of days, so that what is read does not grow with the number of cases.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Office
from applications.engine.limits import rule_words
from applications.models import Application, Clock
from applications.stages import Kind, Stage

Words = str | Promise


@dataclass(frozen=True)
class Filters:
    """Which finished clocks: by the day they finished (both ends included), kind of request and office."""

    first: date
    last: date
    kind: str = ""
    office: int | None = None

    def rows(self) -> QuerySet[Clock]:
        rows = Clock.objects.filter(finished_on__range=(self.first, self.last))
        if self.kind:
            rows = rows.filter(application__kind=self.kind)
        return rows.filter(office=self.office) if self.office else rows


@dataclass
class Figures:
    """One line of the statistics; the days are net working days."""

    label: str
    limit: str = ""
    finished: int = 0
    late: int = 0
    extended: int = 0
    days: Counter[int] = field(default_factory=Counter)

    @property
    def on_time_percent(self) -> int:
        return round((self.finished - self.late) * 100 / self.finished) if self.finished else 100

    @property
    def median(self) -> int | float:
        return median(self.days)

    @property
    def p90(self) -> int:
        return percentile(self.days, 90)


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


@dataclass(frozen=True)
class Grouping:
    """A way to put the clocks together: its words, the columns that tell groups apart, and a group's own words."""

    label: Words
    columns: tuple[str, ...]
    order: Callable[[tuple[Any, ...]], Any]
    words: Callable[[tuple[Any, ...]], tuple[str, str]]


def _stage_order(key: tuple[Any, ...]) -> Any:
    kind, stage, awaited = key
    route = Application.KINDS[kind].route
    return list(Application.KINDS).index(kind), route.position(stage), awaited


def _stage_words(key: tuple[Any, ...]) -> tuple[str, str]:
    kind, stage, awaited = key
    request = Application.KINDS[kind]
    anchored = next((clock for clock in request.route.anchored if clock.fulfilled_by == awaited), None)
    rule = anchored.rule if anchored else request.route[stage].clock
    label = str(anchored.about if anchored else Stage(stage).label)
    several = len(Application.KINDS) > 1
    return f"{Kind(kind).label} · {label}" if several else label, rule_words(rule) if rule else ""


def _office_words(key: tuple[Any, ...]) -> tuple[str, str]:
    return str(Office.objects.filter(pk=key[0]).first() or "—"), ""


GROUPINGS: dict[str, Grouping] = {
    "stage": Grouping(_("stage"), ("application__kind", "stage", "fulfilled_by"), _stage_order, _stage_words),
    "office": Grouping(_("office"), ("office",), lambda key: key[0] or 0, _office_words),
    "kind": Grouping(
        _("kind of request"), ("application__kind",), lambda key: key, lambda key: (str(Kind(key[0]).label), "")
    ),
    "month": Grouping(_("month"), ("month",), lambda key: key, lambda key: (f"{key[0]:%Y-%m}", "")),
}


def figures(filters: Filters, by: str) -> list[Figures]:
    """The statistics of the clocks that finished, one line for each group, in the groups' own order."""
    grouping = GROUPINGS[by]
    rows = (
        filters.rows()
        .annotate(month=TruncMonth("finished_on"))
        .values_list(*(column.replace("stage", "stage") for column in grouping.columns), "net_days")
        .order_by()
        .annotate(
            how_many=Count("pk"),
            how_many_late=Count("pk", filter=Q(late=True)),
            how_many_extended=Count("pk", filter=Q(extended=True)),
        )
    )
    groups: dict[tuple[Any, ...], list[tuple[int, int, int, int]]] = defaultdict(list)
    for *key, net, finished, late, extended in rows:
        groups[_key(by, tuple(key))].append((net, finished, late, extended))
    return [_line(*grouping.words(key), groups[key]) for key in sorted(groups, key=grouping.order)]


def _key(by: str, key: tuple[Any, ...]) -> tuple[Any, ...]:
    """An anchored clock belongs to what it awaits, not to the stage at which it happened to start."""
    if by != "stage" or not key[2]:
        return key
    kind, _started_at, awaited = key
    request = Application.KINDS[kind]
    stages = request.steps()[awaited].stages
    return kind, next(stop.stage for stop in request.route if stop.stage in stages), awaited


def _line(label: str, limit: str, rows: Iterable[tuple[int, int, int, int]]) -> Figures:
    line = Figures(label, limit)
    for net, finished, late, extended in rows:
        line.finished += finished
        line.late += late
        line.extended += extended
        line.days[net] += finished
    return line
