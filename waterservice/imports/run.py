"""The run of an import: read, check, tell, apply."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from waterservice.identifiers import IdentifierError
from waterservice.imports.columns import Column, matched, words_of
from waterservice.imports.staging import Staging
from waterservice.imports.tables import Table, TableError, open_table
from waterservice.text import Words

MOST_ROWS = 5_000_000
TOLD_EVERY = 1.0  # seconds
LOOKED_EVERY = 500  # rows between two looks at the clock


@dataclass
class Row:
    """One row while it is being read: its values by column, None where empty or faulty, and its faults."""

    line: int
    cells: Mapping[str, str]
    values: dict[str, Any]
    faults: list[tuple[str, str, Words]] = field(default_factory=list)

    def fault(self, column: str, reason: Words) -> None:
        self.faults.append((column, self.cells.get(column, ""), reason))


class Import(ABC):
    """A kind of file."""

    columns: ClassVar[Sequence[Column]]
    computed: ClassVar[Mapping[str, models.Field[Any, Any]]] = {}  # staged beside the columns, filled by `finish`
    tables: ClassVar[Sequence[type[models.Model]]]  # locked while it is applied, in this order

    @abstractmethod
    def finish(self, row: Row) -> None:
        """Check what concerns several cells of a row, and fill in what follows from them."""

    @abstractmethod
    def check(self, staging: Staging) -> None:
        """Call `staging.find`, then find the faults that only the whole file or the database shows."""

    @abstractmethod
    def counts(self, staging: Staging) -> list[tuple[str, int]]:
        """What the rows without fault would do: (words, rows)."""

    @abstractmethod
    def apply(self, staging: Staging, *, by: AbstractBaseUser, reason: str) -> None:
        """Write what the rows in `import_good` ask for; set-based. `reason` is for the history."""


@dataclass(frozen=True)
class Outcome:
    """What a run found and did."""

    rows: int
    faulty: int
    counts: list[tuple[str, int]]
    summary: list[tuple[str, int, int, str]]
    written: str
    applied: bool


def run(
    kind: Import,
    path: Path,
    *,
    faults_to: Path,
    apply_as: AbstractBaseUser | None = None,
    skip_faulty: bool = False,
    tell: Callable[[str], None] = lambda words: None,
    before_commit: Callable[[], None] = lambda: None,
) -> Outcome:
    """Check a file, write its faults to `faults_to`, and, with somebody to apply it as, apply it.

    With a faulty row nothing is applied, unless `skip_faulty`. What is applied is one transaction, begun after
    the file is read; it locks out other writers of the tables concerned. `tell` hears of the progress, `before_commit`
    that everything is written.
    """
    fields = {column.name: column.field for column in kind.columns} | dict(kind.computed)
    headings = {column.name: column.chinese for column in kind.columns}
    with Staging(fields, headings, tell) as staging:
        rows, complete, written = _read_file(kind, path, staging, tell)
        staging.flush()
        tell(_("Looking the rows up in the records…"))
        # A run that only looks locks nobody out.
        with transaction.atomic() if apply_as else nullcontext():
            if apply_as:
                _lock(kind.tables)
            kind.check(staging)
            faulty = staging.faulty()
            counts = kind.counts(staging)
            applied = apply_as is not None and complete and (skip_faulty or not faulty)
            if apply_as and applied:
                tell(_("Applying…"))
                kind.apply(staging, by=apply_as, reason=_("import of %(file)s") % {"file": path.name[:60]})
                _check_references(staging)
                before_commit()
        staging.write_faults(faults_to)
        return Outcome(rows, faulty, counts, staging.summary(), written, applied)


def _read_file(kind: Import, path: Path, staging: Staging, tell: Callable[[str], None]) -> tuple[int, bool, str]:
    """Stage a file: how many rows were read, whether that was all of it, and how it is written."""
    try:
        with open_table(path) as table:
            found, faults = matched(kind.columns, table.headings)
            staging.headings |= {column.name: words for column, words in zip(found, table.headings, strict=False)}
            for heading, reason in faults:
                staging.fault(1, heading, heading, reason)
            rows, complete = (0, False) if faults else _read(kind, table, found, staging, tell)
            return rows, complete, table.written
    except TableError as error:
        staging.fault(error.line, "", "", str(error))
        return 0, False, "?"


def _check_references(staging: Staging) -> None:
    """Let PostgreSQL check now, while it can still be stopped, what it would check on commit: references, ledgers."""
    if connection.vendor == "postgresql":
        staging.run("SET CONSTRAINTS ALL IMMEDIATE")
        staging.run("SET CONSTRAINTS ALL DEFERRED")


def _lock(tables: Sequence[type[models.Model]]) -> None:
    """Keep everybody else from writing these tables, or locking rows of them, to the end of the transaction.

    Whoever works on an account locks its row first, so this waits for them, and they for us. SQLite has one
    writer anyhow.
    """
    if connection.vendor == "postgresql":
        names = ", ".join(table._meta.db_table for table in tables)
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {names} IN EXCLUSIVE MODE")


def _read(
    kind: Import, table: Table, found: Sequence[Column], staging: Staging, tell: Callable[[str], None]
) -> tuple[int, bool]:
    """Read and stage every row; returns how many there are, and whether the file was read to its end."""
    started = told = time.monotonic()
    rows, complete = 0, True
    try:
        for line, cells in table.rows:
            rows += 1
            if rows > MOST_ROWS:
                raise TableError(_("A file may have %(most)s rows. Split it.") % {"most": f"{MOST_ROWS:,}"}, line)
            _stage(kind, line, cells, found, staging)
            if rows % LOOKED_EVERY == 0 and (now := time.monotonic()) - told >= TOLD_EVERY:
                told = now
                rate = rows / (now - started)
                tell(_("%(rows)s rows, %(rate)s rows/s") % {"rows": f"{rows:,}", "rate": f"{rate:,.0f}"})
    except TableError as error:
        staging.fault(error.line, "", "", str(error))
        complete = False
    if not rows:
        staging.fault(1, "", "", _("The file has no rows."))
        complete = False
    seconds = max(time.monotonic() - started, 0.001)
    tell(_("%(rows)s rows read, %(rate)s rows/s") % {"rows": f"{rows:,}", "rate": f"{rows / seconds:,.0f}"})
    return rows, complete


def _stage(kind: Import, line: int, cells: list[str], found: Sequence[Column], staging: Staging) -> None:
    if len(cells) != len(found):
        if any(cells[len(found) :]):
            staging.fault(line, "", "", _("The row has more cells than there are headings."))
        cells = [*cells, *[""] * (len(found) - len(cells))]
    named = {
        column.name: cell.strip() if type(cell) is str else cell for column, cell in zip(found, cells, strict=False)
    }
    row = Row(line, named, {})
    for column in kind.columns:
        cell = named.get(column.name, "")
        if cell:
            try:
                row.values[column.name] = column.read(cell)
            except (ValidationError, IdentifierError) as fault:
                row.fault(column.name, words_of(fault))
        elif column.required:
            row.fault(column.name, _("This can't be empty."))
    kind.finish(row)
    for name, value, reason in row.faults:
        staging.fault(line, name, value, reason)
    staging.add(line, row.values)
