"""`@step` declares a move of a case, `@task` the work that a stage produces. Everything else derives from them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django_fsm import State, transition

from accounts.roles import Role
from applications.engine.checkpoints import ActorRule, Checkpoint, Words, checkpoint
from applications.engine.matters import Matter
from applications.engine.route import NEXT, Stop
from applications.stages import Stage

if TYPE_CHECKING:
    from accounts.models import Seat, User
    from applications.models import Application


class By(Enum):
    """Who acts, seen from the stage at which the case stands."""

    OWNER = "owner"
    OWNERS_MANAGER = "owner's manager"
    # Of the clock that is meant, wherever the case stands; of the stage, while no clock runs or is asked about.
    CLOCK_OWNER = "owner of the time limit"
    CLOCK_GRANTOR = "grantor of the time limit"


OWNER = By.OWNER
OWNERS_MANAGER = By.OWNERS_MANAGER
CLOCK_OWNER = By.CLOCK_OWNER
CLOCK_GRANTOR = By.CLOCK_GRANTOR
Actor = By | Role
Shows = tuple[Callable[["Application"], Matter | None], ...]


@dataclass(frozen=True)
class Desk:
    """A role, and the one office in which it counts; None where it counts in every office."""

    role: Role
    office: int | None = None

    @classmethod
    def beside(cls, role: Role, owner: Role, office: int | None) -> "Desk":
        """The desk of a role in what lies at an owner's office, which matters only to offices of the same kind."""
        return cls(role, office if role.office_kind == owner.office_kind else None)

    def seat_of(self, person: "User") -> "Seat | None":
        """The seat in which somebody sits here, their own before that of a colleague they stand in for; or None.

        Who holds a role beside their own office's (a counter clerk who also surveys) has no office in it.
        """
        seats = person.seats_as(self.role)
        return next((seat for seat in seats if seat.office is None or self.office in (None, seat.office.pk)), None)

    def is_of(self, person: "User") -> bool:
        """Whether somebody sits here."""
        return self.seat_of(person) is not None


class Tone(Enum):
    """How a button looks and where it stands."""

    FORWARD = "primary"
    SIDE = "outline-secondary"
    BACK = "outline-warning"
    END = "outline-danger"


@dataclass(frozen=True)
class Deed:
    """What steps and tasks have in common: a name, words, a place, people and a form.

    `shows` asks for what must be known before it is done; what is not there answers None.
    """

    name: str
    label: Words
    past: Words
    clause: str
    stages: frozenset[Stage]
    by: tuple[Actor, ...]
    form: str
    rules: tuple[ActorRule, ...]
    shows: Shows

    def shown(self, case: "Application") -> list[Matter]:
        """What stands above the form."""
        return [matter for show in self.shows if (matter := show(case)) is not None]

    def label_at(self, case: "Application") -> Words:
        """What the button says where the case stands."""
        return self.label

    @property
    def submit(self) -> Words:
        """What the button below the form says."""
        return self.label

    def roles_at(self, case: "Application") -> frozenset[Role]:
        """The roles that may do this where the case stands now."""
        return frozenset(desk.role for desk in self.desks_at(case))

    def desks_at(self, case: "Application") -> list[Desk]:
        """The desks at which this may be done where the case stands now."""
        return [desk for actor in self.by for desk in _desks(actor, case)]


def _desks(actor: Actor, case: "Application") -> Iterator[Desk]:
    stop = case.stop
    if stop is None:
        if isinstance(actor, Role):
            yield Desk(actor)
        return
    if actor is By.CLOCK_OWNER and case.open_clocks:
        yield from (clock.owner_desk for clock in case.open_clocks)
    elif actor is By.CLOCK_GRANTOR and case.asked_extension is not None:
        yield case.asked_extension.clock.grantor_desk
    else:
        yield from (Desk.beside(role, stop.owner, case.office_id) for role in _roles(actor, stop))


def _roles(actor: Actor, stop: Stop) -> frozenset[Role]:
    """Who acts at a stop of the route."""
    if isinstance(actor, Role):
        return frozenset({actor})
    if actor in (By.OWNER, By.CLOCK_OWNER):
        return stop.roles
    return frozenset() if stop.owner.manager is None else frozenset({stop.owner.manager})


@dataclass(frozen=True)
class Step(Deed):
    """A move of the case; `target` is a Stage, NEXT, CHOSEN, or None for a side step that stays.

    Where `wanted` says no, the step has no point and its button is not even shown grey.
    """

    target: Stage | State | None
    checkpoints: tuple[Checkpoint, ...]
    tone: Tone
    consequence: Callable[["Application"], Words] | None = None
    stops_time: bool = False
    wanted: Callable[["Application"], bool] | None = None
    while_suspended_label: Words = ""

    def label_at(self, case: "Application") -> Words:
        return self.while_suspended_label if self.while_suspended_label and case.suspended else self.label

    @property
    def forward(self) -> bool:
        return self.target is NEXT

    @property
    def backdatable(self) -> bool:
        """Whether the day on which it happened moves a limit, so that it may be recorded later (补录)."""
        return self.forward or self.stops_time


SAVED_TABS = ("overview", "works")


