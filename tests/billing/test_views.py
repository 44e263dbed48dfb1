"""The screens of the till: who may enter, what they show, what a payment does."""

import io
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import openpyxl
import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import KindOfUse, MeterAccount, Role, User
from billing import decision_views, selectors, services, views
from billing.forms import BillsField
from billing.models import Bill, PriceItem, Receipt, Statement, Tariff, Waiver
from tests.billing.conftest import NOW, Enter, Make, body, staff

YUAN = Decimal
WAIVERS = "/billing/decisions/?kind=waivers"


@pytest.fixture
def account(new_account: Make) -> MeterAccount:
    opened: MeterAccount = new_account()
    return opened


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
    client, address = enter(cashier), reverse("billing:due")
    assert "¥100.00<" in body(client.get(address, {"bills": ticked.pk, "method": "cash"}))
    assert "¥0.00<" in body(client.get(address))
    assert "¥0.00<" in body(client.get(address, {"bills": "x", "happened_on": "x"}))


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
    with django_assert_max_num_queries(13):
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


def test_the_list_of_deposits_is_empty_in_words(enter: Enter, clerk: User) -> None:
    client = enter(clerk)
    for tab, words in (("due", "No deposit is to be returned"), ("held", "No deposit is held"), ("ended", "has ended")):
        assert words in body(client.get(reverse("billing:deposits"), {"tab": tab}))


def test_held_deposits_stay_in_sight(
    enter: Enter, prices: None, statement: Statement, clerk: User, cashier: User
) -> None:
    client = enter(clerk)
    services.charge_deposit(
        statement=statement, clause="NC-C5", monthly_m3=YUAN(150), kind_of_use="residential", by=clerk
    )
    services.record_payment(statement=statement, amount=YUAN("3830.00"), method="cash", by=cashier)
    assert "¥3,830.00" in body(client.get(reverse("billing:deposits"), {"tab": "held"}))
    export = client.get(reverse("billing:deposits-export"), {"tab": "held"})
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
        ("bill", [Bill.objects.get().pk]),
        ("decisions", []),
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


# -- one bill, its late charge, its waiver ------------------------------------------------------------------


@pytest.fixture
def late(account: MeterAccount, new_bill: Make) -> Iterator[Bill]:
    """100.00 yuan that were to be paid ten days ago: 0.50 of late charge."""
    issued = new_bill(account, 1, 20)
    with time_machine.travel(NOW + timedelta(days=25), tick=True):
        yield issued


@pytest.mark.embedded
def test_a_bill_names_tiers_components_and_what_comes_on_top(enter: Enter, clerk: User, late: Bill) -> None:
    page = body(enter(clerk).get(reverse("billing:bill", args=[late.pk])))
    for words in ("Tier 1", "2.070", "¥41.40", "人民币壹佰元整", "10 days × 0.5‰", "¥0.50", "¥100.50"):
        assert words in page, words
    assert enter(clerk).get(reverse("billing:bill", args=[late.pk + 1])).status_code == 404


@pytest.mark.embedded
def test_the_counter_shows_principal_and_late_charge_and_takes_both(
    enter: Enter, cashier: User, account: MeterAccount, late: Bill
) -> None:
    client = enter(cashier)
    page = body(client.get(reverse("billing:account", args=[account.number])))
    for words in ("¥100.00 is owed", "¥0.50", "¥100.50 together", "Tier 1", "20 m³"):
        assert words in page, words
    due = body(client.get(reverse("billing:due"), {"bills": late.pk, "method": "cash"}))
    assert "¥100.50<" in due
    assert "late charge of ¥0.50 among it, as of 2026-07-10" in due
    values = {"bills": [late.pk], "method": "cash"}
    receipt = body(client.post(reverse("billing:pay", args=[account.number]), values, follow=True))
    for words in ("人民币壹佰元伍角整", "10 days × 0.5‰", "¥0.50"):
        assert words in receipt, words
    sheet = client.get(reverse("billing:day"))
    assert "of it late charge ¥0.50" in body(sheet)
    rows = list(
        openpyxl.load_workbook(io.BytesIO(client.get(reverse("billing:day-export")).content)).worksheets[0].values
    )
    assert (rows[1][7], rows[1][-1]) == (100.5, 0.5)


