"""Soft pairwise accuracy, beside a plain double loop of what the WMT metrics tasks publish."""

from __future__ import annotations

import numpy as np
import pytest

from scoring.statistics import soft_accuracy, system_accuracy
from scoring.statistics.swaps import swap_masks

SYSTEMS, POSTS, PERMUTATIONS = 5, 40, 1_000


def by_loop(metric: np.ndarray, human: np.ndarray) -> float:
    """1 - the mean over pairs of |p_human - p_metric|, for (systems, posts) without gaps.

    As `compute_pairwise_p_values` and `compute_one_minus_pce` of google-research/mt-metrics-eval
    (pce.py) define them: with signs of 1 and -1, p is the share of permutations in which the first
    system is at least as far ahead.
    """
    (masks,) = swap_masks(metric.shape[1], [PERMUTATIONS], np.random.default_rng(0))
    errors = []
    for first in range(len(metric)):
        for second in range(first + 1, len(metric)):
            p = []
            for values in (human, metric):
                difference = values[first] - values[second]
                ahead = [
                    sum(-d if swapped else d for d, swapped in zip(difference, mask, strict=True))
                    >= difference.sum() - 1e-9
                    for mask in masks
                ]
                p.append(np.mean(ahead))
            errors.append(abs(p[0] - p[1]))
    return 1 - float(np.mean(errors))


def boards(noise: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(int(10 * noise))
    human = np.clip(
        np.round(np.linspace(1.2, 1.8, SYSTEMS)[:, None] + rng.normal(0, 1, (SYSTEMS, POSTS))), 0, 3
    )
    return human * 0.1 - 2 + rng.normal(0, noise, human.shape), human


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.5])
def test_it_is_what_the_published_formula_gives(noise: float) -> None:
    metric, human = boards(noise)
    systems, posts = np.repeat(np.arange(SYSTEMS), POSTS), np.tile(np.arange(POSTS), SYSTEMS)
    found = soft_accuracy(
        metric.ravel(), human.ravel(), systems, posts, np.random.default_rng(0), draws=200
    )
    assert found.value == pytest.approx(by_loop(metric, human), abs=1e-12)
    assert (found.n, found.posts) == (10, POSTS)
    if noise:
        assert found.interval.low <= found.value <= found.interval.high
        assert found.interval.low < found.interval.high
    else:
        assert found.value == 1, "a metric that says the same on another scale is as sure"


def test_what_people_can_hardly_tell_costs_little() -> None:
    """Three systems, two of them all but alike, which the metric orders the other way round."""
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 0.3, (3, 100))
    human = np.array([[1.0], [1.01], [2.0]]) + noise
    metric = np.array([[1.01], [1.0], [2.0]]) + noise[[1, 0, 2]]
    systems, posts = np.repeat(np.arange(3), 100), np.tile(np.arange(100), 3)
    hard, soft = (
        measure(metric.ravel(), human.ravel(), systems, posts, np.random.default_rng(0)).value
        for measure in (system_accuracy, soft_accuracy)
    )
    assert hard == pytest.approx(2 / 3)
    assert soft > 0.75
    turned = soft_accuracy(-metric.ravel(), human.ravel(), systems, posts, np.random.default_rng(0))
    assert turned.value < 0.4


def test_pairs_are_compared_on_the_posts_that_both_have() -> None:
    metric, human = boards(0.3)
    systems, posts = np.repeat(np.arange(SYSTEMS), POSTS), np.tile(np.arange(POSTS), SYSTEMS)
    gone = (systems == 0) & (posts >= 30)
    with_gaps = np.where(gone, np.nan, human.ravel())
    found = soft_accuracy(
        metric.ravel(), with_gaps, systems, posts, np.random.default_rng(0), draws=50
    )
    assert found.n == 10
    alone = np.isin(systems, (0, 1)) & (posts < 30)
    pair = soft_accuracy(
        metric.ravel()[alone],
        human.ravel()[alone],
        systems[alone],
        posts[alone],
        np.random.default_rng(0),
        draws=50,
    )
    assert pair.n == 1
    apart = np.where((systems == 0) == (posts < 20), human.ravel(), np.nan)
    two = systems < 2
    none = soft_accuracy(
        metric.ravel()[two], apart[two], systems[two], posts[two], np.random.default_rng(0)
    )
    assert (none.value, none.why_none) == (None, "fewer than two systems that share posts")


def test_one_system_alone_has_none() -> None:
    found = soft_accuracy(
        np.arange(5.0),
        np.arange(5.0),
        np.zeros(5, dtype=int),
        np.arange(5),
        np.random.default_rng(0),
    )
    assert (found.value, found.n) == (None, 0)
