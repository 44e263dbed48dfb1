"""Checkpoints of the termination by agreement (in common: what follows once the project fee is paid)."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.checkpoints.money import fee_confirmed
from applications.engine.checkpoints import Words, actor_rule, checkpoint
from applications.terminations import agreement_signed
from billing import selectors as ledger
from waterservice.money import yuan

if TYPE_CHECKING:
    from accounts.models import User
    from applications.models import Application


@checkpoint(gettext_lazy("The project fee was confirmed, and no termination is under way"), clause="NC-5", cure="money")
def can_be_terminated(case: "Application") -> Words | None:
    if not fee_confirmed(case):
        return _("The project fee was never confirmed: the applicant simply withdraws.")
    if case.termination is not None:
        return _("A termination by agreement is under way already. Call it off first, to change it.")
    return None


@checkpoint(gettext_lazy("A termination waits for the responsible leader"), cure="money")
def termination_asked(case: "Application") -> Words | None:
    if case.termination is None or case.termination.granted:
        return _("No termination waits for the responsible leader.")
    return None


@checkpoint(gettext_lazy("A termination by agreement is under way"), cure="money")
def termination_under_way(case: "Application") -> Words | None:
    return _("No termination by agreement is under way.") if case.termination is None else None


@checkpoint(gettext_lazy("No termination by agreement is under way"), cure="money")
def no_termination(case: "Application") -> Words | None:
    if case.termination is not None:
        return _("A termination by agreement is under way. Conclude it, or call it off.")
    return None


@checkpoint(
    gettext_lazy("What is kept of the fee is approved, and stands on the statement"), clause="NC-5", cure="money"
)
def termination_granted(case: "Application") -> Words | None:
    if case.termination is None or not case.termination.granted:
        return _("The responsible leader has not approved what is kept of the project fee.")
    asked = ledger.asked_for_works(case.statement)
    if asked != case.termination.kept:
        return _("{asked} is asked for the works, but {kept} was approved. Call it off and prepare it anew.").format(
            asked=yuan(asked), kept=yuan(case.termination.kept)
        )
    return None


@checkpoint(gettext_lazy("The termination agreement is signed"), clause="NC-5", cure="papers")
def termination_signed(case: "Application") -> Words | None:
    return None if agreement_signed(case) else _("Issue the termination agreement and attach its signed copy.")


@actor_rule(gettext_lazy("Nobody decides on a termination that they prepared"), clause="NC-5")
def not_own_termination(case: "Application", actor: "User") -> Words | None:
    if case.termination is not None and case.termination.asked_in_name_of(actor):
        return _("You prepared this termination yourself. Somebody else must decide on it.")
    return None
