"""Checkpoints: named questions about a case's saved facts that a step cannot pass unanswered."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from waterservice.text import aside

if TYPE_CHECKING:
    from accounts.models import User
    from applications.models import Application

Words = str | Promise


@dataclass(frozen=True)
class Reason:
    """Why a step is refused: what is wrong and what to do, the clause behind it, where it is cured.

    `cure` is a tab of the case page or the name of the very deed; empty where only time or somebody's answer helps.
    """

    message: Words
    clause: str = ""
    cure: str = ""

    def __str__(self) -> str:
        return aside(self.message, self.clause) if self.clause else str(self.message)


@dataclass(frozen=True)
class Checkpoint:
    """A question about the case alone; it is a django-fsm condition, so calling it tells whether it is met.

    `question` returns None when met, otherwise the sentence for the clerk. It only reads.
    """

    name: str
    title: Words
    clause: str
    cure: str
    question: Callable[..., Words | None]

    def unmet(self, case: "Application") -> Reason | None:
        answer = self.question(case)
        return None if answer is None else Reason(answer, self.clause, self.cure)

    def __call__(self, case: "Application") -> bool:
        return self.question(case) is None


@dataclass(frozen=True)
class ActorRule:
    """A question about the case and the person who acts (four eyes); listed with the checkpoints."""

    name: str
    title: Words
    clause: str
    question: Callable[..., Words | None]

    def unmet(self, case: "Application", actor: "User") -> Reason | None:
        answer = self.question(case, actor)
        return None if answer is None else Reason(answer, self.clause)


def checkpoint(title: Words, *, clause: str = "", cure: str = "") -> Callable[[Any], Checkpoint]:
    """Declare a checkpoint; `cure` names the tab, or the deed, by which the reason can be cured."""

    def declare(question: Callable[..., Words | None]) -> Checkpoint:
        return Checkpoint(question.__name__, title, clause, cure, question)

    return declare


def actor_rule(title: Words, *, clause: str = "") -> Callable[[Any], ActorRule]:
    def declare(question: Callable[..., Words | None]) -> ActorRule:
        return ActorRule(question.__name__, title, clause, question)

    return declare
