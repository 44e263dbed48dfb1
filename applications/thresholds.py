"""Who is a large user, and what deposit follows (NC-C5); from which cost the deputy general manager decides (NC-10)."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts.models import CustomerKind
from engineering import selectors as works
from waterservice import policies

if TYPE_CHECKING:
    from applications.models import Application

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


def deposit_due(case: "Application") -> bool:
    """Whether the applicant is a natural person whose expected use makes a large user (the figure included)."""
    expected = case.new_connection.expected_m3_month
    natural = case.applicant.kind == CustomerKind.INDIVIDUAL
    return bool(natural and expected is not None and expected >= LARGE_USER_M3.on(case.rule_day))


def below_threshold(case: "Application") -> bool:
    """Whether the larger of approved budget and final settlement stays below the threshold of NC-10.

    The whole cost counts, whoever pays it; the threshold itself is not below (Civil Code art. 1259).
    """
    return bool(works.largest_cost(case.project) < EXECUTIVE_THRESHOLD.on(case.rule_day))
