"""A file for another benchmark than was said is one mistake, and one that names none is taken for
what it plainly is.
"""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from scoring.tasks import Task
from submissions.benchmarks.gold_files import import_csv
from submissions.problems import Problem
from submissions.receiving.examination import examine_apart, new_workspace
from submissions.receiving.intake import check_file
from submissions.store.files.posts import PostStore
from submissions.store.folder import DataFolder
from submissions.teams.limits import load_limits
from tests.boards import TEXTS, demo_board, gold_rows


@pytest.fixture
def both(tmp_path: Path, tasks: dict[str, Task]) -> tuple[DataFolder, dict[str, Task]]:
    """The demonstration's tasks, and a benchmark `imhi-expert` of other texts in sets of the same
    names.
    """
    own = {
        f"imhi-expert/{name}": replace(tasks[f"demo/{source}"], id=f"imhi-expert/{name}")
        for name, source in {"stress": "low-mood", "loneliness": "stress"}.items()
    }
    tasks = {**{name: task for name, task in tasks.items() if task.benchmark == "demo"}, **own}
    folder = demo_board(tmp_path / "data", tasks, ["stress", "loneliness"])
    store = PostStore(folder.posts)
    for name, source in {"stress": "low-mood", "loneliness": "stress"}.items():
        task = tasks[f"imhi-expert/{name}"]
        store.write(task, import_csv(TEXTS / f"{source}.csv", task))
    return folder, tasks


def generations(folder: DataFolder, tasks: dict[str, Task], where: Path, benchmark: str) -> Path:
    """A folder as the benchmark's own script writes it, answered as gold is."""
    where.mkdir()
    for name in ("stress", "loneliness"):
        with (where / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["goldens", "generated_text"])
            rows = gold_rows(folder, tasks[f"{benchmark}/{name}"])
            writer.writerows([row["output"], row["output"]] for row in rows)
    return where


def problems(
    board: tuple[DataFolder, dict[str, Task]], path: Path, benchmark: str | None
) -> tuple[Problem, ...]:
    return check_file(*board, path, benchmark).problems


def test_another_benchmarks_folder_is_one_problem_that_names_it(
    both: tuple[DataFolder, dict[str, Task]], tmp_path: Path
) -> None:
    sent = generations(*both, tmp_path / "sent", "imhi-expert")
    assert not problems(both, sent, "imhi-expert")
    (problem,) = problems(both, sent, "demo")
    assert "looks like imhi-expert (80 of 80 rows fit it); 0 fit demo" in problem.problem
    assert "--benchmark imhi-expert" in problem.hint


def test_without_a_benchmark_it_is_taken_for_what_it_is(
    both: tuple[DataFolder, dict[str, Task]], tmp_path: Path
) -> None:
    checked = check_file(*both, generations(*both, tmp_path / "sent", "imhi-expert"))
    assert checked.accepted
    assert checked.tasks == ("imhi-expert/loneliness", "imhi-expert/stress")
    assert "submit it with --benchmark imhi-expert" in checked.notes[-1].text


def test_rows_that_name_another_benchmarks_tasks_are_one_problem(
    both: tuple[DataFolder, dict[str, Task]], tmp_path: Path
) -> None:
    folder, tasks = both
    path = tmp_path / "outputs.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, ["task", "example_id", "output"])
        writer.writeheader()
        for name in ("stress", "loneliness"):
            writer.writerows(gold_rows(folder, tasks[f"demo/{name}"]))
    (problem,) = problems(both, path, "imhi-expert")
    assert "looks like demo (80 of 80 rows fit it)" in problem.problem
    assert not problems(both, path, None)


def test_a_harnesss_samples_are_recognised_by_their_ids(
    both: tuple[DataFolder, dict[str, Task]], tmp_path: Path
) -> None:
    """The ids of `low-mood`, which stands here under imhi-expert alone."""
    folder, tasks = both
    examples = PostStore(folder.posts).examples(tasks["imhi-expert/stress"])
    path = tmp_path / "samples.jsonl"
    lines = ({"doc": {"id": one.example_id}, "resps": [["Yes."]]} for one in examples)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    (problem,) = problems(both, path, "demo")
    assert "looks like imhi-expert (40 of 40 rows fit it); 0 fit demo" in problem.problem
    assert not problems(both, path, "imhi-expert")


def test_what_fits_two_benchmarks_or_none_is_said_as_before(
    both: tuple[DataFolder, dict[str, Task]], tmp_path: Path
) -> None:
    folder, tasks = both
    sent = generations(*both, tmp_path / "sent", "demo")
    lines = (sent / "stress.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (sent / "loneliness.csv").unlink()
    (sent / "stress.csv").write_text("".join([lines[0], *lines[2:]]), encoding="utf-8")
    assert any("shifted by +1" in one.hint for one in problems(both, sent, "demo"))
    for benchmark in ("demo", "imhi-expert"):
        found = problems(both, sent, benchmark)
        assert len(found) > 1
        assert not any("looks like" in one.problem for one in found)
    twice = dict(tasks)
    twice["own/stress"] = replace(tasks["demo/stress"], id="own/stress")
    store = PostStore(folder.posts)
    store.write(twice["own/stress"], import_csv(TEXTS / "stress.csv", twice["own/stress"]))
    (sent / "stress.csv").write_text("".join(lines), encoding="utf-8")
    (unsaid,) = check_file(folder, twice, sent, None).problems
    assert "does not say which benchmark" in unsaid.problem


def test_private_gold_is_not_told_by_what_fits(
    both: tuple[DataFolder, dict[str, Task]], tmp_path: Path
) -> None:
    """Whatever stands beside the outputs: a set of as many rows fits, and no other number does."""
    folder, tasks = both
    tasks = {
        name: replace(task, gold_public=task.benchmark == "demo") for name, task in tasks.items()
    }
    sent = tmp_path / "sent"
    sent.mkdir()
    for rows, said in ((40, "looks like imhi-expert (40 of 40"), (39, "differs from the gold")):
        text = "goldens,generated_text\n" + 'a guess,"Yes, it does."\n' * rows
        (sent / "stress.csv").write_text(text, encoding="utf-8")
        found = check_file(folder, tasks, sent, "demo").problems
        assert any(said in one.problem for one in found)
        assert (len(found) == 1) == (rows == 40)


def test_the_pages_and_the_api_look_in_the_same_way(
    board_with_posts: DataFolder, tasks: dict[str, Task]
) -> None:
    workspace = new_workspace(board_with_posts)
    upload = workspace / "upload"
    rows = gold_rows(board_with_posts, tasks["demo/stress"])
    with upload.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    found = examine_apart(board_with_posts, upload, "imhi", load_limits(board_with_posts), "o.csv")
    (problem,) = found.preview.problems
    assert (problem.field, problem.value) == ("benchmark", "imhi")
    assert "looks like demo" in problem.problem
    assert found.outputs is None


@pytest.fixture
def board_with_posts(tmp_path: Path, tasks: dict[str, Task]) -> DataFolder:
    return demo_board(tmp_path / "plain", tasks, ["stress"])
