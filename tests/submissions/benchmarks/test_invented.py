"""The demonstration's invented systems: each is one of its own, and one has several runs."""

from __future__ import annotations

import pytest

from scoring.tasks import Task
from submissions.benchmarks.gold_files import import_csv
from submissions.benchmarks.invented import submit_invented
from submissions.store.files.outputs import run_names, segments
from submissions.store.folder import DataFolder
from submissions.store.submitted.submissions import Submission
from tests.boards import TEXTS, demo_board

NAMES = ("loneliness", "feelings")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, Task]) -> DataFolder:
    return demo_board(tmp_path_factory.mktemp("invented") / "data", tasks, NAMES)


@pytest.fixture(scope="module")
def invented(folder: DataFolder, tasks: dict[str, Task]) -> list[Submission]:
    return submit_invented(folder, tasks, "demo")


def test_no_two_are_alike_and_all_answer_every_task(
    folder: DataFolder, invented: list[Submission], tasks: dict[str, Task]
) -> None:
    assert len({system.system for system in invented}) == len(invented) == 4
    for name in NAMES:
        task = tasks[f"demo/{name}"]
        gold = import_csv(TEXTS / f"{name}.csv", task).examples
        read = [segments(folder.outputs(system.outputs), task, gold)[0] for system in invented]
        assert len({each.outputs for each in read}) == 4
        for each in read:
            assert not [reading for reading in each.readings if reading.label is None]
            right = sum(
                reading.label == example.gold
                for reading, example in zip(each.readings, gold, strict=True)
            )
            assert 20 <= right < 40


def test_one_ran_in_three_wordings_with_two_seeds(
    folder: DataFolder, invented: list[Submission], tasks: dict[str, Task]
) -> None:
    (several,) = [system for system in invented if set(system.tasks.values()) == {6}]
    names = run_names(folder.outputs(several.outputs))["demo/loneliness"]
    assert names == [
        (prompt, seed)
        for prompt in ("zero-shot", "zero-shot-q2", "zero-shot-q3")
        for seed in ("1", "2")
    ]
    gold = import_csv(TEXTS / "loneliness.csv", tasks["demo/loneliness"]).examples
    runs = segments(folder.outputs(several.outputs), tasks["demo/loneliness"], gold)
    flips = sum(
        len({reading.label for reading in each}) > 1
        for each in zip(*(r.readings for r in runs), strict=True)
    )
    assert 5 < flips < 35


def test_submitted_again_they_are_the_same(
    folder: DataFolder, invented: list[Submission], tasks: dict[str, Task]
) -> None:
    assert [each.id for each in submit_invented(folder, tasks, "demo")] == [
        each.id for each in invented
    ]
