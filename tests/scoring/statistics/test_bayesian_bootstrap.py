from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import beta

from scoring.metrics import metric
from scoring.statistics import (
    TaskSums,
    Unseen,
    compare,
    exponential_weights,
    farthest_tables,
    replicate_many,
)
from scoring.statistics.bayesian_bootstrap import UNIT
from scoring.tasks import Task

DRAWS = 40_000


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def sums_of(cells: list[tuple[int, int]], labels: int) -> np.ndarray:
    """(1, P, k) one post a (gold, predicted)."""
    found = np.zeros((1, len(cells), labels * (labels + 1)))
    for post, (gold, predicted) in enumerate(cells):
        found[0, post, gold * (labels + 1) + predicted] = 1
    return found


def drawn(sums: np.ndarray, name: str, task: Task, seed: int = 0) -> np.ndarray:
    """(draws,) replicates with the unseen post."""
    estimator = metric(name).estimator(task)
    weights = exponential_weights(sums.shape[1], DRAWS, rng(seed))
    unseen = Unseen.draw(DRAWS, estimator.rows(sums.sum(axis=1)), rng(seed + 1))
    return replicate_many([sums], weights, [estimator], unseen)[0, 0, 1]


def test_weights_are_exponential_and_never_lose_a_post() -> None:
    weights = exponential_weights(300, 500, rng())
    assert weights.min() >= 1
    assert weights.mean() / UNIT == pytest.approx(1, abs=0.02)
    assert weights.std() / UNIT == pytest.approx(1, abs=0.02)  # an exponential's is its mean
    np.testing.assert_array_equal(weights[:90], exponential_weights(300, 90, rng()))


@pytest.mark.parametrize("right", [400, 396, 320, 4])
def test_a_proportion_has_the_mid_p_interval(right: int, tasks: dict[str, Task]) -> None:
    """The mean of the Clopper-Pearson distributions Beta(s, f + 1) and Beta(s + 1, f), by scipy."""
    posts = 400
    sums = sums_of([(0, 0)] * right + [(0, 1)] * (posts - right), 2)
    found = np.quantile(drawn(sums, "accuracy", tasks["imhi/dr"]), (0.025, 0.975))
    wrong = posts - right

    def distribution(p: float) -> float:
        low = beta.cdf(p, right, wrong + 1)
        high = beta.cdf(p, right + 1, wrong) if wrong else float(p >= 1)
        return float(low + high) / 2

    def end(tail: float) -> float:
        return brentq(lambda p: distribution(p) - tail, 1e-9, 1 - 1e-12)

    assert found[0] == pytest.approx(end(0.025), abs=0.003)
    assert found[1] == pytest.approx(1.0 if not wrong else end(0.975), abs=0.003)


def test_no_failure_gives_the_exact_one_sided_bound(tasks: dict[str, Task]) -> None:
    found = drawn(sums_of([(0, 0)] * 35, 2), "accuracy", tasks["imhi/dr"])
    assert np.quantile(found, 0.025) == pytest.approx(0.05 ** (1 / 35), abs=0.003)
    assert np.quantile(found, 0.975) == 1


def test_gold_totals_are_the_same_in_every_replicate(tasks: dict[str, Task]) -> None:
    """Right on 8 of 10 "yes" and on all of 90 "no": balanced accuracy cannot go below what its rows
    let it.
    """
    cells = [(0, 0)] * 8 + [(0, 1)] * 2 + [(1, 1)] * 90
    weighted, balanced = (
        drawn(sums_of(cells, 2), name, tasks["imhi/dr"])
        for name in ("weighted_f1", "balanced_accuracy")
    )
    # With recalls r and 1 and shares .1 and .9 the two are tied by r alone but for the unseen
    # post's answer.
    recall = 2 * balanced - 1
    predicted = 10 * recall, 90 + 10 * (1 - recall)
    f1 = [2 * 10 * recall / (10 + predicted[0]), 2 * 90 / (90 + predicted[1])]
    by_hand = 0.1 * f1[0] + 0.9 * f1[1]
    assert np.quantile(weighted, 0.5) == pytest.approx(np.quantile(by_hand, 0.5), abs=0.005)
    assert np.quantile(weighted, 0.9) == pytest.approx(np.quantile(by_hand, 0.9), abs=0.005)


