"""Triggers that guard the ledgers, so that SQL typed by hand cannot break what the services keep.

`install` is the operation of a migration; a later migration that changes a guarded table ends with it again,
because SQLite rebuilds tables and forgets their triggers. What may change on which table is declared on the
models alone; the rules between rows are in `postgresql*.sql` and `sqlite*.sql`, under the same names in both.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from django.apps import apps as current_apps
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from billing.models import Statement, Tariff, TariffTier
from billing.models.rows import AppendOnly
from waterservice.models import Decision

MARK = "billing_guard_"  # what the name of every trigger and function begins with
FOLDER = Path(__file__).parent


def append_only_models() -> list[type[AppendOnly]]:
    """The models of this app whose rows are written once, by table."""
    found = [model for model in current_apps.get_app_config("billing").get_models() if issubclass(model, AppendOnly)]
    return sorted(found, key=lambda model: model._meta.db_table)


def decision_models() -> list[type[Decision]]:
    """The models of this app whose rows are asked once and answered once, by table."""
    found = [model for model in current_apps.get_app_config("billing").get_models() if issubclass(model, Decision)]
    return sorted(found, key=lambda model: model._meta.db_table)


def kept_models() -> list[type[models.Model]]:
    """Those, and the models whose rows change and go by rules of their own: none is emptied or replaced."""
    return [*append_only_models(), *decision_models(), Statement, Tariff, TariffTier]


def install(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put every trigger in its place, anew where it was there before."""
    remove(apps, schema_editor)
    vendor = schema_editor.connection.vendor
    for statement in _statements(vendor):
        schema_editor.execute(statement, params=None)
    existing = set(schema_editor.connection.introspection.table_names())
    for model in kept_models():
        if model._meta.db_table in existing:
            columns = _columns(schema_editor, model)
            written_once: Iterator[str] = iter(())
            if issubclass(model, AppendOnly):
                written_once = append_only(model, vendor, columns)
            elif issubclass(model, Decision):
                written_once = decided_once(model, vendor, columns)
            for statement in written_once:
                schema_editor.execute(statement, params=None)
            for statement in _kept_whole(schema_editor, model, columns):
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
    changeable = _changeable(model, columns)
    fixed = ", ".join(f'"{column}"' for column in columns if column not in changeable)
    words = f"{table}: rows are written once; add another."
    for what, event in (("kept", "DELETE"), ("fixed", f"UPDATE OF {fixed}")):
        head = f"CREATE TRIGGER {MARK}{table}_{what} BEFORE {event} ON {table} FOR EACH ROW"
        if vendor == "postgresql":
            yield f"{head} EXECUTE FUNCTION {MARK}refuse('append_only', '{words}')"
        else:
            yield f"{head} BEGIN SELECT RAISE(ABORT, 'append_only: {words}'); END"


def decided_once(model: type[Decision], vendor: str, columns: list[str]) -> Iterator[str]:
    """What makes a table of decisions refuse to forget a row, to change what was asked, to answer or end it twice."""
    table = model._meta.db_table
    answer, closing = _named(model, model.answer), _named(model, model.closing)
    differ = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"

    def changed(some: Iterable[str]) -> str:
        return " OR ".join(f'NEW."{column}" {differ} OLD."{column}"' for column in some)

    asked = [column for column in columns if column not in answer | closing]
    rules = [("asked", changed(asked)), ("decided", f"OLD.status <> 'asked' AND ({changed(sorted(answer))})")]
    rules += [("ended", f'OLD."{column}" IS NOT NULL AND ({changed([column])})') for column in sorted(closing)]
    events = [("kept", "DELETE", "")]
    events += [(f"{rule}_{place}", "UPDATE", f"WHEN ({when})") for place, (rule, when) in enumerate(rules)]
    for what, event, when in events:
        head = f"CREATE TRIGGER {MARK}{table}_{what} BEFORE {event} ON {table} FOR EACH ROW {when}"
        words = f"{table}: it is asked once and decided once; ask anew."
        if vendor == "postgresql":
            yield f"{head} EXECUTE FUNCTION {MARK}refuse('decided_once', '{words}')"
        else:
            yield f"{head} BEGIN SELECT RAISE(ABORT, 'decided_once: {words}'); END"


