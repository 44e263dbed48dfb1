"""`manage.py import_cases FILE`: paper files under way (在途案件), entered from a list for the duty manager to sign."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.models import User
from applications.takeover.columns import columns_of, described
from applications.takeover.importing import CaseList, CellFault, write_faults, write_template
from applications.takeover.plan import PLANS
from applications.takeover.signing import ENTERS
from waterservice.imports.tables import TableError

TOLD = 30  # faults that are printed; the file of faults has them all


class Command(BaseCommand):
    help = "Checks a list of paper files; with --apply enters them, so that the duty manager can sign for each."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="CSV (UTF-8 or GBK) or .xlsx")
        parser.add_argument("--kind", choices=list(PLANS), default=next(iter(PLANS)), help="the kind of request")
        parser.add_argument("--columns", action="store_true", help="print the columns such a file has, and end")
        parser.add_argument("--template", type=Path, help="write an empty list with all headings, and end")
        parser.add_argument("--scans", type=Path, help="the folder of the scans (default: that of FILE)")
        parser.add_argument("--apply", action="store_true", help="enter the files; without it the list is only checked")
        parser.add_argument("--by", metavar="NAME", help="the sign-in name of who enters them; needed with --apply")
        parser.add_argument("--faults", type=Path, help="where to write the faults (default: FILE.faults.csv)")

    def handle(self, *args: Any, **options: Any) -> None:
        kind: str = options["kind"]
        if options["columns"]:
            self.stdout.write(described(columns_of(kind)))
            return
        if options["template"]:
            write_template(kind, options["template"])
            return
        path: Path | None = options["file"]
        if path is None or not path.is_file():
            raise CommandError(_("Name a file to read."), returncode=2)
        case_list = CaseList(kind, path, options["scans"] or path.parent)
        by = self._person(options["by"], needed=options["apply"])
        try:
            outcome = case_list.load(
                by=by, apply=options["apply"], tell=lambda words: self.stderr.write(words, lambda text: text)
            )
        except TableError as error:
            raise CommandError(_("Row %(line)s: %(error)s") % {"line": error.line, "error": error}) from error
        self.stdout.write(_("{file}: {rows} rows").format(file=path.name, rows=outcome.rows))
        if outcome.faults:
            self._tell(outcome.faults, options["faults"] or path.with_name(f"{path.name}.faults.csv"), path)
        elif outcome.entered:
            self.stdout.write(_("{count} paper files wait for the duty manager.").format(count=outcome.entered))
        else:
            self.stdout.write(_("No faults. Nothing was changed; --apply enters the files."))

    def _tell(self, faults: list[CellFault], faults_to: Path, path: Path) -> None:
        if faults_to.exists() and faults_to.samefile(path):
            raise CommandError(_("The faults can't go into the file itself."), returncode=2)
        write_faults(faults, faults_to)
        for fault in faults[:TOLD]:
            where = _("row {line}").format(line=fault.line) + (f", {fault.heading}" if fault.heading else "")
            self.stdout.write(f"  {where}: {fault.reason}")
        raise CommandError(
            _("{count} faults; every one is in {file}. Nothing was changed.").format(count=len(faults), file=faults_to)
        )

    def _person(self, name: str | None, *, needed: bool) -> User:
        """Who enters: the one named; for a mere check anybody who might."""
        people = User.objects.filter(is_active=True, role_assignments__role__in=ENTERS).order_by("pk")
        person = people.filter(username=name).first() if name else None if needed else people.first()
        if person is None:
            raise CommandError(
                _("Name with --by an active counter clerk or duty manager who enters the files."), returncode=2
            )
        return person
