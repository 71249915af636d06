"""A redacted example counts for no system, whenever it was scored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scoring.metrics import metric
from scoring.tasks import Task
from submissions.life.takedown import redact_example, redact_output
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.files.outputs import read_outputs
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.store.released.scored_rows import CellRow
from submissions.store.released.serving import current_release
from submissions.store.submitted.submissions import submissions
from tests.boards import a_run, build_content, demo_board, gold_rows, submit, workplace
from tests.boards import publish_with_blanks as publish

NAMES = (
    "weighted_f1",
    "accuracy",
    "rouge1",
    "bleu",
    "words",
    "bartscore_hyp_to_ref",
    "bartscore_src_to_hyp",
)
FEW = tuple(metric(name) for name in NAMES)
TASK = "demo/stress"
GONE = 12


@pytest.fixture
def folder(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    return demo_board(tmp_path / "data", tasks, ["stress"])


def score(folder: DataFolder, tasks: dict[str, Task]) -> None:
    place = workplace(folder, tasks)
    run(place, plan(place, metrics=FEW), LocalEngine(), a_run(folder))


def test_the_same_outputs_score_the_same_before_and_after(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    rows = gold_rows(folder, tasks[TASK])
    submit(folder, tasks, tmp_path, rows, system="before")
    score(folder, tasks)
    publish(folder, tasks, "tester", "first")
    for example in PostStore(folder.posts).examples(tasks[TASK])[:GONE]:
        redact_example(folder, tasks, TASK, example.example_id, "tester", "the poster asked")
    submit(folder, tasks, tmp_path, rows, system="after")
    score(folder, tasks)
    changes = publish(folder, tasks, "tester", "posts were redacted").changes
    release = current_release(folder)
    first, second = (cells_of(folder, name) for name in ("before", "after"))
    for name in NAMES:
        assert essence(first[name]) == pytest.approx(essence(second[name]), abs=1e-6), name
        assert first[name].signature == second[name].signature
        assert first[name].signature.endswith(f"|redacted:{GONE}")
        assert (first[name].n, first[name].n_absent) == (len(rows) - GONE, 0)
    assert f"{GONE} of its {len(rows)} examples were redacted" in str(
        release.tasks("demo")[0].known_problems
    )
    assert {"changed value", "changed details"} & {change.kind for change in changes}


def cells_of(folder: DataFolder, system: str) -> dict[str, CellRow]:
    release = current_release(folder)
    (mine,) = [row.id for row in release.systems("demo") if row.system == system]
    return {cell.metric: cell for cell in release.cells(task=TASK) if cell.system == mine}


def essence(cell: CellRow) -> tuple[float, float, float]:
    assert cell.value is not None
    return cell.value, cell.low or 0.0, cell.high or 0.0


def test_what_is_of_several_posts_is_said_of_nobody_once_one_is_gone(
    tmp_path: Path, tasks: dict[str, Task]
) -> None:
    """Who comes later has other near-duplicates than who came before."""
    task, near = tasks["demo/low-mood"], metric("flip_rate_near_posts")
    folder = demo_board(tmp_path / "data", tasks, ["low-mood"])
    rows = gold_rows(folder, task)

    def told(system: str) -> set[tuple[str, float | None]]:
        submit(folder, tasks, tmp_path, rows, system=system)
        place = workplace(folder, tasks)
        run(place, plan(place, metrics=(near,)), LocalEngine(), a_run(folder))
        content = build_content(folder, tasks)
        names = {row.id: row.system for row in content.systems}
        return {
            (names[cell.system], cell.value) for cell in content.cells if cell.metric == near.name
        }

    assert ("before", 0.0) in told("before")
    redact_example(folder, tasks, task.id, rows[-1]["example_id"], "tester", "the poster asked")
    assert told("after") == set()


def test_a_reference_is_gone_from_outputs_about_other_examples_too(
    folder: DataFolder, tasks: dict[str, Task]
) -> None:
    example = PostStore(folder.posts).examples(tasks[TASK])[0]
    assert example.reference
    assert sum(example.reference in text for text in everything_said(folder)) > 1, (
        "a baseline shuffles references"
    )
    redact_example(folder, tasks, TASK, example.example_id, "tester", "the poster asked")
    assert not any(
        example.reference in text or example.post in text for text in everything_said(folder)
    )


def everything_said(folder: DataFolder) -> list[str]:
    return [
        text
        for one in submissions(folder)
        for run in read_outputs(folder.files / f"{one.outputs}.parquet").runs
        for part in (
            run.outputs,
            run.explanations_given,
            [reading.explanation for reading in run.readings],
        )
        for text in part
        if text
    ]


def test_a_redacted_output_is_absent_and_not_an_empty_answer(
    folder: DataFolder, tasks: dict[str, Task], tmp_path: Path
) -> None:
    """An empty answer would be read by the published rule, which has a label for everything."""
    rows = [row | {"label": "", "explanation": ""} for row in gold_rows(folder, tasks[TASK])]
    mine = submit(folder, tasks, tmp_path, rows).submission
    redact_output(folder, mine, TASK, rows[0]["example_id"], "tester", "it named a person")
    (kept,) = [one for one in submissions(folder) if one.id == mine.id]
    (run_kept,) = read_outputs(folder.files / f"{kept.outputs}.parquet").runs
    assert run_kept.outputs[0] is None
    assert run_kept.readings[0].label is not None
    assert replace(run_kept.readings[0], explanation=None) == run_kept.readings[0]
