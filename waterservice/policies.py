"""Policies: figures that an administrator changes, each holding from a day on.

A policy is declared once, beside the rule that uses it, with its kind, its default and its bounds. A stored
value holds from its day until a newer one does; before the first, the default holds. What held on a day that
has passed can't be changed any more, so that a case keeps the rules of the day it was accepted.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from enum import Enum
from typing import Any, Generic, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from waterservice.models import PolicyValue
from waterservice.money import LARGEST, ZERO, parse_money, yuan
from waterservice.per_request import PerRequest
from waterservice.text import Words, clean_line

T = TypeVar("T")
Number = int | Decimal


class PolicyKind(Enum):
    """What a policy's value is. Numbers are never negative unless the policy's own bounds allow it."""

    DAYS = "days"  # int, 1 to 3660
    MONEY = "money"  # Decimal, yuan with two places
    INTEGER = "integer"  # int
    DECIMAL = "decimal"  # Decimal, up to four places
    BOOLEAN = "boolean"  # bool
    TIME = "time"  # datetime.time, to the minute, Shanghai
    TEXT = "text"  # str, one line
    CHOICE = "choice"  # str, one of the policy's own choices


BOUNDS: Mapping[PolicyKind, tuple[Number, Number]] = {
    PolicyKind.DAYS: (1, 3660),
    PolicyKind.MONEY: (ZERO, LARGEST),
    PolicyKind.INTEGER: (0, 10**9),
    PolicyKind.DECIMAL: (Decimal(0), Decimal(10**9)),
}
LONGEST_TEXT = 200
YES_AND_NO = {
    "true": True,
    "yes": True,
    "1": True,
    "是": True,
    "false": False,
    "no": False,
    "0": False,
    "否": False,
}


@dataclass(frozen=True, eq=False)
class Policy(Generic[T]):
    """A declared policy. `on(day)` is its value; the rest is for the administrator's page."""

    key: str
    label: Words
    default: T
    kind: PolicyKind
    clause: str
    unit: Words
    least: Number | None
    most: Number | None
    choices: Mapping[str, Words] = field(default_factory=dict)
    check: Callable[[T, date], None] | None = None

    def on(self, day: date) -> T:
        """The value that holds on a day."""
        held = [(since, value) for since, value in _stored().get(self.key, ()) if since <= day]
        if not held:
            return self.default
        stored: T = _READERS[self.kind](held[-1][1])  # bounds drawn later don't undo what was set before
        return stored

    def parse(self, raw: Any) -> T:
        """What was typed or given, as a value. Raises ValidationError when it cannot be one or is out of bounds."""
        value: Any = _READERS[self.kind](raw)
        if self.kind is PolicyKind.CHOICE:
            value = self._chosen(value)
        if self.least is not None and self.most is not None and not self.least <= value <= self.most:
            raise ValidationError(
                _("Enter a value from %(least)s to %(most)s."),
                code="bounds",
                params={"least": self.least, "most": self.most},
            )
        parsed: T = value
        return parsed

    def _chosen(self, text: str) -> str:
        """The choice that was named by its value or by its words."""
        for value, words in self.choices.items():
            if text in (value, str(words)):
                return value
        raise ValidationError(
            _("Enter one of: %(choices)s."),
            code="choice",
            params={"choices": _(", ").join(str(words) for words in self.choices.values())},
        )

    def show(self, value: T) -> str:
        """A value with its unit, for people."""
        if isinstance(value, bool):
            return str(_("yes") if value else _("no"))
        if isinstance(value, time):
            return f"{value:%H:%M}"
        if isinstance(value, Decimal) and self.kind is PolicyKind.MONEY:
            return yuan(value)
        if self.kind is PolicyKind.CHOICE:
            return str(self.choices[str(value)])
        return f"{value} {self.unit}".strip()


def _whole_number(raw: Any) -> int:
    text = str(raw).strip()
    if isinstance(raw, bool | float) or not re.fullmatch(r"-?\d{1,12}", text, re.ASCII):
        raise ValidationError(_("Enter a whole number."), code="integer")
    return int(text)


def _decimal(raw: Any) -> Decimal:
    text = str(raw).strip()
    if isinstance(raw, bool | float) or not re.fullmatch(r"-?\d{1,12}(\.\d{1,4})?", text, re.ASCII):
        raise ValidationError(_("Enter a number with at most four decimals."), code="decimal")
    return Decimal(text)


def _money(raw: Any) -> Decimal:
    return parse_money(str(raw), least=-LARGEST)


