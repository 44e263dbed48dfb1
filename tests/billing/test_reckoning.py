"""What water and lateness cost, by hand-worked examples and by what must hold of any figures."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.reckoning import Portion, Rates, late_charge, reckon, to_fen, yearly_cost

YUAN = Decimal
SINCE = date(2021, 3, 1)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
# A large city's household prices: 0–180 m³ 5.00, 181–260 m³ 7.00, above 9.00, and 54 m³ from the fifth member on.
CITY = Rates(
    since=SINCE,
    water=YUAN("2.070"),
    resource=YUAN("1.570"),
    sewage=YUAN("1.360"),
    tiers=((180, YUAN("4.070")), (260, YUAN("6.070"))),
    allowance_from=5,
    allowance_m3=54,
)
FLAT = Rates(since=SINCE, water=YUAN("4.200"), resource=YUAN("2.300"), sewage=YUAN("3.000"))


def bill(
    usage: int,
    start: date = YEAR[0],
    end: date = YEAR[1],
    *rates: Rates,
    used: dict[int, int] | None = None,
    household: int | None = None,
) -> list[Portion]:
    return reckon(usage=usage, start=start, end=end, rates=rates or (CITY,), used=used or {}, household=household)


def told(portions: list[Portion]) -> list[tuple[int, int, str]]:
    """(tier, m³, yuan) of each portion."""
    return [(portion.tier, portion.usage, f"{portion.amount}") for portion in portions]


def cost(portions: list[Portion]) -> Decimal:
    return sum((portion.amount for portion in portions), YUAN(0))


# -- tiers of a calendar year, worked by hand ------------------------------------------------------------


def test_a_year_of_300_m3_falls_into_three_tiers() -> None:
    """180 × 5.00 + 80 × 7.00 + 40 × 9.00 = 900 + 560 + 360."""
    portions = bill(300)
    assert told(portions) == [(1, 180, "900.00"), (2, 80, "560.00"), (3, 40, "360.00")]
    assert cost(portions) == YUAN("1820.00")


def test_each_component_is_named_in_each_tier() -> None:
    """80 m³ of the second tier: 80 × 4.070 = 325.60, 80 × 1.570 = 125.60, 80 × 1.360 = 108.80."""
    second = bill(300)[1]
    assert (second.water_price, second.resource_price, second.sewage_price) == (
        YUAN("4.070"),
        YUAN("1.570"),
        YUAN("1.360"),
    )
    assert (second.water_amount, second.resource_amount, second.sewage_amount) == (
        YUAN("325.60"),
        YUAN("125.60"),
        YUAN("108.80"),
    )


@pytest.mark.parametrize(
    ("used", "usage", "expected"),
    [
        (0, 180, [(1, 180, "900.00")]),
        (0, 181, [(1, 180, "900.00"), (2, 1, "7.00")]),
        (170, 25, [(1, 10, "50.00"), (2, 15, "105.00")]),
        (180, 1, [(2, 1, "7.00")]),
        (250, 25, [(2, 10, "70.00"), (3, 15, "135.00")]),
        (170, 100, [(1, 10, "50.00"), (2, 80, "560.00"), (3, 10, "90.00")]),
        (260, 1, [(3, 1, "9.00")]),
        (999, 2, [(3, 2, "18.00")]),
        (100, 0, []),
    ],
    ids=["180", "181", "crosses 180", "after 180", "crosses 260", "crosses both", "after 260", "far above", "none"],
)
def test_a_bill_goes_on_where_the_year_stands(used: int, usage: int, expected: list[tuple[int, int, str]]) -> None:
    assert told(bill(usage, date(2026, 9, 1), date(2026, 10, 31), used={2026: used})) == expected


@pytest.mark.parametrize(
    ("household", "expected"),
    [
        (None, [(1, 180, "900.00"), (2, 80, "560.00"), (3, 90, "810.00")]),
        (4, [(1, 180, "900.00"), (2, 80, "560.00"), (3, 90, "810.00")]),
        (5, [(1, 234, "1170.00"), (2, 80, "560.00"), (3, 36, "324.00")]),
        (6, [(1, 288, "1440.00"), (2, 62, "434.00")]),
        (8, [(1, 350, "1750.00")]),
    ],
    ids=["not known", "four", "five", "six", "eight"],
)
def test_each_member_from_the_fifth_on_moves_every_tier_by_54_m3(
    household: int | None, expected: list[tuple[int, int, str]]
) -> None:
    """350 m³ a year; the bounds are 180/260 up to four people, 234/314 for five, 288/368 for six."""
    assert told(bill(350, household=household)) == expected


def test_the_allowance_is_that_of_the_whole_year_in_the_first_bill_already() -> None:
    assert told(bill(234, date(2026, 1, 1), date(2026, 1, 31), household=5)) == [(1, 234, "1170.00")]


def test_a_flat_price_has_one_tier_whatever_was_used() -> None:
    assert told(bill(13, date(2026, 5, 1), date(2026, 5, 31), FLAT, used={2026: 100_000})) == [(1, 13, "123.50")]


# -- a new year, a new tariff -----------------------------------------------------------------------------


def test_the_new_year_begins_in_the_first_tier_and_the_water_is_shared_by_days() -> None:
    """16 of 47 days lie in 2025: 47 m³ are 16 and 31; the old year stands in its third tier."""
    portions = bill(47, date(2025, 12, 16), date(2026, 1, 31), used={2025: 300})
    assert told(portions) == [(3, 16, "144.00"), (1, 31, "155.00")]
    assert [(portion.start, portion.end) for portion in portions] == [
        (date(2025, 12, 16), date(2025, 12, 31)),
        (date(2026, 1, 1), date(2026, 1, 31)),
    ]


def test_a_share_of_a_cubic_metre_is_rounded_half_up_and_the_rest_goes_to_the_last_days() -> None:
    """10 of 20 days each: of 25 m³, 12.5 become 13, and 12 remain."""
    portions = bill(25, date(2025, 12, 22), date(2026, 1, 10))
    assert [portion.usage for portion in portions] == [13, 12]


def dearer(since: date, more: str = "0.100") -> Rates:
    return Rates(
        since=since,
        water=CITY.water + YUAN(more),
        resource=CITY.resource,
        sewage=CITY.sewage,
        tiers=((180, YUAN("4.170")), (260, YUAN("6.170"))),
    )


def test_a_tariff_that_changes_inside_the_period_splits_it_by_days() -> None:
    """11 days at 5.00 and 20 at 5.10 a cubic metre: 31 m³ are 11 and 20; 55.00 and 102.00 yuan."""
    portions = bill(31, date(2026, 5, 1), date(2026, 5, 31), CITY, dearer(date(2026, 5, 12)))
    assert told(portions) == [(1, 11, "55.00"), (1, 20, "102.00")]
    assert portions[1].start == date(2026, 5, 12)


def test_the_years_use_goes_on_under_a_new_tariff() -> None:
    """175 m³ used; 6 more under the old tariff end in the second tier, where the new tariff goes on."""
    portions = bill(12, date(2026, 5, 6), date(2026, 5, 17), CITY, dearer(date(2026, 5, 12)), used={2026: 175})
    assert told(portions) == [(1, 5, "25.00"), (2, 1, "7.00"), (2, 6, "42.60")]


def test_a_new_tariff_on_new_years_day_cuts_once() -> None:
    portions = bill(62, date(2025, 12, 1), date(2026, 1, 31), CITY, dearer(date(2026, 1, 1)))
    assert told(portions) == [(1, 31, "155.00"), (1, 31, "158.10")]


def test_two_years_and_a_tariff_are_three_cuts() -> None:
    """30 + 365 + 15 + 16 days: each day's cubic metre stays in its part."""
    portions = bill(426, date(2024, 12, 2), date(2026, 1, 31), CITY, dearer(date(2026, 1, 16)))
    parts = [(portion.start, portion.end) for portion in portions]
    assert list(dict.fromkeys(parts)) == [
        (date(2024, 12, 2), date(2024, 12, 31)),
        (date(2025, 1, 1), date(2025, 12, 31)),
        (date(2026, 1, 1), date(2026, 1, 15)),
        (date(2026, 1, 16), date(2026, 1, 31)),
    ]
    assert [(portion.tier, portion.usage) for portion in portions] == [
        (1, 30),
        (1, 180),
        (2, 80),
        (3, 105),
        (1, 15),
        (1, 16),
    ]


