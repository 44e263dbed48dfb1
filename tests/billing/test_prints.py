"""Printing receipts: the first is the receipt, every later one a copy that says so; each is on record."""

import re
import subprocess
from decimal import Decimal

import pytest
from django.db import connection

from accounts.models import User
from billing import papers, selectors, services
from billing.models import DaySheet, Receipt, ReceiptPrint, Statement
from tests.billing.conftest import Make
from tests.billing.test_locks import at_once

YUAN = Decimal


def words(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return re.sub(r"\s+", "", done.stdout.decode())


def printed(made: ReceiptPrint) -> str:
    with made.file.open() as content:
        return words(content.read())


@pytest.fixture
def receipt(new_account: Make, new_bill: Make, cashier: User) -> Receipt:
    account = new_account()
    bills = [new_bill(account, 1), new_bill(account, 2)]
    return services.pay_bills(bills=bills, method="wechat", by=cashier, reference="W-1")


def test_the_first_printing_is_the_receipt_and_the_next_ones_are_copies(
    receipt: Receipt, cashier: User, clerk: User
) -> None:
    first, copy = services.print_receipt(receipt=receipt, by=cashier), services.print_receipt(receipt=receipt, by=clerk)
    assert [(row.place, row.copy, row.printed_by) for row in receipt.prints.all()] == [(1, 0, cashier), (2, 1, clerk)]
    original, second = printed(first), printed(copy)
    for whole in (original, second):
        for word in (
            receipt.number,
            receipt.payer,
            "人民币壹佰元整",
            "微信支付",
            "W-1",
            "户号",
            "2026年1月1日至2026年1月28日",
        ):
            assert word in whole, word
    assert "副本" not in original
    assert second.count("副本（第1份）2026年6月15日打印") == 2, "on both parts"
    assert copy.file.verify_code is not None
    assert copy.file.verify_code in second
    assert copy.file.intact()


def test_a_receipt_of_a_statement_is_printed_too(owing: Statement, cashier: User) -> None:
    receipt = services.record_payment(statement=owing, amount=YUAN("40.00"), method="cash", by=cashier)
    whole = printed(services.print_receipt(receipt=receipt, by=cashier))
    for word in (owing.reference, "工程款（按工程预算书第1版）", "¥40.00", "受理编号"):
        assert word in whole, word


def test_a_copy_of_a_reversed_receipt_says_that_it_is_void(receipt: Receipt, cashier: User, manager: User) -> None:
    services.print_receipt(receipt=receipt, by=cashier)
    services.reverse_receipt(receipt=receipt, reason="收错户", by=manager)
    assert "已冲正作废" in printed(services.print_receipt(receipt=Receipt.objects.get(), by=cashier))


@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_not_both_print_the_receipt(
    receipt: Receipt, cashier: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    monkeypatch.setattr(papers, "receipt_pdf", lambda receipt, *, copy, verify_code: b"%PDF-1.4")
    outcomes = at_once(*[lambda: services.print_receipt(receipt=receipt, by=cashier)] * 4)
    assert sorted(made.place for made in outcomes) == [1, 2, 3, 4]


def test_a_day_sheet_is_printed_from_what_was_kept(owing: Statement, cashier: User, manager: User) -> None:
    services.record_payment(statement=owing, amount=YUAN("40.00"), method="cash", by=cashier)
    services.refund(statement=owing, amount=YUAN("10.00"), method="cash", reason="多收", by=cashier)
    sheet = DaySheet.objects.get()
    counted = selectors.recorded(selectors.takings_of(sheet)) | {"cash": YUAN("29.50")}
    services.close_day(
        sheet=sheet,
        counted=counted,  # type: ignore[arg-type]
        explanations={"cash": "少五角"},  # type: ignore[dict-item]
        denominations={YUAN("20.00"): 1, YUAN("5.00"): 1, YUAN("1.00"): 4, YUAN("0.50"): 1},
        by=cashier,
    )
    services.countersign_day(sheet=sheet, by=manager)
    kept = DaySheet.objects.get()
    content = papers.day_sheet_pdf(kept)
    whole = words(content)
    figures = ("¥30.00", "¥29.50", "-¥0.50", "¥20.00", "¥40.00", "¥10.00")
    for word in ("收费员日结单", "Cashier", "Manager", "少五角", "多收", owing.reference, *figures):
        assert word in whole, word
    assert papers.day_sheet_pdf(DaySheet.objects.get()) == content
