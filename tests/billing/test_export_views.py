"""Lists of the till as workbooks."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import ReadingBook, User
from billing import services
from tests.billing.conftest import Make, scan
from waterservice.files import store_upload


def rows(client: Client, address: str) -> list[tuple[Any, ...]]:
    answer = client.get(address)
    assert answer.status_code == 200
    return list(load_workbook(io.BytesIO(answer.content)).active.values)


@pytest.mark.embedded
def test_found_accounts_and_their_bills_are_exported_as_shown(
    client: Client, cashier: User, new_account: Make, new_bill: Make
) -> None:
    account = new_account()
    bill = new_bill(account)
    client.force_login(cashier)
    found = rows(client, f"/billing/export/?q={account.number}")
    assert found[1][:2] == (account.number, account.holder.name)
    assert len(rows(client, "/billing/export/?q=")) == 1
    (headings, line) = rows(client, f"/billing/accounts/{account.number}/export/")
    assert headings[0] == "Period"
    assert (line[2], line[5], line[7]) == (bill.usage, bill.amount, "unpaid")
    assert client.get("/billing/accounts/99999999/export/").status_code == 404


def test_the_price_list_is_exported(client: Client, cashier: User, prices: None) -> None:
    client.force_login(cashier)
    (_headings, item) = rows(client, "/billing/prices/export/")
    assert item[0] == "复图费"


def test_a_book_its_round_and_its_billing_run_are_exported_as_shown(
    client: Client, reader: User, prices: None, book: ReadingBook, in_book: Make
) -> None:
    account, unread = in_book(), in_book()
    services.record_reading(account=account, reading=112, read_on=timezone.localdate(), by=reader)
    client.force_login(reader)
    (_headings, line) = rows(client, "/billing/books/export/")
    assert (line[0], line[5:9]) == (book.code, (2, 1, 1, 1))
    (_headings, *lines) = rows(client, f"/billing/books/{book.code}/export/")
    assert [(found[1], found[7]) for found in lines] == [(account.number, 112), (unread.number, None)]
    (_headings, ready, left_out) = rows(client, f"/billing/books/{book.code}/billing/export/")
    assert (ready[1], ready[6]) == (account.number, 12)
    assert left_out[:2] == ("Left out: not read in this period", unread.number)
    (_headings, reading) = rows(client, f"/billing/accounts/{account.number}/readings/export/")
    assert reading[4] == 112


def test_photographs_that_wait_are_exported(client: Client, reader: User, book: ReadingBook, in_book: Make) -> None:
    account = in_book()
    services.record_reading(
        account=account,
        reading=107,
        read_on=timezone.localdate(),
        by=reader,
        photograph=store_upload(scan(), by=reader),
    )
    client.force_login(reader)
    (_headings, line) = rows(client, "/billing/photographs/export/")
    assert (line[0], line[6]) == (account.number, 107)


@pytest.mark.parametrize("address", ["/billing/waivers/export/", "/billing/reversals/export/", "/billing/days/export/"])
def test_a_list_with_nothing_in_it_is_exported_with_its_headings(client: Client, address: str, cashier: User) -> None:
    client.force_login(cashier)
    assert len(rows(client, address)) == 1


# Tables that are no lists of their own: a part of a case, a bill, a year, a day being counted.
PARTS = {
    "invoices_block",
    "bill",
    "close_day",
    "calendar",
    "calendar_preview",
    "case_table",
    "deputies_table",
}


def test_every_page_with_a_list_exports_it() -> None:
    """Case register: every list exports to Excel exactly as shown."""
    pages = [path for path in Path("templates").rglob("*.html") if "table-vcenter" in path.read_text()]
    assert len(pages) > 15
    lacking = {path.stem for path in pages if "export" not in path.read_text()}
    assert lacking == PARTS
