"""Which files the working database refers to, and what in it refers to nothing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from submissions.store.database import writing
from submissions.store.events import add_event
from submissions.store.folder import DataFolder
from submissions.store.scored.scores import Score, ScoreKey, score_row
from submissions.store.sqlite.read_only import read_only


@dataclass(frozen=True)
class ReferredFiles:
    """What a copy of the working database names, all of it by digest but the releases.

    Attributes:
        outputs: Of submissions that stand.
        scored: Array -> the keys of the scores that it is of.
        rated: Array -> the keys of the values on rated texts that it is of.
        texts: Files of rated texts.
        releases: Number -> digest of the file.
        current: The release that is served.
    """

    outputs: frozenset[str]
    scored: dict[str, list[ScoreKey]]
    rated: dict[str, list[str]]
    texts: frozenset[str]
    releases: dict[int, str]
    current: int | None

    @property
    def arrays(self) -> frozenset[str]:
        """All arrays."""
        return frozenset(self.scored) | frozenset(self.rated)


def references(path: Path) -> ReferredFiles:
    """Return what the database at `path` refers to."""
    with read_only(path) as db:
        scored: dict[str, list[ScoreKey]] = {}
        for array, *key in db.execute(
            "SELECT array, submission, task, task_revision, identity FROM scores"
        ):
            scored.setdefault(array, []).append(ScoreKey(*key))
        rated: dict[str, list[str]] = {}
        for array, key in db.execute("SELECT array, key FROM rated_values"):
            rated.setdefault(array, []).append(key)
        served = db.execute("SELECT number FROM current_release").fetchone()
        return ReferredFiles(
            outputs=_column(db, "SELECT outputs FROM submissions WHERE withdrawn_at IS NULL"),
            scored=scored,
            rated=rated,
            texts=_column(db, "SELECT texts FROM rating_sources"),
            releases=dict(db.execute("SELECT number, sha256 FROM releases ORDER BY number")),
            current=served[0] if served else None,
        )


def database_faults(path: Path) -> Iterator[str]:
    """Yield what SQLite finds wrong with the database at `path`.

    Damage, and rows that refer to rows that are not there.
    """
    with read_only(path) as db:
        for (fault,) in db.execute("PRAGMA integrity_check(10)"):
            if fault != "ok":
                yield fault
                return
        # SQLite checks references where rows are written, not where a file was patched by hand.
        for table, row, parent, _ in db.execute("PRAGMA foreign_key_check"):
            yield f"row {row} of {table} refers to a row of {parent} that is not there"


def unitless_scores(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (submission, task) of scores of which there is no such unit.

    The submission never had the task.
    """
    with read_only(path) as db:
        tasks = {
            name: json.loads(declared)
            for name, declared in db.execute("SELECT id, tasks FROM submissions")
        }
        for submission, task in db.execute("SELECT DISTINCT submission, task FROM scores"):
            if task not in tasks.get(submission, ()):
                yield submission, task


def _column(db: sqlite3.Connection, query: str) -> frozenset[str]:
    return frozenset(row[0] for row in db.execute(query))


def substitute_scores(
    folder: DataFolder, scores: Iterable[Score], author: str, reason: str
) -> None:
    """Put scores in the place of those whose arrays could not be made again as they were; it is
    noted for each.
    """
    with writing(folder) as db:
        for score in scores:
            db.conn.execute(
                "DELETE FROM scores WHERE submission = ? AND task = ? AND task_revision = ? AND"
                " identity = ?",
                score.key,
            )
            # The one way in which a score is replaced, and it is told.
            db.table("scores").insert(score_row(score))
            detail = f"{score.task}, {score.identity.metric}: {reason}"
            add_event(db, author, "score made again", score.submission, detail)


def forget_rated_values(folder: DataFolder, keys: Iterable[str]) -> None:
    """Have values on rated texts measured again."""
    with writing(folder) as db:
        db.conn.executemany("DELETE FROM rated_values WHERE key = ?", [(key,) for key in keys])


def correct_digest(folder: DataFolder, number: int, sha256: str, author: str, reason: str) -> None:
    """Note the digest of a release's file that was written again with the same content."""
    with writing(folder) as db:
        db.conn.execute("UPDATE releases SET sha256 = ? WHERE number = ?", [sha256, number])
        add_event(db, author, "release written again", str(number), reason)
