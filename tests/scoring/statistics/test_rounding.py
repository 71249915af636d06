"""Values that are equal but for rounding are equal wherever values are ranked or compared."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from scoring.statistics import (
    MEASURES,
    Kendall,
    Pearson,
    Spearman,
    bca_interval,
    contrast,
)
from scoring.statistics.bootstrap import Floats
from scoring.statistics.generalization import Resampled
from scoring.statistics.measures import Measure
from scoring.statistics.paired import exceeding
from scoring.statistics.pairwise import AccEq, system_accuracy
from scoring.statistics.ranks import rank_systems
from scoring.statistics.rounding import canonical, equal, mean
from scoring.statistics.swaps import TaskSums

CLEAN = np.array([0.3, 0.1, 0.3, 0.6, 0.9, 0.3, 0.6])
ROUNDED = np.array([0.1 + 0.2, 0.1, 0.3, 0.6, 0.9, 0.3, 0.1 + 0.2 + 0.3])
HUMAN = np.array([1.0, 0.0, 2.0, 2.0, 3.0, 1.0, 1.0])


def test_the_same_number_reached_by_two_sums_is_the_same_number() -> None:
    assert 0.1 + 0.2 != 0.3, "or there is nothing to see here"
    found = canonical(np.array([0.1 + 0.2, 5.0, 0.3, np.nan, 0.3]))
    assert found[0] == found[2] == found[4] == 0.3
    assert (found[1], np.isnan(found[3])) == (5.0, True)


def test_it_is_an_equivalence_with_no_edges() -> None:
    """a = b and b = c make a = c, however far that goes, and what is further off stays apart."""
    chain = 1 + 1e-13 * np.arange(30)
    assert len(set(canonical(chain).tolist())) == 1
    assert len(set(canonical(np.array([1.0, 1 + 1e-11])).tolist())) == 2
    # Half a unit of any digit that one might round to: rounding to digits would tell these apart.
    edge = 0.1234567890125
    assert len(set(canonical(np.array([edge, np.nextafter(edge, 0), np.nextafter(edge, 1)])))) == 1


def test_rows_are_held_against_themselves_alone() -> None:
    rows = np.array([[1.0, 1 + 1e-13, 2.0], [1e-13, 2e-13, 3e-13]])
    assert [len(set(row)) for row in canonical(rows).tolist()] == [2, 3]


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_measures_take_rounded_ties_for_ties(measure: Measure) -> None:
    assert (ROUNDED != CLEAN).any()
    weights = np.vstack([np.ones(7), [2, 0, 1, 1, 1, 1, 1]])
    other, human = CLEAN[::-1].copy(), HUMAN + 1e-15
    assert measure.weighted(ROUNDED, human, weights) == pytest.approx(
        measure.weighted(CLEAN, HUMAN, weights), abs=1e-12
    )
    masks = np.arange(7) % np.array([[2], [3]]) == 0
    for found, wanted in zip(
        measure.swapped(ROUNDED, other, human, masks),
        measure.swapped(CLEAN, other, HUMAN, masks),
        strict=True,
    ):
        assert found == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize(
    ("measure", "wanted"),
    [
        (Spearman(), stats.spearmanr(CLEAN, HUMAN).statistic),
        (Kendall(), stats.kendalltau(CLEAN, HUMAN).statistic),
    ],
    ids=["spearman", "kendall"],
)
def test_rounded_ties_give_scipys_value_of_the_exact_ones(measure: Measure, wanted: float) -> None:
    assert measure.weighted(ROUNDED, HUMAN, np.ones((1, 7)))[0] == pytest.approx(wanted, abs=1e-12)


def test_acc_eq_counts_a_rounded_tie_that_people_share() -> None:
    # By hand: people tie the first two, so does the metric; both other pairs are ordered alike.
    metric, ratings = np.array([0.1 + 0.2, 0.3, 0.5]), np.array([1.0, 1.0, 2.0])
    assert AccEq().weighted(metric, ratings, np.ones((1, 3)))[0] == 1.0


def test_a_metric_that_is_constant_but_for_rounding_has_no_variance() -> None:
    from scoring.statistics import correlate

    values = np.array([0.1 + 0.2, 0.3, 0.3, 0.1 + 0.2])
    found = correlate(values, HUMAN[:4], np.arange(4), Pearson(), np.random.default_rng(0))
    assert (found.value, found.why_none) == (None, "no variance in the metric")


def test_a_perfect_correlation_is_1_and_no_more() -> None:
    rng = np.random.default_rng(0)
    values = rng.random((50, 9))
    for row in values:
        for measure in MEASURES:
            assert abs(measure.weighted(row, row * 3 + 1, np.ones((1, 9)))[0]) <= 1


def test_systems_of_equal_means_are_tied() -> None:
    metric = np.array(
        [0.1, 0.2, 0.3, 0.3, 0.2, 0.1]
    )  # means .2 and .2, which sums reach differently
    assert metric[:3].sum() != metric[3:].sum()
    found = system_accuracy(
        metric,
        np.array([1.0, 2, 3, 2, 2, 2]),
        np.repeat([0, 1], 3),
        np.arange(6),
        np.random.default_rng(0),
        5,
    )
    assert found.value == 1.0


def test_replicates_that_equal_the_value_but_for_rounding_count_half() -> None:
    replicates = np.concatenate([np.full(400, 0.3), np.linspace(0.1, 0.5, 600)])
    jackknife = np.linspace(0.2, 0.4, 9)
    intervals = [bca_interval(value, replicates, jackknife, "draws") for value in (0.3, 0.1 + 0.2)]
    assert (intervals[0].low, intervals[0].high) == (intervals[1].low, intervals[1].high)


def test_a_permutation_as_far_as_the_observed_one_counts() -> None:
    observed = np.array([0.1 + 0.2])
    permuted = np.array([[0.3, -0.3, 0.29, 0.31, np.nan]])
    assert exceeding(permuted, observed).tolist() == [4]


def test_no_system_is_better_by_rounding() -> None:
    rows = [
        np.array([[[0.1, 1.0], [0.2, 1.0], [0.3, 1.0]]]),
        np.array([[[0.3, 1.0], [0.2, 1.0], [0.1, 1.0]]]),
    ]

    def statistic(sums: Floats) -> Floats:
        return np.asarray(sums[..., 0] / sums[..., 1])

    ranking = rank_systems([TaskSums(rows, np.arange(3), statistic)], np.random.default_rng(0))
    assert not ranking.better.any()


def test_the_mean_of_equal_values_is_that_value() -> None:
    for value in (1.0, 0.1, 0.7, 1 / 3, -3.3):
        for n in range(1, 40):
            assert mean([value] * n) == value
    assert mean([0.1, 0.2, 0.3]) == 0.2
    assert (mean([]) != mean([]), mean([1.0, math.nan]) != 0) == (True, True)


def test_means_over_tasks_are_exact() -> None:
    """Seven perfect tasks have the mean 1.0, not 0.9999999999999998, and so have
    their resamples.
    """
    flags = np.zeros((1, 9), dtype=bool)
    still = Resampled(np.ones((1, 9)), np.ones((2, 1, 9, 50)), 10, np.zeros(50), flags, ~flags)
    assert contrast(still, 0, range(7)).value == 1.0
    assert contrast(still, 0, range(7), [7, 8]).value == 0.0
    drawn = np.repeat(np.array([[[[0.7, 1.0]]]]), 7, axis=2).repeat(2, axis=0)
    moving = Resampled(np.ones((1, 7)), drawn, 2, np.zeros(2), flags[:, :7], flags[:, :7])
    assert contrast(moving, 0, range(7)).interval.high == pytest.approx(1, abs=0.01)
    exact = Resampled(
        np.ones((1, 7)),
        np.where(drawn < 1, 0.7, 1.0).repeat(50, axis=-1),
        2,
        np.zeros(100),
        flags[:, :7],
        flags[:, :7],
    )
    assert contrast(exact, 0, range(7)).interval.high == 1.0


def test_equal_is_of_both_or_neither() -> None:
    assert equal(0.1 + 0.2, 0.3)
    assert not equal(0.3, 0.3000001)
    assert equal(None, None)
    assert not equal(None, 0.0)
