"""A release says beside its values what was refused, cut off and thought, and how far prompts and
seeds are apart.
"""

from __future__ import annotations

from math import sqrt
from statistics import stdev, variance

import pytest

from scoring.metrics import metric
from scoring.metrics.flip_rate import FLIP_RATES
from scoring.tasks import Task
from submissions.rescoring.engines.local import LocalEngine
from submissions.rescoring.pending import plan
from submissions.rescoring.worker import run
from submissions.store.released.release_rows import ReleaseContent
from submissions.store.released.scored_rows import CellRow
from tests.boards import a_run, build_content, demo_board, gold_rows, submit, workplace

TASK, REPOSTED = "demo/loneliness", "demo/low-mood"
NEAR = "flip_rate_near_posts"
WRONG = {("a", "1"): 4, ("a", "2"): 8, ("b", "1"): 12, ("b", "2"): 24}
"""Prompt and seed -> how many of forty answers are refusals, which count as wrong."""


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, Task]) -> ReleaseContent:
    path = tmp_path_factory.mktemp("counted")
    folder = demo_board(path / "data", tasks, ["loneliness", "low-mood"])
    gold = gold_rows(folder, tasks[TASK])
    rows = [
        {
            **row,
            "output": "I cannot answer that." if place < wrong else row["output"],
            "prompt": prompt,
            "seed": seed,
        }
        for (prompt, seed), wrong in WRONG.items()
        for place, row in enumerate(gold)
    ]
    submit(folder, tasks, path, rows, system="prompts and seeds")
    cut = [{**row, "output": "<think>One two three."} for row in gold[:10]]
    submit(folder, tasks, path, [*cut, *gold[10:]], system="cut off")
    reposted = gold_rows(folder, tasks[REPOSTED])
    wavering = [{**row, "output": "Hard to say."} for row in reposted[-4:]]
    submit(folder, tasks, path, [*reposted[:-4], *wavering], system="wavering")
    place = workplace(folder, tasks)
    metrics = (metric("accuracy"), *FLIP_RATES, metric(NEAR))
    run(place, plan(place, metrics=metrics), LocalEngine(), a_run(folder))
    return build_content(folder, tasks)


def accuracy(content: ReleaseContent, system: str) -> CellRow:
    return cell_of(content, system, "accuracy")


def cell_of(content: ReleaseContent, system: str, metric: str, task: str = TASK) -> CellRow:
    ids = {row.system: row.id for row in content.systems}
    wanted = (ids[system], task, metric)
    (found,) = [c for c in content.cells if (c.system, c.task, c.metric) == wanted]
    return found


def test_the_spread_over_prompts_and_over_seeds(content: ReleaseContent) -> None:
    """By hand: .9 and .8 with prompt a, .7 and .4 with prompt b."""
    cell = accuracy(content, "prompts and seeds")
    assert cell.value == pytest.approx(0.7)
    assert cell.sd_prompts == pytest.approx(stdev([0.85, 0.55]))
    # Two prompts with a degree of freedom each.
    assert cell.sd_seeds == pytest.approx(sqrt((variance([0.9, 0.8]) + variance([0.7, 0.4])) / 2))
    (mean,) = [
        row for row in content.overall if (row.system, row.metric) == (cell.system, cell.metric)
    ]
    assert mean.sd == pytest.approx(cell.sd) == pytest.approx(stdev([0.9, 0.8, 0.7, 0.4]))
    single = accuracy(content, "cut off")
    assert (single.sd_prompts, single.sd_seeds) == (None, None)


def test_labels_that_flip_over_runs_prompts_and_seeds(content: ReleaseContent) -> None:
    """By hand: 4, 8, 12 and 24 of 40 unparsed, always the first ones."""
    values = {
        name: cell_of(content, "prompts and seeds", name)
        for name in ("flip_rate", "flip_rate_prompts", "flip_rate_seeds")
    }
    assert values["flip_rate"].value == pytest.approx((24 - 4) / 40)
    assert values["flip_rate_prompts"].value == pytest.approx((8 + 16) / 2 / 40)
    assert values["flip_rate_seeds"].value == pytest.approx((4 + 12) / 2 / 40)
    for cell in values.values():
        assert cell.low < cell.value < cell.high
        assert (cell.repetitions, cell.n, cell.sd) == (4, 40, None)
    single = cell_of(content, "cut off", "flip_rate")
    assert (single.value, single.why_blank) == (None, "one output an example")


def test_no_column_of_flips_where_every_system_ran_once(content: ReleaseContent) -> None:
    assert {"flip_rate", "flip_rate_prompts"} <= {row.name for row in content.metrics}


def test_flips_over_near_duplicates_are_of_the_tasks_that_have_such(
    content: ReleaseContent,
) -> None:
    """The last ten posts of low mood are others' reposts; four of them are answered otherwise."""
    cell = cell_of(content, "wavering", NEAR, REPOSTED)
    assert (cell.value, cell.n) == (pytest.approx(0.4), 10)
    # Wilson's interval of 4 of 10.
    assert (cell.low, cell.high) == (
        pytest.approx(0.1682, abs=1e-4),
        pytest.approx(0.6873, abs=1e-4),
    )
    # Loneliness has none: no cell that reads as if its value were coming, and no part in the mean.
    assert {row.task for row in content.cells if row.metric == NEAR} == {REPOSTED}
    (mean,) = [row for row in content.overall if (row.system, row.metric) == (cell.system, NEAR)]
    assert (mean.value, mean.covered, mean.total) == (pytest.approx(0.4), 1, 1)


def test_what_was_refused_and_cut_off_stands_beside_what_is_unparsed(
    content: ReleaseContent,
) -> None:
    cell = accuracy(content, "prompts and seeds")
    assert (cell.n_unparsed, cell.n_refused, cell.n_cut_off) == (24, 24, 0), "the worst run"
    cell = accuracy(content, "cut off")
    assert (cell.n_unparsed, cell.n_refused, cell.n_cut_off) == (10, 0, 10)


def test_how_long_a_systems_thoughts_are(content: ReleaseContent) -> None:
    thoughts = {row.system: row.thoughts for row in content.systems}
    assert thoughts["cut off"] == {TASK: {"rows": 10, "median": 3, "longest": 3}}
    assert thoughts["prompts and seeds"] == {}
