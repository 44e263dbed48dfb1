"""The record of an arrears check (NC-2, HM-1, OT-3)."""

from __future__ import annotations

from django.db import transaction

from accounts.models import Customer, Premises, User
from billing import selectors
from billing.models import ArrearsCheck, Bill
from billing.services import locks
from waterservice.text import clean_line


@transaction.atomic
def record_arrears_check(
    *, reference: str, customer: Customer, premises: Premises, by: User, note: str = ""
) -> ArrearsCheck:
    """Put on record what the ledger shows at this moment: the sum owed (yuan) and each unpaid bill by part."""
    locks.lock_ledger(customer=customer, premises=premises)
    found = selectors.arrears_by_part(customer=customer, premises=premises)
    check = ArrearsCheck(
        reference=reference,
        customer=customer,
        premises=premises,
        checked_by=by,
        owed=found.owed,
        bills=[_as_found(bill, group.part) for group in found.groups for bill in group.bills],
        note=clean_line(note),
    )
    check.clean_fields(exclude=["customer", "premises", "checked_by"])
    check.save(force_insert=True)
    return check


def _as_found(bill: Bill, part: selectors.Part) -> dict[str, str | int]:
    return {
        "part": part.value,
        "bill": bill.pk,
        "account": bill.account.number,
        "owed_by": bill.customer.name,
        "from": bill.period_start.isoformat(),
        "to": bill.period_end.isoformat(),
        "outstanding": str(bill.outstanding),
    }
