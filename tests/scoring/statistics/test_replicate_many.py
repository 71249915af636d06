from __future__ import annotations

import numpy as np
import pytest

from scoring.metrics import metric
from scoring.statistics import Statistic, post_sums, replicate_many, replicate_weights, replicates
from scoring.statistics.products import exact_dtype
from scoring.tasks import Task


def of(name: str, task: Task) -> Statistic:
    return lambda sums: metric(name).aggregate(sums, task)


def systems(posts: int, cells: int, repetitions: list[int]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    made = []
    for count in repetitions:
        items = np.zeros((count, 2 * posts, cells))
        for repetition in range(count):
            items[repetition, np.arange(2 * posts), rng.integers(0, cells // 2, 2 * posts)] = 1
        made.append(post_sums(items, np.repeat(np.arange(posts), 2)))
    return made


def test_it_is_the_bootstrap_of_each_system_and_metric_alone(tasks: dict[str, Task]) -> None:
    names = ("accuracy", "weighted_f1", "macro_f1", "balanced_accuracy", "mcc", "parse_rate")
    statistics = [of(name, tasks["imhi/t-sid"]) for name in names]
    sums = systems(60, 20, [1, 3, 1, 2])
    weights = replicate_weights(60, 300, np.random.default_rng(1))
    found = replicate_many(sums, weights, statistics)
    assert found.shape == (4, 6, 300)
    for system, values in zip(sums, found, strict=True):
        for statistic, value in zip(statistics, values, strict=True):
            np.testing.assert_allclose(
                value, replicates(system, weights, statistic).mean(axis=0), rtol=1e-12
            )


def test_repetitions_without_a_value_are_left_out() -> None:
    def mean(sums: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            return sums[..., 0] / np.where(sums[..., 1] > 0, sums[..., 1], np.nan)

    items = np.ones((2, 10, 2))
    items[1] = 0
    weights = replicate_weights(10, 50, np.random.default_rng(1))
    np.testing.assert_array_equal(replicate_many([items], weights, [mean])[0, 0], np.ones(50))
    assert np.isnan(replicate_many([0 * items], weights, [mean])).all()


def test_more_systems_than_fit_one_product_keep_their_order() -> None:
    sums = [np.full((1, 4, 200), float(number)) for number in range(1, 30)]
    weights = replicate_weights(4, 7, np.random.default_rng(0))
    found = replicate_many(iter(sums), weights, [lambda totals: totals[..., 0] / 4])
    np.testing.assert_array_equal(found[:, 0, 0], np.arange(1.0, 30.0))


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
