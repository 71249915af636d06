"""`reasonboard releases`: the published releases, and which of them is served."""

from __future__ import annotations

from collections.abc import Iterator

from submissions.store.folder import DataFolder
from submissions.store.ledger import Event, events, release_records
from submissions.store.release import current_number, release_path


def release_lines(folder: DataFolder) -> Iterator[str]:
    """A line a release, newest first, and a line a rollback under the release that was gone back to."""
    records = release_records(folder)
    served = current_number(folder)
    rollbacks: dict[str, list[Event]] = {}
    for event in events(folder):
        if event.kind == "rollback":
            rollbacks.setdefault(event.subject, []).append(event)
    if not records:
        yield "Nothing is published yet."
    for record in reversed(records):
        mark = "*" if record.number == served else " "
        missing = "" if release_path(folder, record.number).is_file() else "  (file missing)"
        against = f"after {record.previous}" if record.previous else "the first"
        yield f"{mark} {record.number:4}  {record.created_at}  {against:10} {record.author}: {record.reason}{missing}"
        for event in rollbacks.get(str(record.number), ()):
            yield f"        {event.at}  rolled back to by {event.author}: {event.reason}"
    if records:
        yield "* is served"
