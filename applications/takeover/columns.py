"""The columns of a list of paper files: derived from the forms, with headings in Chinese and in English."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _

from applications.forms.base import LineTableField
from applications.models import TakeoverScan
from applications.stages import Stage
from applications.takeover.plan import plan_of
from waterservice.imports.columns import read_day
from waterservice.imports.tables import Figure
from waterservice.text import clean_line

ROWS_SHOWN = 3  # numbered groups of columns that a list of columns shows; a file may have more
MOST_ROWS = 20
LANGUAGES = ("zh-hans", "en")
# What a spreadsheet's numbers spoil: leading zeros, and digits beyond the fifteenth.
CODES = frozenset(
    {"reference", "identity_number", "telephone", "second_telephone", "bank_account", "tax_number"}
    | {"agent_identity_number", "agent_telephone", "account_number", "meter_number", "card_number", "receipt"}
)
YES, NO = frozenset({"yes", "true", "1", "是", "on"}), frozenset({"no", "false", "0", "否"})


@dataclass(frozen=True)
class FileColumn:
    """One column: its name in the data, its headings in Chinese and English, its field, the stage it belongs to."""

    key: str
    chinese: str
    english: str
    field: forms.Field
    stage: Stage | None = None
    needed: bool = False

    def read(self, cell: str) -> str:
        """A cell as it is typed into the form. Raises ValidationError for what cannot be."""
        name = self.key.rpartition("-")[2]
        if type(cell) is Figure and name in CODES:
            raise ValidationError(
                _("This cell holds a number, which loses leading zeros. Make the column text and export anew.")
            )
        if cell.startswith("="):
            raise ValidationError(_("This is a formula. Put its value into the cell."))
        if isinstance(self.field, forms.BooleanField):
            return _yes_or_no(cell)
        if isinstance(self.field, forms.DateField):
            return read_day(cell).isoformat()
        if isinstance(self.field, forms.ModelChoiceField):
            return _by_code_or_name(self.field, cell)
        if isinstance(self.field, forms.ChoiceField):
            return chosen(self.field.choices, cell)
        return clean_line(cell)


def _yes_or_no(cell: str) -> str:
    folded = _folded(cell)
    if folded not in YES | NO:
        raise ValidationError(_("Enter yes or no."))
    return "on" if folded in YES else ""


def _by_code_or_name(field: forms.ModelChoiceField, cell: str) -> str:
    rows: list[Any] = list(field.queryset or ())
    for row in rows:
        if _folded(cell) in (_folded(row.code), _folded(row.name), _folded(str(row))):
            return str(row.code)
    known = _(", ").join(f"{row.code} {row.name}" for row in rows[:10])
    raise ValidationError(_("Enter one of: %(choices)s."), params={"choices": known or "—"})


def chosen(choices: Any, cell: str) -> str:
    """The value of a choice that is named by value or by its words in either language. Raises ValidationError."""
    listed = [(value, label) for value, label in choices if value not in ("", None)]
    for language in LANGUAGES:
        with translation.override(language):
            for value, label in listed:
                if _folded(cell) in (_folded(str(value)), _folded(str(label))):
                    return str(value)
    raise ValidationError(
        _("Enter one of: %(choices)s."), params={"choices": _(", ").join(str(label) for _value, label in listed)}
    )


def columns_of(kind: str) -> list[FileColumn]:
    """Every column of a kind's list, in the order of the forms; several payments are numbered groups."""
    by_language = {}
    for language in LANGUAGES:
        with translation.override(language):
            by_language[language] = list(_described(kind))
    return [
        FileColumn(key, chinese, english, field, stage, needed)
        for (key, chinese, field, stage, needed), (_key, english, *_rest) in zip(
            by_language["zh-hans"], by_language["en"], strict=True
        )
    ]


Described = tuple[str, str, forms.Field, Stage | None, bool]


