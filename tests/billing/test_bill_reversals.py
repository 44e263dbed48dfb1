"""Bills on a wrong reading are reversed by two people, and billed anew on the right one (NC-13)."""

import io
from datetime import date

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts import services as registry
from accounts.models import MeterAccount, ReadingBook, Role, User
from billing import selectors, services
from billing.models import Bill, BillReversal, Reading
from billing.selectors.books import books_on
from billing.services.billing_run import plan, run
from tests.billing.conftest import (
    TODAY,
    Enter,
    Make,
    body,
    on,
    refused_by_a_trigger,
    refused_by_the_database,
    staff,
    without_triggers,
)

JUNE, LATER = date(2026, 6, 1), date(2026, 7, 15)
REVERSALS = "/billing/decisions/?kind=reversals"
WHY = "抄表误读，190 误录为 1900"


def read(account: MeterAccount, by: User, reading: int, day: date = TODAY) -> Reading:
    return services.record_reading(account=account, reading=reading, read_on=day, by=by)


def bill_june(account: MeterAccount, by: User) -> Bill:
    bill = services.bill_account(account=account, since=JUNE, until=TODAY, by=by)
    assert bill is not None
    return bill


@pytest.fixture
def account(prices: None, in_book: Make) -> MeterAccount:
    opened: MeterAccount = in_book()
    return opened


@pytest.fixture
def wrong(account: MeterAccount, reader: User) -> Bill:
    """190 typed as 1900, and billed: 1800 m³ instead of 90."""
    read(account, reader, 1900)
    return bill_june(account, reader)


@pytest.fixture
def asked(wrong: Bill, reader: User) -> BillReversal:
    return services.ask_bill_reversal(bill=wrong, reason=WHY, by=reader)


@pytest.fixture
def reversed_bill(asked: BillReversal, office_manager: User) -> Bill:
    services.decide_bill_reversal(reversal=asked, grant=True, by=office_manager)
    return Bill.objects.get(pk=asked.bill_id)


@pytest.mark.embedded
def test_a_reversed_bill_is_billed_anew_as_the_right_reading_would_have_been(
    account: MeterAccount, reversed_bill: Bill, in_book: Make, reader: User
) -> None:
    right = in_book()
    read(right, reader, 190)
    expected = bill_june(right, reader)
    row = Reading.objects.get(account=account)
    assert row.bill is None
    services.correct_reading(wrong=row, reading=190, reason=WHY, by=reader)
    anew = bill_june(account, reader)
    columns = ("period_start", "period_end", "opening", "closing", "carried", "usage", "amount", "pay_by")
    assert [getattr(anew, name) for name in columns] == [getattr(expected, name) for name in columns]
    lines = ("start", "end", "tier", "usage", "water_amount")
    assert list(anew.lines.values_list(*lines)) == list(expected.lines.values_list(*lines))
    with on(LATER):
        assert read(account, reader, 210, LATER).reading == 210, "the next true reading follows"


@pytest.mark.embedded
def test_a_reversed_bill_counts_in_no_arrears_tiers_late_charge_or_run(
    account: MeterAccount, wrong: Bill, asked: BillReversal, book: ReadingBook, office_manager: User
) -> None:
    def used() -> dict[int, int]:
        return selectors.used_before(account, account.holder, start=TODAY, end=TODAY)

    assert (used(), selectors.owed(customer=account.holder, premises=None)) == ({2026: 1800}, wrong.amount)
    assert plan(book, TODAY)[0].billed == wrong
    assert books_on([book], TODAY)[0].unbilled == 0
    services.decide_bill_reversal(reversal=asked, grant=True, by=office_manager)
    assert (used(), selectors.owed(customer=account.holder, premises=None)) == ({2026: 0}, 0)
    assert not Bill.objects.unpaid().exists()
    line = plan(book, TODAY)[0]
    assert (line.billed, line.ready) == (None, True)
    assert books_on([book], TODAY)[0].unbilled == 1
    standing = selectors.standing(account)
    assert standing is not None
    assert (standing.billed_until, standing.recent) == (None, ())
    assert Bill.objects.get().reversed_at, "it stays on record"


