"""How it stands with a submission: received, scoring, scored, published; or failed, or withdrawn.

The state is derived from what is stored (scores, failures, leases, the release that is served), so
that it cannot contradict it. Stored are only decisions (`submissions.life.decisions`) and
withdrawals (`submissions.life.takedown`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from scoring.errors import ReasonBoardError
from scoring.tasks import Task
from submissions.rescoring.pending import Workplace, current_keys
from submissions.rescoring.presence import Presence, presence, waits_in_vain
from submissions.store.folder import DataFolder
from submissions.store.released.release import NoRelease, ReleaseReader
from submissions.store.released.serving import current_release
from submissions.store.scored.failures import Failure
from submissions.store.scored.life import ScoringProgress, progress_of
from submissions.store.scored.scores import (
    Score,
    ScoreKey,
    recorded_instruments,
    scores,
    with_enough,
)
from submissions.store.submitted.submissions import (
    Submission,
    submission_with,
    submissions,
    submissions_of,
)
from submissions.teams.accounts import Team

MAINTAINERS_START = "wait, and tell the maintainers if it stays so: nothing is wrong with the file"


class State(StrEnum):
    """Where a submission is."""

    received = "received"
    scoring = "scoring"
    scored = "scored"
    published = "published"
    failed = "failed"
    withdrawn = "withdrawn"


class NoSuchSubmission(ReasonBoardError):
    """There is none of this id, or it is another team's: nobody is told which."""


@dataclass(frozen=True)
class Life:
    """How it stands with a submission.

    Attributes:
        submission: Which.
        state: Where it is.
        done: Scores that are stored, under the current identities.
        total: Scores that it will have.
        reason: Why it is in this state, in words; "" where that goes without saying.
        next_step: What its team can do now.
    """

    submission: Submission
    state: State
    done: int
    total: int
    reason: str
    next_step: str

    @property
    def settled(self) -> bool:
        """Whether nothing more happens unless somebody does something."""
        return self.state not in (State.received, State.scoring)


def find_submission(folder: DataFolder, submission_id: str, team: Team | None = None) -> Submission:
    """Return the submission of that id, if `team` may see it: its own, or a maintainer any.

    Args:
        folder: The data.
        submission_id: Its id.
        team: Who asks; None for whoever runs the board.

    Raises:
        NoSuchSubmission: There is none, or it is another team's.
    """
    submission = submission_with(folder, submission_id)
    # One message for both: an id that is somebody else's must not be told from one that is
    # nobody's.
    if submission is None or not (team is None or team.maintains or submission.team == team.name):
        raise NoSuchSubmission(f"There is no submission {submission_id[:40]!r} of yours.")
    return submission


def life_of(folder: DataFolder, tasks: Mapping[str, Task], submission: Submission) -> Life:
    """Return how it stands with one submission."""
    return _lives(folder, tasks, [submission])[0]


def lives(
    folder: DataFolder, tasks: Mapping[str, Task], team: Team | None = None
) -> tuple[Life, ...]:
    """Return how it stands with a team's submissions (with everybody's), newest first.

    Baselines are left out.
    """
    own = submissions_of(folder, team.name) if team else tuple(reversed(submissions(folder)))
    shown = [submission for submission in own if submission.team or not submission.trivial]
    return _lives(folder, tasks, shown)


def scores_of(
    folder: DataFolder, tasks: Mapping[str, Task], submission: Submission
) -> tuple[Score, ...]:
    """Return the submission's scores under the current identities.

    Its team's to see before anybody else does.
    """
    place = _workplace(folder, tasks, [submission])
    # A value over a handful of examples is shown to nobody, its own team included.
    return tuple(map(with_enough, scores(folder, set(current_keys(place, submission)))))


def _workplace(
    folder: DataFolder, tasks: Mapping[str, Task], some: Sequence[Submission]
) -> Workplace:
    benchmarks = (submission.benchmark for submission in some)
    return Workplace(folder, tasks, recorded_instruments(folder, benchmarks))


def _lives(
    folder: DataFolder, tasks: Mapping[str, Task], some: Sequence[Submission]
) -> tuple[Life, ...]:
    progress = progress_of(folder, [submission.id for submission in some])
    workers = presence(folder)
    served = _served(folder)
    place = _workplace(folder, tasks, some)
    return tuple(
        _life(
            submission,
            set(current_keys(place, submission)) if submission.withdrawn_at is None else set(),
            progress,
            submission.id in served,
            workers,
        )
        for submission in some
    )


def _life(
    submission: Submission,
    expected: set[ScoreKey],
    progress: ScoringProgress,
    published: bool,
    workers: Presence,
) -> Life:
    done = len(expected & progress.scored)
    # A score under an earlier identity does not count: it is to be made again.
    left = expected - progress.scored
    failed = [progress.failures[key] for key in left if key in progress.failures]
    state, reason, step = _state(submission, bool(left), done > 0, failed, progress, published)
    # Whoever is at it lives, whatever the signs of other workers say.
    if state in (State.received, State.scoring) and submission.id not in progress.leased:
        vain = waits_in_vain(workers, submission)
        reason, step = (vain, MAINTAINERS_START) if vain else (reason, step)
    return Life(submission, state, done, len(expected), reason, step)


def _state(
    submission: Submission,
    pending: bool,
    begun: bool,
    failed: Sequence[Failure],
    progress: ScoringProgress,
    published: bool,
) -> tuple[State, str, str]:
    given_up = [failure for failure in failed if failure.given_up]
    if submission.withdrawn_at is not None:
        reason = f"withdrawn on {submission.withdrawn_at}; its outputs are deleted"
        return State.withdrawn, reason, "nothing; new outputs need a new version"
    # As long as one of them is tried again there is hope, and no reason to ask anybody.
    if pending and given_up and all(failure.given_up for failure in failed):
        reason = f"{given_up[0].task}: {given_up[0].reason}"
        step = (
            "nothing is wrong with the file as such: the maintainers see this too, and can have it"
            " tried again"
        )
        return State.failed, reason, step
    if pending and (begun or submission.id in progress.leased):
        return State.scoring, "", "wait: the page and the API show how far it is"
    if pending:
        return (
            State.received,
            "waits for its turn",
            "wait: a team's submissions are scored one after another",
        )
    if published and submission.public:
        return State.published, "", "edit what is declared, or withdraw it"
    return State.scored, *_kept_private(submission, published)


def _kept_private(submission: Submission, published: bool) -> tuple[str, str]:
    """Return why a scored submission is not on the board, and what can be done."""
    if published:
        return "on the board until the next release", "wait for it"
    if not submission.consent:
        return (
            "private: only its team and the maintainers see its scores",
            "publish it, or leave it private",
        )
    if submission.held:
        return submission.held, "wait for a maintainer"
    return (
        "will be published with the next release, if it is the system's newest version",
        "wait for the next release",
    )


def _served(folder: DataFolder) -> frozenset[str]:
    """Return ids of the submissions in the release that is served."""
    try:
        # The release may be a stand-in for a damaged one: what it lists is what readers see.
        path = current_release(folder).path
        return _systems_in(path, path.stat().st_mtime_ns)
    except (NoRelease, FileNotFoundError):
        return frozenset()


@lru_cache(maxsize=8)
def _systems_in(path: Path, _written: int) -> frozenset[str]:
    return frozenset(system.id for system in ReleaseReader(path).systems())
