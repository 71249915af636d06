"""Publishes a board as another process, and writes down when it begins and ends to build a release,
and when it waits.

    python -m tests.publishing BOARD LOG [--until WORD]

Each line of LOG is a process's id and a word: "builds", "waits", "built", and at the end "new" or
"old" with the release's number. With --until it goes on building only once another process has
written WORD or "builds" into LOG.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import submissions.releasing.publish as publishing
from scoring.tasks import read_tasks
from submissions.declarations.settings import DECLARATIONS
from submissions.progress import Report
from submissions.releasing.content import Draft
from submissions.store.folder import DataFolder
from submissions.store.released.release_rows import ReleaseContent
from tests.workers import wait_until


def said(log: Path) -> list[tuple[int, str]]:
    """Process and word of each line so far, in order."""
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return [(int(pid), word) for pid, _, word in (line.partition(" ") for line in lines)]


def main(board: Path, log: Path, until: str | None) -> None:
    """Publish, and say what happens."""

    def say(word: str) -> None:
        with log.open("a", encoding="utf-8") as stream:
            stream.write(f"{os.getpid()} {word}\n")

    def others() -> bool:
        return any(pid != os.getpid() and word in (until, "builds") for pid, word in said(log))

    def report(stage: str, _done: int, _total: int, _detail: str = "") -> None:
        if "waiting" in stage:
            say("waits")

    with _observed(say, others if until else lambda: True):
        done = publishing.publish(
            DataFolder(board),
            read_tasks(DECLARATIONS / "tasks"),
            "tester",
            "first",
            allow_pending=True,
            report=report,
        )
    say(f"{'new' if done.new else 'old'} {done.number}")


@contextmanager
def _observed(say: Callable[[str], None], go_on: Callable[[], bool]) -> Iterator[None]:
    """Have what is built written down."""
    build = publishing.content_of

    def observed(made_from: Draft, report: Report) -> ReleaseContent:
        say("builds")
        wait_until(go_on)
        content = build(made_from, report)
        say("built")
        return content

    publishing.content_of = observed
    yield
    publishing.content_of = build


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[4] if "--until" in sys.argv else None)
