"""Intervals of plain proportions: Wilson's, and an exact one-sided bound at 0 and 1.

On small sets the bootstrap of a proportion covers too little (at n = 35 and p = .97, 65% of the time instead
of 95%), and at 0 or n successes it has no width at all. Wilson's score interval (Wilson 1927; recommended by
Brown, Cai and DasGupta, "Interval Estimation for a Binomial Proportion", Statistical Science 16, 2001) holds
there. Without a single failure (or success) only one end is in doubt, and the whole 5% goes to that end.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from scoring.statistics.interval import Interval


def wilson(successes: float, trials: float, level: float = 0.95) -> Interval:
    """Wilson's score interval without continuity correction.

    Args:
        successes: At most `trials`.
        trials: At least 1.
        level: Coverage aimed at.
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = successes / trials
    centre = share + z * z / (2 * trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return Interval(max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale), "Wilson")


def one_sided_bound(trials: int, level: float = 0.95) -> float:
    """The smallest share of successes with which `trials` out of `trials` is not surprising.

    The exact (Clopper-Pearson) one-sided bound: the p with p ** trials = 1 - level.
    """
    return float((1 - level) ** (1 / trials))


def proportion_interval(successes: float, trials: int, level: float = 0.95) -> Interval:
    """Wilson's interval, or the exact one-sided bound where no trial or every trial succeeded."""
    if successes in (0, trials):
        bound = one_sided_bound(trials, level)
        ends = (bound, 1.0) if successes else (0.0, 1 - bound)
        return Interval(*ends, f"exact one-sided bound, {trials} posts")
    return wilson(successes, trials, level)
