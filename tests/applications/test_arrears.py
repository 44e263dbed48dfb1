"""Where the counter sees arrears: at intake, on the case, at the check; and what the gate says (NC-2, NC-3)."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.core.management import call_command
from django.db.models import Max
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import services as registry
from accounts.models import MeterAccount
from accounts.roles import Role
from applications.engine.doors import perform, work
from applications.engine.refusals import Unmet
from applications.models import Application
from applications.stages import Stage
from applications.tour.cast import colleague
from applications.tour.new_connection import Tour
from billing import services as billing
from billing.models import ArrearsCheck, Bill
from tests.cases import indebt, person

CaseAt = Callable[..., Application]


@pytest.fixture
def client_of(client: Client) -> Callable[[Role], Client]:
    def sign_in(role: Role) -> Client:
        client.force_login(colleague(role))
        return client

    return sign_in


def indebt_a_neighbour(case: Application, *, days_late: int = 0) -> Bill:
    """Let somebody else's account at the place of the case owe a bill of 10 m³."""
    clerk = colleague(Role.COUNTER_CLERK)
    neighbour = registry.register_customer(by=clerk, **{**person().customer, "name": "原户主（演示）"})
    account = registry.open_account(
        holder=neighbour, premises=case.premises, kind_of_use="residential", cycle="monthly", by=clerk
    )
    today = timezone.localdate()
    registry.set_meter(
        account=account, number="M88", calibre=15, first_reading=0, by=clerk, installed_on=today - timedelta(days=90)
    )
    account = registry.activate_account(account=account, on=today - timedelta(days=90), by=clerk)
    issued = today - timedelta(days=20 + days_late)
    return billing.issue_bill(
        account=account,
        period_start=issued,
        period_end=issued,
        opening=0,
        closing=10,
        by=clerk,
        issued_on=issued,
        pay_by=issued + timedelta(days=20),
    )


def words_of(page: bytes) -> str:
    """A page's text without its markup, spaces as one."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.decode())))


def test_intake_shows_each_bill_by_part_with_who_owes_it_and_the_way_to_the_till(
    client_of: Callable[[Role], Client], case_at: CaseAt
) -> None:
    case = case_at(Stage.ARREARS_CHECK)
    owed, others = indebt(case), indebt_a_neighbour(case)
    place = case.premises
    answer = client_of(Role.COUNTER_CLERK).get(
        "/cases/new/known/",
        {
            "identity_number": case.applicant.identity_number,
            **{part: getattr(place, part) for part in ("district", "road", "lane", "number", "room")},
        },
    )
    words = words_of(answer.content)
    assert f"Arrears: ¥{owed + others.amount}" in words
    assert words.index("On the applicant's own accounts") < words.index("Owed by former holders or others")
    assert "原户主（演示）" in words
    assert words.count("Together") == 2
    own = MeterAccount.objects.get(holder=case.applicant)
    for account in (own, others.account):
        assert f'href="{reverse("billing:account", args=[account.number])}"' in answer.content.decode()


def test_the_money_tab_shows_arrears_with_their_late_charge_and_the_checks_made(
    client_of: Callable[[Role], Client], case_at: CaseAt
) -> None:
    case = case_at(Stage.ARREARS_CHECK)
    bill = indebt_a_neighbour(case, days_late=10)
    case = work(case, "record_arrears_check", by=colleague(Role.BUSINESS_CLERK), data={"note": "电话告知"})
    words = words_of(client_of(Role.BUSINESS_CLERK).get(f"{case.get_absolute_url()}?tab=money").content)
    assert f"Unpaid water bills: ¥{bill.amount}" in words
    assert "Late charge today" in words
    assert "come on top" in words
    assert f"{colleague(Role.BUSINESS_CLERK)}: ¥{bill.amount} owed, bills: 1" in words
    assert "电话告知" in words
    assert ArrearsCheck.objects.get().bills[0]["part"] == "others"


def test_who_may_not_open_the_till_gets_no_link_to_it(client_of: Callable[[Role], Client], case_at: CaseAt) -> None:
    case = case_at(Stage.ARREARS_CHECK)
    number = indebt_a_neighbour(case).account.number
    page = client_of(Role.RESPONSIBLE_LEADER).get(f"{case.get_absolute_url()}?tab=money").content.decode()
    assert number in page
    assert reverse("billing:account", args=[number]) not in page


def test_the_check_shows_what_it_is_about_to_record(client_of: Callable[[Role], Client], case_at: CaseAt) -> None:
    case = case_at(Stage.ARREARS_CHECK)
    address = f"{case.get_absolute_url()}tasks/record_arrears_check/"
    clerk = client_of(Role.BUSINESS_CLERK)
    assert "Nothing is owed" in words_of(clerk.get(address).content)
    bill = indebt_a_neighbour(case)
    words = words_of(clerk.get(address).content)
    assert "Nothing is owed" not in words
    assert bill.account.number in words


@pytest.fixture
def debtors(tour_to: Callable[..., Tour]) -> tuple[Application, Decimal, Bill]:
    """A case whose arrears are to be settled: what the applicant owes, and the bill of a neighbour."""
    tour = tour_to(Stage.ARREARS_CHECK)
    own, others = indebt(tour.case), indebt_a_neighbour(tour.case)
    tour.pass_stage()
    assert tour.case.stage == Stage.ARREARS_SETTLEMENT
    return tour.case, own, others


def test_the_gate_names_accounts_and_bills_and_says_apart_what_others_owe(
    debtors: tuple[Application, Decimal, Bill],
) -> None:
    case, own, others = debtors
    with pytest.raises(Unmet) as refusal:
        perform(case, "confirm_settled", by=colleague(Role.COUNTER_CLERK))
    said = str(refusal.value)
    account = MeterAccount.objects.get(holder=case.applicant)
    assert f"Water bills of {own} yuan are unpaid (account {account.number}, bills: 1)" in said
    assert f"{others.amount} yuan of water bills are owed by 原户主（演示） (account {others.account.number}" in said
    assert "NC-3" in said


def test_a_case_that_waits_for_money_goes_on_in_the_daily_run_once_it_was_paid_at_the_till(
    debtors: tuple[Application, Decimal, Bill],
) -> None:
    case, _own, _others = debtors
    counter = colleague(Role.COUNTER_CLERK)
    data = {"kind": "money", "reason": "等用户", "awaited": "水费"}
    case = perform(case, "suspend", by=counter, data=data)
    call_command("tick", stdout=io.StringIO())
    case = Application.objects.get(pk=case.pk)
    assert case.suspended
    billing.pay_bills(bills=list(Bill.objects.unpaid()), method="cash", by=colleague(Role.CASHIER))
    said = io.StringIO()
    call_command("tick", stdout=said)
    assert "1 suspended case goes on." in said.getvalue()
    case = Application.objects.get(pk=case.pk)
    assert not case.suspended
    entry = case.timeline.latest("pk")
    assert (entry.action, entry.automatic) == ("resume", True)
    # It ends when the money came, not when the run found it.
    assert case.suspensions.get().ended_at == Bill.objects.aggregate(at=Max("settled_at"))["at"]


def test_paid_at_the_till_the_gate_opens(debtors: tuple[Application, Decimal, Bill]) -> None:
    """Whoever pays what others owe, the place is free."""
    case, _own, _others = debtors
    cashier = colleague(Role.CASHIER)
    billing.pay_bills(bills=list(Bill.objects.unpaid()), method="cash", by=cashier)
    assert perform(case, "confirm_settled", by=colleague(Role.COUNTER_CLERK)).stage == Stage.SURVEY
