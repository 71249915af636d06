"""Builds a release, says what moved against the one before, and switches to it.

The order of steps makes a crash harmless: the file is complete under its name before the database names it, and
the database names it before readers are switched. A release file that the database does not name was never
published and is overwritten; a switch that did not happen is made up for by the next call of `publish`.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass

from scoring.tasks import Task
from submissions.changes import changes_between
from submissions.content import build_content
from submissions.store.clock import now
from submissions.store.database import writing
from submissions.store.folder import DataFolder
from submissions.store.ledger import ReleaseRecord, read_records, record_release, recorded_current
from submissions.store.release import (
    ChangeRow,
    HistoryRow,
    ReleaseReader,
    ReleaseRow,
    current_number,
    release_path,
    switch_to,
    write_release,
)


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


def publish(folder: DataFolder, tasks: Mapping[str, Task], author: str, reason: str) -> Published:
    """Make a release of everything that may be public, unless it would state what the served one states.

    Args:
        folder: The data.
        tasks: The declared tasks.
        author: Who publishes.
        reason: Why; stands in the release.
    """
    content = build_content(folder, tasks)
    with writing(folder) as db:  # the write lock makes concurrent publishers wait for each other
        records = read_records(db)
        current = recorded_current(db)
        serving = next((record for record in records if record.number == current), None)
        if serving is not None and serving.content == content.digest():
            _serve(folder, serving.number)
            return Published(serving.number, new=False)
        if not content.systems:
            return Published(current, new=False)
        before = ReleaseReader(release_path(folder, serving.number)).content() if serving else None
        changes = changes_between(before, content)
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
        history = [HistoryRow(r.number, r.created_at, r.author, r.reason) for r in (*records, record)]
        digest = write_release(folder, release, content, changes, history)
        record_release(db, ReleaseRecord(**{**vars(record), "sha256": digest}))
    _serve(folder, record.number)
    return Published(record.number, new=True, changes=changes)


def _serve(folder: DataFolder, number: int) -> None:
    if current_number(folder) != number:
        switch_to(folder, number)
