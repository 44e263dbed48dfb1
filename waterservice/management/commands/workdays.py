from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from waterservice.calendar import calendar
from waterservice.workdays import DayNote


class Command(BaseCommand):
    """The day on which a period ends, as the program counts it; the last line is that day alone."""

    help = "Prints the day on which a period of working days ends; the day it starts from is not counted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("start", help="the day of the event, for example 2026-09-30")
        parser.add_argument("days", type=int, help="1 to 3660")
        parser.add_argument("--explain", action="store_true", help="every day, counted or not, and why")
        parser.add_argument(
            "--calendar-days", action="store_true", help="count all days; a day off at the end moves it on"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        days_off = calendar()
        count_all: bool = options["calendar_days"]
        add = days_off.add_calendar_days if count_all else days_off.add_working_days
        start = _day(options["start"])
        try:
            due = add(start, options["days"])
            notes = days_off.explain(start, due)
        except ValueError as wrong:
            raise CommandError(str(wrong)) from wrong
        if options["explain"]:
            for place, note in enumerate(notes, start=1):
                counted = place <= options["days"] if count_all else note.working
                self.stdout.write(_line(note, counted=counted))
        if days_off.provisional(due):
            self.stdout.write(_("Provisional: the notice of holidays is not out yet."))
        self.stdout.write(due.isoformat())


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as unknown:
        raise CommandError(f"{text} is no day; write it like 2026-09-30.") from unknown


def _line(note: DayNote, *, counted: bool) -> str:
    reason = _(note.reason)
    if note.provisional:
        reason = _("{reason} (estimated)").format(reason=reason)
    decision = _("counted") if counted else _("not counted")
    return "  ".join([note.day.isoformat(), date_format(note.day, "D"), decision, reason])
