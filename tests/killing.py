"""Kills work on a board before each of its effects in turn, and shows what the next process makes
of what is left.

    python -m tests.killing BOARD WORK ARGUMENT ...

An effect is whatever Python's audit hooks tell of: a file that is renamed or deleted, a database
that is opened. WORK is the name of a function in WORKS. For each k a copy of BOARD is worked on by
a process that dies before its k-th effect; another process then starts on the copy as any command
does. Copies are left beside BOARD, numbered. Prints how many.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from app.settings import finish_takedowns
from scoring.tasks import read_tasks
from submissions.declarations.settings import DECLARATIONS
from submissions.keeping.repair import Repairing, repair
from submissions.keeping.verify import last_verified
from submissions.life.takedown import redact_example, redact_output, redact_transcript, withdraw
from submissions.store.database import prepare
from submissions.store.folder import DataFolder
from submissions.store.submitted.submissions import submission_with
from tests import forking

EFFECTS = {"os.rename", "os.remove", "os.truncate", "sqlite3.connect"}
DIED, ENDED = 9, 0
ROOT = Path(__file__).parents[1]


def _withdraw(board: DataFolder, submission: str) -> None:
    found = submission_with(board, submission)
    assert found is not None
    withdraw(board, found, "me", "asked for")


def _redact_output(board: DataFolder, submission: str, task: str, example: str) -> None:
    found = submission_with(board, submission)
    assert found is not None
    redact_output(board, found, task, example, "me", "names a person")


def _redact_example(board: DataFolder, task: str, example: str, *post: str) -> None:
    tasks = read_tasks(board.path / "tasks", DECLARATIONS / "tasks")
    redact_example(board, tasks, task, example, "me", "the poster asked", *post)


def _redact_transcript(board: DataFolder, task: str, item: str) -> None:
    redact_transcript(board, task, item, "me", "the therapist asked")


def _take_from_backup(board: DataFolder, backup: str) -> None:
    """Repair what the last look found, up to the look at what has been done."""

    def look(*_: object) -> None:
        raise InterruptedError

    tasks, found = read_tasks(DECLARATIONS / "tasks"), last_verified(board)
    assert found is not None
    with suppress(InterruptedError):
        repair(Repairing(board, tasks, "me", Path(backup), report=look), found)


WORKS: dict[str, Callable[..., None]] = {
    "withdraw": _withdraw,
    "redact-output": _redact_output,
    "redact-example": _redact_example,
    "redact-transcript": _redact_transcript,
    "take-from-backup": _take_from_backup,
}


def killed(board: DataFolder, *work: str) -> list[DataFolder]:
    """The boards that are left when `work` dies before each of its steps, and somebody then starts
    on each.
    """
    command = [sys.executable, "-m", "tests.killing", board.path, *work]
    done = forking.run(command, 800, cwd=ROOT, text=True)
    assert done.returncode == 0, done.stderr
    return [
        DataFolder(board.path.with_name(f"data-{number}"))
        for number in range(int(done.stdout.strip()))
    ]


def main(board: Path, work: str, *arguments: str) -> None:
    """Kill `work` before its first effect, its second one, ... until it comes to its end."""
    k = 0
    status = DIED
    while status == DIED:
        copy = board.with_name(f"{board.name}-{k}")
        shutil.copytree(board, copy)
        folder = DataFolder(copy)
        status = _forked(lambda: _dying(k, lambda: WORKS[work](folder, *arguments)))  # noqa: B023
        assert status in (DIED, ENDED), status
        assert _forked(lambda: _start(folder)) == ENDED  # noqa: B023
        k += 1
    print(k)  # noqa: T201


def _start(folder: DataFolder) -> None:
    prepare(folder)
    assert finish_takedowns(folder) == []


def _dying(before: int, work: Callable[[], None]) -> None:
    seen = 0

    def count(event: str, _arguments: object) -> None:
        nonlocal seen
        if event in EFFECTS:
            if seen == before:
                os._exit(DIED)
            seen += 1

    sys.addaudithook(count)
    work()


def _forked(work: Callable[[], None]) -> int:
    """Do `work` in a process of its own; its exit status."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = ENDED
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
