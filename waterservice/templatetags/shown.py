"""How pages show money and personal data."""

from decimal import Decimal

from django import template
from django.utils.html import format_html

from waterservice import masking, money, text
from waterservice.clauses import CLAUSES

register = template.Library()


@register.filter
def yuan(amount: Decimal | None) -> str:
    """“¥128,000.00”, or a dash where there is none."""
    return "—" if amount is None else money.yuan(amount)


@register.filter
def unsigned_yuan(amount: Decimal) -> str:
    """The amount without its sign, for columns whose heading says which way it goes."""
    return money.yuan(abs(amount))


@register.filter
def capitals(amount: Decimal) -> str:
    """“人民币壹拾贰万捌仟元整”."""
    return money.rmb_capitals(amount)


@register.filter
def plain(figure: Decimal) -> str:
    """“0.5” for 0.5000."""
    return money.plain(figure)


@register.filter
def masked_identity(number: str) -> str:
    return masking.mask_identity(number)


@register.filter
def masked_phone(number: str) -> str:
    return masking.mask_phone(number)


@register.filter
def clause(name: str) -> str:
    """“NC-4a”, small, which tells on hover what the clause asks for; nothing for no clause."""
    return format_html('<abbr class="clause" title="{}">{}</abbr>', CLAUSES.get(name, name), name) if name else ""


@register.filter
def labelled(label: object, words: object) -> str:
    return text.labelled(label, words)


@register.filter
def aside(words: object, besides: object) -> str:
    """Words with something in brackets; alone where there is nothing."""
    return text.aside(words, besides) if besides else str(words)
