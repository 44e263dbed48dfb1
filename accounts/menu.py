"""Menu entries; an app declares its own as MENU in its module `menu`."""

from dataclasses import dataclass
from typing import Any

from accounts.roles import Role


@dataclass(frozen=True)
class MenuItem:
    """A place to go: its words, its URL name, who may (nobody named: everybody), and its place in the menu."""

    label: Any
    url_name: str
    roles: tuple[Role, ...] = ()
    order: int = 50
