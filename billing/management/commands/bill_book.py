"""`manage.py bill_book CODE --until DATE [--apply]`: what a billing run of a book would bill, or the run itself."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import ReadingBook, User
from billing.services.billing_run import Line, plan, run
from waterservice.money import ZERO, yuan

EVERY = 100  # accounts between two words about the progress


class Command(BaseCommand):
    help = "Shows what a reading book has ready to be billed and what is left out; with --apply it issues the bills."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", help="code of the reading book")
        parser.add_argument("--until", required=True, type=_day, help="readings up to this day, 2026-10-31")
        parser.add_argument("--apply", action="store_true", help="issue the bills; without it nothing is written")
        parser.add_argument("--by", default="", help="sign-in name of who issues them; the book's reader if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        book = ReadingBook.objects.select_related("reader").filter(code=options["code"]).first()
        if book is None:
            raise CommandError(_("There is no reading book {code}.").format(code=options["code"]))
        until: date = options["until"]
        if until > timezone.localdate():
            raise CommandError(_("%(day)s has not come yet.") % {"day": until})
        lines = plan(book, until)
        self._show(lines)
        if options["apply"]:
            self._apply(lines, book, until, _issuer(book, options["by"]))

    def _show(self, lines: list[Line]) -> None:
        for line in lines:
            if line.stretch and line.ready:
                what = (
                    f"{line.stretch.start} – {line.stretch.end} {line.stretch.usage:>6} m³ {yuan(line.amount or ZERO)}"
                )
            elif line.left_out:
                what = line.left_out
            else:
                continue
            self.stdout.write(f"{line.account.number} {what}")
        ready = [line for line in lines if line.ready]
        words = _("Ready: {count} accounts, {usage} m³, {amount}. Left out: {left}. Billed already: {billed}.")
        self.stdout.write(
            words.format(
                count=len(ready),
                usage=sum(line.stretch.usage for line in ready if line.stretch),
                amount=yuan(sum((line.amount or ZERO for line in ready), ZERO)),
                left=sum(bool(line.left_out) for line in lines),
                billed=sum(line.billed is not None for line in lines),
            )
        )

    def _apply(self, lines: list[Line], book: ReadingBook, until: date, by: User) -> None:
        bills, faults, total = 0, 0, sum(line.ready for line in lines)
        for place, outcome in enumerate(run(lines, book=book, until=until, by=by), start=1):
            bills += outcome.bill is not None
            if outcome.fault:
                faults += 1
                self.stderr.write(f"{outcome.account.number} {outcome.fault}")
            if place % EVERY == 0:
                self.stderr.write(_("{done} of {total}").format(done=place, total=total))
        self.stdout.write(_("Bills issued: {count}. Not billed: {faults}.").format(count=bills, faults=faults))


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _issuer(book: ReadingBook, username: str) -> User:
    named = User.objects.filter(username=username, is_active=True).first() if username else book.reader
    if named is None:
        raise CommandError(_("Say with --by who issues the bills: the book has no reader, or nobody is called that."))
    return named
