"""How far submissions are: which of their scores are stored, failed or under way, read in a few
queries for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from submissions.store.database import fetch, fetch_as
from submissions.store.folder import DataFolder
from submissions.store.scored.failures import Failure
from submissions.store.scored.leases import holds
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
    # A page of a hundred submissions takes three queries, and not three hundred.
    theirs = f"submission IN ({', '.join('?' * len(submissions))})"
    scored = fetch(
        folder,
        f"SELECT submission, task, task_revision, identity FROM scores WHERE {theirs}",  # noqa: S608
        submissions,
    )
    failures = fetch_as(Failure, folder, "failures", theirs, submissions)
    held = fetch(
        folder,
        f"SELECT submission, expires_at FROM leases WHERE {theirs}",  # noqa: S608
        submissions,
    )
    return ScoringProgress(
        frozenset(map(ScoreKey._make, scored)),
        {failure.key: failure for failure in failures},
        frozenset(submission for submission, expires_at in held if holds(expires_at)),
    )
