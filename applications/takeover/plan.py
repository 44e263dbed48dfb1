"""What a paper file of a kind of request says of each stage, and how that is written. Declared once for each kind."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from applications.forms.takeover import FactsForm, HeadForm
from applications.models import Application
from applications.stages import Stage

if TYPE_CHECKING:
    from applications.takeover.replay import Replay

# Writes what was done at a stage; returns the day on which it was left, None where the paper names none.
Writer = Callable[["Replay", Any], date | None]


@dataclass(frozen=True)
class Section:
    """One stage.

    form    what the file says of it; None where it says nothing of its own
    passed  writes a stage that the file has passed
    begun   writes what has been done at the stage where the file stands, if anything can have been
    """

    stage: Stage
    passed: Writer
    form: type[FactsForm] | None = None
    begun: Writer | None = None


@dataclass(frozen=True)
class Plan:
    """A kind of request: its head, how its case is opened, and its sections in the order of the route."""

    request: type[Application]
    head: type[HeadForm]
    open: Callable[..., Application]
    sections: tuple[Section, ...]

    def passed(self, stage: Stage) -> tuple[Stage, ...]:
        """The stages behind a file that stands at one."""
        return self.request.route.stages[: self.request.route.position(stage) - 1]

    def section(self, stage: str) -> Section:
        return next(section for section in self.sections if section.stage == stage)

    def asked(self, stage: Stage) -> tuple[Section, ...]:
        """The sections of which a file that stands at a stage can say something."""
        behind = self.passed(stage)
        return tuple(
            section
            for section in self.sections
            if section.form is not None
            and (section.stage in behind or (section.stage == stage and section.begun is not None))
        )

    def may_be_skipped(self, stage: Stage) -> bool:
        """Whether a file can have passed without standing there, so that the figures decide what it must say."""
        return self.request.route[stage].unless is not None


PLANS: dict[str, Plan] = {}


def plan_of(kind: str) -> Plan:
    """The plan of a kind. Raises KeyError where files of that kind are not taken over."""
    return PLANS[kind]
