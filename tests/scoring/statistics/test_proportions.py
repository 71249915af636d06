from __future__ import annotations

import pytest
from scipy.stats import binomtest

from scoring.statistics import one_sided_bound, proportion_interval, wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # Newcombe (1998), "Two-sided confidence intervals for the single proportion: comparison of
        # seven methods", Statistics in Medicine 17, table I, method 3 (score, without continuity
        # correction).
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_equals_the_printed_table(
    successes: int, trials: int, low: float, high: float
) -> None:
    interval = wilson(successes, trials)
    assert interval.low == pytest.approx(low, abs=5e-5)
    assert interval.high == pytest.approx(high, abs=5e-5)
    assert interval.method == "Wilson"


@pytest.mark.parametrize("trials", [1, 2, 35, 400])
def test_wilson_equals_scipy(trials: int) -> None:
    for successes in range(0, trials + 1, max(1, trials // 7)):
        expected = binomtest(successes, trials).proportion_ci(0.95, method="wilson")
        interval = wilson(successes, trials)
        assert (interval.low, interval.high) == pytest.approx(
            (expected.low, expected.high), abs=1e-12
        )


@pytest.mark.parametrize("trials", [1, 35, 2400])
def test_a_perfect_score_has_the_exact_one_sided_bound(trials: int) -> None:
    # scipy's exact (Clopper-Pearson) interval for the alternative "greater" has its one end at the
    # same place.
    expected = (
        binomtest(trials, trials, alternative="greater").proportion_ci(0.95, method="exact").low
    )
    assert one_sided_bound(trials) == pytest.approx(expected)
    best, worst = proportion_interval(trials, trials), proportion_interval(0, trials)
    assert (best.low, best.high) == (pytest.approx(expected), 1.0)
    assert (worst.low, worst.high) == (0.0, pytest.approx(1 - expected))
    assert best.method == worst.method == f"exact one-sided bound, {trials} posts"


def test_in_between_it_is_wilsons() -> None:
    assert proportion_interval(34, 35) == wilson(34, 35)
