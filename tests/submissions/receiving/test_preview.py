from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Sequence
from dataclasses import asdict, replace

import pytest

from scoring.bartscore import BartModel
from scoring.tasks import Task
from submissions.declarations.settings import TINY_CHECKPOINT
from submissions.receiving.examination import Examined, examine_apart, gold_of, new_workspace
from submissions.receiving.formats.row import Row
from submissions.receiving.preview import Preview, preview
from submissions.receiving.validate import check
from submissions.store.files.outputs import Thoughts
from submissions.store.folder import DataFolder
from submissions.store.submitted.submissions import submissions
from submissions.teams.limits import load_limits
from tests.boards import demo_board, gold_rows

TASK = "demo/stress"


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, Task]) -> DataFolder:
    return demo_board(tmp_path_factory.mktemp("preview") / "data", tasks, ["stress", "wellness"])


def look(board: DataFolder, rows: Sequence[dict[str, str]], name: str = "o.csv") -> Examined:
    upload = new_workspace(board) / "upload"
    with upload.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return examine_apart(board, upload, "demo", load_limits(board), name)


def test_it_says_what_was_read_before_anything_is_stored(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    rows = gold_rows(board, tasks[TASK])
    rows[0]["output"] = rows[1]["output"] = "It is hard to say. <b>Really</b>"
    rows[2]["output"] += " and on it went" * 200
    before = submissions(board)
    seen = look(board, rows).preview
    assert seen.accepted
    (stress,) = seen.tasks
    assert stress.task == TASK
    assert (stress.rows, stress.expected, stress.repetitions) == (40, 40, 1)
    assert stress.parse_rate == 38 / 40
    assert sum(stress.rules.values()) == 38
    assert sum(stress.unparsed.values()) == 2
    assert [example.output for example in stress.examples] == [rows[0]["output"]] * 2
    assert {count.label: count.gold for count in stress.labels} == _support(board, tasks)
    assert sum(count.read for count in stress.labels) == 38
    assert stress.repeated == 2
    assert seen.without_rows == {"demo/wellness": 40}
    assert submissions(board) == before


def test_it_shows_the_stages_of_reading_with_a_few_rows_each(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    rows = gold_rows(board, tasks[TASK])
    for row in rows[:5]:
        row["output"] = f"<think>One two three.</think>{row['output']}"
    rows[5]["output"] = "I cannot answer that."
    rows[6]["output"] = "<think>One two three four five"
    seen = look(board, rows).preview
    (stress,) = seen.tasks
    assert (stress.refused, stress.cut_off) == (1, 1)
    assert stress.thoughts == Thoughts(rows=6, median=3, longest=5)
    assert stress.stages["channel: think"] == 6
    assert stress.stages["refusal"] == 1
    thoughts = [shown for shown in stress.shown if shown.stage == "channel: think"]
    assert [shown.cut for shown in thoughts] == ["One two three."] * 3
    first = rows[0]["output"].removeprefix("<think>One two three.</think>")
    assert (thoughts[0].example_id, thoughts[0].left) == (rows[0]["example_id"], first)
    assert any("1 of 40 outputs ends within a thought" in note for note in seen.notes)


def _support(board: DataFolder, tasks: dict[str, Task]) -> dict[str, int]:
    gold = [example.gold for example in gold_of(board, tasks, "demo")[TASK]]
    return {label: gold.count(label) for label in tasks[TASK].label_names}


def test_truncations_are_those_that_the_model_makes(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    model = BartModel(str(TINY_CHECKPOINT), dtype="float32", device="cpu")
    rows = gold_rows(board, tasks[TASK])
    for n, row in enumerate(rows):
        row["output"] += " so it went, day by day" * (n * 5)
    texts = [row["output"] for row in rows]
    expected = model.scorer().count_truncated(texts)
    assert 0 < expected < 40
    stress = next(task for task in look(board, rows).preview.tasks if task.task == TASK)
    assert stress.truncated == expected


def test_problems_are_all_there_and_nothing_is_kept(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    rows = gold_rows(board, tasks[TASK])[:38]
    found = look(board, [*rows, {**rows[0], "task": "demo/stres"}], name="../../<b>.csv")
    assert not found.preview.accepted
    assert found.outputs is None
    assert {problem.field for problem in found.preview.problems} == {"task", "example_id"}
    assert found.preview.problems[0].file.endswith("<b>.csv")


def test_it_survives_the_way_through_another_process(
    board: DataFolder, tasks: dict[str, Task]
) -> None:
    seen = look(board, gold_rows(board, tasks[TASK])).preview
    assert Preview.from_json(json.loads(json.dumps(asdict(seen)))) == seen


def test_nothing_of_private_gold_is_told(board: DataFolder, tasks: dict[str, Task]) -> None:
    private = {**tasks, TASK: replace(tasks[TASK], gold_public=False)}
    gold = gold_of(board, tasks, "demo")
    for golden in ("yes", "no"):
        rows = [
            Row("stress.csv", n, TASK, e.example_id, "Yes.", golden=golden)
            for n, e in enumerate(gold[TASK], start=2)
        ]
        seen = preview(check(rows, gold, private, "demo"), gold, private, "demo", board.path)
        assert not seen.problems, "whether a guess at the gold is right is not said"
        stress = next(task for task in seen.tasks if task.task == TASK)
        assert {count.gold for count in stress.labels} == {None}


def test_a_reader_that_takes_too_much_is_a_problem_of_the_file(board: DataFolder) -> None:
    limits = load_limits(board)
    upload = new_workspace(board) / "upload"
    row = b"demo/stress,stress-001,%d," + b"word " * 10_000 + b"\n"
    upload.write_bytes(
        gzip.compress(
            b"task,example_id,repetition,output\n" + b"".join(row % n for n in range(90)), 1
        )
    )
    assert "twice" not in str(
        examine_apart(board, upload, "demo", limits, "o.csv.gz").preview.problems
    )
    for tight in (
        replace(limits, check=replace(limits.check, memory_mb=120)),
        replace(limits, check=replace(limits.check, seconds=0)),
    ):
        found = examine_apart(board, upload, "demo", tight, "o.csv.gz")
        assert found.outputs is None
        (problem,) = found.preview.problems
        assert "could not be read within" in problem.problem
        assert problem.file == "o.csv.gz"
        assert "one task at a time" in problem.hint
