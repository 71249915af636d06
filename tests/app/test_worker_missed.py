"""A real worker is killed, and whoever waits is told: by the command, the API, and a team's own
`status --server`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from starlette.testclient import TestClient

from app.api.application import api_application
from app.cli.remote import describe
from scoring.tasks import Task
from submissions.life.states import life_of
from submissions.rescoring.presence import RUNNING, presence
from submissions.store.submitted.submissions import submissions
from submissions.teams.accounts import Role, add_team
from tests.boards import demo_board
from tests.commands import succeed
from tests.workers import start_worker, wait_until

ADVICE = "no worker is running: a maintainer has to start `reasonboard worker` (last seen "


def test_a_killed_worker_is_missed_wherever_somebody_waits(
    tmp_path: Path, tasks: Mapping[str, Task]
) -> None:
    board = demo_board(tmp_path / "data", tasks, ["stress"])
    own = submissions(board)[0]
    token = add_team(board, "Ours", Role.maintainer, "tester")
    api = TestClient(api_application(board, tasks), headers={"Authorization": f"Bearer {token}"})
    never = api.get("/api/v1/health").json()["worker"]
    assert (never["state"], never["last_seen_seconds"], never["version"]) == ("none", None, None)
    assert "none was ever seen" in never["message"]
    worker = start_worker(board.path, "--benchmark", "imhi")  # one that leaves ours waiting
    try:
        wait_until(lambda: presence(board).state == RUNNING)
        health = api.get("/api/v1/health").json()["worker"]
        assert (health["state"], health["message"]) == ("running", "")
        assert health["last_seen_seconds"] < 60
        assert "no worker that sees to it is running" in life_of(board, tasks, own).reason
        assert "`reasonboard worker --benchmark imhi`" in succeed(board.path, "status")
    finally:
        worker.kill()
        worker.wait()
    assert ADVICE in api.get("/api/v1/health").json()["worker"]["message"]
    assert ADVICE in succeed(board.path, "status")
    assert ADVICE in succeed(board.path, "status", own.id)
    found = api.get(f"/api/v1/submissions/{own.id}").json()
    assert found["state"] == "received"
    assert any(ADVICE in line for line in describe(found))
