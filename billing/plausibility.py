"""What a reading can be, and what looks wrong about it. Figures in, sentences out; nothing is read or written.

Impossible is what cannot have happened: it is refused. Suspicious is what seldom happens: it needs a second look.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from waterservice.text import without_invisible

FULL_WIDTH = str.maketrans("０１２３４５６７８９－", "0123456789-")  # as a Chinese keyboard may write them
WHOLE_NUMBER = re.compile(r"-?\d{1,9}", re.ASCII)


def parse_reading(typed: str) -> int:
    """A reading (m³) from what somebody typed; full-width digits (１２３) are digits.

    Raises ValidationError for what is no whole number or below zero.
    """
    text = without_invisible(typed).translate(FULL_WIDTH).strip()
    if not WHOLE_NUMBER.fullmatch(text):
        raise ValidationError(
            _("“%(typed)s” is no reading. Write whole cubic metres, digits only."), params={"typed": typed.strip()}
        )
    figure = int(text)
    if figure < 0 or text.startswith("-"):
        raise ValidationError(_("A meter never shows less than nothing. Leave the minus sign out."))
    return figure


def refuse_the_impossible(
    *,
    reading: int,
    read_on: date,
    rolled_over: bool,
    last: int,
    last_on: date,
    turn: int,
    today: date,
    can_tick: bool = True,
) -> None:
    """Raises ValidationError on `reading`, `rolled_over` or `read_on` for what cannot have happened.

    `last` (m³, shown on `last_on`) is the reading before of the same meter, `turn` what its register begins
    again after; `can_tick` says whether who typed it could have said that the register began again.
    """
    params = {"last": last, "day": last_on.isoformat(), "most": turn - 1}
    if not 0 <= reading < turn:
        _refuse("reading", _("This meter shows 0 to %(most)s m³. Look at the figure again."), params)
    if reading < last and not rolled_over:
        words = _("The meter showed %(last)s m³ on %(day)s. Read it again.")
        if can_tick:
            words = _("The meter showed %(last)s m³ on %(day)s. Read it again, or say that it rolled over.")
        _refuse("reading", words, params)
    if rolled_over and reading >= last:
        _refuse("rolled_over", _("The meter did not roll over: it showed less on %(day)s, %(last)s m³."), params)
    if read_on > today:
        _refuse("read_on", _("%(day)s has not come yet."), {"day": read_on.isoformat()})
    if read_on < last_on:
        _refuse("read_on", _("The meter was read on %(day)s already; an earlier reading can't follow."), params)


def _refuse(field: str, words: str, params: dict[str, object]) -> None:
    raise ValidationError({field: ValidationError(words, params=params)})


def usage_between(last: int, reading: int, *, rolled_over: bool, turn: int) -> int:
    """The m³ that ran through a meter between two readings."""
    return reading - last + (turn if rolled_over else 0)


def usual(recent: Sequence[int]) -> int | None:
    """The mean usage (m³) of the last periods, rounded half up; None where nothing has been billed yet."""
    return (2 * sum(recent) + len(recent)) // (2 * len(recent)) if recent else None


def doubts(
    usage: int, recent: Sequence[int], *, factor: int, expected: int | None = None, whole: bool = True
) -> list[str]:
    """What is suspicious about a period's usage (m³), beside that of the last periods.

    Where there are none yet, only too much is suspicious, beside what is `expected` a month, if that is known; so
    it is of what is not a `whole` period.
    """
    mean = usual(recent)
    if mean is None:
        if expected is None or usage < factor * max(expected, 1):
            return []
        words = _("{usage} m³ is {factor} times the expected {expected} m³ a month or more.")
        return [words.format(usage=usage, factor=factor, expected=expected)]
    about = {"usage": usage, "usual": mean, "factor": factor}
    if usage == 0 and mean > 0 and whole:
        return [_("Nothing used; usually {usual} m³.").format(**about)]
    if usage >= factor * max(mean, 1):
        return [_("{usage} m³ is {factor} times the usual {usual} m³ or more.").format(**about)]
    return []
