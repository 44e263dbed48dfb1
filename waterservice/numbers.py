"""Numbers that come in from outside: rows in addresses and hidden fields, whole numbers that people type."""

import re
import unicodedata
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.urls.converters import IntConverter
from django.utils.translation import gettext_lazy as _

ROW_NUMBER = "[0-9]{1,18}"  # what a 64-bit column surely holds


class RowConverter(IntConverter):
    """`<row:…>` in an address; a longer number is no address of ours (404)."""

    regex = ROW_NUMBER


def row_number(text: str) -> int | None:
    """The row number that a text names, or None where it names none."""
    return int(text) if re.fullmatch(ROW_NUMBER, text, re.ASCII) else None


def uuid_of(text: object) -> UUID | None:
    """The UUID that a text names, or None where it names none."""
    try:
        return UUID(str(text))
    except ValueError:
        return None


class WholeFormField(forms.IntegerField):
    """A whole number in digits only: neither 1e2 nor 1_000 nor 12.0."""

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        typed = unicodedata.normalize("NFKC", str(value)).strip()
        if not re.fullmatch("[0-9]{1,9}", typed, re.ASCII):
            raise ValidationError(_("Enter a whole number, digits only."), code="invalid")
        return int(typed)
