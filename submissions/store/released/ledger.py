"""Rows of `releases` and `current_release`: which releases were published, and which
one is served.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

from submissions.store.database import fetch, fetch_as, writing
from submissions.store.events import add_event
from submissions.store.folder import DataFolder
from submissions.store.sqlite.library import sqlite_utils


@dataclass(frozen=True)
class ReleaseRecord:
    """One published release; `created_at` is when what it states was read, `content` the digest of
    that.
    """

    number: int
    created_at: str
    author: str
    reason: str
    previous: int | None
    sha256: str
    content: str


class Watermark(NamedTuple):
    """How much there was to publish at some time, in numbers that only grow: equal marks, equal
    releases.

    Ratings have no number of their own: an import is an event, and so is the closing of a round,
    before which nothing of its ratings is published.
    """

    submissions: int
    scores: int
    models: int
    releases: int
    rated_values: int
    events: int


_COUNTED = ("submissions", "scores", "pinned_models", "releases", "rated_values", "events")
"""The tables of a watermark's numbers."""


def release_records(folder: DataFolder) -> tuple[ReleaseRecord, ...]:
    """Return all releases, oldest first."""
    return fetch_as(ReleaseRecord, folder, "releases", order_by="number")


def read_records(db: sqlite_utils.Database) -> tuple[ReleaseRecord, ...]:
    """Return all releases, oldest first, on an open connection."""
    return tuple(ReleaseRecord(**row) for row in db.table("releases").rows_where(order_by="number"))


def recorded_current(db: sqlite_utils.Database) -> int | None:
    """Return the release that the database says is served."""
    for row in db.table("current_release").rows:
        return int(row["number"])
    return None


def mark(folder: DataFolder) -> Watermark:
    """Return how much there is to publish now: cheap, so that a worker can look often."""
    counts = ", ".join(f"(SELECT count(*) FROM {name})" for name in _COUNTED)  # noqa: S608 (ours)
    (row,) = fetch(folder, f"SELECT {counts}")
    return Watermark(*row)


def record_rollback(db: sqlite_utils.Database, number: int, author: str, reason: str) -> None:
    """Make release `number` the served one again, in the caller's transaction."""
    db.table("current_release").upsert({"one": 1, "number": number}, pk="one")
    add_event(db, author, "rollback", str(number), reason)


def record_release(db: sqlite_utils.Database, record: ReleaseRecord) -> None:
    """Note `record` and make it the served one, in the caller's transaction."""
    db.table("releases").insert(asdict(record))
    db.table("current_release").upsert({"one": 1, "number": record.number}, pk="one")
    add_event(db, record.author, "release", str(record.number), record.reason)


def record_adopted(
    db: sqlite_utils.Database, records: Sequence[ReleaseRecord], served: int | None
) -> None:
    """Note releases that were made under another database, in the caller's transaction.

    Args:
        db: In a transaction.
        records: Of them.
        served: Which release is served from now on; None leaves that as it is.
    """
    db.table("releases").insert_all(asdict(record) for record in records)
    if served is not None:
        db.table("current_release").upsert({"one": 1, "number": served}, pk="one")


def record_altered(folder: DataFolder, number: int, sha256: str, content: str) -> None:
    """Write down what a release is after words were taken out of it, and that they were; again, for
    nothing.
    """
    with writing(folder) as db:
        record = db.table("releases").get(number)
        # A takedown that was interrupted comes here again, and is one event.
        if (record["sha256"], record["content"]) != (sha256, content):
            db.table("releases").update(number, {"sha256": sha256, "content": content})
            add_event(
                db,
                "a takedown",
                "release altered",
                str(number),
                "words of a redacted post were taken out",
            )
