"""Text that people type: one spelling for what looks the same, and nothing in it that cannot be seen."""

import unicodedata
from typing import TYPE_CHECKING, Any, TypeAlias

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

Words: TypeAlias = "str | StrPromise"  # for people: translated when shown

# Control and format characters, halves of characters, private use, separators of lines and paragraphs: they
# hide in names, turn the order of letters round, or print as boxes.
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def clean_line(text: str) -> str:
    """One line: composed (NFC), trimmed, any run of spaces one space; markup stays what it is, text.

    Full-width letters stay too: they belong to registered names. Raises ValidationError for control and
    invisible characters, line breaks among them.
    """
    composed = unicodedata.normalize("NFC", text.strip())
    spaced = "".join(" " if unicodedata.category(sign) == "Zs" or sign == "\t" else sign for sign in composed)
    line = " ".join(word for word in spaced.split(" ") if word)
    refuse_control_characters(line)
    return line


def clean_lines(text: str) -> str:
    """Lines of text, each as `clean_line` has it. Raises ValidationError for control and invisible characters."""
    return "\n".join(clean_line(line) for line in text.replace("\r\n", "\n").split("\n"))


def refuse_control_characters(text: str) -> None:
    """Validator for one line. Raises ValidationError for control and invisible characters."""
    if any(unicodedata.category(sign) in INVISIBLE for sign in text):
        raise ValidationError(_("Remove the invisible or control characters."), code="control_characters")


def without_invisible(text: str) -> str:
    """A text that nobody typed, such as a file's name, with its invisible characters left out."""
    return "".join(sign for sign in text if unicodedata.category(sign) not in INVISIBLE)


class LineField(forms.CharField):
    """One line of clean text; with a Textarea, lines of it."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return clean_lines(text) if isinstance(self.widget, forms.Textarea) else clean_line(text)


def labelled(label: object, words: object) -> str:
    """“Label: words”, with the colon of the reader's language."""
    return gettext("{label}: {words}").format(label=label, words=words)


def aside(words: object, besides: object) -> str:
    """“Words (besides)”, with the brackets of the reader's language."""
    return gettext("{words} ({aside})").format(words=words, aside=besides)


def on_behalf(person: object, giver: object) -> str:
    """“Person (for giver)” of what somebody does or is in another's stead (代); without a giver just the person."""
    return gettext("{person} (for {giver})").format(person=person, giver=giver) if giver else str(person or "")


def decoded(content: bytes) -> str:
    """The text of an uploaded file: UTF-8 with or without its mark, else GB 18030, as Excel in China writes it.

    Raises ValidationError for what is neither.
    """
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValidationError(_("This file is no text. Save it as CSV and try again."), code="encoding")
