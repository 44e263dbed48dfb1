"""Numbers without gaps: one row for each series, locked until the numbered row is safely there."""

from django.db import connection
from django.db.transaction import TransactionManagementError

from waterservice.models import NumberSequence


def next_number(key: str) -> int:
    """The next number of a series, from 1.

    The row stays locked to the end of the caller's transaction: whoever comes next waits, and a transaction
    that is rolled back gives its number back. Take numbers last, so that others wait shortly.
    Raises TransactionManagementError outside a transaction, where a failure would leave a gap.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("next_number belongs into the transaction of the row that it numbers.")
    sequence, _created = NumberSequence.objects.select_for_update().get_or_create(key=key)
    sequence.last += 1
    sequence.save(update_fields=["last"])
    return sequence.last


def go_on_after(key: str, number: int) -> None:
    """Let a series continue beyond a number that was given elsewhere; it never goes back. In a transaction."""
    sequence, _created = NumberSequence.objects.select_for_update().get_or_create(key=key)
    if sequence.last < number:
        sequence.last = number
        sequence.save(update_fields=["last"])
