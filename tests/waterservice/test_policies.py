from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from waterservice import policies
from waterservice.hours import CLOSE_OF_BUSINESS, START_OF_BUSINESS, business_hours
from waterservice.models import PolicyValue
from waterservice.policies import Policy, PolicyKind, declare, set_policy
from waterservice.utility import utility_on

pytestmark = [pytest.mark.django_db, pytest.mark.embedded]


@pytest.fixture(autouse=True)
def _declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Policies declared in a test are gone after it."""
    monkeypatch.setattr(policies, "_declared", dict(policies._declared))


@pytest.fixture
def threshold() -> Policy[Decimal]:
    return declare(
        "test.threshold", label="Threshold", default=Decimal("100000.00"), kind=PolicyKind.MONEY, clause="NC-10"
    )


def test_the_default_holds_until_a_value_is_set(threshold: Policy[Decimal], clerk: Any, today: date) -> None:
    assert threshold.on(today) == Decimal("100000.00")
    set_policy(policy=threshold, value=Decimal("200000"), effective_from=today, by=clerk)
    assert threshold.on(date(2026, 10, 13)) == Decimal("100000.00")
    assert threshold.on(today) == Decimal("200000.00")
    assert threshold.on(date(2030, 1, 1)) == Decimal("200000.00")


def test_the_newest_value_on_or_before_a_day_holds(threshold: Policy[Decimal], clerk: Any, today: date) -> None:
    for day, value in [(date(2026, 12, 1), "3"), (today, "1"), (date(2026, 11, 1), "2")]:
        set_policy(policy=threshold, value=value, effective_from=day, by=clerk)
    days = [today, date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 1)]
    assert [int(threshold.on(day)) for day in days] == [1, 1, 2, 2, 3]


def test_what_held_on_a_past_day_cannot_be_changed(threshold: Policy[Decimal], clerk: Any, today: date) -> None:
    with pytest.raises(ValidationError) as refusal:
        set_policy(policy=threshold, value="1", effective_from=date(2026, 10, 13), by=clerk)
    assert refusal.value.code == "past"
    assert not PolicyValue.objects.exists()


def test_a_correction_on_the_same_day_keeps_what_was_there_in_the_history(
    threshold: Policy[Decimal], clerk: Any, administrator: Any, today: date
) -> None:
    set_policy(policy=threshold, value="1000", effective_from=today, by=clerk, note="slip")
    row = set_policy(policy=threshold, value="100000", effective_from=today, by=administrator)
    assert (row.set_by, row.note, threshold.on(today)) == (administrator, "", 100_000)
    history = PolicyValue.history.order_by("history_id")
    assert [(past.value, past.note, past.history_user) for past in history] == [
        ("1000.00", "slip", clerk),
        ("100000.00", "", administrator),
    ]


@pytest.mark.parametrize(
    ("kind", "given", "value", "stored"),
    [
        (PolicyKind.DAYS, "7", 7, 7),
        (PolicyKind.INTEGER, 0, 0, 0),
        (PolicyKind.DECIMAL, "0.50", Decimal("0.5"), "0.50"),
        (PolicyKind.DECIMAL, Decimal("100"), Decimal(100), "100"),
        (PolicyKind.MONEY, "100,000", Decimal("100000.00"), "100000.00"),
        (PolicyKind.BOOLEAN, "No", False, False),
        (PolicyKind.BOOLEAN, True, True, True),
        (PolicyKind.TIME, "16:30", time(16, 30), "16:30:00"),
        (PolicyKind.TIME, time(8), time(8), "08:00:00"),
        (PolicyKind.TEXT, " 示范  自来水 ", "示范 自来水", "示范 自来水"),
    ],
)
def test_values_are_kept_by_their_kind(
    kind: PolicyKind, given: Any, value: Any, stored: Any, clerk: Any, today: date
) -> None:
    defaults: dict[PolicyKind, Any] = {
        PolicyKind.DAYS: 5,
        PolicyKind.INTEGER: 5,
        PolicyKind.DECIMAL: Decimal(5),
        PolicyKind.MONEY: Decimal("5.00"),
        PolicyKind.BOOLEAN: True,
        PolicyKind.TIME: time(17),
        PolicyKind.TEXT: "five",
    }
    policy = declare("test.kind", label="Kind", default=defaults[kind], kind=kind)
    row = set_policy(policy=policy, value=given, effective_from=today, by=clerk)
    row.refresh_from_db()
    assert (row.value, type(row.value)) == (stored, type(stored))
    assert (policy.on(today), type(policy.on(today))) == (value, type(value))


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (PolicyKind.DAYS, "0"),
        (PolicyKind.DAYS, "3661"),
        (PolicyKind.DAYS, "7.5"),
        (PolicyKind.DAYS, True),
        (PolicyKind.INTEGER, "-1"),
        (PolicyKind.INTEGER, "٣"),
        (PolicyKind.DECIMAL, "NaN"),
        (PolicyKind.DECIMAL, 0.1),
        (PolicyKind.DECIMAL, "0.00001"),
        (PolicyKind.DECIMAL, "-1"),
        (PolicyKind.MONEY, "1.005"),
        (PolicyKind.MONEY, "-0.01"),
        (PolicyKind.MONEY, "Infinity"),
        (PolicyKind.BOOLEAN, "perhaps"),
        (PolicyKind.TIME, "25:00"),
        (PolicyKind.TIME, "17:00:30"),
        (PolicyKind.TIME, "17:00+08:00"),
        (PolicyKind.TEXT, ""),
        (PolicyKind.TEXT, "a\x00b"),
        (PolicyKind.TEXT, "x" * 201),
    ],
)
def test_values_of_another_kind_are_refused(kind: PolicyKind, given: Any) -> None:
    policy = Policy("test.kind", "Kind", None, kind, "", "", *policies.BOUNDS.get(kind, (None, None)))
    with pytest.raises(ValidationError):
        policy.parse(given)


def test_a_policy_may_have_bounds_of_its_own() -> None:
    copies = declare("test.copies", label="Copies", default=2, kind=PolicyKind.INTEGER, least=1, most=9)
    assert copies.parse("9") == 9
    for outside in ("0", "10"):
        with pytest.raises(ValidationError, match=r"1.*9"):
            copies.parse(outside)


def test_bounds_drawn_later_do_not_undo_what_was_set(clerk: Any, today: date, monkeypatch: pytest.MonkeyPatch) -> None:
    wide = declare("test.copies", label="Copies", default=2, kind=PolicyKind.INTEGER)
    set_policy(policy=wide, value=12, effective_from=today, by=clerk)
    monkeypatch.delitem(policies._declared, "test.copies")
    narrow = declare("test.copies", label="Copies", default=2, kind=PolicyKind.INTEGER, most=9)
    assert narrow.on(today) == 12


def test_declaring_twice_or_with_an_impossible_default_is_an_error(threshold: Policy[Decimal]) -> None:
    with pytest.raises(ValueError, match="declared twice"):
        declare("test.threshold", label="Again", default=1, kind=PolicyKind.INTEGER)
    with pytest.raises(ValueError, match="no default"):
        declare("test.other", label="Other", default=7.0, kind=PolicyKind.DECIMAL)
    with pytest.raises(ValueError, match="no default"):
        declare("test.other", label="Other", default=True, kind=PolicyKind.INTEGER)


def test_values_are_shown_with_their_units(threshold: Policy[Decimal]) -> None:
    days = declare("test.days", label="Days", default=7, kind=PolicyKind.DAYS, unit="d")
    switch = declare("test.switch", label="Switch", default=True, kind=PolicyKind.BOOLEAN)
    assert threshold.show(Decimal("100000")) == "¥100,000.00"
    assert days.show(7) == "7 d"
    assert CLOSE_OF_BUSINESS.show(time(17)) == "17:00"
    assert switch.show(True) != switch.show(False)


def test_business_closes_at_five() -> None:
    """HM-3, unless the administrator sets another hour."""
    assert policies.value("hours.close", date(2026, 10, 14)) == time(17)
    assert CLOSE_OF_BUSINESS in policies.all_policies()


def test_the_hours_that_papers_print_are_those_of_the_day(clerk: Any, today: date) -> None:
    assert business_hours(today) == utility_on(today)["hours"] == "8:30–17:00"
    set_policy(policy=START_OF_BUSINESS, value="09:00", effective_from=today + timedelta(days=1), by=clerk)
    assert business_hours(today) == "8:30–17:00"
    assert business_hours(today + timedelta(days=1)) == "9:00–17:00"


@pytest.mark.parametrize(("policy", "hour"), [(CLOSE_OF_BUSINESS, "08:30"), (START_OF_BUSINESS, "17:00")])
def test_business_closes_after_it_starts(clerk: Any, today: date, policy: Policy[time], hour: str) -> None:
    with pytest.raises(ValidationError, match="Business"):
        set_policy(policy=policy, value=hour, effective_from=today, by=clerk)


def test_all_values_are_read_in_one_query(
    threshold: Policy[Decimal], clerk: Any, today: date, django_assert_num_queries: Any
) -> None:
    set_policy(policy=threshold, value="1", effective_from=today, by=clerk)
    with django_assert_num_queries(1):
        threshold.on(today)
