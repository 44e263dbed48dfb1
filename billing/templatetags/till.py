"""Money on the pages of the till."""

from decimal import Decimal

from django import template

from waterservice import money

register = template.Library()


@register.filter
def yuan(amount: Decimal) -> str:
    """“¥128,000.00”."""
    return money.yuan(amount)


@register.filter
def capitals(amount: Decimal) -> str:
    """“人民币壹拾贰万捌仟元整”."""
    return money.rmb_capitals(amount)
