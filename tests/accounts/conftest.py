"""A clerk, a person and a place to test with; everything made up."""

from typing import Any

import pytest

from accounts import services
from accounts.models import BillingCycle, Customer, CustomerKind, IdentityKind, KindOfUse, MeterAccount, Premises, User
from accounts.roles import Role
from applications.tour.cast import colleague
from waterservice.identifiers import resident_check_character


def resident_number(first_17: str = "99999919900101001") -> str:
    return first_17 + resident_check_character(first_17)


@pytest.fixture
def clerk(db: None) -> User:
    return colleague(Role.COUNTER_CLERK)


def person(**changes: Any) -> dict[str, Any]:
    return {
        "kind": CustomerKind.INDIVIDUAL,
        "name": "演示张三",
        "identity_kind": IdentityKind.RESIDENT_ID,
        "identity_number": resident_number(),
        "telephone": "13900000001",
        **changes,
    }


@pytest.fixture
def customer(clerk: User) -> Customer:
    return services.register_customer(by=clerk, **person())


@pytest.fixture
def place(clerk: User) -> Premises:
    return services.register_premises(by=clerk, district="演示区", road="和平路", lane="", number="1号", room="101室")


@pytest.fixture
def account(clerk: User, customer: Customer, place: Premises) -> MeterAccount:
    return services.open_account(
        holder=customer,
        premises=place,
        kind_of_use=KindOfUse.RESIDENTIAL,
        cycle=BillingCycle.MONTHLY,
        by=clerk,
    )
