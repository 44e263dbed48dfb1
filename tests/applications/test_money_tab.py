"""The money of a case: the next thing, the same payment twice, receipts on record, the end of the statement."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from applications.engine.doors import perform, work
from applications.engine.refusals import BadInput, DoneBefore, NotHere
from applications.models import Application
from applications.money_tab import money_context
from applications.presenters import CasePage
from applications.stages import Stage
from applications.tour.cast import colleague, scan
from applications.tour.new_connection import Tour
from billing import services as billing
from billing.deposit_kinds import months_later
from billing.models import Bill, PaymentNotice, Receipt, ReceiptPrint
from tests.cases import indebt, person
from waterservice.calendar import calendar

CaseAt = Callable[..., Application]
TourTo = Callable[..., Tour]
PAYMENT = {"amount": "128000.00", "method": "transfer", "reference": "T-1"}


def pay(case: Application, **changes: str) -> Application:
    return work(case, "take_payment", by=colleague(Role.CASHIER), data=PAYMENT | changes)


def next_thing(case: Application, role: Role) -> str | None:
    context = money_context(CasePage(Application.objects.get(pk=case.pk), colleague(role)))
    following = context["next_task"]
    assert following not in context["other_tasks"]
    return following.name if following else None


# -- the next sensible thing -------------------------------------------------------------------------------


def test_the_next_thing_is_what_the_balance_asks_for(case_at: CaseAt) -> None:
    case = case_at(Stage.PROJECT_FEE)
    assert next_thing(case, Role.CASHIER) == "take_payment"
    assert next_thing(case, Role.COUNTER_CLERK) is None
    case = pay(case, amount="128000.50", keep_credit="on")
    assert next_thing(case, Role.CASHIER) == "pay_back"
    case = work(
        case,
        "pay_back",
        by=colleague(Role.CASHIER),
        data={"amount": "0.50", "method": "cash", "reason": "多收"},
    )
    assert next_thing(case, Role.CASHIER) is None


def test_water_bills_come_first(case_at: CaseAt) -> None:
    case = case_at(Stage.ARREARS_CHECK)
    indebt(case)
    assert next_thing(case, Role.CASHIER) == "pay_bills"
    assert next_thing(case, Role.BUSINESS_CLERK) == "record_arrears_check"


def test_the_tab_shows_the_balance_after_each_line_and_when_to_pay(client: Client, case_at: CaseAt) -> None:
    case = case_at(Stage.PROJECT_FEE)
    case = pay(case, amount="28000.00")
    client.force_login(colleague(Role.CASHIER))
    page = client.get(f"{case.get_absolute_url()}?tab=money").content.decode()
    notice = PaymentNotice.objects.get()
    for word in ("¥128,000.00", "¥28,000.00", "¥100,000.00", f"to be paid by {notice.pay_by:%Y-%m-%d}", "take_payment"):
        assert word in page, word
    with time_machine.travel(timezone.now() + timedelta(days=30)):
        client.force_login(colleague(Role.CASHIER))
        assert "overdue" in client.get(f"{case.get_absolute_url()}?tab=money").content.decode()


def test_receipts_are_opened_by_those_who_may_read_them(client: Client, case_at: CaseAt) -> None:
    case = pay(case_at(Stage.PROJECT_FEE))
    receipt = f"/billing/receipts/{Receipt.objects.get().number}/"
    for role, opens in ((Role.COUNTER_CLERK, True), (Role.AUDITOR, True), (Role.DESIGNER, False)):
        client.force_login(colleague(role))
        page = client.get(f"{case.get_absolute_url()}?tab=money").content.decode()
        assert (receipt in page) == opens
        assert client.get(receipt).status_code == (200 if opens else 403)


# -- payment notices ---------------------------------------------------------------------------------------


def test_a_notice_is_on_record_with_its_day_and_can_be_issued_anew(case_at: CaseAt) -> None:
    case = case_at(Stage.PROJECT_FEE)
    first = PaymentNotice.objects.get()
    asked_until = calendar().working_day_from(timezone.localdate() + timedelta(days=10))
    assert (first.amount, first.pay_by) == (Decimal("128000.00"), asked_until)
    until = timezone.localdate() + timedelta(days=20)
    case = work(case, "notify_of_payment", by=colleague(Role.COUNTER_CLERK), data={"pay_by": until})
    assert case.statement.notices.first().pay_by == until
    assert case.papers.filter(kind="payment_notice").count() == 2


def test_a_budget_that_earlier_payments_cover_asks_for_nothing(tour_to: TourTo) -> None:
    """Sent back after the fee was paid: the same budget again finds its credit."""
    tour = tour_to(Stage.CONSTRUCTION_AGREEMENT)
    back = {"to": Stage.BUDGET, "reason": "改图"}
    tour.case = perform(tour.case, "send_back", by=colleague(Role.COUNTER_CLERK), data=back)
    while tour.case.stage != Stage.PROJECT_FEE:
        tour.pass_stage()
    assert tour.case.statement.balance == 0
    assert PaymentNotice.objects.count() == 1


# -- the same payment twice --------------------------------------------------------------------------------


def test_a_second_click_is_answered_with_the_first_receipt_and_moves_no_case(client: Client, case_at: CaseAt) -> None:
    case = case_at(Stage.PROJECT_FEE)
    client.force_login(colleague(Role.CASHIER))
    address = f"{case.get_absolute_url()}tasks/take_payment/"
    client.post(address, PAYMENT | {"revision": str(case.revision)})
    moved: Any = Application.objects.get(pk=case.pk)
    again = client.post(address, PAYMENT | {"revision": str(case.revision)}, follow=True)
    receipt = Receipt.objects.get()
    assert again.status_code == 200
    assert f"receipt {receipt.number} over ¥128,000.00" in again.content.decode()
    assert Application.objects.get(pk=case.pk).revision == moved.revision
    assert moved.timeline.filter(action="take_payment").count() == 1


def test_the_answer_is_for_those_who_may_take_payments(case_at: CaseAt) -> None:
    case = pay(case_at(Stage.PROJECT_FEE))
    with pytest.raises(DoneBefore, match="SJ"):
        pay(case)
    with pytest.raises(NotHere):
        work(case, "take_payment", by=colleague(Role.COUNTER_CLERK), data=PAYMENT)


def test_water_bills_paid_twice_are_answered_too(case_at: CaseAt) -> None:
    case = case_at(Stage.ARREARS_CHECK)
    indebt(case)
    bill = case.applicant.bills.get()
    data = {"bills": [bill.pk], "method": "wechat", "reference": "W-1"}
    case = work(case, "pay_bills", by=colleague(Role.CASHIER), data=data)
    with pytest.raises(DoneBefore, match="SJ"):
        work(case, "pay_bills", by=colleague(Role.CASHIER), data=data)


def test_the_receipt_that_a_payment_issues_is_its_first_printing(case_at: CaseAt) -> None:
    case = pay(case_at(Stage.PROJECT_FEE))
    printed = ReceiptPrint.objects.get()
    assert (printed.place, printed.file) == (1, case.papers.get(kind="receipt").file)


def test_the_receipt_of_a_case_leaves_once_as_itself_and_is_marked_afterwards(case_at: CaseAt) -> None:
    """NC-5: to the first who may print it; an auditor's look is none."""
    case = pay(case_at(Stage.PROJECT_FEE))
    paper, client = case.papers.get(kind="receipt"), Client()

    def look(role: Role) -> bytes:
        client.force_login(colleague(role))
        answer = client.get(reverse("applications:paper", args=[case.number, paper.pk]))
        return b"".join(answer.streaming_content)  # type: ignore[attr-defined]

    with paper.file.open() as content:
        original = content.read()
    assert look(Role.AUDITOR) != original
    assert look(Role.CASHIER) == original
    assert look(Role.CASHIER) != original


