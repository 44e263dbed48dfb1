"""People at the till and what they work on: customers, accounts with water, a statement."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, models, transaction
from django.test import Client
from PIL import Image

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
    ReadingBook,
    Role,
    RoleAssignment,
    User,
)
from billing import services
from billing.defaults import ensure_defaults
from billing.models import Bill, Deposit, Statement, StatementLine
from waterservice.identifiers import resident_check_character

Make = Callable[..., Any]
Enter = Callable[[User], Client]
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
def enter() -> Enter:
    def sign_in(user: User) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(user)
        client.cookies["django_language"] = "en"
        return client

    return sign_in


@pytest.fixture
def office_clerk(db: None) -> User:
    """Somebody of the business office, which prepares what is done with deposits."""
    return staff("office-clerk", Role.BUSINESS_CLERK)


@pytest.fixture
def office_manager(db: None) -> User:
    return staff("office-manager", Role.BUSINESS_MANAGER)


def scan(name: str = "签字申请.png") -> SimpleUploadedFile:
    """A paper that somebody signed."""
    written = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(written, "PNG")
    return SimpleUploadedFile(name, written.getvalue())


def holder_of(deposit: Deposit) -> services.Collector:
    holder = deposit.statement.customer
    return services.Collector(name=holder.name, identity_number=holder.identity_number)


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


@pytest.fixture
def office(db: None) -> Office:
    return Office.objects.create(code="YY01", name="城东营业所", kind=OfficeKind.BUSINESS_OFFICE)


@pytest.fixture
def reader(office: Office) -> User:
    """A business office clerk who walks a book."""
    person = staff("reader", Role.BUSINESS_CLERK)
    person.office = office
    person.save(update_fields=["office"])
    return person


@pytest.fixture
def other_reader(office: Office) -> User:
    person = staff("other.reader", Role.BUSINESS_CLERK)
    person.office = office
    person.save(update_fields=["office"])
    return person


@pytest.fixture
def book(office: Office, reader: User) -> ReadingBook:
    return ReadingBook.objects.create(
        code="C01", name="城东第1册", cycle=BillingCycle.MONTHLY, reader=reader, office=office
    )


@pytest.fixture
def in_book(new_account: Make, book: ReadingBook, clerk: User) -> Make:
    """Opens an account that has had water since 2026-01-01, its meter at 100 m³, next in the book's order."""
    places = iter(range(1, 1000))

    def open_account(**columns: Any) -> MeterAccount:
        return registry.file_account(account=new_account(**columns), by=clerk, book=book, order_in_book=next(places))

    return open_account


@contextmanager
def on(day: date) -> Iterator[None]:
    """A day at ten in the morning."""
    with time_machine.travel(datetime.combine(day, time(10), ZoneInfo("Asia/Shanghai")), tick=False):
        yield


def body(response: Any) -> str:
    return str(response.content.decode())


@contextmanager
def refused_by_the_database(name: str) -> Iterator[None]:
    """Expects the constraint of this name to refuse what the block writes; SQLite does not always name it."""
    words = name if connection.vendor == "postgresql" else "constraint failed"
    with pytest.raises(IntegrityError, match=words), transaction.atomic():
        yield


@contextmanager
def without_triggers() -> Iterator[None]:
    """The tables with their own constraints alone, to see that these hold by themselves."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
            yield
            cursor.execute("SET session_replication_role = DEFAULT")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for _name, sql in triggers:
            cursor.execute(sql)


@contextmanager
def refused_by_a_trigger(rule: str) -> Iterator[None]:
    """Expects the trigger of this rule to refuse what the block writes, on either database."""
    with pytest.raises(IntegrityError, match=f"^{rule}: "), transaction.atomic():
        yield


@pytest.fixture
def taken_over(in_book: Make, clerk: User) -> Make:
    """Opens an account whose one bill, of January 2026, came from the former system and is unpaid."""

    def open_account(closing: int) -> MeterAccount:
        account: MeterAccount = in_book()
        day = date(2026, 1, 28)
        Bill.objects.create(
            account=account,
            customer=account.holder,
            origin=Bill.Origin.IMPORTED,
            period_start=date(2026, 1, 1),
            period_end=day,
            opening=closing,
            closing=closing,
            carried=10,
            usage=10,
            water_amount=50,
            resource_amount=0,
            sewage_amount=0,
            amount=50,
            issued_on=day,
            pay_by=day,
            issued_by=clerk,
        )
        return account

    return open_account


def typed(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def typed_in_like(row: models.Model, **changes: Any) -> None:
    """INSERT a copy of a row as the database holds it, with some columns changed."""
    table = row._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} WHERE id = %s", [row.pk])  # noqa: S608
        assert cursor.description is not None
        columns = dict(zip((column[0] for column in cursor.description), cursor.fetchone(), strict=True))
    columns = {**columns, **changes}
    del columns["id"]
    places = ", ".join(["%s"] * len(columns))
    names = ", ".join(f'"{column}"' for column in columns)
    typed(f"INSERT INTO {table} ({names}) VALUES ({places})", *columns.values())  # noqa: S608


def update(row: models.Model, **changes: Any) -> None:
    settings = ", ".join(f"{column} = %s" for column in changes)
    typed(f"UPDATE {row._meta.db_table} SET {settings} WHERE id = %s", *changes.values(), row.pk)  # noqa: S608


def reversal_of(line: StatementLine, by: User) -> dict[str, Any]:
    """The columns in which somebody's reversal of a line differs from it."""
    opposite = {"kind": "reversal", "amount": -line.amount, "reverses_id": line.pk}
    return {**opposite, "reason": "x", "as_credit": False, "recorded_by_id": by.pk}


def at_the_end() -> None:
    """Let the database look now at what it looks at when a transaction ends; SQLite can't."""
    connection.check_constraints()
