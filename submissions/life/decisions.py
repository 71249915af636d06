"""What people decide about a submission: its team's consent, declarations and edits; a maintainer's
holding it back.

Consent is the whole of "publish": it may be given with the submission or once its team has seen the
scores, and taken back again. What has it, and is held by nobody, stands in the next release. Each
decision is an event that says who, when and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from scoring.errors import ReasonBoardError
from scoring.sources import Sources
from scoring.tasks import Task
from submissions.declarations.meta import Meta, name_problems, parse_meta, shown
from submissions.declarations.strategies import strategy_problems, usable_strategies
from submissions.problems import Problem, SubmissionRefused, shorten
from submissions.store.events import COPY, COPY_SEEN, Event, events, record_event
from submissions.store.folder import DataFolder
from submissions.store.submitted.submissions import (
    Change,
    Submission,
    change_submission,
    submissions,
)

FIXED = ("system", "version")
"""What a submission is known by: other values make another submission."""


_STAND_INS = dict.fromkeys(FIXED, "x")


class TooLate(ReasonBoardError):
    """A withdrawn submission cannot be changed."""


def consent(folder: DataFolder, submission: Submission, author: str) -> Submission:
    """Let a submission stand on the board from the next release on; again, for nothing.

    Raises:
        TooLate: It is withdrawn.
    """

    def change(own: Submission) -> Change | None:
        require_standing(own)
        given = replace(own, consent=True, meta=replace(own.meta, consent=True))
        # Given twice is one event.
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

    What is new is checked before anybody has to wait for it; what somebody else declares meanwhile
    of other keys stays.

    Raises:
        SubmissionRefused: With everything that is wrong; system and version cannot change.
        TooLate: It is withdrawn.
    """
    require_standing(submission)
    # Outside the transaction: nobody waits for the check of somebody else's edit.
    checked = _checked(folder, submission, changes, tasks)

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
            f"{submission.name} was withdrawn on {submission.withdrawn_at} and cannot be changed;"
            " submit anew under another version"
        )


def review_queue(folder: DataFolder) -> tuple[Submission, ...]:
    """Return what is held, oldest first; withdrawn ones need no review."""
    return tuple(
        submission
        for submission in submissions(folder)
        if submission.held and submission.withdrawn_at is None
    )


def unseen_copies(folder: DataFolder) -> tuple[Event, ...]:
    """Return submissions with the very outputs of another team that no maintainer has marked as
    seen, oldest first.
    """
    unseen: dict[tuple[str, str], Event] = {}
    for event in events(folder):
        if event.kind == COPY:
            unseen[event.subject, event.reason] = event
        elif event.kind == COPY_SEEN:
            # Seen is said of a submission, whatever it is a copy of; a later copy is asked about
            # again.
            unseen = {key: copy for key, copy in unseen.items() if copy.subject != event.subject}
    return tuple(unseen.values())


def mark_copy_seen(folder: DataFolder, submission: Submission, author: str, reason: str) -> None:
    """Take a submission's copies off the queue; what was found stays in the record. Again, for
    nothing.
    """
    if any(copy.subject == submission.id for copy in unseen_copies(folder)):
        record_event(folder, author, COPY_SEEN, submission.id, reason)


def _checked(
    folder: DataFolder, own: Submission, changes: Mapping[str, Any], tasks: Mapping[str, Task]
) -> Mapping[str, Any]:
    """Return the changes, key -> what is to be stored.

    What stays was checked when it was declared, under the rules of then.
    """
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
    # The checks want a whole declaration; what is not edited was checked when it was declared.
    raw = {"method": own.meta.method, **changes, **_STAND_INS}
    sources = Sources.of(tasks)
    try:
        meta = parse_meta({k: v for k, v in raw.items() if v is not None}, sources, "metadata")
        problems += name_problems(meta, sources, "metadata", own.meta.trained_on or ())
        known = [*usable_strategies(folder.path), own.meta.strategy]
        problems += strategy_problems(meta, known, "metadata")
    except SubmissionRefused as refusal:
        problems += refusal.problems
    if problems:
        raise SubmissionRefused(problems)
    return {key: getattr(meta, key) for key in changes if key not in FIXED}


def difference(before: Meta, after: Meta) -> str:
    """Return what changed, in words; of the contact only that it did."""
    old, new = asdict(before), asdict(after)
    changed = [key for key in new if new[key] != old[key]]
    return "; ".join(
        # The record is read by more people than may know who to write to.
        key if key == "contact" else f"{key}: {_written(old[key])} -> {_written(new[key])}"
        for key in changed
    )


def _written(value: object) -> str:
    """Return a declared value as people write it, cut where it is long."""
    if value is None:
        return "not declared"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return shorten(str(value), 200)
