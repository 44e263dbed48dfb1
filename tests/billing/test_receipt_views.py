"""The screens of receipts, statements and tax invoices."""

import io
from datetime import timedelta
from decimal import Decimal

import openpyxl
import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import MeterAccount, Role, User
from billing import services
from billing.models import Receipt, ReceiptPrint, Statement, TaxInvoice
from tests.billing.conftest import NOW, Enter, Make, body, staff
from tests.billing.test_prints import words as words_of

YUAN = Decimal


@pytest.fixture
def account(new_account: Make) -> MeterAccount:
    opened: MeterAccount = new_account()
    return opened


@pytest.fixture
def receipt(account: MeterAccount, new_bill: Make, cashier: User) -> Receipt:
    return services.pay_bills(bills=[new_bill(account)], method="wechat", by=cashier, reference="W-1")


@pytest.fixture
def paid(owing: Statement, cashier: User) -> Statement:
    services.record_payment(statement=owing, amount=YUAN("60.00"), method="cash", by=cashier)
    return owing


INVOICE = {"kind": "ordinary", "number": "12345678", "title": "王测试", "amount": "50.00", "issued_on": "2026-06-15"}


# -- the same payment twice --------------------------------------------------------------------------------


@pytest.mark.embedded
def test_a_second_click_with_the_same_number_leads_to_the_first_receipt(
    enter: Enter, cashier: User, account: MeterAccount, new_bill: Make
) -> None:
    client, address = enter(cashier), reverse("billing:pay", args=[account.number])
    values = {"bills": [new_bill(account).pk], "method": "wechat", "reference": "W-1"}
    client.post(address, values)
    first = Receipt.objects.get()
    again = client.post(address, values, follow=True)
    assert again.redirect_chain == [(reverse("billing:receipt", args=[first.number]), 302)]
    assert f"was taken already on 2026-06-15: receipt {first.number}" in body(again)
    assert Receipt.objects.count() == 1


def test_a_number_that_is_taken_for_other_bills_is_refused_and_stays_typed(
    enter: Enter, cashier: User, account: MeterAccount, new_bill: Make, receipt: Receipt
) -> None:
    values = {"bills": [new_bill(account, 2).pk], "method": "wechat", "reference": "W-1"}
    answer = enter(cashier).post(reverse("billing:pay", args=[account.number]), values)
    assert answer.status_code == 422
    assert receipt.number in body(answer)
    assert 'value="W-1"' in body(answer)


# -- printing ----------------------------------------------------------------------------------------------


