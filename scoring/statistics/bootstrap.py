"""The bootstrap over posts, as matrix products.

A metric is a function of summed item statistics (`scoring.metric`), so a resample is a sum of
per-post sums, each times how often its post was drawn: replicate weights (draws, P) times post sums
(P, k). Drawing P posts with replacement and counting them is a multinomial draw, so this is exactly
the bootstrap over posts of Davison and Hinkley, "Bootstrap Methods and their Application" (1997),
section 3.8 for clusters, without a loop over items.

The interval is the percentile interval (Efron and Tibshirani, "An Introduction to the Bootstrap",
1993, chapter 13). BCa would need a jackknife over posts for every cell of the board and is
undefined on near-constant values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.statistics.interval import COVERAGE, NO_SPREAD, Interval

Floats = NDArray[np.float64]
Counts = NDArray[np.uint16]
Indices = NDArray[np.intp]
Bools = NDArray[np.bool_]

BLOCK = 128
"""Draws worked on at a time: 128 x 2,400 posts are 2.5 MB of weights, which stay in a processor's
cache.
"""

ROUNDING = 1e-9
"""Replicates that differ by no more are the same."""

MAX_UNDEFINED = 0.05
"""The largest share of undefined draws with which an interval is still given."""


def post_sums(items: Floats, post_index: Indices) -> Floats:
    """Sum item rows by post.

    Args:
        items: (..., n, k) statistics.
        post_index: (n,) the post of each item, 0 to P - 1, every post occurring.

    Returns:
        (..., P, k) sums.
    """
    if post_index.size == 0:
        return np.asarray(items)
    # `reduceat` sums runs, several times as fast as adding up row by row.
    order = np.argsort(post_index, kind="stable")
    starts = np.flatnonzero(np.diff(post_index[order], prepend=-1))
    return np.asarray(np.add.reduceat(items[..., order, :], starts, axis=-2))


def replicate_weights(posts: int, draws: int, rng: np.random.Generator) -> Counts:
    """Return how often each post is drawn in each resample of as many posts.

    Args:
        posts: P, at least 1.
        draws: Resamples.
        rng: Source of randomness; the result does not depend on how the work is cut into blocks.

    Returns:
        (draws, P) counts; every row sums to P.
    """
    weights = np.empty((draws, posts), dtype=np.uint16)
    for start in range(0, draws, BLOCK):
        rows = min(BLOCK, draws - start)
        drawn = rng.integers(0, posts, size=(rows, posts)) + posts * np.arange(rows)[:, None]
        weights[start : start + rows] = np.bincount(drawn.ravel(), minlength=rows * posts).reshape(
            rows, posts
        )
    return weights


def replicates(sums: Floats, weights: Counts, statistic: Callable[[Floats], Floats]) -> Floats:
    """Return the statistic of every resample.

    Args:
        sums: (..., P, k) per-post sums; leading dimensions (repetitions, systems) share each draw's
            posts.
        weights: (draws, P) as `replicate_weights` gives them.
        statistic: (..., k) sums -> (...) values, NaN where undefined.

    Returns:
        (..., draws) values.
    """
    values = np.empty((*sums.shape[:-2], len(weights)))
    for start in range(0, len(weights), BLOCK):
        block = weights[start : start + BLOCK].astype(np.float64)
        values[..., start : start + BLOCK] = statistic(block @ sums)
    return values


def percentile_interval(
    values: Floats, method: str = "percentile bootstrap over posts", coverage: float = COVERAGE
) -> Interval:
    """Return the percentile interval of bootstrap replicates.

    Args:
        values: (draws,) replicates; NaN where the resample's value is undefined.
        method: How the replicates were made; the returned method says, besides, how many were
            undefined.
        coverage: What the interval aims at.

    Returns:
        The interval over the defined replicates; none where more than 5% are undefined, and
        NO_SPREAD where its ends are the same.
    """
    undefined = int(np.isnan(values).sum())
    # The draws that are left would be a choice of samples.
    if undefined > MAX_UNDEFINED * values.size:
        return Interval.none(f"undefined in {undefined} of {values.size} bootstrap draws")
    defined = values[~np.isnan(values)]
    tail = (1 - coverage) / 2
    low, high = np.quantile(defined, (tail, 1 - tail))
    # An interval of no width would claim certainty.
    if high - low <= ROUNDING:
        return NO_SPREAD
    left_out = f", {undefined} undefined draws left out" if undefined else ""
    return Interval(float(low), float(high), method + left_out)


def mean_of_defined(values: Floats, axis: int = 0) -> Floats:
    """Return the mean over an axis of the values that are not NaN; NaN where all are.

    As `numpy.nanmean`, without its warning.
    """
    defined = ~np.isnan(values)
    counts = defined.sum(axis=axis)
    total = np.where(defined, values, 0.0).sum(axis=axis)
    return np.asarray(total / np.where(counts > 0, counts, np.nan))


def numbered(posts: NDArray[Any]) -> Indices:
    """Return (n,) ids of posts -> (n,) numbers from 0, in the order of the ids."""
    return np.unique(posts, return_inverse=True)[1]
