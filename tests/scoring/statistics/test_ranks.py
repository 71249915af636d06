from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binom

from scoring.metrics import metric
from scoring.statistics import TaskSums, clusters, compare, rank_intervals, rank_systems
from scoring.statistics.paired import PERMUTATIONS
from scoring.statistics.ranks import LEVEL, LOOKS, RISK, clear_counts
from scoring.tasks import Task


def board(tasks: dict[str, Task], posts: int, skills: list[float], seed: int = 0) -> TaskSums:
    """Systems that know the right of two labels with a given chance, and guess otherwise."""
    rng = np.random.default_rng(seed)
    gold = rng.integers(0, 2, posts)
    sums = []
    for skill in skills:
        predicted = np.where(rng.random(posts) < skill, gold, rng.integers(0, 3, posts))
        items = np.zeros((1, posts, 6))
        items[0, np.arange(posts), gold * 3 + predicted] = 1
        sums.append(items)
    task, macro = tasks["imhi/dreaddit"], metric("macro_f1")
    return TaskSums(sums, np.arange(posts), lambda counts: macro.aggregate(counts, task))


def test_verdicts_are_those_of_every_pair_tested_in_full(tasks: dict[str, Task]) -> None:
    task = board(tasks, 150, [0.3, 0.35, 0.5, 0.5, 0.55, 0.62, 0.7, 0.9])
    ranking = rank_systems([task], np.random.default_rng(7))
    for i, j in combinations(range(8), 2):
        two = TaskSums([task.systems[i], task.systems[j]], task.posts, task.statistic)
        pair = compare([two], np.random.default_rng(7), draws=10)
        assert ranking.better[i, j] == (pair.p <= 0.05 and pair.difference > 0)
        assert ranking.better[j, i] == (pair.p <= 0.05 and pair.difference < 0)


@pytest.mark.parametrize(
    "name",
    [
        "weighted_f1",
        "balanced_accuracy",
        "macro_f1",
        "macro_f1_imhi_rule",
        "accuracy",
        "parse_rate",
        "mcc",
        "quadratic_weighted_kappa",
    ],
)
def test_fewer_sums_change_neither_values_nor_verdicts(tasks: dict[str, Task], name: str) -> None:
    """Also of systems with several repetitions, and of one that answered half of the posts."""
    task = tasks["mental-llm/depseverity-4"]
    estimator = metric(name).estimator(task)
    rng = np.random.default_rng(3)
    gold = rng.integers(0, 4, 80)
    systems = []
    for skill, repetitions in [(0.1, 1), (0.3, 2), (0.35, 3), (0.5, 1), (0.6, 2), (0.2, 1)]:
        guessed = rng.integers(0, 5, (repetitions, 80))
        predicted = np.where(rng.random((repetitions, 80)) < skill, gold, guessed)
        systems.append(np.eye(20)[gold * 5 + predicted])
    systems[-1][:, 40:] = 0
    posts = np.arange(80)
    whole = TaskSums(systems, posts, estimator.value)
    fewer = TaskSums(systems, posts, estimator.value, estimator)
    expected = rank_systems([whole], np.random.default_rng(1), permutations=2_000)
    ranking = rank_systems([fewer], np.random.default_rng(1), permutations=2_000)
    np.testing.assert_array_equal(ranking.significant, expected.significant)
    assert 0 < expected.significant.sum() < 30
    for system in range(5):
        np.testing.assert_array_equal(
            fewer.condensed.value(fewer.condensed_totals[system]),
            estimator.value(fewer.totals[system]),
        )
    first, second = (
        compare(
            [TaskSums(systems[3:5], posts, estimator.value, used)],
            np.random.default_rng(2),
            draws=20,
            permutations=999,
        )
        for used in (estimator, replace(estimator, condensed=None))
    )
    assert first == second


def test_a_clear_order_gives_one_rank_each(tasks: dict[str, Task]) -> None:
    ranking = rank_systems([board(tasks, 3000, [0.4, 0.9, 0.6])], np.random.default_rng(0))
    np.testing.assert_array_equal(ranking.low, [3, 1, 2])
    np.testing.assert_array_equal(ranking.high, [3, 1, 2])
    np.testing.assert_array_equal(ranking.cluster, [3, 1, 2])


def test_lower_is_better_turns_the_order_round(tasks: dict[str, Task]) -> None:
    ranking = rank_systems(
        [board(tasks, 3000, [0.4, 0.9])], np.random.default_rng(0), higher_is_better=False
    )
    np.testing.assert_array_equal(ranking.low, [1, 2])


