"""The record of releases and events in the working database."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import NamedTuple

import sqlite_utils

from submissions.store.clock import now
from submissions.store.database import reading
from submissions.store.folder import DataFolder


@dataclass(frozen=True)
class ReleaseRecord:
    """One published release; `content` is the digest of what it states."""

    number: int
    created_at: str
    author: str
    reason: str
    previous: int | None
    sha256: str
    content: str


class Event(NamedTuple):
    """Something that a person did, and why."""

    at: str
    author: str
    kind: str
    subject: str
    reason: str


def release_records(folder: DataFolder) -> tuple[ReleaseRecord, ...]:
    """All releases, oldest first."""
    with reading(folder) as db:
        return read_records(db)


def read_records(db: sqlite_utils.Database) -> tuple[ReleaseRecord, ...]:
    """All releases, oldest first, on an open connection."""
    return tuple(ReleaseRecord(**row) for row in db.table("releases").rows_where(order_by="number"))


def recorded_current(db: sqlite_utils.Database) -> int | None:
    """The release that the database says is served."""
    for row in db.table("current_release").rows:
        return int(row["number"])
    return None


def record_release(db: sqlite_utils.Database, record: ReleaseRecord) -> None:
    """Note `record` and make it the served one, in the caller's transaction."""
    db.table("releases").insert(asdict(record))
    db.table("current_release").upsert({"one": 1, "number": record.number}, pk="one")
    add_event(db, record.author, "release", str(record.number), record.reason)


def add_event(db: sqlite_utils.Database, author: str, kind: str, subject: str, reason: str) -> None:
    """Note an event, in the caller's transaction."""
    db.table("events").insert({"at": now(), "author": author, "kind": kind, "subject": subject, "reason": reason})


def events(folder: DataFolder) -> tuple[Event, ...]:
    """All events, oldest first."""
    with reading(folder) as db:
        rows = db.query("SELECT at, author, kind, subject, reason FROM events ORDER BY n")
        return tuple(Event(**row) for row in rows)
