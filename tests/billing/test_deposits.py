"""Deposits (NC-C5, HM-5, HM-8, OT-2): the sum shown, held while paid, their term, back to the last fen."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils.translation import override

from accounts.models import BillingCycle, KindOfUse, MeterAccount, User
from billing import selectors, services
from billing.deposit_kinds import KINDS, months_later
from billing.models import Bill, Deposit, DepositMove, DepositOrder, LineKind, Receipt, Statement
from billing.services.deposits import Collector
from tests.billing.conftest import NOW, TODAY, Make, holder_of, refused_by_the_database, scan, without_triggers

YUAN = Decimal
ONE_YEAR_AGO = date(2025, 6, 15)


def charge(statement: Statement, by: User, m3: str = "150", clause: str = "NC-C5", **columns: object) -> Deposit:
    return services.charge_deposit(
        statement=statement,
        clause=clause,
        monthly_m3=YUAN(m3),
        kind_of_use=KindOfUse.RESIDENTIAL,
        by=by,
        **columns,  # type: ignore[arg-type]
    )


@pytest.fixture
def account(new_account: Make, statement: Statement) -> MeterAccount:
    opened: MeterAccount = new_account(holder=statement.customer)
    return opened


@pytest.fixture
def held(prices: None, statement: Statement, account: MeterAccount, clerk: User, cashier: User) -> Deposit:
    """3,830.00 yuan of a large user whose term has not begun."""
    deposit = charge(statement, clerk, account=account)
    services.record_payment(statement=statement, amount=YUAN("3830.00"), method="cash", by=cashier)
    return deposit


@pytest.fixture
def due(held: Deposit, clerk: User) -> Deposit:
    """The same, its year over today."""
    services.begin_deposit_terms(statement=held.statement, on=ONE_YEAR_AGO, by=clerk)
    held.refresh_from_db()
    return held


def refund(deposit: Deposit, office_clerk: User, cashier: User, **columns: object) -> list[DepositMove]:
    order = services.prepare_refund(
        deposit=deposit,
        collector=holder_of(deposit),
        signed=scan(),
        by=office_clerk,
        **columns,  # type: ignore[arg-type]
    )
    return services.pay_out_deposit(order=order, method="cash", by=cashier)


# -- the sum -----------------------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_the_sum_is_computed_and_shown(prices: None, statement: Statement, clerk: User) -> None:
    deposit = charge(statement, clerk)
    assert deposit.amount == statement.balance == YUAN("3830.00")
    assert deposit.basis == "12 × 150 m³ = 180 × 5.000 + 80 × 7.000 + 1540 × 9.000; × 3/12 = ¥3,830.00"
    assert selectors.charged(statement, "deposit:NC-C5") == YUAN("3830.00")


def test_a_household_pays_thirty_days(prices: None, statement: Statement, clerk: User) -> None:
    deposit = charge(statement, clerk, "10", "HM-5")
    assert deposit.basis == "12 × 10 m³ = 120 × 5.000; × 30/365 = ¥49.32", "600 × 30/365 is 49.315…"
    assert deposit.amount == YUAN("49.32")


@pytest.mark.parametrize(
    ("cycle", "amount"),
    [(BillingCycle.MONTHLY, "150.00"), (BillingCycle.ODD_MONTHS, "300.00"), (BillingCycle.EVEN_MONTHS, "300.00")],
)
def test_a_developer_pays_three_of_its_cycles(
    prices: None, statement: Statement, clerk: User, cycle: str, amount: str
) -> None:
    assert charge(statement, clerk, "10", "OT-2", cycle=cycle).amount == YUAN(amount)


def test_the_sum_is_rounded_half_up_to_the_fen(prices: None, statement: Statement, clerk: User) -> None:
    """Three months of a litre at 5.000 yuan a cubic metre: a fen and a half."""
    assert charge(statement, clerk, "0.001").amount == YUAN("0.02")


def test_a_deposit_of_nothing_or_of_an_unknown_clause_is_refused(
    prices: None, statement: Statement, clerk: User
) -> None:
    with pytest.raises(ValidationError):
        charge(statement, clerk, "0")
    with pytest.raises(KeyError):
        charge(statement, clerk, clause="NC-1")
    assert not Deposit.objects.exists()


def test_a_clause_is_charged_once(prices: None, statement: Statement, clerk: User) -> None:
    charge(statement, clerk)
    with pytest.raises(ValidationError):
        charge(statement, clerk)
    assert Deposit.objects.count() == 1


# -- held ----------------------------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_a_deposit_is_held_once_everything_is_paid(
    prices: None, statement: Statement, clerk: User, cashier: User
) -> None:
    deposit = charge(statement, clerk)
    services.record_payment(statement=statement, amount=YUAN("3829.99"), method="cash", by=cashier)
    assert not deposit.held
    assert not selectors.held_deposits(statement)
    services.record_payment(statement=statement, amount=YUAN("0.01"), method="cash", by=cashier)
    assert deposit.held
    assert list(selectors.held_deposits(statement)) == list(selectors.held_deposits()) == [deposit]


def test_a_refund_of_credit_does_not_reach_into_a_held_deposit(
    held: Deposit, statement: Statement, cashier: User
) -> None:
    services.record_payment(statement=statement, amount=YUAN("10.00"), method="cash", by=cashier, keep_credit=True)
    with pytest.raises(ValidationError, match=r"10.00"):
        services.refund(statement=statement, amount=YUAN("10.01"), method="cash", reason="x", by=cashier)
    services.refund(statement=statement, amount=YUAN("10.00"), method="cash", reason="x", by=cashier)
    assert held.held


@pytest.mark.embedded
def test_a_deposit_whose_charge_is_reversed_has_ended(held: Deposit, statement: Statement, manager: User) -> None:
    services.reverse_line(line=held.line, reason="不再是大用户", by=manager)
    held.refresh_from_db()
    assert held.ended_at is not None
    assert not held.held
    assert not selectors.held_deposits(statement)
    assert statement.balance == YUAN("-3830.00"), "what was paid stays, as credit"


def test_a_deposit_stays_on_the_list_after_its_case_has_ended(
    due: Deposit, statement: Statement, clerk: User, office_clerk: User, cashier: User
) -> None:
    services.end_statement(statement=statement, by=clerk)
    statement.refresh_from_db()
    assert statement.closed_at is None
    assert list(selectors.refunds_due(TODAY)) == [due]
    refund(due, office_clerk, cashier)
    statement.refresh_from_db()
    assert statement.closed_at is not None, "the last deposit closes the statement of a case that has ended"
    assert not selectors.refunds_due(TODAY)


# -- the term ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clause", "on", "day"),
    [
        ("NC-C5", date(2025, 6, 15), date(2026, 6, 15)),
        ("NC-C5", date(2024, 2, 29), date(2025, 2, 28)),
        ("HM-5", date(2026, 5, 1), date(2026, 6, 1)),
        ("OT-2", date(2025, 11, 30), date(2026, 2, 28)),
    ],
)
def test_the_due_day_follows_from_the_day_on_which_the_term_begins(
    prices: None, statement: Statement, clerk: User, clause: str, on: date, day: date
) -> None:
    """Thirty days from 1 May end on Sunday 31 May 2026, and so on the Monday after (Civil Code art. 203)."""
    charge(statement, clerk, "10", clause, cycle=BillingCycle.MONTHLY)
    (deposit,) = services.begin_deposit_terms(statement=statement, on=on, by=clerk)
    assert (deposit.term_from, deposit.refund_due_on) == (on, day)
    assert deposit.notice_due_on == (day if clause == "HM-5" else None)
    assert services.begin_deposit_terms(statement=statement, on=TODAY, by=clerk) == [], "it begins once"


def test_a_deposit_charged_before_its_account_was_opened_asks_for_that_accounts_bills(
    prices: None, statement: Statement, account: MeterAccount, new_bill: Make, clerk: User, cashier: User
) -> None:
    """NC-C5: “returned after 1 year of normal trading and payment” also looks at what was billed since."""
    charge(statement, clerk)
    services.record_payment(statement=statement, amount=YUAN("3830.00"), method="cash", by=cashier)
    (deposit,) = services.begin_deposit_terms(statement=statement, on=ONE_YEAR_AGO, by=clerk, account=account)
    assert deposit.account == account
    assert selectors.exceptions_to_refund(deposit, TODAY) == []
    late = new_bill(account)
    (words,) = selectors.exceptions_to_refund(deposit, max(TODAY, late.pay_by + timedelta(days=1)))
    assert late.pay_by.isoformat() in words


def test_months_end_on_the_last_day_of_a_shorter_month(db: None) -> None:
    assert months_later(date(2025, 12, 31), 2) == date(2026, 2, 28)
    assert months_later(date(2026, 1, 15), 12) == date(2027, 1, 15)
    assert KINDS["NC-C5"].due_on(date(2026, 3, 1), TODAY) == date(2027, 3, 1)


@pytest.mark.parametrize(
    ("days", "colour", "words"),
    [
        (-31, "green", "in 31 days"),
        (-30, "yellow", "in 30 days"),
        (-1, "yellow", "tomorrow"),
        (0, "yellow", "due today"),
        (1, "red", "1 day overdue"),
        (9, "red", "9 days overdue"),
    ],
)
def test_how_near_the_due_day_is_has_a_colour_and_words(due: Deposit, days: int, colour: str, words: str) -> None:
    assert selectors.due_light(due, TODAY + timedelta(days=days)) == (colour, words)


def test_refunds_due_are_announced_a_month_before_the_longest_due_first(
    due: Deposit, new_customer: Make, clerk: User, cashier: User
) -> None:
    found = [due]
    for place, on in enumerate((date(2025, 1, 1), date(2025, 7, 15), date(2025, 7, 16)), start=2):
        folder = services.open_statement(
            reference=f"NC-2026-00000{place}", title="x", customer=new_customer(), by=clerk
        )
        deposit = charge(folder, clerk)
        services.record_payment(statement=folder, amount=YUAN("3830.00"), method="cash", by=cashier)
        services.begin_deposit_terms(statement=folder, on=on, by=clerk)
        found.append(deposit)
    assert list(selectors.refunds_due(TODAY)) == [found[1], found[0], found[2]], "2026-07-16 is 31 days away"
    assert selectors.deposit_counts(TODAY) == {"held": 4, "due": 3}


# -- whether it goes back ----------------------------------------------------------------------------------------


def test_before_its_day_a_deposit_goes_back_only_for_a_reason_and_with_approval(
    held: Deposit, clerk: User, office_clerk: User, office_manager: User, cashier: User
) -> None:
    services.begin_deposit_terms(statement=held.statement, on=ONE_YEAR_AGO + timedelta(days=1), by=clerk)
    held.refresh_from_db()
    assert selectors.exceptions_to_refund(held, TODAY) == ["It goes back on 2026-06-16."]
    with pytest.raises(ValidationError, match="It goes back on 2026-06-16"):
        services.prepare_refund(deposit=held, collector=holder_of(held), signed=scan(), by=office_clerk)
    order = services.prepare_refund(
        deposit=held, collector=holder_of(held), signed=scan(), reason="用户迁出", by=office_clerk
    )
    assert (order.waits_for, order.exception) == ("decision", "It goes back on 2026-06-16.")
    with pytest.raises(ValidationError, match="not approved"):
        services.pay_out_deposit(order=order, method="cash", by=cashier)
    with pytest.raises(ValidationError, match="themselves"):
        services.decide_deposit_order(order=order, grant=True, by=office_clerk)
    services.decide_deposit_order(order=order, grant=True, by=office_manager)
    (move,) = services.pay_out_deposit(order=order, method="cash", by=cashier)
    assert move.amount == YUAN("3830.00")


def test_a_household_may_collect_its_deposit_from_water_on(
    prices: None, statement: Statement, clerk: User, office_clerk: User, cashier: User
) -> None:
    """HM-8: the thirty days are a limit for the utility, which has to tell the holder, none for the holder."""
    deposit = charge(statement, clerk, "10", "HM-5")
    services.record_payment(statement=statement, amount=YUAN("49.32"), method="cash", by=cashier)
    assert selectors.exceptions_to_refund(deposit, TODAY) == ["Its term has not begun: it begins with water on."]
    services.begin_deposit_terms(statement=statement, on=TODAY, by=clerk)
    deposit.refresh_from_db()
    assert selectors.exceptions_to_refund(deposit, TODAY) == []
    assert refund(deposit, office_clerk, cashier)[0].amount == YUAN("49.32")


@pytest.mark.embedded
def test_one_bill_paid_late_stands_against_the_refund_of_a_large_user(
    due: Deposit, account: MeterAccount, new_bill: Make, cashier: User
) -> None:
    """NC-C5: it goes back after a year of normal trading and payment. Both bills are to be paid by 30 June."""
    punctual, late = new_bill(account, 1), new_bill(account, 2)
    assert selectors.late_bills([due], TODAY) == {}
    services.pay_bills(bills=[punctual], method="cash", by=cashier)
    with time_machine.travel(NOW + timedelta(days=16)):
        day = TODAY + timedelta(days=16)
        assert selectors.late_bills([due], day) == {due.pk: late}
        assert "2026-06-30, is unpaid" in selectors.exceptions_to_refund(due, day)[0]
        services.pay_bills(bills=[late], method="cash", by=cashier)
        late.refresh_from_db()
        assert "was paid late" in selectors.exceptions_to_refund(due, day)[0]


def test_a_bill_counts_as_paid_when_the_money_moved_not_when_it_was_recorded(
    due: Deposit, account: MeterAccount, new_bill: Make, cashier: User
) -> None:
    bill: Bill = new_bill(account, 1)
    with time_machine.travel(NOW + timedelta(days=20)):
        services.pay_bills(bills=[bill], method="transfer", reference="T-1", happened_on=bill.pay_by, by=cashier)
        assert selectors.exceptions_to_refund(due, TODAY + timedelta(days=20)) == []


def test_a_payment_that_was_reversed_does_not_make_a_bill_paid_late(
    due: Deposit, account: MeterAccount, new_bill: Make, cashier: User, manager: User
) -> None:
    bill: Bill = new_bill(account, 1)
    with time_machine.travel(NOW + timedelta(days=20)):
        wrong = services.pay_bills(bills=[bill], method="transfer", reference="A1", by=cashier)
        services.reverse_receipt(receipt=wrong, reason="日期记错", by=manager)
        services.pay_bills(bills=[bill], method="transfer", reference="A1", happened_on=bill.pay_by, by=cashier)
        assert selectors.exceptions_to_refund(due, TODAY + timedelta(days=20)) == []


def test_somebody_elses_late_bill_does_not_count(
    due: Deposit, account: MeterAccount, new_bill: Make, new_account: Make
) -> None:
    new_bill(new_account(), 1)
    assert selectors.late_bills([due], TODAY + timedelta(days=60)) == {}


def test_what_changed_between_preparing_and_paying_is_seen(
    due: Deposit, account: MeterAccount, new_bill: Make, office_clerk: User, cashier: User
) -> None:
    order = services.prepare_refund(deposit=due, collector=holder_of(due), signed=scan(), by=office_clerk)
    new_bill(account, 1)
    with time_machine.travel(NOW + timedelta(days=30)), pytest.raises(ValidationError, match="prepares it anew"):
        services.pay_out_deposit(order=order, method="cash", by=cashier)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_an_approval_covers_what_it_named_and_nothing_that_came_later(
    held: Deposit,
    account: MeterAccount,
    new_bill: Make,
    clerk: User,
    office_clerk: User,
    office_manager: User,
    cashier: User,
    language: str,
) -> None:
    """Early by approval; then a bill becomes late. What was named in one language is understood in another."""
    services.begin_deposit_terms(statement=held.statement, on=TODAY, by=clerk)
    with override(language):
        order = services.prepare_refund(
            deposit=held, collector=holder_of(held), signed=scan(), reason="搬迁", by=office_clerk
        )
    services.decide_deposit_order(order=order, grant=True, by=office_manager)
    bill = new_bill(account, 1)
    with time_machine.travel(NOW + timedelta(days=30)):
        with pytest.raises(ValidationError, match="prepares it anew"):
            services.pay_out_deposit(order=order, method="cash", by=cashier)
        services.withdraw_deposit_order(order=order, by=office_clerk)
        with override(language):
            anew = services.prepare_refund(
                deposit=held, collector=holder_of(held), signed=scan(), reason="搬迁", by=office_clerk
            )
        services.decide_deposit_order(order=anew, grant=True, by=office_manager)
        services.pay_bills(bills=[bill], method="cash", by=cashier)
        (move,) = services.pay_out_deposit(order=anew, method="cash", by=cashier)
        assert move.amount == YUAN("3830.00"), "the unpaid bill that was named has been paid since"


def test_of_a_closed_account_a_deposit_goes_back_at_once(held: Deposit, account: MeterAccount) -> None:
    MeterAccount.objects.filter(pk=account.pk).update(status="closed", closed_on=TODAY)
    closed = Deposit.objects.select_related("account").get()
    assert selectors.exceptions_to_refund(closed, TODAY) == []


# -- paid back -------------------------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_a_deposit_goes_back_whole_and_once(
    due: Deposit, statement: Statement, office_clerk: User, cashier: User
) -> None:
    (move,) = refund(due, office_clerk, cashier)
    assert (move.number, move.amount, move.prepared_by, move.recorded_by) == (
        "BZ2026-0000001",
        YUAN("3830.00"),
        office_clerk,
        cashier,
    )
    assert (move.settled.kind, move.settled.method, move.settled.amount) == (LineKind.REFUND, "cash", move.amount)
    assert (statement.balance, selectors.paid(statement), selectors.charged(statement)) == (0, 0, 0)
    due.refresh_from_db()
    assert due.ended_at is not None
    assert list(selectors.deposits_of("ended")) == [due]
    with pytest.raises(ValidationError, match="not held"):
        services.prepare_refund(deposit=due, collector=holder_of(due), signed=scan(), by=office_clerk)
    with pytest.raises(ValidationError, match="nothing to pay"):
        services.pay_out_deposit(order=move.order, method="cash", by=cashier)
    assert sum(row.amount for row in selectors.takings(TODAY)) == 0


def test_a_part_goes_back_and_the_rest_stays_held(due: Deposit, office_clerk: User, cashier: User) -> None:
    refund(due, office_clerk, cashier, amount=YUAN("1000.00"))
    (left,) = selectors.held_deposits()
    assert (left.left, left.ended_at) == (YUAN("2830.00"), None)
    with pytest.raises(ValidationError, match=r"2,830\.00"):
        refund(due, office_clerk, cashier, amount=YUAN("2830.01"))
    refund(due, office_clerk, cashier, amount=YUAN("2830.00"))
    assert not selectors.held_deposits()


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "NaN", "1e9"])
def test_a_sum_that_is_none_is_refused(due: Deposit, office_clerk: User, amount: str) -> None:
    with pytest.raises(ValidationError):
        services.prepare_refund(
            deposit=due, collector=holder_of(due), signed=scan(), amount=YUAN(amount), by=office_clerk
        )


def test_an_unpaid_deposit_is_not_given_back(
    prices: None, statement: Statement, clerk: User, office_clerk: User
) -> None:
    deposit = charge(statement, clerk)
    with pytest.raises(ValidationError, match="not held"):
        services.prepare_refund(deposit=deposit, collector=holder_of(deposit), signed=scan(), by=office_clerk)


def test_who_prepares_does_not_pay(due: Deposit, office_clerk: User) -> None:
    order = services.prepare_refund(deposit=due, collector=holder_of(due), signed=scan(), by=office_clerk)
    with pytest.raises(ValidationError, match="Somebody else must pay"):
        services.pay_out_deposit(order=order, method="cash", by=office_clerk)
    assert not DepositMove.objects.exists()


def test_one_thing_is_prepared_at_a_time_and_can_be_withdrawn(due: Deposit, office_clerk: User, cashier: User) -> None:
    order = services.prepare_refund(deposit=due, collector=holder_of(due), signed=scan(), by=office_clerk)
    with pytest.raises(ValidationError, match="prepared for this deposit already"):
        services.ask_forfeiture(deposit=due, reason="x", by=office_clerk)
    services.withdraw_deposit_order(order=order, by=office_clerk)
    with pytest.raises(ValidationError, match="already"):
        services.withdraw_deposit_order(order=order, by=office_clerk)
    with pytest.raises(ValidationError, match="nothing to pay"):
        services.pay_out_deposit(order=order, method="cash", by=cashier)
    refund(due, office_clerk, cashier)


@pytest.mark.parametrize(
    ("collector", "field"),
    [
        (Collector("别人", "99000019800101100X"), "collector_identity"),
        (Collector("李代理", "", by_agent=True), "authority"),
    ],
)
def test_nobody_collects_without_being_holder_or_agent(
    due: Deposit, office_clerk: User, collector: Collector, field: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        services.prepare_refund(deposit=due, collector=collector, signed=scan(), by=office_clerk)
    assert field in refusal.value.message_dict


def test_an_agent_collects_with_authority_and_a_valid_identity(due: Deposit, office_clerk: User) -> None:
    agent = Collector("李代理", "11010519491231002x", by_agent=True)
    order = services.prepare_refund(deposit=due, collector=agent, signed=scan(), authority=scan(), by=office_clerk)
    assert (order.collector_identity, order.by_agent) == ("11010519491231002X", True)
    services.withdraw_deposit_order(order=order, by=office_clerk)
    wrong = Collector("李代理", "110105194912310021", by_agent=True)
    with pytest.raises(ValidationError) as refusal:
        services.prepare_refund(deposit=due, collector=wrong, signed=scan(), authority=scan(), by=office_clerk)
    assert "collector_identity" in refusal.value.message_dict


def test_what_a_deposit_has_paid_is_not_reversed(
    due: Deposit, office_clerk: User, cashier: User, manager: User
) -> None:
    (move,) = refund(due, office_clerk, cashier)
    for line in (move.settled, move.released, due.line):
        with pytest.raises(ValidationError):
            services.reverse_line(line=line, reason="x", by=manager)


@pytest.mark.embedded
def test_the_voucher_is_kept_once_and_says_the_sum_in_capitals(due: Deposit, office_clerk: User, cashier: User) -> None:
    (move,) = refund(due, office_clerk, cashier)
    issued = services.issue_deposit_voucher(move=move, by=cashier)
    assert issued.voucher is not None
    assert issued.voucher.intact()
    assert services.issue_deposit_voucher(move=move, by=cashier).voucher == issued.voucher


# -- set off against bills ---------------------------------------------------------------------------------------


def set_off(
    deposit: Deposit, bills: list[Bill], office_clerk: User, office_manager: User, rest: str = "refund"
) -> DepositOrder:
    order = services.prepare_offset(
        deposit=deposit,
        bills=bills,
        rest=rest,
        collector=holder_of(deposit),
        signed=scan(),
        reason="用户申请抵扣",
        by=office_clerk,
    )
    if order.waits_for == "decision":
        services.decide_deposit_order(order=order, grant=True, by=office_manager)
    return order


@pytest.mark.embedded
def test_bills_are_paid_from_the_deposit_and_the_rest_goes_back(
    due: Deposit,
    account: MeterAccount,
    new_bill: Make,
    statement: Statement,
    office_clerk: User,
    office_manager: User,
    cashier: User,
) -> None:
    bills = [new_bill(account, 1), new_bill(account, 2, 20)]
    before = sum(row.amount for row in selectors.takings(TODAY))
    order = set_off(due, bills, office_clerk, office_manager)
    offset, rest = services.pay_out_deposit(order=order, method="cash", by=cashier)
    assert (offset.amount, rest.amount) == (YUAN("150.00"), YUAN("3680.00"))
    assert offset.receipt is not None
    assert (offset.receipt.method, offset.receipt.slip, offset.receipt.amount) == (
        "deposit",
        offset.number,
        YUAN("150.00"),
    )
    assert not Bill.objects.unpaid().exists()
    assert (statement.balance, selectors.paid(statement)) == (0, 0)
    rows = selectors.takings(TODAY)
    assert sum(row.amount for row in rows) - before == YUAN("-3680.00"), "only the rest left the drawer"
    assert "deposit" not in selectors.recorded(rows)


def test_a_late_charge_is_paid_from_the_deposit_too_and_the_rest_is_kept(
    due: Deposit, account: MeterAccount, new_bill: Make, office_clerk: User, office_manager: User, cashier: User
) -> None:
    bill = new_bill(account, 1, 20)
    with time_machine.travel(NOW + timedelta(days=25)):
        order = set_off(due, [bill], office_clerk, office_manager, "keep")
        assert "is unpaid" in order.exception
        (move,) = services.pay_out_deposit(order=order, by=cashier)
        assert move.amount == YUAN("100.50"), "ten days at 0.5 per mille of 100.00 yuan"
        (left,) = selectors.held_deposits()
        assert left.left == YUAN("3729.50")


def test_bills_above_what_is_held_and_bills_of_others_are_refused(
    due: Deposit, account: MeterAccount, new_bill: Make, new_account: Make, office_clerk: User, office_manager: User
) -> None:
    with pytest.raises(ValidationError, match=r"3,830\.00 is held"):
        set_off(due, [new_bill(account, 1, 600)], office_clerk, office_manager)
    for bills in ([], [new_bill(new_account(), 1)]):
        with pytest.raises(ValidationError, match="of this holder"):
            set_off(due, bills, office_clerk, office_manager)
    with pytest.raises(ValidationError, match="the rest"):
        set_off(due, [new_bill(account, 2)], office_clerk, office_manager, "burn")


def test_a_bill_paid_meanwhile_is_not_paid_again(
    due: Deposit, account: MeterAccount, new_bill: Make, office_clerk: User, office_manager: User, cashier: User
) -> None:
    bills = [new_bill(account, 1), new_bill(account, 2)]
    order = set_off(due, bills, office_clerk, office_manager)
    services.pay_bills(bills=bills[:1], method="cash", by=cashier)
    with pytest.raises(ValidationError, match="paid or reversed meanwhile"):
        services.pay_out_deposit(order=order, method="cash", by=cashier)
    assert not DepositMove.objects.exists()
    assert Receipt.objects.count() == 2, "the number of a refused receipt is used by the next"


def test_what_was_set_off_is_not_reversed(
    due: Deposit,
    account: MeterAccount,
    new_bill: Make,
    office_clerk: User,
    office_manager: User,
    cashier: User,
    manager: User,
) -> None:
    order = set_off(due, [new_bill(account, 1)], office_clerk, office_manager, "keep")
    (move,) = services.pay_out_deposit(order=order, by=cashier)
    assert move.receipt is not None
    with pytest.raises(ValidationError, match="from a deposit"):
        services.reverse_receipt(receipt=move.receipt, reason="x", by=manager)
    bill = Bill.objects.with_outstanding().get()
    assert "paid from a deposit" in selectors.why_not_reversible(bill)
    assert "more than 110 m³" in selectors.why_not_reversible(bill), "what can be done then"


def test_no_cashier_takes_money_by_the_method_deposit(owing: Statement, cashier: User) -> None:
    with pytest.raises(ValidationError):
        services.record_payment(statement=owing, amount=YUAN("1.00"), method="deposit", by=cashier)


# -- forfeited -------------------------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_a_forfeiture_takes_effect_when_somebody_else_grants_it(
    held: Deposit, statement: Statement, office_clerk: User, office_manager: User
) -> None:
    with pytest.raises(ValidationError):
        services.ask_forfeiture(deposit=held, reason=" ", by=office_clerk)
    order = services.ask_forfeiture(deposit=held, reason="擅自转供水，经协议约定不予退还", by=office_clerk)
    with pytest.raises(ValidationError, match="themselves"):
        services.decide_deposit_order(order=order, grant=True, by=office_clerk)
    assert held.held
    services.decide_deposit_order(order=order, grant=True, opinion="同意", by=office_manager)
    (move,) = DepositMove.objects.all()
    assert (move.way, move.amount, move.recorded_by) == ("forfeit", YUAN("3830.00"), office_manager)
    assert statement.balance == 0
    assert (selectors.charged(statement, "forfeit:"), selectors.charged(statement, "deposit:")) == (move.amount, 0)
    assert not held.held


def test_a_refused_forfeiture_leaves_the_deposit_held(held: Deposit, office_clerk: User, office_manager: User) -> None:
    order = services.ask_forfeiture(deposit=held, reason="x", by=office_clerk)
    with pytest.raises(ValidationError, match="Say why"):
        services.decide_deposit_order(order=order, grant=False, by=office_manager)
    refused = services.decide_deposit_order(order=order, grant=False, opinion="证据不足", by=office_manager)
    assert (refused.status, refused.waits_for, held.held) == ("refused", "", True)
    with pytest.raises(ValidationError, match="already"):
        services.decide_deposit_order(order=order, grant=True, by=office_manager)


# -- the database ------------------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_two_people_are_kept_apart_by_the_database(due: Deposit, office_clerk: User, cashier: User) -> None:
    (move,) = refund(due, office_clerk, cashier)
    with without_triggers():
        move.pk, move.number, move._state.adding = None, "BZ2026-0000009", True
        move.recorded_by = office_clerk
        with refused_by_the_database("deposit_move_by_two_people"):
            move.save(force_insert=True)


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"decided_by": "asker", "decided_at": NOW}, "nobody_grants_their_own"),
        ({"signed": None}, "deposit_order_is_signed"),
        ({"by_agent": True}, "deposit_order_agent_has_authority"),
        ({"way": "forfeit", "reason": "x"}, "deposit_order_decided_where_due"),
        ({"amount": None}, "deposit_order_amount_fits_its_way"),
        ({"exception": "x", "status": "asked"}, "deposit_order_exception_explained"),
    ],
)
def test_an_order_that_lacks_something_is_refused_by_the_database(
    due: Deposit, office_clerk: User, changes: dict[str, object], name: str
) -> None:
    order = services.prepare_refund(deposit=due, collector=holder_of(due), signed=scan(), by=office_clerk)
    for column, value in changes.items():
        setattr(order, column, office_clerk if value == "asker" else value)
    with without_triggers(), refused_by_the_database(name):
        order.save()
