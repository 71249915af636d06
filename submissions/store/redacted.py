"""Holds what people write against what is remembered of posts that were taken down, inside the
transaction that stores it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from scoring.segments import REDACTED
from submissions.declarations.meta import Meta
from submissions.likeness.quotation import hashes_of, without
from submissions.problems import Problem
from submissions.store.clock import now
from submissions.store.database import reading
from submissions.store.folder import DataFolder
from submissions.store.sqlite.library import sqlite_utils


def remember(db: sqlite_utils.Database, hashes: Iterable[str]) -> None:
    """Keep what is taken down from coming in again, by hash."""
    at = now()
    db.table("redacted_texts").insert_all(
        ({"hash": digest, "at": at} for digest in hashes), ignore=True
    )


def quotes_redacted(db: sqlite_utils.Database, text: str) -> bool:
    """Return whether a text quotes a post that was redacted."""
    hashes = hashes_of(text)
    if not hashes:
        return False
    # One parameter, however many hashes: SQLite takes only so many.
    asked = (
        "SELECT EXISTS (SELECT 1 FROM redacted_texts WHERE hash IN (SELECT value FROM"
        " json_each(?)))"
    )
    return bool(db.conn.execute(asked, [json.dumps(sorted(hashes))]).fetchone()[0])


def noted(db: sqlite_utils.Database, reason: str) -> str:
    """Return a reason as it may be kept.

    One that quotes such a post is not, and what it was for goes on.
    """
    return REDACTED if quotes_redacted(db, reason) else reason


def as_kept(folder: DataFolder, reason: str) -> str:
    """Return the same, for who is in no transaction."""
    with reading(folder) as db:
        return noted(db, reason)


def quotations(
    db: sqlite_utils.Database, meta: Meta, before: Meta | None = None, file: str = "metadata"
) -> list[Problem]:
    """Return what of a declaration quotes such a post, and did not stand there before.

    It is not taken.
    """
    # What stood there when a takedown was carried out was replaced then; what quotes now is new.
    stood = {} if before is None else asdict(before)
    return [
        Problem(file, None, key, "", "quotes a post that was taken down", "", "use other words")
        for key, value in asdict(meta).items()
        if value != stood.get(key)
        and without(value, lambda text: quotes_redacted(db, text), lambda _: "") != value
    ]


def quotations_in(folder: DataFolder, meta: Meta, file: str) -> list[Problem]:
    """Return the same of a new declaration, before anything is stored."""
    with reading(folder) as db:
        return quotations(db, meta, file=file)
