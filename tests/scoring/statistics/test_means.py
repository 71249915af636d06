"""Means of few numbers and their differences, held against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from scoring.statistics import mean_of_few, paired_means, unpaired_means

FIRST = np.array([41.0, 38.5, 47.0, 35.0, 44.5, 39.0, 50.5])
SECOND = np.array([33.0, 36.5, 35.0, 29.5, 41.0, 37.0])


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_a_mean_has_students_interval() -> None:
    ours = mean_of_few(FIRST)
    theirs = stats.ttest_1samp(FIRST, 0).confidence_interval(0.95)
    assert (ours.value, ours.n) == (pytest.approx(FIRST.mean()), 7)
    assert (ours.interval.low, ours.interval.high) == pytest.approx((theirs.low, theirs.high))


def test_an_interval_ends_where_the_scale_does() -> None:
    ours = mean_of_few(np.array([0.0, 0.0, 1.0]), 0.0, 6.0)
    assert ours.interval.low == 0.0
    assert ours.interval.high == pytest.approx(1.768, abs=1e-3)


def test_welchs_t_and_all_permutations() -> None:
    ours = unpaired_means(FIRST, SECOND, rng())
    theirs = stats.ttest_ind(FIRST, SECOND, equal_var=False)
    ends = theirs.confidence_interval(0.95)
    assert ours.p == pytest.approx(theirs.pvalue)
    interval = ours.difference.interval
    assert (interval.low, interval.high) == pytest.approx((ends.low, ends.high))
    permuted = stats.permutation_test(
        (FIRST, SECOND),
        lambda x, y, axis: x.mean(axis) - y.mean(axis),
        n_resamples=np.inf,
        vectorized=True,
    )
    assert ours.exact
    assert ours.permutations == 1716
    # Its p-value is twice the smaller tail's; ours counts what is as far from 0, in either.
    as_far = np.abs(permuted.null_distribution) >= abs(permuted.statistic) - 1e-9
    assert ours.p_permutation == pytest.approx(as_far.mean())


def test_paired_t_and_all_signs() -> None:
    ours = paired_means(FIRST[:6] - SECOND, rng())
    theirs = stats.ttest_rel(FIRST[:6], SECOND)
    assert ours.p == pytest.approx(theirs.pvalue)
    permuted = stats.permutation_test(
        (FIRST[:6], SECOND),
        lambda x, y, axis: (x - y).mean(axis),
        permutation_type="samples",
        n_resamples=np.inf,
        vectorized=True,
    )
    assert (ours.p_permutation, ours.permutations) == (pytest.approx(permuted.pvalue), 64)


def test_many_are_permuted_by_chance_and_never_reach_zero() -> None:
    many = np.linspace(5, 6, 40)
    assert paired_means(many, rng()).p_permutation == 1 / 10_001
    apart = unpaired_means(many, many - 5, rng())
    assert (apart.p_permutation, apart.exact) == (1 / 10_001, False)


@pytest.mark.parametrize(
    ("values", "why"), [([3.0], "fewer than two patients"), ([3.0, 3.0], "no spread")]
)
def test_what_has_no_spread_has_no_interval(values: list[float], why: str) -> None:
    ours = mean_of_few(np.array(values))
    assert ours.value == 3.0
    assert why in ours.interval.method
    alike = unpaired_means(np.array(values), np.array(values), rng())
    assert (alike.difference.value, alike.p) == (0.0, None)


def test_nothing_has_no_mean() -> None:
    nothing = np.array([])
    assert mean_of_few(nothing).value is None
    assert paired_means(nothing, rng()).difference.value is None
    assert unpaired_means(nothing, FIRST, rng()).p_permutation is None


def test_rounding_is_no_spread() -> None:
    # Two points of 66 in per cent, as differences of two such sums are in binary.
    differences = 100 * 2 / 66 + 7.1e-15 * np.array([0.0, 1.0, -1.0, 0.0, 1.0])
    assert differences.std() > 0, "else it shows nothing"
    for ours in (
        paired_means(differences, rng()),
        unpaired_means(50 + differences, 40 + differences, rng()),
    ):
        assert ours.p is None
        assert ours.difference.interval.low is None
        assert "no spread" in ours.difference.interval.method
    assert "no spread" in mean_of_few(differences).interval.method