def _yes_or_no(raw: Any) -> bool:
    answer = YES_AND_NO.get(str(raw).strip().lower())
    if answer is None:
        raise ValidationError(_("Enter yes or no."), code="boolean")
    return answer


def _time(raw: Any) -> time:
    try:
        moment = raw if isinstance(raw, time) else time.fromisoformat(str(raw).strip())
    except ValueError as wrong:
        raise ValidationError(_("Enter a time of day, for example 17:00."), code="time") from wrong
    if moment != time(moment.hour, moment.minute):
        raise ValidationError(_("Enter a time of day, for example 17:00."), code="time")
    return moment


def _text(raw: Any) -> str:
    line = clean_line(str(raw))
    if not 0 < len(line) <= LONGEST_TEXT:
        raise ValidationError(
            _("Enter one line of at most %(most)d characters."), code="text", params={"most": LONGEST_TEXT}
        )
    return line


_READERS: Mapping[PolicyKind, Callable[[Any], Any]] = {
    PolicyKind.DAYS: _whole_number,
    PolicyKind.MONEY: _money,
    PolicyKind.INTEGER: _whole_number,
    PolicyKind.DECIMAL: _decimal,
    PolicyKind.BOOLEAN: _yes_or_no,
    PolicyKind.TIME: _time,
    PolicyKind.TEXT: _text,
    PolicyKind.CHOICE: _text,
}


def to_json(value: Any) -> bool | int | str:
    """How a value is stored: what JSON has as itself, the rest as its text. `parse` reads it back."""
    return value if isinstance(value, bool | int) else str(value)


_declared: dict[str, Policy[Any]] = {}


def declare(
    key: str,
    *,
    label: Words,
    default: T,
    kind: PolicyKind,
    clause: str = "",
    unit: Words = "",
    least: Number | None = None,
    most: Number | None = None,
    choices: Mapping[str, Words] | None = None,
    check: Callable[[T, date], None] | None = None,
) -> Policy[T]:
    """Declare a policy at import time; `least` and `most` narrow the bounds of its kind.

    `check` raises ValidationError for a value that does not go with another policy on the day from which it holds.

    Raises ValueError for a key that is declared already or a default that the policy itself would refuse.
    """
    lowest, highest = BOUNDS.get(kind, (None, None))
    policy = Policy(
        key,
        label,
        default,
        kind,
        clause,
        unit,
        lowest if least is None else least,
        highest if most is None else most,
        choices or {},
        check,
    )
    try:
        read: Any = policy.parse(default)
    except ValidationError as refusal:
        raise ValueError(f"{default!r} is no default for the policy {key}.") from refusal
    if read != default or type(read) is not type(default):
        raise ValueError(f"{default!r} is no default for the policy {key}.")
    if key in _declared:
        raise ValueError(f"The policy {key} is declared twice.")
    _declared[key] = policy
    return policy


def all_policies() -> list[Policy[Any]]:
    """Every policy of the program, by key."""
    return sorted(_declared.values(), key=lambda policy: policy.key)


def find(key: str) -> Policy[Any]:
    """The policy declared under a key. Raises KeyError when none is."""
    return _declared[key]


def value(key: str, on: date) -> Any:
    """The value that holds on a day of the policy declared under a key. Raises KeyError when none is."""
    return find(key).on(on)


@transaction.atomic
def set_policy(
    *, policy: Policy[T], value: Any, effective_from: date, by: AbstractBaseUser | None, note: str = ""
) -> PolicyValue:
    """Give a policy a value from a day on; a value set for the same day before is replaced, its history kept.

    `value` is typed as the policy's kind, or text to be read as such. Raises ValidationError for a value that
    the policy refuses and for a day that has passed.
    """
    parsed = policy.parse(value)
    if policy.check is not None:
        policy.check(parsed, effective_from)
    if effective_from < timezone.localdate():
        raise ValidationError(
            _("A policy changes from today on at the earliest: what held on past days stays."), code="past"
        )
    row = PolicyValue.objects.select_for_update().filter(key=policy.key, effective_from=effective_from).first()
    row = row or PolicyValue(key=policy.key, effective_from=effective_from)
    row.value, row.note = to_json(parsed), clean_line(note)
    row.save_as(by)
    _stored.forget()
    return row


def _load() -> dict[str, list[tuple[date, Any]]]:
    """All stored values, each policy's from the oldest to the newest, in one query."""
    stored: dict[str, list[tuple[date, Any]]] = {}
    rows = PolicyValue.objects.order_by("effective_from").values_list("key", "effective_from", "value")
    for key, since, value in rows:
        stored.setdefault(key, []).append((since, value))
    return stored


_stored = PerRequest(_load)
