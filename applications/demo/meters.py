"""The demo's meter accounts with their bills; about one in eight owes something."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from accounts import services as accounts
from accounts.models import BillingCycle, KindOfUse, MeterAccount, ReadingBook
from accounts.roles import Role
from applications.demo.city import City
from applications.demo.people import member
from billing import services as billing
from billing.models import Bill, PayMethod

ACCOUNTS = 300
MONTHS = 3


def months_back(today: date, count: int) -> list[tuple[date, date]]:
    """The last whole months before a day, oldest first, each with its first and last day."""
    spans = []
    first = today.replace(day=1)
    for _month in range(count):
        last = first - timedelta(days=1)
        first = last.replace(day=1)
        spans.append((first, last))
    return spans[::-1]


def create_accounts(city: City) -> Iterator[MeterAccount]:
    """Open accounts one after the other through the services, so that history and tenures are real."""
    clerk, reader, cashier = member(Role.COUNTER_CLERK), member(Role.BUSINESS_CLERK), member(Role.CASHIER)
    assert reader.office is not None
    books = [
        ReadingBook.objects.create(
            code=f"C{place:02d}",
            name=f"城东第{place}册",
            cycle=BillingCycle.MONTHLY,
            reader=reader,
            office=reader.office,
        )
        for place in range(1, 7)
    ]
    periods = months_back(timezone.localdate(), MONTHS)
    for place, (person, where) in enumerate(city.households(ACCOUNTS), start=1):
        account = accounts.open_account(
            holder=accounts.register_customer(by=clerk, **person),
            premises=accounts.register_premises(by=clerk, **where),
            kind_of_use=KindOfUse.RESIDENTIAL,
            cycle=BillingCycle.MONTHLY,
            by=clerk,
            book=books[place % len(books)],
            invoice_title=person["name"],
        )
        installed = periods[0][0] - timedelta(days=city.draw.randint(30, 900))
        accounts.set_meter(
            account=account,
            number=f"DM{place:08d}",
            calibre=15,
            first_reading=0,
            by=clerk,
            installed_on=installed,
        )
        account = accounts.activate_account(account=account, on=installed, by=clerk)
        account = accounts.file_account(account=account, by=clerk, order_in_book=place)
        _bill(account, periods, city, reader, cashier, owes=place % 8 == 0)
        yield account


def _bill(
    account: MeterAccount,
    periods: list[tuple[date, date]],
    city: City,
    reader: Any,
    cashier: Any,
    *,
    owes: bool,
) -> None:
    reading = city.draw.randint(5, 400)
    bills: list[Bill] = []
    for first, last in periods:
        closing = reading + city.draw.randint(4, 28)
        issued = last + timedelta(days=2)
        bills.append(
            billing.issue_bill(
                account=account,
                period_start=first,
                period_end=last,
                opening=reading,
                closing=closing,
                by=reader,
                issued_on=issued,
            )
        )
        reading = closing
    paid = bills[:-1] if owes else bills
    billing.pay_bills(bills=paid, method=PayMethod.WECHAT, by=cashier)
