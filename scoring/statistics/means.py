"""Means of few numbers and their differences: Student's and Welch's intervals, with permutation
tests beside them.

For scores of whole transcripts, of which there are a dozen patients and not a thousand posts: a
bootstrap of so few is too narrow, and t intervals are the customary ones there. They assume that
means vary about normally, which sums of many items do; what does not assume it is the permutation
test beside them, exact where the permutations are few enough to be gone through.

Welch, "The generalization of 'Student's' problem when several different population variances are
involved", Biometrika 34 (1947), with the degrees of freedom of Satterthwaite, Biometrics Bulletin 2
(1946). Permutations: Edgington, "Randomization Tests" (1980): signs of paired differences, or which
values are whose.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations, product
from math import comb, inf, sqrt

import numpy as np

from scoring.statistics.bootstrap import ROUNDING, Floats
from scoring.statistics.estimate import Estimate
from scoring.statistics.interval import COVERAGE, Interval
from scoring.statistics.rounding import reaching

EXACT = 20_000
"""Permutations up to which all are gone through."""
DRAWS = 10_000
FEWEST = 2
STUDENT, PAIRED, WELCH = "Student's t", "paired t", "Welch's t"
TOO_FEW = "fewer than two patients"
NO_SPREAD = "no spread: all values are equal"


@dataclass(frozen=True)
class MeanDifference:
    """The first's mean less the second's.

    Attributes:
        difference: With its interval; `n` counts values (pairs, or both sides' together).
        test: PAIRED or WELCH.
        p: Two-sided, of t; None where t cannot be given.
        p_permutation: Two-sided; None where there is no difference.
        permutations: Of which; all of them where `exact`.
        exact: Whether these are all that there are.
    """

    difference: Estimate
    test: str
    p: float | None = None
    p_permutation: float | None = None
    permutations: int = 0
    exact: bool = False


def mean_of_few(values: Floats, low: float = -inf, high: float = inf) -> Estimate:
    """Return the mean of independent values with Student's interval, as far as the scale goes.

    Args:
        values: (n,) none of them NaN.
        low: The lowest value that there can be.
        high: The highest.
    """
    if not len(values):
        return Estimate.none("nothing was rated")
    spread = _standard_error(values)
    mean = _estimate(float(values.mean()), spread, len(values) - 1, len(values), STUDENT)
    ends = mean.interval
    if ends.low is None or ends.high is None:
        return mean
    cut = replace(ends, low=max(ends.low, low), high=min(ends.high, high))
    return replace(mean, interval=cut)


def deviation(values: Floats) -> float | None:
    """Return the standard deviation, with n - 1 below the fraction line; 0 of values that are equal
    but for rounding, None of fewer than two.
    """
    if len(values) < FEWEST:
        return None
    spread = float(values.std(ddof=1))
    # Of differences that are all nothing, what is left is the rounding of larger values.
    scale = max(1.0, float(np.abs(values).max()))
    return spread if spread > ROUNDING * scale else 0.0


def paired_means(differences: Floats, rng: np.random.Generator) -> MeanDifference:
    """Return the mean of paired differences, tested by t and by permuting signs.

    Args:
        differences: (n,) the first's less the second's of each pair.
        rng: Source of randomness, where there are too many permutations for all.
    """
    if not len(differences):
        return MeanDifference(Estimate.none("no patient is rated of both"), PAIRED)
    n, value, spread = len(differences), float(differences.mean()), _standard_error(differences)
    exact = 2**n <= EXACT
    signs = (
        np.array(list(product((1.0, -1.0), repeat=n)))
        if exact
        else rng.choice((1.0, -1.0), size=(DRAWS, n))
    )
    permuted = signs @ differences / n
    estimate = _estimate(value, spread, n - 1, n, PAIRED)
    p = _p(permuted, value, exact=exact)
    return MeanDifference(estimate, PAIRED, _t_test(value, spread, n - 1), p, len(signs), exact)


def unpaired_means(first: Floats, second: Floats, rng: np.random.Generator) -> MeanDifference:
    """Return the difference of two independent means, tested by Welch's t and by permuting whose
    values are whose.

    Args:
        first: (n,) values.
        second: (m,) others.
        rng: Source of randomness, where there are too many permutations for all.
    """
    n, m = len(first), len(second)
    if not n or not m:
        return MeanDifference(Estimate.none("one of the two is not rated"), WELCH)
    value = float(first.mean() - second.mean())
    parts = [_standard_error(side) for side in (first, second)]
    spread = degrees = None
    if parts[0] is not None and parts[1] is not None:
        spread = sqrt(parts[0] ** 2 + parts[1] ** 2)
        degrees = _satterthwaite(parts[0] ** 2, n, parts[1] ** 2, m)
    pooled, exact = np.concatenate([first, second]), comb(n + m, n) <= EXACT
    sums = (
        np.array([pooled[list(chosen)].sum() for chosen in combinations(range(n + m), n)])
        if exact
        else rng.permuted(np.tile(pooled, (DRAWS, 1)), axis=1)[:, :n].sum(axis=1)
    )
    permuted = sums / n - (pooled.sum() - sums) / m
    estimate = _estimate(value, spread, degrees, n + m, WELCH)
    p = _p(permuted, value, exact=exact)
    return MeanDifference(estimate, WELCH, _t_test(value, spread, degrees), p, len(sums), exact)


def _standard_error(values: Floats) -> float | None:
    spread = deviation(values)
    return None if spread is None else spread / sqrt(len(values))


def _satterthwaite(first: float, n: int, second: float, m: int) -> float | None:
    below = first**2 / (n - 1) + second**2 / (m - 1)
    return (first + second) ** 2 / below if below > 0 else None


def _estimate(
    value: float, spread: float | None, degrees: float | None, n: int, how: str
) -> Estimate:
    if spread is None:
        return Estimate(value, Interval.none(TOO_FEW), n, n)
    if not spread or degrees is None:
        return Estimate(value, Interval.none(NO_SPREAD), n, n)
    from scipy.special import stdtrit  # here, because the site has no need of it

    reach = float(stdtrit(degrees, (1 + COVERAGE) / 2)) * spread
    return Estimate(value, Interval(value - reach, value + reach, f"{how} over patients"), n, n)


def _t_test(value: float, spread: float | None, degrees: float | None) -> float | None:
    if not spread or degrees is None:
        return None
    from scipy.special import stdtr

    return 2 * float(stdtr(degrees, -abs(value) / spread))


def _p(permuted: Floats, value: float, *, exact: bool) -> float:
    count = int(np.count_nonzero(reaching(permuted[None, :], np.array([value]))))
    # What was observed is among all permutations, and not among drawn ones.
    return count / len(permuted) if exact else (count + 1) / (len(permuted) + 1)
