"""By kind, month and office: the cases that were completed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, DateField, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate, TruncMonth
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Office
from applications.models import Application, TimelineEntry
from applications.stages import Kind, Stage
from applications.statistics.figures import Figures, Filters
from applications.statistics.spans import Spans, any_clock, moves

CLOCKS = "application__clocks"


@dataclass(frozen=True)
class CaseGrouping:
    """A way to put cases together: its words, the column that tells groups apart, the words of the groups found."""

    label: str | Promise
    column: str
    words: Callable[[Iterable[Any]], dict[Any, str]]


def _kinds(keys: Iterable[Any]) -> dict[Any, str]:
    return {kind: str(Kind(kind).label) for kind in sorted(keys, key=list(Application.KINDS).index)}


def _months(keys: Iterable[Any]) -> dict[Any, str]:
    return {month: f"{month:%Y-%m}" for month in sorted(keys)}


def _offices(keys: Iterable[Any]) -> dict[Any, str]:
    names = {office.pk: str(office) for office in Office.objects.order_by("pk")}
    return {key: names.get(key, "—") for key in sorted(keys, key=lambda key: (key is None, key))}


CASE_GROUPINGS = {
    "office": CaseGrouping(_("office"), f"{CLOCKS}__office", _offices),
    "kind": CaseGrouping(_("kind of request"), "application__kind", _kinds),
    "month": CaseGrouping(_("month"), "month", _months),
}


def of_cases(filters: Filters, grouping: CaseGrouping) -> list[Figures]:
    """One line for each kind, month or office.

    A case is late if any of its limits was broken, extended if any was extended; it took the working days from
    acceptance to completion. By office, or of one office, it counts for each office that had a limit in it, with
    that office's own days and breaches.
    """
    whole_case = grouping.column != f"{CLOCKS}__office" and filters.office is None
    samples = list(_whole_cases(filters, grouping) if whole_case else _shares(filters, grouping))
    labels = grouping.words({key for key, *_sample in samples})
    lines = {key: Figures(label) for key, label in labels.items()}
    for key, how_many, net, gross, late, extended in samples:
        lines[key].add(how_many, net, gross, late=how_many * late, extended=how_many * extended)
    return list(lines.values())


Sample = tuple[Any, int, int, int, bool, bool]


def _completed(filters: Filters) -> QuerySet[TimelineEntry]:
    """The moves that completed a case, with the month in which they happened."""
    return moves(filters).filter(to_stage=Stage.COMPLETED).annotate(month=TruncMonth("happened_on"))


def _whole_cases(filters: Filters, grouping: CaseGrouping) -> Iterable[Sample]:
    """(key, how many, net, gross, late, extended) of whole cases."""
    completed = _completed(filters)
    accepted_on = Coalesce("application__accepted_on", TruncDate("application__created_at"), output_field=DateField())
    rows = completed.annotate(
        accepted_on=accepted_on,
        late=any_clock(late=True, taken_over_late=False),
        extended=any_clock(extended=True),
    ).values_list(grouping.column, "accepted_on", "happened_on", "late", "extended", "application")
    spans = Spans(completed, whole_cases=True)
    for key, accepted, completed_on, late, extended, case_id in rows:
        net, gross = spans.between(accepted, completed_on, case_id)
        yield key, 1, net, gross, late, extended


def _shares(filters: Filters, grouping: CaseGrouping) -> Iterable[Sample]:
    """The same of each office's part in a case: the days of its stages, or of what runs beside them if it has none."""
    office = {f"{CLOCKS}__office": filters.office} if filters.office else {}
    kept, of_stage = Q(**{f"{CLOCKS}__cancelled": False}), Q(**{f"{CLOCKS}__fulfilled_by": ""})
    net, gross = f"{CLOCKS}__net_days", f"{CLOCKS}__gross_days"
    rows = (
        _completed(filters)
        .filter(**{f"{CLOCKS}__isnull": False}, **office)
        .values_list("application", f"{CLOCKS}__office", grouping.column)
        .annotate(
            net=Coalesce(Sum(net, filter=kept & of_stage), Max(net, filter=kept & ~of_stage), 0),
            gross=Coalesce(Sum(gross, filter=kept & of_stage), Max(gross, filter=kept & ~of_stage), 0),
            late=Count("pk", filter=Q(**{f"{CLOCKS}__late": True, f"{CLOCKS}__taken_over_late": False})),
            extended=Count("pk", filter=Q(**{f"{CLOCKS}__extended": True})),
        )
    )
    for _case, _office, key, net_days, gross_days, late, extended in rows:
        yield key, 1, net_days, gross_days, bool(late), bool(extended)
