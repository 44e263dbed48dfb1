"""What every page shows of the person at the desk: roles, office, menu."""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.menu import MenuItem
from accounts.models import Office, Seat, User
from accounts.roles import Role
from waterservice.text import on_behalf

SESSION_KEY = "role"


@dataclass(frozen=True)
class Desk:
    """The roles somebody may act in, the one they work in now, their office, and where they may go.

    `labels` names each role, with whom they stand in for; `standing_in` are the seats of colleagues.
    """

    roles: list[Role]
    role: Role | None
    office: Office | None
    menu: list[MenuItem]
    labels: dict[Role, str]
    standing_in: list[Seat]

    @property
    def label(self) -> str:
        """The role somebody works in now, as they act in it."""
        return self.labels[self.role] if self.role is not None else ""


def current_role(request: HttpRequest) -> Role | None:
    """The role that somebody works in: the one chosen, else the first of their own; None without any."""
    user = request.user
    if not isinstance(user, User):
        return None
    chosen = request.session.get(SESSION_KEY)
    first = next(iter([*in_order(user.own_roles), *in_order(user.roles)]), None)
    return next((role for role in user.roles if role == chosen), first)


def in_order(roles: frozenset[Role]) -> list[Role]:
    return sorted(roles, key=list(Role).index)


def menu_items() -> list[MenuItem]:
    """Every menu entry: each app declares its own in a module `menu`."""
    found: list[MenuItem] = []
    for app in apps.get_app_configs():
        if find_spec(f"{app.name}.menu") is not None:
            found += getattr(import_module(f"{app.name}.menu"), "MENU", ())
    return sorted(found, key=lambda item: item.order)


def desk(request: HttpRequest) -> dict[str, Any]:
    """{"desk": Desk} for somebody signed in, else nothing."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"desk": None}
    menu = [item for item in menu_items() if not item.roles or user.has_role(*item.roles)]
    return {
        "desk": Desk(
            roles=in_order(user.roles),
            role=current_role(request),
            office=user.office,
            menu=menu,
            labels={role: role_label(user, role) for role in in_order(user.roles)},
            standing_in=user.standing_in,
        )
    }


def role_label(user: User, role: Role) -> str:
    """A role as somebody acts in it: the givers are named where it is not, or not only, their own."""
    givers = [str(seat.giver) for seat in user.seats_as(role) if seat.giver is not None]
    return on_behalf(role.label, _(", ").join(givers))