class Key(NamedTuple):
    """What no two rows of a table share: columns, and for which rows alone (SQL; empty: for all)."""

    columns: list[str]
    condition: str = ""


def _kept_whole(
    schema_editor: BaseDatabaseSchemaEditor, model: type[models.Model], columns: list[str]
) -> Iterator[str]:
    """What makes a table refuse to lose rows where no trigger on DELETE looks: TRUNCATE, and OR REPLACE of SQLite."""
    table = model._meta.db_table
    if schema_editor.connection.vendor == "postgresql":
        yield (
            f"CREATE TRIGGER {MARK}{table}_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT"
            f" EXECUTE FUNCTION {MARK}refuse('append_only', '{table}: rows are written once; none is taken away.')"
        )
        return
    keys = _keys(schema_editor, table)
    changing = [
        column
        for column in columns
        if column in _changeable(model, columns)
        and any(column in key.columns or f'"{column}"' in key.condition for key in keys)
    ]
    yield _unreplaced(table, "INSERT", columns, keys)
    if changing:
        yield _unreplaced(table, f"UPDATE OF {', '.join(changing)}", columns, keys)


def _unreplaced(table: str, event: str, columns: list[str], keys: list[Key]) -> str:
    """Refuse a row that would take another's place. The trigger runs before SQLite would look at the keys itself."""
    new = ", ".join(f'NEW."{column}" AS "{column}"' for column in columns)
    other = "" if event == "INSERT" else " AND id <> OLD.id"
    taken = []
    for key in keys:
        same = " AND ".join(f'"{column}" = NEW."{column}"' for column in key.columns)
        condition = key.condition or "true"
        taken.append(
            f"EXISTS (SELECT 1 FROM {table} WHERE {same} AND ({condition}){other})"  # noqa: S608
            f" AND EXISTS (SELECT 1 FROM (SELECT {new}) WHERE {condition})"
        )
    words = f"append_only: constraint failed, {table}: a row stands here already; none takes its place."
    name = f"{MARK}{table}_unreplaced_{event.split()[0].lower()}"
    when = " OR ".join(f"({condition})" for condition in taken)
    return f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, '{words}'); END"


def _keys(schema_editor: BaseDatabaseSchemaEditor, table: str) -> list[Key]:
    """The unique keys of a table of SQLite, as the database itself knows them."""
    keys = [Key(["id"])]
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT list.name, master.sql FROM pragma_index_list(%s) AS list"
            ' LEFT JOIN sqlite_master AS master ON master.name = list.name WHERE list."unique" ORDER BY list.name',
            [table],
        )
        for name, sql in cursor.fetchall():
            cursor.execute("SELECT name FROM pragma_index_info(%s) ORDER BY seqno", [name])
            condition = (sql or "").partition(" WHERE ")[2]
            keys.append(Key([column for (column,) in cursor.fetchall()], condition))
    return keys


def _changeable(model: type[models.Model], columns: list[str]) -> set[str]:
    if not issubclass(model, AppendOnly):
        return set(columns)
    return _named(model, model.changeable)


def _named(model: type[models.Model], names: frozenset[str]) -> set[str]:
    """The columns of the fields of these names."""
    return {field.column for field in model._meta.concrete_fields if field.name in names}


def _columns(schema_editor: BaseDatabaseSchemaEditor, model: type[models.Model]) -> list[str]:
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        return [column.name for column in connection.introspection.get_table_description(cursor, model._meta.db_table)]


def _statements(vendor: str) -> Iterator[str]:
    """The statements of the files of rules, one by one: SQLite takes no more at a time within a transaction."""
    for path in sorted(FOLDER.glob(f"{vendor}*.sql"), key=lambda path: path.stem):
        text = path.read_text(encoding="utf-8")
        if vendor == "postgresql":
            yield text
            continue
        gathered = ""
        for line in text.splitlines(keepends=True):
            gathered += line
            if sqlite3.complete_statement(gathered):
                yield gathered.strip()
                gathered = ""
