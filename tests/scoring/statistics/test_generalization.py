from __future__ import annotations

import numpy as np
import pytest

from scoring.statistics import (
    TaskSums,
    contrast,
    generalization_gaps,
    percentile_interval,
    replicate_weights,
    resample,
)
from scoring.statistics.generalization import Resampled

# Four tasks: two that the system has seen, then two that it has not; the reference is system 1.
VALUES = np.array([[0.9, 0.8, 0.5, 0.6], [0.7, 0.5, 0.4, 0.6]])
UNSEEN = np.array([False, False, True, True])


def exactly(values: np.ndarray) -> Resampled:
    return Resampled(values, np.repeat(values[:, :, None], 5, axis=2), 100)


def mean(sums: np.ndarray) -> np.ndarray:
    return sums[..., 0] / np.where(sums[..., 1] > 0, sums[..., 1], np.nan)


def task(values: np.ndarray, posts: np.ndarray) -> TaskSums:
    """(systems, P) one value a post."""
    return TaskSums(
        [np.stack([system, np.ones_like(system)], axis=1)[None] for system in values], posts, mean
    )


def test_gaps_follow_their_formulas() -> None:
    found = generalization_gaps(exactly(VALUES), 0, UNSEEN, reference=1)
    assert found.seen.value == pytest.approx(0.85)
    assert found.unseen.value == pytest.approx(0.55)
    assert found.gap.value == pytest.approx(0.30)
    # Differences to the reference: .2 and .3 where seen, .1 and 0 where not.
    assert found.adjusted_gap.value == pytest.approx(0.25 - 0.05)
    assert (found.seen.n, found.gap.n) == (2, 4)
    assert found.gap.interval.method == "none: no spread in the resamples"


def test_easy_tasks_alone_make_a_gap_but_no_adjusted_gap() -> None:
    easier = np.array([[0.9, 0.9, 0.6, 0.6], [0.8, 0.8, 0.5, 0.5]])
    found = generalization_gaps(exactly(easier), 0, UNSEEN, reference=1)
    assert found.gap.value == pytest.approx(0.3)
    assert found.adjusted_gap.value == pytest.approx(0.0)


def test_what_is_missing_is_said() -> None:
    everything = generalization_gaps(exactly(VALUES), 0, np.array([False] * 4), reference=1)
    assert everything.seen.value == pytest.approx(0.7)
    assert (
        everything.unseen.why_none
        == everything.gap.why_none
        == everything.adjusted_gap.why_none
        == "no unseen task"
    )
    nothing = generalization_gaps(exactly(VALUES), 0, np.array([True] * 4), reference=1)
    assert nothing.seen.why_none == nothing.gap.why_none == "no seen task"
    own = generalization_gaps(exactly(VALUES), 1, UNSEEN, reference=1)
    assert own.gap.value == pytest.approx(0.1)
    assert own.adjusted_gap.why_none == "this is the reference"
    partial = VALUES.copy()
    partial[0, 3] = np.nan
    absent = generalization_gaps(exactly(partial), 0, UNSEEN, reference=1)
    assert (absent.unseen.value, absent.unseen.why_none) == (None, "no value on some task")
    assert contrast(exactly(VALUES), 0, []).why_none == "no task of this kind"


def test_platform_contrasts_are_raw_or_relative() -> None:
    raw = contrast(exactly(VALUES), 0, plus=[3], minus=[0, 1])
    relative = contrast(exactly(VALUES), 0, plus=[3], minus=[0, 1], reference=1)
    assert raw.value == pytest.approx(0.6 - 0.85)
    assert relative.value == pytest.approx(0.0 - 0.25)


def of_draws(low: np.ndarray, high: np.ndarray) -> Resampled:
    """System 0 moves on both tasks; the reference, system 1, on task 0 alone, and is .5 on task 1 in every draw."""
    rng = np.random.default_rng(0)
    values = np.array([[0.8, 0.7], [0.4, 0.5]])
    drawn = values[:, :, None] + rng.normal(0, 0.02, (2, 2, 200))
    drawn[1, 1] = 0.5
    return Resampled(values, drawn, 100, low, high)


def test_a_constant_reference_widens_nothing_and_one_that_only_looks_certain_does() -> None:
    low, high = np.array([[0.7, 0.6], [0.3, np.nan]]), np.array([[0.9, 0.8], [0.5, np.nan]])
    constant = contrast(of_draws(low, high), 0, [0, 1], reference=1)
    assert (
        constant.interval.method
        == "percentile bootstrap over posts, 200 draws, conditional on the tasks"
    )
    low[1, 1], high[1, 1] = 0.3, 0.5
    widened = contrast(of_draws(low, high), 0, [0, 1], reference=1)
    assert widened.interval.method.endswith("widened by MOVER")
    assert widened.interval.high > constant.interval.high


def test_a_value_without_spread_or_interval_leaves_its_mean_without_one() -> None:
    low, high = np.array([[0.7, 0.6], [0.3, np.nan]]), np.array([[0.9, 0.8], [0.5, np.nan]])
    found = contrast(of_draws(low, high), 1, [0, 1])
    assert found.interval.method == "none: a task without spread has no interval of its own"


def test_resamples_draw_the_distinct_posts_once() -> None:
    rng = np.random.default_rng(0)
    values = rng.random((2, 50))
    first, second = task(values, np.arange(50)), task(values[:, 20:], np.arange(20, 50))
    found = resample([first, second], np.random.default_rng(3), draws=400)
    assert (found.values.shape, found.drawn.shape, found.posts) == ((2, 2), (2, 2, 400), 50)
    weights = replicate_weights(50, 400, np.random.default_rng(3)).astype(float)
    by_hand = (weights @ values.T) / 50 - (weights[:, 20:] @ values[:, 20:].T) / weights[
        :, 20:
    ].sum(axis=1)[:, None]
    found_contrast = contrast(found, 1, plus=[0], minus=[1])
    expected = percentile_interval(by_hand[:, 1])
    assert found_contrast.interval.low == pytest.approx(expected.low)
    assert found_contrast.interval.high == pytest.approx(expected.high)
