"""Writes of customers, premises, meters and meter accounts."""

from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.history import save_as
from accounts.models import (
    AccountStatus,
    Customer,
    Meter,
    MeterAccount,
    Premises,
    ReadingBook,
    Tenure,
    UnmaskedLook,
    User,
)
from accounts.models.meters import USUAL_DIGITS
from accounts.selectors import find_customer, find_premises, next_place
from waterservice.numbering import next_number
from waterservice.text import clean_line

NUMBER_SERIES = "account"
NUMBER_WIDTH = 8


@transaction.atomic
def register_customer(*, by: User, **fields: Any) -> Customer:
    """Put a customer on record. Raises ValidationError for a wrong check digit or a number already on record."""
    return save_as(Customer(**fields), by=by)


@transaction.atomic
def update_customer(*, customer: Customer, by: User, **fields: Any) -> Customer:
    """Change data of a customer; nothing is written when nothing changes."""
    locked = Customer.objects.select_for_update().get(pk=customer.pk)
    changed = [name for name, value in fields.items() if getattr(locked, name) != value]
    for name in changed:
        setattr(locked, name, fields[name])
    return save_as(locked, by=by) if changed else locked


@transaction.atomic
def right_customer(*, customer: Customer, shared: bool, by: User, **identity: str) -> Customer:
    """The customer who was meant when a name or number was mistyped: `identity` is kind of paper, number, name.

    Somebody known by the number; otherwise the mistyped record is corrected, or, where more than one request
    hangs on it (`shared`), a new one made. Raises ValidationError for a number known under another name.
    """
    known = find_customer(identity["identity_kind"], identity["identity_number"])
    if known is not None and known.name != identity["name"] and (shared or known != customer):
        words = _("This identity number belongs to “%(name)s” in our records. Compare it with the paper.")
        raise ValidationError({"name": ValidationError(words, params={"name": known.name})})
    if known is not None and known != customer:
        return known
    if known is not None or not shared:
        return update_customer(customer=customer, by=by, **identity)
    rest = ("kind", "telephone", "second_telephone", "legal_representative", "bank", "bank_account", "address")
    return register_customer(by=by, **{name: getattr(customer, name) for name in rest}, **identity)


@transaction.atomic
def register_premises(*, by: User, **parts: str) -> Premises:
    """The premises of these parts: those on record, or new ones."""
    return find_premises(**parts) or save_as(Premises(**parts), by=by)


@transaction.atomic
def open_account(
    *,
    holder: Customer,
    premises: Premises,
    kind_of_use: str,
    cycle: str,
    by: User,
    book: ReadingBook | None = None,
    invoice_title: str = "",
    tax_number: str = "",
    number: str = "",
    opened_on: date | None = None,
) -> MeterAccount:
    """Open a meter account as 待通水 with the next account number (NC-12).

    One that exists on paper keeps its `number` and the day on which it was opened.
    """
    account = MeterAccount(
        number=number or _next_account_number(),
        holder=holder,
        premises=premises,
        kind_of_use=kind_of_use,
        cycle=cycle,
        book=book,
        opened_on=opened_on or timezone.localdate(),
        invoice_title=invoice_title,
        tax_number=tax_number,
    )
    return save_as(account, by=by)


@transaction.atomic
def correct_pending_account(
    *,
    account: MeterAccount,
    holder: Customer,
    premises: Premises,
    kind_of_use: str,
    invoice_title: str,
    tax_number: str,
    by: User,
) -> MeterAccount:
    """Let an account that still waits for water follow the request it was opened for, once that was corrected (NC-C4).

    Raises ValidationError for an account that has had water.
    """
    locked = MeterAccount.objects.select_for_update().get(pk=account.pk)
    if locked.status != AccountStatus.PENDING:
        raise ValidationError(
            _("Account %(number)s does not wait for water any more."), params={"number": locked.number}
        )
    locked.holder, locked.premises, locked.kind_of_use = holder, premises, kind_of_use
    locked.invoice_title, locked.tax_number = invoice_title, tax_number
    return save_as(locked, by=by)


