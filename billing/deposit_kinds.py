"""What deposits there are, by clause: how their sum is measured and when they go back (NC-C5, HM-5, HM-8, OT-2).

One table: charging, due days, papers and screens read it. Figures are policies, and those of the day on which the
request was accepted hold for its deposit to the end.
"""

from __future__ import annotations

import calendar as months_of_years
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from accounts.models import BillingCycle
from waterservice.calendar import calendar
from waterservice.policies import Policy, PolicyKind, declare
from waterservice.text import Words

MONTHS_OF_CYCLE = {BillingCycle.MONTHLY: 1, BillingCycle.ODD_MONTHS: 2, BillingCycle.EVEN_MONTHS: 2}

LARGE_USER_MONTHS = declare(
    "large_user.deposit_months",
    label=_("Months of water that a large user deposits"),
    default=3,
    kind=PolicyKind.INTEGER,
    clause="NC-C5",
    least=1,
    most=24,
)
LARGE_USER_TERM = declare(
    "large_user.deposit_returned_after",
    label=_("Months of normal trading and payment after which a large user's deposit goes back"),
    default=12,
    kind=PolicyKind.INTEGER,
    clause="NC-C5",
    least=1,
    most=120,
)
HOUSEHOLD_DAYS = declare(
    "household.deposit_days",
    label=_("Days of water that a household deposits"),
    default=30,
    kind=PolicyKind.DAYS,
    clause="HM-5",
    unit="日",
)
HOUSEHOLD_TERM = declare(
    "household.deposit_notice_days",
    label=_("Days from water on within which a household is told to collect its deposit"),
    default=30,
    kind=PolicyKind.DAYS,
    clause="HM-8",
    unit="日",
)
DEVELOPER_CYCLES = declare(
    "developer.deposit_cycles",
    label=_("Billing cycles of water that a developer deposits"),
    default=3,
    kind=PolicyKind.INTEGER,
    clause="OT-2",
    least=1,
    most=12,
)
DEVELOPER_TERM = declare(
    "developer.deposit_returned_after",
    label=_("Months after the change of holder after which a developer's deposit goes back"),
    default=3,
    kind=PolicyKind.INTEGER,
    clause="OT-2",
    least=0,
    most=120,
)
SOON_DAYS = declare(
    "deposits.due_soon_days",
    label=_("Days before its due day from which the refund of a deposit is announced"),
    default=30,
    kind=PolicyKind.DAYS,
    unit="日",
)


@dataclass(frozen=True)
class DepositKind:
    """One kind of deposit.

    months, days, cycles  the policy that measures it, in one of these
    term                  the policy of how long it is held, counted from `begins`
    term_in_days          whether the term counts calendar days; months otherwise
    punctual              it goes back only after every bill of its account was paid by its pay-by day
    early                 the holder may collect it before the due day: the day is a limit for the utility
    noticed               the utility has to tell the holder by the due day
    """

    clause: str
    label: Words
    begins: Words
    term: Policy[int]
    months: Policy[int] | None = None
    days: Policy[int] | None = None
    cycles: Policy[int] | None = None
    term_in_days: bool = False
    punctual: bool = False
    early: bool = False
    noticed: bool = False

    def measure(self, rule_day: date, cycle: str) -> dict[str, int]:
        """How much water the sum stands for, as `expected_cost` takes it: so many months, or so many days."""
        if self.days is not None:
            return {"days": self.days.on(rule_day)}
        if self.cycles is not None:
            return {"months": self.cycles.on(rule_day) * MONTHS_OF_CYCLE[BillingCycle(cycle)]}
        assert self.months is not None
        return {"months": self.months.on(rule_day)}

    def due_on(self, begun_on: date, rule_day: date) -> date:
        """The day on which it goes back, from the day on which its term began.

        In days the last one is never a day off (Civil Code art. 203); in months it is the same day of the month.
        """
        term = self.term.on(rule_day)
        return calendar().add_calendar_days(begun_on, term) if self.term_in_days else months_later(begun_on, term)


def months_later(day: date, months: int) -> date:
    """The same day some months later, or the last of the month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, months_of_years.monthrange(year, month + 1)[1]))


KINDS = {
    kind.clause: kind
    for kind in (
        DepositKind(
            clause="NC-C5",
            label=_("Deposit of a large user"),
            begins=_("water on"),
            months=LARGE_USER_MONTHS,
            term=LARGE_USER_TERM,
            punctual=True,
        ),
        DepositKind(
            clause="HM-5",
            label=_("Deposit of a household"),
            begins=_("water on"),
            days=HOUSEHOLD_DAYS,
            term=HOUSEHOLD_TERM,
            term_in_days=True,
            early=True,
            noticed=True,
        ),
        DepositKind(
            clause="OT-2",
            label=_("Deposit of a developer"),
            begins=_("change of holder"),
            cycles=DEVELOPER_CYCLES,
            term=DEVELOPER_TERM,
        ),
    )
}