def test_one_system_alone_is_first(tasks: dict[str, Task]) -> None:
    ranking = rank_systems([board(tasks, 50, [0.4])], np.random.default_rng(0))
    assert (ranking.low.tolist(), ranking.high.tolist(), ranking.cluster.tolist()) == (
        [1],
        [1],
        [1],
    )


def test_twins_share_a_cluster_and_an_interval(tasks: dict[str, Task]) -> None:
    task = board(tasks, 400, [0.9, 0.5])
    twins = TaskSums([*task.systems, task.systems[0]], task.posts, task.statistic)
    ranking = rank_systems([twins], np.random.default_rng(0))
    np.testing.assert_array_equal(ranking.low, [1, 3, 1])
    np.testing.assert_array_equal(ranking.high, [2, 3, 2])
    np.testing.assert_array_equal(ranking.cluster, [1, 2, 1])


def test_a_chain_of_neighbours_that_cannot_be_told_apart_is_one_cluster() -> None:
    better = np.zeros((3, 3), dtype=bool)
    better[0, 2] = True
    low, high = rank_intervals(better)
    np.testing.assert_array_equal(low, [1, 1, 2])
    np.testing.assert_array_equal(high, [2, 3, 3])
    np.testing.assert_array_equal(clusters(np.array([3.0, 2.0, 1.0]), better), [1, 1, 1])


def test_a_system_without_a_value_cannot_be_ranked() -> None:
    sums = [np.ones((1, 4, 1)), np.zeros((1, 4, 1))]
    task = TaskSums(sums, np.arange(4), lambda counts: np.where(counts[..., 0] > 0, 1.0, np.nan))
    with pytest.raises(ValueError, match=r"systems \[1\] have no value"):
        rank_systems([task], np.random.default_rng(0))


@given(st.data())
@settings(deadline=None, max_examples=300)
def test_intervals_and_clusters_never_contradict(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 9))
    values = data.draw(arrays(float, size, elements=st.integers(0, 5).map(float)))
    verdicts = data.draw(arrays(bool, (size, size)))
    better = verdicts & (values[:, None] > values)
    low, high = rank_intervals(better)
    cluster = clusters(values, better)
    place = 1 + (values[:, None] > values).sum(axis=0)
    assert ((low <= place) & (place <= high)).all()
    assert set(cluster) == set(range(1, cluster.max() + 1))
    for number in range(1, cluster.max() + 1):
        members = cluster == number
        above = (cluster < number).sum()
        assert (low[members] >= 1 + above).all()
        assert (high[members] <= above + members.sum()).all()
        assert better[np.ix_(cluster < number, members)].all()


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_a_cluster_starts_wherever_it_can(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 7))
    values = np.arange(size, 0, -1.0)
    better = np.triu(data.draw(arrays(bool, (size, size))), 1)
    cluster = clusters(values, better)
    for place in range(1, size):
        assert (cluster[place] > cluster[place - 1]) == better[:place, place:].all()


def test_known_verdicts_are_taken_and_only_the_others_tested(tasks: dict[str, Task]) -> None:
    task = board(tasks, 200, [0.3, 0.35, 0.5, 0.55, 0.62, 0.9])
    whole = rank_systems([task], np.random.default_rng(7))
    known = whole.significant.astype(np.int8)
    known[4], known[:, 4] = -1, -1  # a system that is new
    again = rank_systems([task], np.random.default_rng(7), known=known)
    for name in ("significant", "better", "low", "high", "cluster"):
        np.testing.assert_array_equal(getattr(again, name), getattr(whole, name))
    turned = rank_systems(
        [task], np.random.default_rng(7), known=1 - whole.significant.astype(np.int8)
    )
    off_diagonal = ~np.eye(6, dtype=np.bool_)
    np.testing.assert_array_equal(
        turned.significant[off_diagonal], ~whole.significant[off_diagonal]
    )


@pytest.mark.parametrize("done", [1, 20, *LOOKS, PERMUTATIONS])
def test_what_is_clear_is_by_the_binomial_distribution(done: int) -> None:
    counts = np.arange(done + 1)
    few, many = clear_counts(done)
    assert (counts <= few).tolist() == (binom.cdf(counts, done, LEVEL) < RISK).tolist()
    assert (counts >= many).tolist() == (binom.sf(counts - 1, done, LEVEL) < RISK).tolist()
