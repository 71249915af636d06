from __future__ import annotations

import numpy as np
import pytest

from scoring.statistics import (
    TaskSums,
    contrast,
    exponential_weights,
    generalization_gaps,
    percentile_interval,
    resample,
)
from scoring.statistics.generalization import Resampled

# Four tasks: two that the system has seen, then two that it has not; the reference is system 1.
VALUES = np.array([[0.9, 0.8, 0.5, 0.6], [0.7, 0.5, 0.4, 0.6]])
UNSEEN = np.array([False, False, True, True])


def exactly(values: np.ndarray) -> Resampled:
    return of_draws(values, np.repeat(values[:, :, None], 5, axis=2))


def of_draws(values: np.ndarray, drawn: np.ndarray, fixed: np.ndarray | None = None) -> Resampled:
    """Without unseen posts."""
    nothing = np.zeros(values.shape, dtype=bool)
    return Resampled(
        values,
        np.stack([drawn, drawn]),
        100,
        np.zeros(drawn.shape[-1]),
        nothing,
        nothing if fixed is None else fixed,
    )


def mean(sums: np.ndarray) -> np.ndarray:
    return sums[..., 0] / np.where(sums[..., 1] > 0, sums[..., 1], np.nan)


def task(values: np.ndarray, posts: np.ndarray) -> TaskSums:
    """(systems, P) one value a post."""
    return TaskSums(
        [np.stack([system, np.ones_like(system)], axis=1)[None] for system in values], posts, mean
    )


def test_gaps_follow_their_formulas() -> None:
    found = generalization_gaps(exactly(VALUES), 0, UNSEEN, reference=1)
    assert found["seen"].value == pytest.approx(0.85)
    assert found["unseen"].value == pytest.approx(0.55)
    assert found["gap"].value == pytest.approx(0.30)
    # Differences to the reference: .2 and .3 where seen, .1 and 0 where not.
    assert found["adjusted gap"].value == pytest.approx(0.25 - 0.05)
    assert (found["seen"].n, found["gap"].n) == (2, 4)
    assert found["gap"].interval.method == "none: a task without spread has no interval of its own"


def test_easy_tasks_alone_make_a_gap_but_no_adjusted_gap() -> None:
    easier = np.array([[0.9, 0.9, 0.6, 0.6], [0.8, 0.8, 0.5, 0.5]])
    found = generalization_gaps(exactly(easier), 0, UNSEEN, reference=1)
    assert found["gap"].value == pytest.approx(0.3)
    assert found["adjusted gap"].value == pytest.approx(0.0)


def test_what_is_missing_is_said() -> None:
    everything = generalization_gaps(exactly(VALUES), 0, np.array([False] * 4), reference=1)
    assert everything["seen"].value == pytest.approx(0.7)
    assert (
        everything["unseen"].why_none
        == everything["gap"].why_none
        == everything["adjusted gap"].why_none
        == "no unseen task"
    )
    nothing = generalization_gaps(exactly(VALUES), 0, np.array([True] * 4), reference=1)
    assert nothing["seen"].why_none == nothing["gap"].why_none == "no seen task"
    own = generalization_gaps(exactly(VALUES), 1, UNSEEN, reference=1)
    assert own["gap"].value == pytest.approx(0.1)
    assert own["adjusted gap"].why_none == "this is the reference"
    partial = VALUES.copy()
    partial[0, 3] = np.nan
    absent = generalization_gaps(exactly(partial), 0, UNSEEN, reference=1)
    assert (absent["unseen"].value, absent["unseen"].why_none) == (None, "no value on some task")
    assert contrast(exactly(VALUES), 0, []).why_none == "no task of this kind"


def test_platform_contrasts_are_raw_or_relative() -> None:
    raw = contrast(exactly(VALUES), 0, plus=[3], minus=[0, 1])
    relative = contrast(exactly(VALUES), 0, plus=[3], minus=[0, 1], reference=1)
    assert raw.value == pytest.approx(0.6 - 0.85)
    assert relative.value == pytest.approx(0.0 - 0.25)