def test_the_preview_of_a_run_is_what_the_bill_asks_after_a_reversal(
    account: MeterAccount, reversed_bill: Bill, book: ReadingBook, reader: User
) -> None:
    services.correct_reading(wrong=Reading.objects.get(), reading=190, reason=WHY, by=reader)
    lines = plan(book, TODAY)
    (outcome,) = run(lines, book=book, until=TODAY, by=reader)
    assert outcome.bill is not None
    assert outcome.bill.amount == lines[0].amount


@pytest.mark.embedded
def test_a_bill_of_nothing_can_be_reversed_too(account: MeterAccount, reader: User, office_manager: User) -> None:
    read(account, reader, 100)
    bill = bill_june(account, reader)
    reversal = services.ask_bill_reversal(bill=bill, reason="漏抄", by=reader)
    services.decide_bill_reversal(reversal=reversal, grant=True, by=office_manager)
    services.correct_reading(wrong=Reading.objects.get(), reading=190, reason="漏抄", by=reader)
    assert bill_june(account, reader).usage == 90


def test_nobody_reverses_what_they_asked_for(asked: BillReversal, reader: User) -> None:
    """Four-eyes."""
    with pytest.raises(ValidationError, match="themselves"):
        services.decide_bill_reversal(reversal=asked, grant=True, by=reader)
    assert Bill.objects.get().reversed_at is None


def test_a_paid_bill_is_reversed_after_its_payment(
    wrong: Bill, asked: BillReversal, cashier: User, manager: User, office_manager: User
) -> None:
    receipt = services.pay_bills(bills=[wrong], method="cash", by=cashier)
    with pytest.raises(ValidationError, match="Reverse the receipt"):
        services.decide_bill_reversal(reversal=asked, grant=True, by=office_manager)
    services.reverse_receipt(receipt=receipt, reason="收错", by=manager)
    services.decide_bill_reversal(reversal=asked, grant=True, by=office_manager)
    with pytest.raises(ValidationError, match="Reversed"):
        services.pay_bills(bills=[wrong], method="cash", by=cashier)


def test_what_goes_on_from_a_bill_is_reversed_first(account: MeterAccount, wrong: Bill, reader: User) -> None:
    with on(LATER):
        read(account, reader, 1920, LATER)
        assert services.bill_account(account=account, since=date(2026, 7, 1), until=LATER, by=reader) is not None
        with pytest.raises(ValidationError, match="later bill"):
            services.ask_bill_reversal(bill=wrong, reason=WHY, by=reader)


def test_a_bill_by_which_an_account_changed_hands_stays(
    account: MeterAccount, wrong: Bill, reader: User, clerk: User, new_customer: Make
) -> None:
    services.transfer_account(account=account, to=new_customer(), on=TODAY, reading=1900, by=clerk)
    with pytest.raises(ValidationError, match="changed hands"):
        services.ask_bill_reversal(bill=wrong, reason=WHY, by=reader)


def test_a_reversal_is_asked_once_with_a_reason_and_may_be_refused(
    wrong: Bill, reader: User, office_manager: User
) -> None:
    with pytest.raises(ValidationError):
        services.ask_bill_reversal(bill=wrong, reason=" ", by=reader)
    asked = services.ask_bill_reversal(bill=wrong, reason=WHY, by=reader)
    with pytest.raises(ValidationError, match="asked for already"):
        services.ask_bill_reversal(bill=wrong, reason=WHY, by=reader)
    with pytest.raises(ValidationError, match="why it is refused"):
        services.decide_bill_reversal(reversal=asked, grant=False, by=office_manager)
    services.decide_bill_reversal(reversal=asked, grant=False, by=office_manager, opinion="读数无误")
    with pytest.raises(ValidationError, match="decided already"):
        services.decide_bill_reversal(reversal=asked, grant=True, by=office_manager)
    assert Bill.objects.get().reversed_at is None
    assert services.ask_bill_reversal(bill=wrong, reason=WHY, by=reader).pk != asked.pk


