"""Late charges of water bills, and waivers that somebody else grants (NC-9)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import MeterAccount, Role, User
from billing import selectors, services
from billing.models import Bill, LateCharge, Waiver
from billing.terms import LATE_CHARGE_CAP_PERCENT, LATE_CHARGE_PERMILLE, LATE_CHARGE_START, LATE_CHARGES, WAIVER_DAYS
from tests.billing.conftest import NOW, TODAY, Make, refused_by_the_database, staff, without_triggers
from waterservice.policies import set_policy

YUAN = Decimal
PAY_BY = date(2026, 6, 30)
LATE = date(2026, 7, 10)  # ten days after the last day to pay: 100.00 yuan cost 0.50


@contextmanager
def on(day: date) -> Iterator[None]:
    with time_machine.travel(NOW + (day - TODAY), tick=True):
        yield


@pytest.fixture
def account(new_account: Make) -> MeterAccount:
    opened: MeterAccount = new_account()
    return opened


@pytest.fixture
def bill(account: MeterAccount, new_bill: Make) -> Bill:
    """100.00 yuan, to be paid by 2026-06-30."""
    issued: Bill = new_bill(account, 1, 20)
    assert (issued.amount, issued.pay_by) == (YUAN("100.00"), PAY_BY)
    return issued


@pytest.fixture
def office_manager(db: None) -> User:
    return staff("office-manager", Role.BUSINESS_MANAGER)


# -- what a late bill costs --------------------------------------------------------------------------------


@pytest.mark.embedded
def test_a_late_bill_costs_its_late_charge_beside_what_is_outstanding(bill: Bill) -> None:
    assert [selectors.late_charge(bill, day) for day in (TODAY, PAY_BY, date(2026, 7, 1), LATE)] == [
        0,
        0,
        YUAN("0.05"),
        YUAN("0.50"),
    ]
    assert Bill.objects.with_outstanding().get().outstanding == YUAN("100.00"), "the principal stays the principal"


@pytest.mark.embedded
def test_paying_a_late_bill_takes_the_late_charge_along_on_the_same_receipt(
    account: MeterAccount, bill: Bill, new_bill: Make, cashier: User
) -> None:
    with on(LATE):
        punctual = new_bill(account, 2, 20)
        receipt = services.pay_bills(bills=[bill, punctual], method="cash", by=cashier)
    assert receipt.amount == YUAN("200.50")
    (charge,) = LateCharge.objects.all()
    assert charge.payment.bill == bill
    assert (charge.days, charge.permille, charge.principal) == (10, YUAN("0.5"), YUAN("100.00"))
    assert (charge.reckoned, charge.amount) == (YUAN("0.50"), YUAN("0.50"))
    assert not Bill.objects.unpaid().exists()
    assert sum(payment.taken for payment in receipt.bill_payments.all()) == receipt.amount


def test_the_day_on_which_the_money_moved_counts(bill: Bill, cashier: User) -> None:
    """A transfer that came in time and is recorded late costs nothing."""
    with on(LATE):
        receipt = services.pay_bills(bills=[bill], method="transfer", by=cashier, reference="T-1", happened_on=PAY_BY)
    assert receipt.amount == YUAN("100.00")
    assert not LateCharge.objects.exists()


def test_a_late_charge_below_half_a_fen_is_none(account: MeterAccount, new_bill: Make, cashier: User) -> None:
    """5.00 yuan: 0.0025 on the first day."""
    small = new_bill(account, 1, 1)
    with on(date(2026, 7, 1)):
        assert services.pay_bills(bills=[small], method="cash", by=cashier).amount == YUAN("5.00")
    assert not LateCharge.objects.exists()


@pytest.mark.embedded
def test_a_reversed_receipt_gives_the_late_charge_back(
    account: MeterAccount, bill: Bill, cashier: User, manager: User
) -> None:
    with on(LATE):
        receipt = services.pay_bills(bills=[bill], method="cash", by=cashier)
        services.reverse_receipt(receipt=receipt, reason="收错户", by=manager)
        rows = selectors.takings(LATE)
    assert [(row.amount, row.late_charge) for row in rows] == [
        (YUAN("100.50"), YUAN("0.50")),
        (YUAN("-100.50"), YUAN("-0.50")),
    ]
    assert [charge.amount for charge in LateCharge.objects.order_by("pk")] == [YUAN("0.50"), YUAN("-0.50")]
    with on(LATE + timedelta(days=1)):
        again = services.pay_bills(bills=[bill], method="cash", by=cashier)
    assert again.amount == YUAN("100.55"), "paid anew, it is a day later"


# -- policies ------------------------------------------------------------------------------------------------


def test_rate_start_and_cap_are_those_of_the_day_of_issue(account: MeterAccount, new_bill: Make, clerk: User) -> None:
    """5‰ from the tenth day on, 30 % at most, for bills issued from tomorrow on."""
    before = new_bill(account, 1, 20)
    tomorrow = TODAY + timedelta(days=1)
    for policy, value in [
        (LATE_CHARGE_PERMILLE, YUAN("5")),
        (LATE_CHARGE_START, 10),
        (LATE_CHARGE_CAP_PERCENT, YUAN("30")),
    ]:
        set_policy(policy=policy, value=value, effective_from=tomorrow, by=clerk)
    with on(tomorrow):
        after = new_bill(account, 2, 20)
    assert after.pay_by == date(2026, 7, 1)
    assert selectors.late_charge(before, LATE) == YUAN("0.50")
    assert selectors.late_charge(after, LATE) == 0, "nine days"
    assert selectors.late_charge(after, LATE + timedelta(days=1)) == YUAN("0.50")
    assert selectors.late_charge(after, date(2027, 7, 1)) == YUAN("30.00")


def test_switched_off_nobody_pays_a_late_charge_from_that_day_on(bill: Bill, cashier: User, clerk: User) -> None:
    set_policy(policy=LATE_CHARGES, value=False, effective_from=LATE, by=clerk)
    assert selectors.late_charge(bill, LATE - timedelta(days=1)) == YUAN("0.45")
    assert selectors.late_charge(bill, LATE) == 0
    with on(LATE):
        assert services.pay_bills(bills=[bill], method="cash", by=cashier).amount == YUAN("100.00")


# -- waivers -------------------------------------------------------------------------------------------------


@pytest.fixture
def asked(bill: Bill, clerk: User) -> Waiver:
    with on(LATE):
        return services.ask_waiver(bill=bill, reason="用户住院", by=clerk)


@pytest.mark.embedded
def test_a_granted_waiver_lets_the_late_charge_off_for_its_days(
    asked: Waiver, bill: Bill, cashier: User, office_manager: User
) -> None:
    with on(LATE):
        granted = services.decide_waiver(waiver=asked, grant=True, by=office_manager, opinion="同意")
    assert (granted.reckoned, granted.holds_until) == (YUAN("0.50"), date(2026, 7, 15))
    assert selectors.late_charge(bill, date(2026, 7, 15)) == 0
    assert selectors.late_charge(bill, date(2026, 7, 16)) == YUAN("0.80"), "too late: the whole time counts again"
    with on(date(2026, 7, 15)):
        assert services.pay_bills(bills=[bill], method="cash", by=cashier).amount == YUAN("100.00")
    charge = LateCharge.objects.get()
    assert (charge.reckoned, charge.amount, charge.waiver) == (YUAN("0.75"), 0, granted)


def test_paid_after_its_days_the_bill_costs_its_late_charge(
    asked: Waiver, bill: Bill, cashier: User, office_manager: User
) -> None:
    with on(LATE):
        services.decide_waiver(waiver=asked, grant=True, by=office_manager)
    with on(date(2026, 7, 16)):
        assert services.pay_bills(bills=[bill], method="cash", by=cashier).amount == YUAN("100.80")


def test_how_long_a_waiver_holds_is_policy(asked: Waiver, clerk: User, office_manager: User) -> None:
    with on(LATE):
        set_policy(policy=WAIVER_DAYS, value=1, effective_from=LATE, by=clerk)
        granted = services.decide_waiver(waiver=asked, grant=True, by=office_manager)
    assert granted.holds_until == date(2026, 7, 11)


@pytest.mark.embedded
def test_a_refused_waiver_lets_nothing_off_and_can_be_asked_for_anew(
    asked: Waiver, bill: Bill, clerk: User, office_manager: User
) -> None:
    with on(LATE):
        with pytest.raises(ValidationError, match="why"):
            services.decide_waiver(waiver=asked, grant=False, by=office_manager, opinion=" ")
        services.decide_waiver(waiver=asked, grant=False, by=office_manager, opinion="无证明")
        assert selectors.late_charge(bill, LATE) == YUAN("0.50")
        services.ask_waiver(bill=bill, reason="已补证明", by=clerk)
    assert Waiver.objects.count() == 2


def test_nobody_grants_their_own(asked: Waiver, clerk: User) -> None:
    with on(LATE), pytest.raises(ValidationError, match="themselves"):
        services.decide_waiver(waiver=asked, grant=True, by=clerk)
    asked.status, asked.holds_until = Waiver.Status.GRANTED, LATE
    asked.decided_by, asked.decided_at = clerk, NOW
    with refused_by_the_database("waiver_nobody_grants_their_own"):
        asked.save()


def test_a_waiver_is_decided_once(asked: Waiver, office_manager: User) -> None:
    with on(LATE):
        services.decide_waiver(waiver=asked, grant=True, by=office_manager)
        with pytest.raises(ValidationError, match="already"):
            services.decide_waiver(waiver=asked, grant=False, by=office_manager, opinion="x")


def test_what_costs_nothing_is_not_let_off(
    bill: Bill, asked: Waiver, clerk: User, cashier: User, office_manager: User, new_account: Make, new_bill: Make
) -> None:
    punctual = new_bill(new_account())
    with pytest.raises(ValidationError, match="no late charge"):
        services.ask_waiver(bill=punctual, reason="x", by=clerk)
    with on(LATE):
        with pytest.raises(ValidationError, match="asked for already"):
            services.ask_waiver(bill=bill, reason="x", by=cashier)
        services.decide_waiver(waiver=asked, grant=True, by=office_manager)
        with pytest.raises(ValidationError, match="no late charge"):
            services.ask_waiver(bill=bill, reason="x", by=clerk)
        services.pay_bills(bills=[bill], method="cash", by=cashier)
    with on(date(2026, 8, 1)), pytest.raises(ValidationError, match="no late charge"):
        services.ask_waiver(bill=bill, reason="x", by=clerk)


def test_a_waiver_without_a_reason_is_refused(bill: Bill, clerk: User) -> None:
    with on(LATE), pytest.raises(ValidationError, match="reason"):
        services.ask_waiver(bill=bill, reason="  ", by=clerk)


def test_a_waiver_of_a_bill_that_was_paid_meanwhile_can_only_be_refused(
    asked: Waiver, bill: Bill, cashier: User, office_manager: User
) -> None:
    with on(LATE):
        services.pay_bills(bills=[bill], method="cash", by=cashier)
        with pytest.raises(ValidationError, match="paid or reversed meanwhile"):
            services.decide_waiver(waiver=asked, grant=True, by=office_manager)
        services.decide_waiver(waiver=asked, grant=False, by=office_manager, opinion="已交清")
    assert not selectors.asked_of_bills(Waiver)


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"status": "granted"}, "waiver_decided_by_somebody"),
        ({"holds_until": LATE}, "waiver_decided_by_somebody"),
        ({"reason": ""}, "waiver_has_a_reason"),
        ({"reckoned": YUAN("-1")}, "waiver_of_no_negative_charge"),
    ],
)
def test_the_database_refuses_a_waiver_that_makes_no_sense(
    asked: Waiver, columns: dict[str, Any], constraint: str
) -> None:
    with without_triggers(), refused_by_the_database(constraint):
        Waiver.objects.filter(pk=asked.pk).update(**columns)


def test_the_database_knows_one_waiver_asked_for_a_bill(asked: Waiver, bill: Bill, cashier: User) -> None:
    with refused_by_the_database("waiver_one_asked_a_bill"):
        Waiver.objects.create(bill=bill, reason="x", asked_by=cashier, reckoned=1)


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"amount": YUAN("0.49")}, "late_charge_taken_or_let_off"),
        ({"amount": YUAN("0")}, "late_charge_taken_or_let_off"),
        ({"reckoned": YUAN("-0.50"), "amount": YUAN("-0.50")}, "late_charge_sign_of_its_principal"),
        ({"days": 0}, "late_charge_by_days_and_rate"),
    ],
    ids=["less than reckoned", "nothing without a waiver", "other sign", "not late"],
)
def test_the_database_refuses_a_late_charge_that_makes_no_sense(
    bill: Bill, cashier: User, columns: dict[str, Any], constraint: str
) -> None:
    with on(LATE):
        services.pay_bills(bills=[bill], method="cash", by=cashier)
    charge = LateCharge.objects.get()
    charge.pk, charge._state.adding = None, True
    for name, value in columns.items():
        setattr(charge, name, value)
    with without_triggers(), refused_by_the_database(constraint):
        charge.save()


def test_a_late_charge_is_written_once(bill: Bill, cashier: User) -> None:
    with on(LATE):
        services.pay_bills(bills=[bill], method="cash", by=cashier)
    with pytest.raises(TypeError, match="never changes"):
        LateCharge.objects.get().save()


def test_the_waivers_of_many_bills_are_read_in_one_query(
    new_account: Make, new_bill: Make, clerk: User, office_manager: User
) -> None:
    account = new_account()
    for month in range(1, 6):
        new_bill(account, month, 20)
    bills = list(selectors.bills_of(account).unpaid())
    with on(LATE):
        for bill in bills[:2]:
            waiver = services.ask_waiver(bill=bill, reason="x", by=clerk)
            services.decide_waiver(waiver=waiver, grant=True, by=office_manager)
        with CaptureQueriesContext(connection) as asked:
            late = selectors.late_charges(bills, LATE)
    assert [charge.amount for charge in late.values()] == [0, 0, *[YUAN("0.50")] * 3]
    assert sum("billing_" in query["sql"] for query in asked) == 1
