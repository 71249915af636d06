"""One faulty declaration disables what it declares, is named, and stops no door."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from app.api import api_application
from scoring.tasks import Task, Tasks, read_tasks, unreadable
from submissions.benchmarks.protocols import read_protocols
from submissions.declarations.settings import SettingsError
from submissions.operating.declaration_faults import declaration_faults
from submissions.rating.rubrics import usable_rubrics
from submissions.store.folder import DataFolder
from submissions.teams.accounts import Role, add_team
from submissions.teams.limits import load_limits
from tests.boards import demo_board, gold_rows
from tests.commands import environment

ROOT = Path(__file__).parents[2]
FAULTS = {
    "tasks/imhi/sad.toml": "title = ",
    "tasks/own/one.toml": 'title = "x"\nplatform = "MySpace"\n',
    "protocols/imhi-general.toml": 'benchmark = "imhi"\n',
    "rubrics/ctrs.toml": "\xff",
    "limits.toml": "upload = 5\n",
    "platforms.toml": 'contrasts = [["sms"]]\n',
    "strategies.toml": '[[strategies]]\nid = "Zero shot"\n',
}


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """The shipped declarations, each kind with a faulty file."""
    declarations = tmp_path / "checkout" / "leaderboard_data"
    ignored = shutil.ignore_patterns("db", "__pycache__")
    shutil.copytree(ROOT / "leaderboard_data", declarations, ignore=ignored)
    for name, text in FAULTS.items():
        path = declarations / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="latin-1")
    settings = declarations / "scoring.toml"
    settings.write_text(f"{settings.read_text()}\n[bartscore.imhi]\ncheckpoint = 5\n")
    return declarations


@pytest.fixture
def board(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    return demo_board(tmp_path / "data", tasks, ["stress"])


def test_what_can_be_used_is_read_and_the_rest_is_named(
    faulty: Path, board: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not declaration_faults(board)
    for module in ("declarations.settings", "operating.declaration_faults"):
        monkeypatch.setattr(f"submissions.{module}.DECLARATIONS", faulty)
    tasks = read_tasks(faulty / "tasks")
    assert isinstance(tasks, Tasks)
    assert set(unreadable(tasks)) == {"imhi/sad", "own/one"}
    assert {"imhi/dr", "demo/stress", "imhi-expert/sad"} <= tasks.keys()
    protocols = read_protocols(tasks, faulty / "protocols")[0]
    assert "imhi-general" not in protocols
    assert "imhi-without-twitter" in protocols
    assert "mentallama" in usable_rubrics(board.path)
    named = {
        Path(one.path).relative_to(faulty).as_posix(): one for one in declaration_faults(board)
    }
    # imhi/sad is IMHI's only set of text messages: what holds these out holds out nothing without
    # it.
    assert named.keys() == {*FAULTS, "scoring.toml", "protocols/imhi-without-sms.toml"}
    assert "the task is left out" in named["tasks/imhi/sad.toml"].consequence
    assert any("'MySpace'" in line for line in named["tasks/own/one.toml"].faults)
    assert any("`upload` is 5; it must be a table" in line for line in named["limits.toml"].faults)


def run(faulty: Path, data: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """A command of a copy of the program, beside which the faulty declarations lie."""
    for package in ("app", "scoring", "submissions"):
        if not (faulty.parent / package).exists():
            shutil.copytree(ROOT / package, faulty.parent / package)
    return subprocess.run(
        [sys.executable, "-c", "from app.cli.main import main; main()", *map(str, arguments)],
        cwd=faulty.parent,
        env={**environment(data), "PYTHONPATH": str(faulty.parent)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_every_command_goes_on_and_says_what_is_left_out(
    faulty: Path, board: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    outputs = tmp_path / "outputs.csv"
    rows = gold_rows(board, tasks["demo/stress"])
    with outputs.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    meta = tmp_path / "submission.toml"
    meta.write_text('system = "S"\nversion = "1"\nmethod = "few-shot"\nconsent = true\n')
    for arguments in (
        ("check", outputs, "--benchmark", "demo"),
        ("submit", outputs, "--benchmark", "demo", "--meta", meta),
        ("score", "--benchmark", "demo"),
        ("publish", "--reason", "first"),
        ("leaderboard", "--benchmark", "demo"),
        ("generalization", "--benchmark", "demo"),
    ):
        done = run(faulty, board.path, *arguments)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
    status = run(faulty, board.path, "status")
    assert status.returncode == 0, status.stderr
    assert "imhi/sad left out" in status.stderr
    for name in FAULTS:
        assert f"leaderboard_data/{name}: faulty: " in status.stdout
    assert "task imhi/sad: not TOML" in status.stdout


def test_the_api_answers_and_takes_no_uploads_by_limits_that_nobody_set(
    faulty: Path, board: DataFolder
) -> None:
    (board.path / "limits.toml").write_text("[publication]\nreview = 1\n")
    with pytest.raises(SettingsError, match="`review` is 1; it must be true or false"):
        load_limits(board)
    token = add_team(board, "team", Role.member, "tester")
    with TestClient(api_application(board, read_tasks(faulty / "tasks"))) as client:
        health = client.get("/api/v1/health").json()
        assert health["status"] == "ok"
        assert [one["name"] for one in health["faulty"]] == ["limits"]
        answer = client.post(
            "/api/v1/checks",
            headers={"Authorization": f"Bearer {token}"},
            data={"benchmark": "demo"},
            files={"file": ("o.csv", b"task,example_id,output\n")},
        )
    assert answer.status_code == 503
    assert "`reasonboard status` says what is wrong" in answer.json()["detail"]


def test_the_site_opens(faulty: Path, board: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REASONBOARD_DATA", str(board.path))
    monkeypatch.setattr("submissions.declarations.settings.DECLARATIONS", faulty)
    page = AppTest.from_file(str(ROOT / "app" / "streamlit_app.py"), default_timeout=120).run()
    assert not page.exception
    assert not [box for box in page.error if "our fault" in box.value]
