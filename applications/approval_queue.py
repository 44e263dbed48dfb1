"""The managers' approval queue: each request with the figures that the decision rests on."""

from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.roles import Role
from applications.engine.steps import Tone
from applications.models import Application, Approval, Backdating, Extension, Subject
from applications.presenters import Action, CasePage
from applications.selectors import OPEN, at_stages, desk, most_urgent_first, stages_of
from applications.stages import Stage
from billing import selectors as ledger
from engineering import selectors as works
from engineering.models import Budget, Settlement

COMPARED = 200


@dataclass(frozen=True)
class Share:
    """A cost category and its part of the whole, in percent."""

    label: str
    percent: int


@dataclass(frozen=True)
class Request:
    """One thing to decide, with everything that the decision rests on."""

    case: Application
    page: CasePage
    budget: Budget | None
    settlement: Settlement | None
    shares: list[Share]
    usual: Decimal | None
    over_usual: int | None
    owed: Decimal
    extension: Extension | None
    backdating: Backdating | None

    @property
    def decisions(self) -> list[Action]:
        """The steps that answer the request: forward, back, and about an extension or a late record."""
        wanted = {"grant_extension", "refuse_extension"} if self.extension else set()
        wanted |= {"grant_backdating", "refuse_backdating"} if self.backdating else set()
        return [
            action
            for action in self.page.actions
            if action.step.tone in (Tone.FORWARD, Tone.BACK) or action.step.name in wanted
        ]

    @property
    def backdated_step(self) -> str:
        return str(self.case.steps()[self.backdating.step].label) if self.backdating else ""


def managed_by(role: Role) -> QuerySet[Application]:
    """The open cases at stages whose owner's manager is of this role."""
    managed: dict[str, list[Stage]] = {}
    for kind, request in Application.KINDS.items():
        managed[kind] = [stop.stage for stop in request.route if stop.owner.manager == role]
    return Application.objects.filter(OPEN, at_stages(managed))


def extensions_for(user: User, role: Role) -> QuerySet[Extension]:
    """The extensions that wait for a manager."""
    return Extension.objects.filter(
        status=Extension.Status.ASKED, clock__stopped_at__isnull=True, clock__application__in=managed_by(role)
    ).exclude(asked_by=user)


def backdatings_for(user: User, role: Role) -> QuerySet[Backdating]:
    """The late records that wait for a manager's agreement."""
    return Backdating.objects.filter(
        status=Backdating.Status.ASKED, void=False, application__in=managed_by(role)
    ).exclude(asked_by=user)


@dataclass(frozen=True)
class Queue:
    """What waits for a manager: the one on top with everything, then the next, most urgent first; how many in all."""

    top: Request | None
    place: int
    following: list[Application]
    waiting: int


NOTHING = Queue(None, 0, [], 0)
SHOWN = 50


def waiting_for(user: User, role: Role) -> QuerySet[Application]:
    """The cases that wait for a manager's decision, most urgent first: one query whatever their number."""
    asked = Q(pk__in=extensions_for(user, role).values("clock__application"))
    asked |= Q(pk__in=backdatings_for(user, role).values("application"))
    if any(stages_of(role).values()):
        asked |= Q(pk__in=desk(user, role).order_by().values("pk"))
    return most_urgent_first(Application.objects.filter(asked))


def queue_of(user: User, role: Role | None, *, number: str = "") -> Queue:
    """The queue of a manager. The case of that number is on top, if it waits; otherwise the most urgent one."""
    if role is None:
        return NOTHING
    waiting = waiting_for(user, role)
    first = list(waiting[: SHOWN + 1])
    chosen = waiting.filter(number=number).first() if number else None
    top = chosen or next(iter(first), None)
    if top is None:
        return NOTHING
    place = first.index(top) + 1 if top in first else 1
    following = [case for case in first[:SHOWN] if case != top]
    return Queue(_request(top, user, role), place, following, waiting.count())


def _request(case: Application, user: User, role: Role) -> Request:
    budget = works.current(case.project, Budget)
    total = budget.total if budget else Decimal(0)
    usual = _usual_total(case)
    return Request(
        case=case,
        page=CasePage(case, user),
        budget=budget,
        settlement=works.current(case.project, Settlement),
        shares=_shares(budget, total),
        usual=usual,
        over_usual=int((total - usual) * 100 / usual) if usual and total else None,
        owed=ledger.owed(customer=case.applicant, premises=case.premises),
        extension=extensions_for(user, role).filter(clock__application=case).first(),
        backdating=backdatings_for(user, role).filter(application=case).first(),
    )


def _shares(budget: Budget | None, total: Decimal) -> list[Share]:
    if budget is None or not total:
        return []
    by_category: dict[str, Decimal] = {}
    for line in budget.lines.all():
        label = line.get_category_display()
        by_category[label] = by_category.get(label, Decimal(0)) + line.amount
    shares = [Share(label, round(amount * 100 / total)) for label, amount in by_category.items()]
    return sorted(shares, key=lambda share: -share.percent)


def _usual_total(case: Application) -> Decimal | None:
    """The median of the last approved budgets of requests of the same kind by applicants of the same kind.

    None while there are fewer than three.
    """
    approved = Approval.objects.filter(subject=Subject.BUDGET, voided_at__isnull=True).values("application")
    alike = Application.objects.filter(kind=case.kind, applicant__kind=case.applicant.kind, pk__in=approved)
    projects: Any = alike.exclude(pk=case.pk).values("project")
    totals = works.closed_budget_totals(projects, limit=COMPARED)
    return median(totals) if len(totals) >= 3 else None
