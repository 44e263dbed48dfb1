from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from waterservice.identifiers import (
    IdentifierError,
    check_credit_code,
    check_resident_id,
    check_telephone,
    resident_check_character,
    validate_credit_code,
    validate_resident_id,
    validate_telephone,
)

TODAY = date(2026, 10, 14)


def resident_id(first_17: str) -> str:
    return first_17 + resident_check_character(first_17)


def test_the_standards_own_example_has_its_check_character() -> None:
    """GB 11643 gives 11010519491231002X and 440524188001010014."""
    assert resident_check_character("11010519491231002") == "X"
    assert resident_check_character("44052418800101001") == "4"


def test_a_resident_number_is_returned_in_one_spelling() -> None:
    assert check_resident_id("11010519491231002x", TODAY) == "11010519491231002X"
    assert check_resident_id(" 110105 19491231 002X ", TODAY) == "11010519491231002X"
    assert check_resident_id("１１０１０５１９４９１２３１００２Ｘ", TODAY) == "11010519491231002X"


@pytest.mark.parametrize("district", ["810000", "820000", "830000", "330113", "990101"])
def test_the_district_is_not_judged(district: str) -> None:
    """Permits of Hong Kong, Macau and Taiwan residents; a district younger than its holder."""
    number = resident_id(f"{district}19600229001")
    assert check_resident_id(number, TODAY) == number


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("110105194912310021", "check_character"),
        ("110105491231002", "fifteen_digits"),
        ("1101051949123100", "form"),
        ("X10105194912310020", "form"),
        ("010105194912310020", "form"),
        ("11010519491231002X0", "form"),
        ("", "form"),
        (resident_id("11010519490229001"), "no_such_day"),
        (resident_id("11010519491331001"), "no_such_day"),
        (resident_id("11010520261015001"), "future"),
        (resident_id("11010518951231001"), "too_old"),
    ],
)
def test_a_wrong_resident_number_is_refused_with_its_reason(number: str, code: str) -> None:
    with pytest.raises(IdentifierError) as refusal:
        check_resident_id(number, TODAY)
    assert refusal.value.code == code
    assert isinstance(refusal.value, ValueError)


def test_a_child_born_today_has_a_number() -> None:
    number = resident_id("11010520261014001")
    assert check_resident_id(number, TODAY) == number


def test_any_single_wrong_figure_is_found() -> None:
    number = "11010519491231002X"
    for place in range(17):
        for figure in "0123456789":
            if figure == number[place]:
                continue
            with pytest.raises(IdentifierError):
                check_resident_id(number[:place] + figure + number[place + 1 :], TODAY)


def test_a_credit_code_is_returned_in_one_spelling() -> None:
    assert check_credit_code(" 91110000600037341l ") == "91110000600037341L"


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("911100006000373412", "check_character"),
        ("9111000060003734", "form"),
        ("A1110000600037341L", "form"),
        ("91110000I00037341L", "form"),
        ("", "form"),
    ],
)
def test_a_wrong_credit_code_is_refused(code: str, fault: str) -> None:
    with pytest.raises(IdentifierError) as refusal:
        check_credit_code(code)
    assert refusal.value.code == fault


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("138 0013 8000", "13800138000"),
        ("+86 13800138000", "13800138000"),
        ("(010)12345678".replace("1234", "6234"), "010-62345678"),
        ("010-12345678", "010-12345678"),
        ("02112345678", "021-12345678"),
        ("01062345678", "010-62345678"),
        ("0571－87654321－203", "0571-87654321-203"),
        ("05718765432", "0571-8765432"),
        ("87654321转8", "87654321-8"),
        ("4008100000", "400-810-0000"),
    ],
)
def test_telephones_are_returned_in_one_spelling(typed: str, kept: str) -> None:
    assert check_telephone(typed) == kept
    assert check_telephone(kept) == kept


@pytest.mark.parametrize(
    "typed", ["", "12345", "12800138000", "1380013800", "138001380001", "0571", "12345678", "010-1234567a"]
)
def test_what_nobody_can_call_is_refused(typed: str) -> None:
    with pytest.raises(IdentifierError):
        check_telephone(typed)


def test_validators_say_the_same_to_forms_in_the_users_language() -> None:
    for validate in (validate_resident_id, validate_credit_code, validate_telephone):
        with pytest.raises(ValidationError) as refusal:
            validate("1")
        assert refusal.value.code
    with translation.override("en"), pytest.raises(ValidationError, match="11 digits"):
        validate_telephone("1")
    validate_telephone("13800138000")
    validate_credit_code("91110000600037341L")
    validate_resident_id("11010519491231002X")
