"""The price list and the tariffs: which of them holds on a day."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import KindOfUse, User
from accounts.roles import Role
from billing import selectors, services
from billing.defaults import SINCE, ensure_defaults
from billing.models import PriceItem, Tariff, TariffTier, refuse_falling_tiers
from tests.billing.conftest import TODAY, Make, refused_by_the_database, staff


def item(**columns: object) -> PriceItem:
    values: dict[str, object] = {
        "code": "COPY",
        "name": "复印费",
        "unit": "页",
        "unit_price": Decimal("0.50"),
        "legal_basis": "示范",
        "valid_from": date(2026, 1, 1),
    }
    return PriceItem.objects.create(**values | columns)


@pytest.mark.embedded
def test_the_price_that_began_last_holds(db: None) -> None:
    item()
    newer = item(valid_from=TODAY, unit_price=Decimal("0.80"))
    assert selectors.price("COPY", TODAY) == newer
    before = selectors.price("COPY", TODAY - timedelta(days=1))
    assert before is not None
    assert before.unit_price == Decimal("0.50")
    assert selectors.price("COPY", date(2025, 12, 31)) is None


def test_an_item_holds_through_its_last_day(db: None) -> None:
    last = item(valid_until=TODAY)
    assert selectors.price("COPY", TODAY) == last
    assert selectors.price("COPY", TODAY + timedelta(days=1)) is None


def test_switching_the_newest_off_does_not_bring_an_older_price_back(db: None) -> None:
    item()
    item(valid_from=date(2026, 3, 1), enabled=False)
    assert selectors.price("COPY", TODAY) is None
    assert [row.enabled for row in selectors.current_prices(TODAY)] == [False]


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"unit_price": Decimal("0.00")}, "price_item_price_above_zero"),
        ({"unit_price": Decimal("-1.00")}, "price_item_price_above_zero"),
        ({"valid_until": date(2025, 12, 31)}, "price_item_ends_after_start"),
        ({"code": "copy"}, "price_item_code_in_capitals"),
        ({"legal_basis": ""}, "price_item_has_a_legal_basis"),
    ],
)
def test_the_database_refuses_a_price_that_makes_no_sense(
    db: None, columns: dict[str, object], constraint: str
) -> None:
    with refused_by_the_database(constraint):
        item(**columns)


def test_one_price_of_an_item_a_day(db: None) -> None:
    item()
    with refused_by_the_database("price_item_one_a_day"):
        item()


@pytest.mark.embedded
def test_a_tariff_holds_until_a_newer_one_begins(prices: None) -> None:
    Tariff.objects.create(
        kind_of_use=KindOfUse.RESIDENTIAL,
        valid_from=TODAY,
        water=Decimal("2.170"),
        resource=Decimal("1.570"),
        sewage=Decimal("1.360"),
    )
    assert selectors.tariff_in_force(KindOfUse.RESIDENTIAL, TODAY - timedelta(days=1)).total == Decimal("5.000")
    assert selectors.tariff_in_force(KindOfUse.RESIDENTIAL, TODAY).total == Decimal("5.100")
    assert len(selectors.current_tariffs(TODAY)) == len(KindOfUse)


def test_a_missing_tariff_is_said(db: None) -> None:
    assert selectors.tariff(KindOfUse.SPECIAL, TODAY) is None
    with pytest.raises(ValidationError, match="2026-06-15"):
        selectors.tariff_in_force(KindOfUse.SPECIAL, TODAY)


@pytest.mark.parametrize("parts", [("0", "1", "1"), ("-1", "1", "1"), ("1", "-0.001", "1"), ("1", "1", "-1")])
def test_the_database_refuses_a_negative_tariff(db: None, parts: tuple[str, str, str]) -> None:
    water, resource, sewage = map(Decimal, parts)
    with refused_by_the_database("tariff_"):
        Tariff.objects.create(
            kind_of_use=KindOfUse.SPECIAL, valid_from=TODAY, water=water, resource=resource, sewage=sewage
        )


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"above_m3": 0}, "tier_above_zero"),
        ({"above_m3": 180}, "tier_begins_once"),
        ({"water": Decimal("0")}, "tier_water_above_zero"),
    ],
)
def test_the_database_refuses_a_tier_that_makes_no_sense(
    prices: None, columns: dict[str, object], constraint: str
) -> None:
    tariff = selectors.tariff_in_force(KindOfUse.RESIDENTIAL, TODAY)
    values: dict[str, object] = {"tariff": tariff, "above_m3": 400, "water": Decimal("9.000")}
    with refused_by_the_database(constraint):
        TariffTier.objects.create(**values | columns)


@pytest.mark.parametrize(("member", "m3"), [(5, None), (None, 54), (0, 54), (5, 0)])
def test_an_allowance_is_whole_or_none(prices: None, member: int | None, m3: int | None) -> None:
    with refused_by_the_database("tariff_allowance_whole_or_none"):
        Tariff.objects.update(allowance_from=member, allowance_m3_year=m3)


# -- which tariffs hold in a period --------------------------------------------------------------------


def newer(since: date, **columns: object) -> Tariff:
    values: dict[str, object] = {
        "kind_of_use": KindOfUse.RESIDENTIAL,
        "valid_from": since,
        "water": Decimal("2.170"),
        "resource": Decimal("1.570"),
        "sewage": Decimal("1.360"),
    }
    return Tariff.objects.create(**values | columns)


@pytest.mark.embedded
def test_a_period_has_the_tariffs_of_all_its_days(prices: None) -> None:
    """Each holds until the next one, so that no day has two or none."""
    first = selectors.tariff_in_force(KindOfUse.RESIDENTIAL, SINCE)
    second, third = newer(date(2026, 3, 1)), newer(date(2026, 5, 1))

    def over(start: date, end: date) -> list[Tariff]:
        return selectors.tariffs_over(KindOfUse.RESIDENTIAL, start, end)

    assert over(SINCE, date(2026, 2, 28)) == [first]
    assert over(date(2026, 2, 28), date(2026, 3, 1)) == [first, second]
    assert over(date(2026, 3, 1), date(2026, 4, 30)) == [second]
    assert over(date(2026, 2, 1), date(2026, 12, 31)) == [first, second, third]
    with pytest.raises(ValidationError, match="2021-02-28"):
        over(SINCE - timedelta(days=1), date(2026, 12, 31))


# -- what was billed is not changed --------------------------------------------------------------------


@pytest.mark.embedded
def test_a_tariff_by_which_bills_were_issued_is_not_changed(new_account: Make, new_bill: Make) -> None:
    new_bill(new_account(), 3)
    billed = selectors.tariff_in_force(KindOfUse.RESIDENTIAL, TODAY)
    billed.water = Decimal("2.000")
    with pytest.raises(ValidationError, match="2026-03-28"):
        billed.full_clean()
    unbilled = selectors.tariff_in_force(KindOfUse.SPECIAL, TODAY)
    unbilled.water = Decimal("50.000")
    unbilled.full_clean()


def test_a_tariff_may_begin_inside_days_of_which_every_bill_was_reversed(
    prices: None, in_book: Make, reader: User, office_manager: User
) -> None:
    account, june = in_book(), date(2026, 6, 1)
    wrong = Tariff.objects.create(
        kind_of_use=account.kind_of_use, valid_from=june, water=Decimal("20.7"), resource=0, sewage=0
    )
    services.record_reading(account=account, reading=120, read_on=TODAY, by=reader)
    bill = services.bill_account(account=account, since=june, until=TODAY, by=reader)
    second = june + timedelta(days=1)
    right = Tariff(kind_of_use=account.kind_of_use, valid_from=second, water=Decimal("2.07"), resource=0, sewage=0)
    with pytest.raises(ValidationError):
        right.full_clean()
    assert bill is not None
    reversal = services.ask_bill_reversal(bill=bill, reason="价格录错", by=reader)
    services.decide_bill_reversal(reversal=reversal, grant=True, by=office_manager)
    right.full_clean()
    with pytest.raises(ValidationError):
        wrong.full_clean()


def test_a_new_tariff_does_not_begin_inside_billed_days(new_account: Make, new_bill: Make) -> None:
    """The bills would have to be reckoned anew; from the day after them on it may begin."""
    new_bill(new_account(), 3)

    def begins(day: date) -> Tariff:
        return Tariff(
            kind_of_use=KindOfUse.RESIDENTIAL,
            valid_from=day,
            water=Decimal("2.170"),
            resource=Decimal("1.570"),
            sewage=Decimal("1.360"),
        )

    with pytest.raises(ValidationError, match="2026-03-28"):
        begins(date(2026, 3, 28)).full_clean()
    begins(date(2026, 3, 29)).full_clean()


@pytest.mark.parametrize(
    ("tiers", "told"),
    [
        ([(180, "4.070"), (260, "6.070")], None),
        ([(260, "6.070"), (180, "4.070")], None),
        ([(180, "2.070")], "cost more"),
        ([(180, "6.070"), (260, "4.070")], "cost more"),
    ],
    ids=["rising", "typed in any order", "no dearer than the first", "falling"],
)
def test_tiers_rise(tiers: list[tuple[int, str]], told: str | None) -> None:
    rows = [(above, Decimal(water)) for above, water in tiers]
    if told is None:
        refuse_falling_tiers(Decimal("2.070"), rows)
        return
    with pytest.raises(ValidationError, match=told):
        refuse_falling_tiers(Decimal("2.070"), rows)


# -- what expected use costs ---------------------------------------------------------------------------


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("kind", "m3", "share", "amount", "formula"),
    [
        ("residential", "15", {"months": 3}, "225.00", "12 × 15 m³ = 180 × 5.000; × 3/12 = ¥225.00"),
        (
            "residential",
            "25",
            {"months": 3},
            "455.00",
            "12 × 25 m³ = 180 × 5.000 + 80 × 7.000 + 40 × 9.000; × 3/12 = ¥455.00",
        ),
        ("residential", "15", {"days": 30}, "73.97", "12 × 15 m³ = 180 × 5.000; × 30/365 = ¥73.97"),
        ("non_residential", "12.50", {"months": 3}, "356.25", "12 × 12.5 m³ = 150 × 9.500; × 3/12 = ¥356.25"),
        ("residential", "0", {"months": 3}, "0.00", "12 × 0 m³ = 0; × 3/12 = ¥0.00"),
    ],
)
def test_expected_use_costs_its_share_of_a_year_by_tiers(
    prices: None, kind: str, m3: str, share: dict[str, int], amount: str, formula: str
) -> None:
    """NC-C5, HM-5: 30 days of 900.00 yuan a year are 73.9726…"""
    cost = selectors.expected_cost(kind, monthly_m3=Decimal(m3), on=TODAY, **share)
    assert cost == (Decimal(amount), formula)


@pytest.mark.parametrize("share", [{}, {"months": 3, "days": 30}])
def test_expected_use_is_for_months_or_for_days(prices: None, share: dict[str, int]) -> None:
    with pytest.raises(TypeError):
        selectors.expected_cost("residential", monthly_m3=Decimal(1), on=TODAY, **share)


# -- what a fresh utility starts with ------------------------------------------------------------------


@pytest.mark.embedded
def test_defaults_can_be_entered_twice_and_leave_what_is_there(db: None) -> None:
    ensure_defaults()
    PriceItem.objects.update(enabled=False)
    counts = PriceItem.objects.count(), Tariff.objects.count()
    ensure_defaults()
    assert (PriceItem.objects.count(), Tariff.objects.count()) == counts == (1, len(KindOfUse))
    assert selectors.price("MAP_COPY", TODAY) is None, "the administrator's switch stays"


def test_every_kind_of_use_has_a_default_tariff(prices: None) -> None:
    assert all(selectors.tariff(kind, SINCE) for kind in KindOfUse.values)
    household = selectors.tariff_in_force(KindOfUse.RESIDENTIAL, TODAY)
    assert [(step.above, step.total) for step in household.steps] == [
        (0, Decimal("5.000")),
        (180, Decimal("7.000")),
        (260, Decimal("9.000")),
    ]
    assert (household.allowance_from, household.allowance_m3_year) == (5, 54)
    copy = selectors.price("MAP_COPY", TODAY)
    assert copy is not None
    assert copy.legal_basis
    assert PriceItem.history.filter(code="MAP_COPY").count() == 1


@pytest.mark.parametrize("model", ["priceitem", "tariff"])
def test_a_price_whose_day_has_come_is_not_edited(client: Client, prices: None, model: str) -> None:
    """What was charged by it must stay explicable: a newer price is entered beside it."""
    client.force_login(staff("administrator", Role.ADMINISTRATOR))
    row = PriceItem.objects.get() if model == "priceitem" else Tariff.objects.first()
    assert row is not None
    page = client.get(f"/admin/billing/{model}/{row.pk}/change/")
    fields = set(page.context["adminform"].form.fields)
    assert fields == ({"enabled", "valid_until"} if model == "priceitem" else set())