def test_a_waiver_of_a_reversed_bill_can_only_be_refused(
    wrong: Bill, asked: BillReversal, reader: User, office_manager: User
) -> None:
    with on(LATER):
        waiver = services.ask_waiver(bill=wrong, reason="x", by=reader)
        services.decide_bill_reversal(reversal=asked, grant=True, by=office_manager)
        with pytest.raises(ValidationError, match="reversed meanwhile"):
            services.decide_waiver(waiver=waiver, grant=True, by=office_manager)


# -- the database ------------------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_the_database_wants_two_people_and_nothing_paid(
    wrong: Bill, asked: BillReversal, cashier: User, office_manager: User
) -> None:
    with refused_by_a_trigger("bill_reversed_by_two"), connection.cursor() as cursor:
        cursor.execute("UPDATE billing_bill SET reversed_at = %s", [timezone.now()])
    services.pay_bills(bills=[wrong], method="cash", by=cashier)
    asked.decide("granted", by=office_manager, opinion="")
    with refused_by_a_trigger("bill_reversed_unpaid"), connection.cursor() as cursor:
        cursor.execute("UPDATE billing_bill SET reversed_at = %s", [timezone.now()])


@pytest.mark.embedded
def test_the_database_keeps_a_reversed_bill_reversed_and_unpaid(
    account: MeterAccount, reversed_bill: Bill, new_bill: Make, cashier: User
) -> None:
    with refused_by_a_trigger("bill_reversed_once"), connection.cursor() as cursor:
        cursor.execute("UPDATE billing_bill SET reversed_at = NULL")
    other = new_bill(account, 7)
    payment = services.pay_bills(bills=[other], method="cash", by=cashier).bill_payments.get()
    payment.pk, payment.bill, payment._state.adding = None, reversed_bill, True
    with refused_by_a_trigger("payment_of_a_standing_bill"):
        payment.save(force_insert=True)


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        (
            "nobody_grants_their_own",
            "UPDATE billing_billreversal SET decided_by_id = asked_by_id, decided_at = asked_at, status = 'granted'",
        ),
        ("bill_reversal_decided_by_somebody", "UPDATE billing_billreversal SET status = 'granted'"),
        ("bill_reversal_has_a_reason", "UPDATE billing_billreversal SET reason = ''"),
    ],
)
def test_the_database_refuses_a_reversal_that_makes_no_sense(asked: BillReversal, constraint: str, change: str) -> None:
    with without_triggers(), refused_by_the_database(constraint), connection.cursor() as cursor:
        cursor.execute(change)


# -- screens -----------------------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_a_reversal_is_asked_on_the_bill_and_confirmed_by_the_business_office_manager(
    enter: Enter, wrong: Bill, reader: User, office_manager: User, clerk: User
) -> None:
    office, ask = enter(reader), reverse("billing:ask-reversal", args=[wrong.pk])
    page = reverse("billing:bill", args=[wrong.pk])
    assert "Ask to have this bill reversed" in body(office.get(page))
    assert office.post(ask, {"reason": " "}).status_code == 422
    assert "Asked." in body(office.post(ask, {"reason": WHY}, follow=True))
    assert "Ask to have this bill reversed" not in body(office.get(page))
    decide = reverse("billing:decide-reversals", args=[BillReversal.objects.get().pk])
    assert office.post(decide, {"grant": "yes"}).status_code == 403
    manager = enter(office_manager)
    assert WHY in body(manager.get(REVERSALS))
    assert manager.post(decide, {"grant": "no"}).status_code == 422
    assert "The bill is reversed" in body(manager.post(decide, {"grant": "yes"}, follow=True))
    assert manager.post(decide, {"grant": "yes"}).status_code == 422
    shown = body(enter(clerk).get(page))
    assert "Counts nowhere" in shown
    assert WHY in shown


