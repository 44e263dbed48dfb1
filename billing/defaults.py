"""What a fresh utility starts with: the price list and the tariffs. The administrator changes them."""

from datetime import date
from decimal import Decimal

from accounts.models import KindOfUse, User
from billing.models import PriceItem, Tariff

SINCE = date(2024, 1, 1)
TARIFFS = {
    KindOfUse.RESIDENTIAL: ("2.070", "1.570", "1.360"),
    KindOfUse.SHARED_RESIDENTIAL: ("2.300", "1.570", "1.360"),
    KindOfUse.INSTITUTION_RESIDENTIAL: ("2.400", "1.570", "1.360"),
    KindOfUse.NON_RESIDENTIAL: ("4.200", "2.300", "3.000"),
    KindOfUse.SPECIAL: ("153.000", "4.000", "3.000"),
}


def ensure_defaults(by: User | None = None) -> None:
    """Add the price items and tariffs that are not there yet; what is there stays as it is."""
    PriceItem.objects.get_or_create(
        code="MAP_COPY",
        defaults={
            "name": "复图费",
            "unit": "份",
            "unit_price": Decimal("60.00"),
            "legal_basis": "按当地价格主管部门核定的标准收取；国办函〔2020〕129号之后各地可停收",
            "valid_from": SINCE,
        },
    )
    for kind, (water, resource, sewage) in TARIFFS.items():
        Tariff.objects.get_or_create(
            kind_of_use=kind,
            valid_from=SINCE,
            defaults={"water": Decimal(water), "resource": Decimal(resource), "sewage": Decimal(sewage)},
        )
