"""Rows of `failures`: scores that could not be made, why, and how often it was tried.

A failure is kept by the score's key, so that a corrected metric, model or task, which has another identity, starts
afresh without anyone clearing anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from submissions.store.clock import now
from submissions.store.database import reading, writing
from submissions.store.folder import DataFolder
from submissions.store.scores import ScoreKey

RETRIES = 3


@dataclass(frozen=True)
class Failure:
    """Why a score could not be made; `tries` is how often it was tried."""

    submission: str
    task: str
    task_revision: int
    identity: str
    tries: int
    reason: str
    traceback: str
    failed_at: str

    @property
    def key(self) -> ScoreKey:
        """Of the score that could not be made."""
        return ScoreKey(self.submission, self.task, self.task_revision, self.identity)

    @property
    def given_up(self) -> bool:
        """Whether it will not be tried again."""
        return self.tries > RETRIES


def record_failure(folder: DataFolder, keys: Iterable[ScoreKey], reason: str, traceback: str) -> None:
    """Count one more failed try of the scores `keys`."""
    with writing(folder) as db:
        for key in keys:
            row = asdict(Failure(*key, tries=1, reason=reason, traceback=traceback, failed_at=now()))
            db.conn.execute(
                f"INSERT INTO failures ({', '.join(row)}) VALUES ({', '.join(':' + name for name in row)}) "  # noqa: S608
                "ON CONFLICT DO UPDATE SET tries = failures.tries + 1, reason = excluded.reason, "
                "traceback = excluded.traceback, failed_at = excluded.failed_at",
                row,
            )


def forget_failures(folder: DataFolder, keys: Iterable[ScoreKey]) -> int:
    """Forget that the scores `keys` failed: they were made after all, or are to be tried again.

    Returns:
        How many there were.
    """
    with writing(folder) as db:
        before = db.conn.total_changes
        db.conn.executemany(
            "DELETE FROM failures WHERE submission = ? AND task = ? AND task_revision = ? AND identity = ?", list(keys)
        )
        return db.conn.total_changes - before


def failures(folder: DataFolder) -> dict[ScoreKey, Failure]:
    """All failures."""
    with reading(folder) as db:
        found = (Failure(**row) for row in db.table("failures").rows)
        return {failure.key: failure for failure in found}
