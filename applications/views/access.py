"""Finding a case for somebody: what one has no business with does not exist. Whose data one reads in full."""

from typing import Protocol

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from accounts import services as accounts
from accounts.models import User
from accounts.roles import Role
from applications.models import Application
from applications.selectors import visible_to

# Whose steps need to know who the applicant is, and the auditor, who reads everything; a look is recorded.
UNMASKING_ROLES = (
    Role.COUNTER_CLERK,
    Role.CASHIER,
    Role.DUTY_MANAGER,
    Role.BUSINESS_CLERK,
    Role.DESIGNER,
    Role.AUDITOR,
)


class Declared(Protocol):
    """What a kind of paper or document says about who reads it."""

    @property
    def personal(self) -> bool: ...

    @property
    def for_decision(self) -> bool: ...

    @property
    def for_works(self) -> bool: ...


def may_read(user: User, declared: Declared) -> bool:
    """Whether somebody who sees the case may also open a paper of this kind."""
    decides = declared.for_decision and any(role.decides for role in user.roles)
    builds = declared.for_works and user.has_role(Role.CONSTRUCTION_UNIT)
    return not declared.personal or decides or builds or user.has_role(*UNMASKING_ROLES)


def admit_reader(user: User, case: Application, kind: str, declared: Declared, *, legible: bool = True) -> None:
    """Let somebody open a paper; what shows personal data is on record as read (PIPL art. 51).

    A thumbnail, on which nothing is legible, is no look; who may not open the paper may not see it small either.

    Raises PermissionDenied for a personal paper that no step of theirs needs.
    """
    if not may_read(user, declared):
        raise PermissionDenied
    if declared.personal and legible:
        accounts.record_look(customer=case.applicant, by=user, purpose=f"{case.number} {kind}")


def user_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def case_for(request: HttpRequest, number: str) -> Application:
    """The case of that number with what its page needs; Http404 if it is none of this person's business."""
    cases = visible_to(user_of(request)).select_related(
        "applicant", "premises", "statement", "project", "office", "holder", "account", "new_connection", "takeover"
    )
    case = cases.filter(number=number).first()
    if case is None:
        raise Http404
    return case
