"""Money: price list, statements, receipts, deposits · tariffs, readings, water bills, arrears checks."""

from billing.models.ledger import (
    Deposit,
    LineKind,
    PayMethod,
    PriceItem,
    Receipt,
    Statement,
    StatementLine,
)
from billing.models.water import ArrearsCheck, Bill, BillPayment, Reading, Tariff

__all__ = [
    "ArrearsCheck",
    "Bill",
    "BillPayment",
    "Deposit",
    "LineKind",
    "PayMethod",
    "PriceItem",
    "Reading",
    "Receipt",
    "Statement",
    "StatementLine",
    "Tariff",
]
