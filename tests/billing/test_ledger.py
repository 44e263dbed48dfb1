"""Whatever is done in whatever order, by one or by eight at once: money is conserved, nothing is held or paid
below zero, no receipt is lost, and every sheet agrees with the ledger."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from accounts.models import User
from billing import selectors, services
from billing.models import (
    Bill,
    BillPayment,
    DaySheet,
    Deposit,
    DepositMove,
    DepositOrder,
    DepositWay,
    LineKind,
    Receipt,
    Statement,
    StatementLine,
    TaxInvoice,
)
from tests.billing.conftest import Make, holder_of, scan, staff
from tests.billing.test_locks import at_once

YUAN = Decimal
ZERO = YUAN("0.00")
amounts = st.integers(1, 30_000).map(lambda fen: YUAN(fen) / 100)


def gap_free() -> None:
    numbers = list(Receipt.objects.order_by("pk").values_list("number", flat=True))
    assert sorted(numbers) == [f"SJ2026-{place:07d}" for place in range(1, len(numbers) + 1)]


def sheets_agree() -> None:
    """What stands on the sheets is what the two ledgers took; a closed sheet is what was kept of it."""
    of_sheets = sum((row.amount for sheet in DaySheet.objects.all() for row in selectors.takings_of(sheet)), ZERO)
    of_lines = -sum(StatementLine.objects.exclude(method="").values_list("amount", flat=True), ZERO)
    of_bills = sum(BillPayment.objects.values_list("amount", flat=True), ZERO)
    assert of_sheets == of_lines + of_bills
    for sheet in DaySheet.objects.filter(closed_at__isnull=False):
        live = [str(row.amount) for row in selectors.takings_of(sheet)]
        assert [line["amount"] for line in sheet.lines] == live


def bills_agree() -> None:
    for bill in Bill.objects.with_outstanding():
        assert bill.outstanding in (0, bill.amount)
        assert (bill.settled_at is not None) == (bill.outstanding == 0)


# -- one after the other, against a model --------------------------------------------------------------------


class Ledger(RuleBasedStateMachine):
    """One statement and three water bills; the model knows what is asked, taken, held and invoiced."""

    statement: ClassVar[Statement]
    bills: ClassVar[list[Bill]]
    cashier: ClassVar[User]
    manager: ClassVar[User]
    office: ClassVar[User]

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        self.asked: dict[str, Decimal] = {}
        self.taken = self.invoiced = self.for_bills = ZERO
        self.slips: dict[str, tuple[Decimal, str]] = {}
        self.unpaid = {bill.pk for bill in self.bills}
        self.turn = 0

    def teardown(self) -> None:
        try:
            sheets_agree()
            bills_agree()
        finally:
            transaction.set_rollback(True)
            self.example.__exit__(None, None, None)

    @property
    def owed(self) -> Decimal:
        return sum(self.asked.values(), ZERO) - self.taken

    @property
    def held(self) -> Decimal:
        return self.asked.get("deposit:NC-C5", ZERO) if self.owed <= 0 else ZERO

    def expected(self, allowed: bool, deed: Callable[[], Any]) -> Any:
        """The outcome of a deed that the model allows, or None where it must be refused and change nothing."""
        if allowed:
            return deed()
        before = StatementLine.objects.count(), BillPayment.objects.count(), Receipt.objects.count()
        with pytest.raises(ValidationError):
            deed()
        assert (StatementLine.objects.count(), BillPayment.objects.count(), Receipt.objects.count()) == before
        return None

    @rule(amount=amounts, budget=st.integers(1, 3))
    def charge(self, amount: Decimal, budget: int) -> None:
        source = f"budget:{budget}"
        line = self.expected(
            source not in self.asked,
            lambda: services.charge(
                statement=self.statement, amount=amount, description="工程款", source=source, by=self.cashier
            ),
        )
        if line:
            self.asked[source] = amount

    @rule(amount=amounts, budget=st.integers(1, 3))
    def let_off(self, amount: Decimal, budget: int) -> None:
        source = f"budget:{budget}"
        line = self.expected(
            amount <= self.asked.get(source, ZERO),
            lambda: services.reduce(
                statement=self.statement,
                amount=amount,
                description="减免",
                source=source,
                reason="x",
                by=self.cashier,
                approved_by=self.manager,
            ),
        )
        if line:
            self.asked[source] -= amount

    @rule()
    def take_charges_back(self) -> None:
        services.reverse_charges(statement=self.statement, source_prefix="budget:", reason="x", by=self.cashier)
        self.asked = {
            source: amount for source, amount in self.asked.items() if source.startswith(("deposit", "forfeit"))
        }

    @rule(m3=st.integers(1, 20))
    def charge_deposit(self, m3: int) -> None:
        deposit = self.expected(
            "deposit:NC-C5" not in self.asked,
            lambda: services.charge_deposit(
                statement=self.statement,
                clause="NC-C5",
                monthly_m3=YUAN(m3),
                kind_of_use="residential",
                by=self.cashier,
            ),
        )
        if deposit:
            self.asked["deposit:NC-C5"] = deposit.amount

    def _granted(self, prepare: Callable[[Deposit], DepositOrder]) -> DepositOrder:
        """An order about the deposit, approved; its term has not begun, so that every one needs it."""
        (held,) = selectors.held_deposits(self.statement)
        order = prepare(held)
        if order.way != "forfeit":
            services.decide_deposit_order(order=order, grant=True, by=self.manager)
        return order

    @precondition(lambda self: self.held)
    @rule(share=st.sampled_from([1, 2, 3]))
    def return_deposit(self, share: int) -> None:
        amount = max(self.held / share, YUAN("0.01")).quantize(YUAN("0.01"))
        order = self._granted(
            lambda held: services.prepare_refund(
                deposit=held, collector=holder_of(held), signed=scan(), amount=amount, reason="x", by=self.office
            )
        )
        moved = self.expected(
            self.taken - amount >= self.invoiced,
            lambda: services.pay_out_deposit(order=order, method="cash", by=self.cashier),
        )
        if moved:
            self.taken -= amount
            self.asked["deposit:NC-C5"] -= amount
        else:
            services.withdraw_deposit_order(order=order, by=self.office)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), rest=st.sampled_from(["refund", "keep"]))
    def set_off_the_deposit(self, data: st.DataObject, rest: str) -> None:
        bill = data.draw(st.sampled_from(self.bills))
        held, cost = self.held, bill.amount
        allowed = bill.pk in self.unpaid and cost <= held
        order = self.expected(
            allowed,
            lambda: self._granted(
                lambda deposit: services.prepare_offset(
                    deposit=deposit,
                    bills=[bill],
                    rest=rest,
                    collector=holder_of(deposit),
                    signed=scan(),
                    reason="x",
                    by=self.office,
                )
            ),
        )
        if not order:
            return
        gone = held if rest == "refund" else cost
        moved = self.expected(
            self.taken - gone >= self.invoiced,
            lambda: services.pay_out_deposit(order=order, method="cash", by=self.cashier),
        )
        if moved:
            self.taken -= gone
            self.asked["deposit:NC-C5"] -= gone
            self.unpaid.discard(bill.pk)
            self.for_bills += cost
        else:
            services.withdraw_deposit_order(order=order, by=self.office)

    @precondition(lambda self: self.held)
    @rule()
    def forfeit_the_deposit(self) -> None:
        held = self.held
        order = self._granted(lambda deposit: services.ask_forfeiture(deposit=deposit, reason="x", by=self.office))
        services.decide_deposit_order(order=order, grant=True, by=self.manager)
        self.asked["deposit:NC-C5"] -= held
        self.asked["forfeit:NC-C5"] = held

    def _pay(self, amount: Decimal, *, keep: bool = False, slip: str = "") -> Receipt:
        return services.record_payment(
            statement=self.statement,
            amount=amount,
            method="wechat" if slip else "cash",
            reference=slip,
            keep_credit=keep,
            by=self.cashier,
        )

    @rule(amount=amounts, keep=st.booleans())
    def pay(self, amount: Decimal, keep: bool) -> None:
        self.turn += 1
        slip = f"W-{self.turn}"
        receipt = self.expected(amount <= self.owed or keep, lambda: self._pay(amount, keep=keep, slip=slip))
        if receipt:
            self.taken += amount
            self.slips[slip] = amount, receipt.number

    @precondition(lambda self: self.owed > 0)
    @rule()
    def pay_the_rest(self) -> None:
        owed = self.owed
        assert not self._pay(owed).repeated
        self.taken += owed

    @precondition(lambda self: self.slips)
    @rule(data=st.data())
    def pay_again(self, data: st.DataObject) -> None:
        slip, (amount, number) = data.draw(st.sampled_from(sorted(self.slips.items())))
        again = self._pay(amount, slip=slip)
        assert (again.number, again.repeated) == (number, True)

    @rule(amount=amounts)
    def pay_back(self, amount: Decimal) -> None:
        allowed = amount <= self.taken - self.held and self.taken - amount >= self.invoiced
        line = self.expected(
            allowed,
            lambda: services.refund(
                statement=self.statement, amount=amount, method="cash", reason="x", by=self.cashier
            ),
        )
        if line:
            self.taken -= amount

    @rule(data=st.data())
    def reverse_a_payment(self, data: st.DataObject) -> None:
        standing = self.statement.lines.filter(kind=LineKind.PAYMENT, reversal__isnull=True).order_by("pk")
        if not standing:
            return
        line = data.draw(st.sampled_from(list(standing)))
        reversal = self.expected(
            self.taken + line.amount >= self.invoiced,
            lambda: services.reverse_line(line=line, reason="x", by=self.manager),
        )
        if reversal:
            self.taken += line.amount
            self.slips.pop(line.reference, None)

    @rule(amount=amounts)
    def invoice(self, amount: Decimal) -> None:
        self.turn += 1
        left = self.taken - self.asked.get("deposit:NC-C5", ZERO) - self.invoiced
        issued = self.expected(
            amount <= left,
            lambda: services.issue_invoice(
                kind="ordinary",
                number=f"{self.turn:08d}",
                title="x",
                amount=amount,
                by=self.cashier,
                statement=self.statement,
            ),
        )
        if issued:
            self.invoiced += amount

    @rule()
    def flush_an_invoice(self) -> None:
        blue = TaxInvoice.objects.filter(flushes__isnull=True, red__isnull=True).first()
        if blue is not None:
            self.turn += 1
            services.flush_invoice(invoice=blue, number=f"{self.turn:08d}", reason="x", by=self.cashier)
            self.invoiced -= blue.amount

    @rule(data=st.data())
    def pay_bills(self, data: st.DataObject) -> None:
        chosen = data.draw(st.lists(st.sampled_from(self.bills), min_size=1, unique_by=lambda bill: bill.pk))
        keys = {bill.pk for bill in chosen}
        receipt = self.expected(
            keys <= self.unpaid, lambda: services.pay_bills(bills=chosen, method="cash", by=self.cashier)
        )
        if receipt:
            self.unpaid -= keys
            self.for_bills += receipt.amount

    @rule(data=st.data())
    def reverse_a_receipt(self, data: st.DataObject) -> None:
        standing = list(Receipt.objects.filter(line__isnull=True, reversed_at__isnull=True).order_by("pk"))
        standing = [receipt for receipt in standing if receipt.method != "deposit"]
        if standing:
            receipt = data.draw(st.sampled_from(standing))
            for payment in services.reverse_receipt(receipt=receipt, reason="x", by=self.manager):
                self.unpaid.add(payment.bill_id)
            self.for_bills -= receipt.amount

    @rule()
    def close_the_day(self) -> None:
        for sheet in selectors.open_day_sheets().filter(day__lte="2026-06-15"):
            counted = selectors.recorded(selectors.takings_of(sheet))
            services.close_day(sheet=sheet, counted=counted, explanations={}, by=sheet.cashier)

    @invariant()
    def the_ledger_agrees_with_the_model(self) -> None:
        assert self.statement.balance == self.owed == sum(self.statement.lines.values_list("amount", flat=True), ZERO)
        assert selectors.paid(self.statement) == self.taken >= 0
        assert sum((row.left for row in selectors.held_deposits(self.statement)), ZERO) == self.held <= self.taken
        assert selectors.invoiced(statement=self.statement) == self.invoiced <= self.taken
        assert set(Bill.objects.unpaid().values_list("pk", flat=True)) == self.unpaid
        assert sum(BillPayment.objects.values_list("amount", flat=True), ZERO) == self.for_bills

    @invariant()
    def no_receipt_is_lost(self) -> None:
        gap_free()


@pytest.fixture
def ledger(
    prices: None,
    statement: Statement,
    new_account: Make,
    new_bill: Make,
    cashier: User,
    manager: User,
    office_clerk: User,
) -> Iterator[type[Ledger]]:
    account = new_account(holder=statement.customer)
    Ledger.office = office_clerk
    Ledger.statement, Ledger.cashier, Ledger.manager = statement, cashier, manager
    Ledger.bills = [new_bill(account, month) for month in (1, 2, 3)]
    yield Ledger
    assert not Receipt.objects.exists(), "every example is rolled back"


@pytest.mark.embedded
def test_the_ledger_adds_up_after_any_sequence_of_deeds(ledger: type[Ledger]) -> None:
    run_state_machine_as_test(
        ledger,
        settings=settings(
            max_examples=10,
            stateful_step_count=25,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


# -- eight at once -------------------------------------------------------------------------------------------

DEEDS = 12


def pledge(statement: Statement, clause: str, m3: int, by: User) -> None:
    services.charge_deposit(statement=statement, clause=clause, monthly_m3=YUAN(m3), kind_of_use="residential", by=by)


def pay_all(statement: Statement, by: User) -> Decimal:
    """Pay what is owed, so that deposits are held."""
    owed = statement.balance
    return services.record_payment(statement=statement, amount=owed, method="cash", by=by).amount


def deposits_agree(*statements: Statement) -> None:
    """No more has left a deposit than was charged, what is left is what is asked, and what is held was paid."""
    assert DepositMove.objects.exists()
    for statement in statements:
        held = sum((deposit.left for deposit in selectors.held_deposits(statement)), ZERO)
        assert held <= selectors.paid(statement)
        for deposit in Deposit.objects.filter(statement=statement).select_related("line"):
            gone = sum(deposit.moves.values_list("amount", flat=True), ZERO)
            assert selectors.charged_exactly(statement, deposit.line.source) == deposit.line.amount - gone >= 0
            assert (deposit.ended_at is not None) == (gone == deposit.line.amount)
    for order in DepositOrder.objects.filter(closed_at__isnull=True):
        assert order.waits_for, "nothing is left half done"


@pytest.mark.django_db(transaction=True)
def test_the_ledger_adds_up_after_eight_at_once(
    prices: None,
    statement: Statement,
    new_account: Make,
    new_bill: Make,
    new_customer: Make,
    manager: User,
    office_clerk: User,
) -> None:
    """Charges, reductions, payments, refunds, water bills, and deposits that go back, pay bills or are forfeited."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    accounts = [new_account(holder=statement.customer), new_account()]
    bills = [new_bill(account, month) for account in accounts for month in (1, 2, 3)]
    other = services.open_statement(reference="NC-2026-000002", title="x", customer=new_customer(), by=manager)
    cashiers = [staff(f"till{place}") for place in range(4)]
    moved: list[Decimal] = []
    pledge(statement, "NC-C5", 40, manager)
    moved.append(pay_all(statement, cashiers[0]))

    def worker(seed: int) -> Callable[[], None]:
        return lambda: play(random.Random(seed), cashiers[seed % 4])

    def play(chance: random.Random, by: User) -> None:
        for _turn in range(DEEDS):
            deed = chance.choice(deeds)
            with suppress(ValidationError):
                deed(chance, by)

    def settle(chance: random.Random, by: User) -> None:
        moved.append(pay_all(folder(chance), by))

    def let_off(chance: random.Random, by: User) -> None:
        charges = list(selectors.reducible(folder(chance)))
        if charges:
            line = chance.choice(charges)
            services.reduce(
                statement=line.statement,
                amount=min(some(chance), line.amount),
                description="减免",
                source=line.source,
                reason="x",
                by=by,
                approved_by=manager,
            )

    def charge_deposit(chance: random.Random, by: User) -> None:
        pledge(folder(chance), chance.choice(["NC-C5", "HM-5"]), chance.randint(1, 20), by)

    def held_deposit(chance: random.Random) -> Deposit:
        held = list(selectors.held_deposits())
        if not held:
            raise ValidationError("none is held")
        return chance.choice(held)

    def return_deposit(chance: random.Random, by: User) -> None:
        held = held_deposit(chance)
        amount = min(some(chance), held.left)
        papers: dict[str, Any] = {"collector": holder_of(held), "signed": scan(), "reason": "x"}
        carry_out(services.prepare_refund(deposit=held, amount=amount, by=office_clerk, **papers), by)

    def set_off(chance: random.Random, by: User) -> None:
        held = held_deposit(chance)
        papers: dict[str, Any] = {"collector": holder_of(held), "signed": scan(), "reason": "x"}
        chosen = [chance.choice(bills)]
        carry_out(services.prepare_offset(deposit=held, bills=chosen, rest="keep", by=office_clerk, **papers), by)

    def forfeit(chance: random.Random, by: User) -> None:
        held = held_deposit(chance)
        amount = min(some(chance), held.left)
        carry_out(services.ask_forfeiture(deposit=held, amount=amount, reason="x", by=office_clerk), by)

    def carry_out(order: DepositOrder, by: User) -> None:
        """What a colleague prevents in between is withdrawn, so that something else can be prepared."""
        try:
            if order.waits_for == "decision":
                order = services.decide_deposit_order(order=order, grant=True, by=manager)
            if order.way != DepositWay.FORFEIT:
                moves = services.pay_out_deposit(order=order, method="cash", by=by)
                moved.extend(-move.amount for move in moves if move.way == DepositWay.REFUND)
        except ValidationError:
            services.withdraw_deposit_order(order=order, by=office_clerk)

    def folder(chance: random.Random) -> Statement:
        return chance.choice([statement, other])

    def some(chance: random.Random) -> Decimal:
        return YUAN(chance.randint(1, 9_000)) / 100

    def charge(chance: random.Random, by: User) -> None:
        source = f"budget:{chance.randint(1, 6)}"
        services.charge(statement=folder(chance), amount=some(chance) * 4, description="工程款", source=source, by=by)

    def pay(chance: random.Random, by: User) -> None:
        slip = f"W-{chance.randint(1, 40)}"
        receipt = services.record_payment(
            statement=folder(chance), amount=some(chance), method="wechat", reference=slip, by=by, keep_credit=True
        )
        if not receipt.repeated:
            moved.append(receipt.amount)

    def undone(chance: random.Random, by: User) -> None:
        with transaction.atomic():
            services.record_payment(
                statement=folder(chance), amount=some(chance), method="cash", by=by, keep_credit=True
            )
            transaction.set_rollback(True)

    def give_back(chance: random.Random, by: User) -> None:
        line = services.refund(statement=folder(chance), amount=some(chance), method="cash", reason="x", by=by)
        moved.append(-line.amount)

    def reverse(chance: random.Random, by: User) -> None:
        lines = list(selectors.reversible_moves(folder(chance)))
        if lines:
            moved.append(-services.reverse_line(line=chance.choice(lines), reason="x", by=manager).amount)

    def pay_bills(chance: random.Random, by: User) -> None:
        chosen = chance.sample(bills, chance.randint(1, 3))
        moved.append(services.pay_bills(bills=chosen, method="cash", by=by).amount)

    def reverse_bills(chance: random.Random, by: User) -> None:
        receipts = list(Receipt.objects.filter(line__isnull=True, reversed_at__isnull=True))
        if receipts:
            receipt = chance.choice(receipts)
            services.reverse_receipt(receipt=receipt, reason="x", by=manager)
            moved.append(-receipt.amount)

    def close(chance: random.Random, by: User) -> None:
        for sheet in selectors.open_day_sheets().filter(cashier=by, day="2026-06-15"):
            counted = selectors.recorded(selectors.takings_of(sheet))
            services.close_day(sheet=sheet, counted=counted, explanations={}, by=by)

    deeds = [charge, let_off, pay, pay, pay, settle, give_back, reverse, pay_bills, reverse_bills, close, undone]
    deeds += [charge_deposit, return_deposit, set_off, forfeit]
    return_deposit(random.Random(0), cashiers[0])  # in the rush a deposit may never be held for long enough
    outcomes = at_once(*[worker(seed) for seed in range(8)])
    assert outcomes == [None] * 8, "neither a deadlock nor a word of the database itself"
    taken = selectors.paid(statement) + selectors.paid(other)
    assert selectors.paid(statement) >= 0 <= selectors.paid(other)
    assert taken + sum(BillPayment.objects.values_list("amount", flat=True), ZERO) == sum(moved, ZERO)
    assert len(moved) > 20
    gap_free()
    sheets_agree()
    bills_agree()
    deposits_agree(statement, other)
