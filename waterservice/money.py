"""Money: yuan to the fen, as Decimal with two places; in figures, and in the capital numerals of papers."""

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from waterservice.text import Words

ZERO = Decimal("0.00")
FEN = Decimal("0.01")
LARGEST = Decimal("999999999999.99")  # what a column holds, and where capital numerals end: 9,999 亿

DIGITS = "零壹贰叁肆伍陆柒捌玖"
UNITS = ((10**8, "亿"), (10**4, "万"), (1000, "仟"), (100, "佰"), (10, "拾"))

# Commas only where thousands end: “1,5” is somebody's one and a half, not fifteen.
TYPED_AMOUNT = re.compile(r"[¥]? ?(?P<figure>[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d*)?)", re.ASCII)


def money_field(verbose_name: Words, **options: Any) -> "models.DecimalField[Any, Any]":
    """A column of yuan with two places, up to 999,999,999,999.99."""
    return models.DecimalField(verbose_name, max_digits=14, decimal_places=2, **options)


def yuan(amount: Decimal) -> str:
    """“¥128,000.00”, “-¥0.50”; what is finer than a fen is rounded half up."""
    rounded = amount.quantize(FEN, rounding=ROUND_HALF_UP)
    return f"{'-' if rounded < 0 else ''}¥{abs(rounded):,.2f}"


def plain(figure: Decimal) -> str:
    """A figure without trailing zeros, never in powers of ten: 150.00 → 150, 0.5000 → 0.5, 1E+2 → 100."""
    return f"{figure.normalize():f}"


def capitals(amount: Decimal) -> str:
    """An amount in capital numerals: 128000 → 壹拾贰万捌仟元整; 整 follows 元 and 角, never 分.

    Raises ValueError for what is below zero, finer than a fen, 10,000 亿 or more, or not a number.
    """
    if not (amount.is_finite() and 0 <= amount <= LARGEST and amount == amount.quantize(FEN)):
        raise ValueError(f"{amount} cannot be written in capital numerals.")
    whole, fen = divmod(int(amount * 100), 100)
    jiao, fen = divmod(fen, 10)
    if not whole and not jiao and not fen:
        return "零元整"
    text = f"{_whole(whole)}元" if whole else ""
    if jiao:
        text += f"{DIGITS[jiao]}角"
    elif whole and fen:
        text += "零"
    return text + (f"{DIGITS[fen]}分" if fen else "整")


def rmb_capitals(amount: Decimal) -> str:
    """As papers write it: 人民币壹拾贰万捌仟元整. Raises ValueError as `capitals` does."""
    return f"人民币{capitals(amount)}"


def _whole(number: int) -> str:
    """Digit by digit; one 零 stands for any zeros between two digits, none for those at the end."""
    for size, unit in UNITS:
        if number >= size:
            head, tail = divmod(number, size)
            zero = "零" if 0 < tail < size // 10 else ""
            return _whole(head) + unit + zero + (_whole(tail) if tail else "")
    return DIGITS[number]


def parse_money(typed: str, *, least: Decimal = FEN) -> Decimal:
    """Yuan with two places from what somebody typed: “1280.5”, “¥128,000.00”.

    Raises ValidationError that says what is wrong: no amount, finer than a fen, below `least`, too large.
    """
    amount = _typed_figure(typed)
    if amount is None:
        raise ValidationError(_("Enter an amount in yuan, for example 1280.50."), code="invalid")
    if abs(amount) > LARGEST:
        raise ValidationError(_("The amount is too large."), code="max_value")
    if amount != amount.quantize(FEN):
        raise ValidationError(_("An amount has at most two decimals (fen)."), code="max_decimal_places")
    if amount < least:
        raise ValidationError(
            _("The amount must be at least %(least)s."), code="min_value", params={"least": yuan(least)}
        )
    return amount.quantize(FEN)


def _typed_figure(typed: str) -> Decimal | None:
    """The figure of an amount as people write it; None for anything else, such as 1e2 or NaN."""
    match = TYPED_AMOUNT.fullmatch(unicodedata.normalize("NFKC", typed).replace("￥", "¥").strip())
    return Decimal(match["figure"].replace(",", "")) if match else None


class PriceFormField(forms.DecimalField):
    """Yuan as they are typed for an amount, with as many decimals as the column of prices holds."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(**options)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        if value in self.empty_values:
            return None
        figure = _typed_figure(str(value))
        if figure is None:
            raise ValidationError(_("Enter a price in yuan, for example 4.070."), code="invalid")
        return figure


class MoneyFormField(forms.DecimalField):
    """Yuan with at most two decimals; `min_value` is the least that is taken, one fen if left out."""

    def __init__(self, *, min_value: Decimal | int = FEN, **options: Any) -> None:
        self.least = Decimal(min_value)
        options.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "data-money": ""})
        )
        super().__init__(max_digits=14, decimal_places=2, **options)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        return None if value in self.empty_values else parse_money(str(value), least=self.least)
