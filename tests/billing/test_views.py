"""The screens of the till: who may enter, what they show, what a payment does."""

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import MeterAccount, Role, User
from billing import services
from billing.models import Bill, PriceItem, Receipt, Statement
from tests.billing.conftest import Make, staff

YUAN = Decimal
Enter = Callable[[User], Client]


@pytest.fixture
def enter() -> Enter:
    def sign_in(user: User) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(user)
        client.cookies["django_language"] = "en"
        return client

    return sign_in


@pytest.fixture
def account(new_account: Make) -> MeterAccount:
    opened: MeterAccount = new_account()
    return opened


def body(response: Any) -> str:
    return str(response.content.decode())


# -- an account's bills ------------------------------------------------------------------------------------


def test_a_full_number_opens_its_account(enter: Enter, cashier: User, account: MeterAccount) -> None:
    response = enter(cashier).get(reverse("billing:find"), {"q": account.number})
    assert response.headers["Location"] == reverse("billing:account", args=[account.number])


def test_words_find_accounts_and_say_when_there_are_none(enter: Enter, cashier: User, account: MeterAccount) -> None:
    client = enter(cashier)
    assert account.number in body(client.get(reverse("billing:find"), {"q": "测试路"}))
    assert "No meter account" in body(client.get(reverse("billing:find"), {"q": "nowhere"}))


def test_a_number_that_does_not_exist_is_not_found(enter: Enter, cashier: User) -> None:
    client = enter(cashier)
    assert client.get(reverse("billing:account", args=["99999999"])).status_code == 404
    assert client.get(reverse("billing:receipt", args=["SJ2026-0000009"])).status_code == 404


@pytest.mark.embedded
def test_a_cashier_takes_the_payment_of_chosen_bills(
    enter: Enter, cashier: User, account: MeterAccount, new_bill: Make
) -> None:
    client = enter(cashier)
    chosen, left = new_bill(account, 1), new_bill(account, 2, 20)
    page = body(client.get(reverse("billing:account", args=[account.number])))
    assert "¥150.00" in page
    assert page.count("checked") == 2, "all unpaid bills are ticked to begin with"
    values = {"bills": [chosen.pk], "method": "wechat", "reference": "W-1"}
    response = client.post(reverse("billing:pay", args=[account.number]), values, follow=True)
    receipt = Receipt.objects.get()
    assert response.redirect_chain == [(reverse("billing:receipt", args=[receipt.number]), 302)]
    assert "人民币伍拾元整" in body(response)
    assert [bill.pk for bill in Bill.objects.unpaid()] == [left.pk]


def test_the_form_says_what_the_ticked_bills_come_to(
    enter: Enter, cashier: User, account: MeterAccount, new_bill: Make
) -> None:
    new_bill(account, 1)
    ticked = new_bill(account, 2, 20)
    client, address = enter(cashier), reverse("billing:due", args=[account.number])
    assert body(client.get(address, {"bills": ticked.pk, "method": "cash"})).strip() == "¥100.00"
    assert body(client.get(address)).strip() == "¥0.00"


@pytest.mark.parametrize("values", [{}, {"bills": "x"}, {"bills": "999"}, {"method": "barter"}])
def test_a_payment_that_makes_no_sense_is_refused_and_keeps_what_was_typed(
    enter: Enter, cashier: User, account: MeterAccount, new_bill: Make, values: dict[str, str]
) -> None:
    bill = new_bill(account)
    sent = {"method": "cash", "reference": "typed before"} | values
    if "method" in values:
        sent["bills"] = str(bill.pk)
    response = enter(cashier).post(reverse("billing:pay", args=[account.number]), sent)
    assert response.status_code == 422
    assert "typed before" in body(response)
    assert not Receipt.objects.exists()


def test_a_bill_of_another_account_is_not_paid_here(
    enter: Enter, cashier: User, account: MeterAccount, new_account: Make, new_bill: Make
) -> None:
    new_bill(account)
    foreign = new_bill(new_account())
    values = {"bills": [foreign.pk], "method": "cash"}
    assert enter(cashier).post(reverse("billing:pay", args=[account.number]), values).status_code == 422


