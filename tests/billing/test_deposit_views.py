"""Screens of deposits: the list to the last refund, and what each desk may do with one."""

import io
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role, User
from billing import services
from billing.models import Deposit, DepositOrder, Statement
from tests.billing.conftest import TODAY, Enter, Make, body, holder_of, scan, staff

YUAN = Decimal


def hold(statement: Statement, clerk: User, cashier: User, overdue: int) -> Deposit:
    deposit = services.charge_deposit(
        statement=statement, clause="NC-C5", monthly_m3=YUAN(1), kind_of_use="residential", by=clerk
    )
    services.record_payment(statement=statement, amount=YUAN("15.00"), method="cash", by=cashier)
    begun = TODAY.replace(year=2025) - timedelta(days=overdue)
    services.begin_deposit_terms(statement=statement, on=begun, by=clerk)
    deposit.refresh_from_db()
    return deposit


@pytest.fixture
def due(prices: None, statement: Statement, clerk: User, cashier: User) -> Deposit:
    return hold(statement, clerk, cashier, 3)


@pytest.fixture
def many(prices: None, new_customer: Make, clerk: User, cashier: User) -> Callable[[int], list[Deposit]]:
    def make(count: int) -> list[Deposit]:
        made = []
        for place in range(count):
            folder = services.open_statement(
                reference=f"NC-2025-{place:06d}", title="x", customer=new_customer(), by=clerk
            )
            made.append(hold(folder, clerk, cashier, place // 2))
        return made

    return make


def papers(deposit: Deposit, **values: Any) -> dict[str, Any]:
    holder = holder_of(deposit)
    return {
        "collector_name": holder.name,
        "collector_identity": holder.identity_number,
        "signed": scan(),
        "reason": "",
        **values,
    }


def test_the_list_says_how_near_the_day_is_and_whether_the_condition_holds(
    enter: Enter, due: Deposit, office_clerk: User
) -> None:
    page = body(enter(office_clerk).get(reverse("billing:deposits")))
    for words in ("3 days overdue", "light-red", "every bill paid in time", "¥15.00", due.statement.reference):
        assert words in page, words


def test_the_workbook_is_the_list_as_shown(enter: Enter, due: Deposit, office_clerk: User) -> None:
    export = enter(office_clerk).get(reverse("billing:deposits-export"), {"tab": "due", "clause": "NC-C5"})
    rows = list(openpyxl.load_workbook(io.BytesIO(export.content)).worksheets[0].values)
    assert rows[1][0] == due.statement.reference
    assert rows[1][9:11] == ("3 days overdue", "every bill paid in time")
    other = enter(office_clerk).get(reverse("billing:deposits-export"), {"tab": "due", "clause": "HM-5"})
    assert len(list(openpyxl.load_workbook(io.BytesIO(other.content)).worksheets[0].values)) == 1


@pytest.mark.parametrize(
    ("filters", "found"), [({"q": "NC-2026-000001"}, True), ({"q": "王"}, True), ({"q": "nobody"}, False)]
)
def test_the_list_is_filtered(
    enter: Enter, due: Deposit, office_clerk: User, filters: dict[str, str], found: bool
) -> None:
    page = body(enter(office_clerk).get(reverse("billing:deposits"), filters))
    assert (reverse("billing:deposit", args=[due.pk]) in page) == found


def test_every_deposit_stands_on_one_page_of_its_tab(
    enter: Enter, many: Callable[[int], list[Deposit]], office_clerk: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("billing.deposit_views.SIZE", 2)
    made, client, seen, after = many(5), enter(office_clerk), [], ""
    for _page in range(3):
        context = client.get(reverse("billing:deposits"), {"after": after}).context
        seen += [row["deposit"].pk for row in context["rows"]]
        after = context["after"]
    assert after == ""
    assert sorted(seen) == [deposit.pk for deposit in made]
    assert client.get(reverse("billing:deposits"), {"after": "no day 1"}).status_code == 200


def test_the_list_asks_no_more_for_more(
    enter: Enter,
    due: Deposit,
    many: Callable[[int], list[Deposit]],
    office_clerk: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client, address = enter(office_clerk), reverse("billing:deposits")
    client.get(address)
    with CaptureQueriesContext(connection) as of_one:
        client.get(address)
    many(4)
    with django_assert_max_num_queries(len(of_one)):
        client.get(address)


@pytest.mark.embedded
def test_a_deposit_is_prepared_paid_out_and_its_voucher_kept(
    enter: Enter, due: Deposit, office_clerk: User, cashier: User
) -> None:
    client, page = enter(office_clerk), reverse("billing:deposit", args=[due.pk])
    assert "Nothing stands against a refund" in body(client.get(page))
    sent = client.post(reverse("billing:deposit-refund", args=[due.pk]), papers(due, amount="15.00"))
    assert sent.status_code == 302
    order = DepositOrder.objects.get()
    assert "You prepared this yourself" in body(client.get(page))
    till = enter(cashier)
    assert "Pay back ¥15.00" in body(till.get(page))
    paid = till.post(reverse("billing:deposit-pay", args=[order.pk]), {"method": "cash"})
    assert paid.status_code == 302
    move = due.moves.get()
    shown = body(client.get(page))
    assert move.number in shown
    assert holder_of(due).identity_number not in shown, "identity numbers are masked"
    voucher = client.get(reverse("billing:deposit-voucher", args=[move.number]))
    assert voucher["Content-Type"] == "application/pdf"
    assert b"".join(voucher.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    scanned = client.get(reverse("billing:deposit-scan", args=[order.pk, "signed"]))
    assert scanned["Content-Type"] == "image/png"
    assert client.get(reverse("billing:deposit-scan", args=[order.pk, "authority"])).status_code == 404


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"amount": "15.01"}, "too much"),
        ({"amount": "1e9"}, "1e9"),
        ({"amount": "15.00", "collector_identity": "1"}, "power of attorney"),
        ({"amount": "15.00", "signed": ""}, "required"),
    ],
)
def test_what_is_wrong_is_said_where_it_was_typed(
    enter: Enter, due: Deposit, office_clerk: User, values: dict[str, str], words: str
) -> None:
    answer = enter(office_clerk).post(reverse("billing:deposit-refund", args=[due.pk]), papers(due, **values))
    assert answer.status_code == 422
    assert words in body(answer)
    assert not DepositOrder.objects.exists()


def test_forfeiture_is_asked_in_the_office_and_decided_by_its_manager_or_the_leader(
    enter: Enter, due: Deposit, office_clerk: User, office_manager: User
) -> None:
    client = enter(office_clerk)
    client.post(reverse("billing:deposit-forfeit", args=[due.pk]), {"amount": "15.00", "reason": "转供水"})
    order = DepositOrder.objects.get()
    address = reverse("billing:deposit-decide", args=[order.pk])
    assert client.post(address, {"grant": "yes"}).status_code == 403
    client = enter(staff("leader", Role.RESPONSIBLE_LEADER))
    assert "1 deposit waits for your decision" in body(client.get(reverse("applications:approvals")))
    assert client.post(address, {"grant": "no"}).status_code == 422, "a refusal needs its reason"
    client = enter(office_manager)
    assert client.post(address, {"grant": "yes"}).status_code == 302
    assert due.moves.get().way == "forfeit"
    assert "already" in body(client.post(address, {"grant": "yes"}))


def test_what_was_prepared_is_taken_back_once(enter: Enter, due: Deposit, office_clerk: User) -> None:
    client = enter(office_clerk)
    client.post(reverse("billing:deposit-refund", args=[due.pk]), papers(due, amount="15.00"))
    address = reverse("billing:deposit-withdraw", args=[DepositOrder.objects.get().pk])
    assert "Something else can be prepared" in body(client.post(address, follow=True))
    assert "already" in body(client.post(address, follow=True))


def test_the_home_of_the_business_office_counts_what_is_held_and_due(
    enter: Enter, due: Deposit, office_clerk: User, cashier: User
) -> None:
    home = body(enter(office_clerk).get(reverse("applications:home")))
    assert "1 deposit is held." in home
    assert "1 is to be returned now or soon" in home
    services.prepare_refund(deposit=due, collector=holder_of(due), signed=scan(), by=office_clerk)
    assert "1 deposit is to be paid out" in body(enter(cashier).get(reverse("applications:home")))


@pytest.mark.parametrize("role", [Role.DESIGNER, Role.CONSTRUCTION_UNIT])
def test_others_have_no_business_with_deposits(enter: Enter, due: Deposit, role: Role) -> None:
    client = enter(staff("other", role))
    assert client.get(reverse("billing:deposits")).status_code == 403
    assert client.get(reverse("billing:deposit", args=[due.pk])).status_code == 403


def test_an_order_whose_bill_was_reversed_says_who_does_what(
    enter: Enter,
    due: Deposit,
    prices: None,
    in_book: Make,
    reader: User,
    office_clerk: User,
    office_manager: User,
    cashier: User,
) -> None:
    account = in_book(holder=due.statement.customer)
    services.record_reading(account=account, reading=102, read_on=TODAY, by=reader)
    bill = services.bill_account(account=account, since=TODAY.replace(day=1), until=TODAY, by=reader)
    assert bill is not None
    order = services.prepare_offset(
        deposit=due, bills=[bill], rest="keep", collector=holder_of(due), signed=scan(), by=office_clerk
    )
    reversal = services.ask_bill_reversal(bill=bill, reason="误抄", by=reader)
    services.decide_bill_reversal(reversal=reversal, grant=True, by=office_manager)
    page = body(enter(cashier).get(reverse("billing:deposit", args=[due.pk])))
    assert "The business office takes this back" in page
    assert "Today they cost" not in page
    assert reverse("billing:deposit-pay", args=[order.pk]) not in page
    assert "Take it back" in body(enter(office_clerk).get(reverse("billing:deposit", args=[due.pk])))
    refused = enter(cashier).post(reverse("billing:deposit-pay", args=[order.pk]))
    assert refused.status_code == 422


def test_the_receipt_of_a_set_off_offers_no_reversal(
    enter: Enter,
    due: Deposit,
    prices: None,
    new_account: Make,
    new_bill: Make,
    office_clerk: User,
    cashier: User,
    manager: User,
) -> None:
    bill = new_bill(new_account(holder=due.statement.customer), 1, 2)
    order = services.prepare_offset(
        deposit=due, bills=[bill], rest="keep", collector=holder_of(due), signed=scan(), by=office_clerk
    )
    (move,) = services.pay_out_deposit(order=order, by=cashier)
    assert move.receipt is not None
    page = body(enter(manager).get(reverse("billing:receipt", args=[move.receipt.number])))
    assert "this receipt is not reversed" in page
    assert reverse("billing:reverse-receipt", args=[move.receipt.number]) not in page
