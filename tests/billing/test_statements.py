"""Charges, reductions, settlement differences and reversals; what the database itself refuses."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from billing import selectors, services
from billing.models import DaySheet, LineKind, PriceItem, Statement, StatementLine
from tests.billing.conftest import Make, refused_by_the_database, without_triggers

YUAN = Decimal


def charge(statement: Statement, by: User, amount: str = "100.00", source: str = "budget:1") -> StatementLine:
    return services.charge(statement=statement, amount=YUAN(amount), description="工程款", source=source, by=by)


# -- opening and charging --------------------------------------------------------------------------------


@pytest.mark.embedded
def test_a_new_statement_asks_nothing(statement: Statement) -> None:
    assert statement.balance == 0
    assert selectors.lines_with_balance(statement) == []


def test_a_reference_has_one_statement(statement: Statement, clerk: User) -> None:
    with pytest.raises(ValidationError):
        services.open_statement(reference=statement.reference, title="again", customer=statement.customer, by=clerk)


@pytest.mark.embedded
def test_the_balance_is_the_sum_of_the_lines(statement: Statement, clerk: User, cashier: User) -> None:
    charge(statement, clerk, "100.10")
    charge(statement, clerk, "0.20", "item:COPY")
    services.record_payment(statement=statement, amount=YUAN("33.33"), method="cash", by=cashier)
    told = selectors.lines_with_balance(statement)
    assert [balance for _line, balance in told] == [YUAN("100.10"), YUAN("100.30"), YUAN("66.97")]
    assert statement.balance == selectors.balance(statement) == YUAN("66.97")


@pytest.mark.parametrize("amount", ["0", "0.00", "-1.00", "1.005", "NaN", "sNaN", "Infinity", "1000000000000"])
def test_an_amount_that_is_none_is_refused(statement: Statement, clerk: User, amount: str) -> None:
    with pytest.raises(ValidationError):
        charge(statement, clerk, amount)
    assert not statement.lines.exists()


def test_a_float_is_never_money(statement: Statement, clerk: User) -> None:
    with pytest.raises(TypeError, match="float"):
        services.charge(statement=statement, amount=1.1, description="x", source="budget:1", by=clerk)  # type: ignore[arg-type]


def test_a_source_is_charged_once_until_it_is_reversed(statement: Statement, clerk: User) -> None:
    line = charge(statement, clerk)
    with pytest.raises(ValidationError):
        charge(statement, clerk)
    services.reverse_line(line=line, reason="预算退回", by=clerk)
    charge(statement, clerk, "120.00")
    assert statement.balance == YUAN("120.00")


def test_control_characters_in_a_description_are_refused(statement: Statement, clerk: User) -> None:
    with pytest.raises(ValidationError):
        services.charge(statement=statement, amount=YUAN("1.00"), description="a\u202eb", source="budget:1", by=clerk)


# -- the price list --------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_an_item_is_charged_at_the_price_of_the_day(prices: None, statement: Statement, clerk: User) -> None:
    line = services.charge_item(statement=statement, code="MAP_COPY", by=clerk)
    assert (line.amount, line.source, line.description) == (YUAN("50.00"), "item:MAP_COPY", "复图费")
    assert selectors.charged(statement, "item:") == YUAN("50.00")


def test_a_quantity_is_rounded_half_up_to_the_fen(prices: None, statement: Statement, clerk: User) -> None:
    PriceItem.objects.filter(code="MAP_COPY").update(unit_price=YUAN("0.05"))
    line = services.charge_item(statement=statement, code="MAP_COPY", by=clerk, quantity=YUAN("0.5"))
    assert line.amount == YUAN("0.03")
    assert "0.5 份" in line.description


@pytest.mark.parametrize(
    "change",
    [{"enabled": False}, {"valid_until": date(2026, 6, 14)}, {"valid_from": date(2026, 6, 16)}],
    ids=["switched off", "ended yesterday", "begins tomorrow"],
)
def test_what_the_price_list_does_not_offer_is_refused(
    prices: None, statement: Statement, clerk: User, change: dict[str, Any]
) -> None:
    PriceItem.objects.filter(code="MAP_COPY").update(**change)
    with pytest.raises(ValidationError, match=r"MAP_COPY|复图费"):
        services.charge_item(statement=statement, code="MAP_COPY", by=clerk)
    assert not statement.lines.exists()


def test_an_item_that_never_was_is_refused(statement: Statement, clerk: User) -> None:
    with pytest.raises(ValidationError, match="CONNECTION_FEE"):
        services.charge_item(statement=statement, code="CONNECTION_FEE", by=clerk)


# -- reductions ------------------------------------------------------------------------------------------


def reduce(statement: Statement, by: User, approver: User, amount: str, **changes: Any) -> StatementLine:
    values: dict[str, Any] = {"source": "budget:1", "reason": "减免政策", "description": "减免"} | changes
    return services.reduce(statement=statement, amount=YUAN(amount), by=by, approved_by=approver, **values)


def test_a_reduction_lowers_what_its_source_asks(owing: Statement, clerk: User, manager: User) -> None:
    line = reduce(owing, clerk, manager, "30.00")
    assert (line.approved_by, owing.balance) == (manager, YUAN("70.00"))
    assert selectors.charged(owing, "budget:1") == YUAN("70.00")


def test_no_more_is_let_off_than_is_asked(owing: Statement, clerk: User, manager: User) -> None:
    reduce(owing, clerk, manager, "30.00")
    with pytest.raises(ValidationError, match=r"70.00"):
        reduce(owing, clerk, manager, "70.01")
    with pytest.raises(ValidationError):
        reduce(owing, clerk, manager, "1.00", source="budget:10")


def test_what_a_settlement_gave_back_cannot_be_let_off_again(owing: Statement, clerk: User, manager: User) -> None:
    """NC-8: the works never cost less than nothing, and another fee doesn't make room for it."""
    charge(owing, clerk, "60.00", "item:COPY")
    services.adjust(statement=owing, amount=YUAN("-40.00"), description="决算", source="settlement:1", by=clerk)
    with pytest.raises(ValidationError, match=r"60\.00"):
        reduce(owing, clerk, manager, "60.01")
    reduce(owing, clerk, manager, "60.00")
    assert selectors.asked_for_works(owing) == 0


