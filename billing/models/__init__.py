"""Money: prices and tariffs · statements, receipts, deposits · readings, water bills, late charges, arrears checks ·
payment notices, tax invoices, the cashiers' days."""

from billing.models.bills import ArrearsCheck, Bill, BillLine, BillPayment, BillQuerySet
from billing.models.days import DayCount, DaySheet
from billing.models.deposits import Deposit, DepositMove, DepositOrder, DepositWay
from billing.models.invoices import TaxInvoice
from billing.models.late_charges import LateCharge, Waiver
from billing.models.notices import PaymentNotice
from billing.models.prices import PriceItem, Tariff, TariffTier, refuse_falling_tiers
from billing.models.readings import Reading, ReadingQuerySet
from billing.models.receipts import Receipt, ReceiptPrint
from billing.models.reversals import BillReversal
from billing.models.rows import AppendOnly, PayMethod
from billing.models.statements import LineKind, Statement, StatementLine

__all__ = [
    "AppendOnly",
    "ArrearsCheck",
    "Bill",
    "BillLine",
    "BillPayment",
    "BillQuerySet",
    "BillReversal",
    "DayCount",
    "DaySheet",
    "Deposit",
    "DepositMove",
    "DepositOrder",
    "DepositWay",
    "LateCharge",
    "LineKind",
    "PayMethod",
    "PaymentNotice",
    "PriceItem",
    "Reading",
    "ReadingQuerySet",
    "Receipt",
    "ReceiptPrint",
    "Statement",
    "StatementLine",
    "Tariff",
    "TariffTier",
    "TaxInvoice",
    "Waiver",
    "refuse_falling_tiers",
]
