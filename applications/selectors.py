"""Reads: inboxes, search, keyset pages, what one may see."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import F, Q, QuerySet

from accounts.models import Premises, User
from accounts.roles import Role
from accounts.selectors import by_telephone, words_sought
from applications.engine.route import Stop
from applications.models import Application
from applications.offices import business_of
from applications.stages import FINAL_STAGES, Stage
from billing import selectors as ledger
from engineering.models import ConstructionTask

OPEN = ~Q(stage__in=sorted(FINAL_STAGES))


def open_cases_at(premises: Premises) -> list[Application]:
    """The open cases for a place, oldest first."""
    return list(Application.objects.filter(OPEN, premises=premises).order_by("pk"))


# -- what one may see ------------------------------------------------------------------------------

SEES_ALL = frozenset(
    {
        Role.COUNTER_CLERK,
        Role.CASHIER,
        Role.DUTY_MANAGER,
        Role.RESPONSIBLE_LEADER,
        Role.DEPUTY_GENERAL_MANAGER,
        Role.AUDITOR,
    }
)


def visible_to(user: User) -> QuerySet[Application]:
    """The cases somebody has business with; to others a case does not exist (404).

    The service centre, the leaders and the auditor see all; an office sees a case of its districts from the
    first stage that is its own, and so does its manager; a construction unit the cases of tasks issued to it.
    """
    roles = user.roles
    if roles & SEES_ALL:
        return Application.objects.all()
    seen = Q(pk__in=())
    for kind, request in Application.KINDS.items():
        for role in roles - {Role.CONSTRUCTION_UNIT}:
            own = [
                request.route.position(stop.stage)
                for stop in request.route
                if role in stop.roles or stop.owner.manager == role
            ]
            if own:
                seen |= Q(kind=kind, furthest__gte=min(own)) & _at_office(user, role)
    units = [seat.office for seat in user.seats_as(Role.CONSTRUCTION_UNIT) if seat.office is not None]
    if units:
        issued = ConstructionTask.objects.filter(unit__in=units, closed_at__isnull=False)
        seen |= Q(project__in=issued.order_by().values("project"))
    return Application.objects.filter(seen)


def _at_office(user: User, role: Role) -> Q:
    """What of a role's cases is the business of somebody's offices; all of them for a role held beside one's own."""
    offices = user.offices_as(role)
    if offices is None:
        return Q()
    return reduce(or_, (business_of(office) for office in offices))


# -- inboxes ---------------------------------------------------------------------------------------


def stages_of(role: Role, which: Callable[[Stop], bool] = lambda stop: True) -> dict[str, list[Stage]]:
    """The stages that stand in a role's inbox, by kind of request, from the routes' owners and co-owners."""
    return {
        kind: [stop.stage for stop in request.route if role in stop.roles and which(stop)]
        for kind, request in Application.KINDS.items()
    }


def at_stages(by_kind: dict[str, list[Stage]]) -> Q:
    found = Q(pk__in=())
    for kind, stages in by_kind.items():
        found |= Q(kind=kind, stage__in=stages)
    return found


def desk(user: User, role: Role) -> QuerySet[Application]:
    """Every open case at a stage of a role, in the offices in which the user may act, most urgent first."""
    cases = visible_to(user).filter(OPEN, at_stages(stages_of(role)))
    own = user.offices_as(role)
    if own is not None:
        owned = [stop.stage for request in Application.KINDS.values() for stop in request.route if stop.owner == role]
        cases = cases.filter(Q(office__in=own) | Q(office__isnull=True) | ~Q(stage__in=owned))
    return most_urgent_first(cases)


def most_urgent_first(cases: QuerySet[Application]) -> QuerySet[Application]:
    """Nearest due moment first, cases without a clock last; rows carry what a list shows."""
    return cases.select_related("applicant", "premises", "holder", "office").order_by(
        F("due_at").asc(nulls_last=True), "id"
    )


@dataclass(frozen=True)
class Folder:
    """One of the folders of a home: its name in URLs and its cases."""

    name: str
    cases: QuerySet[Application]


def owing() -> Q:
    """Of open cases: that their statement asks for money."""
    open_statements = Application.objects.filter(OPEN).values("statement")
    return Q(statement__in=ledger.statements_owing().filter(pk__in=open_statements).order_by().values("pk"))


def to_be_paid() -> QuerySet[Application]:
    """The open cases that wait for the applicant's money: on their statement, or for water bills (NC-3)."""
    return most_urgent_first(Application.objects.filter(OPEN, owing() | Q(stage=Stage.ARREARS_SETTLEMENT)))


def awaiting_applicant(role: Role) -> Q:
    """Of the cases at a role's stages: that nobody of the utility has anything to do until the applicant comes."""
    comes = at_stages(stages_of(role, lambda stop: stop.awaits_applicant and not stop.awaits_payment))
    pays = at_stages(stages_of(role, lambda stop: stop.awaits_payment)) & owing()
    return Q(suspended=True, due_at__isnull=True) | comes | pays


def folders(user: User, role: Role) -> dict[str, QuerySet[Application]]:
    """The folders of a role's home: mine, unclaimed in my office, waiting for the applicant, started by me.

    A deputy has in hand what the giver has. A cashier's begin with what is to be paid, wherever it stands. A suspended
    case whose limit had run out before stays where it is late.
    """
    here = desk(user, role)
    till = {"payments": to_be_paid()} if role == Role.CASHIER else {}
    waits, mine = awaiting_applicant(role), user.principals_as(role)
    return till | {
        "mine": here.filter(holder__in=mine).exclude(waits),
        "unclaimed": here.filter(holder__isnull=True).exclude(waits),
        "colleagues": here.filter(holder__isnull=False).exclude(holder__in=mine).exclude(waits),
        "applicant": here.filter(waits),
        "started": most_urgent_first(Application.objects.filter(created_by__in=mine)),
    }


# -- keyset pages ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    """A page of a list that is ordered by id, newest first, and where the next begins."""

    rows: list[Application]
    next_before: int | None
    first: bool


def page_of(cases: QuerySet[Application], *, before: int | None, size: int = 50) -> Page:
    """Keyset page: rows with an id below `before`, newest first; its cost does not grow with the page's number."""
    ordered = cases.select_related("applicant", "premises", "holder", "office").order_by("-id")
    rows = list((ordered.filter(pk__lt=before) if before else ordered)[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    return Page(rows, rows[-1].pk if more else None, before is None)


def search(cases: QuerySet[Application], text: str) -> QuerySet[Application]:
    """Cases by number, account, paper file, name, telephone or address; every word must be found somewhere."""
    for word in words_sought(text):
        cases = cases.filter(
            Q(number__icontains=word)
            | Q(applicant__name__icontains=word)
            | Q(applicant__identity_number=word.upper())
            | by_telephone(word, "applicant__")
            | Q(premises__address__icontains=word)
            | Q(account__number__startswith=word)
            | Q(takeover__reference=word)
        )
    return cases
