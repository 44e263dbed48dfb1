"""Water bills and their payment at the counter."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts import services as registry
from accounts.models import BillingCycle, KindOfUse, MeterAccount, User
from billing import selectors, services
from billing.models import Bill, BillPayment, Receipt
from tests.billing.conftest import TODAY, Make, refused_by_the_database, without_triggers

YUAN = Decimal


@pytest.fixture
def account(new_account: Make) -> MeterAccount:
    opened: MeterAccount = new_account()
    return opened


@pytest.fixture
def pending(clerk: User, new_customer: Make, new_premises: Make) -> MeterAccount:
    return registry.open_account(
        holder=new_customer(),
        premises=new_premises(),
        kind_of_use=KindOfUse.RESIDENTIAL,
        cycle=BillingCycle.MONTHLY,
        by=clerk,
    )


# -- bills -----------------------------------------------------------------------------------------------


def bill(account: MeterAccount, by: User, **changes: Any) -> Bill:
    values: dict[str, Any] = {
        "period_start": date(2026, 5, 1),
        "period_end": date(2026, 5, 31),
        "opening": 100,
        "closing": 113,
    } | changes
    return services.issue_bill(account=account, by=by, **values)


def test_an_account_without_water_is_not_billed(prices: None, pending: MeterAccount, clerk: User) -> None:
    with pytest.raises(ValidationError, match=pending.number):
        bill(pending, clerk)


@pytest.mark.embedded
def test_a_bill_names_each_component(prices: None, account: MeterAccount, clerk: User) -> None:
    issued = bill(account, clerk)
    line = issued.lines.get()
    assert (line.tier, line.usage, line.start, line.end) == (1, 13, date(2026, 5, 1), date(2026, 5, 31))
    assert [(price, amount) for _name, price, amount in line.components] == [
        (YUAN("2.070"), YUAN("26.91")),
        (YUAN("1.570"), YUAN("20.41")),
        (YUAN("1.360"), YUAN("17.68")),
    ]
    assert [amount for _name, amount in issued.components] == [YUAN("26.91"), YUAN("20.41"), YUAN("17.68")]
    assert (issued.usage, issued.amount) == (13, YUAN("65.00"))
    assert issued.customer == account.holder
    assert (issued.issued_on, issued.pay_by) == (TODAY, date(2026, 6, 30))


@pytest.mark.embedded
@pytest.mark.parametrize("usage", range(1, 40, 3))
def test_the_components_add_up_on_every_database(new_account: Make, new_bill: Make, cashier: User, usage: int) -> None:
    issued: Bill = new_bill(new_account(kind_of_use=KindOfUse.SPECIAL), usage=usage)
    assert services.pay_bills(bills=[issued], method="cash", by=cashier).amount == issued.amount
    assert Bill.objects.with_outstanding().get().outstanding == 0


@pytest.mark.embedded
def test_a_bill_of_nothing_is_settled_at_once(prices: None, account: MeterAccount, clerk: User) -> None:
    empty = bill(account, clerk, closing=100)
    assert empty.amount == 0
    assert empty.settled_at is not None
    assert not empty.lines.exists()
    assert not selectors.arrears(customer=account.holder, premises=None)


@pytest.mark.parametrize(
    "changes",
    [
        {"closing": 99},
        {"period_end": date(2026, 4, 30)},
        {"period_start": date(2026, 5, 31), "period_end": date(2026, 6, 30)},
        {"period_start": date(2026, 4, 1), "period_end": date(2026, 6, 30)},
    ],
    ids=["backward readings", "backward period", "one day twice", "around another bill"],
)
def test_a_bill_that_makes_no_sense_is_refused(
    prices: None, account: MeterAccount, clerk: User, changes: dict[str, Any]
) -> None:
    bill(account, clerk)
    with pytest.raises(ValidationError):
        bill(account, clerk, **changes)
    assert Bill.objects.count() == 1


def test_without_a_tariff_nothing_is_billed(account: MeterAccount, clerk: User) -> None:
    with pytest.raises(ValidationError, match="2026-05-01"):
        bill(account, clerk)


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("amount", YUAN("64.99"), "bill_is_the_sum_of_its_components"),
        ("water_amount", YUAN("-26.91"), "bill_is_the_sum_of_its_components"),
        ("usage", 14, "bill_usage_between_readings"),
        ("closing", 99, "bill_usage_between_readings"),
        ("carried", 1, "bill_usage_between_readings"),
        ("origin", "guess", "bill_origin_known"),
        ("period_end", date(2026, 4, 1), "bill_period_ends_after_start"),
        ("pay_by", date(2026, 6, 14), "bill_pay_by_after_issue"),
    ],
)
def test_the_database_refuses_a_bill_that_makes_no_sense(
    prices: None, account: MeterAccount, clerk: User, column: str, value: Any, constraint: str
) -> None:
    copy = bill(account, clerk)
    copy.pk, copy.period_start, copy._state.adding = None, date(2026, 5, 2), True
    setattr(copy, column, value)
    with without_triggers(), refused_by_the_database(constraint):
        copy.save()


def test_the_database_refuses_an_unsettled_bill_of_nothing(prices: None, account: MeterAccount, clerk: User) -> None:
    empty = bill(account, clerk, closing=100)
    empty.settled_at = None
    with refused_by_the_database("bill_of_nothing_is_settled"):
        empty.save(update_fields=["settled_at"])


# -- payment ---------------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_bills_are_paid_together_with_one_receipt(account: MeterAccount, new_bill: Make, cashier: User) -> None:
    bills = [new_bill(account, 1), new_bill(account, 2, 20)]
    receipt = services.pay_bills(bills=bills, method="wechat", by=cashier, reference="W-7")
    assert (receipt.number, receipt.amount) == ("SJ2026-0000001", YUAN("150.00"))
    assert (receipt.payer, receipt.reference, receipt.statement) == (account.holder.name, account.number, None)
    assert [p.amount for p in receipt.bill_payments.order_by("pk")] == [YUAN("50.00"), YUAN("100.00")]
    assert not Bill.objects.unpaid().exists()


def test_a_paid_bill_is_not_paid_again(account: MeterAccount, new_bill: Make, cashier: User) -> None:
    paid, unpaid = new_bill(account, 1), new_bill(account, 2)
    services.pay_bills(bills=[paid], method="cash", by=cashier)
    with pytest.raises(ValidationError, match="2026-01-01"):
        services.pay_bills(bills=[unpaid, paid], method="cash", by=cashier)
    assert [left.pk for left in Bill.objects.unpaid()] == [unpaid.pk]
    assert Receipt.objects.count() == 1


@pytest.mark.parametrize(
    "choices",
    [{"bills": []}, {"method": "barter"}, {"happened_on": date(2026, 6, 16)}],
    ids=["no bill", "no method", "tomorrow"],
)
def test_a_payment_that_makes_no_sense_is_refused(
    account: MeterAccount, new_bill: Make, cashier: User, choices: dict[str, Any]
) -> None:
    values: dict[str, Any] = {"bills": [new_bill(account)], "method": "cash"} | choices
    with pytest.raises(ValidationError):
        services.pay_bills(by=cashier, **values)
    assert not Receipt.objects.exists()
    assert Bill.objects.unpaid().count() == 1


def test_a_receipt_names_the_first_of_many_accounts(
    new_account: Make, new_bill: Make, new_customer: Make, cashier: User
) -> None:
    holder = new_customer()
    bills = [new_bill(new_account(holder)) for _each in range(7)]
    receipt = services.pay_bills(bills=bills, method="cash", by=cashier)
    assert receipt.reference.endswith(" +2")
    assert receipt.payer == holder.name


@pytest.mark.embedded
def test_a_reversed_receipt_leaves_its_bills_unpaid(
    account: MeterAccount, new_bill: Make, cashier: User, manager: User
) -> None:
    issued = new_bill(account)
    receipt = services.pay_bills(bills=[issued], method="cash", by=cashier)
    services.reverse_receipt(receipt=receipt, reason="收错户", by=manager)
    assert selectors.owed(customer=account.holder, premises=None) == YUAN("50.00")
    again = services.pay_bills(bills=[issued], method="cash", by=cashier)
    assert again.number == "SJ2026-0000002"
    assert [p.amount for p in BillPayment.objects.order_by("pk")] == [YUAN(50), YUAN(-50), YUAN(50)]


def test_a_receipt_is_reversed_once_by_another_person_with_a_reason(
    account: MeterAccount, new_bill: Make, cashier: User, manager: User
) -> None:
    receipt = services.pay_bills(bills=[new_bill(account)], method="cash", by=cashier)
    for reason, by in [("x", cashier), (" ", manager)]:
        with pytest.raises(ValidationError):
            services.reverse_receipt(receipt=receipt, reason=reason, by=by)
    services.reverse_receipt(receipt=receipt, reason="x", by=manager)
    with pytest.raises(ValidationError):
        services.reverse_receipt(receipt=receipt, reason="x", by=manager)


def test_a_receipt_of_a_statement_is_reversed_on_its_statement(owing: Any, cashier: User, manager: User) -> None:
    receipt = services.record_payment(statement=owing, amount=YUAN("1.00"), method="cash", by=cashier)
    with pytest.raises(ValidationError):
        services.reverse_receipt(receipt=receipt, reason="x", by=manager)


@pytest.mark.parametrize(
    "columns",
    [
        {"amount": YUAN("0.00")},
        {"amount": YUAN("-1.00")},
        {"method": ""},
    ],
)
def test_the_database_refuses_a_payment_that_makes_no_sense(
    account: MeterAccount, new_bill: Make, cashier: User, columns: dict[str, Any]
) -> None:
    receipt = services.pay_bills(bills=[new_bill(account)], method="cash", by=cashier)
    values: dict[str, Any] = {
        "bill": new_bill(account, 2),
        "receipt": receipt,
        "amount": YUAN("1.00"),
        "method": "cash",
        "happened_on": TODAY,
        "recorded_by": cashier,
    }
    with refused_by_the_database("bill_payment_"):
        BillPayment.objects.create(**values | columns)