@dataclass(frozen=True)
class Task(Deed):
    """Work of a stage; it changes the folders of the case, never its stage. `tab` is where it is shown.

    `wanted` asks whether the case calls for it now, a checkpoint or any other question; `unwanted` says why not.
    What `adds` to the work of others changes nothing of it: it is taken from a page that has gone stale too, after
    the network was gone, and makes no page stale itself.
    `done_before` says that what a form holds was done before, in words; the door then answers with them.
    """

    tab: str
    wanted: Callable[["Application"], bool] | None = None
    unwanted: Callable[["Application"], Words] | None = None
    done_before: Callable[["Application", Mapping[str, Any]], Words] | None = None
    adds: bool = False

    @property
    def submit(self) -> Words:
        """A sheet or a form is saved; what money or papers do is called by its name."""
        return _("Save") if self.form and self.tab in SAVED_TABS else self.label

    def is_wanted(self, case: "Application") -> bool:
        return self.wanted is None or self.wanted(case)

    def why_unwanted(self, case: "Application") -> Words:
        """Why a piece of work of this very stage is not called for: in its own words, or in its checkpoint's."""
        if self.unwanted is not None:
            return self.unwanted(case)
        reason = self.wanted.unmet(case) if isinstance(self.wanted, Checkpoint) else None
        if reason is not None:
            return reason.message
        return translated("“{work}” is not called for as the case is now.").format(work=self.label)


@checkpoint(_("The case is not suspended"), clause="")
def not_suspended(case: "Application") -> Words | None:
    if case.suspended:
        return _("The case is suspended and waits for the applicant. Resume it first.")
    return None


def within_deadline(step_name: str) -> Checkpoint:
    """No forward step leaves a stage past its due moment without a granted extension (procedure, in common)."""

    def question(case: "Application") -> Words | None:
        late = case.late_clock_gating(step_name)
        if late is None:
            return None
        return _("The time limit ended on {due}. Ask for an extension; {role} grants it.").format(
            due=late.due_words, role=late.grantor.label
        )

    return Checkpoint(
        "within_deadline", _("The time limit is kept, or an extension granted"), "", "ask_extension", question
    )


def _as_stages(source: Stage | Iterable[Stage]) -> frozenset[Stage]:
    return frozenset({source}) if isinstance(source, Stage) else frozenset(source)


def _as_actors(by: Actor | tuple[Actor, ...]) -> tuple[Actor, ...]:
    return by if isinstance(by, tuple) else (by,)


def step(
    label: Words,
    *,
    past: Words,
    source: Stage | Iterable[Stage],
    target: Stage | State | None = None,
    by: Actor | tuple[Actor, ...] = OWNER,
    clause: str = "",
    checkpoints: Iterable[Checkpoint] = (),
    rules: Iterable[ActorRule] = (),
    form: str = "",
    tone: Tone | None = None,
    shows: Shows = (),
    while_suspended: bool = False,
    while_suspended_label: Words = "",
    consequence: Callable[["Application"], Words] | None = None,
    stops_time: bool = False,
    wanted: Callable[["Application"], bool] | None = None,
) -> Callable[[Any], Any]:
    """Declare one django-fsm transition of a case on its protected stage.

    `consequence` says before the step is confirmed what it will do besides moving the case; a side step that
    `stops_time`, or sets it going, counts from the day on which it happened.

    The description goes into the transition's `custom`; not_suspended and, on forward steps,
    within_deadline come before its own checkpoints.
    """

    def declare(method: Any) -> Any:
        gates = tuple(checkpoints)
        if target is NEXT:
            gates = (within_deadline(method.__name__), *gates)
        if not while_suspended:
            gates = (not_suspended, *gates)
        stages = _as_stages(source)
        description = Step(
            name=method.__name__,
            label=label,
            past=past,
            clause=clause,
            stages=stages,
            by=_as_actors(by),
            form=form,
            rules=tuple(rules),
            shows=shows,
            target=target,
            checkpoints=gates,
            tone=tone or (Tone.FORWARD if target is NEXT else Tone.SIDE),
            consequence=consequence,
            stops_time=stops_time,
            wanted=wanted,
            while_suspended_label=while_suspended_label,
        )
        declared = transition(
            field="stage",
            source=sorted(stages),
            target=target,
            conditions=list[Any](gates),
            custom={"step": description},
        )(method)
        declared.step = description
        return declared

    return declare


def task(
    label: Words,
    *,
    past: Words,
    at: Stage | Iterable[Stage],
    by: Actor | tuple[Actor, ...] = OWNER,
    clause: str = "",
    rules: Iterable[ActorRule] = (),
    form: str = "",
    shows: Shows = (),
    tab: str = "works",
    wanted: Callable[["Application"], bool] | None = None,
    unwanted: Callable[["Application"], Words] | None = None,
    done_before: Callable[["Application", Mapping[str, Any]], Words] | None = None,
    adds: bool = False,
) -> Callable[[Any], Any]:
    """Declare a piece of work that `work` does under the case's lock; the method may return words for the timeline."""

    def declare(method: Any) -> Any:
        method.task = Task(
            name=method.__name__,
            label=label,
            past=past,
            clause=clause,
            stages=_as_stages(at),
            by=_as_actors(by),
            form=form,
            rules=tuple(rules),
            shows=shows,
            tab=tab,
            wanted=wanted,
            unwanted=unwanted,
            done_before=done_before,
            adds=adds,
        )
        return method

    return declare
