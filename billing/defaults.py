"""What a fresh utility starts with: its price list and its tariffs. All figures are made up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction

from accounts.models import KindOfUse, User
from billing.models import PriceItem, Tariff, TariffTier

SINCE = date(2021, 3, 1)

MAP_COPY = {
    "code": "MAP_COPY",
    "name": "复图费",
    "unit": "份",
    "unit_price": Decimal("50.00"),
    "legal_basis": (
        "国办函〔2020〕129号取消接水、出图等强制收费后，仅对申请人自愿要求复制管网资料的，按成本收取；"
        "当地另有规定的由管理员停用（示范标准）"
    ),
}

# Yuan a cubic metre: water, water resource charge, sewage.
TARIFFS = {
    KindOfUse.RESIDENTIAL: ("2.070", "1.570", "1.360"),
    KindOfUse.NON_RESIDENTIAL: ("4.200", "2.300", "3.000"),
    KindOfUse.SPECIAL: ("48.500", "8.100", "3.000"),
    KindOfUse.SHARED_RESIDENTIAL: ("2.400", "1.570", "1.360"),
    KindOfUse.INSTITUTION_RESIDENTIAL: ("2.570", "1.570", "1.360"),
}
# Above how many cubic metres a year water costs more; the fifth and every further member adds to each bound.
TIERS = {KindOfUse.RESIDENTIAL: ((180, "4.070"), (260, "6.070"))}
ALLOWANCES = {KindOfUse.RESIDENTIAL: (5, 54)}


@transaction.atomic
def ensure_defaults(by: User | None = None) -> None:
    """Enter each price and tariff of which there is none at all yet; what is there stays. Safe to repeat."""
    if not PriceItem.objects.filter(code=MAP_COPY["code"]).exists():
        _enter(PriceItem(valid_from=SINCE, **MAP_COPY), by)
    known = set(Tariff.objects.values_list("kind_of_use", flat=True))
    for kind, parts in TARIFFS.items():
        if kind not in known:
            water, resource, sewage = map(Decimal, parts)
            member, m3_year = ALLOWANCES.get(kind, (None, None))
            tariff = Tariff(
                kind_of_use=kind,
                valid_from=SINCE,
                water=water,
                resource=resource,
                sewage=sewage,
                allowance_from=member,
                allowance_m3_year=m3_year,
            )
            _enter(tariff, by)
            for above, dearer in TIERS.get(kind, ()):
                _enter(TariffTier(tariff=tariff, above_m3=above, water=Decimal(dearer)), by)


def _enter(row: PriceItem | Tariff | TariffTier, by: User | None) -> None:
    row.full_clean()
    row._history_user = by  # type: ignore[union-attr]
    row.save()
