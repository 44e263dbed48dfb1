"""The locks of the ledger, always in the same order: statement, then meter accounts by primary key."""

from accounts.models import Customer, MeterAccount, Premises
from accounts.selectors import accounts_concerning
from billing.models import Statement


def lock_statement(statement: Statement) -> Statement:
    """The statement with its row locked; must run in a transaction."""
    return Statement.objects.select_for_update().get(pk=statement.pk)


def lock_ledger(*, customer: Customer | None, premises: Premises | None) -> list[MeterAccount]:
    """Lock the meter accounts whose bills are the arrears of a customer or a place.

    Issuing and paying bills take the same locks, so what was read stays true to the end of the transaction.
    """
    concerned = accounts_concerning(customer=customer, premises=premises).order_by().values("pk")
    return list(MeterAccount.objects.select_for_update().filter(pk__in=concerned).order_by("pk"))


def lock_accounts(accounts: list[MeterAccount]) -> list[MeterAccount]:
    """Lock some meter accounts, by primary key."""
    keys = [account.pk for account in accounts]
    return list(MeterAccount.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
