"""What every page shows of the person at the desk: roles, office, menu."""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.http import HttpRequest

from accounts.menu import MenuItem
from accounts.models import Office, User
from accounts.roles import Role

SESSION_KEY = "role"


@dataclass(frozen=True)
class Desk:
    """The roles somebody holds, the one they work in now, their office, and where they may go."""

    roles: list[Role]
    role: Role | None
    office: Office | None
    menu: list[MenuItem]


def current_role(request: HttpRequest) -> Role | None:
    """The role that somebody works in: the one chosen, else the first they hold; None without any."""
    user = request.user
    if not isinstance(user, User):
        return None
    chosen = request.session.get(SESSION_KEY)
    return next((role for role in user.roles if role == chosen), next(iter(in_order(user.roles)), None))


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
    return {"desk": Desk(in_order(user.roles), current_role(request), user.office, menu)}
