"""The demo's readings and bills: whole months that are past, and how far each book is in the present one."""

import io
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from typing import Any

import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, ImageDraw, ImageFont

from accounts.models import BillingCycle, MeterAccount
from accounts.roles import Role
from applications.demo.city import City
from applications.demo.people import member
from billing import selectors as ledger
from billing import services as billing
from billing.models import Bill, PayMethod
from billing.periods import period_of
from billing.services.billing_run import bill_account
from waterservice.files import store_upload

MONTHS = 2
TURN = 10**5  # the meters of the demo have five digits
BILLED_AFTER = timedelta(days=2)  # the month's end
PAID_AFTER = timedelta(days=9)
PAID_LATE_AFTER = timedelta(days=27)
# Of each book in the present month: every how many accounts are read (0: none), and whether they are billed.
READ_NOW = {"C01": (0, False), "C02": (1, True), "C03": (1, False), "C04": (2, False), "C05": (2, False)}


class OddOne(IntEnum):
    """Accounts out of the ordinary, by the order in which they were opened."""

    SENDS_A_PHOTOGRAPH = 6
    ROLLS_OVER = 12
    CHANGES_THE_METER = 14


def months_back(today: date, count: int) -> list[tuple[date, date]]:
    """The last whole months before a day, oldest first, each with its first and last day."""
    spans = []
    first = today.replace(day=1)
    for _month in range(count):
        last = first - timedelta(days=1)
        first = last.replace(day=1)
        spans.append((first, last))
    return spans[::-1]


def at(day: date) -> Any:
    """Nine on a day, or now, should that be to come."""
    moment = timezone.make_aware(datetime.combine(day, time(9)))
    return time_machine.travel(min(moment, timezone.now()), tick=True)


def bill_months(opened: list[MeterAccount], periods: list[tuple[date, date]], city: City) -> None:
    """Month by month: read at its end, billed after it, paid a week later; one in eight leaves the last bill unpaid.

    One in sixteen leaves two, one in twenty-five pays late, and one in ten uses so much that it reaches the next tiers.
    """
    reader, cashier = member(Role.BUSINESS_CLERK), member(Role.CASHIER)
    for left, (first, last) in zip(range(len(periods))[::-1], periods, strict=True):
        punctual: list[Bill] = []
        late: list[Bill] = []
        with at(last):
            standings = ledger.standings(opened)
            for place, account in enumerate(opened, start=1):
                used = city.draw.randint(70, 120) if place % 10 == 0 else city.draw.randint(4, 28)
                read(standings[account.pk], used, last)
        with at(last + BILLED_AFTER):
            for place, account in enumerate(opened, start=1):
                bill = bill_account(account=account, since=first, until=last, by=reader)
                assert bill is not None
                if place % (16 if left else 8):
                    (late if place % 25 == 0 else punctual).append(bill)
        for bills, after in ((punctual, PAID_AFTER), (late, PAID_LATE_AFTER)):
            with at(last + after):
                for bill in bills:
                    billing.pay_bills(
                        bills=[bill], method=PayMethod.WECHAT, by=cashier, reference=f"演示微信 {bill.pk}"
                    )


def read(standing: ledger.Standing, used: int, day: date) -> None:
    """Read a meter through which some m³ have run since the last time; its register may go round."""
    shown = standing.value + used
    billing.record_reading(
        account=standing.account,
        reading=shown % TURN,
        read_on=day,
        by=member(Role.BUSINESS_CLERK),
        rolled_over=shown >= TURN,
    )


def begin_month(opened: list[MeterAccount], city: City) -> None:
    """The present month: each account read and billed as far as its book is, and what is out of the ordinary."""
    today, reader = timezone.localdate(), member(Role.BUSINESS_CLERK)
    period = period_of(BillingCycle.MONTHLY, today)
    for place, account in enumerate(opened, start=1):
        assert account.book is not None
        every, billed = READ_NOW.get(account.book.code, (0, False))
        if place == OddOne.SENDS_A_PHOTOGRAPH:
            _send_a_photograph(account, today)
        if place == OddOne.CHANGES_THE_METER:
            _change_the_meter(account, today)
        if every and account.order_in_book is not None and account.order_in_book % every == 0:
            standing = ledger.standing(account)
            assert standing is not None
            read(standing, city.draw.randint(4, 28), today)
            if billed:
                bill_account(account=account, since=period.start, until=today, by=reader)


def _send_a_photograph(account: MeterAccount, today: date) -> None:
    clerk, standing = member(Role.COUNTER_CLERK), ledger.standing(account)
    assert standing is not None
    shown = standing.value + 9
    billing.record_reading(
        account=account,
        reading=shown,
        read_on=today,
        by=clerk,
        photograph=store_upload(picture_of(shown), by=clerk),
        remark="用户微信发来",
    )


def _change_the_meter(account: MeterAccount, today: date) -> None:
    standing = ledger.standing(account)
    assert standing is not None
    assert account.meter is not None
    billing.change_meter(
        account=account,
        last_reading=standing.value + 3,
        number=f"{account.meter.number}-2",
        calibre=account.meter.calibre,
        first_reading=0,
        on=today,
        by=member(Role.BUSINESS_CLERK),
        remark="表停走，换新表",
    )
    account.refresh_from_db()


def picture_of(figure: int) -> SimpleUploadedFile:
    """A drawn register that shows a figure; it stands for a photograph."""
    picture = Image.new("RGB", (480, 360), "#cfd8dc")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((60, 10, 420, 350), fill="white", outline="#37474f", width=8)
    for place, digit in enumerate(f"{figure:05d}"):
        left = 110 + place * 52
        draw.rectangle((left, 120, left + 46, 190), fill="#263238")
        draw.text((left + 13, 128), digit, fill="white", font=ImageFont.load_default(44))
    draw.text((200, 215), "m3 DEMO", fill="#37474f", font=ImageFont.load_default(22))
    kept = io.BytesIO()
    picture.save(kept, "JPEG")
    return SimpleUploadedFile("meter.jpg", kept.getvalue(), content_type="image/jpeg")


def ask_waiver() -> None:
    """Somebody whose bill is late asks to have the late charge let off; the business office manager decides."""
    today = timezone.localdate()
    overdue = Bill.objects.unpaid().filter(pay_by__lt=today).order_by("pay_by", "-pk")
    bill = next((bill for bill in overdue if ledger.late_charge(bill, today)), None)
    if bill is not None:
        billing.ask_waiver(bill=bill, reason="用户住院，未能按期交费（演示）", by=member(Role.COUNTER_CLERK))
