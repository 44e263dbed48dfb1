"""Identity numbers, credit codes and telephones: checks of what was typed, and validators.

The check functions return the one spelling that is stored and searched, or raise IdentifierError.
"""

import re
import unicodedata
from datetime import date

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from stdnum import exceptions as stdnum_errors
from stdnum.cn import uscc

from waterservice.text import Words

RESIDENT_ID = re.compile(r"[1-9]\d{16}[\dX]", re.ASCII)
RESIDENT_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
RESIDENT_ID_CHECK_CHARACTERS = "10X98765432"
OLDEST_YEARS = 130

PAPER_NUMBER = re.compile(r"(?=.*\d)[A-Z\d]{5,20}", re.ASCII)
PAPER_NUMBER_IN_CHINESE = re.compile(r"(?=.*[0-9])[A-Z0-9\u4e00-\u9fff]{5,20}")  # 军字第0123456号

MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})", re.ASCII)
HOTLINE = re.compile(r"([48]00)-?(\d{3})-?(\d{4})", re.ASCII)
EXTENSION = r"(?:[-转x](\d{1,6}))?"
LANDLINE = re.compile(rf"(010|02\d|0[3-9]\d{{2}})-?([1-9]\d{{6,7}}){EXTENSION}", re.ASCII)
# Without an area code no subscriber's number begins with 1 or 9: those are short codes and mobiles cut off.
LOCAL = re.compile(rf"([2-8]\d{{6,7}}){EXTENSION}", re.ASCII)


class IdentifierError(ValueError):
    """What is wrong with a number, in translatable words, and a short code for tests and forms."""

    def __init__(self, message: Words, code: str) -> None:
        super().__init__(message)
        self.message, self.code = message, code

    def __str__(self) -> str:
        return str(self.message)


def resident_check_character(first_17: str) -> str:
    """The eighteenth character of a resident identity number, by GB 11643 (ISO 7064 MOD 11-2)."""
    total = sum(int(figure) * weight for figure, weight in zip(first_17, RESIDENT_ID_WEIGHTS, strict=True))
    return RESIDENT_ID_CHECK_CHARACTERS[total % 11]


def check_resident_id(number: str, on: date) -> str:
    """A resident identity number (GB 11643) as of a day: 18 characters, X in upper case.

    Judges form, date of birth and check character. The district is left alone: it may be younger than the
    birth date, permits of Hong Kong, Macau and Taiwan residents begin with 81, 82, 83, and the check
    character finds any single wrong digit in it. Raises IdentifierError.
    """
    text = _compact(number).upper()
    if re.fullmatch(r"\d{15}", text, re.ASCII):
        raise IdentifierError(
            _("Identity numbers with 15 digits are no longer valid. Enter the 18 of the new card."),
            "fifteen_digits",
        )
    if not RESIDENT_ID.fullmatch(text):
        raise IdentifierError(_("A resident identity number has 17 digits, then a digit or X."), "form")
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError as no_such_day:
        raise IdentifierError(
            _("The date of birth in the identity number does not exist."), "no_such_day"
        ) from no_such_day
    if born > on:
        raise IdentifierError(_("The date of birth in the identity number lies in the future."), "future")
    if on.year - born.year > OLDEST_YEARS:
        raise IdentifierError(_("The date of birth in the identity number lies too far back."), "too_old")
    if resident_check_character(text[:17]) != text[17]:
        raise IdentifierError(
            _("The identity number’s last character is wrong. Compare it with the card."),
            "check_character",
        )
    return text


def check_paper_number(number: str, *, chinese: bool = False) -> str:
    """The number of a passport, permit or card: 5 to 20 capitals and digits, with `chinese` also characters.

    Raises IdentifierError.
    """
    text = _compact(number).upper()
    if not (PAPER_NUMBER_IN_CHINESE if chinese else PAPER_NUMBER).fullmatch(text):
        raise IdentifierError(
            _("The number of this paper has 5 to 20 letters and digits. Copy it as it is printed."), "form"
        )
    return text


def check_credit_code(number: str) -> str:
    """A unified social credit code (GB 32100): 18 characters in upper case. Raises IdentifierError."""
    try:
        return str(uscc.validate(_compact(number)))
    except stdnum_errors.InvalidChecksum as wrong:
        raise IdentifierError(
            _("The credit code’s last character is wrong. Compare it with the licence."),
            "check_character",
        ) from wrong
    except stdnum_errors.ValidationError as wrong:
        raise IdentifierError(
            _("A unified social credit code has 18 digits and capital letters other than I, O, S, V, Z."),
            "form",
        ) from wrong


def check_telephone(number: str) -> str:
    """A telephone number of the mainland: 13800138000, 010-12345678, 0571-87654321-203, 400-810-0000.

    Spaces, brackets and +86 are dropped. Raises IdentifierError.
    """
    text = re.sub(r"[()]", "", _compact(number))
    if match := MOBILE.fullmatch(text):
        return match[1]
    if match := HOTLINE.fullmatch(text) or LANDLINE.fullmatch(text) or LOCAL.fullmatch(text):
        return "-".join(part for part in match.groups() if part)
    raise IdentifierError(_("Enter a mobile number with 11 digits, or a landline such as 010-12345678."), "telephone")


def validate_resident_id(number: str) -> None:
    """Validator as of today. Raises ValidationError."""
    try:
        check_resident_id(number, timezone.localdate())
    except IdentifierError as error:
        raise ValidationError(error.message, code=error.code) from error


def validate_credit_code(number: str) -> None:
    """Validator. Raises ValidationError."""
    try:
        check_credit_code(number)
    except IdentifierError as error:
        raise ValidationError(error.message, code=error.code) from error


def validate_telephone(number: str) -> None:
    """Validator. Raises ValidationError."""
    try:
        check_telephone(number)
    except IdentifierError as error:
        raise ValidationError(error.message, code=error.code) from error


def _compact(number: str) -> str:
    """Without spaces, in half-width characters: ７ and 7 are the same figure."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", number))