def test_a_day_before_the_first_tariff_can_not_be_reckoned() -> None:
    with pytest.raises(ValueError, match="2021-02-28"):
        bill(1, date(2021, 2, 28), date(2021, 3, 31))


@pytest.mark.parametrize(("usage", "end"), [(-1, date(2026, 1, 31)), (1, date(2025, 12, 31))])
def test_what_runs_backwards_is_refused(usage: int, end: date) -> None:
    with pytest.raises(ValueError, match="backwards"):
        bill(usage, date(2026, 1, 1), end)


@pytest.mark.parametrize(
    "tiers",
    [
        ((180, YUAN("2.070")),),
        ((0, YUAN("4.070")),),
        ((180, YUAN("6")), (260, YUAN("5"))),
        ((9, YUAN(5)), (9, YUAN(6))),
    ],
    ids=["no dearer", "from nothing", "falls", "twice"],
)
def test_tiers_that_do_not_rise_are_no_tariff(tiers: tuple[tuple[int, Decimal], ...]) -> None:
    with pytest.raises(ValueError, match="rise"):
        Rates(since=SINCE, water=YUAN("2.070"), resource=YUAN(0), sewage=YUAN(0), tiers=tiers)


def test_a_component_is_rounded_half_up_by_itself() -> None:
    """1 × 0.005 = 0.005 becomes a fen, twice; 0.004 becomes nothing."""
    rates = Rates(since=SINCE, water=YUAN("0.005"), resource=YUAN("0.005"), sewage=YUAN("0.004"))
    (portion,) = bill(1, date(2026, 1, 1), date(2026, 1, 31), rates)
    assert (portion.water_amount, portion.resource_amount, portion.sewage_amount) == (
        YUAN("0.01"),
        YUAN("0.01"),
        YUAN("0.00"),
    )
    assert portion.amount == YUAN("0.02")


