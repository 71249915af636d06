"""`reasonboard stress`, as a person runs it."""

from __future__ import annotations

import json

import pytest

from scoring.stress import CONSTANT, PERTURBATIONS, RANDOM
from scoring.tasks import Task
from submissions.store.folder import DataFolder
from tests.boards import demo_board, gold_rows, submit
from tests.commands import refuse, succeed


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, Task]) -> DataFolder:
    """A board with a system whose explanations are the references of two tasks."""
    where = tmp_path_factory.mktemp("board")
    folder = demo_board(where / "data", tasks, ["stress", "strain-level"])
    rows = [
        row
        for name in ("stress", "strain-level")
        for row in gold_rows(folder, tasks[f"demo/{name}"])
    ]
    submit(folder, tasks, where, rows, system="Ada")
    return folder


def test_every_metric_against_every_perturbation(board: DataFolder) -> None:
    results = json.loads(succeed(board.path, "stress", "Ada", "--format", "json"))
    together = [row for row in results if row["task"] == ""]
    assert {row["perturbation"] for row in together} == {
        perturbation.name for perturbation in PERTURBATIONS
    }
    assert {CONSTANT, RANDOM, "chrf", "words"} <= {row["metric"] for row in together}
    assert not any(row["metric"].startswith("bartscore") for row in together)
    chrf = {row["perturbation"]: row for row in together if row["metric"] == "chrf"}
    # The explanations are the references: nothing but a copy of them is as near.
    assert chrf["copy"]["share"] == chrf["first_half"]["share"] == 1
    assert chrf["copy"]["low"] < 1
    by_task = {row["task"]: row["posts"] for row in results if row["perturbation"] == "copy"}
    assert by_task[""] == by_task["demo/stress"] + by_task["demo/strain-level"]


def test_a_table_for_people_and_one_task_alone(board: DataFolder) -> None:
    out = succeed(board.path, "stress", "Ada", "--task", "stress", "--model")
    assert "Copy of the post" in out
    assert "BARTScore recall" in out
    assert "a tie is a loss" in out
    assert "demo/strain-level" not in out


def test_of_nobody_and_of_nothing(board: DataFolder) -> None:
    assert "no system 'Eda' was submitted" in refuse(board.path, "stress", "Eda")
    assert "Ada" in refuse(board.path, "stress", "Eda")
    nothing = refuse(board.path, "stress", "Ada", "--task", "loneliness")
    assert "no explanation with the right label" in nothing
