"""Who is a large user, and what deposit follows (NC-C5); from which cost the deputy general manager decides (NC-10)."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from applications.engine.route import skip_rule
from applications.stages import Kind
from billing import selectors as ledger
from billing.models import Deposit
from engineering import selectors as works
from waterservice import policies

if TYPE_CHECKING:
    from applications.models import Application

CLAUSE = "NC-C5"
LARGE_USER_M3 = policies.declare(
    "large_user.m3_month",
    label=_("Expected use from which a natural person is a large user"),
    default=Decimal("100"),
    kind=policies.PolicyKind.DECIMAL,
    clause="NC-C5",
    unit="m³",
)
EXECUTIVE_THRESHOLD = policies.declare(
    "executive.threshold",
    label=_("Project cost from which the deputy general manager approves water on (the figure included)"),
    default=Decimal("100000.00"),
    kind=policies.PolicyKind.MONEY,
    clause="NC-10",
    unit="元",
)
EXECUTIVE_DECIDES = {
    kind.value: policies.declare(
        f"executive.{kind.value}",
        label=format_lazy("{}: {}", kind.label, _("from that cost up the deputy general manager approves water on")),
        default=kind is Kind.NEW_CONNECTION,
        kind=policies.PolicyKind.BOOLEAN,
        clause="NC-10",
    )
    for kind in Kind
}


def deposit_due(case: "Application") -> bool:
    """Whether the applicant is a natural person whose expected use makes a large user (the figure included)."""
    expected = case.new_connection.expected_m3_month
    natural = case.applicant.natural_person
    return bool(natural and expected is not None and expected >= LARGE_USER_M3.on(case.rule_day))


def standing_deposit(case: "Application") -> Deposit | None:
    """The deposit that the case has charged and that nobody has taken back, with what is `left` of it, or None."""
    found: Deposit | None = ledger.standing_deposits(case.statement).filter(clause=CLAUSE).select_related("line").last()
    return found


def deposit_to_reckon(case: "Application") -> bool:
    """Whether a deposit is due and not charged, or the one that is charged is not what the form asks for any more."""
    if not case.applicant.natural_person:
        return False
    charged = standing_deposit(case)
    return deposit_due(case) if charged is None else outdated(charged, case)


def outdated(charged: Deposit, case: "Application") -> bool:
    """Whether a deposit was charged for another use than the form names now.

    It is compared by the prices of the day on which it was charged. What was charged on paper, or has gone in part
    already, was somebody's decision and stays.
    """
    if charged.line.taken_over or charged.left != charged.amount:
        return False
    form = case.new_connection
    if not deposit_due(case) or form.expected_m3_month is None:
        return True
    cost = ledger.deposit_cost(
        CLAUSE,
        monthly_m3=form.expected_m3_month,
        kind_of_use=form.kind_of_use,
        rule_day=case.rule_day,
        on=charged.line.happened_on,
    )
    return cost.amount != charged.amount


@skip_rule(_("the cost stays below the threshold"))
def below_threshold(case: "Application") -> bool:
    """Whether the larger of approved budget and final settlement stays below the threshold of NC-10.

    The whole cost counts, whoever pays it; the threshold itself is not below (Civil Code art. 1259). A kind of
    request that NC-10 does not cover has no threshold: all its costs stay below.
    """
    if not EXECUTIVE_DECIDES[case.kind].on(case.rule_day):
        return True
    return bool(works.largest_cost(case.project) < EXECUTIVE_THRESHOLD.on(case.rule_day))