def _described(kind: str) -> Iterator[Described]:
    """(key, heading, field, stage, needed) in the language of the moment."""
    plan = plan_of(kind)
    stages = forms.ChoiceField(choices=[(stop.stage.value, stop.stage.label) for stop in plan.request.route])
    yield "stage", _("stands at"), stages, None, True
    for name, field in plan.head(passed=plan.request.route.stages).fields.items():
        yield name, str(field.label), field, None, field.required
    for section in plan.sections:
        if section.form is None:
            continue
        form = section.form(stage=section.stage)
        for name, field in form.fields.items():
            if isinstance(field, LineTableField):
                yield from _numbered(form.add_prefix(name), section.stage, field)
            else:
                heading = f"{section.stage.label}: {field.label}"
                yield form.add_prefix(name), heading, field, section.stage, field.required
    for about in TakeoverScan.About:
        yield f"scan-{about.value}", f"{_('Scan')}: {about.label}", forms.CharField(required=False), None, False


def _numbered(prefix: str, stage: Stage, table: LineTableField) -> Iterator[Described]:
    for place in range(MOST_ROWS):
        for name, field in table.row_form.base_fields.items():
            yield f"{prefix}-{place}-{name}", f"{table.label} {place + 1}: {field.label}", field, stage, False


def matched(columns: Sequence[FileColumn], headings: Sequence[str]) -> tuple[list[FileColumn | None], list[str]]:
    """The column under each heading, None under an empty one; and what is wrong with the headings."""
    known = {_heading(words): column for column in columns for words in (column.key, column.chinese, column.english)}
    found: list[FileColumn | None] = []
    faults = []
    for heading in headings:
        column = known.get(_heading(heading)) if heading.strip() else None
        if heading.strip() and column is None:
            faults.append(_("“{heading}” is no heading. --columns lists those that are.").format(heading=heading))
        elif column is not None and column in found:
            faults.append(_("“{heading}” stands there twice.").format(heading=heading))
        found.append(column)
    faults += [
        _("The column “{heading}” is missing.").format(heading=column.chinese)
        for column in columns
        if column.needed and column.stage is None and column not in found and column.key != "accepted_on"
    ]
    return found, faults


def described(columns: Sequence[FileColumn]) -> str:
    """The columns as a Markdown table, in the language of the moment."""
    lines = [[_("heading"), _("English heading"), _("needed"), _("what it holds")], ["---"] * 4]
    lines += [
        [column.chinese, column.english, _needed(column), _holds(column.field)]
        for column in columns
        if shown_in_lists(column)
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def shown_in_lists(column: FileColumn) -> bool:
    """Of numbered groups the first ones stand for all."""
    place = re.search(r"-(\d+)-", column.key)
    return place is None or int(place[1]) < ROWS_SHOWN


def _needed(column: FileColumn) -> str:
    if not column.needed:
        return ""
    if column.key == "accepted_on":
        return _("behind “{stage}”").format(stage=Stage.DOCUMENT_REVIEW.label)
    return _("yes") if column.stage is None else _("behind “{stage}”").format(stage=column.stage.label)


def _holds(field: forms.Field) -> str:
    holds: list[tuple[type[forms.Field], Callable[[], str]]] = [
        (forms.ModelChoiceField, lambda: _("code or name")),
        (forms.ChoiceField, lambda: _(", ").join(str(label) for value, label in field.choices if value)),  # type: ignore[attr-defined]
        (forms.BooleanField, lambda: _("yes or no")),
        (forms.DateField, lambda: _("day, for example 2026-10-14")),
        (forms.DecimalField, lambda: _("a number")),
        (forms.IntegerField, lambda: _("a number")),
    ]
    return next((words() for kind, words in holds if isinstance(field, kind)), _("text"))


def _folded(words: str) -> str:
    return unicodedata.normalize("NFKC", words).strip().casefold()


def _heading(words: str) -> str:
    """A heading as it is compared: without spaces, marks, capitals, and what stands in brackets."""
    return re.sub(r"[\s_\-*:\ufeff]", "", re.sub(r"\(.*?\)", "", _folded(words)))