def test_each_printing_is_on_record_and_later_ones_are_copies(enter: Enter, cashier: User, receipt: Receipt) -> None:
    client, page = enter(cashier), reverse("billing:receipt", args=[receipt.number])
    assert "Print the receipt" in body(client.get(page))
    for place in (1, 2):
        made = client.post(reverse("billing:print-receipt", args=[receipt.number]))
        assert b"".join(made.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
        assert ReceiptPrint.objects.count() == place
    shown = body(client.get(page))
    assert "Print copy 2" in shown
    assert "Copy 1" in shown
    looked = client.get(reverse("billing:printing", args=[receipt.number, 2]))
    assert b"".join(looked.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    assert ReceiptPrint.objects.count() == 2, "looking prints nothing"


def test_an_auditor_looks_at_a_printing_and_prints_nothing(enter: Enter, receipt: Receipt, cashier: User) -> None:
    services.print_receipt(receipt=receipt, by=cashier)
    client = enter(staff("auditor", Role.AUDITOR))
    assert client.post(reverse("billing:print-receipt", args=[receipt.number])).status_code == 403
    looked = client.get(reverse("billing:printing", args=[receipt.number, 1]))
    assert b"".join(looked.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    assert client.get(reverse("billing:printing", args=[receipt.number, 9])).status_code == 404


def test_the_receipt_itself_is_seen_once_and_marked_for_whoever_looks_later(
    enter: Enter, receipt: Receipt, cashier: User
) -> None:
    client = enter(cashier)
    made = client.post(reverse("billing:print-receipt", args=[receipt.number]))
    original = b"".join(made.streaming_content)  # type: ignore[attr-defined]
    assert "屏幕查看件" not in words_of(original)
    for _look in range(2):
        looked = client.get(reverse("billing:printing", args=[receipt.number, 1]))
        seen = b"".join(looked.streaming_content)  # type: ignore[attr-defined]
        assert words_of(seen).count("屏幕查看件2026年6月15日查看不作收款凭证") == 2, "on both parts"
        assert receipt.number in words_of(seen)
    assert ReceiptPrint.objects.count() == 1


# -- tax invoices ------------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_the_cashier_records_an_invoice_and_takes_it_back(enter: Enter, cashier: User, receipt: Receipt) -> None:
    client, page = enter(cashier), reverse("billing:receipt", args=[receipt.number])
    assert "¥50.00 can still be invoiced" in body(client.get(page))
    recorded = client.post(reverse("billing:invoice-receipt", args=[receipt.number]), INVOICE, follow=True)
    assert "12345678" in body(recorded)
    assert "¥0.00 can still be invoiced" in body(recorded)
    red = {"number": "12345679", "issued_on": "2026-06-15", "reason": "抬头有误"}
    taken_back = client.post(reverse("billing:flush-invoice", args=["12345678"]), red, follow=True)
    assert "takes back 12345678" in body(taken_back)
    assert "¥50.00 can still be invoiced" in body(taken_back)


def test_an_invoice_that_does_not_do_says_so_beside_its_field(enter: Enter, cashier: User, paid: Statement) -> None:
    client, address = enter(cashier), reverse("billing:invoice-statement", args=[paid.pk])
    for change, words in [
        ({"amount": "60.01"}, "Only ¥60.00 was paid"),
        ({"amount": "NaN"}, "Enter an amount"),
        ({"number": "1"}, "has 8 figures"),
        ({"tax_number": "123"}, "15 to 20"),
        ({"kind": "special"}, "needs the buyer"),
    ]:
        answer = client.post(address, INVOICE | change)
        assert answer.status_code == 422, change
        assert words in body(answer)
        assert "王测试" in body(answer)
    assert not TaxInvoice.objects.exists()
    assert client.post(address, INVOICE).status_code == 302


def test_a_red_invoice_that_does_not_do_changes_nothing(enter: Enter, cashier: User, paid: Statement) -> None:
    client = enter(cashier)
    client.post(reverse("billing:invoice-statement", args=[paid.pk]), INVOICE)
    red = {"number": "12345679", "issued_on": "2026-06-15", "reason": " "}
    page = client.post(reverse("billing:flush-invoice", args=["12345678"]), red, follow=True)
    assert "This field is required" in body(page)
    assert TaxInvoice.objects.count() == 1


def test_only_a_cashier_records_invoices(enter: Enter, clerk: User, paid: Statement) -> None:
    client = enter(clerk)
    assert "Record a tax invoice" not in body(client.get(reverse("billing:statement", args=[paid.pk])))
    assert client.post(reverse("billing:invoice-statement", args=[paid.pk]), INVOICE).status_code == 403


def test_the_list_of_invoices_is_searched_and_exported(
    enter: Enter, cashier: User, paid: Statement, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for place in range(4):
        number = f"1234567{place}"
        services.issue_invoice(
            kind="ordinary", number=number, title=f"公司{place}", amount=YUAN("1.00"), by=cashier, statement=paid
        )
    client = enter(cashier)
    with django_assert_max_num_queries(8):
        page = body(client.get(reverse("billing:invoices")))
    assert page.count("公司") == 4
    assert body(client.get(reverse("billing:invoices"), {"q": "公司2"})).count("12345672") == 1
    export = client.get(reverse("billing:invoices-export"), {"q": "1234567"})
    rows = list(openpyxl.load_workbook(io.BytesIO(export.content)).worksheets[0].values)
    assert [row[0] for row in rows[1:]] == ["12345673", "12345672", "12345671", "12345670"]
    assert rows[1][5] == 1


# -- waiting for payment -----------------------------------------------------------------------------------


@pytest.mark.embedded
def test_what_is_owed_past_its_notice_is_listed_and_exported(
    enter: Enter, clerk: User, owing: Statement, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    services.give_payment_notice(statement=owing, pay_by=timezone.localdate(), by=clerk)
    client, address = enter(clerk), reverse("billing:owing")
    with django_assert_max_num_queries(8):
        assert owing.reference in body(client.get(address))
    assert owing.reference not in body(client.get(address, {"overdue": ""}))
    with time_machine.travel(NOW + timedelta(days=1), tick=True):
        client = enter(clerk)
        assert owing.reference in body(client.get(address, {"overdue": ""}))
        export = client.get(reverse("billing:owing-export"), {"overdue": ""})
    rows = list(openpyxl.load_workbook(io.BytesIO(export.content)).worksheets[0].values)
    assert (rows[1][0], rows[1][4], rows[1][6]) == (owing.reference, 100, "yes")


def test_a_statement_shows_its_lines_receipts_and_whether_it_is_closed(
    enter: Enter, clerk: User, cashier: User, paid: Statement
) -> None:
    address = reverse("billing:statement", args=[paid.pk])
    page = body(enter(clerk).get(address))
    for word in ("¥40.00", Receipt.objects.get().number, "工程款"):
        assert word in page
    services.record_payment(statement=paid, amount=YUAN("40.00"), method="cash", by=cashier)
    services.end_statement(statement=paid, by=clerk)
    assert "closed on 2026-06-15" in body(enter(clerk).get(address))
    assert enter(clerk).get(reverse("billing:statement", args=[999])).status_code == 404