@pytest.mark.embedded
def test_a_waiver_is_asked_for_at_the_counter_and_granted_by_the_business_office_manager(
    enter: Enter, clerk: User, cashier: User, office_manager: User, account: MeterAccount, late: Bill
) -> None:
    counter, ask = enter(clerk), reverse("billing:ask-waiver", args=[late.pk])
    assert counter.post(ask, {"reason": " "}).status_code == 422
    assert "Asked." in body(counter.post(ask, {"reason": "用户住院"}, follow=True))
    again = counter.post(ask, {"reason": "again"})
    assert again.status_code == 422
    assert "asked for already" in body(again)
    waiver, queue = Waiver.objects.get(), WAIVERS
    decide = reverse("billing:decide-waivers", args=[waiver.pk])
    assert "Grant" not in body(counter.get(queue))
    assert counter.post(decide, {"grant": "yes"}).status_code == 403
    office = enter(office_manager)
    page = body(office.get(queue))
    assert "用户住院" in page
    assert "¥100.00 × 10 days × 0.5‰" in page
    refused = office.post(decide, {"grant": "no", "opinion": ""})
    assert refused.status_code == 422
    assert "why it is refused" in body(refused)
    granted = body(office.post(decide, {"grant": "yes", "opinion": "同意"}, follow=True))
    assert "until 2026-07-15" in granted
    assert office.post(decide, {"grant": "yes"}).status_code == 422
    assert "let off" in body(enter(cashier).get(reverse("billing:account", args=[account.number])))
    assert "let off if paid by 2026-07-15" in body(counter.get(reverse("billing:bill", args=[late.pk])))


def test_a_case_offers_bills_with_what_they_cost_today(account: MeterAccount, new_bill: Make, late: Bill) -> None:
    """NC-3: whoever settles arrears at a case sees the late charge before it is taken."""
    punctual = new_bill(account, 2)
    field = BillsField(queryset=Bill.objects.none())
    field.offer(selectors.arrears(customer=account.holder, premises=account.premises))
    assert {choice[0].value: choice[1] for choice in field.choices} == {
        late.pk: f"{account.number} · {account.holder.name} · 2026-01-01 – 2026-01-28 · ¥100.00 + ¥0.50 late charge",
        punctual.pk: f"{account.number} · {account.holder.name} · 2026-02-01 – 2026-02-28 · ¥50.00",
    }


def test_who_asked_does_not_decide(enter: Enter, late: Bill) -> None:
    both = staff("both", Role.BUSINESS_CLERK, Role.BUSINESS_MANAGER)
    waiver = services.ask_waiver(bill=late, reason="x", by=both)
    client = enter(both)
    assert "somebody else decides" in body(client.get(WAIVERS))
    response = client.post(reverse("billing:decide-waivers", args=[waiver.pk]), {"grant": "yes"})
    assert response.status_code == 422
    assert "themselves" in body(response)
    assert Waiver.objects.get().status == "asked"


def test_a_bill_in_time_offers_no_waiver(enter: Enter, clerk: User, account: MeterAccount, new_bill: Make) -> None:
    punctual = new_bill(account)
    client = enter(clerk)
    assert "late charge let off" not in body(client.get(reverse("billing:bill", args=[punctual.pk])))
    assert client.post(reverse("billing:ask-waiver", args=[punctual.pk]), {"reason": "x"}).status_code == 422


