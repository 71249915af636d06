"""Real worker processes on one board, and what happens to them."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from scoring.tasks import Task
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.folder import DataFolder
from submissions.store.scored.leases import leases
from submissions.store.scored.scores import scored_keys, scores
from submissions.store.submitted.submissions import submissions
from tests import forking
from tests.boards import a_run, demo_board, workplace
from tests.commands import COMMAND, environment

LEASE = 2.0
Seen = TypeVar("Seen")
Values = dict[tuple[str, str, str], float | None]


@contextmanager
def crew(data: Path, size: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """`size` workers at work; whichever are left are killed in the end."""
    workers = [start_worker(data) for _ in range(size)]
    try:
        yield workers
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()


def start_worker(data: Path, *options: str) -> subprocess.Popen[bytes]:
    """A worker that looks often and is soon held for dead; what it says is in `said_by_workers`."""
    command = [COMMAND, "worker", "--poll", "0.2", "--lease", str(LEASE), *options]
    variables = {**environment(data), "OMP_NUM_THREADS": "1"}
    with _log(data).open("ab") as log:
        return forking.start(command, env=variables, stdout=log, stderr=log)


def said_by_workers(data: Path) -> str:
    """What all workers of a board have said."""
    return _log(data).read_text(encoding="utf-8")


def _log(data: Path) -> Path:
    return data.with_name(f"{data.name}.log")


def holders(folder: DataFolder) -> set[int]:
    """The processes that hold a live lease."""
    return {int(lease.worker.split("@")[0]) for lease in leases(folder).values() if lease.live}


def wait_until(true: Callable[[], Seen], seconds: float = 120) -> Seen:
    """Wait for something to become true; what it became."""
    end = time.monotonic() + seconds
    while not (seen := true()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return seen


def kill_some(
    folder: DataFolder, workers: list[subprocess.Popen[bytes]], delays: Iterable[float]
) -> None:
    """For each delay: `kill -9` a worker that long after one is seen at work; another is started in
    its place.
    """
    for delay in delays:
        wait_until(lambda: holders(folder))
        time.sleep(delay)
        victim = _someone_at_work(folder, workers)
        workers[victim].send_signal(signal.SIGKILL)
        workers[victim].wait()
        workers[victim] = start_worker(folder.path)


def _someone_at_work(folder: DataFolder, workers: list[subprocess.Popen[bytes]]) -> int:
    """Which of `workers` holds a lease, once one does."""

    def at_work() -> list[int]:
        pids = holders(folder)
        return [i for i, worker in enumerate(workers) if worker.pid in pids]

    return wait_until(at_work)[0]


def scored_under_fire(
    where: Path, tasks: Mapping[str, Task], names: list[str], delays: Sequence[float]
) -> DataFolder:
    """A board of the trivial baselines, scored by three workers of which some are killed."""
    folder = demo_board(where / "killed", tasks, names)
    with crew(folder.path, 3) as workers:
        kill_some(folder, workers, delays)
        wait_until(lambda: not holders(folder) and not plan(workplace(folder, tasks)))
    return folder


def scored_in_peace(where: Path, tasks: Mapping[str, Task], names: list[str]) -> DataFolder:
    """The same board, scored by one process that nobody disturbs."""
    folder = demo_board(where / "undisturbed", tasks, names)
    place = workplace(folder, tasks)
    run(place, plan(place), LocalEngine(), a_run(folder))
    return folder


def check_as_undisturbed(killed: DataFolder, undisturbed: DataFolder) -> None:
    """Every unit committed once, and the same numbers."""
    ours, theirs = values(killed), values(undisturbed)
    assert ours.keys() == theirs.keys()
    for key, value in theirs.items():
        found = ours[key]
        assert (found is None) == (value is None), key
        assert found is None or value is None or abs(found - value) <= 1e-5, key
    assert not split_units(killed)


def values(folder: DataFolder) -> Values:
    """(system, task, identity) -> value."""
    names = {submission.id: submission.system for submission in submissions(folder)}
    return {
        (names[s.submission], s.task, s.identity.key): s.value
        for s in scores(folder, scored_keys(folder))
    }


def split_units(folder: DataFolder) -> list[tuple[str, str]]:
    """Units whose scores are of more than one run, which a unit committed once cannot have."""
    connection = sqlite3.connect(folder.database, timeout=30)
    try:
        return connection.execute(
            "SELECT submission, task FROM scores GROUP BY submission, task HAVING count(DISTINCT"
            " run) > 1"
        ).fetchall()
    finally:
        connection.close()
