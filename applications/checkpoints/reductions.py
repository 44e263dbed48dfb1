"""Reductions (减免): one asked for at a time, decided by somebody else, of the rank that its amount asks for."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.roles import Role
from applications.engine.checkpoints import Words, actor_rule, checkpoint
from applications.models.reductions import Reduction
from billing import selectors as ledger

if TYPE_CHECKING:
    from accounts.models import User
    from applications.models import Application


def asked_reduction(case: "Application") -> Reduction | None:
    """The reduction of this case that waits for a decision, or None."""
    found: Reduction | None = case.reductions.filter(status=Reduction.Status.ASKED).select_related("charge").first()
    return found


@checkpoint(gettext_lazy("Something can be let off"))
def something_to_reduce(case: "Application") -> Words | None:
    if asked_reduction(case) is not None:
        return _("A reduction has been asked for already and waits for a decision.")
    if ledger.balance(case.statement) <= 0 or not ledger.reducible(case.statement).exists():
        return _("Nothing is charged of which a part could be let off.")
    return None


@checkpoint(gettext_lazy("A reduction has been asked for"))
def reduction_asked(case: "Application") -> Words | None:
    return None if asked_reduction(case) else _("Nobody has asked for a reduction.")


@actor_rule(gettext_lazy("Nobody decides on a reduction that they asked for"))
def not_own_reduction(case: "Application", actor: "User") -> Words | None:
    asked = asked_reduction(case)
    if asked is not None and asked.asked_in_name_of(actor):
        return _("You asked for this reduction yourself. Somebody else must decide on it.")
    return None


@actor_rule(gettext_lazy("A reduction is decided by whom its amount asks for"))
def reduction_of_ones_rank(case: "Application", actor: "User") -> Words | None:
    asked = asked_reduction(case)
    if asked is not None and not actor.has_role(Role(asked.decider)):
        return _("A reduction of this amount is decided by: {role}.").format(role=Role(asked.decider).label)
    return None