def test_decisions_about_bills_open_where_something_waits(enter: Enter, late: Bill, clerk: User) -> None:
    client = enter(clerk)
    assert "Nothing waits" in body(client.get(reverse("billing:decisions")))
    wrong = services.issue_bill(
        account=late.account,
        period_start=late.period_end + timedelta(days=1),
        period_end=late.period_end + timedelta(days=9),
        opening=120,
        closing=130,
        by=clerk,
    )
    services.ask_bill_reversal(bill=wrong, reason="误抄", by=clerk)
    assert "误抄" in body(client.get(reverse("billing:decisions"))), "the tab on which something waits"
    page = body(client.get(WAIVERS))
    assert "误抄" not in page
    assert "?kind=reversals" in page


def test_decided_waivers_are_paged(
    enter: Enter, late: Bill, clerk: User, office_manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decision_views, "SHOWN", 2)
    for place in range(3):
        waiver = services.ask_waiver(bill=late, reason=f"reason-{place}", by=clerk)
        services.decide_waiver(waiver=waiver, grant=False, by=office_manager, opinion="x")
    client, address = enter(clerk), WAIVERS
    first = body(client.get(address))
    assert "reason-2" in first
    assert "reason-0" not in first
    older = Waiver.objects.order_by("-pk")[1]
    assert f"before={older.pk}" in first
    assert "reason-0" in body(client.get(address, {"kind": "waivers", "before": older.pk}))


def test_the_queue_of_waivers_does_not_ask_more_for_more(
    enter: Enter, new_account: Make, new_bill: Make, clerk: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    bills = [new_bill(new_account(), 1, 20) for _each in range(4)]
    with time_machine.travel(NOW + timedelta(days=25)):
        for each in bills:
            services.ask_waiver(bill=each, reason="x", by=clerk)
        client = enter(clerk)
        with django_assert_max_num_queries(13):
            client.get(WAIVERS)


def test_the_bills_of_an_account_are_paged_by_period(
    enter: Enter, clerk: User, account: MeterAccount, new_bill: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "BILLS_SHOWN", 2)
    for month in (1, 2, 3):
        new_bill(account, month)
    client, address = enter(clerk), reverse("billing:account", args=[account.number])
    first = body(client.get(address))
    assert "2026-01-01" not in first
    assert "?before=2026-02-01" in first
    assert "2026-01-01" in body(client.get(address, {"before": "2026-02-01"}))
    for nonsense in ("x", "2026-02-31"):
        assert client.get(address, {"before": nonsense}).status_code == 200


# -- the household --------------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_the_business_office_records_the_household_with_its_proof(
    enter: Enter, account: MeterAccount, office_manager: User, cashier: User
) -> None:
    address = reverse("billing:household", args=[account.number])
    assert enter(cashier).post(address, {"size": 5, "proof": "x"}).status_code == 403
    client = enter(office_manager)
    for wrong in ({"size": 0, "proof": "x"}, {"size": 100, "proof": "x"}, {"size": 5, "proof": ""}):
        assert client.post(address, wrong).status_code == 422
    page = client.post(address, {"size": 5, "proof": "户口簿 2026-06-01"}, follow=True)
    assert "household of 5 people" in body(page)
    assert "户口簿 2026-06-01" in body(page)
    latest = account.history.latest()
    assert (latest.household_size, latest.household_proof, latest.history_user) == (
        5,
        "户口簿 2026-06-01",
        office_manager,
    )


# -- tariffs in the administration --------------------------------------------------------------------------


def tariff_form(tariff: Tariff, tiers: list[tuple[str, str]], **changes: str) -> dict[str, str]:
    """What the administration's form sends: the tariff, its known tiers, then new ones."""
    known = list(tariff.tiers.order_by("above_m3")) if tariff.pk else []
    values = {
        "kind_of_use": tariff.kind_of_use,
        "valid_from": tariff.valid_from.isoformat(),
        "water": f"{tariff.water}",
        "resource": f"{tariff.resource}",
        "sewage": f"{tariff.sewage}",
        "tiers-TOTAL_FORMS": str(len(tiers)),
        "tiers-INITIAL_FORMS": str(len(known)),
    } | changes
    for place, (above, water) in enumerate(tiers):
        values |= {f"tiers-{place}-above_m3": above, f"tiers-{place}-water": water}
        if place < len(known):
            values[f"tiers-{place}-id"] = str(known[place].pk)
    return values


