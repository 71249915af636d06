"""How far submissions are: which of their scores are stored, failed or under way, read in a few queries for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from submissions.store.database import reading
from submissions.store.folder import DataFolder
from submissions.store.scored.failures import Failure
from submissions.store.scored.leases import Lease, Work
from submissions.store.scored.scores import ScoreKey


@dataclass(frozen=True)
class ScoringProgress:
    """What is stored of some submissions' scoring.

    Attributes:
        scored: Keys of stored scores.
        failures: By key.
        leased: Submissions that a worker is at.
    """

    scored: frozenset[ScoreKey]
    failures: dict[ScoreKey, Failure]
    leased: frozenset[str]


def progress_of(folder: DataFolder, submissions: Sequence[str]) -> ScoringProgress:
    """Return how far `submissions` (ids) are."""
    places = ", ".join("?" * len(submissions))
    with reading(folder) as db:
        scored = db.conn.execute(
            f"SELECT submission, task, task_revision, identity FROM scores WHERE submission IN ({places})",  # noqa: S608
            list(submissions),
        ).fetchall()
        failed = db.query(
            f"SELECT * FROM failures WHERE submission IN ({places})",  # noqa: S608
            list(submissions),
        )
        failures = [Failure(**row) for row in failed]
        leases = db.conn.execute(
            f"SELECT submission, task, worker, expires_at FROM leases WHERE submission IN ({places})",  # noqa: S608
            list(submissions),
        ).fetchall()
    live = {row[0] for row in leases if Lease(Work(*row[:2]), *row[2:]).live}
    return ScoringProgress(
        frozenset(ScoreKey(*row) for row in scored),
        {failure.key: failure for failure in failures},
        frozenset(live),
    )
