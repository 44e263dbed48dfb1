"""Money: prices and tariffs · statements, receipts, deposits · readings, water bills, arrears checks."""

from billing.models.bills import ArrearsCheck, Bill, BillPayment, BillQuerySet, Reading
from billing.models.prices import PriceItem, Tariff
from billing.models.rows import PayMethod
from billing.models.statements import Deposit, LineKind, Receipt, Statement, StatementLine

__all__ = [
    "ArrearsCheck",
    "Bill",
    "BillPayment",
    "BillQuerySet",
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
