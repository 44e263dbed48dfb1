"""Streets, people and firms of the demo, drawn from a fixed seed: the same in every load."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from stdnum.cn import uscc

from accounts.models import CustomerKind, IdentityKind, KindOfUse
from applications.tour.cast import Brief
from waterservice.identifiers import resident_check_character

DISTRICT = "演示区"
ROADS = ("和平路", "建设路", "滨江大道", "人民路", "青年街", "文化巷", "解放路", "迎宾路")
SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡林郭何高罗"
GIVEN = (
    "伟",
    "芳",
    "娜",
    "敏",
    "静",
    "丽",
    "强",
    "磊",
    "洋",
    "艳",
    "勇",
    "军",
    "杰",
    "娟",
    "涛",
    "明",
    "超",
    "秀英",
    "建国",
    "玉兰",
    "桂英",
    "志强",
    "晓燕",
    "海波",
)
TRADES = (
    ("食品有限公司", "食品加工"),
    ("酒店管理有限公司", "住宿餐饮"),
    ("印染有限公司", "印染"),
    ("超市有限公司", "零售"),
    ("物业服务有限公司", "物业"),
)
FIRM_NAMES = ("滨江", "金桥", "宏达", "瑞丰", "明远", "东升", "华兴", "永安", "海棠", "青松")
REGION = "999999"


@dataclass
class City:
    """Draws made-up people, firms and places; each identity number has a right check digit."""

    seed: int = 2026

    def __post_init__(self) -> None:
        self.draw = random.Random(self.seed)  # noqa: S311 the demo must be the same each time
        self.counter = 0

    def _next(self) -> int:
        self.counter += 1
        return self.counter

    def person(self) -> dict[str, Any]:
        born = f"{self.draw.randint(1950, 2000)}{self.draw.randint(1, 12):02d}{self.draw.randint(1, 28):02d}"
        first = f"{REGION}{born}{self._next() % 1000:03d}"
        return {
            "kind": CustomerKind.INDIVIDUAL,
            "name": f"{self.draw.choice(SURNAMES)}{self.draw.choice(GIVEN)}（演示）",
            "identity_kind": IdentityKind.RESIDENT_ID,
            "identity_number": first + resident_check_character(first),
            "telephone": f"1390000{self._next() % 10000:04d}",
        }

    def firm(self) -> tuple[dict[str, Any], str]:
        ending, trade = self.draw.choice(TRADES)
        base = f"91999999MA0D{self._next():05d}"
        customer = {
            "kind": CustomerKind.ORGANISATION,
            "name": f"演示{self.draw.choice(FIRM_NAMES)}{ending}",
            "identity_kind": IdentityKind.CREDIT_CODE,
            "identity_number": base + uscc.calc_check_digit(base),
            "telephone": f"1380000{self._next() % 10000:04d}",
            "legal_representative": f"{self.draw.choice(SURNAMES)}{self.draw.choice(GIVEN)}",
            "bank": "演示银行和平支行",
            "bank_account": f"6200{self._next():015d}",
        }
        return customer, trade

    def place(self, *, flat: bool) -> dict[str, str]:
        number = self._next()
        return {
            "district": DISTRICT,
            "road": self.draw.choice(ROADS),
            "lane": "锦绣花园" if flat and number % 3 == 0 else "",
            "number": f"{number}号",
            "room": f"{self.draw.randint(1, 18)}{self.draw.randint(1, 4):02d}室" if flat else "",
        }

    def brief(self) -> Brief:
        """Somebody who wants a new connection: two in three an organisation."""
        if self.draw.random() < 2 / 3:
            customer, trade = self.firm()
            details: dict[str, Any] = {
                "kind_of_use": KindOfUse.NON_RESIDENTIAL,
                "expected_m3_month": Decimal(self.draw.randint(10, 120) * 10),
                "calibre": self.draw.choice((40, 50, 80, 100)),
                "purpose": trade,
                "business_premises": True,
                "project_facts": "演示：新建用房一栋，地上四层，生活水箱 20 立方米，变频水泵两台。",
                "invoice_title": customer["name"],
                "tax_number": customer["identity_number"],
            }
            return Brief(customer, self.place(flat=False), details)
        person = self.person()
        details = {
            "kind_of_use": KindOfUse.RESIDENTIAL,
            "expected_m3_month": Decimal(self.draw.choice((12, 15, 18, 120))),
            "calibre": self.draw.choice((15, 20, 25)),
            "purpose": "居家用水",
            "invoice_title": person["name"],
        }
        return Brief(person, self.place(flat=True), details)

    def households(self, count: int) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
        return ((self.person(), self.place(flat=True)) for _place in range(count))
