"""How often labels are not the same over runs, by hand and against scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import zero_one_loss

from scoring.extraction import read
from scoring.instruments import Instruments
from scoring.metric import Scored
from scoring.metrics import metric
from scoring.score import assemble, score
from scoring.segments import Example, Segments
from scoring.statistics import wilson
from scoring.tasks import Task

RUNS = {
    ("plain", "1"): "yynnu",
    ("plain", "2"): "yyynu",
    ("warm", "1"): "ynnnu",
    ("warm", "2"): "ynnny",
}
"""Prompt and seed -> five labels ("u": unparsed); a block of posts is as one of them."""
LABELS = {"y": "yes", "n": "no", "u": None}


@pytest.fixture
def task(tasks: dict[str, Task]) -> Task:
    return tasks["demo/stress"]


def runs_of(task: Task, runs: dict[tuple[str, str], str], blocks: int = 4) -> list[Segments]:
    size = blocks * len(next(iter(runs.values())))
    examples = tuple(Example(f"e{i}", f"p{i}", "", "A post.", "yes") for i in range(size))
    nothing = read(task, output="")
    return [
        Segments(
            task,
            examples,
            (None,) * size,
            tuple(replace(nothing, label=LABELS[label]) for label in labels * blocks),
            named,
        )
        for named, labels in runs.items()
    ]


def rate(name: str, runs: Sequence[Segments]) -> Scored:
    return score(metric(name), runs, Instruments())


def test_an_example_flips_where_any_run_gives_another_label(task: Task) -> None:
    """Unparsed in every run is the same in every run."""
    found = rate("flip_rate", runs_of(task, RUNS))
    assert found.items[0, :5, 0].tolist() == [0, 1, 1, 0, 1]
    assert (found.value, found.n, found.sd) == (pytest.approx(0.6), 20, None)
    expected = wilson(12, 20)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_two_runs_flip_where_scikit_learn_calls_one_wrong(task: Task) -> None:
    labels = [[*"yynnu" * 4], [*"ynnny" * 4]]
    names = dict(zip((("a", ""), ("b", "")), map("".join, labels), strict=True))
    pair = runs_of(task, names, blocks=1)
    assert rate("flip_rate", pair).value == pytest.approx(zero_one_loss(*labels))


def test_prompts_are_held_against_each_other_by_the_same_seed_and_seeds_by_the_same_prompt(
    task: Task,
) -> None:
    runs = runs_of(task, RUNS)
    prompts, seeds = rate("flip_rate_prompts", runs), rate("flip_rate_seeds", runs)
    assert prompts.items[0, :5, 0].tolist() == [0, 1, 0.5, 0, 0.5]
    assert seeds.items[0, :5, 0].tolist() == [0, 0, 0.5, 0, 0.5]
    assert (prompts.value, seeds.value) == (pytest.approx(0.4), pytest.approx(0.2))


def test_there_is_none_where_no_runs_can_be_held_against_each_other(task: Task) -> None:
    runs = runs_of(task, RUNS)
    unnamed = [replace(run, named=None) for run in runs]
    for name, given in (
        ("flip_rate", runs[:1]),
        ("flip_rate_seeds", [runs[0], runs[2]]),
        ("flip_rate_prompts", runs[:2]),
        ("flip_rate_prompts", unnamed),
    ):
        found = rate(name, given)
        assert (found.value, found.low, found.n) == (None, None, 0)
    assert rate("flip_rate", unnamed).value == pytest.approx(0.6)


def test_no_flip_at_all_is_bounded_and_not_certain(task: Task) -> None:
    same = runs_of(task, dict.fromkeys(RUNS, "yynnu"))
    found = rate("flip_rate", same)
    assert (found.value, found.low) == (0.0, 0.0)
    assert 0.1 < found.high < 0.2, "20 posts"


def test_stored_statistics_say_the_same_without_the_texts(task: Task) -> None:
    runs = runs_of(task, RUNS)
    found = rate("flip_rate", runs)
    again = assemble(metric("flip_rate"), runs[:1], list(found.items))
    assert (again.value, again.low, again.high) == (found.value, found.low, found.high)
    assert np.array_equal(again.items, found.items)