# -- whatever the figures ---------------------------------------------------------------------------------

prices = st.integers(1, 20_000).map(lambda mill: YUAN(mill) / 1000)
days = st.dates(date(2022, 1, 1), date(2030, 12, 31))
usages = st.integers(0, 5_000)


@st.composite
def tariffs(draw: st.DrawFn, since: date = SINCE) -> Rates:
    bounds = sorted(draw(st.sets(st.integers(1, 600), max_size=4)))
    steps = sorted(draw(st.sets(prices, min_size=len(bounds) + 1, max_size=len(bounds) + 1)))
    allowed = draw(st.booleans())
    return Rates(
        since=since,
        water=steps[0],
        resource=draw(prices),
        sewage=draw(prices),
        tiers=tuple(zip(bounds, steps[1:], strict=True)),
        allowance_from=draw(st.integers(2, 6)) if allowed else None,
        allowance_m3=draw(st.integers(1, 60)) if allowed else 0,
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Rates]:
    """Tariffs one after the other, the first of them before any period."""
    return [draw(tariffs())] + [draw(tariffs(since)) for since in draw(st.sets(days, max_size=3))]


households = st.none() | st.integers(1, 12)


@given(histories(), days, st.integers(1, 800), usages, households, st.dictionaries(st.integers(2022, 2033), usages))
def test_no_cubic_metre_and_no_fen_is_lost(
    rates: list[Rates], start: date, length: int, usage: int, household: int | None, used: dict[int, int]
) -> None:
    end = start + timedelta(days=length - 1)
    portions = reckon(usage=usage, start=start, end=end, rates=rates, used=used, household=household)
    assert sum(portion.usage for portion in portions) == usage
    assert all(portion.usage > 0 for portion in portions)
    for portion in portions:
        assert start <= portion.start <= portion.end <= end
        assert portion.start.year == portion.end.year
        assert portion.rates.since == max(row.since for row in rates if row.since <= portion.start)
        assert portion.amount == portion.water_amount + portion.resource_amount + portion.sewage_amount
        exact = portion.usage * (portion.water_price + portion.resource_price + portion.sewage_price)
        assert abs(portion.amount - exact) <= YUAN("0.015"), "three roundings of half a fen at most"


