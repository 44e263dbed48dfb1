"""The filters of every list of cases: declared once for home, register, overview and their workbooks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Office
from applications import selectors
from applications.lights import LightState, in_state
from applications.models import Application
from applications.stages import Kind, Stage
from waterservice.hours import at_hour
from waterservice.workdays import ONE_DAY

Cases = QuerySet[Application]
Choices = Sequence[tuple[str, str | Promise]]


@dataclass(frozen=True)
class Filter:
    """One way to narrow a list of cases; `control` is how a page asks for it: select, search or date."""

    label: str | Promise
    narrow: Callable[[Cases, str], Cases]
    control: str = "select"


def _due_on(cases: Cases, value: str) -> Cases:
    day = parse_date(value)
    assert day is not None
    return cases.filter(due_at__gte=at_hour(day, time()), due_at__lt=at_hour(day + ONE_DAY, time()))


FILTERS = {
    "text": Filter(_("Number, name, telephone or address"), selectors.search, "search"),
    "kind": Filter(_("Request"), lambda cases, value: cases.filter(kind=value)),
    "stage": Filter(_("Stage"), lambda cases, value: cases.filter(stage=value)),
    "light": Filter(_("Light"), lambda cases, value: cases.filter(in_state(LightState(value), timezone.now()))),
    "area": Filter(_("Area"), lambda cases, value: cases.filter(premises__district=value)),
    "office": Filter(_("Office"), lambda cases, value: cases.filter(office=int(value))),
    "due": Filter(_("Due on"), _due_on, "date"),
}


@dataclass(frozen=True)
class Field:
    """A filter as a page asks for it."""

    name: str
    filter: Filter
    value: str
    choices: Choices


class CaseFilters:
    """The filters that a list offers, with the values of an address; what is not offered is left out.

    `offered` names them in their order, each with its choices (none for words and days).
    """

    def __init__(self, data: Mapping[str, str], offered: Mapping[str, Choices]) -> None:
        self.fields = [
            Field(name, FILTERS[name], _valid(name, data, choices), choices) for name, choices in offered.items()
        ]

    @property
    def values(self) -> dict[str, str]:
        """What is chosen, by name."""
        return {field.name: field.value for field in self.fields if field.value}

    def narrow(self, cases: Cases, *, but: str = "") -> Cases:
        """The cases that fit; `but` names a filter that is not to count, so that its choices can be counted."""
        for name, value in self.values.items():
            cases = cases if name == but else FILTERS[name].narrow(cases, value)
        return cases

    def query(self, **changes: str) -> str:
        """The filters as the end of an address, with these changed or added; an empty one goes."""
        return urlencode({name: value for name, value in {**self.values, **changes}.items() if value})


def _valid(name: str, data: Mapping[str, str], choices: Choices) -> str:
    value = data.get(name, "").strip()
    if FILTERS[name].control == "select":
        return value if value in {key for key, _label in choices} else ""
    if FILTERS[name].control == "date":
        return value if _is_day(value) else ""
    return value


def _is_day(value: str) -> bool:
    try:
        day = parse_date(value)
    except ValueError:
        return False
    return day is not None and date(2000, 1, 1) <= day < date(2200, 1, 1)


# -- what a list offers ----------------------------------------------------------------------------


def kinds() -> Choices:
    return [(kind, Kind(kind).label) for kind in Application.KINDS]


def stages(by_kind: Mapping[str, Sequence[Stage]], kind: str = "") -> Choices:
    """The stages of one kind of request, or of all, each once and in the order of the routes."""
    found = {stage: None for each, own in by_kind.items() if kind in ("", each) for stage in own}
    return [(stage.value, stage.label) for stage in found]


def areas(cases: Cases, offices: Sequence[Office]) -> Choices:
    """The districts of the premises of some cases, and those that the offices name."""
    met = set(cases.order_by().values_list("premises__district", flat=True).distinct())
    named = {district for office in offices for district in office.districts}
    return [(district, district) for district in sorted((met | named) - {""})]


def register_offers(cases: Cases) -> dict[str, Any]:
    """The filters of the register of the cases that somebody sees."""
    offices = list(Office.objects.all())
    return {
        "text": [],
        "kind": kinds(),
        "stage": Stage.choices,
        "light": LightState.choices,
        "area": areas(cases.filter(selectors.OPEN), offices),
        "office": [(str(office.pk), office.name) for office in offices],
        "due": [],
    }
