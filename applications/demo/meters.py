"""The demo's reading books and the meter accounts in them."""

from collections.abc import Iterator

from django.utils import timezone

from accounts import services as accounts
from accounts.models import BillingCycle, KindOfUse, MeterAccount, ReadingBook, User
from accounts.roles import Role
from applications.demo.city import City
from applications.demo.people import member
from applications.demo.readings import MONTHS, TURN, OddOne, ask_waiver, at, begin_month, bill_months, months_back

ACCOUNTS = 300
BOOKS = 6


def create_accounts(city: City) -> Iterator[MeterAccount]:
    """Open accounts one after the other through the services, so that history and tenures are real; then bill them."""
    clerk, reader = member(Role.COUNTER_CLERK), member(Role.BUSINESS_CLERK)
    books = create_books(reader)
    periods = months_back(timezone.localdate(), MONTHS)
    installed = periods[0][0]
    opened = []
    for place, (person, where) in enumerate(city.households(ACCOUNTS), start=1):
        with at(installed):
            account = accounts.open_account(
                holder=accounts.register_customer(by=clerk, **person),
                premises=accounts.register_premises(by=clerk, **where),
                kind_of_use=KindOfUse.RESIDENTIAL,
                cycle=BillingCycle.MONTHLY,
                by=clerk,
                book=books[place % BOOKS],
                invoice_title=person["name"],
            )
            accounts.set_meter(
                account=account,
                number=f"DM{place:08d}",
                calibre=15,
                first_reading=TURN - 60 if place == OddOne.ROLLS_OVER else city.draw.randint(5, 400),
                by=clerk,
                installed_on=installed,
            )
            account = accounts.activate_account(account=account, on=installed, by=clerk)
            account = accounts.file_account(account=account, by=clerk, order_in_book=(place - 1) // BOOKS + 1)
        if place % 30 == 0:
            account = accounts.set_household_size(account=account, size=6, proof="户口簿（演示）", by=reader)
        opened.append(account)
        yield account
    bill_months(opened, periods, city)
    begin_month(opened, city)
    ask_waiver()


def create_books(reader: User) -> list[ReadingBook]:
    """The books of the reader's office; the first three are their own round."""
    assert reader.office is not None
    return [
        ReadingBook.objects.create(
            code=f"C{place:02d}",
            name=f"城东第{place}册",
            cycle=BillingCycle.MONTHLY,
            reader=reader if place <= BOOKS // 2 else None,
            office=reader.office,
        )
        for place in range(1, BOOKS + 1)
    ]
