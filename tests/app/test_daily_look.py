"""Once a day the whole of a board is looked at by itself, beside its work, and what was found is
told.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.api import api_application
from app.server import verifying
from app.server.verifying import SETTLE_SECONDS, DailyLook, looked_at_daily
from scoring.metrics import metric
from scoring.tasks import Task
from submissions.keeping.daily import Yielding, is_due, verify_daily
from submissions.keeping.verify import VERIFIED, last_verified, verify
from submissions.life.takedown import withdraw
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.clock import ago
from submissions.store.files.damage import A_DAY
from submissions.store.folder import DataFolder, held
from submissions.store.scored.leases import LEASE_SECONDS, Work, release_leases, take_leases
from submissions.store.submitted.submissions import submissions
from tests.app.test_damage import flip_a_bit, truncate
from tests.boards import a_run, demo_board, workplace
from tests.boards import publish_with_blanks as publish
from tests.commands import reasonboard, succeed


@pytest.fixture
def board(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    """A release of the trivial baselines."""
    folder = demo_board(tmp_path / "data", tasks, ["loneliness"])
    place = workplace(folder, tasks)
    run(place, plan(place, metrics=(metric("accuracy"),)), LocalEngine(), a_run(folder))
    publish(folder, tasks, "tester", "first")
    return folder


def put_back(folder: DataFolder, seconds: float) -> None:
    """Have the last look be so long ago."""
    path = folder.path / VERIFIED
    path.write_text(json.dumps({**json.loads(path.read_text()), "at": ago(seconds)}))


def told_by_health(folder: DataFolder, tasks: dict[str, Task]) -> tuple[dict[str, object], str]:
    with TestClient(api_application(folder, tasks)) as client:
        answer = client.get("/api/v1/health")
    return answer.json()["damage"], answer.text


def test_what_nobody_opens_is_found_damaged_and_told_in_status_and_by_health(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    assert told_by_health(board, tasks)[0] == {
        "served_release": False,
        "files": None,
        "read_at": None,
    }
    assert "all that the board refers to is whole" in succeed(board.path, "verify", "--daily")
    assert "Nothing is done" in succeed(board.path, "verify", "--daily")
    (array, *_) = sorted(board.arrays.glob("*.npy"))
    flip_a_bit(array)
    assert f"arrays/{array.name}" not in succeed(board.path, "status"), "a glance cannot see it"
    put_back(board, A_DAY)
    found = reasonboard(board.path, "verify", "--daily")
    assert found.status == 1
    assert f"arrays/{array.name} is damaged" in found.out
    told = succeed(board.path, "status")
    assert f"arrays/{array.name} is damaged" in told
    assert "`reasonboard verify --repair` repairs it" in told
    damage, text = told_by_health(board, tasks)
    assert damage["files"] == 1
    assert array.stem not in text
    assert str(board.path) not in text
    succeed(board.path, "verify", "--repair")
    assert array.name not in succeed(board.path, "status")
    assert told_by_health(board, tasks)[0]["files"] == 0
    truncate(board.releases / "1.db")
    assert told_by_health(board, tasks)[0]["served_release"] is True


def test_a_look_is_due_after_a_day_and_one_of_several_processes_does_it(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    with held(board.files):
        assert verify_daily(board, tasks) is None
    assert verify_daily(board, tasks) is not None
    assert verify_daily(board, tasks) is None
    for seconds, due in ((0, False), (A_DAY - 60, False), (A_DAY, True), (-A_DAY, True)):
        put_back(board, seconds)
        assert is_due(board) is due, seconds
    damage = '{"kind": "release", "name": "n", "why": "w", "repair": "r", "key": "one"}'
    for at, damages in (("yesterday", ""), (ago(0), damage)):
        kept = f'{{"at": "{at}", "looked_at": 3, "damages": [{damages}]}}'
        (board.path / VERIFIED).write_text(kept)
        assert last_verified(board) is None
        assert is_due(board)


def test_it_stands_still_while_somebody_scores_and_not_for_ever(board: DataFolder) -> None:
    work = Work(submissions(board)[0].id, "a task")
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            release_leases(board, "somebody")

    take_leases(board, [work], "somebody", LEASE_SECONDS)
    yielding = Yielding(board, sleep)
    yielding.pause()
    assert len(waited) == 3
    yielding.pause()
    assert len(waited) == 3
    take_leases(board, [work], "somebody", LEASE_SECONDS)
    yielding.left = 12
    yielding.pause()
    assert len(waited) == 6


def test_what_is_taken_down_while_it_looks_is_no_damage(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    left = list(submissions(board))

    def take_down() -> None:
        while left:
            withdraw(board, left.pop(), "me", "asked for")

    assert verify(board, tasks, pause=take_down).damages == ()
    assert not list(board.files.glob("*.parquet"))


def test_a_server_or_worker_asks_for_it_once_it_has_settled_and_once_a_day(
    board: DataFolder,
) -> None:
    time, started = [0.0], list[subprocess.Popen[bytes]]()

    def start(command: Sequence[str]) -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        return started[-1]

    look = DailyLook(board, lambda: time[0], start)
    look.ask()
    assert not started, "it has just begun"
    time[0] = SETTLE_SECONDS
    look.ask()
    look.ask()
    assert len(started) == 1
    assert started[0].wait(120) == 0
    assert last_verified(board) is not None
    time[0] += A_DAY
    look.ask()
    assert len(started) == 1, "somebody did it within a day"
    put_back(board, A_DAY)
    look.ask()
    assert len(started) == 2
    look.end()
    assert started[1].returncode is not None


def test_a_server_asks_as_long_as_it_runs(
    board: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(verifying, "ASK_SECONDS", 0.001)
    monkeypatch.setattr(DailyLook, "ask", lambda _: said.append("asked"))
    monkeypatch.setattr(DailyLook, "end", lambda _: said.append("ended"))

    async def serve() -> None:
        async with looked_at_daily(board):
            while not said:
                await asyncio.sleep(0.001)

    asyncio.run(serve())
    assert said[0] == "asked"
    assert said.count("ended") == 1
