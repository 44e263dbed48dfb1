"""By stage: what each limit took, and how long cases stayed at the stages that have none."""

from collections.abc import Iterable

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.engine.limits import promised, terms_words
from applications.models import Application, Clock
from applications.stages import GIVEN_UP, Kind, Stage
from applications.statistics.figures import Figures, Filters
from applications.statistics.spans import Spans, moves, stays

BY_STAGE = _("stage")

# Kind, stage, and of a clock that runs beside the stages the step that it awaits.
Key = tuple[str, str, str]


def of_stages(filters: Filters) -> list[Figures]:
    """One line for each stage that cases have passed, in the order of the routes.

    Limits count where they belong, whatever office was asked for; a stage without a limit belongs to no office, so
    that it is left out when one is asked for.
    """
    lines: dict[Key, Figures] = {}
    for key, net, gross, finished, late, extended in _fulfilled(filters):
        _line(lines, key).add(finished, net, gross, late=late, extended=extended)
    for key, late in _broken_and_undone(filters):
        _line(lines, key).add_undone(late)
    if filters.office is None:
        _add_stays(lines, filters)
    return [lines[key] for key in sorted(lines, key=_order)]


def _line(lines: dict[Key, Figures], key: Key) -> Figures:
    if key not in lines:
        kind, stage, awaited = key
        route = Application.KINDS[kind].route
        rule = route.anchor(awaited).rule if awaited else route[stage].clock
        terms = route.limit(awaited or stage, rule, timezone.localdate()) if rule else None
        label = str(route.anchor(awaited).about if awaited else Stage(stage).label)
        several = len(Application.KINDS) > 1
        label = f"{Kind(kind).label} · {label}" if several else label
        lines[key] = Figures(label, limited=rule is not None)
        if rule is not None and terms is not None:
            lines[key].limit, lines[key].promise = terms_words(terms, rule.clause), promised(terms)
    return lines[key]


def _order(key: Key) -> tuple[int, int, str]:
    kind, stage, awaited = key
    return list(Application.KINDS).index(kind), Application.KINDS[kind].route.position(stage), awaited


# -- limits ----------------------------------------------------------------------------------------


def _clocks(filters: Filters) -> QuerySet[Clock]:
    rows = Clock.objects.order_by()
    rows = rows.filter(application__kind=filters.kind) if filters.kind else rows
    return rows.filter(office=filters.office) if filters.office else rows


def fulfilled(filters: Filters) -> QuerySet[Clock]:
    """The clocks that were fulfilled."""
    return _clocks(filters).filter(cancelled=False, finished_on__range=filters.days)


def _fulfilled(filters: Filters) -> Iterable[tuple[Key, int, int, int, int, int]]:
    """(key, net, gross, how many, of them late, extended) of the clocks that were fulfilled."""
    rows = (
        fulfilled(filters)
        .values_list("application__kind", "stage", "fulfilled_by", "net_days", "gross_days")
        .annotate(
            how_many=Count("pk"),
            how_many_late=Count("pk", filter=Q(late=True, taken_over_late=False)),
            how_many_extended=Count("pk", filter=Q(extended=True)),
        )
    )
    for kind, stage, awaited, *counts in rows:
        yield _key(kind, stage, awaited), *counts


def _broken_and_undone(filters: Filters) -> Iterable[tuple[Key, int]]:
    """(key, how many) of the clocks that had broken their limit when a case was sent back or withdrawn."""
    since, until = filters.moments
    rows = (
        _clocks(filters)
        .filter(cancelled=True, late=True, taken_over_late=False, stopped_at__gte=since, stopped_at__lt=until)
        .values_list("application__kind", "stage", "fulfilled_by")
        .annotate(Count("pk"))
    )
    for kind, stage, awaited, late in rows:
        yield _key(kind, stage, awaited), late


def _key(kind: str, stage: str, awaited: str) -> Key:
    """An anchored clock belongs to what it awaits, not to the stage at which it happened to start."""
    if not awaited:
        return kind, stage, awaited
    request = Application.KINDS[kind]
    deed = request.steps().get(awaited) or request.tasks()[awaited]
    return kind, next(stop.stage for stop in request.route if stop.stage in deed.stages), awaited


# -- stages without a limit --------------------------------------------------------------------------


def _add_stays(lines: dict[Key, Figures], filters: Filters) -> None:
    """How long cases stayed where no limit runs, from arriving to leaving for a later stage.

    Where they wait for the applicant, none of the time is an office's.
    """
    unlimited = Q(pk__in=())
    for kind, request in Application.KINDS.items():
        stages = [stop.stage for stop in request.route if stop.clock is None]
        unlimited |= Q(application__kind=kind, from_stage__in=stages)
    leaving = moves(filters).filter(unlimited).exclude(to_stage__in=sorted(GIVEN_UP))
    spans = Spans(leaving)
    for stay in stays(filters, leaving):
        route = Application.KINDS[stay.kind].route
        forward = route.position(stay.following) > route.position(stay.stage) and stay.following not in GIVEN_UP
        if forward and route[stay.stage].clock is None:
            net, gross = spans.between(stay.arrived_on, stay.left_on, stay.case_id)
            net = 0 if route[stay.stage].awaits_applicant else net
            _line(lines, (stay.kind, stay.stage, "")).add(stay.how_many, net, gross)
