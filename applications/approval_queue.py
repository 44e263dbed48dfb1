"""The managers' approval queue: each request with the figures that the decision rests on."""

from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.roles import Role
from applications.engine.matters import Matter
from applications.engine.steps import Tone
from applications.flows.time import OPINION_FORM
from applications.matters import variance
from applications.models import Application, Approval, Backdating, Extension, Reduction, Subject, Termination
from applications.models.clock import grantor_of
from applications.presenters import Action, CasePage
from applications.selectors import OPEN, desk, most_urgent_first, stages_of
from applications.variance import Variance, waiting, waiting_cases
from billing import selectors as ledger
from engineering import selectors as works
from engineering.models import Budget, Settlement
from waterservice.models import PEOPLE

COMPARED = 200
FEWEST = 3


@dataclass(frozen=True)
class Share:
    """A cost category and its part of the whole, in percent."""

    label: str
    percent: int


@dataclass(frozen=True)
class Answer:
    """A step that answers a request, and the key that opens its form."""

    action: Action
    key: str


@dataclass(frozen=True)
class Request:
    """One thing to decide, with everything that the decision rests on."""

    case: Application
    page: CasePage
    budget: Budget | None
    settlement: Settlement | None
    variance: Variance | None
    shares: list[Share]
    usual: Decimal | None
    compared: int
    over_usual: int | None
    owed: Decimal
    extension: Extension | None
    backdating: Backdating | None
    reduction: Reduction | None
    termination: Termination | None

    @property
    def cost(self) -> Decimal:
        """What the decision is about: the larger of budget and settlement, yuan (NC-10)."""
        return works.largest_cost(self.case.project)

    @property
    def applicant_pays(self) -> Decimal:
        """By the settlement once it is fixed, before by the budget, yuan."""
        figures = self.settlement if self.settlement is not None and self.settlement.closed else self.budget
        return figures.applicant_total if figures else Decimal(0)

    @property
    def decisions(self) -> list[Action]:
        """The steps that answer the request: forward, back, and about what was asked for besides."""
        wanted = {"grant_extension", "refuse_extension"} if self.extension else set()
        wanted |= {"grant_backdating", "refuse_backdating"} if self.backdating else set()
        wanted |= {"grant_reduction", "refuse_reduction"} if self.reduction else set()
        wanted |= {"grant_termination", "refuse_termination"} if self.termination else set()
        return [
            action
            for action in self.page.actions
            if action.step.tone in (Tone.FORWARD, Tone.BACK) or action.step.name in wanted
        ]

    @property
    def answers(self) -> list[Answer]:
        """The decisions with A for the first that agrees and R for the first that does not."""
        free, found = ["r", "a"], []
        for action in self.decisions:
            agrees = action.step.form == OPINION_FORM or action.step.tone is Tone.FORWARD
            key = "a" if agrees else "r"
            found.append(Answer(action, key if key in free and action.ready else ""))
            if found[-1].key:
                free.remove(key)
        return found

    @property
    def matters(self) -> list[Matter]:
        """What the steps that answer say they are about; the settlement has a table of its own."""
        shows = dict.fromkeys(show for action in self.decisions for show in action.step.shows if show is not variance)
        return [matter for show in shows if (matter := show(self.case)) is not None]


def managed_by(user: User, role: Role) -> QuerySet[Application]:
    """The open cases at stages whose owner's manager is of this role, those of the manager's own office."""
    found = Q(pk__in=())
    for kind, request in Application.KINDS.items():
        for stop in request.route:
            if stop.owner.manager == role:
                found |= Q(kind=kind, stage=stop.stage) & _in_reach(user, role, stop.owner, "office")
    return Application.objects.filter(OPEN, found)


def _in_reach(user: User, role: Role, owner: Role, office: str) -> Q:
    """What of an owner's lies before this manager: of their own office, where the office matters (`Desk.beside`)."""
    own = user.offices_as(role)
    if own is None or role.office_kind != owner.office_kind:
        return Q()
    return Q(**{f"{office}__in": own}) | Q(**{f"{office}__isnull": True})


