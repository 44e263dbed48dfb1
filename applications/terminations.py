"""What a termination by agreement comes to: paid, kept, given back; and whether its agreement is signed."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from applications.papers.kinds import PaperKind
from applications.stages import Stage
from billing import selectors as ledger
from billing.models.statements import DEPOSIT
from waterservice.money import ZERO

if TYPE_CHECKING:
    from applications.models import Application


@dataclass(frozen=True)
class Outcome:
    """The money of a case by the termination that is under way, yuan.

    services  what is asked for other things than works and deposit: those were rendered
    deposit   what is held as a deposit: it goes back its own way
    back      what the applicant gets back at the till; below zero, still owes
    """

    paid: Decimal
    services: Decimal
    kept: Decimal
    deposit: Decimal

    @property
    def back(self) -> Decimal:
        return self.paid - self.services - self.kept - self.deposit


def outcome(case: "Application") -> Outcome:
    """The figures of the termination that is under way. LookupError where none is."""
    if case.termination is None:
        raise LookupError(f"{case.number}: no termination is under way")
    works, deposit = ledger.asked_for_works(case.statement), ledger.charged(case.statement, DEPOSIT)
    return Outcome(
        paid=ledger.paid(case.statement),
        services=ledger.charged(case.statement) - works - deposit,
        kept=case.termination.kept,
        deposit=deposit,
    )


def works_begun(case: "Application") -> bool:
    """Whether a construction task was ever issued: before that nothing is built, and nothing can be kept for it."""
    return bool(case.furthest > case.route.position(Stage.CONSTRUCTION_TASK))


def most_to_keep(case: "Application") -> Decimal:
    """The most that can be kept, yuan: never more than was charged for the works, nothing while none were begun."""
    return ledger.most_for_works(case.statement) if works_begun(case) else ZERO


def agreement_signed(case: "Application") -> bool:
    """Whether the agreement on the termination that is under way is signed."""
    if case.termination is None:
        return False
    papers = case.papers.filter(kind=PaperKind.TERMINATION_AGREEMENT, voided_at=None, signed_on__isnull=False)
    return bool(papers.filter(basis=case.termination.basis).exists())