def test_a_label_of_one_post_is_as_uncertain_as_one_post_is(tasks: dict[str, Task]) -> None:
    cells = [(0, 0)] * 17 + [(1, 1)] * 17 + [(2, 2)]
    low = np.quantile(drawn(sums_of(cells, 4), "balanced_accuracy", tasks["imhi/t-sid"]), 0.025)
    # Least mean recall with p0^17 p1^17 p2 = .05: the rare label's alone; the post of the whole may
    # cost a little more.
    assert low == pytest.approx((2 + 0.05) / 3, abs=0.015)


def test_a_perfect_table_is_bounded_by_what_could_cost_most() -> None:
    cells = np.diag([17.0, 17.0, 1.0, 0.0])
    cells = np.concatenate([cells, np.zeros((4, 1))], axis=1)
    tables = farthest_tables(cells, np.array([17.0, 17.0, 1.0, 0.0]), 35, all_right=True)
    np.testing.assert_allclose(tables.sum(axis=-1), np.tile([17, 17, 1, 0], (len(tables), 1)))
    recalls = np.einsum("tii->ti", tables[:, :, :4])[:, :3] / np.array([17, 17, 1])
    np.testing.assert_allclose(recalls.mean(axis=1).min(), (2 + 0.05) / 3)
    # Right answers alone have a chance of .05 in every one but the table itself.
    chances = np.prod(recalls ** np.array([17, 17, 1]), axis=1)
    np.testing.assert_allclose(chances[1:], 0.05)


def test_one_post_more_for_the_one_is_not_a_difference(tasks: dict[str, Task]) -> None:
    """The mid-P version of McNemar's test: with b against 0 discordant posts its one-sided p is
    .5^(b + 1).
    """
    task = tasks["imhi/dr"]
    estimator = metric("accuracy").estimator(task)
    for better, excludes in ((1, False), (4, False), (6, True)):
        first = sums_of([(0, 0)] * 35, 2)
        second = sums_of([(0, 1)] * better + [(0, 0)] * (35 - better), 2)
        pair = TaskSums([first, second], np.arange(35), estimator.value, estimator)
        found = compare([pair], rng(), permutations=10, draws=20_000)
        assert found.interval.low is not None
        assert (found.interval.low > 0) is excludes
        # mid-P: .25, .031 and .008, held against .025


def test_equal_answers_are_not_certainly_equal_systems(tasks: dict[str, Task]) -> None:
    estimator = metric("balanced_accuracy").estimator(tasks["imhi/dr"])
    same = sums_of([(0, 0)] * 20 + [(1, 1)] * 15, 2)
    pair = TaskSums([same, same], np.arange(35), estimator.value, estimator)
    found = compare([pair], rng(), permutations=10)
    assert found.difference == 0
    assert found.interval.low is not None
    assert found.interval.high is not None
    assert found.interval.low < -0.02
    assert found.interval.high > 0.02


def test_two_that_answer_one_label_throughout_differ_by_a_constant(tasks: dict[str, Task]) -> None:
    estimator = metric("weighted_f1").estimator(tasks["imhi/dr"])
    systems = [sums_of([(gold, answer) for gold in [0] * 20 + [1] * 15], 2) for answer in (0, 1)]
    pair = TaskSums(systems, np.arange(35), estimator.value, estimator)
    found = compare([pair], rng(), permutations=10)
    assert found.interval.method == (
        "none: one label throughout, so the value follows from the gold labels alone"
    )


def test_a_label_of_one_post_widens_a_mean_over_tasks_and_does_not_move_it(
    tasks: dict[str, Task],
) -> None:
    sums = sums_of([(0, 0)] * 12 + [(0, 1)] * 5 + [(1, 1)] * 11 + [(1, 0)] * 6 + [(2, 2)], 4)
    estimator = metric("balanced_accuracy").estimator(tasks["imhi/t-sid"])
    unseen = Unseen.draw(DRAWS, estimator.rows(sums.sum(axis=1)), rng(1))
    weights = exponential_weights(sums.shape[1], DRAWS, rng())
    without = replicate_many([sums], weights, [estimator], unseen)[0, 0, 0]
    value = (12 / 17 + 11 / 17 + 1) / 3
    assert without.mean() == pytest.approx(value, abs=0.012)  # what is above 1 is cut off
    assert without.std() > 0.05, "the one post tells nothing of how such posts vary"
