"""Builds a release, says what moved against the one before, and switches to it.

A release that takes back or alters something needs a person and a reason. One that only adds (new systems, values
where there were blanks) may be made without either, which is what lets a worker publish; after a rollback not even
that, since what was rolled back would come straight back.

The order of steps makes a crash harmless: the file is complete under its name before the database names it, and
the database names it before readers are switched. A release file that the database does not name was never
published and is overwritten; a switch that did not happen is made up for by the next call of `publish`.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from scoring.errors import ReasonBoardError
from scoring.tasks import Task
from submissions.releasing.changes import alterations, changes_between
from submissions.releasing.content import build_content
from submissions.store.clock import now
from submissions.store.database import writing
from submissions.store.folder import DataFolder
from submissions.store.ledger import (
    ReleaseRecord,
    read_records,
    record_release,
    record_rollback,
    recorded_current,
)
from submissions.store.release import (
    ReleaseReader,
    current_number,
    release_path,
    switch_to,
    write_release,
)
from submissions.store.release_rows import ChangeRow, HistoryRow, ReleaseRow
from submissions.takedown import is_tainted, withdrawn_systems
from submissions.wording import counted, noun_for

ADDED = "new scores only"
REMOVED = "withdrawn systems are removed"
FELL_BACK = f"{REMOVED}; older versions stand again"


@dataclass(frozen=True)
class Published:
    """What `publish` did.

    Attributes:
        number: The release that is served now; None when there is nothing to publish.
        new: Whether it was made by this call.
        changes: What it changed.
    """

    number: int | None
    new: bool
    changes: tuple[ChangeRow, ...] = ()


class ReasonNeeded(ReasonBoardError):
    """The release would alter what is served."""


class NoSuchRelease(ReasonBoardError):
    """There is no such release to go back to, or its file is not what was published."""


def publish(
    folder: DataFolder, tasks: Mapping[str, Task], author: str, reason: str | None = None
) -> Published:
    """Make a release of everything that may be public, unless it would state what the served one states.

    Args:
        folder: The data.
        tasks: The declared tasks.
        author: Who publishes.
        reason: Why; stands in the release. May be left out for a release that only adds.

    Raises:
        ReasonNeeded: No reason is given, and something served would be altered.
    """
    content = build_content(folder, tasks)
    with writing(folder) as db:  # the write lock makes concurrent publishers wait for each other
        records = read_records(db)
        current = recorded_current(db)
        serving = next((record for record in records if record.number == current), None)
        if serving is not None and serving.content == content.digest():
            _serve(folder, serving.number)
            return Published(serving.number, new=False)
        if all(cell.value is None for cell in content.cells):
            return Published(current, new=False)
        before = ReleaseReader(release_path(folder, serving.number)).content() if serving else None
        gone = withdrawn_systems(folder, before) if before else frozenset()
        changes = changes_between(before, content, gone)
        reason = reason or _no_reason_needed(
            changes, gone, bool(records) and current != records[-1].number
        )
        record = ReleaseRecord(
            number=records[-1].number + 1 if records else 1, created_at=now(), author=author, reason=reason,
            previous=current, sha256="", content=content.digest(),
        )  # fmt: skip
        release = ReleaseRow(
            record.number,
            record.created_at,
            author,
            reason,
            current,
            importlib.metadata.version("reasonboard"),
        )
        history = [
            HistoryRow(r.number, r.created_at, r.author, r.reason) for r in (*records, record)
        ]
        digest = write_release(folder, release, content, changes, history)
        record_release(db, ReleaseRecord(**{**vars(record), "sha256": digest}))
    _serve(folder, record.number)
    return Published(record.number, new=True, changes=changes)


def _no_reason_needed(
    changes: Sequence[ChangeRow], gone: Set[tuple[str, str]], rolled_back: bool
) -> str:
    """The reason that stands in a release which only adds, or takes away what its team withdrew (`gone`)."""
    if rolled_back:
        raise ReasonNeeded(
            "The release that is served was rolled back to, so publishing may bring back what was taken back: "
            'say why, `reasonboard publish --reason "..."`.'
        )
    altered = [
        change for change in alterations(changes) if (change.benchmark, change.system) not in gone
    ]
    if altered:
        shown = [
            " ".join(filter(None, (c.kind, c.system, c.task, c.metric, c.old, "->", c.new)))
            for c in altered[:3]
        ]
        raise ReasonNeeded(
            f"{len(altered)} of {counted(len(changes), 'change')} {noun_for(len(altered), 'alters', 'alter')} what "
            f"is served ({'; '.join(shown)}"
            f'{"; ..." if len(altered) > 3 else ""}): say why, `reasonboard publish --reason "..."`.'
        )
    if any(change.kind == "older version" for change in changes):
        return FELL_BACK
    return REMOVED if gone else ADDED


def rollback(folder: DataFolder, number: int, author: str, reason: str) -> bool:
    """Serve release `number` again; the later ones stay, and the next release is compared with this one.

    Returns:
        Whether another was served before.

    Raises:
        NoSuchRelease: It was never published, or its file is missing or damaged.
    """
    with writing(folder) as db:
        records = {record.number: record for record in read_records(db)}
        if number not in records:
            there = ", ".join(map(str, records)) or "none"
            raise NoSuchRelease(f"there is no release {number}; there are: {there}")
        _check_file(folder, records[number])
        if is_tainted(folder, ReleaseReader(release_path(folder, number))):
            raise NoSuchRelease(
                f"release {number} lists a system that was withdrawn since, and is served no more; publish anew"
            )
        moved = recorded_current(db) != number
        if moved:
            record_rollback(db, number, author, reason)
    _serve(folder, number)
    return moved


def _check_file(folder: DataFolder, record: ReleaseRecord) -> None:
    path = release_path(folder, record.number)
    if not path.is_file():
        raise NoSuchRelease(
            f"{path} is missing: restore it from a download of release {record.number}"
        )
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != record.sha256:
        raise NoSuchRelease(
            f"{path} is not what was published as release {record.number} (sha256 {found[:12]}, published "
            f"{record.sha256[:12]}): restore it from a download"
        )


def _serve(folder: DataFolder, number: int) -> None:
    if current_number(folder) != number:
        switch_to(folder, number)
