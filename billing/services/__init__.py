"""Writes of money. Each service is one transaction and takes its lock before it reads what it decides on.

Errors that a user can cause are ValidationErrors, which say what happened and what to do; nothing is written.
"""

from billing.services.arrears import record_arrears_check
from billing.services.billing_run import bill_account
from billing.services.bills import issue_bill, pay_bills, reverse_receipt
from billing.services.days import close_day, countersign_day
from billing.services.deposit_moves import issue_deposit_voucher, pay_out_deposit
from billing.services.deposits import (
    Collector,
    ask_forfeiture,
    begin_deposit_terms,
    charge_deposit,
    decide_deposit_order,
    drop_unpaid_deposits,
    let_deposits_go_back,
    prepare_offset,
    prepare_refund,
    withdraw_deposit_order,
)
from billing.services.invoices import flush_invoice, issue_invoice
from billing.services.late_charges import ask_waiver, decide_waiver
from billing.services.locks import lock_accounts, lock_ledger, lock_statement, lock_transfer
from billing.services.meters import change_meter
from billing.services.notices import give_payment_notice
from billing.services.prints import look_at_print, print_receipt, record_print
from billing.services.readings import (
    confirm_reading,
    correct_reading,
    record_final_reading,
    record_first_reading,
    record_reading,
)
from billing.services.reversals import ask_bill_reversal, decide_bill_reversal
from billing.services.slips import already_taken, taken_before
from billing.services.statements import (
    adjust,
    charge,
    charge_item,
    end_statement,
    keep_for_works,
    open_statement,
    readdress_statement,
    reduce,
    reverse_charges,
    reverse_line,
)
from billing.services.takeover import (
    take_over_adjustment,
    take_over_charge,
    take_over_deposit,
    take_over_payment,
    take_over_refund,
)
from billing.services.till import record_payment, refund
from billing.services.transfer import bill_until_handover, plan_handover, transfer_account

__all__ = [
    "Collector",
    "adjust",
    "already_taken",
    "ask_bill_reversal",
    "ask_forfeiture",
    "ask_waiver",
    "begin_deposit_terms",
    "bill_account",
    "bill_until_handover",
    "change_meter",
    "charge",
    "charge_deposit",
    "charge_item",
    "close_day",
    "confirm_reading",
    "correct_reading",
    "countersign_day",
    "decide_bill_reversal",
    "decide_deposit_order",
    "decide_waiver",
    "drop_unpaid_deposits",
    "end_statement",
    "flush_invoice",
    "give_payment_notice",
    "issue_bill",
    "issue_deposit_voucher",
    "issue_invoice",
    "keep_for_works",
    "let_deposits_go_back",
    "lock_accounts",
    "lock_ledger",
    "lock_statement",
    "lock_transfer",
    "look_at_print",
    "open_statement",
    "pay_bills",
    "pay_out_deposit",
    "plan_handover",
    "prepare_offset",
    "prepare_refund",
    "print_receipt",
    "readdress_statement",
    "record_arrears_check",
    "record_final_reading",
    "record_first_reading",
    "record_payment",
    "record_print",
    "record_reading",
    "reduce",
    "refund",
    "reverse_charges",
    "reverse_line",
    "reverse_receipt",
    "take_over_adjustment",
    "take_over_charge",
    "take_over_deposit",
    "take_over_payment",
    "take_over_refund",
    "taken_before",
    "transfer_account",
    "withdraw_deposit_order",
]
