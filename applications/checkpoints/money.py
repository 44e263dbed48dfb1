"""Checkpoints of the budget, the statement and the deposit (NC-4d, NC-5, NC-8, NC-C5)."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.checkpoints.works import cannot_be_supplied
from applications.engine.checkpoints import Words, actor_rule, checkpoint
from applications.engine.four_eyes import hands_in
from applications.models.decisions import Approval, Subject
from applications.stages import Stage
from applications.terminations import agreement_signed
from applications.thresholds import deposit_due, outdated, standing_deposit
from applications.variance import agreed, variance_of, waiting
from billing import selectors as billing
from engineering import selectors as works
from engineering.models import Budget, CostSheet, Settlement
from waterservice.money import ZERO, yuan

if TYPE_CHECKING:
    from accounts.models import User
    from applications.models import Application


def approval_in_force(case: "Application", subject: Subject) -> Approval | None:
    """The approval of a subject that no sending back has voided, or None."""
    found: Approval | None = case.approvals.filter(subject=subject, voided_at__isnull=True).first()
    return found


@checkpoint(gettext_lazy("The present budget is approved"), clause="NC-4d")
def budget_approved(case: "Application") -> Words | None:
    budget = works.current(case.project, Budget)
    approval = approval_in_force(case, Subject.BUDGET)
    if budget is None or approval is None or approval.subject_revision != budget.revision:
        return _("The present budget is not approved.")
    return None


@checkpoint(gettext_lazy("The project fee is paid in full"), clause="NC-5", cure="money")
def fee_paid(case: "Application") -> Words | None:
    balance = billing.balance(case.statement)
    if balance > 0:
        return _("{amount} of the statement is still unpaid. The cashier takes it.").format(amount=yuan(balance))
    return None


@checkpoint(gettext_lazy("The statement is settled: nothing is owed either way"), clause="NC-8", cure="money")
def statement_balanced(case: "Application") -> Words | None:
    balance = billing.balance(case.statement)
    if balance > 0:
        return _("{amount} is still to be collected from the applicant.").format(amount=yuan(balance))
    if balance < 0:
        return _("{amount} is still to be paid back to the applicant.").format(amount=yuan(-balance))
    return None


def refundable(case: "Application") -> Decimal:
    """Yuan that may be paid back: the credit; where the project fee lapses with the request, also what was paid of it.

    Once the fee is confirmed, a sending back behind the budget gives nothing back: what was paid waits for the next
    budget. What a termination frees goes back once its agreement is signed.
    """
    if fee_lapses(case) and case.termination is None:
        return credit_without_fee(case)
    credit = -billing.balance(case.statement)
    if credit <= ZERO:
        return credit
    free = budget_approved(case) if case.termination is None else agreement_signed(case)
    return credit if free else ZERO


def fee_confirmed(case: "Application") -> bool:
    """Whether the project fee was ever confirmed as collected in full, wherever the case stands now."""
    return bool(case.furthest > case.route.position(Stage.PROJECT_FEE))


def fee_lapses(case: "Application") -> bool:
    """Whether the request can end with the fee given back whole: it was never confirmed, or nothing can be supplied."""
    return not fee_confirmed(case) or (case.stage == Stage.SURVEY and cannot_be_supplied(case))


def credit_without_fee(case: "Application") -> Decimal:
    """Yuan that the applicant has paid, less what is asked for other things than the works; below zero: owes."""
    asked: Decimal = billing.balance(case.statement) - billing.charged(case.statement, "budget:")
    return -asked


@checkpoint(
    gettext_lazy("Beyond the policy's percentage the responsible leader has agreed to the settlement"),
    clause="NC-8",
)
def variance_approved_when_due(case: "Application") -> Words | None:
    """The agreement is compared with the present revision and amount: a later settlement needs a new one."""
    variance = variance_of(case)
    if variance is None or not variance.beyond or agreed(case, variance):
        return None
    return _(
        "The settlement of {settlement} departs from the budget of {budget} by more than {limit}%. "
        "The responsible leader must agree to it."
    ).format(
        settlement=yuan(variance.whole.settlement),
        budget=yuan(variance.whole.budget),
        limit=variance.limit_words,
    )


@checkpoint(gettext_lazy("A settlement waits for the responsible leader"), clause="NC-8")
def variance_waits(case: "Application") -> Words | None:
    return None if waiting(case) else _("No settlement waits for the responsible leader's agreement.")


@checkpoint(gettext_lazy("The settlement beyond the policy's percentage is fixed"), clause="NC-8", cure="works")
def variance_fixed(case: "Application") -> Words | None:
    variance = variance_of(case)
    if variance is not None and variance.fixed and variance.beyond:
        return None
    return _("No settlement is fixed that departs from the budget beyond the limit.")


@checkpoint(gettext_lazy("No project fee has been paid"), clause="NC-5", cure="money")
def project_fee_unpaid(case: "Application") -> Words | None:
    """Works charges lapse with the request; what was paid goes back first."""
    credit = credit_without_fee(case)
    if credit < 0:
        return _("{amount} for services rendered is still unpaid.").format(amount=yuan(-credit))
    if credit > 0:
        return _("The applicant has paid {amount} already. Pay it back first.").format(amount=yuan(credit))
    return None


@checkpoint(gettext_lazy("The project fee was never confirmed"), clause="NC-5", cure="money")
def fee_never_confirmed(case: "Application") -> Words | None:
    """The applicant may withdraw until the project fee is paid."""
    if fee_confirmed(case):
        return _("The project fee was paid and confirmed. From then on the request ends by a termination agreement.")
    return None


@checkpoint(gettext_lazy("A large user's deposit is paid"), clause="NC-C5", cure="money")
def deposit_paid_when_due(case: "Application") -> Words | None:
    if not case.applicant.natural_person:
        return None
    charged = standing_deposit(case)
    if charged is not None and outdated(charged, case):
        return _("The deposit was charged for another use than the form names now. Reckon it anew.")
    if not deposit_due(case) or (charged is not None and charged.held):
        return None
    return _("A natural person who is a large user pays a deposit of 3 months' water first.")


def are_own_figures(case: "Application", actor: "User", *models: type[CostSheet]) -> bool:
    """Four eyes: whether somebody, or one with whom they are one pair of eyes here, prepared the newest figures of one
    of these kinds, or handed them in."""
    sheets = [sheet for model in models if (sheet := works.current(case.project, model)) is not None]
    hands = hands_in(case, actor) if sheets else frozenset()
    return any(sheet.closed_by_id in hands or works.has_prepared(sheet, hands) for sheet in sheets)


@actor_rule(gettext_lazy("Nobody pays back a deposit that they took off the statement"), clause="NC-C5")
def not_own_release(case: "Application", actor: "User") -> Words | None:
    recorded = set(billing.deposit_charges_reversed(case.statement).values_list("recorded_by", flat=True))
    if recorded and recorded & hands_in(case, actor):
        return _("You took a deposit off this statement yourself. Somebody else must pay it back.")
    return None


@actor_rule(gettext_lazy("Nobody approves their own budget"), clause="NC-4d")
def not_own_budget(case: "Application", actor: "User") -> Words | None:
    if are_own_figures(case, actor, Budget):
        return _("You prepared this budget. Somebody else must approve it.")
    return None


@actor_rule(gettext_lazy("Nobody decides on their own settlement"), clause="NC-8")
def not_own_settlement(case: "Application", actor: "User") -> Words | None:
    if are_own_figures(case, actor, Settlement):
        return _("You prepared this settlement. Somebody else must decide on it.")
    return None


@actor_rule(gettext_lazy("Nobody approves works that they priced themselves"), clause="NC-10")
def not_own_works(case: "Application", actor: "User") -> Words | None:
    if are_own_figures(case, actor, Budget, Settlement):
        return _("You prepared the figures of this project. Somebody else must approve it.")
    return None
