"""Release files and the ledger: each file has its row, each row its file, and neither is ever
written over.

A release is written aside, recorded, and only then given its name. So a crash leaves one of two
things: something aside that nobody recorded, which is dropped, or something recorded that lies
aside, which is placed by whoever publishes next. A file under a release's name that the ledger does
not know is therefore never a left-over: the database is older than the releases, or another's.
Publishing then stops, because it would use a number twice; a person decides whether to restore the
database or to adopt the releases.
"""

from __future__ import annotations

from collections.abc import Sequence

from scoring.errors import ReasonBoardError
from submissions.store.database import writing
from submissions.store.events import add_event
from submissions.store.folder import DataFolder, sha256_of
from submissions.store.released.ledger import (
    ReleaseRecord,
    read_records,
    record_adopted,
    recorded_current,
    release_records,
)
from submissions.store.released.release import (
    ReleaseReader,
    current_number,
    drop_asides,
    place_release,
    placeable,
    release_numbers,
    release_path,
)
from submissions.wording import counted, noun_for


class UnknownReleases(ReasonBoardError):
    """There are files of releases that the working database does not know."""


class NotAdoptable(ReasonBoardError):
    """A file that is called like a release and is none, or another."""


def unknown_releases(folder: DataFolder, records: Sequence[ReleaseRecord]) -> tuple[int, ...]:
    """Return the numbers of the files that no record is of."""
    known = {record.number for record in records}
    return tuple(number for number in release_numbers(folder) if number not in known)


def refuse_unknown(folder: DataFolder, records: Sequence[ReleaseRecord]) -> None:
    """Stop where a number would be used a second time.

    Raises:
        UnknownReleases: There are files that no record is of.
    """
    unknown = unknown_releases(folder, records)
    if unknown:
        names = ", ".join(f"releases/{number}.db" for number in unknown)
        raise UnknownReleases(
            f"nothing is published: working.db does not know {names}. It is older than"
            f" {noun_for(len(unknown), 'this release', 'these releases')}, or another board's, and"
            " a number is never used twice. Put the newest backup back (`reasonboard restore"
            " BACKUP --data NEW_FOLDER`), or, where working.db is the right one, take the files"
            ' into its ledger: `reasonboard adopt --reason "..."`.'
        )


def settle(folder: DataFolder) -> None:
    """Do what a crash or a failure prevented: place the last release, or drop what was never
    recorded.
    """
    with writing(folder) as db:
        settle_under_lock(folder, read_records(db))


def settle_under_lock(folder: DataFolder, records: Sequence[ReleaseRecord]) -> None:
    """Settle as `settle` does, holding the write lock: nobody else is writing a release then."""
    last = records[-1] if records else None
    if last is not None and placeable(folder, last.number, last.sha256):
        place_release(folder, last.number)
    drop_asides(folder)


def adopt(folder: DataFolder, author: str, reason: str) -> tuple[int, ...]:
    """Take the files of releases that the ledger does not know into it, as they are.

    Returns:
        Their numbers.

    Raises:
        NotAdoptable: One of them is damaged or states another number; none is adopted then.
    """
    adopted = tuple(
        _record_of(folder, number) for number in unknown_releases(folder, release_records(folder))
    )
    if not adopted:
        return ()
    with writing(folder) as db:
        recorded = {record.number for record in read_records(db)}
        new = [record for record in adopted if record.number not in recorded]
        # Only where the database has none: a rollback that it knows of stands.
        served = current_number(folder)
        known = recorded | {record.number for record in new}
        if served not in known or recorded_current(db) is not None:
            served = None
        record_adopted(db, new, served)
        for record in new:
            add_event(db, author, "release adopted", str(record.number), reason)
    return tuple(record.number for record in new)


def _record_of(folder: DataFolder, number: int) -> ReleaseRecord:
    path = release_path(folder, number)
    try:
        # Read whole: a file that opens may still lack a table.
        reader = ReleaseReader(path)
        row, content = reader.release, reader.content().digest()
    except (ReasonBoardError, LookupError, TypeError, ValueError) as error:
        raise NotAdoptable(
            f"releases/{number}.db cannot be read as a release ({error}); move it away, or put the"
            " file that was published in its place, then adopt again"
        ) from error
    if row.number != number:
        raise NotAdoptable(
            f"releases/{number}.db says that it is release {row.number}; give it its name back, or"
            " move it away, then adopt again"
        )
    return ReleaseRecord(
        number, row.created_at, row.author, row.reason, row.previous, sha256_of(path), content
    )


def told_adopted(numbers: Sequence[int]) -> str:
    """Return what `adopt` did, in words."""
    if not numbers:
        return "Nothing to adopt: working.db knows every file of a release."
    named = ", ".join(map(str, numbers))
    return (
        f"{counted(len(numbers), 'release')} adopted: {named}. The next one will be"
        f" {max(numbers) + 1} or later."
    )
