"""Finding a case for somebody: what one has no business with does not exist."""

from django.http import Http404, HttpRequest

from accounts.models import User
from accounts.roles import Role
from applications.models import Application
from applications.selectors import visible_to

# Whose steps need to know who the applicant is; a look is recorded.
UNMASKING_ROLES = (
    Role.COUNTER_CLERK,
    Role.CASHIER,
    Role.DUTY_MANAGER,
    Role.BUSINESS_CLERK,
    Role.DESIGNER,
    Role.CONSTRUCTION_UNIT,
)


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
