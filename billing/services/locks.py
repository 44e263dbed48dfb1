"""The locks of the ledger, always taken in the same order: statement, meter accounts by primary key, receipt.

After them come the cashier's day sheet (`days.sheet_of`) and, last, the number of a receipt.

Each must run in a transaction and holds to its end. On SQLite the immediate transaction is the lock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from accounts.models import Customer, MeterAccount, Premises
from billing.models import Bill, Receipt, Statement


def lock_statement(statement: Statement) -> Statement:
    """The statement as it is now, its row locked: whoever would read or change its balance waits."""
    return Statement.objects.select_for_update().get(pk=statement.pk)


def lock_receipt(receipt: Receipt) -> Receipt:
    """The receipt as it is now, its row locked: whoever would print, invoice or reverse it waits."""
    locked: Receipt = Receipt.objects.select_for_update().get(pk=receipt.pk)
    return locked


def lock_accounts(keys: Iterable[int]) -> dict[int, MeterAccount]:
    """Meter accounts as they are now, by primary key, their rows locked in that order."""
    wanted = MeterAccount.objects.filter(pk__in=set(keys)).order_by("pk")
    return {account.pk: account for account in wanted.select_for_update()}


def lock_ledger(*, customer: Customer | None, premises: Premises | None) -> list[MeterAccount]:
    """Lock every meter account whose bills are arrears of the customer or of the premises.

    Issuing and paying bills take the same locks, so that the arrears read afterwards stay true.
    """
    keys = MeterAccount.objects.filter(premises=premises) if premises is not None else MeterAccount.objects.none()
    return _lock_all([customer] if customer is not None else [], keys.order_by().values_list("pk", flat=True))


def lock_transfer(*, changing: Collection[MeterAccount], holders: Collection[Customer]) -> list[MeterAccount]:
    """Lock the accounts that change hands and every other whose bills are arrears of the holders (OT-3)."""
    return _lock_all(holders, [account.pk for account in changing])


def _lock_all(customers: Collection[Customer], keys: Iterable[int]) -> list[MeterAccount]:
    wanted = set(keys)
    if customers:
        known = Customer.objects.filter(identity_number__in={customer.identity_number for customer in customers})
        held = MeterAccount.objects.filter(holder__in=known.order_by()).order_by().values_list("pk", flat=True)
        left_behind = Bill.objects.unpaid().filter(customer__in=known.order_by()).order_by()
        wanted.update(held.union(left_behind.values_list("account_id", flat=True)))
    return list(lock_accounts(wanted).values())
