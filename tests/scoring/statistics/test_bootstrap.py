from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from scoring.statistics import percentile_interval, post_sums, replicate_weights, replicates


def mean(sums: np.ndarray) -> np.ndarray:
    return sums[..., 0] / sums[..., 1]


def test_post_sums_add_the_items_of_each_post() -> None:
    items = np.arange(12.0).reshape(6, 2)
    sums = post_sums(items, np.array([2, 0, 2, 1, 0, 2]))
    np.testing.assert_array_equal(
        sums, [items[1] + items[4], items[3], items[0] + items[2] + items[5]]
    )
    np.testing.assert_array_equal(
        post_sums(np.stack([items, 2 * items]), np.arange(6))[1], 2 * items
    )


def test_weights_draw_as_many_posts_as_there_are() -> None:
    weights = replicate_weights(50, 4000, np.random.default_rng(1))
    assert (weights.sum(axis=1) == 50).all()
    # Multinomial: each post's count has mean 1 and variance 1 - 1/P, and two posts' counts
    # covariance -1/P.
    assert weights.mean(axis=0) == pytest.approx(np.ones(50), abs=0.08)
    assert weights.var(axis=0).mean() == pytest.approx(1 - 1 / 50, abs=0.02)
    covariance = np.cov(weights.T)
    assert covariance[~np.eye(50, dtype=bool)].mean() == pytest.approx(-1 / 50, abs=0.002)


def test_weights_do_not_depend_on_how_the_work_is_cut() -> None:
    few = replicate_weights(37, 100, np.random.default_rng(5))
    many = replicate_weights(37, 500, np.random.default_rng(5))
    np.testing.assert_array_equal(few, many[:100])


def test_replicates_are_those_of_a_loop_over_drawn_items() -> None:
    rng = np.random.default_rng(2)
    posts = rng.integers(0, 30, 80)
    posts[:30] = np.arange(30)
    items = np.stack([rng.normal(size=80), np.ones(80)], axis=1)
    weights = replicate_weights(30, 200, np.random.default_rng(7))
    naive = []
    for counts in weights:
        drawn = [
            i
            for post, count in enumerate(counts)
            for i in np.flatnonzero(posts == post).tolist() * count
        ]
        naive.append(items[drawn, 0].mean())
    np.testing.assert_allclose(replicates(post_sums(items, posts), weights, mean), naive)


def test_systems_share_each_draws_posts() -> None:
    sums = post_sums(np.random.default_rng(0).random((2, 20, 2)), np.arange(20))
    weights = replicate_weights(20, 300, np.random.default_rng(0))
    both = replicates(sums, weights, mean)
    np.testing.assert_allclose(both[0], replicates(sums[0], weights, mean))
    np.testing.assert_allclose(both[1], replicates(sums[1], weights, mean))


def test_the_interval_is_that_of_the_normal_theory_where_that_holds() -> None:
    rng = np.random.default_rng(11)
    values = rng.normal(size=1000)
    sums = post_sums(np.stack([values, np.ones(1000)], axis=1), np.arange(1000))
    interval = percentile_interval(replicates(sums, replicate_weights(1000, 4000, rng), mean))
    half = 1.96 * values.std() / np.sqrt(1000)
    assert interval.low == pytest.approx(values.mean() - half, abs=half / 10)
    assert interval.high == pytest.approx(values.mean() + half, abs=half / 10)


def test_asking_every_question_twice_does_not_narrow_the_interval() -> None:
    rng = np.random.default_rng(4)
    values = rng.random(60)
    items = np.stack([values, np.ones(60)], axis=1)
    once = post_sums(items, np.arange(60))
    twice = post_sums(np.repeat(items, 2, axis=0), np.repeat(np.arange(60), 2))
    as_if_independent = post_sums(np.repeat(items, 2, axis=0), np.arange(120))

    def width(sums: np.ndarray) -> float:
        weights = replicate_weights(len(sums), 2000, np.random.default_rng(0))
        interval = percentile_interval(replicates(sums, weights, mean))
        return interval.high - interval.low

    assert width(twice) == pytest.approx(width(once))
    assert width(twice) > 1.25 * width(as_if_independent)


def test_undefined_draws_are_left_out_and_said() -> None:
    values = np.linspace(0, 1, 1000)
    some = values.copy()
    some[:50] = np.nan
    interval = percentile_interval(some)
    assert interval.low == pytest.approx(np.quantile(values[50:], 0.025))
    assert interval.method == "percentile bootstrap over posts, 50 undefined draws left out"


def test_too_many_undefined_draws_give_no_interval() -> None:
    values = np.ones(1000)
    values[:51] = np.nan
    interval = percentile_interval(values)
    assert (interval.low, interval.high) == (None, None)
    assert interval.method == "none: undefined in 51 of 1000 bootstrap draws"


def test_memory_stays_small() -> None:
    sums = np.random.default_rng(0).random((2400, 90))
    tracemalloc.start()
    weights = replicate_weights(2400, 1000, np.random.default_rng(0))
    replicates(sums, weights, lambda totals: totals[..., 0])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6
