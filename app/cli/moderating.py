"""What `reasonboard review` and `reasonboard events` print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scoring.tasks import Task
from submissions.life import State, lives, review_queue, unseen_copies
from submissions.problems import shorten
from submissions.store.folder import DataFolder
from submissions.store.ledger import events

LONG = 500


def review_lines(folder: DataFolder, tasks: Mapping[str, Task]) -> Iterator[str]:
    """What waits for a maintainer: submissions that are held, copies of other teams' outputs, failures."""
    held = review_queue(folder)
    for one in held:
        yield f"held: {one.id} {one.benchmark} {shorten(one.name, 160)} of {one.team}: {shorten(one.held, LONG)}"
    copies = unseen_copies(folder)
    for event in copies:
        yield f"copy: {event.subject} has {shorten(event.reason, LONG)} ({event.at})"
    failed = [life for life in lives(folder, tasks) if life.state is State.failed]
    for life in failed:
        yield f"failed: {life.submission.id} {shorten(life.submission.name, 160)}: {shorten(life.reason, LONG)}"
    if not (held or copies or failed):
        yield "Nothing waits for review."


def event_lines(folder: DataFolder, subject: str | None) -> Iterator[str]:
    """Who did what, when and why; oldest first."""
    for event in events(folder, subject):
        why = f": {shorten(event.reason, LONG)}" if event.reason else ""
        yield f"{event.at}  {event.author}  {event.kind}  {shorten(event.subject, 160)}{why}"