# -- the end of a case -------------------------------------------------------------------------------------


def test_a_completed_case_closes_its_statement(case_at: CaseAt) -> None:
    case = case_at(Stage.COMPLETED)
    case.statement.refresh_from_db()
    assert case.statement.closed_at is not None


def test_a_withdrawn_case_closes_its_statement(case_at: CaseAt) -> None:
    case = perform(case_at(Stage.PROJECT_FEE), "withdraw", by=colleague(Role.COUNTER_CLERK), data={"reason": "不办了"})
    case.statement.refresh_from_db()
    assert (case.stage, case.statement.closed_at is not None) == (Stage.WITHDRAWN, True)


@pytest.mark.usefixtures("plain_papers", "db")
def test_a_completed_case_with_a_held_deposit_stays_in_sight_until_it_goes_back() -> None:
    """NC-C5: the deposit goes back a year after water on, and only then its statement closes."""
    brief = person(expected_m3_month=Decimal(100))
    tour = Tour(amount=Decimal(9000), settlement=Decimal(9000), try_early=False, brief=brief)
    case = tour.play_to(Stage.COMPLETED)
    statement = case.statement
    statement.refresh_from_db()
    assert (statement.ended_at is not None, statement.closed_at) == (True, None)
    deposit, holder = statement.deposits.get(), statement.customer
    assert deposit.refund_due_on == months_later(timezone.localdate(), 12)
    with time_machine.travel(timezone.now() + timedelta(days=366)):
        order = billing.prepare_refund(
            deposit=deposit,
            collector=billing.Collector(name=holder.name, identity_number=holder.identity_number),
            signed=scan("refund"),
            by=colleague(Role.BUSINESS_CLERK),
        )
        billing.pay_out_deposit(order=order, method="cash", by=colleague(Role.CASHIER))
    statement.refresh_from_db()
    assert statement.closed_at is not None


