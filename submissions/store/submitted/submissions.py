"""Rows of `submissions`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from scoring.errors import ReasonBoardError
from submissions.declarations.meta import Meta
from submissions.likeness.names import likeness
from submissions.problems import SubmissionRefused, TooOften
from submissions.store.clock import ago, now, parse
from submissions.store.database import fetch, fetch_as, reading, writing
from submissions.store.events import COPY, SUBMITTED, add_event
from submissions.store.folder import DataFolder
from submissions.store.redacted import noted, quotations
from submissions.store.scored.failures import RETRIES
from submissions.store.sqlite.library import sqlite_utils
from submissions.wording import counted, noun_for

DAY = 24 * 3600


class NameTaken(ReasonBoardError):
    """The system and version was submitted before with other bytes, or the name is, or looks like,
    one that stands.
    """


class RedactedMeanwhile(ReasonBoardError):
    """Something was redacted since the outputs were held against what may not be kept."""


class DayIsFull(TooOften):
    """The team has submitted as much as it may for now."""


@dataclass(frozen=True)
class Submission:
    """One accepted file.

    Attributes:
        id: 12 hex digits, from benchmark, system, version and bytes: the same submission has the
            same id anywhere.
        benchmark: What it was submitted to.
        system: The system's name.
        version: The system's version.
        sha256: Of the bytes that were sent.
        outputs: sha256 of `files/<outputs>.parquet`.
        tasks: Task id -> number of repetitions.
        n_rows: Rows accepted.
        meta: What the team declares.
        trivial: Whether it is a baseline that needs no training data.
        received_at: UTC, ISO 8601.
        consent: Whether its team wants it on the board.
        team: Who sent it; None for whoever runs the board.
        held: Why a maintainer keeps it off the board; "" where nobody does.
        withdrawn_at: When it was taken back; its outputs are gone then, and this is its tombstone.
    """

    id: str
    benchmark: str
    system: str
    version: str
    sha256: str
    outputs: str
    tasks: Mapping[str, int]
    n_rows: int
    meta: Meta
    received_at: str
    trivial: bool = False
    consent: bool = field(default=False)
    team: str | None = None
    held: str = ""
    withdrawn_at: str | None = None

    @property
    def public(self) -> bool:
        """Whether it may stand on the board."""
        return self.consent and not self.held and self.withdrawn_at is None

    @property
    def name(self) -> str:
        """System and version."""
        return f"{self.system} {self.version}"


def add_submission(
    folder: DataFolder,
    submission: Submission,
    author: str = "import",
    most_a_day: int | None = None,
    known: int | None = None,
) -> Submission:
    """Store `submission`, and note who sent it; the same name, version and bytes again is a no-op.

    Args:
        folder: The data.
        submission: What is to be stored.
        author: Who sends it, for the record.
        most_a_day: How many a team may send to one benchmark within 24 hours; None for any number.
        known: How much was remembered of takedowns when its outputs were held against it; None
            where they were not.

    Returns:
        The stored one: the earlier one where it was there already.

    Raises:
        NameTaken: Same benchmark, system and version, other bytes; or the system is, or looks like,
            another team's, or is the team's own in another spelling
            (`submissions.likeness.names.likeness`).
        DayIsFull: The team has sent as many as it may.
        RedactedMeanwhile: More is remembered by now.
        SubmissionRefused: What is declared quotes a post that was redacted.
    """
    with writing(folder) as db:
        earlier = _earlier(db, submission)
        if earlier is not None:
            return earlier
        # Outputs were held against takedowns before this transaction: another may have come in
        # between.
        if known is not None and known != _remembered(db):
            raise RedactedMeanwhile("Something was redacted meanwhile.")
        if quoting := quotations(db, submission.meta):
            raise SubmissionRefused(quoting)
        if submission.team is not None and most_a_day is not None:
            _require_room(db, submission.team, submission.benchmark, most_a_day)
        # Last of the checks, first of the rows: an event must not name what is not there.
        db.table("submissions").insert(_to_row(submission))
        # Baselines are made by the board, not sent by anybody.
        if not submission.trivial:
            add_event(
                db, author, SUBMITTED, submission.id, f"{submission.benchmark}: {submission.name}"
            )
        for copy in _copies_of_others(db, submission):
            text = (
                f"the same outputs as {copy.id} ({copy.name}) of {copy.team or 'the maintainers'}"
            )
            add_event(db, author, COPY, submission.id, text)
    return submission


def earlier_submission(folder: DataFolder, new: Submission) -> Submission | None:
    """Return the submission of the name, version and bytes of `new`, if it was received before.

    Raises:
        NameTaken: As `add_submission`.
    """
    with reading(folder) as db:
        return _earlier(db, new)


def require_room(folder: DataFolder, team: str, benchmark: str, most_a_day: int) -> None:
    """Refuse early what `add_submission` would refuse.

    Raises:
        DayIsFull: The team has sent as many as it may.
    """
    with reading(folder) as db:
        _require_room(db, team, benchmark, most_a_day)


def room_left(folder: DataFolder, team: str, benchmark: str, most_a_day: int) -> int:
    """Return how many more the team may send to the benchmark now."""
    with reading(folder) as db:
        return max(0, most_a_day - len(_counted(db, team, benchmark)))


class Change(NamedTuple):
    """A submission as it is to be, and for the record what was done to it and why."""

    submission: Submission
    kind: str
    reason: str


def change_submission(
    folder: DataFolder,
    submission_id: str,
    change: Callable[[Submission], Change | None],
    author: str,
) -> Submission:
    """Change something of a submission, such as its declarations or its consent; its id stays.

    Args:
        folder: The data.
        submission_id: Of one that there is.
        change: Given the submission as it stands, what is to become of it; None leaves it. Nobody
            else writes meanwhile, so that no two changes undo each other.
        author: Who, for the record.

    Returns:
        The submission as it stands then.

    Raises:
        SubmissionRefused: What is newly declared quotes a post that was redacted.
    """
    with writing(folder) as db:
        standing = _from_row(**db.table("submissions").get(submission_id))
        changed = change(standing)
        if changed is None:
            return standing
        if quoting := quotations(db, changed.submission.meta, standing.meta):
            raise SubmissionRefused(quoting)
        row = _to_row(changed.submission)
        # A maintainer's reason may quote a post as well.
        row["held"] = noted(db, row["held"])
        db.table("submissions").update(submission_id, row)
        add_event(db, author, changed.kind, submission_id, changed.reason)
    return changed.submission


def submission_with(folder: DataFolder, submission_id: str) -> Submission | None:
    """Return the submission of that id."""
    return next(iter(_stored(folder, "id = ?", [submission_id])), None)


def submissions_of(folder: DataFolder, team: str) -> tuple[Submission, ...]:
    """Return a team's submissions, newest first."""
    return _stored(folder, "team = ?", [team])[::-1]


