"""Tags: checked as a whole, stored once, and broken down by in the next release."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scoring.metrics import metric
from scoring.tasks import Task
from submissions.benchmarks.gold_table import BenchmarkError
from submissions.benchmarks.tags import import_tags
from submissions.problems import SubmissionRefused
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.events import events
from submissions.store.files.arrays import load_array
from submissions.store.folder import DataFolder
from submissions.store.released.serving import current_release
from submissions.store.submitted.tags import tags
from tests.boards import a_run, demo_board, workplace
from tests.boards import publish_with_blanks as publish
from tests.commands import refuse, succeed

STRESS, WELLNESS = "demo/stress", "demo/wellness"


@pytest.fixture
def folder(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    return demo_board(tmp_path / "data", tasks, ["stress", "wellness"])


def write(folder: DataFolder, *rows: str, header: str = "task,example,tag") -> Path:
    path = folder.path / "tags.csv"
    path.write_text("\n".join([header, *rows]), encoding="utf-8-sig")
    return path


def test_importing_twice_changes_nothing_and_is_one_event(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    path = write(
        folder,
        f"{STRESS},stress-001,Sarcasm",
        f"{STRESS},stress-001,implicit  mention",
        f"{STRESS},stress-002,sarcasm ",
    )
    first = import_tags(folder, tasks, path, "tester", "read by two people")
    again = import_tags(folder, tasks, path, "tester", "again")
    assert ((first.rows, first.new), (again.rows, again.new)) == ((3, 3), (3, 0))
    assert [tuple(tag) for tag in tags(folder)] == [
        (STRESS, "stress-001", "implicit mention"),
        (STRESS, "stress-001", "sarcasm"),
        (STRESS, "stress-002", "sarcasm"),
    ]
    event = events(folder)[-1]
    assert (event.kind, event.author, event.subject, event.reason) == (
        "tags",
        "tester",
        "tags.csv",
        "read by two people",
    )
    assert [one.kind for one in events(folder)].count("tags") == 1


def test_every_problem_is_said_and_nothing_is_stored(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    path = write(
        folder,
        f"{STRESS},stress-001,fine",
        "demo/stres,stress-001,sarcasm",
        f"{STRESS},stress-1,sarcasm",
        f"{STRESS},stress-002,  ",
        "demo/low-mood,low-mood-001,sarcasm",
        f"{STRESS},stress-003",
        f"{STRESS},,x",
        f"{STRESS},stress-004,{'long ' * 30}",
    )
    with pytest.raises(SubmissionRefused) as caught:
        import_tags(folder, tasks, path, "tester", "r")
    said = str(caught.value)
    for part in (
        "line 3, task 'demo/stres': not a declared task",
        "did you mean 'demo/stress'?",
        "line 4, example 'stress-1': not an example of demo/stress",
        "did you mean 'stress-001'?",
        "line 5, tag: is empty",
        "line 6, task 'demo/low-mood': its gold data are not imported",
        "line 7, cells '2 cells'",
        "line 8, example: not an example",
        "line 9, tag",
        "too long",
    ):
        assert part in said, part
    assert tags(folder) == ()
    assert not [one for one in events(folder) if one.kind == "tags"]


def test_either_name_of_the_example_column_will_do_and_one_is_needed(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    row = f"sarcasm,stress-001,{STRESS}"
    assert (
        import_tags(folder, tasks, write(folder, row, header="tag,example_id,task"), "t", "r").new
        == 1
    )
    with pytest.raises(SubmissionRefused, match="no column names the example"):
        import_tags(folder, tasks, write(folder, row, header="tag,row,task"), "t", "r")
    with pytest.raises(BenchmarkError, match="header"):
        import_tags(folder, tasks, write(folder, row, header="label,example,task"), "t", "r")
    with pytest.raises(BenchmarkError, match="file"):
        import_tags(folder, tasks, folder.path / "none.csv", "t", "r")


def test_a_release_breaks_every_metric_down_by_tags(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    place = workplace(folder, tasks)
    few = tuple(metric(name) for name in ("accuracy", "words"))
    run(place, plan(place, metrics=few), LocalEngine(), a_run(folder))
    publish(folder, tasks, "tester", "before")
    tagged = [f"stress-{number:03}" for number in range(12, 0, -1)]
    rows = [f"{STRESS},{name},sarcasm" for name in tagged] + [f"{STRESS},stress-001,metaphor"]
    import_tags(
        folder, tasks, write(folder, *rows, f"{WELLNESS},wellness-001,sarcasm"), "tester", "r"
    )
    published = publish(folder, tasks, "tester")
    assert {(change.kind, change.task, change.new) for change in published.changes} == {
        ("changed tag", STRESS, "12 examples"),
        ("changed tag", STRESS, "1 example"),
        ("changed tag", WELLNESS, "1 example"),
    }
    reader = current_release(folder)
    for cell in reader.cells(task=STRESS, metric="words"):
        parts = {
            row.attribute_value: row
            for row in reader.breakdowns(STRESS, "words")
            if (row.system, row.attribute) == (cell.system, "tag")
        }
        assert {name: row.n for name, row in parts.items()} == {"sarcasm": 12, "metaphor": 1}
        words = load_array(folder, str(cell.array))[0, :, 0]
        assert parts["sarcasm"].value == pytest.approx(np.mean(words[:12]))
        assert parts["metaphor"].value is None, "one example is too few for a value"
        assert parts["metaphor"].low is None
    assert {row.attribute for row in reader.breakdowns(WELLNESS, "accuracy")} == {
        "dimension",
        "tag",
    }


def test_the_commands(folder: DataFolder) -> None:
    path = write(folder, f"{STRESS},stress-001,sarcasm", f"{WELLNESS},wellness-002,sarcasm")
    said = succeed(folder.path, "tags", "import", path, "--reason", "read by two people")
    assert "2 rows, 2 new tags" in said
    listed = succeed(folder.path, "tags", "list").splitlines()
    assert [line.split() for line in listed] == [
        [STRESS, "1", "sarcasm"],
        [WELLNESS, "1", "sarcasm"],
    ]
    bad = write(folder, f"{STRESS},stress-999,sarcasm", f"{STRESS},stress-001,")
    assert "2 problems. Nothing is stored" in refuse(
        folder.path, "tags", "import", bad, "--reason", "r"
    )
