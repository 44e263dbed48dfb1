"""Whatever is done in whatever order: money is conserved, nothing is held or paid below zero, no receipt is lost."""

import random
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from billing import selectors, services
from billing.models import LineKind, Receipt, Statement
from tests.billing.conftest import TODAY, Make

YUAN = Decimal
DEEDS = 70


def some_yuan(chance: random.Random) -> Decimal:
    return YUAN(chance.randint(0, 30_000)) / 100


@pytest.mark.parametrize("seed", range(4))
def test_the_ledger_adds_up_after_any_sequence_of_deeds(
    prices: None, statement: Statement, cashier: User, manager: User, seed: int
) -> None:
    chance = random.Random(seed)
    taken = YUAN("0.00")

    def charge() -> None:
        services.charge(
            statement=statement,
            amount=some_yuan(chance),
            description="工程款",
            source=f"budget:{chance.randint(1, 4)}",
            by=cashier,
        )

    def deposit() -> None:
        services.charge_deposit(
            statement=statement,
            clause="NC-C5",
            months=3,
            monthly_m3=YUAN(chance.randint(0, 20)),
            kind_of_use="residential",
            by=cashier,
        )

    def settle() -> None:
        services.adjust(
            statement=statement,
            amount=some_yuan(chance) - 150,
            description="决算差额",
            source=f"settlement:{chance.randint(1, 9)}",
            by=cashier,
        )

    def let_off() -> None:
        services.reduce(
            statement=statement,
            amount=some_yuan(chance),
            description="减免",
            source=f"budget:{chance.randint(1, 4)}",
            reason="x",
            by=cashier,
            approved_by=manager,
        )

    def pay() -> None:
        nonlocal taken
        amount = min(statement.balance, some_yuan(chance)) if chance.random() < 0.7 else some_yuan(chance)
        keep = chance.random() < 0.3
        receipt = services.record_payment(
            statement=statement, amount=amount, method="cash", by=cashier, keep_credit=keep
        )
        taken += receipt.amount

    def give_back() -> None:
        nonlocal taken
        line = services.refund(statement=statement, amount=some_yuan(chance), method="cash", reason="x", by=cashier)
        taken -= line.amount

    def return_deposit() -> None:
        nonlocal taken
        for held in selectors.held_deposits(statement):
            taken -= services.return_deposit(deposit=held, method="cash", by=cashier, reason="x").amount

    def reverse() -> None:
        nonlocal taken
        line = chance.choice([*statement.lines.all()])
        reversal = services.reverse_line(line=line, reason="x", by=manager)
        if reversal.method:
            taken -= reversal.amount

    deeds: list[Callable[[], None]] = [charge, charge, deposit, settle, let_off, pay, pay, give_back]
    deeds += [return_deposit, reverse]
    refused = 0
    for _turn in range(DEEDS):
        before = list(statement.lines.values_list("pk", "amount"))
        try:
            chance.choice(deeds)()
        except (ValidationError, IndexError):
            refused += 1
            assert list(statement.lines.values_list("pk", "amount")) == before, "a refusal changes nothing"
        amounts = list(statement.lines.values_list("amount", flat=True))
        assert statement.balance == sum(amounts, YUAN("0.00"))
        assert selectors.paid(statement) == taken >= 0
        assert statement.balance == selectors.charged(statement) - taken
        held = sum((row.amount for row in selectors.held_deposits(statement)), YUAN(0))
        assert held <= taken, "what is held was paid"
    assert refused < DEEDS * 0.8
    payments = statement.lines.filter(kind=LineKind.PAYMENT).count()
    numbers = Receipt.objects.order_by("pk").values_list("number", flat=True)
    assert list(numbers) == [f"SJ2026-{place:07d}" for place in range(1, payments + 1)]
    assert sum(row.amount for row in selectors.takings(TODAY)) == taken


@pytest.mark.parametrize("seed", range(3))
def test_bills_are_settled_exactly_when_they_are_paid(
    new_account: Make, new_bill: Make, cashier: User, manager: User, seed: int
) -> None:
    chance = random.Random(seed)
    account = new_account()
    bills = [new_bill(account, month, chance.randint(1, 40)) for month in range(1, 7)]
    for _turn in range(20):
        receipts = Receipt.objects.all()
        try:
            if chance.random() < 0.6 or not receipts:
                chosen = chance.sample(bills, chance.randint(1, 3))
                services.pay_bills(bills=chosen, method="cash", by=cashier)
            else:
                services.reverse_receipt(receipt=chance.choice([*receipts]), reason="x", by=manager)
        except ValidationError:
            continue
    read = {bill.pk: bill for bill in selectors.bills_of(account)}
    for bill in read.values():
        assert bill.outstanding in (0, bill.amount)
        assert (bill.settled_at is not None) == (bill.outstanding == 0)
    paid = sum((bill.amount - bill.outstanding for bill in read.values()), YUAN(0))
    assert sum((row.amount for row in selectors.takings(TODAY)), YUAN(0)) == paid