def extensions_for(user: User, role: Role) -> QuerySet[Extension]:
    """The extensions that wait for a manager: of the clocks whose owners they manage, wherever the case stands."""
    found = Q(pk__in=())
    for owner in Role:
        if grantor_of(owner) == role:
            found |= Q(clock__owner=owner) & _in_reach(user, role, owner, "clock__office")
    return Extension.objects.filter(found, status=Extension.Status.ASKED, clock__stopped_at__isnull=True).exclude(
        Extension.of_hands(user)
    )


def backdatings_for(user: User, role: Role) -> QuerySet[Backdating]:
    """The late records that wait for a manager's agreement."""
    return Backdating.objects.filter(
        status=Backdating.Status.ASKED, void=False, application__in=managed_by(user, role)
    ).exclude(Backdating.of_hands(user))


def reductions_for(user: User, role: Role) -> QuerySet[Reduction]:
    """The reductions whose amount asks for a decision of this role."""
    waiting = Reduction.objects.filter(status=Reduction.Status.ASKED, decider=role).exclude(Reduction.of_hands(user))
    return waiting.filter(application__in=Application.objects.filter(OPEN))


def terminations_for(user: User, role: Role) -> QuerySet[Termination]:
    """The terminations by agreement that wait for the responsible leader."""
    waiting = Termination.objects.filter(status=Termination.Status.ASKED, called_off_at=None).exclude(
        Termination.of_hands(user)
    )
    return waiting if role == Role.RESPONSIBLE_LEADER else waiting.none()


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
    asked |= Q(pk__in=reductions_for(user, role).values("application"))
    asked |= Q(pk__in=terminations_for(user, role).values("application"))
    if role == Role.RESPONSIBLE_LEADER:
        asked |= Q(pk__in=list(waiting_cases()))
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
    totals = _totals_of_like_cases(case)
    usual = median(totals) if len(totals) >= FEWEST else None
    return Request(
        case=case,
        page=CasePage(case, user),
        budget=budget,
        settlement=works.current(case.project, Settlement),
        variance=waiting(case),
        shares=_shares(budget, total),
        usual=usual,
        compared=len(totals),
        over_usual=int((total - usual) * 100 / usual) if usual and total else None,
        owed=ledger.owed(customer=case.applicant, premises=case.premises),
        extension=extensions_for(user, role).filter(clock__application=case).first(),
        backdating=backdatings_for(user, role).filter(application=case).first(),
        reduction=reductions_for(user, role).filter(application=case).select_related("charge", *PEOPLE).first(),
        termination=terminations_for(user, role).filter(application=case).select_related(*PEOPLE).first(),
    )


def _shares(budget: Budget | None, total: Decimal) -> list[Share]:
    if budget is None or not total:
        return []
    by_category: dict[str, Decimal] = {}
    for line in budget.lines.all():
        label = line.get_category_display()
        by_category[label] = by_category.get(label, Decimal(0)) + line.amount
    percents = _adding_up([amount * 100 / total for amount in by_category.values()])
    shares = [Share(label, percent) for label, percent in zip(by_category, percents, strict=True)]
    return sorted(shares, key=lambda share: -share.percent)


def _adding_up(parts: list[Decimal]) -> list[int]:
    """Whole percents that add up to 100: what is left over goes to the largest fractions."""
    whole = [int(part) for part in parts]
    by_fraction = sorted(range(len(parts)), key=lambda place: whole[place] - parts[place])
    for place in by_fraction[: 100 - sum(whole)]:
        whole[place] += 1
    return whole


def _totals_of_like_cases(case: Application) -> list[Decimal]:
    """The last approved budgets of other requests of the same kind by applicants of the same kind, yuan."""
    approved = Approval.objects.filter(subject=Subject.BUDGET, voided_at__isnull=True).values("application")
    alike = Application.objects.filter(kind=case.kind, applicant__kind=case.applicant.kind, pk__in=approved)
    projects: Any = alike.exclude(pk=case.pk).values("project")
    return works.closed_budget_totals(projects, limit=COMPARED)
