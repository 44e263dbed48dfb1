"""People at the till and what they work on: customers, accounts with water, a statement."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from accounts import services as registry
from accounts.models import (
    BillingCycle,
    Customer,
    CustomerKind,
    IdentityKind,
    KindOfUse,
    MeterAccount,
    Premises,
    Role,
    RoleAssignment,
    User,
)
from billing import services
from billing.defaults import ensure_defaults
from billing.models import Bill, Statement
from waterservice.identifiers import resident_check_character

Make = Callable[..., Any]
TODAY = date(2026, 6, 15)
NOW = datetime(2026, 6, 15, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(autouse=True)
def at_the_till_on_a_monday() -> Iterator[None]:
    """All tests of money happen on 2026-06-15 from ten in the morning."""
    with time_machine.travel(NOW, tick=True):
        yield


def staff(username: str, *roles: Role) -> User:
    user = User.objects.create_user(username, "a long password", name=username.title())
    RoleAssignment.objects.bulk_create(RoleAssignment(user=user, role=role) for role in roles)
    return user


@pytest.fixture
def cashier(db: None) -> User:
    return staff("cashier", Role.CASHIER)


@pytest.fixture
def other_cashier(db: None) -> User:
    return staff("colleague", Role.CASHIER)


@pytest.fixture
def manager(db: None) -> User:
    return staff("manager", Role.DUTY_MANAGER)


@pytest.fixture
def clerk(db: None) -> User:
    return staff("clerk", Role.COUNTER_CLERK)


@pytest.fixture
def prices(db: None) -> None:
    ensure_defaults()


@pytest.fixture
def new_customer(clerk: User) -> Make:
    """Registers another person; each call has the next identity number of the test region."""
    born = iter(range(100, 1000))

    def register(name: str = "王测试") -> Customer:
        first_17 = f"99000019800101{next(born)}"
        return registry.register_customer(
            by=clerk,
            kind=CustomerKind.INDIVIDUAL,
            name=name,
            identity_kind=IdentityKind.RESIDENT_ID,
            identity_number=first_17 + resident_check_character(first_17),
            telephone="13800000000",
        )

    return register


@pytest.fixture
def new_premises(clerk: User) -> Make:
    numbers = iter(range(1, 1000))

    def register() -> Premises:
        return registry.register_premises(
            by=clerk, district="示范区", road="测试路", lane="", number=f"{next(numbers)}号", room=""
        )

    return register


@pytest.fixture
def new_account(clerk: User, new_customer: Make, new_premises: Make) -> Make:
    """Opens an account that has had water since 2026-01-01, its meter at 100 m³."""
    numbers = iter(range(1, 1000))

    def open_account(holder: Customer | None = None, premises: Premises | None = None, **columns: Any) -> MeterAccount:
        account = registry.open_account(
            holder=holder or new_customer(),
            premises=premises or new_premises(),
            kind_of_use=columns.get("kind_of_use", KindOfUse.RESIDENTIAL),
            cycle=BillingCycle.MONTHLY,
            by=clerk,
        )
        registry.set_meter(
            account=account,
            number=f"T{next(numbers):06d}",
            calibre=15,
            first_reading=100,
            by=clerk,
            installed_on=date(2026, 1, 1),
        )
        return registry.activate_account(account=account, on=date(2026, 1, 1), by=clerk)

    return open_account


@pytest.fixture
def new_bill(prices: None, clerk: User) -> Make:
    """Bills a month of 2026 for 10 m³: 50.00 yuan for a household, at 5.000 a cubic metre."""

    def issue(account: MeterAccount, month: int = 1, usage: int = 10) -> Bill:
        return services.issue_bill(
            account=account,
            period_start=date(2026, month, 1),
            period_end=date(2026, month, 28),
            opening=100,
            closing=100 + usage,
            by=clerk,
        )

    return issue


@pytest.fixture
def statement(new_customer: Make, clerk: User) -> Statement:
    return services.open_statement(reference="NC-2026-000001", title="新装接水", customer=new_customer(), by=clerk)


@pytest.fixture
def owing(statement: Statement, clerk: User) -> Statement:
    """A statement on which 100.00 yuan is asked."""
    services.charge(statement=statement, amount=Decimal("100.00"), description="工程款", source="budget:1", by=clerk)
    return statement


@contextmanager
def refused_by_the_database(name: str) -> Iterator[None]:
    """Expects the constraint of this name to refuse what the block writes; SQLite does not always name it."""
    words = name if connection.vendor == "postgresql" else "constraint failed"
    with pytest.raises(IntegrityError, match=words), transaction.atomic():
        yield