def submissions(folder: DataFolder, benchmark: str | None = None) -> tuple[Submission, ...]:
    """Return all submissions (of one benchmark), oldest first."""
    return _stored(folder, "benchmark = ?", [benchmark]) if benchmark else _stored(folder)


def newest_public(versions: Iterable[Submission]) -> tuple[Submission, ...]:
    """Return the newest version of each system that may be public.

    `versions` is in order of receipt.
    """
    return tuple({version.system: version for version in versions if version.public}.values())


def _stored(
    folder: DataFolder, where: str | None = None, arguments: Sequence[str] = ()
) -> tuple[Submission, ...]:
    return fetch_as(_from_row, folder, "submissions", where, arguments)


def withdrawn_ids(folder: DataFolder) -> frozenset[str]:
    """Return the ids of submissions that were withdrawn."""
    rows = fetch(folder, "SELECT id FROM submissions WHERE withdrawn_at IS NOT NULL")
    return frozenset(name for (name,) in rows)


def all_public(db: sqlite_utils.Database, ids: Iterable[str]) -> bool:
    """Return whether all of these may stand on the board, on an open connection."""
    standing = (_from_row(**row) for row in db.table("submissions").rows)
    return {submission.id for submission in standing if submission.public}.issuperset(ids)


def outputs_in_use(folder: DataFolder) -> frozenset[str]:
    """Return the files of outputs (hashes) of submissions that were not withdrawn."""
    rows = fetch(folder, "SELECT outputs FROM submissions WHERE withdrawn_at IS NULL")
    return frozenset(digest for (digest,) in rows)


def drop_outputs(folder: DataFolder, outputs: str) -> None:
    """Delete a file of outputs that no submission has any more; nobody can take it up meanwhile."""
    with writing(folder):
        # While this transaction lasts nobody can submit the same outputs.
        if outputs not in outputs_in_use(folder):
            folder.outputs(outputs).unlink(missing_ok=True)


def same_bytes(folder: DataFolder, submission: Submission) -> tuple[Submission, ...]:
    """Return the sender's other submissions to the same benchmark with byte-identical content.

    Of other teams' nobody but a maintainer is told.
    """
    return tuple(
        other
        for other in submissions(folder, submission.benchmark)
        if other.sha256 == submission.sha256
        and other.id != submission.id
        and other.team == submission.team
    )


