"""A task that asks for a text alone, from its file to the release."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scoring.metrics import metric
from scoring.tasks import Task
from submissions.benchmarks.gold_files import import_csv
from submissions.benchmarks.importing import store_gold
from submissions.problems import SubmissionRefused
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.database import prepare
from submissions.store.folder import DataFolder
from tests.boards import a_run, build_content, gold_rows, submit, workplace

TASK = "demo/summary"
FEW = ("rougel_recall", "rouge1", "words", "own_words")


@pytest.fixture
def summarised(tasks: dict[str, Task]) -> dict[str, Task]:
    kind = {"kind": "summary", "labels": (), "concept": (), "headline": "rougel_recall"}
    return {TASK: replace(tasks["demo/stress"], id=TASK, expected_size=12, sha256=None, **kind)}


def filled(path: Path, tasks: dict[str, Task]) -> DataFolder:
    folder = DataFolder(path / "data")
    prepare(folder)
    rows = [f"{i},Day {i}: I slept badly and {i} shifts came.,Bad sleep {i}." for i in range(12)]
    file = path / "summary.csv"
    file.write_text("\n".join(["id,text,reference", *rows, ""]), encoding="utf-8")
    store_gold(folder, tasks, [import_csv(file, tasks[TASK])])
    return folder


def test_from_the_file_to_the_release(tmp_path: Path, summarised: dict[str, Task]) -> None:
    folder = filled(tmp_path, summarised)
    rows = gold_rows(folder, summarised[TASK])
    rows[0]["output"] = ""
    accepted = submit(folder, summarised, tmp_path, rows)
    place = workplace(folder, summarised)
    run(place, plan(place, metrics=tuple(map(metric, FEW))), LocalEngine(), a_run(folder))
    content = build_content(folder, summarised)
    cells = {cell.metric: cell for cell in content.cells if cell.system == accepted.submission.id}
    assert (cells["rougel_recall"].value, cells["rougel_recall"].n) == (1, 11)
    assert cells["rougel_recall"].n_absent == 1
    assert "accuracy" not in cells
    assert not content.confusions
    (task,) = content.tasks
    assert (task.kind, task.labels, task.classes) == ("summary", [], {})


def test_a_label_is_none_of_its_answers(tmp_path: Path, summarised: dict[str, Task]) -> None:
    folder = filled(tmp_path, summarised)
    rows = [{**row, "label": "yes"} for row in gold_rows(folder, summarised[TASK])]
    with pytest.raises(SubmissionRefused, match=f"not a label of {TASK}"):
        submit(folder, summarised, tmp_path, rows)
