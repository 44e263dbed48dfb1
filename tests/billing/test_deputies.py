"""A deputy at the till and in the business office: whose right it is, in whose name it stands, whose eyes they are."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.deputies import end_delegation
from accounts.models import Role, User
from billing import services
from billing.day_forms import DayForm
from billing.models import BillReversal, Statement
from tests.billing.conftest import Enter, Make, body, staff
from tests.billing.test_days import close, pay
from tests.people import stand_in

WHY = "抄表误读"
REVERSALS = "/billing/decisions/?kind=reversals"


@pytest.fixture
def wang(db: None) -> User:
    return staff("wang")


@pytest.fixture
def asked(new_account: Make, new_bill: Make, office_clerk: User) -> BillReversal:
    return services.ask_bill_reversal(bill=new_bill(new_account()), reason=WHY, by=office_clerk)


def test_a_decision_on_the_page_says_for_whom(
    asked: BillReversal, wang: User, office_manager: User, enter: Enter
) -> None:
    client, address = enter(wang), reverse("billing:decide-reversals", args=[asked.pk])
    assert client.post(address, {"grant": "yes"}).status_code == 403
    made = stand_in(wang, Role.BUSINESS_MANAGER, giver=office_manager)
    assert client.post(address, {"grant": "yes"}).status_code == 302
    asked.refresh_from_db()
    assert (asked.decided_by, asked.decided_on_behalf_of) == (wang, office_manager)
    assert "Wang (for Office-Manager)" in body(client.get(REVERSALS))
    end_delegation(delegation=made, by=office_manager)
    assert client.get(REVERSALS).status_code == 403


def test_nobody_decides_on_what_the_one_they_stand_in_for_asked(
    asked: BillReversal, wang: User, office_clerk: User, enter: Enter
) -> None:
    wang.role_assignments.create(role=Role.BUSINESS_MANAGER)
    stand_in(wang, Role.BUSINESS_CLERK, giver=office_clerk)
    client = enter(wang)
    assert "somebody else decides" in body(client.get(REVERSALS))
    answer = client.post(reverse("billing:decide-reversals", args=[asked.pk]), {"grant": "yes"})
    assert answer.status_code == 422
    asked.refresh_from_db()
    assert asked.status == BillReversal.Status.ASKED


def test_nobody_decides_on_what_was_asked_in_their_name(
    new_account: Make, new_bill: Make, wang: User, office_clerk: User, enter: Enter
) -> None:
    stand_in(wang, Role.BUSINESS_CLERK, giver=office_clerk)
    bill = new_bill(new_account())
    enter(wang).post(reverse("billing:ask-reversal", args=[bill.pk]), {"reason": WHY})
    asked = BillReversal.objects.get()
    assert (asked.asked_by, asked.asked_on_behalf_of) == (wang, office_clerk)
    office_clerk.role_assignments.create(role=Role.BUSINESS_MANAGER)
    with pytest.raises(ValidationError, match="Nobody decides on what they asked for"):
        services.decide_bill_reversal(reversal=asked, grant=True, by=office_clerk)


def test_nobody_countersigns_the_day_of_the_cashier_they_stand_in_for(
    owing: Statement, cashier: User, manager: User
) -> None:
    pay(owing, cashier)
    sheet = close(cashier)
    stand_in(manager, Role.CASHIER, giver=cashier)
    manager.forget_seats()
    with pytest.raises(ValidationError, match="their own day"):
        services.countersign_day(sheet=sheet, by=manager)


def test_nobody_takes_back_a_payment_of_the_cashier_they_stand_in_for(
    owing: Statement, cashier: User, manager: User
) -> None:
    receipt = pay(owing, cashier)
    stand_in(manager, Role.CASHIER, giver=cashier)
    manager.forget_seats()
    assert receipt.line is not None
    with pytest.raises(ValidationError, match="Somebody else must reverse it"):
        services.reverse_line(line=receipt.line, reason="收错", by=manager)


def test_the_takings_of_a_deputy_can_be_looked_at_by_themselves(wang: User, cashier: User) -> None:
    stand_in(wang, Role.CASHIER, giver=cashier)
    assert set(DayForm().fields["cashier"].queryset) == {wang, cashier}  # type: ignore[attr-defined]
