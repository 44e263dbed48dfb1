"""The locks of the ledger, always taken in the same order: statement, then meter accounts by primary key.

Each must run in a transaction and holds to its end. On SQLite the immediate transaction is the lock.
"""

from __future__ import annotations

from collections.abc import Iterable

from accounts.models import Customer, MeterAccount, Premises
from accounts.selectors import accounts_concerning
from billing.models import Bill, Statement


def lock_statement(statement: Statement) -> Statement:
    """The statement as it is now, its row locked: whoever would read or change its balance waits."""
    return Statement.objects.select_for_update().get(pk=statement.pk)


def lock_accounts(keys: Iterable[int]) -> dict[int, MeterAccount]:
    """Meter accounts as they are now, by primary key, their rows locked in that order."""
    wanted = MeterAccount.objects.filter(pk__in=set(keys)).order_by("pk")
    return {account.pk: account for account in wanted.select_for_update()}


def lock_ledger(*, customer: Customer | None, premises: Premises | None) -> list[MeterAccount]:
    """Lock every meter account whose bills are arrears of the customer or of the premises.

    Issuing and paying bills take the same locks, so that the arrears read afterwards stay true.
    """
    keys = set(accounts_concerning(customer=customer, premises=None).values_list("pk", flat=True))
    keys.update(accounts_concerning(customer=None, premises=premises).values_list("pk", flat=True))
    if customer is not None:
        left_behind = Bill.objects.unpaid().filter(customer__identity_number=customer.identity_number)
        keys.update(left_behind.values_list("account_id", flat=True))
    return list(lock_accounts(keys).values())
