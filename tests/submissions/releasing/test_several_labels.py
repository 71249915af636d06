"""A task whose answers have several labels, from its file to the release."""

from __future__ import annotations

from pathlib import Path

import pytest

from scoring.metrics import metric
from scoring.tasks import Task
from submissions.benchmarks.gold_files import import_csv
from submissions.benchmarks.gold_table import BenchmarkError
from submissions.problems import SubmissionRefused
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.files.posts import PostStore
from submissions.store.released.scored_rows import LABEL
from tests.boards import a_run, build_content, demo_board, submit, workplace

FEELINGS = "demo/feelings"
FEW = ("jaccard", "micro_f1", "macro_f1", "accuracy", "parse_rate")


def test_from_the_file_to_the_release(tmp_path: Path, tasks: dict[str, Task]) -> None:
    folder = demo_board(tmp_path / "data", tasks, ["feelings"])
    examples = PostStore(folder.posts).examples(tasks[FEELINGS])
    golds = [example.gold for example in examples]
    assert {"none", "sadness; anger", "hope"} <= set(golds)
    # Every label is named but "worry", by other names and in another order than declared.
    rows = []
    for example in examples:
        names = [name for name in tasks[FEELINGS].labels_of(example.gold) if name != "worry"]
        said = ", ".join(name.title() for name in reversed(names)) or "none"
        rows.append({"task": FEELINGS, "example_id": example.example_id, "label": said})
    accepted = submit(folder, tasks, tmp_path, rows)
    place = workplace(folder, tasks)
    run(place, plan(place, metrics=tuple(map(metric, FEW))), LocalEngine(), a_run(folder))
    content = build_content(folder, tasks)
    cells = {cell.metric: cell for cell in content.cells if cell.system == accepted.submission.id}
    spared = sum("worry" not in gold for gold in golds)
    assert cells["accuracy"].value == pytest.approx(spared / len(golds))
    assert cells["parse_rate"].value == 1
    assert cells["jaccard"].low is not None
    parts = {
        row.attribute_value: row
        for row in content.breakdowns
        if row.system == accepted.submission.id and row.attribute == LABEL
    }
    assert {name: row.value for name, row in parts.items()} == {
        "sadness": 1,
        "anger": 1,
        "worry": 0,
        "hope": 1,
    }
    assert parts["worry"].n == sum("worry" in gold for gold in golds)
    assert {row.metric for row in parts.values()} == {"macro_f1"}
    assert not content.confusions
    (task,) = content.tasks
    assert task.classes["worry"] == parts["worry"].n


def test_a_label_that_is_none_of_the_tasks_is_refused(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    folder = demo_board(tmp_path / "data", tasks, ["feelings"])
    rows = [
        {"task": FEELINGS, "example_id": example.example_id, "label": "sadness; boredom"}
        for example in PostStore(folder.posts).examples(tasks[FEELINGS])
    ]
    with pytest.raises(SubmissionRefused, match="not a label of demo/feelings"):
        submit(folder, tasks, tmp_path, rows)


def test_a_gold_label_that_is_none_of_the_tasks_is_a_fault(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    file = tmp_path / "feelings.csv"
    file.write_text("id,post_id,text,label\n1,,A post.,sadness; boredom\n", encoding="utf-8")
    with pytest.raises(BenchmarkError, match="sadness; boredom"):
        import_csv(file, tasks[FEELINGS])
