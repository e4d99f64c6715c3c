"""Logs that are an SQLite database. sqlite3 is loaded when there is one: few logs are."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from trainlog.errors import UnreadableLog
from trainlog.readers._source import Source

if TYPE_CHECKING:
    import sqlite3

MAGIC = b"SQLite format 3\0"
_MAX = 256 * 1024 * 1024  # bytes of a database that has to be held in memory (compressed, or from standard input)


def database_errors() -> tuple[type[Exception], ...]:
    """What reading from a database may raise; the second where sqlite3 cannot decode its own message."""
    import sqlite3

    return sqlite3.Error, UnicodeDecodeError


def open_database(source: Source) -> "sqlite3.Connection":
    """Open an SQLite database to read, a live one with what is still in its write-ahead log.

    Raises ``UnreadableLog`` when it is none, or damaged at its start.
    """
    import sqlite3

    if source.path is not None and source.head.startswith(MAGIC) and not source.is_compressed:
        # Immutable: nothing is written beside the database, unless a writer has left a log that has to be read with it.
        live = source.path.with_name(source.path.name + "-wal").exists()
        connection = sqlite3.connect(f"{source.path.absolute().as_uri()}?mode=ro{'' if live else '&immutable=1'}", uri=True)
    else:
        connection = sqlite3.connect(":memory:")
        connection.deserialize(source.raw(_MAX))
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    try:
        connection.execute("select count(*) from sqlite_master").fetchall()
    except database_errors() as error:
        connection.close()
        raise UnreadableLog("this database cannot be read", where=source.name, why=str(error)) from error
    return connection


def tables(source: Source) -> Mapping[str, frozenset[str]]:
    """The tables of an SQLite database and their columns; empty for anything else."""
    if not source.head.startswith(MAGIC):
        return {}
    database = open_database(source)
    try:
        names = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
        columns = "select name from pragma_table_info(?)"
        return {name: frozenset(column for (column,) in database.execute(columns, (name,))) for name in names}
    except database_errors():
        return {}
    finally:
        database.close()
