"""The termination agreement (in common; Civil Code arts. 562, 566, 567)."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from applications.papers import terms
from applications.papers.contexts import parties
from applications.papers.contexts.agreements import copies_of
from applications.papers.formats import day, money
from applications.papers.kinds import PaperKind
from applications.terminations import outcome
from waterservice.money import ZERO

if TYPE_CHECKING:
    from applications.models import Application


def termination_agreement(case: "Application", *, issued_on: date) -> dict[str, Any]:
    """What was paid, what is kept and for which works, what goes back; by whose approval.

    Raises ValidationError when no termination is under way.
    """
    ending = case.termination
    if ending is None:
        raise ValidationError(_("No termination by agreement is under way."))
    found, rules = outcome(case), case.rule_day
    earlier = case.papers.filter(kind=PaperKind.CONSTRUCTION_AGREEMENT, voided_at=None, signed_on__isnull=False).last()
    return {
        "applicant": parties.applicant(case),
        "agent": parties.agent(case),
        "address": case.premises.address,
        "works_name": parties.works_name(case),
        "reason": ending.reason,
        "works_done": ending.works_done,
        "approved_by": ending.decider if ending.granted else "",
        "approved_on": day(ending.decided_at) if ending.granted else "",
        "construction_agreement": day(earlier.signed_on) if earlier and earlier.signed_on else "",
        "account_number": case.account.number if case.account else "",
        "paid": money(found.paid),
        "services": money(found.services) if found.services else None,
        "kept": money(found.kept),
        "deposit": money(found.deposit) if found.deposit else None,
        "owes": found.back < ZERO,
        "back": money(abs(found.back)),
        "within": terms.SETTLEMENT_DAYS.on(rules),
        "copies": copies_of(rules),
    }