def test_a_second_click_pays_nothing_twice(enter: Enter, cashier: User, account: MeterAccount, new_bill: Make) -> None:
    client, values = enter(cashier), {"bills": [new_bill(account).pk], "method": "cash"}
    client.post(reverse("billing:pay", args=[account.number]), values)
    again = client.post(reverse("billing:pay", args=[account.number]), values)
    assert again.status_code == 422
    assert "paid meanwhile" in body(again)
    assert Receipt.objects.count() == 1


def test_only_a_cashier_takes_payments(enter: Enter, clerk: User, account: MeterAccount, new_bill: Make) -> None:
    client, values = enter(clerk), {"bills": [new_bill(account).pk], "method": "cash"}
    assert "Take the payment" not in body(client.get(reverse("billing:account", args=[account.number])))
    assert client.post(reverse("billing:pay", args=[account.number]), values).status_code == 403
    assert not Receipt.objects.exists()


def test_the_page_of_an_account_does_not_ask_more_for_more_bills(
    enter: Enter,
    clerk: User,
    account: MeterAccount,
    new_bill: Make,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for month in range(1, 6):
        new_bill(account, month)
    client = enter(clerk)
    with django_assert_max_num_queries(10):
        client.get(reverse("billing:account", args=[account.number]))


def test_markup_in_a_name_is_shown_as_text(enter: Enter, cashier: User, new_account: Make, new_customer: Make) -> None:
    marked = new_account(new_customer("<b>王</b>"))
    page = body(enter(cashier).get(reverse("billing:account", args=[marked.number])))
    assert "&lt;b&gt;王&lt;/b&gt;" in page
    assert "<b>王" not in page


# -- receipts ----------------------------------------------------------------------------------------------


@pytest.fixture
def receipt(account: MeterAccount, new_bill: Make, cashier: User) -> Receipt:
    return services.pay_bills(bills=[new_bill(account)], method="cash", by=cashier)


def test_a_duty_manager_reverses_a_receipt_with_a_reason(enter: Enter, manager: User, receipt: Receipt) -> None:
    client, address = enter(manager), reverse("billing:reverse-receipt", args=[receipt.number])
    assert client.post(address, {"reason": " "}).status_code == 422
    assert not Bill.objects.unpaid().exists()
    page = client.post(address, {"reason": "收错户"}, follow=True)
    assert "no longer valid" in body(page)
    assert "收错户" in body(page)
    assert Bill.objects.unpaid().count() == 1
    assert client.post(address, {"reason": "again"}).status_code == 422


def test_a_cashier_does_not_reverse(enter: Enter, cashier: User, receipt: Receipt) -> None:
    client, address = enter(cashier), reverse("billing:reverse-receipt", args=[receipt.number])
    assert client.post(address, {"reason": "x"}).status_code == 403
    assert "Reverse this receipt" not in body(client.get(reverse("billing:receipt", args=[receipt.number])))


def test_a_receipt_of_a_case_is_shown_without_a_way_to_reverse_it_here(
    enter: Enter, manager: User, owing: Statement, cashier: User
) -> None:
    issued = services.record_payment(statement=owing, amount=YUAN("100.00"), method="cash", by=cashier)
    page = body(enter(manager).get(reverse("billing:receipt", args=[issued.number])))
    assert owing.reference in page
    assert "Reverse this receipt" not in page


# -- the day -----------------------------------------------------------------------------------------------


def test_a_cashier_sees_only_their_own_sheet(
    enter: Enter, receipt: Receipt, other_cashier: User, cashier: User, manager: User
) -> None:
    address = reverse("billing:day")
    assert receipt.number in body(enter(cashier).get(address))
    peek = enter(other_cashier).get(address, {"cashier": cashier.pk})
    assert receipt.number not in body(peek)
    assert receipt.number in body(enter(manager).get(address))
    assert receipt.number in body(enter(manager).get(address, {"cashier": cashier.pk}))
    assert receipt.number not in body(enter(manager).get(address, {"cashier": other_cashier.pk}))
    assert receipt.number not in body(enter(cashier).get(address, {"day": "2026-06-14"}))


def test_a_day_that_can_not_be_read_is_said(enter: Enter, cashier: User) -> None:
    response = enter(cashier).get(reverse("billing:day"), {"day": "yesterday"})
    assert response.status_code == 200
    assert "invalid-feedback" in body(response)


@pytest.mark.embedded
def test_the_sheet_exports_as_shown(enter: Enter, cashier: User, receipt: Receipt) -> None:
    response = enter(cashier).get(reverse("billing:day-export"))
    assert "2026-06-15" in response.headers["Content-Disposition"]
    rows = list(openpyxl.load_workbook(io.BytesIO(response.content)).worksheets[0].values)
    assert len(rows) == 2
    assert rows[1][2] == receipt.number
    assert rows[1][7] == 50
    assert rows[1][9] == cashier.name


def test_a_clerk_has_no_sheet(enter: Enter, clerk: User) -> None:
    assert enter(clerk).get(reverse("billing:day")).status_code == 403
    assert enter(clerk).get(reverse("billing:day-export")).status_code == 403


# -- deposits and prices -------------------------------------------------------------------------------------


def test_held_deposits_stay_in_sight(
    enter: Enter, prices: None, statement: Statement, clerk: User, cashier: User
) -> None:
    client = enter(clerk)
    assert "No deposit is held" in body(client.get(reverse("billing:deposits")))
    services.charge_deposit(
        statement=statement, clause="NC-C5", months=3, monthly_m3=YUAN(150), kind_of_use="residential", by=clerk
    )
    services.record_payment(statement=statement, amount=YUAN("2250.00"), method="cash", by=cashier)
    assert "¥2,250.00" in body(client.get(reverse("billing:deposits")))
    export = client.get(reverse("billing:deposits-export"))
    rows = list(openpyxl.load_workbook(io.BytesIO(export.content)).worksheets[0].values)
    assert rows[1][0] == statement.reference


@pytest.mark.embedded
def test_all_staff_read_the_price_list_and_only_the_administrator_changes_it(
    enter: Enter, prices: None, cashier: User
) -> None:
    page = body(enter(cashier).get(reverse("billing:prices")))
    assert "复图费" in page
    assert "5.000" in page
    assert "Change fees" not in page
    change = reverse("admin:billing_priceitem_change", args=[PriceItem.objects.get().pk])
    assert enter(cashier).get(change).status_code == 403
    administrator = enter(staff("admin", Role.ADMINISTRATOR))
    assert "Change fees" in body(administrator.get(reverse("billing:prices")))
    assert administrator.get(change).status_code == 200


def test_the_administrator_switches_a_fee_off_and_the_history_names_them(
    enter: Enter, prices: None, cashier: User
) -> None:
    item, administrator = PriceItem.objects.get(), staff("admin", Role.ADMINISTRATOR)
    values = {
        "code": item.code,
        "name": item.name,
        "unit": item.unit,
        "unit_price": "50.00",
        "legal_basis": item.legal_basis,
        "valid_from": "2021-03-01",
        "valid_until": "",
    }
    client = enter(administrator)
    response = client.post(reverse("admin:billing_priceitem_change", args=[item.pk]), values)
    assert response.status_code == 302
    assert not PriceItem.objects.get().enabled
    assert PriceItem.history.latest().history_user == administrator
    assert "switched off" in body(enter(cashier).get(reverse("billing:prices")))
    assert client.get(reverse("admin:billing_priceitem_delete", args=[item.pk])).status_code == 403


def test_an_auditor_looks_and_touches_nothing(
    enter: Enter, account: MeterAccount, new_bill: Make, receipt: Receipt
) -> None:
    client = enter(staff("auditor", Role.AUDITOR))
    for name, arguments in [
        ("find", []),
        ("account", [account.number]),
        ("receipt", [receipt.number]),
        ("day", []),
        ("deposits", []),
        ("prices", []),
    ]:
        assert client.get(reverse(f"billing:{name}", args=arguments)).status_code == 200, name
    values = {"bills": [new_bill(account, 2).pk], "method": "cash"}
    assert client.post(reverse("billing:pay", args=[account.number]), values).status_code == 403


def test_every_screen_asks_for_a_sign_in(client: Client, account: MeterAccount, receipt: Receipt) -> None:
    for address in (
        reverse("billing:find"),
        reverse("billing:account", args=[account.number]),
        reverse("billing:receipt", args=[receipt.number]),
        reverse("billing:day"),
        reverse("billing:prices"),
    ):
        assert client.get(address).status_code == 302, address