def test_a_refund_paid_out_by_mistake_is_reversed_by_somebody_else_than_its_cashier(case_at: CaseAt) -> None:
    """NC-8: and then the payment, of which it was a part."""
    case = pay(case_at(Stage.PROJECT_FEE), amount="128000.50", keep_credit="on")
    values = {"amount": "0.50", "method": "cash", "reason": "多收"}
    case = work(case, "pay_back", by=colleague(Role.CASHIER), data=values)
    payment, refund = case.statement.lines.get(kind="payment"), case.statement.lines.get(kind="refund")
    duty = colleague(Role.DUTY_MANAGER)
    case = work(case, "reverse_payment", by=duty, data={"line": refund.pk, "reason": "付错人"})
    assert case.statement.balance == Decimal("-0.50"), "it is credit again"
    assert case.timeline.latest("pk").note == "Refund ¥0.50: 付错人"
    case = work(case, "reverse_payment", by=duty, data={"line": payment.pk, "reason": "银行退票"})
    assert "reverse_payment" not in {task.name for task in CasePage(case, duty).tasks}, "nothing is left to reverse"


def test_nobody_reverses_the_refund_that_they_paid_out(case_at: CaseAt) -> None:
    case = pay(case_at(Stage.PROJECT_FEE), amount="128000.50", keep_credit="on")
    duty = colleague(Role.DUTY_MANAGER)
    billing.refund(statement=case.statement, amount=Decimal("0.50"), method="cash", reason="多收", by=duty)
    refund = case.statement.lines.get(kind="refund")
    with pytest.raises(BadInput) as refused:
        work(case, "reverse_payment", by=duty, data={"line": refund.pk, "reason": "付错人"})
    assert "yourself" in str(refused.value.errors)


# -- the day on which it was paid ----------------------------------------------------------------------------


def test_a_case_takes_water_bills_of_the_day_on_which_the_bank_had_them(case_at: CaseAt, client: Client) -> None:
    """NC-3, NC-9: recorded after the last day to pay, received before it: no late charge."""
    case = case_at(Stage.ARREARS_CHECK)
    indebt(case)
    bill = Bill.objects.get(customer=case.applicant)
    with time_machine.travel(timezone.now() + timedelta(days=40)):
        client.force_login(colleague(Role.CASHIER))
        page = client.get(reverse("applications:task", args=[case.number, "pay_bills"])).content.decode()
        assert reverse("billing:due") in page
        values = {"bills": [bill.pk], "method": "transfer", "reference": "T-9", "happened_on": bill.pay_by.isoformat()}
        work(case, "pay_bills", by=colleague(Role.CASHIER), data=values)
    payment = bill.payments.get()
    assert (payment.happened_on, payment.taken) == (bill.pay_by, bill.amount)


def test_a_fee_that_the_bank_had_earlier_is_of_that_day(case_at: CaseAt) -> None:
    case = case_at(Stage.PROJECT_FEE)
    day = timezone.localdate()
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        with pytest.raises(BadInput):
            pay(case, method="cash", reference="", happened_on=day.isoformat())
        pay(case, happened_on=day.isoformat())
    assert case.statement.lines.get(method="transfer").happened_on == day
