"""The price list and the tariffs: which of them holds on a day."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import KindOfUse
from accounts.roles import Role
from billing import selectors
from billing.defaults import SINCE, ensure_defaults
from billing.models import PriceItem, Tariff
from tests.billing.conftest import TODAY, refused_by_the_database, staff


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
    assert selectors.monthly_price(KindOfUse.RESIDENTIAL, TODAY - timedelta(days=1)) == Decimal("5.000")
    assert selectors.monthly_price(KindOfUse.RESIDENTIAL, TODAY) == Decimal("5.100")
    assert len(selectors.current_tariffs(TODAY)) == len(KindOfUse)


def test_a_missing_tariff_is_said(db: None) -> None:
    assert selectors.tariff(KindOfUse.SPECIAL, TODAY) is None
    with pytest.raises(ValidationError, match="2026-06-15"):
        selectors.monthly_price(KindOfUse.SPECIAL, TODAY)


@pytest.mark.parametrize("parts", [("0", "1", "1"), ("-1", "1", "1"), ("1", "-0.001", "1"), ("1", "1", "-1")])
def test_the_database_refuses_a_negative_tariff(db: None, parts: tuple[str, str, str]) -> None:
    water, resource, sewage = map(Decimal, parts)
    with refused_by_the_database("tariff_"):
        Tariff.objects.create(
            kind_of_use=KindOfUse.SPECIAL, valid_from=TODAY, water=water, resource=resource, sewage=sewage
        )


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
    assert selectors.monthly_price(KindOfUse.RESIDENTIAL, TODAY) == Decimal("5.000")
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
