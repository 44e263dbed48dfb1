"""Writes of money. Each service is one transaction and takes its lock before it reads what it decides on.

Errors that a user can cause are ValidationErrors, which say what happened and what to do; nothing is written.
"""

from billing.services.arrears import record_arrears_check
from billing.services.bills import issue_bill, pay_bills, record_reading, reverse_receipt
from billing.services.deposits import charge_deposit, return_deposit
from billing.services.locks import lock_accounts, lock_ledger, lock_statement
from billing.services.statements import (
    adjust,
    charge,
    charge_item,
    open_statement,
    readdress_statement,
    reduce,
    reverse_charges,
    reverse_line,
)
from billing.services.till import record_payment, refund

__all__ = [
    "adjust",
    "charge",
    "charge_deposit",
    "charge_item",
    "issue_bill",
    "lock_accounts",
    "lock_ledger",
    "lock_statement",
    "open_statement",
    "pay_bills",
    "readdress_statement",
    "record_arrears_check",
    "record_payment",
    "record_reading",
    "reduce",
    "refund",
    "return_deposit",
    "reverse_charges",
    "reverse_line",
    "reverse_receipt",
]
