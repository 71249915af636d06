"""The release that is served: the current one, or where its file is damaged the last good one
before it.

That it stands in for another is said wherever it is read (`ReleaseReader.notice`). "Before it" is
what the ledger says it was made after: what was taken back by a rollback does not come back through
damage, and neither does a release that lists a system which was withdrawn since.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache, partial
from pathlib import Path

from submissions.store.database import StoreTrouble, looking
from submissions.store.files.damage import REPAIR, DamagedFile, check_daily, check_database_file
from submissions.store.folder import DataFolder, sha256_of
from submissions.store.released.ledger import ReleaseRecord, read_records
from submissions.store.released.release import (
    NoRelease,
    ReleaseDamaged,
    ReleaseReader,
    current_number,
    release_path,
)
from submissions.store.sqlite.read_only import read_only
from submissions.store.submitted.submissions import withdrawn_ids


class ReleaseWithdrawn(NoRelease):
    """A release lists a system that was withdrawn since: it is given out no more."""


def current_release(folder: DataFolder) -> ReleaseReader:
    """Return a reader of the release that is served.

    Raises:
        NoRelease: Nothing was published yet.
        ReleaseDamaged: The current one is damaged, and so is every one before it.
    """
    number = current_number(folder)
    if number is None:
        raise NoRelease(
            f"Nothing is published under {folder.path} yet. Score what was submitted (`reasonboard"
            ' score`), then publish it: `reasonboard publish --reason "first release"`.'
        )
    path = release_path(folder, number)
    try:
        return checked_release(folder, path)
    except ReleaseDamaged:
        # A reader is better off with the last good release than with an error.
        for earlier in _before(number, _records(folder)):
            notice = (
                f"Release {number} is damaged on this server. Release {earlier}, the last good one"
                " before it, is shown until a maintainer has repaired it."
            )
            if standing := _standing(folder, earlier, notice):
                return standing
        raise


def checked_release(folder: DataFolder, path: Path, notice: str = "") -> ReleaseReader:
    """Return a reader of a release whose file is whole.

    Size and header each time, all of it once a day.

    Raises:
        ReleaseDamaged: It is not.
    """
    try:
        check_database_file(path, REPAIR)
        # To read all of a file of many megabytes for each page would take longer than the page.
        check_daily(path, partial(_as_published, folder, path), REPAIR)
    except DamagedFile as error:
        raise ReleaseDamaged(str(error)) from error
    return ReleaseReader(path, notice)


def _as_published(folder: DataFolder, path: Path) -> bool:
    """Return whether a release is what the ledger says.

    Where that cannot be read, whether SQLite finds no damage.
    """
    record = _records(folder).get(int(path.stem))
    if record is not None:
        return sha256_of(path) == record.sha256
    try:
        with read_only(path, unchanging=True) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.DatabaseError:
        return False


def _records(folder: DataFolder) -> Mapping[int, ReleaseRecord]:
    try:
        # Not `reading`, which would make a database where there is none.
        with looking(folder) as db:
            return {record.number: record for record in read_records(db)}
    except StoreTrouble:
        return {}


def _before(number: int, records: Mapping[int, ReleaseRecord]) -> Iterator[int]:
    """Yield the releases that a release was made after, one after the other, the newest first."""
    while (record := records.get(number)) is not None and record.previous is not None:
        number = record.previous
        yield number


def _standing(folder: DataFolder, number: int, notice: str) -> ReleaseReader | None:
    try:
        return earlier_release(folder, number, notice)
    except NoRelease:
        return None


def earlier_release(folder: DataFolder, number: int, notice: str = "") -> ReleaseReader:
    """Return a reader of a release that is not the current one: the one way to it, whoever asks.

    Raises:
        ReleaseWithdrawn: It lists a system that was withdrawn since.
        ReleaseDamaged: It is damaged or missing.
    """
    reader = checked_release(folder, release_path(folder, number), notice)
    if lists_withdrawn(folder, reader):
        raise ReleaseWithdrawn(
            f"Release {number} lists a system that was withdrawn since. It is not given out any"
            " more."
        )
    return reader


def given_out(folder: DataFolder, numbers: Iterable[int]) -> tuple[int, ...]:
    """Return those of some earlier releases that may be asked for.

    They are there, and list nothing that was withdrawn.

    Where the database cannot tell what was withdrawn, none.
    """
    try:
        gone = withdrawn_ids(folder)
    except StoreTrouble:
        return ()
    return tuple(number for number in numbers if _may_be_asked_for(folder, number, gone))


def _may_be_asked_for(folder: DataFolder, number: int, gone: frozenset[str]) -> bool:
    path = release_path(folder, number)
    try:
        return not (gone and _lists(ReleaseReader(path), gone))
    except NoRelease:
        return path.is_file()  # damaged: whoever asks for it is told


def lists_withdrawn(folder: DataFolder, reader: ReleaseReader) -> bool:
    """Return whether a release lists a submission that was withdrawn since."""
    gone = withdrawn_ids(folder)
    return bool(gone) and _lists(reader, gone)


def _lists(reader: ReleaseReader, some: frozenset[str]) -> bool:
    # By the time of writing too: a takedown may have rewritten the file under the same name.
    return not some.isdisjoint(_listed(reader.path, reader.path.stat().st_mtime_ns))


@lru_cache(maxsize=256)
def _listed(path: Path, _written: int) -> frozenset[str]:
    return frozenset(system.id for system in ReleaseReader(path).systems())
