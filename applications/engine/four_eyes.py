"""Whose eyes count as one pair in a case: a deputy's and the giver's are no four (decision 0017)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import User
    from applications.models import Application


def hands_in(case: "Application", actor: "User") -> frozenset[int]:
    """The keys of somebody, of those they stand in for now, and of whoever ever acted in this case for one of these."""
    acted = case.timeline.filter(on_behalf_of__in=actor.hands).values_list("actor", flat=True)
    return actor.hands | frozenset(acted.order_by())
