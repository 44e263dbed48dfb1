"""An account changes hands: final reading, final bill, the new holder (OT-7)."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from accounts import services as registry
from accounts.models import AccountStatus, Customer, MeterAccount, ReadingBook, Role, Tenure, User
from accounts.selectors import holder_on, tenure_on
from billing import selectors, services
from billing.models import Bill, Deposit, Reading
from billing.services.billing_run import bill_account
from tests.billing.conftest import TODAY, Enter, Make, body, on, staff
from waterservice.files import store_upload
from waterservice.money import yuan

DAY, NEXT = date(2026, 6, 10), date(2026, 6, 11)


@pytest.fixture
def account(new_account: Make) -> MeterAccount:
    opened: MeterAccount = new_account()
    return opened


@pytest.fixture
def buyer(new_customer: Make) -> Customer:
    person: Customer = new_customer("李买家")
    return person


def final(account: MeterAccount, by: User, reading: int = 130, day: date = DAY) -> Reading:
    return services.record_final_reading(account=account, reading=reading, read_on=day, by=by)


def hand_over(account: MeterAccount, to: Customer, by: User, day: date = DAY, reading: int = 130) -> MeterAccount:
    return services.transfer_account(account=account, to=to, on=day, reading=reading, by=by)


@pytest.mark.embedded
def test_the_final_reading_divides_the_period_between_old_and_new_holder(
    prices: None, account: MeterAccount, buyer: Customer, reader: User, clerk: User
) -> None:
    seller = account.holder
    old = services.bill_until_handover(account=account, final_reading=final(account, reader), by=clerk)
    moved = hand_over(account, buyer, clerk)
    services.record_reading(account=account, reading=137, read_on=TODAY, by=reader)
    new = bill_account(account=account, since=date(2026, 6, 1), until=TODAY, by=reader)
    assert new is not None
    assert (old.customer, old.period_start, old.period_end, old.usage) == (seller, date(2026, 1, 1), DAY, 30)
    assert (new.customer, new.period_start, new.period_end, new.usage) == (buyer, NEXT, TODAY, 7)
    assert (moved.number, moved.meter, moved.holder) == (account.number, account.meter, buyer)
    tenures = Tenure.objects.filter(account=account).order_by("since")
    assert [(t.customer, t.since, t.until, t.opening_reading, t.closing_reading) for t in tenures] == [
        (seller, date(2026, 1, 1), DAY, 100, 130),
        (buyer, NEXT, None, 130, None),
    ]
    assert moved.history.latest().history_user == clerk


@pytest.mark.embedded
def test_who_held_it_on_a_day(prices: None, account: MeterAccount, buyer: Customer, reader: User) -> None:
    services.bill_until_handover(account=account, final_reading=final(account, reader), by=reader)
    seller = account.holder
    hand_over(account, buyer, reader)
    assert holder_on(account, date(2025, 12, 31)) is None
    assert [holder_on(account, day) for day in (date(2026, 1, 1), DAY, NEXT, TODAY)] == [seller, seller, buyer, buyer]
    held = tenure_on(account, DAY)
    assert held is not None
    assert held.closing_reading == 130


def test_regular_readings_before_the_final_one_are_billed_with_it(
    prices: None, account: MeterAccount, reader: User
) -> None:
    services.record_reading(account=account, reading=120, read_on=date(2026, 6, 1), by=reader)
    bill = services.bill_until_handover(account=account, final_reading=final(account, reader), by=reader)
    assert (bill.usage, bill.readings.count()) == (30, 2)


def test_billing_until_the_hand_over_twice_gives_the_same_bill(
    prices: None, account: MeterAccount, reader: User
) -> None:
    row = final(account, reader)
    first = services.bill_until_handover(account=account, final_reading=row, by=reader)
    assert services.bill_until_handover(account=account, final_reading=row, by=reader) == first
    assert Bill.objects.count() == 1


def test_the_bill_of_that_day_is_the_final_one_when_nothing_ran_since(
    prices: None, account: MeterAccount, buyer: Customer, reader: User
) -> None:
    services.record_reading(account=account, reading=130, read_on=DAY, by=reader)
    regular = bill_account(account=account, since=date(2026, 6, 1), until=DAY, by=reader)
    row = final(account, reader)
    assert services.bill_until_handover(account=account, final_reading=row, by=reader) == regular
    assert hand_over(account, buyer, reader).holder == buyer


def test_water_that_ran_on_a_billed_day_wants_a_later_final_reading(
    prices: None, account: MeterAccount, buyer: Customer, reader: User
) -> None:
    services.record_reading(account=account, reading=130, read_on=DAY, by=reader)
    assert bill_account(account=account, since=date(2026, 6, 1), until=DAY, by=reader) is not None
    with pytest.raises(ValidationError, match="later day"):
        services.bill_until_handover(account=account, final_reading=final(account, reader, 131), by=reader)
    with pytest.raises(ValidationError, match="not billed through"):
        hand_over(account, buyer, reader, reading=130)


def test_only_a_final_reading_that_counts_is_billed(
    prices: None, account: MeterAccount, new_account: Make, reader: User, clerk: User
) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(picture, "PNG")
    stored = store_upload(SimpleUploadedFile("meter.png", picture.getvalue(), "image/png"), by=clerk)
    waiting = services.record_final_reading(account=account, reading=130, read_on=DAY, by=clerk, photograph=stored)
    with pytest.raises(ValidationError, match="waits for confirmation"):
        services.bill_until_handover(account=account, final_reading=waiting, by=clerk)
    services.confirm_reading(reading=waiting, by=reader)
    with pytest.raises(ValidationError, match="own final reading"):
        services.bill_until_handover(account=new_account(), final_reading=waiting, by=clerk)
    right = services.correct_reading(wrong=waiting, reading=131, reason="x", by=reader)
    with pytest.raises(ValidationError, match="corrected"):
        services.bill_until_handover(account=account, final_reading=waiting, by=clerk)
    assert services.bill_until_handover(account=account, final_reading=right, by=clerk).usage == 31
    regular = services.record_reading(account=account, reading=132, read_on=TODAY, by=reader)
    with pytest.raises(ValidationError, match="own final reading"):
        services.bill_until_handover(account=account, final_reading=regular, by=clerk)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"day": date(2026, 6, 9)}, "billed through 2026-06-10"),
        ({"day": NEXT}, "not billed through 2026-06-11"),
        ({"reading": 131}, "does not close with 131"),
    ],
)
def test_the_day_and_the_reading_are_those_of_the_final_bill(
    prices: None, account: MeterAccount, buyer: Customer, reader: User, changes: dict[str, Any], words: str
) -> None:
    services.bill_until_handover(account=account, final_reading=final(account, reader), by=reader)
    with pytest.raises(ValidationError, match=words):
        hand_over(account, buyer, reader, **changes)
    assert Tenure.objects.filter(account=account).count() == 1


def test_an_unbilled_stretch_stands_in_the_way(account: MeterAccount, buyer: Customer, reader: User) -> None:
    with pytest.raises(ValidationError, match="not billed through"):
        hand_over(account, buyer, reader)
    final(account, reader)
    with pytest.raises(ValidationError, match="not billed through"):
        hand_over(account, buyer, reader)


def test_closed_accounts_and_the_holder_themself_are_refused(
    prices: None, account: MeterAccount, buyer: Customer, reader: User
) -> None:
    services.bill_until_handover(account=account, final_reading=final(account, reader), by=reader)
    with pytest.raises(ValidationError, match="holds this account already"):
        hand_over(account, account.holder, reader)
    MeterAccount.objects.filter(pk=account.pk).update(status=AccountStatus.CLOSED, closed_on=TODAY)
    with pytest.raises(ValidationError, match="not active"):
        hand_over(account, buyer, reader)


def test_a_day_to_come_or_before_the_tenure_is_refused(account: MeterAccount, buyer: Customer, clerk: User) -> None:
    for day in (date(2026, 6, 16), date(2025, 12, 31)):
        with pytest.raises(ValidationError, match=str(day) if day > TODAY else "since 2026-01-01"):
            registry.transfer_account(account=account, to=buyer, on=day, reading=130, by=clerk)


def test_a_second_transfer_on_the_same_day_is_refused(
    prices: None, account: MeterAccount, buyer: Customer, new_customer: Make, reader: User
) -> None:
    services.bill_until_handover(account=account, final_reading=final(account, reader), by=reader)
    hand_over(account, buyer, reader)
    with pytest.raises(ValidationError, match="since 2026-06-11"):
        hand_over(account, new_customer(), reader)


@pytest.mark.embedded
def test_old_bills_stay_the_old_holders_and_deposits_are_left_alone(
    prices: None, account: MeterAccount, buyer: Customer, reader: User, cashier: User, clerk: User
) -> None:
    seller = account.holder
    statement = services.open_statement(reference="NC-2026-000009", title="新装接水", customer=seller, by=clerk)
    services.charge_deposit(
        statement=statement,
        clause="NC-C5",
        monthly_m3=Decimal(150),
        kind_of_use="residential",
        by=clerk,
        account=account,
    )
    services.record_payment(statement=statement, amount=statement.balance, method="cash", by=cashier)
    registry.set_household_size(account=account, size=7, proof="户口簿", by=clerk)
    bill = services.bill_until_handover(account=account, final_reading=final(account, reader), by=reader)
    moved = services.transfer_account(
        account=account, to=buyer, on=DAY, reading=130, by=reader, invoice_title="李买家公司", tax_number="T1"
    )
    bill.refresh_from_db()
    assert bill.customer == seller
    assert selectors.owed(customer=seller, premises=None) == bill.amount
    held = Deposit.objects.held().get()
    assert (held.account, held.statement.customer) == (account, seller)
    assert (moved.invoice_title, moved.tax_number) == ("李买家公司", "T1")
    assert (moved.household_size, moved.household_proof) == (None, ""), "the new household proves its own size"


def test_a_part_of_an_earlier_holder_is_never_billed_to_the_new_one(
    prices: None, account: MeterAccount, buyer: Customer, reader: User
) -> None:
    """Should somebody have changed the holder without billing: the run refuses instead of guessing."""
    registry.transfer_account(account=account, to=buyer, on=DAY, reading=130, by=reader)
    services.record_reading(account=account, reading=137, read_on=TODAY, by=reader)
    with pytest.raises(ValidationError, match="changed hands on 2026-06-11"):
        bill_account(account=account, since=date(2026, 6, 1), until=TODAY, by=reader)


# -- screens -----------------------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_a_reader_records_the_final_reading_sees_its_bill_and_issues_it(
    prices: None, account: MeterAccount, enter: Enter, reader: User
) -> None:
    client, page = enter(reader), reverse("billing:readings", args=[account.number])
    assert "Final reading at a hand-over" in body(client.get(page))
    record = reverse("billing:final-reading", args=[account.number])
    below = client.post(record, {"reading": "99", "read_on": DAY.isoformat()})
    assert below.status_code == 422
    assert "Read it again" in body(below)
    shown = body(client.post(record, {"reading": "130", "read_on": DAY.isoformat()}, follow=True))
    assert "Final reading of 2026-06-10: 130 m³, not billed yet" in shown
    assert "2026-01-01 – 2026-06-10, 30 m³" in shown
    assert not Bill.objects.exists(), "it is shown before it is issued"
    row = Reading.objects.get()
    answer = client.post(reverse("billing:bill-final-reading", args=[row.pk]), follow=True)
    bill = Bill.objects.get()
    assert f"<strong>{yuan(bill.amount)}</strong>" in shown
    assert "Billed through 2026-06-10" in body(answer)
    assert (bill.period_end, bill.usage, bill.customer) == (DAY, 30, account.holder)
    assert "not billed yet" not in body(client.get(page))


def test_a_final_reading_far_above_the_usual_wants_a_second_look(
    prices: None, account: MeterAccount, new_bill: Make, enter: Enter, reader: User
) -> None:
    """OT-7, NC-13."""
    new_bill(account, 1, 10)
    client, record = enter(reader), reverse("billing:final-reading", args=[account.number])
    values = {"reading": "1300", "read_on": DAY.isoformat()}
    doubted = client.post(record, values)
    assert doubted.status_code == 422
    assert "times the usual" in body(doubted)
    assert not Reading.objects.exists()
    assert client.post(record, values | {"sure": "on"}).status_code == 302
    assert Reading.objects.get().kind == Reading.Kind.FINAL


def test_only_the_office_in_charge_takes_and_bills_a_final_reading(
    prices: None, account: MeterAccount, book: ReadingBook, enter: Enter, reader: User, clerk: User, cashier: User
) -> None:
    account = registry.file_account(account=account, by=clerk, book=book, order_in_book=1)
    row = final(account, reader)
    record = reverse("billing:final-reading", args=[account.number])
    issue = reverse("billing:bill-final-reading", args=[row.pk])
    for person, status in ((cashier, 403), (staff("elsewhere", Role.BUSINESS_CLERK), 404)):
        client = enter(person)
        assert client.post(record, {"reading": "131", "read_on": DAY.isoformat()}).status_code == status
        assert client.post(issue).status_code == status
        assert "Bill through" not in body(client.get(reverse("billing:readings", args=[account.number])))
    assert not Bill.objects.exists()


def test_a_bill_that_ends_with_the_final_reading_is_said_to_be_the_final_one(
    prices: None, account: MeterAccount, enter: Enter, reader: User
) -> None:
    services.record_reading(account=account, reading=130, read_on=DAY, by=reader)
    bill = bill_account(account=account, since=date(2026, 6, 1), until=DAY, by=reader)
    row = final(account, reader)
    client = enter(reader)
    assert "nothing more is asked" in body(client.get(reverse("billing:readings", args=[account.number])))
    client.post(reverse("billing:bill-final-reading", args=[row.pk]))
    row.refresh_from_db()
    assert row.bill == bill


# -- on the last day of a bill of the former system -------------------------------------------------------------

IMPORTED = date(2026, 1, 28)


@pytest.mark.embedded
def test_the_last_bill_of_the_former_system_can_be_the_final_one(
    prices: None, taken_over: Make, buyer: Customer, reader: User, clerk: User, enter: Enter
) -> None:
    account = taken_over(130)
    with on(IMPORTED):
        row = final(account, reader, 130, IMPORTED)
        page = body(enter(reader).get(reverse("billing:readings", args=[account.number])))
        assert reverse("billing:bill-final-reading", args=[row.pk]) in page
        assert "nothing more is asked" in page
        assert services.bill_until_handover(account=account, final_reading=row, by=reader) == Bill.objects.get()
    hand_over(account, buyer, clerk, IMPORTED)
    services.record_reading(account=account, reading=150, read_on=TODAY, by=reader)
    bill = bill_account(account=account, since=date(2026, 6, 1), until=TODAY, by=reader)
    assert bill is not None
    assert (bill.customer, bill.period_start, bill.usage) == (buyer, date(2026, 1, 29), 20)


def test_a_final_reading_of_that_day_with_another_figure_is_refused(
    prices: None, taken_over: Make, reader: User
) -> None:
    account = taken_over(130)
    with on(IMPORTED), pytest.raises(ValidationError, match="with 130 m³"):
        final(account, reader, 135, IMPORTED)
    assert not Reading.objects.exists()
