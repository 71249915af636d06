"""Statistics of pairs of numbers that follow from six sums, with bootstraps over posts.

Of numbers x and y these are sums of 1, x, y, xx, yy and xy. A resample adds up its posts' sums, so a
thousand of them cost one product of matrices.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from scoring.statistics.bootstrap import (
    Floats,
    numbered,
    percentile_interval,
    post_sums,
    replicate_weights,
    replicates,
)
from scoring.statistics.estimate import NO_VARIANCE, Estimate
from scoring.statistics.interval import TOO_FEW_POSTS

FEWEST_POSTS = 10
DRAWS = 1_000
_NONE = 1e-12

Statistic = Callable[[Floats], Floats]
"""(..., 6) sums -> (...) values, NaN where undefined."""


def estimate(
    x: Floats, y: Floats, posts: NDArray[np.str_], statistic: Statistic, seed: int
) -> Estimate:
    """Return a statistic of pairs with its percentile interval over posts.

    Args:
        x: (n,) numbers, none of them NaN.
        y: (n,) others beside them; not looked at by `mean` and `spread`.
        posts: (n,) what is drawn.
        statistic: One of this module's.
        seed: Of the resamples.
    """
    n, index = len(x), numbered(posts)
    distinct = len(np.unique(index))
    if not n:
        return Estimate.none("there are none")
    moments = np.stack([np.ones(n), x, y, x * x, y * y, x * y], axis=-1)
    sums = post_sums(moments, index)
    value = float(statistic(sums.sum(axis=0)))
    if np.isnan(value):
        return Estimate.none(NO_VARIANCE, n, distinct)
    if distinct < FEWEST_POSTS:
        return Estimate(value, TOO_FEW_POSTS, n, distinct)
    weights = replicate_weights(distinct, DRAWS, np.random.default_rng(seed))
    interval = percentile_interval(replicates(sums, weights, statistic))
    return Estimate(value, interval, n, distinct)


def mean(sums: Floats) -> Floats:
    """Return the mean of x."""
    n, x, *_ = np.moveaxis(sums, -1, 0)
    return np.asarray(x / n)


def difference(sums: Floats) -> Floats:
    """Return the mean of x less that of y."""
    n, x, y, *_ = np.moveaxis(sums, -1, 0)
    return np.asarray((x - y) / n)


def spread(sums: Floats) -> Floats:
    """Return the standard deviation of x, with n below the fraction line."""
    n, x, _, xx, *_ = np.moveaxis(sums, -1, 0)
    return np.asarray(np.sqrt(_variance(n, x, xx)))


def correlation(sums: Floats) -> Floats:
    """Return Pearson's r; NaN where x or y does not vary."""
    n, x, y, xx, yy, xy = np.moveaxis(sums, -1, 0)
    product = _variance(n, x, xx) * _variance(n, y, yy)
    still = product < _NONE
    covariance = xy / n - x * y / n**2
    return np.where(still, np.nan, covariance / np.sqrt(np.where(still, 1.0, product)))


def _variance(n: Floats, total: Floats, squares: Floats) -> Floats:
    return np.asarray(np.maximum(squares / n - (total / n) ** 2, 0.0))
