"""Bills over tiers, tariffs and years, out of the database: what counts as used before (OT-7)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError

from accounts import services as registry
from accounts.models import Customer, KindOfUse, MeterAccount, User
from billing import selectors, services
from billing.models import Bill, BillLine, BillPayment, Tariff
from billing.terms import CONTINUE, TIERS_ON_CHANGE
from tests.billing.conftest import NOW, TODAY, Make, refused_by_the_database, without_triggers
from waterservice.policies import set_policy

YUAN = Decimal


@pytest.fixture
def account(prices: None, new_account: Make) -> MeterAccount:
    opened: MeterAccount = new_account()
    return opened


def bill(account: MeterAccount, by: User, start: date, end: date, m3: int, **values: Any) -> Bill:
    return services.issue_bill(
        account=account, period_start=start, period_end=end, opening=100, closing=100 + m3, by=by, **values
    )


def month(account: MeterAccount, by: User, of: int, m3: int, **values: Any) -> Bill:
    return bill(account, by, date(2026, of, 1), date(2026, of, 28), m3, **values)


def lines(bill: Bill) -> list[tuple[int, int, Decimal]]:
    return [(line.tier, line.usage, line.amount) for line in bill.lines.order_by("pk")]


@pytest.mark.embedded
def test_bills_go_through_the_tiers_of_the_year(account: MeterAccount, clerk: User) -> None:
    first, second, third = (month(account, clerk, of, 100) for of in (1, 2, 3))
    assert lines(first) == [(1, 100, YUAN("500.00"))]
    assert lines(second) == [(1, 80, YUAN("400.00")), (2, 20, YUAN("140.00"))]
    assert lines(third) == [(2, 60, YUAN("420.00")), (3, 40, YUAN("360.00"))]
    assert sum(row.amount for row in (first, second, third)) == YUAN("1820.00")
    for row in (first, second, third):
        assert row.amount == sum(line.amount for line in row.lines.all())
        assert row.water_amount == sum(line.water_amount for line in row.lines.all())


@pytest.mark.embedded
def test_the_new_year_begins_anew(account: MeterAccount, clerk: User) -> None:
    """A bill of 300 m³ in 2025; then 47 days, 16 of them in the old year and its third tier."""
    bill(account, clerk, date(2025, 1, 1), date(2025, 12, 15), 300)
    over = bill(account, clerk, date(2025, 12, 16), date(2026, 1, 31), 47)
    assert lines(over) == [(3, 16, YUAN("144.00")), (1, 31, YUAN("155.00"))]
    assert lines(month(account, clerk, 2, 150)) == [(1, 149, YUAN("745.00")), (2, 1, YUAN("7.00"))]


def test_a_period_that_was_forgotten_counts_when_it_is_billed(account: MeterAccount, clerk: User) -> None:
    """The order of billing moves water between bills, never between tiers of the year."""
    month(account, clerk, 3, 150)
    assert lines(month(account, clerk, 1, 50)) == [(1, 30, YUAN("150.00")), (2, 20, YUAN("140.00"))]


@pytest.mark.embedded
def test_a_large_household_gets_its_allowance(account: MeterAccount, clerk: User) -> None:
    registry.set_household_size(account=account, size=6, proof="户口簿", by=clerk)
    assert lines(month(account, clerk, 1, 290)) == [(1, 288, YUAN("1440.00")), (2, 2, YUAN("14.00"))]


@pytest.mark.embedded
def test_a_new_tariff_splits_the_period_by_days(account: MeterAccount, clerk: User) -> None:
    newer = Tariff.objects.create(
        kind_of_use=KindOfUse.RESIDENTIAL,
        valid_from=date(2026, 5, 12),
        water=YUAN("2.170"),
        resource=YUAN("1.570"),
        sewage=YUAN("1.360"),
    )
    over = bill(account, clerk, date(2026, 5, 1), date(2026, 5, 31), 31)
    assert lines(over) == [(1, 11, YUAN("55.00")), (1, 20, YUAN("102.00"))]
    assert [line.tariff for line in over.lines.order_by("pk")][1] == newer
    assert over.amount == YUAN("157.00")


def test_a_period_before_the_first_tariff_is_refused(account: MeterAccount, clerk: User) -> None:
    with pytest.raises(ValidationError, match="2021-02-28"):
        bill(account, clerk, date(2021, 2, 28), date(2021, 3, 31), 10)
    assert not Bill.objects.exists()


@pytest.mark.embedded
def test_an_imported_bill_counts_in_the_year_of_its_last_day(account: MeterAccount, clerk: User) -> None:
    def imported(start: date, end: date, m3: int) -> None:
        bill = Bill.objects.create(
            account=account,
            customer=account.holder,
            origin=Bill.Origin.IMPORTED,
            period_start=start,
            period_end=end,
            opening=0,
            closing=m3,
            usage=m3,
            water_amount=1,
            resource_amount=0,
            sewage_amount=0,
            amount=1,
            issued_on=end,
            pay_by=end,
            issued_by=clerk,
        )
        bill.payments.create(method=BillPayment.IMPORTED, amount=1, happened_on=end, recorded_by=clerk)
        bill.settled_at = NOW
        bill.save(update_fields=["settled_at"])

    imported(date(2025, 11, 1), date(2025, 12, 27), 900)
    imported(date(2025, 12, 28), date(2026, 1, 31), 170)
    assert lines(month(account, clerk, 3, 20)) == [(1, 10, YUAN("50.00")), (2, 10, YUAN("70.00"))]
    assert selectors.owed(customer=account.holder, premises=None) == YUAN("120.00")


# -- change of holder (OT-7) -----------------------------------------------------------------------------


def hand_over(account: MeterAccount, to: Customer, on: date, by: User) -> None:
    registry.transfer_account(account=account, to=to, on=on, reading=100, by=by)
    account.refresh_from_db()


@pytest.mark.embedded
def test_the_tiers_begin_anew_with_a_new_holder(account: MeterAccount, new_customer: Make, clerk: User) -> None:
    old, new = account.holder, new_customer()
    month(account, clerk, 1, 170)
    hand_over(account, new, date(2026, 2, 14), clerk)
    final = bill(account, clerk, date(2026, 2, 1), date(2026, 2, 14), 20, customer=old)
    assert final.customer == old
    assert lines(final) == [(1, 10, YUAN("50.00")), (2, 10, YUAN("70.00"))]
    assert lines(bill(account, clerk, date(2026, 2, 15), date(2026, 2, 28), 20)) == [(1, 20, YUAN("100.00"))]


def test_the_tiers_go_on_with_the_account_where_the_policy_says_so(
    account: MeterAccount, new_customer: Make, clerk: User
) -> None:
    set_policy(policy=TIERS_ON_CHANGE, value=CONTINUE, effective_from=TODAY, by=clerk)
    month(account, clerk, 1, 170)
    hand_over(account, new_customer(), date(2026, 6, 15), clerk)
    with time_machine.travel(NOW.replace(month=7)):
        assert lines(month(account, clerk, 6, 20)) == [(1, 10, YUAN("50.00")), (2, 10, YUAN("70.00"))]


def test_who_comes_back_begins_anew(account: MeterAccount, new_customer: Make, clerk: User) -> None:
    first = account.holder
    month(account, clerk, 1, 170)
    hand_over(account, new_customer(), date(2026, 2, 1), clerk)
    hand_over(account, first, date(2026, 3, 1), clerk)
    assert lines(month(account, clerk, 3, 20)) == [(1, 20, YUAN("100.00"))]


def test_who_never_held_the_account_is_not_billed_for_it(
    account: MeterAccount, new_customer: Make, clerk: User
) -> None:
    with pytest.raises(ValidationError, match="never held"):
        month(account, clerk, 1, 10, customer=new_customer("别人"))


# -- usage that the readings don't show -------------------------------------------------------------------


@pytest.mark.embedded
def test_a_register_that_went_round_is_billed_by_its_true_usage(account: MeterAccount, clerk: User) -> None:
    """From 99,990 on through 0 to 8 on five digits: 18 m³."""
    issued = services.issue_bill(
        account=account,
        period_start=date(2026, 5, 1),
        period_end=date(2026, 5, 31),
        opening=99_990,
        closing=8,
        usage=18,
        by=clerk,
    )
    assert (issued.usage, issued.carried, issued.amount) == (18, 100_000, YUAN("90.00"))


def test_a_usage_below_zero_is_refused(account: MeterAccount, clerk: User) -> None:
    with pytest.raises(ValidationError, match="backwards"):
        month(account, clerk, 5, 10, usage=-1)
    assert not Bill.objects.exists()


@pytest.mark.embedded
def test_the_last_day_to_pay_is_never_a_day_off(account: MeterAccount, clerk: User) -> None:
    """Civil Code art. 203: 15 days from 2026-06-04 end on the last day of the Dragon Boat holiday, 06-19 to 06-21."""
    assert month(account, clerk, 5, 10, issued_on=date(2026, 6, 4)).pay_by == date(2026, 6, 22)


# -- lines -------------------------------------------------------------------------------------------------


def test_a_line_is_written_once(account: MeterAccount, clerk: User) -> None:
    line = month(account, clerk, 1, 10).lines.get()
    line.usage = 9
    with pytest.raises(TypeError, match="never changes"):
        line.save()
    with pytest.raises(TypeError, match="never deleted"):
        line.delete()
    with pytest.raises(TypeError):
        BillLine.objects.update(usage=9)


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("water_amount", YUAN("20.71"), "bill_line_water_is_price_times_usage"),
        ("sewage_amount", YUAN("13.59"), "bill_line_sewage_is_price_times_usage"),
        ("resource_price", YUAN("-1.570"), "bill_line_resource_is_price_times_usage"),
        ("usage", 0, "bill_line_"),
        ("tier", 0, "bill_line_tier_with_water"),
        ("end", date(2025, 12, 31), "bill_line_ends_after_start"),
        ("start", date(2026, 1, 1), "bill_line_one_a_tier"),
    ],
)
def test_the_database_refuses_a_line_that_makes_no_sense(
    account: MeterAccount, clerk: User, column: str, value: Any, constraint: str
) -> None:
    copy = month(account, clerk, 1, 10).lines.get()
    copy.pk, copy.start, copy._state.adding = None, date(2026, 1, 2), True
    setattr(copy, column, value)
    with without_triggers(), refused_by_the_database(constraint):
        copy.save()


@pytest.mark.embedded
@pytest.mark.parametrize("usage", [1, 7, 333, 1234, 99_999])
def test_every_line_fits_its_constraint_on_every_database(new_account: Make, clerk: User, usage: int) -> None:
    """Prices with three decimals whose products end in half a fen."""
    Tariff.objects.create(
        kind_of_use=KindOfUse.SPECIAL,
        valid_from=date(2026, 1, 1),
        water=YUAN("48.505"),
        resource=YUAN("8.115"),
        sewage=YUAN("3.045"),
    )
    issued = month(new_account(kind_of_use=KindOfUse.SPECIAL), clerk, 1, usage)
    exact = [YUAN(usage) * price for price in (YUAN("48.505"), YUAN("8.115"), YUAN("3.045"))]
    assert [amount for _name, amount in issued.components] == [
        amount.quantize(YUAN("0.01"), rounding="ROUND_HALF_UP") for amount in exact
    ]
