"""Row numbers that come in from outside: addresses and hidden fields."""

import re

from django.urls.converters import IntConverter

ROW_NUMBER = "[0-9]{1,18}"  # what a 64-bit column surely holds


class RowConverter(IntConverter):
    """`<row:…>` in an address; a longer number is no address of ours (404)."""

    regex = ROW_NUMBER


def row_number(text: str) -> int | None:
    """The row number that a text names, or None where it names none."""
    return int(text) if re.fullmatch(ROW_NUMBER, text, re.ASCII) else None
