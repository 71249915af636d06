"""Opening the working database, brought up to date first.

A connection is opened for each operation and closed after it: SQLite connections belong to the
thread that opened them, and the site runs every session in its own. Writing takes the lock at once
(`BEGIN IMMEDIATE`): sqlite-utils' `atomic()` begins deferred, and two writers that both read first
then fail with "database is locked", whatever the time-out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any, TypeVar

from scoring.errors import ReasonBoardError
from submissions.store.folder import DataFolder, held
from submissions.store.migrations import known, migrations
from submissions.store.sqlite.library import sqlite_utils
from submissions.store.sqlite.read_only import read_only
from submissions.store.sqlite.trouble import DatabaseUnusable, unusable


class ProgramTooOld(ReasonBoardError):
    """A newer version of the program has changed the database."""


StoreTrouble = (OSError, sqlite3.Error, DatabaseUnusable)
"""What a full disk or a locked database raises: trouble of the machine, not of what is being worked
on.
"""

RESTORING = "restoring"
"""The file in a data folder that a restore is filling, or was when it was interrupted."""

BUSY_SECONDS = 30

Row = TypeVar("Row")


def prepare(folder: DataFolder) -> None:
    """Create what is missing: folders, database, write-ahead log, pending migrations. Safe to call
    again.

    Raises:
        DatabaseUnusable: The database cannot be used; the message tells why, and what to do.
        ProgramTooOld: A newer version of the program has changed the database.
    """
    if (folder.path / RESTORING).exists():
        raise DatabaseUnusable(
            f"{folder.path} is being restored, or was when that was interrupted: wait, or run"
            " `reasonboard restore` again"
        )
    # Before anything is opened: SQLite would make the file with whatever rights the umask leaves.
    folder.create()
    # Before migrating: an older program must not touch what a newer one has changed.
    refuse_newer(folder)
    # Several workers may be started at once after an upgrade: one migrates.
    with held(folder.path), reading(folder) as db:
        db.enable_wal()
        if migrations.pending(db):
            migrations.apply(db)


def refuse_newer(folder: DataFolder) -> None:
    """Stop a program that is older than the data: what it wrote would be wrong without anybody
    seeing it.

    Raises:
        ProgramTooOld: A newer version of the program has changed the database.
    """
    with reading(folder) as db:
        newer = {migration.name for migration in migrations.applied(db)} - known()
    if newer:
        raise ProgramTooOld(
            f"{folder.database.name} was changed by a newer version of ReasonBoard"
            f" ({', '.join(sorted(newer))}), and this one would write into it what the newer one"
            " cannot read. Nothing was changed; update this one, or stop it."
        )


@contextmanager
def reading(folder: DataFolder) -> Iterator[sqlite_utils.Database]:
    """Open a connection, and close it afterwards.

    Raises:
        DatabaseUnusable: Instead of what SQLite raises where the machine or the file is to blame.
    """
    try:
        with closing(
            sqlite3.connect(folder.database, timeout=BUSY_SECONDS, isolation_level=None)
        ) as connection:
            # SQLite forgets this with each connection.
            connection.execute("PRAGMA foreign_keys = ON")
            # What was accepted survives a loss of power, which less does not promise with a write-
            # ahead log.
            connection.execute("PRAGMA synchronous = FULL")
            yield sqlite_utils.Database(connection)
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):  # the caller's business
        raise
    except sqlite3.DatabaseError as error:
        raise unusable(folder.database, error, BUSY_SECONDS) from error


def fetch(folder: DataFolder, query: str, arguments: Sequence[object] = ()) -> list[Any]:
    """Return the rows of one query, each a tuple."""
    with reading(folder) as db:
        return db.conn.execute(query, arguments).fetchall()


def fetch_as(
    kind: Callable[..., Row],
    folder: DataFolder,
    table: str,
    where: str | None = None,
    arguments: Sequence[object] = (),
    order_by: str = "rowid",
) -> tuple[Row, ...]:
    """Return rows of a table, each read into a `kind`, which is given the columns by name."""
    with reading(folder) as db:
        rows = db.table(table).rows_where(where, arguments, order_by=order_by)
        return tuple(kind(**row) for row in rows)


@contextmanager
def looking(folder: DataFolder) -> Iterator[sqlite_utils.Database]:
    """Open a connection that makes and changes nothing, to look something up in passing.

    Raises:
        DatabaseUnusable: There is no database, or it cannot be read.
    """
    try:
        with read_only(folder.database) as connection:
            yield sqlite_utils.Database(connection)
    except sqlite3.DatabaseError as error:
        raise unusable(folder.database, error, 0) from error


@contextmanager
def writing(folder: DataFolder) -> Iterator[sqlite_utils.Database]:
    """Open a connection inside one immediate transaction.

    It is committed at the end, and rolled back by an exception.
    """
    with reading(folder) as db:
        db.conn.execute("BEGIN IMMEDIATE")
        try:
            yield db
        except BaseException:
            with suppress(sqlite3.OperationalError):  # a full disk has rolled it back already
                db.conn.execute("ROLLBACK")
            raise
        db.conn.execute("COMMIT")