@given(tariffs(), households, st.lists(st.integers(0, 120), min_size=1, max_size=24), st.data())
def test_a_year_billed_in_any_periods_has_the_same_water_in_each_tier(
    rates: Rates, household: int | None, usages: list[int], data: st.DataObject
) -> None:
    cuts = data.draw(
        st.sets(st.integers(1, 364), min_size=len(usages) - 1, max_size=len(usages) - 1).map(sorted), label="cuts"
    )
    firsts = [date(2026, 1, 1) + timedelta(days=cut) for cut in [0, *cuts]]
    lasts = [first - timedelta(days=1) for first in firsts[1:]] + [date(2026, 12, 31)]
    by_tier: dict[int, int] = {}
    billed = 0
    for first, last, usage in zip(firsts, lasts, usages, strict=True):
        for portion in bill(usage, first, last, rates, used={2026: billed}, household=household):
            by_tier[portion.tier] = by_tier.get(portion.tier, 0) + portion.usage
        billed += usage
    whole = {portion.tier: portion.usage for portion in bill(billed, *YEAR, rates, household=household)}
    assert by_tier == whole


@given(histories(), days, st.integers(1, 800), usages, st.integers(0, 50), households)
def test_more_water_never_costs_less(
    rates: list[Rates], start: date, length: int, usage: int, more: int, household: int | None
) -> None:
    """Also where tariffs and years cut the period into many parts: no part loses a cubic metre to another."""
    end = start + timedelta(days=length - 1)

    def parts(m3: int) -> dict[date, int]:
        shared: dict[date, int] = {}
        for portion in reckon(usage=m3, start=start, end=end, rates=rates, used={}, household=household):
            shared[portion.start] = shared.get(portion.start, 0) + portion.usage
        return shared

    less, greater = parts(usage), parts(usage + more)
    assert all(greater[first] >= m3 for first, m3 in less.items())
    assert cost(reckon(usage=usage, start=start, end=end, rates=rates, used={}, household=household)) <= cost(
        reckon(usage=usage + more, start=start, end=end, rates=rates, used={}, household=household)
    )


@given(tariffs(), usages, usages, st.integers(1, 11))
def test_a_larger_household_or_an_emptier_year_never_costs_more(
    rates: Rates, usage: int, used: int, household: int
) -> None:
    start, end = date(2026, 5, 1), date(2026, 5, 31)
    usual = cost_exactly(bill(usage, start, end, rates, used={2026: used}, household=household))
    assert cost_exactly(bill(usage, start, end, rates, used={2026: used}, household=household + 1)) <= usual
    assert cost_exactly(bill(usage, start, end, rates, household=household)) <= usual


def cost_exactly(portions: list[Portion]) -> Decimal:
    """Before rounding: two portions may round up where one does not."""
    return sum((p.usage * (p.water_price + p.resource_price + p.sewage_price) for p in portions), YUAN(0))


