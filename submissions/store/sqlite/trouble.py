"""What is wrong when the working database cannot be used, and what to do: each cause has its own
advice.

A full disk, a lock, a missing permission and a damaged file all reach Python as errors of SQLite,
often of the same class. To restore a backup helps against damage alone and loses data otherwise, so
it is advised only where SQLite's own `integrity_check` finds damage.

Messages name files by what they are called in the data folder: where that is, is for nobody outside
to know.
"""

from __future__ import annotations

import errno
import shutil
import sqlite3
from pathlib import Path

from scoring.errors import ReasonBoardError
from submissions.store.sqlite.read_only import read_only

SCARCE = 1_000_000
"""Bytes left on a disk under which what fails is put down to the disk's being full."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
_WRITING = frozenset(
    {
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_IOERR_SHMSIZE,
        sqlite3.SQLITE_IOERR_SHMOPEN,
        sqlite3.SQLITE_IOERR_SHMMAP,
    }
)


class DatabaseUnusable(ReasonBoardError):
    """The working database cannot be used now."""


class DiskFull(DatabaseUnusable):
    """Nothing more can be written."""


class DatabaseBusy(DatabaseUnusable):
    """Another process holds the database."""


class NoPermission(DatabaseUnusable):
    """This user may not write, or not even read."""


class DatabaseDamaged(DatabaseUnusable):
    """The file is not what SQLite wrote."""


def unusable(path: Path, error: sqlite3.Error, waited: float) -> DatabaseUnusable:
    """Tell what an error of SQLite means.

    Args:
        path: The working database.
        error: What was raised.
        waited: Seconds for which a lock was waited for.
    """
    code = getattr(error, "sqlite_errorcode", None) or 0
    kind, name = code & 0xFF, path.name
    # A full disk comes as an error of input and output, too.
    if kind == sqlite3.SQLITE_FULL or (_is_io(kind) and _scarce(path)):
        return DiskFull(f"{name}: the disk is full. {_ROOM}")
    if code in _WRITING:
        return DiskFull(
            f"{name}: the disk takes nothing more ({error}): it is full, over a quota, or failing."
            f" {_ROOM}"
        )
    if kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return DatabaseBusy(
            f"{name}: another process has held the database for {waited:.0f} seconds. Nothing was"
            " changed; try again when it has ended (a backup by hand, a shell with an open"
            " transaction?)."
        )
    if kind in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN):
        return NoPermission(f"{name}: cannot be opened for writing ({error}). {_RIGHTS}")
    return _damaged(path, error)


def is_full(error: OSError) -> bool:
    """Return whether an error says that the disk, or what may be written to it, is full.

    Arrow's have the number in words.
    """
    return error.errno in _FULL or any(f"[errno {number}]" in str(error) for number in _FULL)


def advice(error: OSError) -> str:
    """Return what to do about an error of the operating system; "" where that goes
    without saying.
    """
    if error.errno in _FULL:
        return _ROOM
    return _RIGHTS if error.errno in _FORBIDDEN else ""


_ROOM = (
    "Make room, then go on: nothing that was accepted is lost, and nothing needs to be restored."
)
_RIGHTS = (
    "Let this user write into the data folder and its files, or name another folder with --data;"
    " nothing needs to be restored."
)


def _is_io(kind: int) -> bool:
    return kind in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)


def _scarce(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < SCARCE
    except OSError:
        return False


def _damaged(path: Path, error: sqlite3.Error) -> DatabaseUnusable:
    # Only this tells a damaged file from one that another program made.
    faults = integrity_faults(path)
    if not faults:
        return DatabaseUnusable(
            f"{path.name}: {error}. `integrity_check` finds no damage, so there is nothing to"
            " restore; was it made by a later version, or by another program? Name another data"
            " folder with --data, or report this."
        )
    return DatabaseDamaged(
        f"{path.name} is damaged ({faults[0]}). Restore a backup into a new folder: `reasonboard"
        " restore BACKUP --data NEW_FOLDER`; keep the damaged one until it is done."
    )


def integrity_faults(path: Path) -> tuple[str, ...]:
    """Return what SQLite's `integrity_check` finds, the first ten.

    Nothing where the file is whole, or cannot be looked at.
    """
    try:
        with read_only(path) as connection:
            rows = connection.execute("PRAGMA integrity_check(10)").fetchall()
    except sqlite3.DatabaseError as error:
        # A lock or a missing right is no damage, and must not send anybody to a backup.
        code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
        return (str(error),) if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) else ()
    return tuple(row[0] for row in rows if row[0] != "ok")
