"""`@step` declares a move of a case, `@task` the work that a stage produces. Everything else derives from them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from django_fsm import State, transition

from accounts.roles import Role
from applications.engine.checkpoints import ActorRule, Checkpoint, Words, checkpoint
from applications.engine.route import NEXT, Stop
from applications.stages import Stage

if TYPE_CHECKING:
    from accounts.models import User
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


@dataclass(frozen=True)
class Desk:
    """A role, and the one office in which it counts; None where it counts in every office."""

    role: Role
    office: int | None = None

    @classmethod
    def beside(cls, role: Role, owner: Role, office: int | None) -> "Desk":
        """The desk of a role in what lies at an owner's office, which matters only to offices of the same kind."""
        return cls(role, office if role.office_kind == owner.office_kind else None)

    def is_of(self, person: "User") -> bool:
        """Whether somebody sits here.

        Who holds a role beside their own office's (a counter clerk who also surveys) has no office in it.
        """
        if self.role not in person.roles:
            return False
        if self.office in (None, person.office_id) or person.office is None:
            return True
        return bool(person.office.kind != self.role.office_kind)


class Tone(Enum):
    """How a button looks and where it stands."""

    FORWARD = "primary"
    SIDE = "outline-secondary"
    BACK = "outline-warning"
    END = "outline-danger"


@dataclass(frozen=True)
class Deed:
    """What steps and tasks have in common: a name, words, a place, people and a form."""

    name: str
    label: Words
    past: Words
    clause: str
    stages: frozenset[Stage]
    by: tuple[Actor, ...]
    form: str
    rules: tuple[ActorRule, ...]

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
    """A move of the case; `target` is a Stage, NEXT, CHOSEN, or None for a side step that stays."""

    target: Stage | State | None
    checkpoints: tuple[Checkpoint, ...]
    tone: Tone
    consequence: Callable[["Application"], Words] | None = None

    @property
    def forward(self) -> bool:
        return self.target is NEXT


@dataclass(frozen=True)
class Task(Deed):
    """Work of a stage; it changes the folders of the case, never its stage. `tab` is where it is shown.

    `done_before` says that what a form holds was done before, in words; the door then answers with them.
    """

    tab: str
    wanted: Callable[["Application"], bool] | None = None
    done_before: Callable[["Application", Mapping[str, Any]], Words] | None = None


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

    return Checkpoint("within_deadline", _("The time limit is kept, or an extension granted"), "", "time", question)


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
    while_suspended: bool = False,
    consequence: Callable[["Application"], Words] | None = None,
) -> Callable[[Any], Any]:
    """Declare one django-fsm transition of a case on its protected stage.

    `consequence` says before the step is confirmed what it will do besides moving the case.

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
            target=target,
            checkpoints=gates,
            tone=tone or (Tone.FORWARD if target is NEXT else Tone.SIDE),
            consequence=consequence,
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
    tab: str = "works",
    wanted: Callable[["Application"], bool] | None = None,
    done_before: Callable[["Application", Mapping[str, Any]], Words] | None = None,
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
            tab=tab,
            wanted=wanted,
            done_before=done_before,
        )
        return method

    return declare
