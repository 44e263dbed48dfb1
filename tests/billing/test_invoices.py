"""Tax invoices (发票): for what was paid and not yet invoiced, taken back by a red one, apart from receipts."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from billing import selectors, services
from billing.models import Receipt, Statement, TaxInvoice
from tests.billing.conftest import Make, refused_by_the_database
from tests.billing.test_locks import at_once

YUAN = Decimal
CREDIT_CODE = "91999999MA0DEM001C"


def issue(by: User, amount: str = "10.00", **changes: Any) -> TaxInvoice:
    values: dict[str, Any] = {"kind": "ordinary", "number": "12345678", "title": "王测试"} | changes
    return services.issue_invoice(amount=YUAN(amount), by=by, **values)


@pytest.fixture
def paid(owing: Statement, cashier: User) -> Statement:
    services.record_payment(statement=owing, amount=YUAN("60.00"), method="cash", by=cashier)
    return owing


@pytest.fixture
def receipt(new_account: Make, new_bill: Make, cashier: User) -> Receipt:
    return services.pay_bills(bills=[new_bill(new_account())], method="cash", by=cashier)


@pytest.mark.embedded
def test_what_was_paid_is_invoiced_once(paid: Statement, cashier: User) -> None:
    assert selectors.invoiceable(statement=paid) == YUAN("60.00")
    issue(cashier, "59.99", statement=paid)
    assert selectors.invoiceable(statement=paid) == YUAN("0.01")
    with pytest.raises(ValidationError, match=r"0\.01") as refusal:
        issue(cashier, "0.02", statement=paid, number="12345679")
    assert list(refusal.value.message_dict) == ["amount"]
    issue(cashier, "0.01", statement=paid, number="12345679")


@pytest.mark.embedded
def test_a_receipt_of_water_bills_is_invoiced(receipt: Receipt, cashier: User) -> None:
    invoice = issue(cashier, "50.00", receipt=receipt, kind="special", tax_number=CREDIT_CODE.lower())
    assert (invoice.tax_number, invoice.stands_for) == (CREDIT_CODE, receipt.number)
    assert selectors.invoiceable(receipt=receipt) == 0


def test_a_receipt_of_a_statement_is_invoiced_with_its_statement(paid: Statement, cashier: User) -> None:
    of_statement = Receipt.objects.get()
    assert selectors.invoiceable(receipt=of_statement) == 0
    with pytest.raises(ValidationError):
        issue(cashier, receipt=of_statement)


def test_a_deposit_is_no_sale(prices: None, statement: Statement, clerk: User, cashier: User) -> None:
    services.charge_deposit(
        statement=statement, clause="NC-C5", monthly_m3=YUAN(1), kind_of_use="residential", by=clerk
    )
    services.record_payment(statement=statement, amount=YUAN("15.00"), method="cash", by=cashier)
    assert selectors.invoiceable(statement=statement) == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": "1234567"}, "number"),
        ({"number": "123456789"}, "number"),
        ({"number": "1234567A"}, "number"),
        ({"tax_number": "91999999MA0DEM001D"}, "tax_number"),
        ({"tax_number": "12345678901234"}, "tax_number"),
        ({"tax_number": "123456789012345678901"}, "tax_number"),
        ({"tax_number": "12345-678901234"}, "tax_number"),
        ({"title": ""}, "title"),
        ({"title": "a\u202eb"}, None),
        ({"kind": "blank"}, "kind"),
        ({"kind": "special"}, "__all__"),
        ({"issued_on": date(2026, 6, 16)}, "issued_on"),
    ],
)
def test_what_is_no_invoice_is_refused(
    paid: Statement, cashier: User, changes: dict[str, Any], field: str | None
) -> None:
    with pytest.raises(ValidationError) as refusal:
        issue(cashier, statement=paid, **changes)
    if field:
        assert field in refusal.value.message_dict
    assert not TaxInvoice.objects.exists()


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "NaN", "1E+13"])
def test_an_amount_that_is_none_is_refused(paid: Statement, cashier: User, amount: str) -> None:
    with pytest.raises(ValidationError):
        issue(cashier, amount, statement=paid)


def test_a_number_of_twenty_figures_is_that_of_an_electronic_invoice(paid: Statement, cashier: User) -> None:
    assert issue(cashier, statement=paid, number="2" * 20).number == "2" * 20
    with pytest.raises(ValidationError, match="on record already"):
        issue(cashier, statement=paid, number="2" * 20)


# -- red -----------------------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_a_red_invoice_takes_the_blue_one_back_whole_and_once(paid: Statement, cashier: User) -> None:
    blue = issue(cashier, "60.00", statement=paid)
    red = services.flush_invoice(invoice=blue, number="12345679", reason="抬头有误", by=cashier)
    assert (red.amount, red.title, red.flushes, red.statement) == (YUAN("-60.00"), blue.title, blue, paid)
    assert selectors.invoiceable(statement=paid) == YUAN("60.00")
    assert [row.flushed for row in selectors.invoices_of(statement=paid)] == [True, False]
    for wrong in (blue, red):
        with pytest.raises(ValidationError):
            services.flush_invoice(invoice=wrong, number="12345670", reason="x", by=cashier)
    issue(cashier, "60.00", statement=paid, number="12345671")


@pytest.mark.parametrize(
    "changes", [{"reason": " "}, {"number": "12345678"}, {"number": "x"}, {"issued_on": date(2026, 6, 14)}]
)
def test_what_is_no_red_invoice_is_refused(paid: Statement, cashier: User, changes: dict[str, Any]) -> None:
    blue = issue(cashier, statement=paid)
    with pytest.raises(ValidationError):
        services.flush_invoice(invoice=blue, by=cashier, **{"number": "12345679", "reason": "x"} | changes)
    assert TaxInvoice.objects.count() == 1


def test_invoiced_money_goes_back_only_after_the_invoice(
    paid: Statement, receipt: Receipt, cashier: User, manager: User
) -> None:
    blue = issue(cashier, "50.00", statement=paid)
    of_bills = issue(cashier, "50.00", receipt=receipt, number="12345679")
    payment = paid.lines.get(kind="payment")
    with pytest.raises(ValidationError, match="red invoice"):
        services.refund(statement=paid, amount=YUAN("10.01"), method="cash", reason="x", by=cashier)
    with pytest.raises(ValidationError, match="red invoice"):
        services.reverse_line(line=payment, reason="x", by=manager)
    with pytest.raises(ValidationError, match="red invoice"):
        services.reverse_receipt(receipt=receipt, reason="x", by=manager)
    services.flush_invoice(invoice=blue, number="12345670", reason="x", by=cashier)
    services.flush_invoice(invoice=of_bills, number="12345671", reason="x", by=cashier)
    services.reverse_line(line=payment, reason="x", by=manager)
    services.reverse_receipt(receipt=receipt, reason="x", by=manager)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"amount": YUAN("0.00")}, "tax_invoice_red_below_zero_and_reasoned"),
        ({"statement": None}, "tax_invoice_for_one_thing"),
        ({"kind": "special"}, "tax_invoice_special_names_a_tax_number"),
        ({"number": "1"}, "tax_invoice_number_of_figures"),
        ({"title": ""}, "tax_invoice_has_a_title"),
        ({"kind": "blank"}, "tax_invoice_kind_known"),
    ],
)
def test_the_database_refuses_an_invoice_that_makes_no_sense(
    paid: Statement, cashier: User, changes: dict[str, Any], constraint: str
) -> None:
    values: dict[str, Any] = {
        "kind": "ordinary",
        "number": "12345678",
        "title": "x",
        "amount": YUAN("1.00"),
        "issued_on": date(2026, 6, 15),
        "issued_by": cashier,
        "statement": paid,
    }
    with refused_by_the_database(constraint):
        TaxInvoice.objects.create(**values | changes)


@pytest.mark.django_db(transaction=True)
def test_two_invoices_at_once_stand_for_the_money_once(paid: Statement, cashier: User) -> None:
    outcomes = at_once(*[lambda n=n: issue(cashier, "60.00", statement=paid, number=f"1234567{n}") for n in (1, 2)])
    assert sum(isinstance(outcome, TaxInvoice) for outcome in outcomes) == 1
