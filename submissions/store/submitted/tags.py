"""Rows of `tags`: what maintainers say about examples."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from submissions.store.database import fetch_as, writing
from submissions.store.events import add_event
from submissions.store.folder import DataFolder


class Tag(NamedTuple):
    """One tag of one example; an example may have several."""

    task: str
    example_id: str
    tag: str


def add_tags(
    folder: DataFolder, tags: Iterable[Tag], author: str, subject: str, reason: str
) -> int:
    """Store those of `tags` that are not there yet, with an event if there are any.

    Args:
        folder: Where.
        tags: To be stored.
        author: Who.
        subject: Where they come from.
        reason: Why.

    Returns:
        How many were new.
    """
    with writing(folder) as db:
        before = db.conn.total_changes
        db.conn.executemany("INSERT OR IGNORE INTO tags VALUES (?, ?, ?)", list(tags))
        added = db.conn.total_changes - before
        if added:
            add_event(db, author, "tags", subject, reason)
        return added


def tags(folder: DataFolder) -> tuple[Tag, ...]:
    """Return all tags, by task, tag and example."""
    return fetch_as(Tag, folder, "tags", order_by="task, tag, example_id")
