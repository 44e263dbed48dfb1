"""Triggers that guard the ledgers, so that SQL typed by hand cannot break what the services keep.

`install` is the operation of a migration; a later migration that changes a guarded table ends with it again,
because SQLite rebuilds tables and forgets their triggers. What may change on which table is declared on the
models alone; the rules between rows are in `postgresql.sql` and `sqlite.sql`, under the same names in both.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps as current_apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from billing.models.rows import AppendOnly

MARK = "billing_guard_"  # what the name of every trigger and function begins with
FOLDER = Path(__file__).parent


def append_only_models() -> list[type[AppendOnly]]:
    """The models of this app whose rows are written once, by table."""
    models = [model for model in current_apps.get_app_config("billing").get_models() if issubclass(model, AppendOnly)]
    return sorted(models, key=lambda model: model._meta.db_table)


def install(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put every trigger in its place, anew where it was there before."""
    remove(apps, schema_editor)
    vendor = schema_editor.connection.vendor
    for statement in _statements(vendor):
        schema_editor.execute(statement, params=None)
    existing = set(schema_editor.connection.introspection.table_names())
    for model in append_only_models():
        if model._meta.db_table in existing:
            for statement in append_only(model, vendor, _columns(schema_editor, model)):
                schema_editor.execute(statement, params=None)


def remove(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take every trigger away; the ledgers are then guarded by the services and the constraints alone."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT proname FROM pg_proc WHERE starts_with(proname, %s)", [MARK])
            drops = [f"DROP FUNCTION {name} CASCADE" for (name,) in cursor.fetchall()]
        else:
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND substr(name, 1, %s) = %s", [len(MARK), MARK]
            )
            drops = [f"DROP TRIGGER {name}" for (name,) in cursor.fetchall()]
    for drop in drops:
        schema_editor.execute(drop, params=None)


def append_only(model: type[AppendOnly], vendor: str, columns: list[str]) -> Iterator[str]:
    """What makes a table refuse to forget a row, or to change a column that its model does not name changeable."""
    table = model._meta.db_table
    changeable = {field.column for field in model._meta.concrete_fields if field.name in model.changeable}
    fixed = ", ".join(f'"{column}"' for column in columns if column not in changeable)
    words = f"{table}: rows are written once; add another."
    for what, event in (("kept", "DELETE"), ("fixed", f"UPDATE OF {fixed}")):
        head = f"CREATE TRIGGER {MARK}{table}_{what} BEFORE {event} ON {table} FOR EACH ROW"
        if vendor == "postgresql":
            yield f"{head} EXECUTE FUNCTION {MARK}refuse('append_only', '{words}')"
        else:
            yield f"{head} BEGIN SELECT RAISE(ABORT, 'append_only: {words}'); END"


def _columns(schema_editor: BaseDatabaseSchemaEditor, model: type[AppendOnly]) -> list[str]:
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        return [column.name for column in connection.introspection.get_table_description(cursor, model._meta.db_table)]


def _statements(vendor: str) -> Iterator[str]:
    """The statements of a file of rules, one by one: SQLite takes no more at a time within a transaction."""
    text = (FOLDER / f"{vendor}.sql").read_text(encoding="utf-8")
    if vendor == "postgresql":
        yield text
        return
    gathered = ""
    for line in text.splitlines(keepends=True):
        gathered += line
        if sqlite3.complete_statement(gathered):
            yield gathered.strip()
            gathered = ""
