"""How it stands with a submission: received, scoring, scored, published; or failed, or withdrawn.

The state is derived from what is stored (scores, failures, leases, the release that is served), so that it cannot
contradict it. Stored are only decisions (`submissions.life.decisions`) and withdrawals (`submissions.life.takedown`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from scoring.errors import ReasonBoardError
from scoring.metric import Instruments
from scoring.tasks import Task
from submissions.rescoring.pending import Workplace, current_keys
from submissions.rescoring.presence import Presence, presence, waits_in_vain
from submissions.store.failures import Failure
from submissions.store.folder import DataFolder
from submissions.store.life import ScoringProgress, progress_of
from submissions.store.release import NoRelease, ReleaseReader
from submissions.store.scores import Score, ScoreKey, pinned_bart, scores, with_enough
from submissions.store.serving import current_release
from submissions.store.submissions import (
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
    """The submission of that id, if `team` may see it: its own, or a maintainer any.

    Args:
        folder: The data.
        submission_id: Its id.
        team: Who asks; None for whoever runs the board.

    Raises:
        NoSuchSubmission: There is none, or it is another team's.
    """
    found = submission_with(folder, submission_id)
    if found is None or not (team is None or team.maintains or found.team == team.name):
        raise NoSuchSubmission(f"There is no submission {submission_id[:40]!r} of yours.")
    return found


def life_of(folder: DataFolder, tasks: Mapping[str, Task], submission: Submission) -> Life:
    """How it stands with one submission."""
    return _lives(folder, tasks, [submission])[0]


def lives(
    folder: DataFolder, tasks: Mapping[str, Task], team: Team | None = None
) -> tuple[Life, ...]:
    """How it stands with a team's submissions (with everybody's), newest first; baselines are left out."""
    found = submissions_of(folder, team.name) if team else tuple(reversed(submissions(folder)))
    return _lives(folder, tasks, [one for one in found if one.team or not one.trivial])


def scores_of(
    folder: DataFolder, tasks: Mapping[str, Task], submission: Submission
) -> tuple[Score, ...]:
    """The submission's scores under the current identities: its team's to see before anybody else does."""
    found = scores(folder, set(_expected(folder, tasks, submission)))
    return tuple(with_enough(score) for score in found)


def _expected(
    folder: DataFolder, tasks: Mapping[str, Task], submission: Submission
) -> set[ScoreKey]:
    instruments = {submission.benchmark: Instruments(pinned_bart(folder, submission.benchmark))}
    return set(current_keys(Workplace(folder, tasks, instruments), submission))


def _lives(
    folder: DataFolder, tasks: Mapping[str, Task], some: Sequence[Submission]
) -> tuple[Life, ...]:
    progress = progress_of(folder, [one.id for one in some])
    there = presence(folder)
    served = _served(folder)
    instruments = {
        one: Instruments(pinned_bart(folder, one)) for one in {one.benchmark for one in some}
    }
    place = Workplace(folder, tasks, instruments)
    waiting = {one.id for one in some if one.withdrawn_at is None}
    return tuple(
        _life(
            one,
            set(current_keys(place, one)) if one.id in waiting else set(),
            progress,
            one.id in served,
            there,
        )
        for one in some
    )


def _life(
    submission: Submission,
    expected: set[ScoreKey],
    progress: ScoringProgress,
    published: bool,
    there: Presence,
) -> Life:
    done = len(expected & progress.scored)
    left = expected - progress.scored
    failed = [progress.failures[key] for key in left if key in progress.failures]
    state, reason, step = _state(submission, bool(left), done > 0, failed, progress, published)
    if state in (State.received, State.scoring) and submission.id not in progress.leased:
        vain = waits_in_vain(there, submission)
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
    if pending and given_up and all(failure.given_up for failure in failed):
        reason = f"{given_up[0].task}: {given_up[0].reason}"
        step = "nothing is wrong with the file as such: the maintainers see this too, and can have it tried again"
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
    """Why a scored submission is not on the board, and what can be done."""
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
    """Ids of the submissions in the release that is served."""
    try:
        path = current_release(folder).path
        return _systems_in(path, path.stat().st_mtime_ns)
    except (NoRelease, FileNotFoundError):
        return frozenset()


@lru_cache(maxsize=8)
def _systems_in(path: Path, _written: int) -> frozenset[str]:
    return frozenset(system.id for system in ReleaseReader(path).systems())
