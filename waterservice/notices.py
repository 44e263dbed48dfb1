"""Reading a notice of holidays that was pasted or uploaded, and what it would change."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from waterservice.calendar import DayEntry, calendar, calendar_with
from waterservice.text import clean_line
from waterservice.workdays import DayNote

OFF = frozenset({"休", "放假", "休息", "off"})
WORKED = frozenset({"班", "上班", "补班", "调休上班", "work"})
HEADINGS = frozenset({"日期", "date", "day"})
LONGEST_TEXT = 20_000
SEPARATORS = str.maketrans({"，": ",", "\t": ",", "；": ",", ";": ","})
SPAN = re.compile(r"\s*(?:~|～|至|—|--)\s*")
A_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


@dataclass(frozen=True)
class Change:
    """A day that a notice makes different."""

    before: DayNote
    after: DayNote


def parse_notice(text: str, *, year: int) -> list[DayEntry]:
    """The days of the whole notice of a year from lines “day or span, 休 or 班, occasion”.

    A span is written 2027-10-01~2027-10-07. Lines that begin with # and a heading are passed over.
    Raises ValidationError that lists every fault with its line.
    """
    if len(text) > LONGEST_TEXT:
        raise ValidationError(
            _("A notice of one year is shorter than %(most)d characters."), params={"most": LONGEST_TEXT}
        )
    found: dict[date, DayEntry] = {}
    faults = []
    for place, cells in _lines(text):
        try:
            entries = _entries(cells, year)
        except ValidationError as fault:
            faults += [_fault(place, message) for message in fault.messages]
            continue
        for entry in entries:
            twin = found.get(entry.day)
            if twin is not None and twin.working != entry.working:
                faults.append(_fault(place, _("{day} is both off and worked.").format(day=entry.day)))
            elif twin is not None:
                faults.append(_fault(place, _("{day} is named twice.").format(day=entry.day)))
            found.setdefault(entry.day, entry)
    if not faults:
        faults = [
            _("{day} is not off in this text: it does not look like the whole notice of {year}.").format(
                day=day, year=year
            )
            for day in (date(year, 1, 1), date(year, 10, 1))
            if day not in found or found[day].working
        ]
    if faults:
        raise ValidationError(faults)
    return sorted(found.values(), key=lambda entry: entry.day)


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    rows = csv.reader(text.lstrip("\ufeff").translate(SEPARATORS).splitlines())
    for place, row in enumerate(rows, start=1):
        cells = [cell.strip() for cell in row]
        if any(cells) and not cells[0].startswith("#") and cells[0].lower() not in HEADINGS:
            yield place, cells


def _entries(cells: list[str], year: int) -> list[DayEntry]:
    if len(cells) < 3 or not all(cells[:3]):
        raise ValidationError(_("Write the day, 休 or 班, and the occasion, with commas between them."))
    first, last = _span(cells[0])
    kind = cells[1].lower()
    if kind not in OFF | WORKED:
        raise ValidationError(_("“%(kind)s” is neither 休 nor 班."), params={"kind": cells[1]})
    name = clean_line(cells[2])
    entries = [DayEntry(first + timedelta(days=n), kind in WORKED, name) for n in range((last - first).days + 1)]
    for entry in entries:
        if entry.day.year != year and (entry.day.year, entry.day.month) != (year - 1, 12):
            raise ValidationError(
                _("%(day)s does not belong to the notice of %(year)s."),
                params={"day": entry.day.isoformat(), "year": str(year)},
            )
        if entry.working and entry.day.weekday() < 5:
            raise ValidationError(
                _("%(day)s is no weekend: it is worked anyway. Leave the line out."),
                params={"day": entry.day.isoformat()},
            )
    return entries


def _span(text: str) -> tuple[date, date]:
    ends = [_day(part) for part in SPAN.split(text)]
    if len(ends) > 2:
        raise ValidationError(_("“%(text)s” is no span of days."), params={"text": text})
    first, last = ends[0], ends[-1]
    if last < first:
        raise ValidationError(_("%(text)s ends before it starts."), params={"text": text})
    if (last - first).days > 31:
        raise ValidationError(_("%(text)s is longer than any holiday."), params={"text": text})
    return first, last


def _day(text: str) -> date:
    match = A_DAY.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError
        return date(*(int(part) for part in match.groups()))
    except ValueError as unknown:
        raise ValidationError(
            _("“%(text)s” is no day; write it like 2027-10-01."), params={"text": text.strip()}
        ) from unknown


def _fault(place: int, words: str) -> str:
    return _("Line {place}: {words}").format(place=place, words=words)


def difference(days: list[DayEntry], *, year: int) -> list[Change]:
    """The days that would be worked or off otherwise than now, or bear another name, if this notice held."""
    now, then = calendar(), calendar_with(days, year=year)
    span = (date(year, 12, 31) - date(year - 1, 12, 1)).days
    every = (date(year - 1, 12, 1) + timedelta(days=n) for n in range(span + 1))
    changes = (Change(now.note(day), then.note(day)) for day in every)
    return [
        change
        for change in changes
        if (change.before.working, change.before.reason) != (change.after.working, change.after.reason)
    ]
