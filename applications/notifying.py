"""Whom to tell, and telling them in the program."""

from collections.abc import Iterable

from accounts.models import Office, User
from accounts.roles import Role
from accounts.selectors import staff_in
from applications.models.case import Application
from applications.models.staff_notices import StaffNotice


def holders(case: Application) -> list[User]:
    """Whoever has the case in hand; nobody yet: everybody at whose desk it lies."""
    if case.holder is not None and case.holder.is_active:
        return [case.holder]
    return list(staff_in(case.stop.owner, case.office)) if case.stop else []


def managers(case: Application, owner: Role) -> list[User]:
    """Who decides for the owner of a stage: their manager, of a manager's own stage the deputy general manager."""
    return leaders(owner.manager or Role.DEPUTY_GENERAL_MANAGER, case.office)


def leaders(role: Role, office: Office | None = None) -> list[User]:
    """Everybody of a managing role; of an office's own manager, that office's first."""
    own = office if office is not None and office.kind == role.office_kind else None
    return list(staff_in(role, own)) or list(staff_in(role, None))


def notify(
    case: Application, recipients: Iterable[User], about: str, *, by: User | None, words: str = ""
) -> list[StaffNotice]:
    """Leave a notice with each recipient but the sender; without a sender it says that it was automatic."""
    return StaffNotice.objects.bulk_create(
        StaffNotice(application=case, recipient=person, about=about, words=words[:400], sender=by, automatic=by is None)
        for person in recipients
        if by is None or person.pk != by.pk
    )
