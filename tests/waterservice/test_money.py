from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from waterservice.money import MoneyFormField, capitals, parse_money, rmb_capitals, yuan

amounts = st.decimals(0, Decimal("999999999999.99"), places=2)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("100000", "壹拾万元整"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("100000000", "壹亿元整"),
        ("0.05", "伍分"),
        ("0", "零元整"),
        ("0.50", "伍角整"),
        ("10.10", "壹拾元壹角整"),
        ("110", "壹佰壹拾元整"),
        ("1001", "壹仟零壹元整"),
        ("10001", "壹万零壹元整"),
        ("128000", "壹拾贰万捌仟元整"),
        ("10100000", "壹仟零壹拾万元整"),
        ("100010000", "壹亿零壹万元整"),
        ("100001000", "壹亿零壹仟元整"),
        ("1000000005", "壹拾亿零伍元整"),
        ("1020304050.60", "壹拾亿贰仟零叁拾万肆仟零伍拾元陆角整"),
        ("999999999999.99", "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_amounts_in_capital_numerals(amount: str, words: str) -> None:
    assert capitals(Decimal(amount)) == words
    assert rmb_capitals(Decimal(amount)) == f"人民币{words}"


@pytest.mark.parametrize("amount", ["-0.01", "1.005", "1000000000000", "NaN", "Infinity"])
def test_what_no_paper_can_say_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="capital numerals"):
        capitals(Decimal(amount))


@given(amounts)
def test_capital_numerals_are_well_formed(amount: Decimal) -> None:
    words = capitals(amount)
    assert "零零" not in words
    assert not words.startswith("零") or amount == 0
    assert words.endswith("分") == bool(amount * 100 % 10)
    assert words.endswith("整") != words.endswith("分")


@given(amounts)
def test_capital_numerals_read_back_as_the_amount(amount: Decimal) -> None:
    assert read(capitals(amount)) == amount


def read(words: str) -> Decimal:
    """An amount from its capital numerals."""
    yuan_part, rest = words.split("元") if "元" in words else ("", words)
    jiao, rest = rest.split("角") if "角" in rest else ("", rest)
    fen = rest.removesuffix("分") if "分" in rest else ""
    return read_whole(yuan_part) + read_whole(jiao) / Decimal(10) + read_whole(fen) / Decimal(100)


def read_whole(words: str) -> Decimal:
    for unit, size in {"亿": 10**8, "万": 10**4, "仟": 1000, "佰": 100, "拾": 10}.items():
        head, found, tail = words.partition(unit)
        if found:
            return read_whole(head) * size + read_whole(tail)
    return Decimal("零壹贰叁肆伍陆柒捌玖".index(words.strip("零") or "零"))


def test_yuan_in_figures() -> None:
    assert yuan(Decimal("128000")) == "¥128,000.00"
    assert yuan(Decimal("-0.5")) == "-¥0.50"
    assert yuan(Decimal("0.005")) == "¥0.01"
    assert yuan(Decimal("-0.001")) == "¥0.00"


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("1280.5", "1280.50"), (" ¥128,000.00 ", "128000.00"), ("￥１２.３０", "12.30"), ("7.", "7.00"), ("+3", "3.00")],
)
def test_amounts_as_people_type_them(typed: str, amount: str) -> None:
    parsed = parse_money(typed)
    assert parsed == Decimal(amount)
    assert parsed.as_tuple().exponent == -2


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("NaN", "invalid"),
        ("Infinity", "invalid"),
        ("1e5", "invalid"),
        ("1_000", "invalid"),
        ("1,5", "invalid"),
        ("1,2800", "invalid"),
        ("十元", "invalid"),
        ("", "invalid"),
        ("0.001", "max_decimal_places"),
        ("12.345", "max_decimal_places"),
        ("0", "min_value"),
        ("-5", "min_value"),
        ("1000000000000", "max_value"),
        ("9" * 40, "max_value"),
    ],
)
def test_what_is_no_payable_amount_is_refused_with_its_reason(typed: str, code: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        parse_money(typed)
    assert refusal.value.code == code


class PaymentForm(forms.Form):
    amount = MoneyFormField()
    discount = MoneyFormField(min_value=0, required=False)


def test_the_form_field_gives_two_places_and_names_what_is_wrong() -> None:
    form = PaymentForm({"amount": "1,280.5", "discount": "0"})
    assert form.is_valid(), form.errors
    assert str(form.cleaned_data["amount"]) == "1280.50"
    assert form.cleaned_data["discount"] == 0
    refused = PaymentForm({"amount": "0", "discount": "-1"})
    assert refused.has_error("amount", "min_value")
    assert refused.has_error("discount", "min_value")


def test_an_optional_amount_may_be_left_out() -> None:
    form = PaymentForm({"amount": "1", "discount": ""})
    assert form.is_valid()
    assert form.cleaned_data["discount"] is None


def test_an_amount_typed_in_another_way_is_no_change() -> None:
    form = PaymentForm({"amount": "1,280.5", "discount": ""}, initial={"amount": Decimal("1280.50")})
    assert form.changed_data == []
