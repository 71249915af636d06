"""What a comparison could have shown: against the normal distribution, and against what tests find."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from scoring.statistics import TaskSums, compare, detectable_difference, posts_needed
from scoring.statistics.power import spread


def test_a_difference_of_the_detectable_size_is_found_four_times_of_five() -> None:
    detectable = detectable_difference(0.01)
    assert detectable == pytest.approx((norm.ppf(0.975) + norm.ppf(0.8)) * 0.01, rel=1e-3)
    found_in_theory = norm.sf(norm.ppf(0.975) - detectable / 0.01)
    assert found_in_theory == pytest.approx(0.8, abs=0.001)


def test_posts_scale_with_the_square_of_the_difference() -> None:
    detectable = detectable_difference(0.01)
    assert posts_needed(0.01, 500, detectable) == 500
    assert posts_needed(0.01, 500, -detectable / 2) == 2_000
    assert posts_needed(0.01, 500, 2 * detectable) == 125


@pytest.mark.parametrize("difference", [None, 0.0, 1e-9, 1e-160, 5e-324])
def test_no_number_of_posts_shows_a_difference_of_nothing(difference: float | None) -> None:
    assert posts_needed(0.01, 500, difference) is None


def test_what_does_not_vary_has_no_spread_and_detects_nothing() -> None:
    assert spread(np.full(100, 0.3)) is None
    assert (detectable_difference(None), posts_needed(None, 500, 0.1)) == (None, None)


def test_undefined_replicates_are_left_out() -> None:
    assert spread(np.array([1.0, np.nan, 2.0, 3.0])) == pytest.approx(1.0)


def shares(first: np.ndarray, second: np.ndarray) -> TaskSums:
    """Two systems' shares of right answers."""
    sums = [
        np.stack([right, np.ones_like(right)], axis=-1)[None].astype(float)
        for right in (first, second)
    ]

    def share(totals: np.ndarray) -> np.ndarray:
        return np.where(totals[..., 1] > 0, totals[..., 0] / np.maximum(totals[..., 1], 1), np.nan)

    return TaskSums(sums, np.arange(len(first)), share)


def test_the_spread_of_a_difference_of_shares_is_the_textbooks() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.random(400) < 0.7, rng.random(400) < 0.6
    differences = first.astype(float) - second
    compared = compare([shares(first, second)], np.random.default_rng(1), permutations=10)
    # McNemar's variance; replicates are 1,000, so the deviation is known to some 2%.
    assert compared.spread == pytest.approx(differences.std(ddof=1) / 20, rel=0.08)


def test_tests_find_a_difference_of_the_detectable_size_as_often_as_promised() -> None:
    rng = np.random.default_rng(2)
    posts, times, right, wrong = 200, 300, 0.20, 0.20
    deviation = np.sqrt((right + wrong) / posts)
    gain = detectable_difference(float(deviation)) or 0.0
    # A is right where B is wrong more often than the other way round, by the detectable difference.
    chances = [right + gain / 2, wrong - gain / 2]
    found = 0
    for _ in range(times):
        drawn = rng.random(posts)
        only_first, only_second = drawn < chances[0], drawn > 1 - chances[1]
        pair = shares(only_first, only_second)
        found += compare([pair], rng, draws=10, permutations=199).p <= 0.05
    assert found / times == pytest.approx(0.8, abs=0.07), "three standard errors"
