"""What billing has to do with an account that changes hands (OT-7): final bill first, then the new holder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import services as registry
from accounts.models import Customer, MeterAccount, User
from billing import selectors
from billing.models import Bill, Reading
from billing.services import locks
from billing.services.billing_run import Line, bill_stretch, quoted, rest_on, stretch_up_to
from billing.services.readings import running
from waterservice.money import ZERO


@dataclass(frozen=True)
class Handover:
    """A final reading that no bill asks for yet, and what the bill through its day would be."""

    closing: Reading
    line: Line


def plan_handover(standing: selectors.Standing) -> Handover | None:
    """What `bill_until_handover` would ask for; None where no final reading waits for its bill. Reads only."""
    account = standing.account
    closing = next((row for row in reversed(standing.unbilled) if row.kind == Reading.Kind.FINAL), None)
    if closing is None:
        return None
    last = _final_already(standing, closing)
    if last is not None:
        return Handover(closing, Line(account, amount=ZERO, billed=last))
    try:
        line = Line(account, stretch_up_to(standing, closing))
    except ValidationError as fault:
        return Handover(closing, Line(account, left_out=" ".join(fault.messages)))
    return Handover(closing, *quoted([line]))


def _final_already(standing: selectors.Standing, closing: Reading) -> Bill | None:
    """The last bill, where it ends on the day of a final reading and with it."""
    last: Bill | None = selectors.bills_of(standing.account).counting().first()
    ends_so = last is not None and last.period_end == closing.read_on and not standing.used_up_to(closing)
    return last if ends_so else None


@transaction.atomic
def bill_until_handover(*, account: MeterAccount, final_reading: Reading, by: User) -> Bill:
    """Bill the holder through the day of a final reading; the next bill begins the day after, as the new holder's.

    Where the last bill ends on that day with that reading, it is the final one. Asked again, the bill that stands
    is returned. Raises ValidationError for a reading of another kind or
    account, a photograph that is not confirmed, a corrected one, and a day that is billed already.
    """
    locked = locks.lock_accounts([account.pk])[account.pk]
    row = Reading.objects.select_related("bill").get(pk=final_reading.pk)
    if row.account_id != locked.pk or row.kind != Reading.Kind.FINAL:
        raise ValidationError(
            _("Account %(number)s is billed by its own final reading."), params={"number": locked.number}
        )
    if row.bill is not None:
        return row.bill
    if row.waits:
        raise ValidationError(_("The holder's photograph waits for confirmation by the business office."))
    standing = running(locked)
    closing = next((each for each in standing.unbilled if each.pk == row.pk), None)
    if closing is None:
        raise ValidationError(_("This final reading does not count any more: it was corrected, or its day is billed."))
    last = _final_already(standing, closing)
    if last is not None:
        rest_on(last, standing.unbilled[: standing.unbilled.index(closing) + 1])
        return last
    return bill_stretch(stretch_up_to(standing, closing), by=by)


@transaction.atomic
def transfer_account(
    *,
    account: MeterAccount,
    to: Customer,
    on: date,
    reading: int,
    by: User,
    invoice_title: str = "",
    tax_number: str = "",
) -> MeterAccount:
    """Give an account to another holder at the final reading (m³) of a day, once that day is billed.

    Old bills stay the old holder's, deposits are left alone. Raises ValidationError for a stretch that is not
    billed, a bill beyond the day, a reading that the bill does not close with, and as
    `accounts.services.transfer_account` does.
    """
    locked = locks.lock_accounts([account.pk])[account.pk]
    last = selectors.bills_of(locked).counting().first()
    about = {"day": on.isoformat(), "billed": last.period_end.isoformat() if last else "", "reading": reading}
    if last is None or last.period_end < on or _used_since(locked):
        raise ValidationError(
            _("The account is not billed through %(day)s. Take the final reading and bill it first."), params=about
        )
    if last.period_end > on:
        raise ValidationError(
            _("The account is billed through %(billed)s already. Hand it over on that day or later."), params=about
        )
    if last.closing != reading:
        raise ValidationError(
            _("The last bill does not close with %(reading)s m³. Take the reading that it closes with."), params=about
        )
    return registry.transfer_account(
        account=locked, to=to, on=on, reading=reading, by=by, invoice_title=invoice_title, tax_number=tax_number
    )


def _used_since(account: MeterAccount) -> int:
    standing = selectors.standing(account)
    return standing.used if standing else 0
