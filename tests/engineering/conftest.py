"""A project, who works on it, and what they would write on its sheets."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from accounts import services as registry
from accounts.models import (
    BillingCycle,
    Customer,
    CustomerKind,
    IdentityKind,
    KindOfUse,
    MeterAccount,
    Office,
    OfficeKind,
    Premises,
    Role,
    RoleAssignment,
    User,
)
from engineering import services
from engineering.models import Party, Project
from waterservice.files import store_bytes
from waterservice.identifiers import resident_check_character
from waterservice.models import StoredFile

Make = Callable[..., Any]

LINE = {
    "category": "pipe_material",
    "description": "球墨铸铁管 DN100",
    "quantity": Decimal("10.000"),
    "unit": "米",
    "unit_price": Decimal("12.50"),
    "red_line": "inside",
    "payer": "applicant",
}


def line(**columns: Any) -> dict[str, Any]:
    """A budget line of 125.00 yuan, unless told otherwise."""
    return {**LINE, **columns}


def words(**other: Any) -> list[dict[str, Any]]:
    """All five parties pass; `applicant=…` and so on replaces the words of one."""
    return [
        {"party": party.value, "representative": "演示代表", "passed": True, **other.get(party.value, {})}
        for party in Party
    ]


@contextmanager
def refused_by_the_database(name: str) -> Iterator[None]:
    """Expects the constraint of this name to refuse what the block writes."""
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        yield


def staff(username: str, *roles: Role) -> User:
    user = User.objects.create_user(username, name=username.title())
    RoleAssignment.objects.bulk_create(RoleAssignment(user=user, role=role) for role in roles)
    return user


@pytest.fixture
def today() -> Iterator[date]:
    """It is 2026-10-14 in Shanghai, noon."""
    with time_machine.travel("2026-10-14T12:00:00+08:00", tick=False):
        yield date(2026, 10, 14)


@pytest.fixture
def designer(db: None) -> User:
    return staff("designer", Role.DESIGNER)


@pytest.fixture
def colleague(db: None) -> User:
    """Another designer."""
    return staff("colleague", Role.DESIGNER)


@pytest.fixture
def builder(db: None) -> User:
    return staff("builder", Role.CONSTRUCTION_UNIT)


@pytest.fixture
def clerk(db: None) -> User:
    return staff("clerk", Role.COUNTER_CLERK)


@pytest.fixture
def unit(db: None) -> Office:
    return Office.objects.create(code="C1", name="第一施工队", kind=OfficeKind.CONSTRUCTION_UNIT)


@pytest.fixture
def customer(clerk: User) -> Customer:
    first_17 = "99000019800101100"
    return registry.register_customer(
        by=clerk,
        kind=CustomerKind.INDIVIDUAL,
        name="王测试",
        identity_kind=IdentityKind.RESIDENT_ID,
        identity_number=first_17 + resident_check_character(first_17),
        telephone="13800000000",
    )


@pytest.fixture
def new_premises(clerk: User) -> Make:
    numbers = iter(range(1, 1000))

    def register() -> Premises:
        return registry.register_premises(
            by=clerk, district="示范区", road="测试路", lane="", number=f"{next(numbers)}号", room=""
        )

    return register


@pytest.fixture
def new_project(clerk: User, customer: Customer, new_premises: Make) -> Make:
    numbers = iter(range(1, 1000))

    def open_project() -> Project:
        return services.open_project(
            reference=f"NC-2026-{next(numbers):06d}",
            title="新装接水",
            customer=customer,
            premises=new_premises(),
            by=clerk,
        )

    return open_project


@pytest.fixture
def project(new_project: Make) -> Project:
    found: Project = new_project()
    return found


@pytest.fixture
def new_account(clerk: User, customer: Customer) -> Make:
    """Opens an account at a place, with a meter when its number is given."""

    def open_account(premises: Premises, *, meter: str = "") -> MeterAccount:
        account = registry.open_account(
            holder=customer,
            premises=premises,
            kind_of_use=KindOfUse.RESIDENTIAL,
            cycle=BillingCycle.MONTHLY,
            by=clerk,
        )
        if meter:
            registry.set_meter(
                account=account,
                number=meter,
                calibre=20,
                first_reading=0,
                by=clerk,
                installed_on=date(2026, 1, 1),
            )
        return account

    return open_account


@pytest.fixture
def plan(designer: User, settings: Any, tmp_path: Any) -> StoredFile:
    settings.MEDIA_ROOT = tmp_path
    return store_bytes(b"%PDF-1.4 plan", name="plan.pdf", content_type="application/pdf", by=designer)


@pytest.fixture
def survey_fields(today: date) -> dict[str, Any]:
    """A complete survey sheet."""
    return {
        "surveyed_on": today,
        "supplyable": True,
        "road_opening": False,
        "pressure_mpa": Decimal("0.320"),
        "nearest_main": "测试路 DN300 干管",
        "main_calibre": 300,
        "calibre": 20,
        "meter_position": "北墙外表井",
        "conclusion": "具备供水条件",
    }


@pytest.fixture
def completion_fields(today: date) -> dict[str, Any]:
    """A complete completion report."""
    return {
        "completed_on": today,
        "meter_number": "YS00000001",
        "calibre": 20,
        "meter_position": "北墙外表井",
        "first_reading": 3,
    }
