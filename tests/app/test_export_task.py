"""`reasonboard export-task`: a task as other programs run it, without a word of its gold."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from scoring.tasks import Task, read_tasks
from submissions.declarations.settings import DECLARATIONS
from tests.boards import demo_board
from tests.commands import refuse, succeed
from tests.submissions.receiving.files import demo_gold

HARNESSES = {"lm-eval": ".yaml", "inspect": ".py", "jsonl": ".jsonl"}
NAME = "reasonboard_demo_stress"


@pytest.fixture(scope="module")
def demo_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("exporting") / "data"
    demo_board(data, read_tasks(DECLARATIONS / "tasks"), ["stress"])
    return data


@pytest.mark.parametrize("harness", HARNESSES)
def test_a_task_is_written_without_its_gold(
    harness: str, demo_data: Path, tasks: dict[str, Task], tmp_path: Path
) -> None:
    out = tmp_path / "task"
    said = succeed(demo_data, "export-task", "demo/stress", "--as", harness, "--out", out)
    made = out / f"{NAME}{HARNESSES[harness]}"
    assert said.strip() == str(made)
    gold = demo_gold(tasks)["demo/stress"]
    rows = [json.loads(line) for line in (out / f"{NAME}.jsonl").read_text("utf-8").splitlines()]
    assert rows == [
        {"task": "demo/stress", "example_id": example.example_id, "query": example.query}
        for example in gold
    ]
    whole = "".join(path.read_text("utf-8") for path in out.iterdir())
    assert not any(e.reference in whole for e in gold if e.reference)
    assert any(e.reference for e in gold)  # else that said nothing
    if harness == "inspect":
        ast.parse(made.read_text("utf-8"))
    if harness == "lm-eval":
        assert str(out / f"{NAME}.jsonl") in made.read_text("utf-8")


def test_what_cannot_be_written_is_said(demo_data: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    arguments = ("--as", "jsonl", "--out", tmp_path / "full")
    assert "there already" in refuse(demo_data, "export-task", "demo/stress", *arguments)
    assert list((tmp_path / "full").iterdir()) == [tmp_path / "full" / "file"]
    said = refuse(demo_data, "export-task", "demo/stres", "--as", "jsonl")
    assert "demo/stress" in said
