"""The bias-corrected and accelerated (BCa) bootstrap interval, over posts.

Efron, "Better Bootstrap Confidence Intervals", Journal of the American Statistical Association 82
(1987); in the form of Efron and Tibshirani (1993), equations 14.9, 14.10, 14.14 and 14.15. What the
jackknife leaves out is a post with all of its items. Where the correction cannot be computed the
percentile interval is given instead, and the method says so.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from scoring.statistics.bootstrap import Floats, percentile_interval
from scoring.statistics.interval import COVERAGE, Interval
from scoring.statistics.rounding import canonical

_NORMAL = NormalDist()


def bca_interval(value: float, replicates: Floats, jackknife: Floats, how: str) -> Interval:
    """Return the BCa interval, or the percentile interval where it is undefined.

    Args:
        value: Of the whole sample.
        replicates: (draws,) of the resamples; NaN where undefined.
        jackknife: (P,) of the sample without each post; NaN where undefined.
        how: What was drawn, for the method: "bootstrap over posts, 1000 draws".
    """
    percentile = percentile_interval(replicates, f"percentile {how}")
    if percentile.low is None:
        return percentile
    defined = replicates[~np.isnan(replicates)]
    tails = _tails(value, defined, jackknife)
    if tails is None:
        return Interval(
            percentile.low, percentile.high, f"{percentile.method} (BCa is undefined here)"
        )
    low, high = np.quantile(defined, tails)
    return Interval(float(low), float(high), percentile.method.replace("percentile", "BCa", 1))


def _tails(value: float, replicates: Floats, jackknife: Floats) -> tuple[float, float] | None:
    """Return the quantiles of the replicates that are the interval's ends.

    None where there are none.
    """
    # Half of the ties count as below, as in scipy: rank correlations are discrete.
    held = canonical(np.append(replicates, value))
    below = float(((held[:-1] < held[-1]).mean() + (held[:-1] <= held[-1]).mean()) / 2)
    spread = jackknife.mean() - jackknife
    scale = float((spread**2).sum())
    if not 0 < below < 1 or not scale > 0:  # also where a jackknife value is NaN
        return None
    bias = _NORMAL.inv_cdf(below)
    acceleration = float((spread**3).sum()) / (6 * scale**1.5)
    ends = [
        _corrected(bias, acceleration, _NORMAL.inv_cdf(tail))
        for tail in ((1 - COVERAGE) / 2, (1 + COVERAGE) / 2)
    ]
    return None if any(math.isnan(end) for end in ends) else (ends[0], ends[1])


def _corrected(bias: float, acceleration: float, z: float) -> float:
    denominator = 1 - acceleration * (bias + z)
    return _NORMAL.cdf(bias + (bias + z) / denominator) if denominator > 0 else math.nan