def _next_account_number() -> str:
    """The next number that no account has; some were given on paper or by another system."""
    while True:
        number = f"{next_number(NUMBER_SERIES):0{NUMBER_WIDTH}d}"
        if not MeterAccount.objects.filter(number=number).exists():
            return number


@transaction.atomic
def set_meter(
    *,
    account: MeterAccount,
    number: str,
    calibre: int,
    first_reading: int,
    by: User,
    installed_on: date,
    maker_number: str = "",
    model: str = "",
    position: str = "",
    digits: int = USUAL_DIGITS,
) -> Meter:
    """Install a meter on an account, or correct that of one which still waits for water.

    A meter that was removed may be installed again. Raises ValidationError for an account in use that has a meter:
    there meters are changed, with their readings.
    """
    locked = MeterAccount.objects.select_for_update().get(pk=account.pk)
    earlier = locked.meter
    if earlier is not None and locked.status != AccountStatus.PENDING:
        raise ValidationError(_("Account %(number)s has a meter already."), params={"number": locked.number})
    removed = Meter.objects.filter(number=number, removed_on__isnull=False, account__isnull=True).first()
    meter = earlier if earlier is not None and earlier.number == number else removed or Meter(number=number)
    meter.removed_on = None
    meter.maker_number, meter.model, meter.position, meter.digits = maker_number, model, position, digits
    meter.calibre, meter.installed_on, meter.first_reading = calibre, installed_on, first_reading
    save_as(meter, by=by)
    if earlier is not None and earlier != meter:
        earlier.removed_on = max(installed_on, earlier.installed_on)
        save_as(earlier, by=by)
    locked.meter = account.meter = meter
    save_as(locked, by=by)
    return meter


@transaction.atomic
def replace_meter(
    *, account: MeterAccount, number: str, calibre: int, first_reading: int, on: date, by: User, **details: Any
) -> Meter:
    """Put a new meter in the place of an active account's meter, which is removed on that day (换表).

    `details` are further columns of the meter; what is left out stays that of the old one. The last reading of
    the old and the first of the new meter are recorded by `billing.services.change_meter`, which calls this.
    Raises ValidationError for an account without running water, a number on record already, and a day before
    the old meter was installed.
    """
    locked = MeterAccount.objects.select_for_update(of=("self",)).select_related("meter").get(pk=account.pk)
    old = locked.meter
    if old is None or locked.status != AccountStatus.ACTIVE:
        raise ValidationError(_("Account %(number)s has no running meter to change."), params={"number": locked.number})
    if on < old.installed_on:
        raise ValidationError(
            _("The old meter was installed on %(day)s; it can't be removed before."),
            params={"day": old.installed_on.isoformat()},
        )
    kept = {"position": old.position, "digits": old.digits} | details
    new = save_as(
        Meter(number=clean_line(number), calibre=calibre, first_reading=first_reading, installed_on=on, **kept), by=by
    )
    old.removed_on = on
    save_as(old, by=by)
    locked.meter = account.meter = new
    save_as(locked, by=by)
    return new


@transaction.atomic
def activate_account(*, account: MeterAccount, on: date, by: User) -> MeterAccount:
    """Let a pending account become active at water on; the holder's tenure begins with the first reading."""
    locked = MeterAccount.objects.select_for_update().get(pk=account.pk)
    if locked.status != AccountStatus.PENDING:
        raise ValidationError(_("Account %(number)s is not waiting for water."), params={"number": locked.number})
    if locked.meter is None:
        raise ValidationError(_("Account %(number)s has no meter."), params={"number": locked.number})
    locked.status = AccountStatus.ACTIVE
    save_as(locked, by=by)
    save_as(
        Tenure(account=locked, customer=locked.holder, since=on, opening_reading=locked.meter.first_reading),
        by=by,
    )
    return locked


