"""A route says once, for one kind of request, the order of stages and for each its owner, clock and skip rule."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, time
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import models
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import State

from accounts.roles import Role
from applications.stages import FINAL_STAGES, Kind, Stage
from waterservice import policies
from waterservice.hours import CLOSE_OF_BUSINESS
from waterservice.text import Words

if TYPE_CHECKING:
    from applications.models import Application


class Unit(models.TextChoices):
    """How a clock counts."""

    WORKING_DAYS = "working_days", _("working days")
    CALENDAR_DAYS = "calendar_days", _("calendar days")
    SAME_DAY = "same_day", _("same day")
    AGREED_DATE = "agreed_date", _("agreed date")


COUNTED = (Unit.WORKING_DAYS, Unit.CALENDAR_DAYS)


@dataclass(frozen=True)
class ClockRule:
    """How long a stage or a duty may take; unit, days and hour are defaults of the policies that the route declares.

    until   gives the due date of an AGREED_DATE clock from the case; there is no policy for that one
    before  the hour, where the procedure names one; elsewhere the close of business
    """

    unit: Unit
    clause: str
    days: int = 0
    until: Callable[["Application"], date] | None = None
    before: time | None = None


def working_days(days: int, *, clause: str) -> ClockRule:
    return ClockRule(Unit.WORKING_DAYS, clause, days)


def calendar_days(days: int, *, clause: str) -> ClockRule:
    return ClockRule(Unit.CALENDAR_DAYS, clause, days)


def same_day(*, clause: str, before: time | None = None) -> ClockRule:
    return ClockRule(Unit.SAME_DAY, clause, before=before)


def agreed_date(until: Callable[["Application"], date], *, clause: str) -> ClockRule:
    return ClockRule(Unit.AGREED_DATE, clause, until=until)


@dataclass(frozen=True)
class SkipRule:
    """Whether a case passes a stage over, asked of the case as it is saved; `words` say when it does."""

    words: Words
    question: Callable[["Application"], bool]

    def __call__(self, case: "Application") -> bool:
        return self.question(case)


def skip_rule(words: Words) -> Callable[[Callable[["Application"], bool]], SkipRule]:
    """Declare the rule by which a stage is skipped."""
    return lambda question: SkipRule(words, question)


@dataclass(frozen=True)
class Stop:
    """One stage of a route.

    owner      whose inbox it stands in and who closes it
    co_owners  who else may do its work
    clock      how long it may take; none where the applicant, not an office, is awaited
    unless     the rule by which it is skipped
    sheet      the engineering sheet that the stage fills and its closing freezes
    grants     what others grant at the stage for the works; sent back behind it, it must be confirmed again
    awaits_applicant  whether the applicant, not an office, is waited for
    awaits_payment    whether that wait is over once the statement is paid
    """

    stage: Stage
    owner: Role
    co_owners: tuple[Role, ...] = ()
    clock: ClockRule | None = None
    unless: SkipRule | None = None
    sheet: str = ""
    grants: str = ""
    awaits_applicant: bool = False
    awaits_payment: bool = False

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset({self.owner, *self.co_owners})


@dataclass(frozen=True)
class Event:
    """What a clock counts from where that is not the deed which opens it: in words (“works ended on”), and its day.

    `day` reads the saved facts of the case; it is asked once, when the clock starts.
    """

    words: str | Any
    day: Callable[["Application"], date]


@dataclass(frozen=True)
class AnchoredClock:
    """A clock that one deed opens and a later one fulfils, whatever stages the case passes meanwhile.

    opened_by, fulfilled_by  the names of steps or tasks; opened again, it starts anew
    event     what it counts from; None: the deed that opens it. An event is never later than its deed
    subjects  whom or what the deed is awaited for now, by the facts (households, batches of cards): each has
              a clock of its own, which runs until its subject is named no longer. None: one for the whole case
    """

    rule: ClockRule
    about: str | Any
    opened_by: tuple[str, ...]
    fulfilled_by: str
    subjects: Callable[["Application"], Collection[str]] | None = None
    event: Event | None = None


class Terms(NamedTuple):
    """How a clock counts, how much, and at which hour its last day ends."""

    unit: Unit
    days: int
    closes: time


@dataclass(frozen=True)
class Limit:
    """The policies of one clock: how many days, which days count, and the hour, where the procedure names one."""

    days: policies.Policy[int]
    unit: policies.Policy[str]
    before: policies.Policy[time] | None

    def on(self, day: date) -> Terms:
        """What holds on a day; a same-day clock has no days."""
        unit = Unit(self.unit.on(day))
        hour = self.before or CLOSE_OF_BUSINESS
        return Terms(unit, 0 if unit is Unit.SAME_DAY else self.days.on(day), hour.on(day))


@dataclass(frozen=True)
class Route:
    """The stages of one kind of request in their order."""

    kind: Kind
    stops: tuple[Stop, ...]
    anchored: tuple[AnchoredClock, ...] = ()
    _limits: dict[str, "Limit"] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        for stop in self.stops:
            if stop.clock and stop.clock.unit is not Unit.AGREED_DATE:
                self._declare_limit(str(stop.stage), stop.stage.label, stop.clock, (*COUNTED, Unit.SAME_DAY))
        for anchored in self.anchored:
            self._declare_limit(anchored.fulfilled_by, anchored.about, anchored.rule, COUNTED)

    def _declare_limit(self, key: str, label: Any, rule: ClockRule, units: tuple[Unit, ...]) -> None:
        name, clause = f"clock.{self.kind.value}.{key}", rule.clause
        kinds = policies.PolicyKind
        self._limits[key] = Limit(
            policies.declare(
                name,
                label=label
                if rule.days
                else format_lazy(_("{label}: {words}"), label=label, words=_("time, where days are counted")),
                default=rule.days or 1,
                kind=kinds.DAYS,
                clause=clause,
                unit=pgettext_lazy("unit", "days"),
            ),
            policies.declare(
                f"{name}.unit",
                label=format_lazy(_("{label}: {words}"), label=label, words=_("counted in")),
                default=rule.unit.value,
                kind=kinds.CHOICE,
                clause=clause,
                choices={unit.value: unit.label for unit in units},
            ),
            policies.declare(
                f"{name}.before",
                label=format_lazy(_("{label}: {words}"), label=label, words=_("hour")),
                default=rule.before,
                kind=kinds.TIME,
                clause=clause,
            )
            if rule.before
            else None,
        )

    def __iter__(self) -> Iterator[Stop]:
        return iter(self.stops)

    def __contains__(self, stage: object) -> bool:
        return any(stop.stage == stage for stop in self.stops)

    def __getitem__(self, stage: str) -> Stop:
        for stop in self.stops:
            if stop.stage == stage:
                return stop
        raise KeyError(stage)

    @property
    def stages(self) -> tuple[Stage, ...]:
        return tuple(stop.stage for stop in self.stops)

    def position(self, stage: str) -> int:
        """The place of a stage in the route, from 1; a final stage is behind all others."""
        if stage in FINAL_STAGES:
            return len(self.stops) + 1
        return self.stages.index(Stage(stage)) + 1

    def in_order(self, stages: Collection[Stage]) -> tuple[Stage, ...]:
        """Those of the stages that the route passes, in its order."""
        return tuple(stage for stage in self.stages if stage in stages)

    def from_stage(self, first: Stage, through: Stage | None = None) -> tuple[Stage, ...]:
        """The stages from `first` to `through` (the last of the route, if left out), both included."""
        last = self.position(through) if through else len(self.stops)
        return self.stages[self.position(first) - 1 : last]

    def anchor(self, fulfilled_by: str) -> AnchoredClock:
        """The anchored clock that a step or task fulfils. Raises KeyError where there is none."""
        for anchored in self.anchored:
            if anchored.fulfilled_by == fulfilled_by:
                return anchored
        raise KeyError(fulfilled_by)

    def owner_of(self, stages: frozenset[Stage]) -> Role:
        """Who owns the first of these stages."""
        return next(stop.owner for stop in self.stops if stop.stage in stages)

    def limit(self, key: str, rule: ClockRule, on: date) -> Terms:
        """What holds on a day for the clock of a stage, or of the deed that an anchored clock awaits."""
        if key not in self._limits:
            return Terms(rule.unit, rule.days, CLOSE_OF_BUSINESS.on(on))
        return self._limits[key].on(on)

    def next_after(self, case: "Application") -> Stage:
        """The next stage of this case; stages whose skip rule holds are passed over; at the end, completed."""
        for stop in self.stops[self.position(case.stage) :]:
            if stop.unless is None or not stop.unless(case):
                return stop.stage
        return Stage.COMPLETED


class _Next(State):
    """A django-fsm target: the next stage by the route."""

    allowed_states = ()

    def get_state(self, model: Any, transition: Any, result: Any, args: Any = None, kwargs: Any = None) -> str:
        following: Stage = model.route.next_after(model)
        return following


class _Chosen(State):
    """A django-fsm target: an earlier stage that the actor chose among those already visited."""

    allowed_states = ()

    def get_state(self, model: Any, transition: Any, result: Any, args: Any = None, kwargs: Any = None) -> str:
        chosen = (kwargs or {})["to"]
        if chosen not in model.stages_to_return_to():
            raise ValueError(f"{model.number} cannot go back from {model.stage} to {chosen}")
        return Stage(chosen)


NEXT = _Next()
CHOSEN = _Chosen()
