"""Rows of `failures`: scores that could not be made, why, and how often it was tried.

A failure is kept by the score's key, so that a corrected metric, model or task, which has another
identity, starts afresh without anyone clearing anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from submissions.store.clock import now, parse
from submissions.store.database import fetch_as, writing
from submissions.store.events import add_event
from submissions.store.folder import DataFolder
from submissions.store.scored.scores import ScoreKey
from submissions.store.sqlite.library import sqlite_utils
from submissions.wording import counted

RETRIES = 3
MEMORY = "too little memory"
"""How the reason of a failure begins that may be the machine's and not the unit's."""
REST_SECONDS = 30
"""Before the first new try after such a failure; four times as long before each further one."""


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

    @property
    def rests(self) -> bool:
        """Whether it is too early for another try: memory that others take now may be there in a
        while.
        """
        # Longer each time: what takes the memory may be another unit of hours.
        seconds = REST_SECONDS * 4 ** (self.tries - 1) if self.reason.startswith(MEMORY) else 0
        return (
            not self.given_up and (parse(now()) - parse(self.failed_at)).total_seconds() < seconds
        )


def record_failure(
    folder: DataFolder, keys: Iterable[ScoreKey], reason: str, traceback: str
) -> None:
    """Count one more failed try of the scores `keys`."""
    with writing(folder) as db:
        for key in keys:
            row = asdict(
                Failure(*key, tries=1, reason=reason, traceback=traceback, failed_at=now())
            )
            db.conn.execute(
                f"INSERT INTO failures ({', '.join(row)}) VALUES ({', '.join(':' + name for name in row)}) "  # noqa: S608
                # The last reason counts: an earlier one may have been put right.
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
        return _forget(db, list(keys))


def retry_failures(folder: DataFolder, keys: Iterable[ScoreKey], author: str, reason: str) -> int:
    """Have the scores `keys` tried again, and note for each submission who wanted that, and why.

    Returns:
        How many there were.
    """
    # One event a submission, not one a score, of which there may be hundreds.
    by_submission: dict[str, list[ScoreKey]] = {}
    for key in keys:
        by_submission.setdefault(key.submission, []).append(key)
    with writing(folder) as db:
        forgotten = 0
        for submission, own in by_submission.items():
            count = _forget(db, own)
            if count:
                add_event(db, author, "retry", submission, f"{counted(count, 'score')}: {reason}")
            forgotten += count
        return forgotten


def _forget(db: sqlite_utils.Database, keys: list[ScoreKey]) -> int:
    before = db.conn.total_changes
    db.conn.executemany(
        "DELETE FROM failures WHERE submission = ? AND task = ? AND task_revision = ? AND"
        " identity = ?",
        keys,
    )
    return db.conn.total_changes - before


def failures(folder: DataFolder) -> dict[ScoreKey, Failure]:
    """Return all failures."""
    return {failure.key: failure for failure in fetch_as(Failure, folder, "failures")}
