from __future__ import annotations

from itertools import product
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import permutation_test

from scoring.metrics import metric
from scoring.statistics import TaskSums, compare, holm, post_sums
from scoring.tasks import Task


def mean(sums: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return sums[..., 0] / np.where(sums[..., 1] > 0, sums[..., 1], np.nan)


def of_values(*systems: np.ndarray) -> TaskSums:
    """One task on which each system has one value a post."""
    sums = [
        np.stack([np.nan_to_num(values), ~np.isnan(values)], axis=1)[None] for values in systems
    ]
    return TaskSums(sums, np.arange(len(systems[0])), mean)


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_p_equals_scipys_over_all_permutations() -> None:
    rng = generator(3)
    first, second = rng.normal(0.6, 1, 12), rng.normal(0, 1, 12)
    # scipy enumerates all 2**12 swaps; 100,000 random ones come close.
    exact = permutation_test(
        (first, second),
        lambda a, b, axis: np.mean(a - b, axis=axis),
        permutation_type="samples",
        vectorized=True,
    )
    found = compare([of_values(first, second)], generator(), permutations=100_000)
    error = sqrt(exact.pvalue * (1 - exact.pvalue) / 100_000)
    assert found.p == pytest.approx(exact.pvalue, abs=5 * error)
    assert found.difference == pytest.approx(exact.statistic)


def test_a_metric_of_counts_swaps_whole_posts(tasks: dict[str, Task]) -> None:
    task, macro = tasks["imhi/dreaddit"], metric("macro_f1")
    rng = generator(5)
    items = np.zeros((2, 24, 6))
    for system in range(2):
        items[system, np.arange(24), rng.integers(0, 6, 24)] = 1
    posts = np.repeat(np.arange(8), 3)  # three questions a post
    sums = [post_sums(item, posts)[None] for item in items]

    def value(counts: np.ndarray) -> np.ndarray:
        return macro.aggregate(counts, task)

    found = compare([TaskSums(sums, np.arange(8), value)], generator(), permutations=50_000)
    observed = value(items[0].sum(axis=0)) - value(items[1].sum(axis=0))
    assert found.difference == pytest.approx(float(observed))
    exceeding = 0
    for swaps in product([False, True], repeat=8):
        swap = np.array(swaps)[posts][:, None]
        first = np.where(swap, items[1], items[0]).sum(axis=0)
        second = np.where(swap, items[0], items[1]).sum(axis=0)
        exceeding += abs(value(first) - value(second)) >= abs(observed) - 1e-12
    assert found.p == pytest.approx(exceeding / 2**8, abs=0.01)


def test_the_smallest_p_is_that_of_the_permutations_made() -> None:
    found = compare([of_values(np.ones(400), np.zeros(400))], generator())
    assert found.p == 1 / 10_001
    assert found.permutations == 10_000
    assert (found.difference, found.interval.low) == (1.0, None)
    assert found.interval.method == "none: no spread in the resamples"


def test_equal_systems_do_not_differ() -> None:
    values = generator().random(50)
    found = compare([of_values(values, values)], generator())
    assert (found.difference, found.p) == (0.0, 1.0)


def test_the_interval_is_that_of_normal_theory_where_that_holds() -> None:
    rng = generator(8)
    first = rng.normal(size=900)
    second = first + rng.normal(0.1, 0.5, 900)
    found = compare([of_values(first, second)], generator(), draws=4000)
    half = 1.96 * (first - second).std() / sqrt(900)
    assert found.interval.low == pytest.approx((first - second).mean() - half, abs=half / 10)
    assert found.interval.high == pytest.approx((first - second).mean() + half, abs=half / 10)
    assert found.interval.method == "paired Bayesian bootstrap over posts, 4000 draws"


def test_posts_that_tasks_share_are_swapped_and_drawn_together() -> None:
    values = generator(1).normal(size=(2, 60))
    alone = of_values(*values)
    twice = compare([alone, alone], generator(2))
    once = compare([alone], generator(2))
    assert twice.p == once.p
    assert twice.interval.low == pytest.approx(once.interval.low)
    apart = TaskSums(alone.systems, np.arange(60, 120), mean)
    independent = compare([alone, apart], generator(2))
    assert independent.posts == 120
    width, shared = (found.interval.high - found.interval.low for found in (independent, twice))
    assert width == pytest.approx(shared / sqrt(2), rel=0.15)


def test_an_overall_difference_is_the_mean_over_tasks() -> None:
    rng = generator(4)
    one, other = of_values(*rng.random((2, 40))), of_values(*rng.random((2, 300)))
    found = compare([one, TaskSums(other.systems, np.arange(20, 320), mean)], generator())
    assert found.first == pytest.approx((one.values[0] + other.values[0]) / 2)
    assert found.difference == pytest.approx(
        np.mean([task.values[0] - task.values[1] for task in (one, other)])
    )
    assert found.posts == 320


def test_repetitions_are_averaged_not_pooled() -> None:
    rng = generator(6)
    first = rng.random((2, 30, 1))
    second = rng.random((3, 30, 1))
    sums = [np.concatenate([values, np.ones_like(values)], axis=2) for values in (first, second)]
    found = compare([TaskSums(sums, np.arange(30), mean)], generator())
    assert found.first == pytest.approx(first.mean())
    assert found.second == pytest.approx(second.mean())
    pooled = compare([of_values(first.mean(axis=0)[:, 0], second.mean(axis=0)[:, 0])], generator())
    assert found.p == pytest.approx(pooled.p)  # for a mean the two are the same


def test_a_system_without_a_value_gives_no_p() -> None:
    found = compare([of_values(np.full(9, np.nan), np.ones(9))], generator())
    assert (found.first, found.second, found.difference, found.p) == (None, 1.0, None, None)
    assert found.interval.method == "none: one of the two has no value"


def test_under_the_null_p_is_uniform() -> None:
    rng = generator(12)
    ps = [
        compare([of_values(*rng.normal(size=(2, 30)))], rng, draws=20, permutations=199).p
        for _ in range(400)
    ]
    assert np.mean(np.array(ps) <= 0.05) == pytest.approx(0.05, abs=0.035)
    assert np.mean(np.array(ps) <= 0.5) == pytest.approx(0.5, abs=0.09)


def test_holm_is_the_closed_test_of_bonferroni() -> None:
    # Holm (1979) is the shortcut of this: a hypothesis falls when every set that holds it falls by
    # Bonferroni.
    rng = generator(0)
    for _ in range(20):
        p = rng.random(5) ** 3
        sets = [[i for i in range(5) if bits >> i & 1] for bits in range(1, 32)]
        closed = [
            min(1.0, max(len(some) * min(p[some]) for some in sets if i in some)) for i in range(5)
        ]
        np.testing.assert_allclose(holm(p), closed)


@given(st.lists(st.floats(0, 1), max_size=12))
@settings(deadline=None)
def test_holm_keeps_the_order_and_only_raises(p: list[float]) -> None:
    adjusted = holm(p)
    assert ((adjusted >= np.array(p)) & (adjusted <= 1)).all()
    order = np.argsort(p, kind="stable")
    assert (np.diff(adjusted[order]) >= 0).all()
