"""What a board declares for itself, in its data folder: beside what is shipped, and before it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.api import api_application
from scoring.tasks import Task
from submissions.benchmarks.protocols import board_protocols
from submissions.declarations.settings import DECLARATIONS, board_settings, board_tasks
from submissions.keeping.backup import backup
from submissions.keeping.restore import restore
from submissions.operating.declaration_faults import declaration_faults
from submissions.rating.rubrics import usable_rubrics
from submissions.releasing.reported import board_reported
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.teams.limits import load_limits
from tests.boards import demo_board
from tests.commands import reasonboard, succeed
from tests.workers import wait_until

SHIPPED_TASK = (DECLARATIONS / "tasks" / "demo" / "stress.toml").read_text(encoding="utf-8")
HEAD = (DECLARATIONS / "reported" / "mentallama.csv").read_text(encoding="utf-8").splitlines()[:2]


@pytest.fixture
def board(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    return demo_board(tmp_path / "data", tasks, ["stress"])


def declare(board: DataFolder, name: str, text: str) -> Path:
    path = board.path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def shipped(name: str) -> str:
    return (DECLARATIONS / name).read_text(encoding="utf-8")


def test_tasks_stand_beside_the_shipped_ones_and_before_them(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    declare(board, "tasks/own/stress.toml", SHIPPED_TASK)
    declare(board, "tasks/demo/stress.toml", SHIPPED_TASK.replace("revision = 1", "revision = 7"))
    found = board_tasks(board.path)
    assert not found.faults
    assert set(found) == {*tasks, "own/stress"}
    assert found["demo/stress"].revision == 7
    assert found["demo/wellness"] == tasks["demo/wellness"]
    benchmarks = [task.benchmark for task in found.values()]
    assert benchmarks == sorted(benchmarks)
    gold = DECLARATIONS / "demo" / "test" / "stress.csv"
    assert "own/stress" in succeed(board.path, "benchmark", "import", "own/stress", gold)
    assert "own/stress " in succeed(board.path, "benchmark", "list", "--benchmark", "own")


def test_a_fault_leaves_out_that_task_and_not_the_shipped_one_instead(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    path = declare(board, "tasks/demo/stress.toml", SHIPPED_TASK.replace("labels", "label"))
    found = board_tasks(board.path)
    assert set(found) == tasks.keys() - {"demo/stress"}
    done = reasonboard(board.path, "status")
    assert done.status == 0, done.err
    assert f"{path}: faulty: the task is left out" in done.out
    assert "did you mean 'labels'?" in done.out
    assert f"{path} is faulty, and demo/stress left out" in done.err
    with TestClient(api_application(board, found)) as client:
        assert [one["name"] for one in client.get("/api/v1/health").json()["faulty"]] == [
            "demo/stress"
        ]
        path.unlink()  # nothing has to be started again for it; it is looked up once a second
        wait_until(lambda: client.get("/api/v1/health").json()["faulty"] == [])


def test_rubrics_and_protocols_too(board: DataFolder, tasks: dict[str, Task]) -> None:
    rubric = shipped("rubrics/mentallama.toml")
    declare(board, "rubrics/own.toml", rubric)
    declare(board, "rubrics/mentallama.toml", rubric.replace("high = 3", "high = 4"))
    declare(board, "rubrics/bad.toml", "title = 3")
    declare(board, "protocols/own.toml", shipped("protocols/demo-general.toml"))
    declare(board, "protocols/imhi-general.toml", "benchmark = ")
    rubrics, protocols = usable_rubrics(board.path), board_protocols(board.path, tasks)
    assert {"own", "mentallama", "ctrs"} <= rubrics.keys()
    assert "bad" not in rubrics
    assert {aspect.high for aspect in rubrics["mentallama"].aspects} == {4}
    assert {"own", "demo-general"} <= protocols.keys()
    assert "imhi-general" not in protocols
    named = {(Path(one.path).parent.name, one.name) for one in declaration_faults(board)}
    assert named == {("rubrics", "bad"), ("protocols", "imhi-general")}


def test_a_protocol_that_names_another_reference_does_not_disable_the_shipped_ones(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    before = board_protocols(board.path, tasks)
    text = shipped("protocols/demo-general.toml").replace("Majority label", "Keyword rules")
    path = declare(board, "protocols/own.toml", text)
    assert board_protocols(board.path, tasks) == before
    (fault,) = declaration_faults(board)
    assert fault.path == str(path)
    assert "its protocols name several references" in "".join(fault.faults)
    for one in before.values():  # a board that declares all of them says which reference it has
        if one.benchmark == "demo":
            own = shipped(f"protocols/{one.id}.toml")
            declare(
                board, f"protocols/{one.id}.toml", own.replace("Majority label", "Keyword rules")
            )
    assert not declaration_faults(board)
    assert board_protocols(board.path, tasks)["own"].reference == "Keyword rules"


def test_reported_tables_too(board: DataFolder, tasks: dict[str, Task]) -> None:
    before, _ = board_reported(board.path, tasks)
    declare(board, "reported/own.csv", "\n".join(HEAD))
    bad = declare(board, "reported/bad.csv", "\n".join(HEAD).replace("unit", "units", 1))
    after, faults = board_reported(board.path, tasks)
    first = next(cell for cell in before.cells if cell.paper == "yang2024mentallama")
    assert after.cells == (*before.cells, first)
    assert [fault.path for fault in faults] == [bad]
    (named,) = declaration_faults(board)
    assert (named.path, named.consequence) == (
        str(bad),
        "what it prints is in no release until the file is put right",
    )
    bad.unlink()
    declare(board, "reported/mentallama.csv", "\n".join(HEAD))
    of_paper = [c for c in board_reported(board.path, tasks)[0].cells if c.paper == first.paper]
    assert of_paper == [first, first]


def test_scoring_is_said_a_benchmark_at_a_time(board: DataFolder) -> None:
    own = declare(board, "scoring.toml", '[bartscore.own]\ncheckpoint = "./model"\n')
    assert board_settings("own", board.path)["bartscore"].checkpoint == str(board.path / "model")
    assert board_settings("demo", board.path)["bartscore"].checkpoint.endswith("tiny-bart")
    assert board_settings("imhi", board.path)["bartscore"].checkpoint == "facebook/bart-large-cnn"
    own.write_text('[bartscore.default]\ncheckpoint = "org/all"\n', encoding="utf-8")
    assert board_settings("demo", board.path)["bartscore"].checkpoint == "org/all"
    own.write_text("[bartscore.demo]\ncheckpoint = 5\n", encoding="utf-8")
    assert board_settings("imhi", board.path)["bartscore"].checkpoint == "facebook/bart-large-cnn"
    (fault,) = declaration_faults(board)
    assert fault.path == str(own)
    assert "no model scores explanations" in fault.consequence
    assert "`checkpoint` is 5; it must be text" in "".join(fault.faults)
    own.write_text("bartscore = 5\n", encoding="utf-8")
    assert {one.path for one in declaration_faults(board)} == {str(own)}


def test_limits_with_a_fault_are_named_by_their_own_file(board: DataFolder) -> None:
    own = declare(board, "limits.toml", "[team]\nsubmissions_a_day = 7\n")
    assert load_limits(board).team.submissions_a_day == 7
    own.write_text("[team]\nsubmissions_a_week = 7\n", encoding="utf-8")
    (fault,) = declaration_faults(board)
    assert fault.path == str(own)
    assert "no uploads are taken" in fault.consequence


def test_a_board_of_its_own_tasks_is_backed_up_restored_and_verified(
    board: DataFolder, tmp_path: Path
) -> None:
    declare(board, "tasks/own/stress.toml", SHIPPED_TASK)
    texts = {
        "rubrics/own.toml": shipped("rubrics/mentallama.toml"),
        "protocols/own.toml": shipped("protocols/demo-general.toml"),
        "reported/own.csv": "\n".join(HEAD),
        "scoring.toml": '[bartscore.own]\ncheckpoint = "org/model"\n',
        "limits.toml": "[team]\nsubmissions_a_day = 7\n",
        "tasks/own/bad.toml": "title = ",
    }
    for name, text in texts.items():
        declare(board, name, text)
    gold = DECLARATIONS / "demo" / "test" / "stress.csv"
    succeed(board.path, "benchmark", "import", "own/stress", gold)
    assert not backup(board, tmp_path / "safe").lacking
    shutil.rmtree(board.path)
    back = DataFolder(tmp_path / "back")
    assert not restore(tmp_path / "safe", back)[1].damages
    for name, text in texts.items():
        assert (back.path / name).read_text(encoding="utf-8") == text
    own = board_tasks(back.path)["own/stress"]
    assert PostStore(back.posts).has(own)
    posts = back.posts / "own--stress.r1.db"
    posts.write_bytes(posts.read_bytes()[:4096])
    said = reasonboard(back.path, "verify")
    assert said.status == 1
    assert "posts/own--stress.r1.db" in said.out
