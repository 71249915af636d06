"""Annotators whose ratings were deleted from a set, remembered by hash alone, so that no file brings
them back.
"""

from __future__ import annotations

import hashlib

from submissions.likeness.names import folded_name
from submissions.store.clock import now
from submissions.store.database import fetch, reading, writing
from submissions.store.events import add_event
from submissions.store.folder import DataFolder


def forget_annotator(
    folder: DataFolder, ratings: str, annotator: str, author: str, reason: str
) -> int:
    """Delete all that an annotator gave in a set, skips and reasons with it; all of it or nothing.

    Who it was is remembered by hash alone: see `forgotten_annotators`. The record names nobody.

    Returns:
        How many ratings were deleted, revised ones among them.
    """
    with writing(folder) as db:
        # Overwritten in the file, not merely free.
        db.conn.execute("PRAGMA secure_delete = ON")
        sources = "SELECT id FROM rating_sources WHERE ratings = ?"
        count = 0
        for table in ("ratings", "rating_skips", "rating_reservations", "rating_reasons"):
            deleted = db.conn.execute(
                f"DELETE FROM {table} WHERE source IN ({sources}) AND annotator = ?",  # noqa: S608 (of the schema)
                [ratings, annotator],
            )
            count += deleted.rowcount if table == "ratings" else 0
        row = {"ratings": ratings, "hash": _annotator_hash(ratings, annotator), "at": now()}
        db.table("forgotten_annotators").insert(row, ignore=True)
        subject = f"{ratings}: an annotator's"
        add_event(db, author, "annotator deleted", subject, reason)
    with reading(folder) as db:
        # The log holds every page as it was before.
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return count


def sets_with_forgotten(folder: DataFolder) -> tuple[str, ...]:
    """Return the sets from which annotators' ratings were deleted."""
    rows = fetch(folder, "SELECT DISTINCT ratings FROM forgotten_annotators ORDER BY ratings")
    return tuple(name for (name,) in rows)


def is_forgotten(folder: DataFolder, ratings: str, annotator: str) -> bool:
    """Return whether an annotator's ratings were deleted from a set."""
    asked = "SELECT 1 FROM forgotten_annotators WHERE ratings = ? AND hash = ?"
    return bool(fetch(folder, asked, [ratings, _annotator_hash(ratings, annotator)]))


def _annotator_hash(ratings: str, annotator: str) -> str:
    return hashlib.sha256(repr((ratings, folded_name(annotator))).encode()).hexdigest()
