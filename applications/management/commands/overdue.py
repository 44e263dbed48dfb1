from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Office
from applications.models import Clock
from applications.reminders import clocks_overdue_on
from waterservice.calendar import calendar
from waterservice.hours import closing_time


class Command(BaseCommand):
    """Which limits are broken now, or were or will be at the close of a day if nothing is done."""

    help = "Lists the time limits that have run out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", help="the close of this day instead of now, for example 2026-10-14")
        parser.add_argument("--office", help="the code of one office")

    def handle(self, *args: Any, **options: Any) -> None:
        moment = timezone.now()
        day = timezone.localdate(moment)
        if options["on"]:
            day = _day(options["on"])
            moment = closing_time(day, rule_day=day)
        rows = clocks_overdue_on(day, moment, office=_office(options["office"]))
        for clock in rows:
            self.stdout.write(_line(clock, day))
        count = len(rows)
        words = ngettext("{count} time limit broken.", "{count} time limits broken.", count)
        self.stdout.write(words.format(count=count))


def _line(clock: Clock, day: date) -> str:
    case = clock.application
    due = timezone.localdate(clock.due_at)
    late = calendar().working_days_between(due, max(day, due))
    words = _("{days} working days late").format(days=late)
    return "  ".join(
        [case.number, clock.clause, clock.about, clock.due_words, words, str(clock.office or ""), case.applicant.name]
    )


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as unknown:
        raise CommandError(_("{text} is no day; write it like 2026-09-30.").format(text=text)) from unknown
    known = calendar()
    if not known.first <= day <= known.last:
        words = _("The calendar covers {first} to {last}, not {day}.")
        raise CommandError(words.format(first=known.first, last=known.last, day=day))
    return day


def _office(code: str | None) -> Office | None:
    if not code:
        return None
    office = Office.objects.filter(code=code).first()
    if office is None:
        codes = ", ".join(Office.objects.values_list("code", flat=True))
        raise CommandError(_("There is no office {code}. There are: {codes}.").format(code=code, codes=codes))
    return office
