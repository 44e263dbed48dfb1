"""The people, places and papers of a tour: made up, marked as such, found again on the next run."""

import io
import secrets
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone, translation
from PIL import Image, ImageDraw

from accounts import services as accounts
from accounts.models import (
    BillingCycle,
    Customer,
    CustomerKind,
    IdentityKind,
    KindOfUse,
    Office,
    OfficeKind,
    Premises,
    ReadingBook,
    RoleAssignment,
    User,
)
from accounts.roles import Role
from accounts.selectors import find_customer

CREDIT_CODE = "91999999MA0DEM001C"


def colleague(role: Role) -> User:
    """Somebody of a role: a colleague of the demo or the tour's own, who cannot sign in."""
    with translation.override("zh-hans"):
        office_name, person_name = str(role.office_kind.label), f"演示{role.label}"
    office = Office.objects.filter(kind=role.office_kind).order_by("pk").first()
    if office is None:
        office = Office.objects.create(
            code=f"TOUR-{list(OfficeKind).index(role.office_kind)}", name=office_name, kind=role.office_kind
        )
    user, created = User.objects.get_or_create(
        username=f"tour.{role.value}", defaults={"name": person_name, "office": office}
    )
    if created:
        user.set_unusable_password()
        user.save()
    RoleAssignment.objects.get_or_create(user=user, role=role)
    return user


@dataclass(frozen=True)
class Brief:
    """Who wants water where and for what: the columns of customer, premises and form."""

    customer: dict[str, Any]
    premises: dict[str, str]
    details: dict[str, Any]

    def applicant(self, by: User) -> Customer:
        """The customer of this identity: the one on record, or a new one."""
        known = find_customer(self.customer["identity_kind"], self.customer["identity_number"])
        return known or accounts.register_customer(by=by, **self.customer)

    def place(self, by: User) -> Premises:
        return accounts.register_premises(by=by, **self.premises)


def organisation() -> Brief:
    """A made-up factory, at a place that no earlier tour has used."""
    return Brief(
        customer={
            "kind": CustomerKind.ORGANISATION,
            "name": "演示滨江食品有限公司",
            "identity_kind": IdentityKind.CREDIT_CODE,
            "identity_number": CREDIT_CODE,
            "telephone": "13900000000",
            "legal_representative": "演示王建国",
            "bank": "演示银行和平支行",
            "bank_account": "6200000000000000000",
            "address": "演示市和平路 128 号",
        },
        premises={
            "district": "演示区",
            "road": "和平路",
            "lane": "",
            "number": "128号",
            "room": f"{secrets.randbelow(10**9):09d}室",
        },
        details={
            "kind_of_use": KindOfUse.NON_RESIDENTIAL,
            "expected_m3_month": Decimal("450"),
            "calibre": 50,
            "purpose": "食品加工（演示）",
            "business_premises": True,
            "project_facts": "演示：厂房一栋，地上三层，水池 30 立方米，水泵两台。",
            "invoice_title": "演示滨江食品有限公司",
        },
    )


def reading_book(reader: User) -> ReadingBook:
    """A reading book: the first there is, or one of the tour's own."""
    assert reader.office is not None
    book = ReadingBook.objects.order_by("pk").first()
    return book or ReadingBook.objects.create(
        code="TOUR-01", name="演示抄表册", cycle=BillingCycle.MONTHLY, office=reader.office
    )


def scan(title: str) -> SimpleUploadedFile:
    """A small picture that stands for a scanned paper."""
    picture = Image.new("RGB", (420, 594), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((20, 20, 400, 574), outline="black")
    draw.text((40, 40), f"DEMO {title}", fill="black")
    kept = io.BytesIO()
    picture.save(kept, "PNG")
    return SimpleUploadedFile(f"{title}.png", kept.getvalue(), content_type="image/png")


SHARES = (
    ("pipe_material", "球墨铸铁管 DN100 及管件", Decimal("0.41"), "米"),
    ("labour", "管道安装人工", Decimal("0.28"), "项"),
    ("road_restoration", "路面恢复", Decimal("0.19"), "平方米"),
)


def cost_lines(total: Decimal) -> list[dict[str, object]]:
    """Lines that add up to a total to the fen; each a whole item, inside the red line, paid by the applicant."""
    lines: list[dict[str, object]] = []
    rest = total
    for category, description, share, unit in SHARES:
        amount = (total * share).quantize(Decimal("0.01"))
        rest -= amount
        lines.append(_line(category, description, amount, unit))
    lines.append(_line("other", "水表井及其他", rest, "项"))
    return [line for line in lines if line["unit_price"]]


def _line(category: str, description: str, amount: Decimal, unit: str) -> dict[str, object]:
    return {
        "category": category,
        "description": description,
        "quantity": Decimal("1"),
        "unit": unit,
        "unit_price": amount,
        "red_line": "inside",
        "payer": "applicant",
    }


def works_period() -> tuple[object, object]:
    today = timezone.localdate()
    return today, today + timedelta(days=30)
