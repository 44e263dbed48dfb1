"""The terms that the utility offers to everybody alike: those of the day on which the case was accepted.

Who the utility is, `waterservice.utility` says: as of the day of issue.
"""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from waterservice.policies import PolicyKind, declare

PAY_BY_DAYS = declare(
    "papers.pay_by_days",
    label=_("Days to pay after a payment notice"),
    default=10,
    kind=PolicyKind.DAYS,
    clause="NC-5",
    unit="日",
)
COPIES_EACH = declare(
    "papers.copies_each",
    label=_("Copies of an agreement that each party holds"),
    default=2,
    kind=PolicyKind.INTEGER,
    unit="份",
)
WARRANTY_YEARS = declare(
    "papers.warranty_years",
    label=_("Warranty of the works from acceptance"),
    default=2,
    kind=PolicyKind.INTEGER,
    clause="NC-6",
    unit="年",
)
SETTLEMENT_DAYS = declare(
    "papers.settlement_days",
    label=_("Days to pay the difference of a final settlement"),
    default=15,
    kind=PolicyKind.DAYS,
    clause="NC-8",
    unit="日",
)
WORKS_BREACH_PERMILLE = declare(
    "papers.works_breach_permille",
    label=_("Damages for delay of works or of their payment, per mille a day"),
    default=Decimal("0.5"),
    kind=PolicyKind.DECIMAL,
    clause="NC-6",
    unit="‰",
)
WORKS_BREACH_CAP_PERCENT = declare(
    "papers.works_breach_cap_percent",
    label=_("Most that damages for delay can reach, per cent of the price"),
    default=Decimal("5"),
    kind=PolicyKind.DECIMAL,
    clause="NC-6",
    unit="%",
)
SUPPLY_YEARS = declare(
    "papers.supply_years",
    label=_("Term of a water-supply agreement"),
    default=5,
    kind=PolicyKind.INTEGER,
    clause="NC-9",
    unit="年",
)
SUPPLY_PRESSURE_MPA = declare(
    "papers.supply_pressure_mpa",
    label=_("Least pressure at the place of supply"),
    default=Decimal("0.14"),
    kind=PolicyKind.DECIMAL,
    clause="NC-9",
    unit="MPa",
)
DUNNING_DAYS = declare(
    "papers.dunning_days",
    label=_("Least time between a dunning letter and a stop of the supply"),
    default=30,
    kind=PolicyKind.DAYS,
    clause="NC-9",
    unit="日",
)