def test_nobody_approves_their_own_reduction(owing: Statement, clerk: User, manager: User) -> None:
    with pytest.raises(ValidationError):
        reduce(owing, clerk, clerk, "1.00")
    with pytest.raises(ValidationError):
        reduce(owing, clerk, manager, "1.00", reason=" ")
    assert owing.balance == YUAN("100.00")


# -- settlement against budget (NC-8) --------------------------------------------------------------------


@pytest.mark.parametrize(("difference", "kind"), [("5.00", LineKind.CHARGE), ("-5.00", LineKind.REDUCTION)])
def test_a_difference_is_charged_or_credited(owing: Statement, clerk: User, difference: str, kind: LineKind) -> None:
    line = services.adjust(
        statement=owing, amount=YUAN(difference), description="决算差额", source="settlement:1", by=clerk
    )
    assert line.kind == kind
    assert owing.balance == YUAN("100.00") + YUAN(difference)
    services.reverse_charges(statement=owing, source_prefix="settlement:", reason="重新决算", by=clerk)
    assert owing.balance == YUAN("100.00")


@pytest.mark.parametrize("difference", ["0", "-100.01", "-0.001"])
def test_a_difference_that_can_not_be_is_refused(owing: Statement, clerk: User, difference: str) -> None:
    with pytest.raises(ValidationError):
        services.adjust(statement=owing, amount=YUAN(difference), description="x", source="settlement:1", by=clerk)


def test_a_settlement_does_not_credit_a_deposit(prices: None, owing: Statement, clerk: User) -> None:
    services.charge_deposit(statement=owing, clause="NC-C5", monthly_m3=YUAN(1), kind_of_use="residential", by=clerk)
    with pytest.raises(ValidationError, match=r"100\.00"):
        services.adjust(statement=owing, amount=YUAN("-100.01"), description="x", source="settlement:1", by=clerk)


# -- reversals -------------------------------------------------------------------------------------------


@pytest.fixture
def payment(owing: Statement, cashier: User) -> StatementLine:
    receipt = services.record_payment(statement=owing, amount=YUAN("40.00"), method="card", by=cashier, reference="K-1")
    assert receipt.line is not None
    return receipt.line


@pytest.mark.embedded
def test_a_reversal_takes_back_exactly_its_line(owing: Statement, payment: StatementLine, manager: User) -> None:
    reversal = services.reverse_line(line=payment, reason="收错", by=manager)
    assert (reversal.amount, reversal.reverses, reversal.method) == (YUAN("40.00"), payment, "card")
    assert owing.balance == YUAN("100.00")
    assert selectors.paid(owing) == 0


def test_the_cashier_does_not_reverse_their_own_payment(
    owing: Statement, payment: StatementLine, cashier: User, other_cashier: User
) -> None:
    with pytest.raises(ValidationError):
        services.reverse_line(line=payment, reason="收错", by=cashier)
    assert owing.balance == YUAN("60.00")
    services.reverse_line(line=payment, reason="收错", by=other_cashier)


def test_nothing_is_reversed_twice_nor_is_a_reversal(payment: StatementLine, manager: User) -> None:
    reversal = services.reverse_line(line=payment, reason="收错", by=manager)
    with pytest.raises(ValidationError):
        services.reverse_line(line=payment, reason="收错", by=manager)
    with pytest.raises(ValidationError):
        services.reverse_line(line=reversal, reason="收错", by=manager)


def test_a_reversal_has_a_reason(payment: StatementLine, manager: User) -> None:
    with pytest.raises(ValidationError):
        services.reverse_line(line=payment, reason="  ", by=manager)