def test_who_asked_for_a_reversal_does_not_decide_on_screen(enter: Enter, wrong: Bill) -> None:
    both = staff("both", Role.BUSINESS_CLERK, Role.BUSINESS_MANAGER)
    reversal = services.ask_bill_reversal(bill=wrong, reason=WHY, by=both)
    client = enter(both)
    assert "somebody else decides" in body(client.get(REVERSALS))
    assert client.post(reverse("billing:decide-reversals", args=[reversal.pk]), {"grant": "yes"}).status_code == 422


def test_the_bills_of_an_account_show_and_export_the_reversal(
    enter: Enter, account: MeterAccount, reversed_bill: Bill, cashier: User
) -> None:
    client = enter(cashier)
    page = body(client.get(reverse("billing:account", args=[account.number])))
    assert "reversed 2026-06-15" in page
    assert "Nothing is owed on this account." in page
    response = client.get(reverse("billing:bills-export", args=[account.number]))
    rows = list(openpyxl.load_workbook(io.BytesIO(response.content)).worksheets[0].values)
    assert rows[1][-1] == "reversed"


def test_a_paid_bill_says_why_it_can_not_be_reversed(enter: Enter, wrong: Bill, reader: User, cashier: User) -> None:
    services.pay_bills(bills=[wrong], method="cash", by=cashier)
    page = body(enter(reader).get(reverse("billing:bill", args=[wrong.pk])))
    assert "Reverse the receipt of the payment first" in page
    assert "Ask to have this bill reversed" not in page


def test_a_reversed_bill_of_an_earlier_period_leads_to_its_readings_and_to_its_run(
    enter: Enter, account: MeterAccount, book: ReadingBook, reader: User, office_manager: User
) -> None:
    may = date(2026, 5, 20)
    with on(may):
        read(account, reader, 1900, may)
        bill = services.bill_account(account=account, since=date(2026, 5, 1), until=may, by=reader)
        assert bill is not None
    reversal = services.ask_bill_reversal(bill=bill, reason=WHY, by=reader)
    services.decide_bill_reversal(reversal=reversal, grant=True, by=office_manager)
    client = enter(reader)
    assert reverse("billing:readings", args=[account.number]) in body(
        client.get(reverse("billing:bill", args=[bill.pk]))
    )
    (state,) = books_on([book], TODAY)
    assert (state.read, state.unbilled) == (0, 1)
    page = body(client.get(reverse("billing:book-billing", args=[book.code])))
    assert "read on 2026-05-20 and not billed: choose an earlier" in page
    assert plan(book, may)[0].ready


def test_readings_that_a_bill_of_the_former_system_covers_wait_for_no_run(
    taken_over: Make, book: ReadingBook, reader: User
) -> None:
    account = taken_over(130)
    with on(date(2026, 1, 28)):
        read(account, reader, 130, date(2026, 1, 28))
    assert books_on([book], TODAY)[0].unbilled == 0
    read(account, reader, 140)
    assert books_on([book], TODAY)[0].unbilled == 1


def test_a_reversed_bill_and_its_successor_stay_together_when_bills_are_paged(
    enter: Enter, account: MeterAccount, reversed_bill: Bill, reader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("billing.views.BILLS_SHOWN", 2)
    registry.set_household_size(account=account, size=3, proof="户口簿", by=reader)
    bill_june(account, reader)
    with on(LATER):
        read(account, reader, 1920, LATER)
        services.bill_account(account=account, since=date(2026, 7, 1), until=LATER, by=reader)
    client, address = enter(reader), reverse("billing:account", args=[account.number])
    first = client.get(address)
    assert [bill.period_end for bill in first.context["bills"]] == [LATER]
    older = client.get(address, {"before": first.context["older"].isoformat()})
    assert [bill.period_end for bill in older.context["bills"]] == [TODAY, TODAY]
