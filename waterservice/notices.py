"""Reading a notice of holidays that was pasted or uploaded, and what it would change."""

import csv
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _

from waterservice.calendar import DayEntry, calendar, calendar_with, notice_in_force
from waterservice.models import CalendarDay
from waterservice.notice_prose import Prose
from waterservice.text import clean_line
from waterservice.workdays import DayNote

OFF = frozenset({"休", "放假", "休息", "off"})
WORKED = frozenset({"班", "上班", "补班", "调休上班", "work"})
HEADINGS = frozenset({"日期", "date", "day"})
LONGEST_TEXT = 20_000
SEPARATORS = str.maketrans({"，": ",", "\t": ",", "；": ",", ";": ","})
SPAN = re.compile(r"\s*(?:~|～|至|—|--)\s*")
A_ROW = re.compile(r"\d{4}[-/.]")
A_CHINESE_ROW = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日(?:\s*[~～至—-]+\s*\d{4}年\d{1,2}月\d{1,2}日)?")
A_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


@dataclass(frozen=True)
class Change:
    """A day that a notice makes different."""

    before: DayNote
    after: DayNote


@dataclass(frozen=True)
class Difference:
    """What a notice would change: days that would be worked instead of off or off instead of worked, and mere names."""

    days: list[Change]
    renamed: list[Change]


def parse_notice(text: str, *, year: int, amends: bool = False) -> list[DayEntry]:
    """The days of the whole notice of a year: its own sentences, or lines “day or span, 休 or 班, occasion”.

    A text that `amends` the notice in force names only what it changes; its days go over those of that notice.

    A sentence is “元旦：1月1日至3日放假调休，共3天。1月4日（周日）上班。”; the words of greeting around them are passed
    over. In the lines a span is written 2027-10-01~2027-10-07; what begins with # and a heading are passed over.
    Raises ValidationError that lists every fault with its line.
    """
    in_force = notice_in_force(year) if amends else []
    if amends and not in_force:
        raise ValidationError(
            _("There is no notice of %(year)s yet that could be amended. Enter the whole notice first."),
            params={"year": str(year)},
        )
    found = _named(text, Prose(year, amends=amends), year)
    if amends and not found:
        raise ValidationError(_("This text names no day that it would change."))
    whole = {entry.day: entry for entry in in_force} | found
    lacking = [day for day in (date(year, 1, 1), date(year, 10, 1)) if day not in whole or whole[day].working]
    if lacking:
        raise ValidationError(
            [
                _("{day} is not off in this text: it does not look like the whole notice of {year}.").format(
                    day=day, year=year
                )
                for day in lacking
            ]
        )
    return sorted(whole.values(), key=lambda entry: entry.day)


def _named(text: str, prose: Prose, year: int) -> dict[date, DayEntry]:
    """The days that a text names. Raises ValidationError that lists every fault with its line."""
    if len(text) > LONGEST_TEXT:
        raise ValidationError(
            _("A notice of one year is shorter than %(most)d characters."), params={"most": LONGEST_TEXT}
        )
    found: dict[date, DayEntry] = {}
    faults = []
    for place, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        try:
            entries = _checked(_read(line, prose), year, amends=prose.amends)
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
    if faults:
        raise ValidationError(faults)
    return found


def _read(line: str, prose: Prose) -> list[DayEntry]:
    """The days of one line, whichever way it is written; none for a heading, a remark, words of greeting."""
    row = next(csv.reader([line.translate(SEPARATORS)]), [])
    cells = [cell.strip() for cell in row]
    if not any(cells) or cells[0].startswith("#") or cells[0].lower() in HEADINGS:
        return []
    several = len(cells) > 1
    if A_ROW.match(cells[0]) or (several and (cells[1].lower() in OFF | WORKED or A_CHINESE_ROW.fullmatch(cells[0]))):
        return _entries(cells)
    return prose.read(line)


def _entries(cells: list[str]) -> list[DayEntry]:
    if len(cells) < 3 or not all(cells[:3]):
        raise ValidationError(_("Write the day, 休 or 班, and the occasion, with commas between them."))
    first, last = _span(cells[0])
    kind = cells[1].lower()
    if kind not in OFF | WORKED:
        raise ValidationError(_("“%(kind)s” is neither 休 nor 班."), params={"kind": cells[1]})
    name = clean_line(cells[2])
    return [DayEntry(first + timedelta(days=n), kind in WORKED, name) for n in range((last - first).days + 1)]


def _checked(entries: list[DayEntry], year: int, *, amends: bool) -> list[DayEntry]:
    """The same days, make-up days with a name that says so.

    Raises ValidationError for one outside the notice's year, an endless name, and a weekday that is worked, unless an
    amendment takes it out of a holiday.
    """
    for entry in entries:
        if entry.day.year != year and (entry.day.year, entry.day.month) != (year - 1, 12):
            raise ValidationError(
                _("%(day)s does not belong to the notice of %(year)s."),
                params={"day": entry.day.isoformat(), "year": str(year)},
            )
        if entry.working and entry.day.weekday() < 5 and not (amends and not calendar().is_working(entry.day)):
            raise ValidationError(
                _("%(day)s is no weekend: it is worked anyway. Leave the line out."),
                params={"day": entry.day.isoformat()},
            )
    named = [entry if not entry.working or "班" in entry.name else _as_make_up(entry) for entry in entries]
    longest = CalendarDay._meta.get_field("name").max_length
    for entry in named:
        if longest is not None and len(entry.name) > longest:
            raise ValidationError(
                _("“%(name)s” is too long a name for an occasion."), params={"name": entry.name[:longest]}
            )
    return named


def _as_make_up(entry: DayEntry) -> DayEntry:
    """A worked weekend day under the name that people read in the calendar; a notice is Chinese, so is the name."""
    return replace(entry, name=f"{entry.name}调休上班")


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


def difference(days: list[DayEntry], *, year: int) -> Difference:
    """What would be otherwise than now if this notice held."""
    now, then = calendar(), calendar_with(days, year=year)
    span = (date(year, 12, 31) - date(year - 1, 12, 1)).days
    every = (date(year - 1, 12, 1) + timedelta(days=n) for n in range(span + 1))
    changes = [Change(now.note(day), then.note(day)) for day in every]
    with translation.override("zh-hans"):  # a notice is written in Chinese, whatever its reader has chosen
        names = {change: (_(change.before.reason), _(change.after.reason)) for change in changes}
    return Difference(
        days=[change for change in changes if change.before.working != change.after.working],
        renamed=[
            change
            for change, (before, after) in names.items()
            if change.before.working == change.after.working and before != after
        ],
    )
