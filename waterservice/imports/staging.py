"""Temporary tables of one import: its rows, what was found out about them, and its faults.

They belong to this connection alone and vanish with it. Memory stays constant: rows go in by batches, checks
and writes are one statement each.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from select import select
from typing import Any

from django.db import OperationalError, connection, models
from django.utils.translation import gettext as _

from waterservice.text import Words, without_invisible

BATCH = 5000
LONGEST_VALUE = 200
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

ROWS, FOUND, GOOD, FAULTS = "import_rows", "import_found", "import_good", "import_faults"


class Staging:
    """The temporary tables `import_rows`, `import_found`, `import_faults`, and the view `import_good`.

    `columns` are the columns of `import_rows` with the model's columns that lend them their types; `headings`
    the headings of the file as they stand in it, by column. Every table has the `line` of the file.
    """

    def __init__(
        self,
        columns: Mapping[str, models.Field[Any, Any]],
        headings: Mapping[str, str],
        tell: Callable[[str], None] = lambda words: None,
    ) -> None:
        self.columns = dict(columns)
        self.headings = dict(headings)
        self.tell = tell
        self._rows: list[list[Any]] = []
        self._faults: list[list[Any]] = []

    def __enter__(self) -> Staging:
        self.drop()
        types = ", ".join(f"{name} {field.db_type(connection)}" for name, field in self.columns.items())
        self.run(f"CREATE TEMPORARY TABLE {ROWS} (line integer, {types})")
        self.run(
            f"CREATE TEMPORARY TABLE {FAULTS} (line integer, place integer, heading text, value text, reason text)"
        )
        return self

    def __exit__(self, *exception: object) -> None:
        if exception[0] is None:
            self.drop()
        # Otherwise the connection may be of no more use; the tables go when it closes.

    def drop(self) -> None:
        self.run(f"DROP VIEW IF EXISTS {GOOD}")
        for table in (FOUND, ROWS, FAULTS):
            self.run(f"DROP TABLE IF EXISTS {table}")

    # -- filling -----------------------------------------------------------------------------------------

    def add(self, line: int, values: Mapping[str, Any]) -> None:
        """One row of the file; what is empty or faulty is None."""
        self._rows.append([line, *(values.get(name) for name in self.columns)])
        if len(self._rows) >= BATCH:
            self.flush()

    def fault(self, line: int, column: str, value: str, reason: Words) -> None:
        """One fault; `column` is the name of a column, or any heading."""
        shown = without_invisible(value)[:LONGEST_VALUE]
        self._faults.append([line, self._place(column), self._heading(column), shown, str(reason)])
        if len(self._faults) >= BATCH:
            self.flush()

    def flush(self) -> None:
        load(ROWS, ["line", *self.columns], self._rows)
        load(
            FAULTS, ["line", "place", "heading", "value", "reason"], self._faults, texts=("heading", "value", "reason")
        )
        self._rows.clear()
        self._faults.clear()

    def _place(self, column: str) -> int:
        return list(self.columns).index(column) if column in self.columns else 0

    def _heading(self, column: str) -> str:
        return self.headings.get(column, column)

    # -- checking ----------------------------------------------------------------------------------------

    def find(self, select: str, params: Sequence[Any] = ()) -> None:
        """Fill `import_found` with a SELECT over `import_rows`, and let `import_good` be what has no fault."""
        self.run(f"CREATE TEMPORARY TABLE {FOUND} AS {select}", params)
        self.run(f"CREATE INDEX import_found_line ON {FOUND} (line)")
        self.run(
            f"CREATE TEMPORARY VIEW {GOOD} AS SELECT * FROM {FOUND} AS found"
            f" WHERE NOT EXISTS (SELECT 1 FROM {FAULTS} AS faults WHERE faults.line = found.line)"
        )
        self.analyze()

    def analyze(self) -> None:
        if connection.vendor == "postgresql":
            for table in (FOUND, FAULTS):
                self.run(f"ANALYZE {table}")

    def fault_where(
        self,
        column: str,
        condition: str,
        reason: Words,
        *,
        source: str = f"{FOUND} AS found",
        told: str = "''",
        params: Sequence[Any] = (),
    ) -> None:
        """A fault in `column` for each row of `source` (an alias `found`) for which a condition in SQL is true.

        “{}” in the reason is replaced by `told`, an expression in SQL.
        """
        value = f"COALESCE(CAST(found.{column} AS text), '')" if column in self.columns else "''"
        self.run(
            f"INSERT INTO {FAULTS} (line, place, heading, value, reason)"
            f" SELECT found.line, %s, %s, {value}, replace(%s, '{{}}', COALESCE(CAST({told} AS text), ''))"
            f" FROM {source} WHERE {condition}",
            [self._place(column), self._heading(column), str(reason), *params],
        )

    # -- results -----------------------------------------------------------------------------------------

    def count(self, select: str, params: Sequence[Any] = ()) -> int:
        with connection.cursor() as cursor, interruptible():
            cursor.execute(select, params)
            return int(cursor.fetchone()[0])

    def run(self, statement: str, params: Sequence[Any] = ()) -> int:
        """Run one statement; returns how many rows it wrote. Ctrl-C stops it."""
        with connection.cursor() as cursor, interruptible():
            cursor.execute(statement, params)
            return int(cursor.rowcount)

    def insert(self, model: type[models.Model], values: Mapping[str, str], source: str, params: Any = ()) -> int:
        """`insert_select`, stopped by Ctrl-C; tells and returns how many rows were written."""
        rows = self.run(insert_select(model, values, source), params)
        self.tell(_("%(rows)s rows of: %(table)s") % {"rows": f"{rows:,}", "table": model._meta.verbose_name_plural})
        return rows

    def faulty(self) -> int:
        """How many rows have a fault."""
        return self.count(f"SELECT count(DISTINCT line) FROM {FAULTS}")

    def summary(self) -> list[tuple[str, int, int, str]]:
        """(heading, faults, line of the first, its reason) for each column with faults."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT heading, count(*), min(line), min(place) FROM {FAULTS} GROUP BY heading ORDER BY min(place), 1"
            )
            groups = cursor.fetchall()
            told = []
            for heading, count, line, _place in groups:
                cursor.execute(
                    f"SELECT reason FROM {FAULTS} WHERE heading = %s AND line = %s ORDER BY reason", [heading, line]
                )
                told.append((heading, count, line, cursor.fetchone()[0]))
        return told

    def write_faults(self, path: Path) -> None:
        """All faults by row and column as CSV that Excel opens; readable by its owner alone."""
        private = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(private, "w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([_("row"), _("column"), _("value"), _("reason")])
            with connection.chunked_cursor() as cursor:
                cursor.execute(f"SELECT line, heading, value, reason FROM {FAULTS} ORDER BY line, place, reason")
                for line, *texts in cursor:
                    writer.writerow([line, *(_not_a_formula(text) for text in texts)])


def _not_a_formula(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def insert_select(model: type[models.Model], values: Mapping[str, str], source: str) -> str:
    """INSERT … SELECT into a model's table: for each of its columns an expression in SQL.

    Raises TypeError when a column of the model is not named, so that none is forgotten.
    """
    wanted = {field.column for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)}
    if wanted != set(values):
        raise TypeError(f"{model.__name__}: {sorted(wanted ^ set(values))}")
    columns, expressions = ", ".join(values), ", ".join(values.values())
    return f"INSERT INTO {model._meta.db_table} ({columns}) SELECT {expressions} FROM {source}"


def load(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, texts: Sequence[str] = ()) -> None:
    """Many rows into a table: COPY on PostgreSQL, executemany elsewhere.

    None is NULL, and so is an empty text, but for the columns named `texts`.
    """
    if not rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            written = io.StringIO()
            csv.writer(written).writerows(rows)
            written.seek(0)
            options = f"FORMAT csv, FORCE_NOT_NULL ({', '.join(texts)})" if texts else "FORMAT csv"
            cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN WITH ({options})", written)
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})",
                [[_plain(value) for value in row] for row in rows],
            )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return str(value) if isinstance(value, date | Decimal) else value


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C cancel the statement that PostgreSQL is running; libpq alone would wait for its end.

    Raises KeyboardInterrupt when the statement has been cancelled for it.
    """
    if connection.vendor != "postgresql":
        yield
        return
    from psycopg2 import extensions

    stopped = False

    def wait(raw: Any) -> None:
        nonlocal stopped
        while True:
            try:
                state = raw.poll()
                if state == extensions.POLL_OK:
                    return
                reading = state == extensions.POLL_READ
                select([raw] if reading else [], [] if reading else [raw], [])
            except KeyboardInterrupt:
                stopped = True
                raw.cancel()  # the server answers with an error, which ends the loop

    before = extensions.get_wait_callback()
    extensions.set_wait_callback(wait)
    try:
        yield
    except OperationalError as error:
        if stopped:
            raise KeyboardInterrupt from error
        raise
    finally:
        extensions.set_wait_callback(before)
