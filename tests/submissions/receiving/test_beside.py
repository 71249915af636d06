"""What rows say beside their answers: how sure they are, and on which passages they rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scoring.metrics import metric
from scoring.tasks import Task
from submissions.problems import SubmissionRefused
from submissions.receiving.evidence import passages_in
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.files.outputs import read_outputs, without_texts
from tests.boards import a_run, build_content, demo_board, gold_rows, submit, workplace

TASK = "demo/stress"


def test_it_is_stored_and_scored_and_no_column_where_nobody_says_it(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    folder = demo_board(tmp_path / "data", tasks, ["stress"])
    place = workplace(folder, tasks)
    few = (metric("brier"), metric("ece"), metric("accuracy"))
    gold = gold_rows(folder, tasks[TASK])
    submit(folder, tasks, tmp_path, gold, system="silent")
    run(place, plan(place, metrics=few), LocalEngine(), a_run(folder))
    assert not {"brier", "ece"} & {row.name for row in build_content(folder, tasks).metrics}
    rows = [{**row, "confidence": "0.75", "evidence": '["a b", [0, 4]]'} for row in gold]
    accepted = submit(folder, tasks, tmp_path, rows, system="sure")
    (stored,) = read_outputs(folder.outputs(accepted.submission.outputs)).runs
    assert {reading.confidence for reading in stored.readings} == {0.75}
    passages = stored.readings[0].evidence
    assert passages is not None
    assert passages[0] == "a b"
    assert len(passages[1]) == 4
    # Passages of a post that is taken down go with it.
    gone = without_texts(stored, [stored.example_ids[0]]).readings
    assert (gone[0].evidence, gone[0].confidence) == (None, 0.75)
    assert gone[1].evidence is not None
    run(place, plan(place, metrics=few), LocalEngine(), a_run(folder))
    content = build_content(folder, tasks)
    cells = {
        (row.system, row.metric): row for row in content.cells if row.metric in ("brier", "ece")
    }
    sure = accepted.submission.id
    assert cells[sure, "brier"].value == pytest.approx(0.25**2)
    assert cells[sure, "ece"].value == pytest.approx(0.25)
    silent = [row for (system, _), row in cells.items() if system != sure]
    assert {(row.value, row.why_blank) for row in silent} == {(None, "no example has a value")}


@pytest.mark.parametrize("sent", ["1.2", "-0.1", "nan", "very", "87%"])
def test_what_is_no_probability_is_refused(
    sent: str, tmp_path: Path, tasks: dict[str, Task]
) -> None:
    folder = demo_board(tmp_path / "data", tasks, ["stress"])
    rows = [{**row, "confidence": sent} for row in gold_rows(folder, tasks[TASK])]
    with pytest.raises(SubmissionRefused, match="not a probability"):
        submit(folder, tasks, tmp_path, rows)


@pytest.mark.parametrize(
    ("cell", "passages"),
    [
        (json.dumps(["one", "two", "one", " "]), ["one", "two"]),
        ("[[4, 8], [0, 3]]", ["post", "The"]),
        ("[]", []),
        ("[[4, 99]]", None),
        ("[[4, 4]]", None),
        ("[1]", None),
        ("[[true, 3]]", None),
        ("[[0, true]]", None),
        (r'["\ud800abc"]', None),
        (r'["\ud83d\ude00"]', ["\N{GRINNING FACE}"]),
        ("one", None),
        ('{"a": 1}', None),
        ("[" * 100_000, None),
    ],
)
def test_lists_of_passages(cell: str, passages: list[str] | None) -> None:
    assert passages_in(cell, "The post.") == passages
