"""A submission's life: received, scoring, scored, published; or failed, or withdrawn.

The state is derived from what is stored (scores, failures, leases, the release that is served), so that it cannot
contradict it. Stored are only decisions: the team's consent to publication, a maintainer's holding it back, the
withdrawal. Each is an event that says who, when and why.

Consent is the whole of "publish": it may be given with the submission or once its team has seen the scores, and taken
back again. What has it, and is held by nobody, stands in the next release.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from scoring.errors import ReasonBoardError
from scoring.metric import Instruments
from scoring.sources import Sources
from scoring.tasks import Task
from submissions.meta import Meta, name_problems, parse_meta, shown
from submissions.problems import Problem, SubmissionRefused, shorten
from submissions.receiving.intake import WAITS_FOR_REVIEW, Sender
from submissions.receiving.limits import BoardLimits
from submissions.rescoring.pending import Workplace, current_keys
from submissions.rescoring.presence import Presence, presence, waits_in_vain
from submissions.store.failures import Failure
from submissions.store.folder import DataFolder
from submissions.store.ledger import COPY, COPY_SEEN, Event, events, record_event
from submissions.store.life import Progress, progress_of
from submissions.store.release import NoRelease, ReleaseReader
from submissions.store.scores import Score, ScoreKey, pinned_bart, scores, with_enough
from submissions.store.serving import current_release
from submissions.store.submissions import (
    Change,
    Submission,
    change_submission,
    submission_with,
    submissions,
    submissions_of,
)
from submissions.teams import NotAllowed, Team

FIXED = ("system", "version")
"""What a submission is known by: other values make another submission."""
_STAND_INS = dict.fromkeys(FIXED, "x")


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


class TooLate(ReasonBoardError):
    """A withdrawn submission cannot be changed."""


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


def sender_of(team: Team, limits: BoardLimits) -> Sender:
    """`team` as it submits under `limits`.

    Raises:
        NotAllowed: It may not submit.
    """
    if not team.may_submit:
        raise NotAllowed(
            f"{team.name} has the role {team.role}, which may not submit. Ask a maintainer for another."
        )
    held = WAITS_FOR_REVIEW if limits.publication.review and not team.maintains else ""
    return Sender(
        team.author, team.name, None if team.maintains else limits.team.submissions_a_day, held
    )


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


def consent(folder: DataFolder, submission: Submission, author: str) -> Submission:
    """Let a submission stand on the board from the next release on; again, for nothing.

    Raises:
        TooLate: It is withdrawn.
    """

    def change(own: Submission) -> Change | None:
        require_standing(own)
        given = replace(own, consent=True, meta=replace(own.meta, consent=True))
        return None if own.consent else Change(given, "consent", "its team wants it published")

    return change_submission(folder, submission.id, change, author)


def edit_meta(
    folder: DataFolder,
    tasks: Mapping[str, Task],
    submission: Submission,
    changes: Mapping[str, Any],
    author: str,
) -> Submission:
    """Change what a team declares: key -> new value, None to declare nothing.

    What is new is checked before anybody has to wait for it; what somebody else declares meanwhile of other keys stays.

    Raises:
        SubmissionRefused: With everything that is wrong; system and version cannot change.
        TooLate: It is withdrawn.
    """
    require_standing(submission)
    checked = _checked(submission, changes, tasks)

    def change(own: Submission) -> Change | None:
        require_standing(own)
        meta = replace(own.meta, **checked)
        edited = replace(own, meta=meta, consent=meta.consent)
        return None if meta == own.meta else Change(edited, "edited", difference(own.meta, meta))

    return change_submission(folder, submission.id, change, author)


def hold(folder: DataFolder, submission: Submission, author: str, reason: str) -> Submission:
    """Keep a submission off the board from the next release on, until it is approved.

    Raises:
        TooLate: It is withdrawn.
    """

    def change(own: Submission) -> Change:
        require_standing(own)
        return Change(replace(own, held=reason), "held", reason)

    return change_submission(folder, submission.id, change, author)


def approve(
    folder: DataFolder, submission: Submission, author: str, reason: str = "reviewed"
) -> Submission:
    """Let a submission that is held stand on the board, if its team consents; again, for nothing.

    Raises:
        TooLate: It is withdrawn.
    """

    def change(own: Submission) -> Change | None:
        require_standing(own)
        return Change(replace(own, held=""), "approved", reason) if own.held else None

    return change_submission(folder, submission.id, change, author)


def require_standing(submission: Submission) -> None:
    """Refuse to change what was withdrawn.

    Raises:
        TooLate: It was.
    """
    if submission.withdrawn_at is not None:
        raise TooLate(
            f"{submission.name} was withdrawn on {submission.withdrawn_at} and cannot be changed; submit anew under "
            "another version"
        )


def review_queue(folder: DataFolder) -> tuple[Submission, ...]:
    """What is held, oldest first; withdrawn ones need no review."""
    return tuple(one for one in submissions(folder) if one.held and one.withdrawn_at is None)


def unseen_copies(folder: DataFolder) -> tuple[Event, ...]:
    """Submissions with the very outputs of another team that no maintainer has marked as seen, oldest first."""
    unseen: dict[tuple[str, str], Event] = {}
    for event in events(folder):
        if event.kind == COPY:
            unseen[event.subject, event.reason] = event
        elif event.kind == COPY_SEEN:
            unseen = {key: copy for key, copy in unseen.items() if copy.subject != event.subject}
    return tuple(unseen.values())


def mark_copy_seen(folder: DataFolder, submission: Submission, author: str, reason: str) -> None:
    """Take a submission's copies off the queue; what was found stays in the record. Again, for nothing."""
    if any(copy.subject == submission.id for copy in unseen_copies(folder)):
        record_event(folder, author, COPY_SEEN, submission.id, reason)


def _checked(
    own: Submission, changes: Mapping[str, Any], tasks: Mapping[str, Task]
) -> Mapping[str, Any]:
    """The changes, key -> what is to be stored. What stays was checked when it was declared, under the rules of then."""
    problems = [
        Problem(
            "metadata",
            None,
            key,
            shown(changes[key]),
            "cannot be changed",
            getattr(own, key),
            "submit anew",
        )
        for key in FIXED
        if key in changes and changes[key] != getattr(own, key)
    ]
    raw = {"method": own.meta.method, **changes, **_STAND_INS}
    sources = Sources.of(tasks)
    try:
        meta = parse_meta({k: v for k, v in raw.items() if v is not None}, sources, "metadata")
        problems += name_problems(meta, sources, "metadata", own.meta.trained_on or ())
    except SubmissionRefused as refusal:
        problems += refusal.problems
    if problems:
        raise SubmissionRefused(problems)
    return {key: getattr(meta, key) for key in changes if key not in FIXED}


def difference(before: Meta, after: Meta) -> str:
    """What changed, in words; of the contact only that it did."""
    old, new = asdict(before), asdict(after)
    changed = [key for key in new if new[key] != old[key]]
    return "; ".join(
        key if key == "contact" else f"{key}: {_written(old[key])} -> {_written(new[key])}"
        for key in changed
    )


def _written(value: object) -> str:
    """A declared value as people write it, cut where it is long."""
    if value is None:
        return "not declared"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return shorten(str(value), 200)


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
    progress: Progress,
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
    progress: Progress,
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
