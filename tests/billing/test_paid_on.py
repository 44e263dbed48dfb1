"""The day on which a bill was paid, where that is not the day of recording (NC-9)."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import MeterAccount, User
from billing import selectors, services
from billing.models import Bill, BillPayment, LateCharge, Receipt
from tests.billing.conftest import TODAY, Enter, Make, body, on

IN_TIME, LATER = date(2026, 6, 20), date(2026, 7, 20)


@pytest.fixture
def account(new_account: Make) -> MeterAccount:
    opened: MeterAccount = new_account()
    return opened


@pytest.fixture
def bill(account: MeterAccount, new_bill: Make) -> Bill:
    """50.00 yuan of today, to be paid by 30 June."""
    issued: Bill = new_bill(account, 1)
    return issued


@pytest.fixture
def taken_back(bill: Bill, cashier: User, manager: User) -> Receipt:
    """A cash receipt of 20 June over the bill, reversed a month later."""
    with on(IN_TIME):
        receipt = services.pay_bills(bills=[bill], method="cash", by=cashier)
    with on(LATER):
        services.reverse_receipt(receipt=receipt, reason="同一收据内另一账单有误", by=manager)
    return receipt


def days() -> list[date]:
    return list(BillPayment.objects.filter(reverses=None).order_by("pk").values_list("happened_on", flat=True))


@pytest.mark.embedded
def test_a_transfer_that_arrived_in_time_and_is_recorded_late_costs_no_late_charge(
    enter: Enter, account: MeterAccount, bill: Bill, cashier: User
) -> None:
    values = {"bills": [bill.pk], "method": "transfer", "reference": "T-1", "happened_on": IN_TIME.isoformat()}
    with on(LATER):
        client = enter(cashier)
        assert "¥50.50<" in body(client.get(reverse("billing:due"), {"bills": bill.pk}))
        due = body(client.get(reverse("billing:due"), {"bills": bill.pk, "happened_on": IN_TIME.isoformat()}))
        for words in ("¥50.00<", "without late charge", "on the day sheet of today"):
            assert words in due, words
        client.post(reverse("billing:pay", args=[account.number]), values)
        assert [row.happened_on for row in selectors.takings(LATER)] == [IN_TIME]
    assert not LateCharge.objects.exists()


@pytest.mark.parametrize(
    ("day", "method", "reference", "words"),
    [
        (IN_TIME, "cash", "", "Nothing shows"),
        (IN_TIME, "cash", "12345", "Nothing shows"),
        (date(2026, 6, 14), "transfer", "T-1", "first day is 2026-06-15"),
        (date(2026, 7, 21), "transfer", "T-1", "not come yet"),
    ],
)
def test_a_day_that_nothing_shows_is_refused_and_nothing_typed_is_lost(
    enter: Enter,
    account: MeterAccount,
    bill: Bill,
    cashier: User,
    day: date,
    method: str,
    reference: str,
    words: str,
) -> None:
    values = {"bills": [bill.pk], "method": method, "reference": reference, "happened_on": day.isoformat()}
    with on(LATER):
        response = enter(cashier).post(reverse("billing:pay", args=[account.number]), values)
        assert response.status_code == 422
        assert words in body(response)
        assert f'value="{day.isoformat()}"' in body(response)
        with pytest.raises(ValidationError, match=words):
            services.pay_bills(bills=[bill], method=method, reference=reference, happened_on=day, by=cashier)
    assert not Receipt.objects.exists()


@pytest.mark.embedded
def test_a_bill_whose_receipt_was_reversed_begins_with_the_day_on_which_it_had_been_paid(
    enter: Enter, account: MeterAccount, bill: Bill, taken_back: Receipt, cashier: User
) -> None:
    with on(LATER):
        client = enter(cashier)
        page = body(client.get(reverse("billing:account", args=[account.number])))
        assert 'value="2026-06-20"' in page
        assert "paid on 2026-06-20, without late charge" in page
        hint = body(client.get(reverse("billing:due"), {"bills": bill.pk, "happened_on": LATER.isoformat()}))
        assert "A reversed receipt had paid them on 2026-06-20" in hint
        values = {"bills": [bill.pk], "method": "cash", "happened_on": "2026-06-20"}
        client.post(reverse("billing:pay", args=[account.number]), values)
    assert days() == [IN_TIME, IN_TIME]
    assert not LateCharge.objects.exists()


def test_the_old_day_is_offered_only_for_bills_that_the_reversed_receipt_had_paid(
    bill: Bill, account: MeterAccount, new_bill: Make, taken_back: Receipt, cashier: User
) -> None:
    other = new_bill(account, 2)
    assert selectors.days_taken_back([bill.pk]) == {IN_TIME}
    assert selectors.days_taken_back([bill.pk, other.pk]) == set()
    with on(LATER), pytest.raises(ValidationError, match="Nothing shows"):
        services.pay_bills(bills=[bill, other], method="cash", happened_on=IN_TIME, by=cashier)


def test_a_payment_without_a_day_is_of_today(enter: Enter, account: MeterAccount, bill: Bill, cashier: User) -> None:
    enter(cashier).post(reverse("billing:pay", args=[account.number]), {"bills": [bill.pk], "method": "cash"})
    assert days() == [TODAY]
