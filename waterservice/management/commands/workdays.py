from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from waterservice.calendar import calendar, published_calendar
from waterservice.workdays import Calendar, DayNote, Unreckonable


class Command(BaseCommand):
    """The day on which a period ends, as the program counts it; the last line is that day alone."""

    help = "Prints the day on which a period of working days ends; the day it starts from is not counted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("start", help="the day of the event, for example 2026-09-30")
        parser.add_argument("days", help="1 to 3660")
        parser.add_argument("--explain", action="store_true", help="every day, counted or not, and why")
        parser.add_argument(
            "--calendar-days", action="store_true", help="count all days; a day off at the end moves it on"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        start, days = _day(options["start"]), _number(options["days"])
        days_off = self._calendar()
        count_all: bool = options["calendar_days"]
        add = days_off.add_calendar_days if count_all else days_off.add_working_days
        try:
            due = add(start, days)
            notes = days_off.explain(start, due)
        except Unreckonable as wrong:
            raise CommandError(_(wrong.words).format(**wrong.values)) from wrong
        if options["explain"]:
            for place, note in enumerate(notes, start=1):
                self.stdout.write(_counting_all(note, place, days, due) if count_all else _counting_working_days(note))
        if days_off.provisional_between(min(start, due), due):
            self.stdout.write(_("Provisional: the notice of holidays is not out yet."))
        self.stdout.write(due.isoformat())

    def _calendar(self) -> Calendar:
        """The calendar that holds; where the database cannot say, the published one, which is then said."""
        try:
            return calendar()
        except DatabaseError:
            self.stderr.write(
                _(
                    "The database holds no calendar yet: counted with the published notices alone."
                    " Run `manage.py migrate`."
                )
            )
            return published_calendar()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as unknown:
        raise CommandError(_("{text} is no day; write it like 2026-09-30.").format(text=text)) from unknown


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError as unknown:
        raise CommandError(_("{text} is no number of days.").format(text=text)) from unknown


def _counting_working_days(note: DayNote) -> str:
    return _line(note, _("counted") if note.working else _("not counted"))


def _counting_all(note: DayNote, place: int, days: int, due: date) -> str:
    """Every day counts to the last; when that is a day off, the end moves on to the next working day."""
    if place < days or (place == days and note.day == due):
        return _line(note, _("counted"))
    if place == days:
        return _line(note, _("counted"), _("the last day is a day off, so the end moves on"))
    if note.day == due:
        return _line(note, _("not counted"), _("the next working day: the period ends here"))
    return _line(note, _("not counted"))


def _line(note: DayNote, decision: str, remark: str = "") -> str:
    reason = _(note.reason)
    if note.provisional:
        reason = _("{reason} (estimated)").format(reason=reason)
    words = [note.day.isoformat(), date_format(note.day, "D"), decision, reason]
    return "  ".join([*words, remark] if remark else words)
