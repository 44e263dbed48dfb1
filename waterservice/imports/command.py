"""What the import commands have in common: arguments, progress, the summary and the exit code."""

from __future__ import annotations

import signal
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from waterservice.imports.columns import described
from waterservice.imports.run import Import, Outcome, run

STOPPED = 130  # what a shell gives for Ctrl-C


class ImportCommand(BaseCommand):
    """Checks a file, and loads it with --apply. Exit code 1: there are faults; 130: stopped, nothing changed."""

    kind: ClassVar[type[Import]]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="CSV (UTF-8 or GBK) or .xlsx")
        parser.add_argument("--columns", action="store_true", help="print the columns such a file has, and end")
        parser.add_argument("--apply", action="store_true", help="change the records; otherwise only check")
        parser.add_argument("--by", metavar="NAME", help="the sign-in name of who answers for it; needed with --apply")
        parser.add_argument("--faults", type=Path, help="where to write the faults (default: FILE.faults.csv)")
        parser.add_argument(
            "--skip-faulty", action="store_true", help="with --apply: load the rows without fault, leave out the others"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["columns"]:
            self.stdout.write(described(self.kind.columns))
            return
        path: Path | None = options["file"]
        if path is None or not path.is_file():
            raise CommandError(_("Name a file to read."), returncode=2)
        faults_to: Path = options["faults"] or path.with_name(f"{path.name}.faults.csv")
        if faults_to.exists() and faults_to.samefile(path):
            raise CommandError(_("The faults can't go into the file itself."), returncode=2)
        with _uninterrupted_once_told() as hold:
            outcome = self._run(path, faults_to, options, hold)
            self._summary(path, outcome)
        if outcome.faulty:
            raise CommandError(
                _("%(count)s faulty rows; every fault is in %(file)s.")
                % {"count": f"{outcome.faulty:,}", "file": faults_to}
            )

    def _run(self, path: Path, faults_to: Path, options: Any, hold: Callable[[], None]) -> Outcome:
        try:
            return run(
                self.kind(),
                path,
                faults_to=faults_to,
                apply_as=self._person(options["by"]) if options["apply"] else None,
                skip_faulty=options["skip_faulty"],
                tell=lambda words: self.stderr.write(words, lambda text: text),
                before_commit=hold,
            )
        except KeyboardInterrupt:
            raise CommandError(_("Stopped. Nothing was changed."), returncode=STOPPED) from None

    def _person(self, name: str | None) -> AbstractBaseUser:
        people = get_user_model()._default_manager
        person = people.filter(username=name or "", is_active=True).first()
        if person is None:
            raise CommandError(_("--apply needs --by with the sign-in name of somebody active."), returncode=2)
        return person

    def _summary(self, path: Path, outcome: Outcome) -> None:
        told = [f"{path.name} ({outcome.written}): " + _("%(rows)s rows") % {"rows": f"{outcome.rows:,}"}]
        counts = [*outcome.counts, (_("rows with faults"), outcome.faulty)]
        told += [f"  {words}: {count:,}" for words, count in counts]
        for heading, count, line, reason in outcome.summary:
            first = _("%(column)s: %(count)s faults, the first in row %(line)s: %(reason)s") % {
                "column": heading or _("file"),
                "count": f"{count:,}",
                "line": line,
                "reason": reason,
            }
            told.append(f"    {first}")
        told.append(_("Applied.") if outcome.applied else _("Nothing was changed."))
        if not outcome.applied and not outcome.faulty:
            told.append(_("Add --apply to load it."))
        self.stdout.write("\n".join(told))


@contextmanager
def _uninterrupted_once_told() -> Iterator[Callable[[], None]]:
    """Gives a function after which Ctrl-C does nothing more: what is being committed can't be stopped, and who
    tries must not read that nothing was changed."""

    def hold() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])

    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    try:
        yield hold
    finally:
        if signal.SIGINT in signal.sigpending():
            signal.sigwait([signal.SIGINT])
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
