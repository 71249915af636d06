"""`kill -9` in the middle of `reasonboard score`: started again, the release is that of an
undisturbed run.
"""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from scoring.tasks import Task
from tests import forking
from tests.boards import demo_board
from tests.commands import COMMAND, environment, succeed

TASKS = ["low-mood"]


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_killed_run_goes_on_and_ends_like_an_undisturbed_one(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    killed, undisturbed = tmp_path / "killed", tmp_path / "undisturbed"
    for data in (killed, undisturbed):
        demo_board(data, tasks, TASKS)
    chance = random.Random(7)  # noqa: S311
    for _ in range(3):
        _score_and_kill(killed, until=_stored(killed) + 1 + chance.randrange(20))
    for data in (killed, undisturbed):
        succeed(data, "score", "--benchmark", "demo")
        succeed(data, "publish", "--reason", "first")
    ours, theirs = _cells(killed), _cells(undisturbed)
    assert ours.keys() == theirs.keys()
    for key, cell in theirs.items():
        assert ours[key]["value"] == pytest.approx(cell["value"], abs=1e-5), key
        assert (ours[key]["n"], ours[key]["signature"]) == (cell["n"], cell["signature"])
    assert _ranks(killed) == _ranks(undisturbed)
    assert not list((killed / "partial").glob("*.npy"))


def _score_and_kill(data: Path, until: int) -> None:
    """Start scoring and kill -9 it as soon as `until` scores are stored, or shortly after it began
    to compute.
    """
    process = forking.start(
        [COMMAND, "score", "--benchmark", "demo"],
        env=environment(data),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    begun = time.monotonic()
    while process.poll() is None and _stored(data) < until and time.monotonic() - begun < 60:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()


def _stored(data: Path) -> int:
    connection = sqlite3.connect(data / "working.db", timeout=30)
    try:
        return int(connection.execute("SELECT count(*) FROM scores").fetchone()[0])
    finally:
        connection.close()


def _cells(data: Path) -> dict[tuple[str, str, str], dict[str, Any]]:
    cells = json.loads(succeed(data, "leaderboard", "--format", "json"))
    return {(cell["system"], cell["task"], cell["metric"]): cell for cell in cells}


def _ranks(data: Path) -> dict[tuple[str, str], int | None]:
    connection = sqlite3.connect(data / "releases" / "1.db")
    try:
        rows = connection.execute(
            "SELECT s.system, o.metric, o.rank FROM overall o JOIN systems s ON s.id = o.system"
        ).fetchall()
        return {(system, metric): rank for system, metric, rank in rows}
    finally:
        connection.close()