# -- the cost of a year -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("m3", "household", "expected"),
    [
        ("0", None, "0"),
        ("180", None, "900"),
        ("300", None, "1820"),
        ("300", 6, "1524"),  # 288 × 5.00 + 12 × 7.00
        ("180.5", None, "903.5"),
        ("0.012", None, "0.06"),
    ],
)
def test_the_cost_of_a_year_by_tiers(m3: str, household: int | None, expected: str) -> None:
    assert yearly_cost(CITY, YUAN(m3), household) == YUAN(expected)


@given(tariffs(), usages, households)
def test_the_cost_of_a_year_is_its_bill_but_for_the_rounding(rates: Rates, usage: int, household: int | None) -> None:
    portions = bill(usage, *YEAR, rates, household=household)
    assert yearly_cost(rates, YUAN(usage), household) == cost_exactly(portions)


# -- paying late ------------------------------------------------------------------------------------------

PAY_BY = date(2026, 6, 30)


def late(principal: str, on: date, *, permille: str = "0.5", start: int = 1, cap: str = "100") -> tuple[int, Decimal]:
    return late_charge(
        principal=YUAN(principal),
        pay_by=PAY_BY,
        on=on,
        permille=YUAN(permille),
        start=start,
        cap_percent=YUAN(cap),
    )


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2026, 6, 1), (0, "0.00")),
        (date(2026, 6, 30), (0, "0.00")),
        (date(2026, 7, 1), (1, "0.05")),
        (date(2026, 7, 30), (30, "1.50")),
        (date(2027, 6, 30), (365, "18.25")),
    ],
)
def test_half_a_per_mille_a_day_from_the_day_after_the_last_day_to_pay(on: date, expected: tuple[int, str]) -> None:
    """100.00 yuan: 0.05 a day."""
    assert late("100.00", on) == (expected[0], YUAN(expected[1]))


def test_a_late_charge_that_starts_later_does_not_count_the_days_before() -> None:
    assert late("100.00", date(2026, 7, 9), permille="5", start=10) == (0, 0)
    assert late("100.00", date(2026, 7, 10), permille="5", start=10) == (1, YUAN("0.50"))


def test_a_late_charge_is_rounded_half_up_once() -> None:
    """9.99 × 0.5‰ = 0.004995 a day, which is no fen; two days are 0.00999, which is one."""
    assert late("9.99", date(2026, 7, 1))[1] == 0
    assert late("9.99", date(2026, 7, 2))[1] == YUAN("0.01")
    assert late("10.00", date(2026, 7, 1))[1] == YUAN("0.01"), "half a fen is rounded up"


@pytest.mark.parametrize(("cap", "most"), [("100", "100.00"), ("30", "30.00"), ("0", "0.00"), ("33.3333", "33.33")])
def test_a_late_charge_ends_at_its_cap(cap: str, most: str) -> None:
    """5‰ a day reach 100 % after 200 days."""
    assert late("100.00", PAY_BY + timedelta(days=200), permille="5", cap=cap)[1] == YUAN(most)
    assert late("100.00", PAY_BY + timedelta(days=9_000), permille="5", cap=cap)[1] == YUAN(most)


money = st.integers(0, 10**10).map(lambda fen: YUAN(fen) / 100)


@given(money, st.integers(-50, 4_000), st.integers(0, 100_000), st.integers(1, 60), st.integers(0, 2_000_000))
def test_a_late_charge_never_falls_from_day_to_day_and_stays_below_its_cap(
    principal: Decimal, day: int, permille: int, start: int, cap: int
) -> None:
    def on(passed: int) -> Decimal:
        return late_charge(
            principal=principal,
            pay_by=PAY_BY,
            on=PAY_BY + timedelta(days=passed),
            permille=YUAN(permille) / 1000,
            start=start,
            cap_percent=YUAN(cap) / 10_000,
        ).amount

    amounts = [on(day + passed) for passed in range(3)]
    assert all(0 <= before <= after for before, after in pairwise(amounts))
    assert amounts[-1] <= to_fen(principal * YUAN(cap) / 1_000_000)
