from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.arrivals import resume_arrived
from applications.calendar_changes import retime_open_cases
from applications.reminders import remind


class Command(BaseCommand):
    """The daily run. Due moments need none: they are stored. Safe to run twice, by two machines, after a week."""

    help = (
        "Sends the reminders of overdue cases, lets suspended ones go on whose awaited thing has arrived, and follows"
        " a notice of holidays that came with an update."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="say nothing when nothing was done")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override(settings.LANGUAGE_CODE):
            with transaction.atomic():
                moved = retime_open_cases(cause=_("The calendar has changed with an update of the program."))
            resumed = resume_arrived()
            reminded = remind()
            if moved or resumed or reminded or not options["quiet"]:
                self.stdout.write(_told(len(moved), resumed, reminded))


def _told(moved: int, resumed: int, reminded: int) -> str:
    of_moved = ngettext("{count} case with moved due moments.", "{count} cases with moved due moments.", moved)
    of_reminded = ngettext("{count} case reminded of.", "{count} cases reminded of.", reminded)
    of_resumed = ngettext("{count} suspended case goes on.", "{count} suspended cases go on.", resumed)
    told = ((of_moved, moved), (of_resumed, resumed), (of_reminded, reminded))
    return " ".join(words.format(count=count) for words, count in told)
