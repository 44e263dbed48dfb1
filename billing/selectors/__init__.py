"""Reads of money: balances, prices, arrears, deposits, takings. Nothing here writes or locks."""

from billing.selectors.arrears import arrears, arrears_words, bills_of, owed
from billing.selectors.prices import current_prices, current_tariffs, monthly_price, price, tariff, tariff_in_force
from billing.selectors.statements import (
    balance,
    charged,
    charged_exactly,
    held_deposits,
    item_charges,
    lines_with_balance,
    paid,
    statements_owing,
)
from billing.selectors.takings import Taking, takings, totals

__all__ = [
    "Taking",
    "arrears",
    "arrears_words",
    "balance",
    "bills_of",
    "charged",
    "charged_exactly",
    "current_prices",
    "current_tariffs",
    "held_deposits",
    "item_charges",
    "lines_with_balance",
    "monthly_price",
    "owed",
    "paid",
    "price",
    "statements_owing",
    "takings",
    "tariff",
    "tariff_in_force",
    "totals",
]
