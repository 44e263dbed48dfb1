"""The temporary tables of an import, and Ctrl-C while PostgreSQL works."""

import os
import signal
import time
from threading import Timer

import pytest
from django.db import OperationalError, connection, models, transaction

from accounts.models import ReadingBook
from waterservice.imports.staging import Staging, insert_select, interruptible

COLUMNS = {"a": models.CharField(max_length=5), "b": models.IntegerField()}


@pytest.mark.django_db(transaction=True)
def test_ctrl_c_cancels_what_postgresql_is_doing(ctrl_c: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("libpq's waiting is PostgreSQL's")
    started = time.monotonic()
    Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt), connection.cursor() as cursor, interruptible():
        cursor.execute("SELECT pg_sleep(60)")
    assert time.monotonic() - started < 30
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,), "the connection goes on"


@pytest.mark.django_db
def test_a_statement_that_fails_is_no_ctrl_c() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("libpq's waiting is PostgreSQL's")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '50ms'")
        with pytest.raises(OperationalError, match="timeout"), interruptible():
            cursor.execute("SELECT pg_sleep(60)")
        transaction.set_rollback(True)


@pytest.mark.embedded
@pytest.mark.django_db
def test_nothing_of_an_import_is_left_when_it_ends() -> None:
    with Staging(COLUMNS, {"a": "甲", "b": "乙"}) as staging:
        staging.add(2, {"a": "x", "b": None})
        staging.fault(2, "b", "y", "no")
        staging.flush()
        staging.find("SELECT * FROM import_rows")
        assert staging.count("SELECT count(*) FROM import_found") == 1
        assert staging.count("SELECT count(*) FROM import_good") == 0
        assert staging.summary() == [("乙", 1, 2, "no")]
    assert "import_rows" not in connection.introspection.table_names()


@pytest.mark.embedded
@pytest.mark.django_db
def test_rows_go_in_by_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("waterservice.imports.staging.BATCH", 3)
    with Staging(COLUMNS, {}) as staging:
        for line in range(7):
            staging.add(line, {"a": 'ö,"\\.', "b": line})
        assert staging.count("SELECT count(*) FROM import_rows") == 6
        staging.flush()
        assert staging.count("SELECT count(*) FROM import_rows WHERE a = %s", ['ö,"\\.']) == 7


@pytest.mark.embedded
def test_a_column_of_the_model_can_not_be_forgotten() -> None:
    with pytest.raises(TypeError, match="reader_id"):
        insert_select(ReadingBook, {"code": "x", "name": "x", "cycle": "x", "office_id": "1"}, "t")
