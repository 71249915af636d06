"""Sets that are published as a JSON list of rows, on invented files of that shape."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scoring.tasks import Task
from submissions.benchmarks.gold_table import BenchmarkError
from submissions.benchmarks.importing import import_gold
from submissions.benchmarks.json_sets import import_json
from submissions.store.database import prepare
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder

LABELLED = [
    {
        "index": 7,
        "query": 'Consider this post: "Six closes in a row." Question: Is it stress?',
        "response": "work. Reasoning: They are on the rota again.",
        "label": "work",
    },
    {"index": 8, "query": "My rent is late.", "response": "money. Reasoning: R.", "label": None},
]
ANSWERED = [
    {"id": "a", "query": "I cannot sleep.", "reference_answer": "Try a walk. Reasoning: R."}
]


def written(folder: Path, rows: Any) -> Path:
    path = folder / "set.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


@pytest.fixture
def cause(tasks: dict[str, Task]) -> Task:
    return tasks["demo/stress-cause"]


def test_rows_with_a_response_and_a_label(tmp_path: Path, cause: Task) -> None:
    imported = import_json(written(tmp_path, LABELLED), cause)
    first, second = imported.examples
    assert (first.example_id, first.gold, first.post) == (
        "stress-cause-7",
        "work",
        "Six closes in a row.",
    )
    assert first.reference == "They are on the rota again."
    assert first.reference_full == LABELLED[0]["response"]
    # Where no label stands beside it, the response's own counts; a query of another form is the post.
    assert (second.gold, second.post) == ("money", "My rent is late.")
    assert any("no file at hand proves" in note for note in imported.notes)


def test_rows_with_an_answer_alone(tmp_path: Path, cause: Task) -> None:
    summary = replace(cause, kind="summary", labels=(), class_labels=())
    (example,) = import_json(written(tmp_path, ANSWERED), summary).examples
    assert (example.example_id, example.gold) == ("stress-cause-a", "")
    assert example.reference == example.reference_full == ANSWERED[0]["reference_answer"]


def test_several_labels_of_a_row(tmp_path: Path, tasks: dict[str, Task]) -> None:
    row = {"query": "q", "response": "", "label": ["hope", "sadness"]}
    (example,) = import_json(written(tmp_path, [row]), tasks["demo/feelings"]).examples
    assert example.gold == "sadness; hope"


def test_every_fault_is_named_and_nothing_is_stored(tmp_path: Path, cause: Task) -> None:
    rows = [*LABELLED, {"text": "no query"}, 3, {**LABELLED[0], "label": "boredom"}]
    with pytest.raises(BenchmarkError) as refused:
        import_json(written(tmp_path, rows), cause)
    assert [fault.line for fault in refused.value.faults] == [3, 4, 5]
    for content in ("[]", "{}", "[", "[" * 100_000):
        (tmp_path / "set.json").write_text(content, encoding="utf-8")
        with pytest.raises(BenchmarkError, match=r"set\.json: (must be|cannot be read)"):
            import_json(tmp_path / "set.json", cause)


def test_the_command_takes_it(tmp_path: Path, tasks: dict[str, Task], cause: Task) -> None:
    folder = DataFolder(tmp_path / "data")
    prepare(folder)
    said = import_gold(folder, tasks, cause.id, written(tmp_path, LABELLED))
    assert any("2 rows" in line for line in said)
    assert len(PostStore(folder.posts).examples(cause)) == 2


def test_half_of_a_surrogate_pair_is_a_fault(tasks: dict[str, Task], tmp_path: Path) -> None:
    path = written(tmp_path, [{**LABELLED[0], "response": "work. Reasoning: \ud800."}, *LABELLED])
    with pytest.raises(BenchmarkError, match=r"\[0\]\.response: holds half of a surrogate pair"):
        import_json(path, tasks["demo/stress"])
