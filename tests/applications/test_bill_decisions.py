"""Waivers and reversals of bills stand in the manager's queue; whoever asked is told the answer (NC-9, NC-13)."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from applications.stages import Stage
from applications.tour.cast import colleague
from billing import services
from billing.models import Bill, BillReversal
from tests.cases import CaseAt, indebt


@pytest.fixture
def asked(case_at: CaseAt) -> BillReversal:
    """A reversal of a bill that somebody of the business office asked for."""
    case = case_at(Stage.ARREARS_CHECK)
    indebt(case)
    bill = Bill.objects.get(customer=case.applicant)
    return services.ask_bill_reversal(bill=bill, reason="误抄", by=colleague(Role.BUSINESS_CLERK))


def shown(client: Client, user: User, address: str = "/") -> str:
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return str(client.get(address, follow=True).content.decode())


def test_the_business_office_manager_finds_bills_in_the_queue(client: Client, asked: BillReversal) -> None:
    page = shown(client, colleague(Role.BUSINESS_MANAGER))
    assert "1 bill waits for your decision" in page
    assert "1 thing waits for your decision" in page
    assert reverse("billing:decisions") in page
    assert "bill waits" not in shown(client, colleague(Role.DUTY_MANAGER))


def test_who_asked_finds_the_answer_at_home_until_the_next_working_day_is_over(
    client: Client, asked: BillReversal
) -> None:
    office = colleague(Role.BUSINESS_CLERK)
    services.decide_bill_reversal(reversal=asked, grant=False, by=colleague(Role.BUSINESS_MANAGER), opinion="读数无误")
    page = shown(client, office)
    assert "读数无误" in page
    assert reverse("billing:bill", args=[asked.bill_id]) in page
    assert "读数无误" not in shown(client, colleague(Role.COUNTER_CLERK))
    with time_machine.travel(timezone.now() + timedelta(days=15)):
        assert "读数无误" not in shown(client, office)