def moving() -> tuple[np.ndarray, np.ndarray]:
    """System 0 moves on both tasks; the reference, system 1, on task 0 alone, and is .5 on task 1
    in every draw.
    """
    rng = np.random.default_rng(0)
    values = np.array([[0.8, 0.7], [0.4, 0.5]])
    drawn = values[:, :, None] + rng.normal(0, 0.02, (2, 2, 200))
    drawn[1, 1] = 0.5
    return values, drawn


def test_a_reference_of_one_label_throughout_is_a_constant() -> None:
    values, drawn = moving()
    fixed = np.array([[False, False], [False, True]])
    found = contrast(of_draws(values, drawn, fixed), 0, [1], reference=1)
    raw = contrast(of_draws(values, drawn, fixed), 0, [1])
    assert (found.interval.low, found.interval.high) == pytest.approx(
        (raw.interval.low - 0.5, raw.interval.high - 0.5)
    )
    alone = contrast(of_draws(values, drawn, fixed), 1, [1])
    assert alone.interval.method.startswith("none: one label throughout")


def test_a_value_without_spread_or_interval_leaves_its_mean_without_one() -> None:
    found = contrast(of_draws(*moving()), 1, [0, 1])
    assert found.interval.method == "none: a task without spread has no interval of its own"


def test_a_mean_over_a_task_of_few_posts_has_no_interval() -> None:
    rng = np.random.default_rng(0)
    values = rng.random((1, 40))
    few = resample(
        [task(values, np.arange(40)), task(values[:, :9], np.arange(40, 49))],
        np.random.default_rng(3),
    )
    assert contrast(few, 0, [0, 1]).interval.method == "none: fewer than 10 posts on some task"
    assert contrast(few, 0, [0]).interval.low is not None


def test_of_a_sum_one_task_has_the_unseen_post() -> None:
    values = np.array([[0.5, 0.5]])
    drawn = np.stack(
        [np.full((1, 2, 4), 0.5), np.array([[[0.6, 0.6, 0.7, 0.7], [0.3, 0.3, 0.4, 0.4]]])]
    )
    flags = np.zeros((1, 2), dtype=bool)
    made = Resampled(values, drawn, 100, np.array([0.0, 0.4, 0.5, 0.9]), flags, flags)
    found = contrast(made, 0, [0, 1])
    # By hand: half of (.6 + .5) where the first has it, half of (.5 + .4) where the second has.
    expected = np.quantile([0.55, 0.55, 0.45, 0.45], (0.025, 0.975))
    assert (found.interval.low, found.interval.high) == pytest.approx(tuple(expected))


def test_resamples_draw_the_distinct_posts_once() -> None:
    rng = np.random.default_rng(0)
    values = rng.random((2, 50))
    first, second = task(values, np.arange(50)), task(values[:, 20:], np.arange(20, 50))
    found = resample([first, second], np.random.default_rng(3), draws=400)
    assert (found.values.shape, found.drawn.shape, found.posts) == ((2, 2), (2, 2, 2, 400), 50)
    weights = exponential_weights(50, 400, np.random.default_rng(3)).astype(float)
    part = weights[:, 20:]
    means = [
        (weights @ values.T) / weights.sum(axis=1)[:, None],
        (part @ values[:, 20:].T) / part.sum(axis=1)[:, None],
    ]
    own = [values.mean(axis=1), values[:, 20:].mean(axis=1)]
    stretch = [np.sqrt((n + 1) / (n - 1.5)) for n in (50, 30)]  # step 1 of the module's docstring
    by_hand = sum(
        sign * (value + factor * (drawn - value))
        for sign, value, factor, drawn in zip((1, -1), own, stretch, means, strict=True)
    )
    found_contrast = contrast(found, 1, plus=[0], minus=[1])
    expected = percentile_interval(by_hand[:, 1])
    assert found_contrast.interval.low == pytest.approx(expected.low, abs=1e-6)
    assert found_contrast.interval.high == pytest.approx(expected.high, abs=1e-6)
