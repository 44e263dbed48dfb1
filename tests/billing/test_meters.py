"""A change of the meter (换表): history, numbers, what is billed over it."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts import services as registry
from accounts.models import Meter, MeterAccount, User
from billing import selectors, services
from billing.models import Reading
from billing.services.billing_run import bill_account
from tests.billing.conftest import TODAY, Make

JUNE = date(2026, 6, 1)


@pytest.fixture
def account(new_account: Make) -> MeterAccount:
    opened: MeterAccount = new_account()
    return opened


def change(account: MeterAccount, by: User, **changes: Any) -> Meter:
    values: dict[str, Any] = {
        "last_reading": 150,
        "number": "N-000001",
        "calibre": 20,
        "first_reading": 3,
        "on": date(2026, 6, 5),
    } | changes
    return services.change_meter(account=account, by=by, **values)


@pytest.mark.embedded
def test_the_old_meter_ends_and_the_new_one_begins(account: MeterAccount, reader: User) -> None:
    old, new = account.meter, change(account, reader, maker_number="F-1", digits=6)
    assert old is not None
    old.refresh_from_db()
    account.refresh_from_db()
    assert (account.meter, old.removed_on) == (new, date(2026, 6, 5))
    assert (new.first_reading, new.installed_on, new.calibre, new.digits) == (3, date(2026, 6, 5), 20, 6)
    rows = list(Reading.objects.in_order().values_list("kind", "meter", "reading"))
    assert rows == [("removal", old.pk, 150), ("installed", new.pk, 3)]
    assert account.history.latest().history_user == reader
    assert old.history.latest().history_user == reader


def test_what_is_left_out_stays_as_it_was(account: MeterAccount, reader: User) -> None:
    assert account.meter is not None
    Meter.objects.filter(pk=account.meter.pk).update(position="楼道", digits=6)
    new = change(account, reader)
    assert (new.position, new.digits) == ("楼道", 6)


@pytest.mark.embedded
def test_what_ran_through_both_meters_is_billed_together(prices: None, account: MeterAccount, reader: User) -> None:
    services.record_reading(account=account, reading=140, read_on=JUNE, by=reader)
    change(account, reader)
    services.record_reading(account=account, reading=13, read_on=TODAY, by=reader)
    bill = bill_account(account=account, since=JUNE, until=TODAY, by=reader)
    assert bill is not None
    assert (bill.opening, bill.closing, bill.carried, bill.usage) == (100, 13, 147, 60)
    assert bill.readings.count() == 4


def test_a_change_on_the_day_that_was_billed_loses_no_water(prices: None, account: MeterAccount, reader: User) -> None:
    """Read and billed in the morning, changed in the afternoon: two cubic metres ran in between."""
    services.record_reading(account=account, reading=148, read_on=JUNE, by=reader)
    assert bill_account(account=account, since=JUNE, until=JUNE, by=reader) is not None
    change(account, reader, on=JUNE)
    services.record_reading(account=account, reading=10, read_on=TODAY, by=reader)
    bill = bill_account(account=account, since=JUNE, until=TODAY, by=reader)
    assert bill is not None
    assert (bill.usage, bill.period_start) == (2 + 7, date(2026, 6, 2))


def test_a_change_after_a_bill_of_the_former_system_loses_no_water(
    new_bill: Make, account: MeterAccount, reader: User
) -> None:
    former = new_bill(account, 5, 48)
    change(account, reader, on=former.period_end)
    services.record_reading(account=account, reading=10, read_on=TODAY, by=reader)
    standing = selectors.standing(account)
    assert standing is not None
    assert (standing.used, standing.value, standing.changed_on) == (2 + 7, 10, former.period_end)


def test_two_changes_and_a_roll_over_in_one_period(prices: None, account: MeterAccount, reader: User) -> None:
    change(account, reader, number="N-1", last_reading=150, first_reading=99_990, on=JUNE)
    change(account, reader, number="N-2", last_reading=5, rolled_over=True, first_reading=7, on=date(2026, 6, 8))
    services.record_reading(account=account, reading=9, read_on=TODAY, by=reader)
    bill = bill_account(account=account, since=JUNE, until=TODAY, by=reader)
    assert bill is not None
    assert bill.usage == 50 + 15 + 2


@pytest.mark.parametrize(
    "changes",
    [
        {"last_reading": 99},
        {"on": date(2026, 6, 16)},
        {"on": date(2025, 12, 31)},
        {"calibre": 17},
        {"number": ""},
        {"digits": 3},
        {"first_reading": -1},
        {"first_reading": 100_000},
    ],
    ids=str,
)
def test_a_change_that_makes_no_sense_is_refused_whole(
    account: MeterAccount, reader: User, changes: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        change(account, reader, **changes)
    assert not Reading.objects.exists()
    account.refresh_from_db()
    assert account.meter is not None
    assert account.meter.removed_on is None


def test_a_meter_number_is_not_used_twice(account: MeterAccount, new_account: Make, reader: User) -> None:
    assert account.meter is not None
    used = account.meter.number
    change(account, reader)
    for number in (used, "N-000001"):
        with pytest.raises(ValidationError, match="on record already"):
            change(new_account(), reader, number=number)


def test_the_figures_of_a_change_can_be_corrected(prices: None, account: MeterAccount, reader: User) -> None:
    new = change(account, reader)
    removal, installed = Reading.objects.in_order()
    services.correct_reading(wrong=removal, reading=155, reason="看错", by=reader)
    services.correct_reading(wrong=installed, reading=1, reason="看错", by=reader)
    new.refresh_from_db()
    assert new.first_reading == 1
    services.record_reading(account=account, reading=6, read_on=TODAY, by=reader)
    with pytest.raises(ValidationError, match="day of a meter change"):
        services.correct_reading(
            wrong=Reading.objects.counting().get(kind="removal"), reading=156, reason="x", by=reader, read_on=JUNE
        )
    bill = bill_account(account=account, since=JUNE, until=TODAY, by=reader)
    assert bill is not None
    assert bill.usage == 55 + 5


def test_an_account_without_running_water_has_no_meter_to_change(account: MeterAccount, reader: User) -> None:
    MeterAccount.objects.filter(pk=account.pk).update(status="closed", closed_on=TODAY)
    with pytest.raises(ValidationError, match=account.number):
        change(account, reader)
    with pytest.raises(ValidationError, match=account.number):
        registry.replace_meter(account=account, number="X", calibre=15, first_reading=0, on=TODAY, by=reader)


@pytest.mark.embedded
def test_a_meter_changed_after_the_last_imported_bill_counts_from_its_own_beginning(
    prices: None, taken_over: Make, reader: User
) -> None:
    """The former system billed through January; the meter came in March, before the account was taken over."""
    account = taken_over(closing=500)
    assert account.meter is not None
    Meter.objects.filter(pk=account.meter.pk).update(installed_on=date(2026, 3, 10), first_reading=0)
    account = MeterAccount.objects.get(pk=account.pk)
    services.record_reading(account=account, reading=20, read_on=JUNE, by=reader)
    standing = selectors.standing(account)
    assert standing is not None
    assert (standing.value, standing.used) == (20, 20)
    bill = bill_account(account=account, since=JUNE, until=JUNE, by=reader)
    assert bill is not None
    assert (bill.opening, bill.closing, bill.usage, bill.carried) == (500, 20, 20, 500)
