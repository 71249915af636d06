from __future__ import annotations

import numpy as np
import pytest

from scoring.metrics import metric
from scoring.statistics import Estimator, Unseen, exponential_weights, post_sums, replicate_many
from scoring.statistics.products import exact_dtype
from scoring.tasks import Task


def unseen_posts(draws: int, rows: int) -> Unseen:
    return Unseen.draw(draws, rows, np.random.default_rng(2))


def systems(posts: int, cells: int, repetitions: list[int]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    made = []
    for count in repetitions:
        items = np.zeros((count, 2 * posts, cells))
        for repetition in range(count):
            items[repetition, np.arange(2 * posts), rng.integers(0, cells // 2, 2 * posts)] = 1
        made.append(post_sums(items, np.repeat(np.arange(posts), 2)))
    return made


def test_every_system_and_metric_is_resampled_as_it_would_be_alone(tasks: dict[str, Task]) -> None:
    names = ("weighted_f1", "macro_f1", "balanced_accuracy", "mcc")
    estimators = [metric(name).estimator(tasks["imhi/t-sid"]) for name in names]
    sums, unseen = systems(60, 20, [1, 3, 1, 2]), unseen_posts(300, 4)
    weights = exponential_weights(60, 300, np.random.default_rng(1))
    found = replicate_many(sums, weights, estimators, unseen)
    assert found.shape == (4, 4, 2, 300)
    for system, values in zip(sums, found, strict=True):
        for estimator, value in zip(estimators, values, strict=True):
            alone = replicate_many([system], weights, [estimator], unseen)[0, 0]
            np.testing.assert_array_equal(value, alone)


def test_equal_repetitions_are_as_one(tasks: dict[str, Task]) -> None:
    estimator, unseen = metric("macro_f1").estimator(tasks["imhi/t-sid"]), unseen_posts(100, 4)
    weights = exponential_weights(60, 100, np.random.default_rng(1))
    (once,) = systems(60, 20, [1])
    found = replicate_many([once, np.repeat(once, 3, axis=0)], weights, [estimator], unseen)
    np.testing.assert_allclose(found[0], found[1], atol=1e-12)


def test_repetitions_without_a_value_are_left_out() -> None:
    def mean(sums: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            return sums[..., 0] / np.where(sums[..., 1] > 0, sums[..., 1], np.nan)

    items = np.ones((2, 10, 2))
    items[1] = 0
    weights = exponential_weights(10, 50, np.random.default_rng(1))
    found = replicate_many([items], weights, [Estimator(mean)])
    np.testing.assert_array_equal(found[0, 0], np.ones((2, 50)))
    assert np.isnan(replicate_many([0 * items], weights, [Estimator(mean)])).all()


def test_more_systems_than_fit_one_product_keep_their_order() -> None:
    sums = [np.full((1, 4, 200), float(number)) for number in range(1, 30)]
    weights = exponential_weights(4, 7, np.random.default_rng(0))
    share = Estimator(lambda totals: totals[..., 0] / totals[..., 1:3].mean(axis=-1))
    sums = [system * np.r_[number, np.ones(199)] for number, system in enumerate(sums, 1)]
    found = replicate_many(iter(sums), weights, [share])
    np.testing.assert_allclose(found[:, 0, 1, 0], np.arange(1.0, 30.0))


@pytest.mark.parametrize(
    ("rows", "summed", "expected"),
    [
        ([0.0, 1.0, 6.0], 2400, np.float32),
        ([0.0, 0.5], 2400, np.float64),
        ([0.0, 20_000.0], 2400, np.float64),
        ([-1.0, 1.0], 2**24, np.float32),
        ([], 0, np.float32),
    ],
)
def test_float32_only_where_it_is_exact(rows: list[float], summed: int, expected: type) -> None:
    assert exact_dtype(np.array(rows), summed) is expected
