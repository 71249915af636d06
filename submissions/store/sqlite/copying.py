"""A copy of a database that others write to meanwhile."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from submissions.store.folder import sync
from submissions.store.sqlite.trouble import unusable

BUSY_SECONDS = 30


def copy_database(path: Path, to: Path) -> None:
    """Copy the database at `path` by SQLite's backup interface: one state of it, and a file that
    needs no other.

    Raises:
        DatabaseUnusable: It cannot be read, or the copy not be written.
    """
    try:
        with (
            closing(
                sqlite3.connect(
                    f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS
                )
            ) as source,
            closing(sqlite3.connect(to)) as target,
        ):
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        raise unusable(path, error, BUSY_SECONDS) from error
    sync(to)
