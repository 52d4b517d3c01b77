"""The database files of DynamoDB Local."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from local.engines.dynamodb import write_ahead
from local.errors import CannotRun


def mode(database: Path) -> str:
    with closing(sqlite3.connect(database)) as connection:
        (found,) = connection.execute("PRAGMA journal_mode").fetchone()
    return str(found)


def test_a_database_that_is_not_there_yet_will_have_a_write_ahead_log(tmp_path: Path) -> None:
    write_ahead(tmp_path / "loc1_local.db")
    assert mode(tmp_path / "loc1_local.db") == "wal"


def test_a_database_from_before_gets_one_and_keeps_what_it_has(tmp_path: Path) -> None:
    database = tmp_path / "loc1_local.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS value")
    assert mode(database) == "delete"
    write_ahead(database)
    assert mode(database) == "wal"
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT value FROM kept").fetchall() == [(7,)]


def test_where_there_can_be_none_the_database_stays_as_it_is(tmp_path: Path) -> None:
    database = tmp_path / "loc1_local.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        write_ahead(database)
    assert mode(database) == "delete"


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "loc1_local.db").write_text("It was a database once." * 100)
    with pytest.raises(CannotRun, match=r"loc1_local\.db cannot be used: file is not a database"):
        write_ahead(tmp_path / "loc1_local.db")


def test_a_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match=r"loc1_local\.db cannot be used: unable to open"):
        write_ahead(tmp_path / "missing" / "loc1_local.db")