@pytest.mark.embedded
def test_the_administrator_enters_a_tariff_with_rising_tiers(enter: Enter, prices: None, cashier: User) -> None:
    client, add = enter(staff("admin", Role.ADMINISTRATOR)), reverse("admin:billing_tariff_add")
    newer = Tariff(
        kind_of_use=KindOfUse.RESIDENTIAL,
        valid_from=date(2026, 7, 1),
        water=YUAN("2.200"),
        resource=YUAN("1.570"),
        sewage=YUAN("1.360"),
    )
    falling = client.post(add, tariff_form(newer, [("180", "4.200"), ("260", "4.100")]))
    assert "cost more than it" in body(falling)
    assert client.post(add, tariff_form(newer, [("180", "4.200"), ("260", "6.200")])).status_code == 302
    entered = Tariff.objects.get(valid_from=date(2026, 7, 1))
    assert [tier.water for tier in entered.tiers.order_by("above_m3")] == [YUAN("4.200"), YUAN("6.200")]
    page = body(enter(cashier).get(reverse("billing:prices")))
    assert "Tier 2: 181 – 260 m³" in page
    assert "Tier 3: above 260 m³" in page
    assert "54 m³ a year more" in page


@pytest.mark.embedded
@pytest.mark.parametrize("typed", ["1e2", "1E+1", "NaN", "2,2", "0x2", "2_2"])
def test_prices_are_taken_as_people_write_them_only(enter: Enter, prices: None, typed: str) -> None:
    client = enter(staff("admin", Role.ADMINISTRATOR))
    newer = Tariff(
        kind_of_use=KindOfUse.RESIDENTIAL,
        valid_from=date(2026, 7, 1),
        water=YUAN("2.200"),
        resource=YUAN("1.570"),
        sewage=YUAN("1.360"),
    )
    add = reverse("admin:billing_tariff_add")
    assert "Enter a price in yuan" in body(client.post(add, tariff_form(newer, [], water=typed)))
    assert "Enter a price in yuan" in body(client.post(add, tariff_form(newer, [("180", typed)])))
    assert "Enter a whole number" in body(client.post(add, tariff_form(newer, [(typed, "4.200")])))
    whole = {"allowance_from": "5", "allowance_m3_year": typed}
    assert "Enter a whole number" in body(client.post(add, tariff_form(newer, [], **whole)))
    item = {"code": "FEE", "name": "x", "unit": "次", "unit_price": typed, "legal_basis": "x"}
    fee = client.post(reverse("admin:billing_priceitem_add"), item | {"valid_from": "2026-07-01"})
    assert "Enter a price in yuan" in body(fee)
    assert not Tariff.objects.filter(valid_from=date(2026, 7, 1)).exists()
    assert client.post(add, tariff_form(newer, [], water="２.２")).status_code == 302


@pytest.mark.embedded
def test_a_tariff_by_which_bills_were_issued_can_not_be_changed_there(
    enter: Enter, account: MeterAccount, new_bill: Make
) -> None:
    new_bill(account)
    client = enter(staff("admin", Role.ADMINISTRATOR))
    billed = Tariff.objects.get(kind_of_use=KindOfUse.RESIDENTIAL)
    address = reverse("admin:billing_tariff_change", args=[billed.pk])
    kept = [("180", "4.070"), ("260", "6.070")]
    for sent in (tariff_form(billed, kept, water="2.000"), tariff_form(billed, [("180", "3.000"), ("260", "6.070")])):
        assert "enter a tariff that begins on a later day" in body(client.post(address, sent))
    assert Tariff.objects.get(pk=billed.pk).water == YUAN("2.070")
    assert billed.tiers.get(above_m3=180).water == YUAN("4.070")