@transaction.atomic
def give_up_account(*, account: MeterAccount, by: User) -> MeterAccount:
    """Close an account that never got water: the request that opened it has ended. One in use is left alone."""
    locked = MeterAccount.objects.select_for_update().get(pk=account.pk)
    if locked.status != AccountStatus.PENDING:
        return locked
    if locked.meter is not None:
        locked.meter.removed_on = max(timezone.localdate(), locked.meter.installed_on)
        save_as(locked.meter, by=by)
    locked.status, locked.closed_on = AccountStatus.CLOSED, timezone.localdate()
    return save_as(locked, by=by)


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
    """Give an account another holder; number, meter and readings go on (OT-7).

    The old tenure ends with `on` and its reading (m³), the new one begins with the day after; how many people
    live there is not known then. Whether the old
    holder's part is billed, `billing.services.transfer_account` asks, which calls this. Raises ValidationError
    for an account without running water, a transfer to the holder, and a day to come or before the tenure began.
    """
    locked = MeterAccount.objects.select_for_update().get(pk=account.pk)
    about = {"number": locked.number, "day": on.isoformat()}
    if locked.status != AccountStatus.ACTIVE:
        raise ValidationError(_("Account %(number)s is not active and can't change hands."), params=about)
    tenure = locked.tenures.get(until__isnull=True)
    if to.pk == tenure.customer_id:
        raise ValidationError(_("%(name)s holds this account already."), params={"name": to.name})
    if on > timezone.localdate():
        raise ValidationError(_("%(day)s has not come yet: an account changes hands up to today."), params=about)
    if on < tenure.since:
        raise ValidationError(
            _("The present holder has held the account since %(since)s only. Give a later day."),
            params={"since": tenure.since.isoformat()},
        )
    tenure.until, tenure.closing_reading = on, reading
    save_as(tenure, by=by)
    locked.holder, locked.invoice_title, locked.tax_number = to, invoice_title or to.name, tax_number
    locked.household_size, locked.household_proof = None, ""
    save_as(locked, by=by)
    save_as(Tenure(account=locked, customer=to, since=on + timedelta(days=1), opening_reading=reading), by=by)
    return locked


@transaction.atomic
def file_account(*, account: MeterAccount, by: User, at: datetime | None = None, **corrections: Any) -> MeterAccount:
    """Check the account's file against the papers and correct what differs (NC-12, NC-C4); `at` is now, if left out.

    Raises ValidationError for a place in the reading book that another account has.
    """
    locked = MeterAccount.objects.select_for_update().get(pk=account.pk)
    for name, value in corrections.items():
        setattr(locked, name, value)
    if locked.book is not None and locked.order_in_book is not None:
        ReadingBook.objects.select_for_update().get(pk=locked.book.pk)
        taken = locked.book.accounts.filter(order_in_book=locked.order_in_book).exclude(pk=locked.pk).first()
        if taken is not None:
            words = _("Place %(place)s of book %(book)s is account %(number)s. The next free place is %(free)s.")
            params = {
                "place": locked.order_in_book,
                "book": locked.book.code,
                "number": taken.number,
                "free": next_place(locked.book),
            }
            raise ValidationError({"order_in_book": ValidationError(words, params=params)})
    locked.filed_at = at or timezone.now()
    return save_as(locked, by=by)


@transaction.atomic
def set_household_size(*, account: MeterAccount, size: int | None, proof: str, by: User) -> MeterAccount:
    """Put on record how many people live at an account (None: not known any more), and which paper shows it.

    Raises ValidationError without a proof, and for fewer than 1 or more than 99 people.
    """
    words = clean_line(proof)
    if not words:
        raise ValidationError({"household_proof": _("Say which paper shows it.")})
    locked = MeterAccount.objects.select_for_update().get(pk=account.pk)
    locked.household_size = size
    locked.household_proof = words
    return save_as(locked, by=by)


@transaction.atomic
def record_look(*, customer: Customer, by: User, purpose: str) -> UnmaskedLook:
    """Record that somebody saw unmasked personal data, and what for."""
    return UnmaskedLook.objects.create(customer=customer, looked_by=by, purpose=purpose)
