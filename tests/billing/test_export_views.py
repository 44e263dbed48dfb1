"""Lists of the till as workbooks."""

import io
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from accounts.models import User
from tests.billing.conftest import Make


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
