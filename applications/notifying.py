"""Whom to tell, and telling them in the program."""

from collections.abc import Iterable

from django.db.models import QuerySet

from accounts.models import Office, User
from accounts.roles import Role
from accounts.selectors import attending, staff_in, with_deputies
from applications.models.case import Application
from applications.models.clock import Clock, grantor_of
from applications.models.staff_notices import StaffNotice
from waterservice.models import Decision


def in_hand_of(case: Application) -> list[User]:
    """Whoever has the case in hand; nobody yet: everybody at whose desk it lies."""
    if case.holder is not None and case.holder.is_active:
        return [case.holder]
    return list(staff_in(case.stop.owner, case.office)) if case.stop else []


def holders(case: Application) -> list[User]:
    """Whom to tell what concerns whoever has the case in hand: these people and their deputies."""
    if case.holder is not None and case.holder.is_active:
        return with_deputies(case.holder, case.stop.owner) if case.stop else [case.holder]
    return list(attending(case.stop.owner, case.office)) if case.stop else []


def colleagues(case: Application) -> QuerySet[User]:
    """Who else sits at the desk at which a case lies, and could have it in hand."""
    if case.stop is None:
        return User.objects.none()
    staff = staff_in(case.stop.owner, case.office).order_by("name", "username")
    return staff if case.holder_id is None else staff.exclude(pk=case.holder_id)


def owing(clock: Clock) -> list[User]:
    """Who has to do what a clock waits for: the case's holder, should it be theirs, else everybody whose it is."""
    holder = clock.application.holder
    if holder is not None and holder.is_active and clock.owner_desk.is_of(holder):
        return with_deputies(holder, Role(clock.owner))
    return seated(Role(clock.owner), clock.office)


def managers(owner: Role, office: Office | None) -> list[User]:
    """Who decides for an owner in an office: their manager, of a manager's own work the deputy general manager."""
    return seated(grantor_of(owner), office)


def seated(role: Role, office: Office | None = None) -> list[User]:
    """Everybody of a role; where the role belongs to offices of its kind, that office's first."""
    own = office if office is not None and office.kind == role.office_kind else None
    return list(attending(role, own)) or list(attending(role, None))


def askers(asked: Decision, role: Role) -> list[User]:
    """Whom to tell the answer: whoever asked, for whom, and who stands in for them in the role that asks."""
    people = [asked.asked_by, *([asked.asked_on_behalf_of] if asked.asked_on_behalf_of else [])]
    return list({person.pk: person for asker in people for person in with_deputies(asker, role)}.values())


def notify(
    case: Application, recipients: Iterable[User], about: str, *, by: User | None, words: str = ""
) -> list[StaffNotice]:
    """Leave a notice with each recipient but the sender; without a sender it says that it was automatic."""
    return StaffNotice.objects.bulk_create(
        StaffNotice(application=case, recipient=person, about=about, words=words[:400], sender=by, automatic=by is None)
        for person in recipients
        if by is None or person.pk != by.pk
    )
