"""Rows of `events`: what people did, and why."""

from __future__ import annotations

from typing import NamedTuple

from submissions.store.clock import now
from submissions.store.database import fetch, reading, writing
from submissions.store.folder import DataFolder
from submissions.store.redacted import noted
from submissions.store.sqlite.library import sqlite_utils

SUBMITTED, COPY, COPY_SEEN = "submitted", "copy", "copy seen"
"""Kinds of events of what comes in: a submission; that it has the very outputs of another team;
that a maintainer has looked at that."""

TAKING_OUT = (
    "withdrawn",
    "held",
    "output redacted",
    "example redacted",
    "transcript redacted",
    "ratings",
    "ratings joined",
    "ratings separated",
    "raters united",
    "annotator deleted",
    "tags",
)
"""Kinds of events that may take something out of what is public: a release that was read before is
not made. All others add something, or say it in other words, or concern accounts: what they change
stands in the next release. Consent that is taken back is an edit; whether what is listed may be
public still is looked up (`all_public`)."""


class Event(NamedTuple):
    """Something that a person did, and why."""

    at: str
    author: str
    kind: str
    subject: str
    reason: str


def takings_out(folder: DataFolder) -> int:
    """Return how many decisions took something out of what may be public.

    Equal numbers, nothing was since.
    """
    with reading(folder) as db:
        return count_takings_out(db)


def count_takings_out(db: sqlite_utils.Database) -> int:
    """Return the same, on an open connection."""
    places = ", ".join("?" * len(TAKING_OUT))
    rows = db.conn.execute(
        f"SELECT count(*) FROM events WHERE kind IN ({places})",  # noqa: S608
        TAKING_OUT,
    )
    return int(rows.fetchone()[0])


def add_event(db: sqlite_utils.Database, author: str, kind: str, subject: str, reason: str) -> None:
    """Note an event, in the caller's transaction."""
    # Inside the caller's transaction: a takedown that comes next finds the event, and can clean it.
    said = {"subject": noted(db, subject), "reason": noted(db, reason)}
    db.table("events").insert({"at": now(), "author": author, "kind": kind, **said})


def record_event(folder: DataFolder, author: str, kind: str, subject: str, reason: str) -> None:
    """Note an event that changes nothing else."""
    with writing(folder) as db:
        add_event(db, author, kind, subject, reason)


def events(folder: DataFolder, subject: str | None = None) -> tuple[Event, ...]:
    """Return all events (about one subject), oldest first."""
    where, arguments = ("WHERE subject = ?", [subject]) if subject is not None else ("", [])
    query = f"SELECT at, author, kind, subject, reason FROM events {where} ORDER BY n"  # noqa: S608
    rows = fetch(folder, query, arguments)
    return tuple(map(Event._make, rows))