def _earlier(db: sqlite_utils.Database, new: Submission) -> Submission | None:
    rows = db.table("submissions").rows_where("benchmark = ?", [new.benchmark])
    stored = [_from_row(**row) for row in rows]
    own = [
        earlier for earlier in stored if (earlier.system, earlier.team) == (new.system, new.team)
    ]
    if not own:  # else the name is theirs, whatever was let in beside it before
        _require_free(stored, new)
    earlier = next((other for other in own if other.version == new.version), None)
    if earlier is not None and earlier.sha256 != new.sha256:
        raise NameTaken(
            f"{new.name} was submitted to {new.benchmark} on {earlier.received_at} with other bytes"
            f" (sha256 {earlier.sha256[:12]}, now {new.sha256[:12]}). A submission is never"
            " replaced: give the new outputs a new `version`."
        )
    return earlier


def _require_free(stored: Sequence[Submission], new: Submission) -> None:
    """Refuse a name that is taken for one that stands on the benchmark; another team's is told
    first.

    How another team's is spelled is said where it may stand on the board; of a private one nobody
    learns whether the name was hit exactly.
    """
    system, benchmark, team = new.system, new.benchmark, new.team
    # What a private submission is called is nobody else's to learn.
    public = {standing.system for standing in stored if standing.public}
    # Another team's name is refused outright; a like one of the own team may be a slip of the
    # keyboard.
    for standing in sorted(stored, key=lambda standing: standing.team == team):
        how = likeness(system, standing.system)
        if how is None:
            continue
        if standing.system == system and system in public:
            raise NameTaken(
                f"The system name {system!r} is another team's on {benchmark}. Choose another"
                " `system` name; if it is yours, ask a maintainer."
            )
        if standing.team != team:
            shown = (
                f", {standing.system!r}: it differs from that {how}"
                if standing.system in public
                else ""
            )
            raise NameTaken(
                f"The system name {system!r} can be mistaken for another team's on"
                f" {benchmark}{shown}. Choose a `system` name that nobody can mistake for it; if it"
                " is yours, ask a maintainer."
            )
        raise NameTaken(
            f"The system is called {standing.system!r} on {benchmark}; {system!r} differs from that"
            f" {how}. If it is the same system, write `system` as {standing.system!r}, with a new"
            " `version` for new outputs; else choose a name that nobody can mistake for it."
        )


def _remembered(db: sqlite_utils.Database) -> int:
    return int(db.conn.execute("SELECT count(*) FROM redacted_texts").fetchone()[0])


def _copies_of_others(db: sqlite_utils.Database, new: Submission) -> list[Submission]:
    rows = db.table("submissions").rows_where(
        "benchmark = ? AND id != ? AND (outputs = ? OR sha256 = ?) AND team IS NOT ?",
        [new.benchmark, new.id, new.outputs, new.sha256, new.team],
    )
    return [_from_row(**row) for row in rows]


def _require_room(db: sqlite_utils.Database, team: str, benchmark: str, most: int) -> None:
    sent = _counted(db, team, benchmark)
    if len(sent) < most:
        return
    # A whole second at least: who waits that long must not be refused again.
    seconds = max(1, int((parse(sent[-most]) - parse(ago(DAY))).total_seconds()) + 1)
    again = ago(-seconds)
    raise DayIsFull(
        f"The team's {counted(most, 'submission')} to {benchmark} within 24 hours"
        f" {noun_for(most, 'is', 'are')} used; refused and failed ones do not count. The next is"
        f" possible at {again}.",
        seconds,
    )


def _counted(db: sqlite_utils.Database, team: str, benchmark: str) -> list[str]:
    """Return when the team's submissions of the last day were received, less those whose scoring
    failed.

    What a wrong clock dated after now is of no day that can be told, and counts in none.
    """
    rows = db.conn.execute(
        "SELECT received_at FROM submissions WHERE team = ? AND benchmark = ? AND received_at > ?"
        " AND received_at <= ? AND NOT EXISTS (SELECT 1 FROM failures WHERE failures.submission ="
        " submissions.id AND tries > ?) ORDER BY received_at",
        [team, benchmark, ago(DAY), now(), RETRIES],
    )
    return [row[0] for row in rows]


def _to_row(submission: Submission) -> dict[str, Any]:
    row = asdict(submission)
    return row | {name: json.dumps(row[name]) for name in ("tasks", "meta")}


def _from_row(
    *, tasks: str, meta: str, trivial: int, consent: int, **fields: Any
) -> Submission:  # JSON and SQLite have neither tuples nor truth values
    return Submission(
        tasks=json.loads(tasks),
        meta=meta_from_json(meta),
        trivial=bool(trivial),
        consent=bool(consent),
        **fields,
    )


def meta_from_json(text: str) -> Meta:
    """Return the stored form of `Meta`: JSON has no tuples."""
    fields: dict[str, Any] = json.loads(text)
    for name in ("trained_on", "links"):
        fields[name] = None if fields[name] is None else tuple(fields[name])
    return Meta(**fields)
