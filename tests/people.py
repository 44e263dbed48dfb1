"""Colleagues beside those of the tour: somebody of an office, with roles or none, and deputies."""

from datetime import date, timedelta

from django.utils import timezone

from accounts.deputies import delegate
from accounts.models import Delegation, Office, User
from accounts.roles import Role
from applications.tour.cast import colleague


def member(username: str, name: str, *roles: Role, office: Office | None = None) -> User:
    """Somebody of these roles, in an office or in none."""
    person = User.objects.create_user(username, name=name, office=office)
    for role in roles:
        person.role_assignments.create(role=role)
    return person


def stand_in(
    deputy: User, role: Role, *, giver: User | None = None, first: date | None = None, last: date | None = None
) -> Delegation:
    """Let somebody stand in for the colleague of a role: for three days from today, if no days are named."""
    first = first or timezone.localdate()
    away = giver or colleague(role)
    return delegate(
        giver=away,
        deputy=deputy,
        role=role,
        first_day=first,
        last_day=last or first + timedelta(days=2),
        reason="年休假",
        by=away,
    )
