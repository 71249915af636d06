"""`reasonboard export-task`: a task as other programs run it, without a word of its gold."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from scoring.tasks import Task, read_tasks
from submissions.benchmarks.harness_tasks import TaskFormat, write_task
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


@pytest.mark.parametrize("harness", HARNESSES)
def test_posts_are_for_their_owner_alone(harness: str, demo_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "task"
    succeed(demo_data, "export-task", "demo/stress", "--as", harness, "--out", out)
    template = tmp_path / "template.csv"
    succeed(demo_data, "benchmark", "template", "demo/stress", "--out", template)
    for path in (out / f"{NAME}.jsonl", template):
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_title_is_a_title_whatever_stands_in_it(tasks: dict[str, Task], tmp_path: Path) -> None:
    title = 'A\ntask: other\u2028"""\nimport os\n\\'
    task = replace(tasks["demo/stress"], title=title)
    as_yaml = yaml.safe_load(write_task(task, [], TaskFormat.lm_eval, tmp_path).read_text("utf-8"))
    assert as_yaml["task"] == NAME
    code = ast.parse(write_task(task, [], TaskFormat.inspect, tmp_path).read_text("utf-8"))
    said = 'A task: other """ import os \\ (demo/stress), as Inspect'
    assert (ast.get_docstring(code) or "").startswith(said)
    assert not any(isinstance(node, ast.Import) for node in code.body)


def test_a_post_that_was_taken_down_is_not_asked_about(
    tasks: dict[str, Task], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    demo_board(data, read_tasks(DECLARATIONS / "tasks"), ["stress"])
    gone = demo_gold(tasks)["demo/stress"][0]
    succeed(data, "redact", "demo/stress", gone.example_id, "--reason", "asked for")
    succeed(data, "export-task", "demo/stress", "--as", "jsonl", "--out", tmp_path / "task")
    written = (tmp_path / "task" / f"{NAME}.jsonl").read_text("utf-8")
    assert len(written.splitlines()) == len(demo_gold(tasks)["demo/stress"]) - 1
    assert gone.example_id not in written


def test_what_cannot_be_written_is_said(demo_data: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    arguments = ("--as", "jsonl", "--out", tmp_path / "full")
    assert "there already" in refuse(demo_data, "export-task", "demo/stress", *arguments)
    assert list((tmp_path / "full").iterdir()) == [tmp_path / "full" / "file"]
    said = refuse(demo_data, "export-task", "demo/stres", "--as", "jsonl")
    assert "demo/stress" in said
