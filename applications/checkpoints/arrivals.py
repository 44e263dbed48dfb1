"""What a suspended case waits for, and how one sees that it has arrived."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from applications.checkpoints.intake import documents_complete, nothing_owed
from applications.checkpoints.money import fee_paid
from applications.checkpoints.works import permits_settled
from applications.models.clock import Suspension
from billing import selectors as ledger

if TYPE_CHECKING:
    from applications.models import Application


def money_came(case: "Application") -> bool:
    return fee_paid(case) and nothing_owed(case)


# What is not named here arrives only when somebody says so.
ARRIVED: Mapping[str, Callable[["Application"], bool]] = {
    Suspension.Awaited.PAPERS: documents_complete,
    Suspension.Awaited.PERMITS: permits_settled,
    Suspension.Awaited.MONEY: money_came,
}


def arrived_at(case: "Application", kinds: tuple[str, ...]) -> datetime | None:
    """When all that these kinds of suspension wait for was there; None for just now.

    Money alone can have come earlier, to the till outside the case.
    """
    if kinds != (Suspension.Awaited.MONEY,):
        return None
    return ledger.last_paid_at(customer=case.applicant, premises=case.premises, statement=case.statement)