def test_a_payment_that_was_paid_back_in_part_is_not_reversed(
    owing: Statement, payment: StatementLine, cashier: User, manager: User
) -> None:
    back = services.refund(statement=owing, amount=YUAN("0.01"), method="cash", reason="多收", by=cashier)
    with pytest.raises(ValidationError):
        services.reverse_line(line=payment, reason="收错", by=manager)
    services.reverse_line(line=back, reason="未退", by=manager)
    services.reverse_line(line=payment, reason="收错", by=manager)
    assert selectors.paid(owing) == 0


def test_a_charge_with_a_reduction_is_reversed_after_it(owing: Statement, clerk: User, manager: User) -> None:
    reduce(owing, clerk, manager, "30.00")
    asked = owing.lines.get(kind=LineKind.CHARGE)
    with pytest.raises(ValidationError):
        services.reverse_line(line=asked, reason="x", by=clerk)
    lines = services.reverse_charges(statement=owing, source_prefix="budget:", reason="退回预算", by=clerk)
    assert [line.amount for line in lines] == [YUAN("30.00"), YUAN("-100.00")]
    assert owing.balance == 0


@pytest.mark.embedded
def test_reversing_charges_keeps_payments_as_credit(owing: Statement, payment: StatementLine, clerk: User) -> None:
    charge(owing, clerk, "7.00", "item:COPY")
    services.reverse_charges(statement=owing, source_prefix="budget:", reason="撤回", by=clerk)
    assert owing.balance == YUAN("7.00") - YUAN("40.00")
    assert selectors.charged(owing) == YUAN("7.00")
    assert services.reverse_charges(statement=owing, source_prefix="budget:", reason="撤回", by=clerk) == []


# -- the database alone ----------------------------------------------------------------------------------


def write(statement: Statement, by: User, **columns: Any) -> StatementLine:
    values: dict[str, Any] = {
        "statement": statement,
        "kind": "charge",
        "amount": YUAN("1.00"),
        "description": "x",
        "source": "budget:9",
        "recorded_by": by,
        "happened_on": timezone.localdate(),
    }
    if (values | columns).get("method"):
        values["sheet"], _created = DaySheet.objects.get_or_create(cashier=by, day=timezone.localdate())
    return StatementLine.objects.create(**values | columns)


PAID = {"kind": "payment", "method": "cash", "source": ""}


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"amount": YUAN("0.00")}, "line_sign_fits_kind"),
        ({"amount": YUAN("-1.00")}, "line_sign_fits_kind"),
        (PAID, "line_sign_fits_kind"),
        (PAID | {"kind": "refund", "amount": YUAN("-1.00"), "reason": "x"}, "line_sign_fits_kind"),
        ({"kind": "gift"}, "line_has_source_or_method"),
        ({"kind": "reversal", "reason": "x"}, "line_reversal_names_its_line"),
        (PAID | {"kind": "refund"}, "line_taken_back_for_a_reason"),
        ({"source": ""}, "line_has_source_or_method"),
        ({"source": "handwritten"}, "line_has_source_or_method"),
        ({"method": "cash"}, "line_has_source_or_method"),
        (PAID | {"amount": YUAN("-1.00"), "method": ""}, "line_has_source_or_method"),
        (PAID | {"amount": YUAN("-1.00"), "method": "barter"}, "line_has_source_or_method"),
        ({"kind": "reduction", "amount": YUAN("-1.00"), "reason": "x"}, "line_reduction_approved_or_settled"),
        (PAID | {"amount": YUAN("-1.00"), "sheet": None}, "line_of_money_is_on_a_day_sheet"),
        ({"as_credit": True}, "line_credit_is_paid"),
    ],
)
def test_the_database_refuses_a_line_that_makes_no_sense(
    statement: Statement, clerk: User, columns: dict[str, Any], constraint: str
) -> None:
    with without_triggers(), refused_by_the_database(constraint):
        write(statement, clerk, **columns)


def test_the_database_refuses_ones_own_approval(statement: Statement, clerk: User) -> None:
    with refused_by_the_database("line_approved_by_another"):
        write(statement, clerk, kind="reduction", amount=YUAN("-1.00"), reason="x", approved_by=clerk)


def test_the_database_refuses_a_second_reversal(owing: Statement, clerk: User) -> None:
    line = services.reverse_line(line=owing.lines.get(), reason="x", by=clerk)
    with refused_by_the_database("reverses"):
        write(
            owing,
            clerk,
            kind="reversal",
            amount=YUAN("-100.00"),
            reason="x",
            source=line.source,
            reverses=line.reverses,
        )


def test_statements_that_owe_wait_for_payment(owing: Statement, new_customer: Make, clerk: User) -> None:
    services.open_statement(reference="NC-2026-000002", title="x", customer=new_customer(), by=clerk)
    assert [(row.reference, row.owed) for row in selectors.statements_owing()] == [  # type: ignore[attr-defined]
        (owing.reference, YUAN("100.00"))
    ]
