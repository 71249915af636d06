"""Measures of how well a metric follows human ratings, item by item.

Each is computed in two ways, both for many resamples at once: `weighted` counts every item as often
as a bootstrap drew it, `swapped` mixes two metrics as a permutation test does. Neither loops over
resamples in Python.

- Pearson: of the values.
- Spearman: Pearson of the midranks.
- Kendall: tau-b (Kendall, "The treatment of ties in ranking problems", Biometrika 33, 1945).
- `scoring.statistics.pairwise.AccEq`: pairwise accuracy with ties.

An item drawn twice is tied with itself in both rankings; tau-b does not count such pairs. Values
that are equal but for rounding are tied (`scoring.statistics.rounding`).
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from scoring.statistics.bootstrap import Bools, Floats, Indices
from scoring.statistics.rounding import canonical

ROUNDING = 1e-12
"""Share of a sum of squares below which a variance is none."""


SUMMED = 1e-4
"""Share of a sum of squares that a variance has to be for sums to give it to twelve digits."""


Numbers = NDArray[np.float32] | NDArray[np.float64]


class Both(NamedTuple):
    """The two mixed metrics of each permutation: (m,) measures of A' and of B'."""

    first: Floats
    second: Floats


class Measure(Protocol):
    """A measure of association between a metric and human ratings.

    Attributes:
        name: A column's id.
        title: For people; names the grouping of pairs where there are pairs to group.
        at_once: How many permutations it is given at a time.
    """

    name: str
    title: str
    at_once: int = 2_500

    def among(self, items: Indices | Bools) -> Measure:  # noqa: ARG002
        """Return the measure on some of the items, by place or by mask.

        Another one only where it knows of single items.
        """
        return self

    def weighted(self, metric: Floats, human: Floats, weights: Floats) -> Floats:
        """Return the measure with items counted by weight.

        Args:
            metric: (n,) finite values.
            human: (n,) finite ratings.
            weights: (m, n) whole numbers.

        Returns:
            (m,): NaN where either side is constant among the items that count.
        """

    def swapped(self, first: Floats, second: Floats, human: Floats, masks: Bools) -> Both:
        """Return the measures of two metrics after swapping their values on some items.

        Args:
            first: (n,) values of A, on one scale with B's.
            second: (n,) values of B.
            human: (n,) ratings.
            masks: (m, n) which items are swapped.

        Returns:
            (m,) of A' and (m,) of B'; NaN where constant.
        """


class Pearson(Measure):
    """Pearson's correlation of the values."""

    name = "pearson"
    title = "Pearson r"

    def weighted(self, metric: Floats, human: Floats, weights: Floats) -> Floats:
        """Return weighted Pearson correlation.

        By sums, which are products of matrices; item by item only in resamples whose variance is so
        small that rounding would show.
        """
        x, y = canonical(metric), canonical(human)
        u, v = x - x.mean(), y - y.mean()
        sums = weights @ np.stack([np.ones(len(u)), u, v, u * u, v * v, u * v], axis=1)
        total, of_u, of_v, squares_u, squares_v, products = sums.T
        total = np.maximum(total, 1)  # a draw may leave out all items of an annotator
        spread_u, spread_v = squares_u - of_u**2 / total, squares_v - of_v**2 / total
        exact = (spread_u > SUMMED * squares_u) & (spread_v > SUMMED * squares_v)
        spread = np.sqrt(np.where(exact, spread_u * spread_v, np.nan))
        correlations = np.clip((products - of_u * of_v / total) / spread, -1.0, 1.0)
        others = np.flatnonzero(~exact)
        if others.size:
            rows = weights[others]
            correlations[others] = _pearson(_rows(x, rows), _rows(y, rows), rows)
        return np.asarray(correlations)

    def swapped(self, first: Floats, second: Floats, human: Floats, masks: Bools) -> Both:
        """Return Pearson correlations of the mixed metrics.

        All sums that they are made of are linear in the mask, so a permutation costs three products
        of vectors.
        """
        a, b = np.split(canonical(np.concatenate([first, second])), 2)
        y = canonical(human)
        # A common shift changes no correlation, and keeps squares small.
        shift = (a.mean() + b.mean()) / 2
        a, b, y = a - shift, b - shift, y - y.mean()
        moved = masks.astype(np.float64) @ np.stack([b - a, b * b - a * a, (b - a) * y], axis=1)
        mixed = (np.array([v.sum(), v @ v, v @ y]) + sign * moved for v, sign in ((a, 1), (b, -1)))
        return Both(*(_pearson_of_sums(sums, len(y), float(y @ y)) for sums in mixed))


class Spearman(Measure):
    """Pearson's correlation of the midranks."""

    name = "spearman"
    title = "Spearman ρ"

    def weighted(self, metric: Floats, human: Floats, weights: Floats) -> Floats:
        """Return midranks within each resample, then weighted Pearson."""
        ranked = [_Ranked.of(canonical(values), weights) for values in (metric, human)]
        spread = np.sqrt(ranked[0].squares * ranked[1].squares)
        first, second = (side.ranks[:, side.level] for side in ranked)
        products = np.einsum("mi,mi,mi->m", weights, first, second)
        correlations = products / np.where(spread > 0, spread, np.nan)
        return np.asarray(np.clip(correlations, -1.0, 1.0))

    def swapped(self, first: Floats, second: Floats, human: Floats, masks: Bools) -> Both:
        """Return Spearman correlations of the mixed metrics."""
        both = canonical(np.concatenate([first, second]))
        ratings = _midranks(canonical(human), np.ones(masks.shape))
        twice = np.concatenate([ratings, ratings], axis=1)
        return Both(
            *(
                _pearson(_midranks(both, mix.astype(float)), twice, mix.astype(float))
                for mix in mixes(masks)
            )
        )


class Kendall(Measure):
    """Kendall's tau-b; holds n x n signs, so it is for up to a few thousand items."""

    name = "kendall"
    title = "Kendall τ-b"
    at_once = 5_000

    def weighted(self, metric: Floats, human: Floats, weights: Floats) -> Floats:
        """Return tau-b over pairs of drawn items."""
        signs, rated = _signs(canonical(metric)), _signs(canonical(human))
        untied = np.sqrt(_quadratic(weights, np.abs(signs)) * _quadratic(weights, np.abs(rated)))
        correlations = _quadratic(weights, signs * rated) / np.where(untied > 0, untied, np.nan)
        return np.asarray(np.clip(correlations, -1.0, 1.0))

    def swapped(self, first: Floats, second: Floats, human: Floats, masks: Bools) -> Both:
        """Return tau-b of the mixed metrics: each picks one of an item's two values."""
        both, ratings = canonical(np.concatenate([first, second])), canonical(human)
        rated = _signs(ratings)
        # Whole numbers below 2^24 are exact in float32, which is twice as fast.
        fits = 4 * masks.shape[1] ** 2 < 2**24
        swaps = masks.astype(np.float32) if fits else masks.astype(np.float64)
        concordant = _mixed_sums(_signs(both) * np.tile(rated, (2, 2)), swaps)
        untied, of_ratings = _mixed_untied(both, swaps), np.abs(rated).sum()
        return Both(
            *(
                np.clip(held / np.sqrt(np.where(other > 0, other * of_ratings, np.nan)), -1.0, 1.0)
                for held, other in zip(concordant, untied, strict=True)
            )
        )


def mixes(masks: Bools) -> tuple[Bools, Bools]:
    """Return (m, 2 n) which values of A and of B are A' after swapping, and which are B'."""
    return np.hstack([~masks, masks]), np.hstack([masks, ~masks])


def varies(values: Floats, weights: Floats) -> Bools:
    """Return (m,) whether at least two different canonical values of (m, n) or (n,) count.

    Exact, unlike a variance.
    """
    counted = weights > 0
    low = np.where(counted, values, np.inf).min(axis=1)
    high = np.where(counted, values, -np.inf).max(axis=1)
    return np.asarray(low < high)


def _rows(values: Floats, weights: Floats) -> Floats:
    return np.broadcast_to(values, weights.shape)


def _pearson(metric: Floats, human: Floats, weights: Floats) -> Floats:
    """Return weighted Pearson correlation of each row; (m, n) all."""
    total = np.maximum(
        weights.sum(axis=1, keepdims=True), 1
    )  # a draw may leave out all items of an annotator
    x = metric - (weights * metric).sum(axis=1, keepdims=True) / total
    y = human - (weights * human).sum(axis=1, keepdims=True) / total
    spread = np.sqrt((weights * x * x).sum(axis=1) * (weights * y * y).sum(axis=1))
    defined = varies(metric, weights) & varies(human, weights) & (spread > 0)
    correlations = (weights * x * y).sum(axis=1) / np.where(defined, spread, np.nan)
    return np.asarray(
        np.clip(correlations, -1.0, 1.0)
    )  # rounding takes a perfect correlation past 1


def _pearson_of_sums(sums: Floats, n: int, spread: float) -> Floats:
    """Return (m,) correlations with centred ratings.

    Args:
        sums: (m, 3) sum of the values, of their squares, of their products with the ratings.
        n: Items.
        spread: Sum of the squared ratings.
    """
    variance = sums[:, 1] - sums[:, 0] ** 2 / n
    # What is left of equal values is the rounding of their squares.
    varied = (variance > ROUNDING * sums[:, 1]) & (spread > 0)
    return np.asarray(
        np.clip(sums[:, 2] / np.sqrt(np.where(varied, variance * spread, np.nan)), -1.0, 1.0)
    )


def _mixed_sums(pairs: Floats, swaps: Numbers) -> Both:
    """Return sums over all pairs of items of two mixed metrics, each of one of an item's values.

    With s the 0/1 mask and blocks aa, ab, ba, bb of the pairs, A' has (1 - s) aa (1 - s) + (1 - s)
    ab s + s ba (1 - s) + s bb s. Multiplied out, A' and B' share the term that is quadratic in s,
    which is all that takes time.

    Args:
        pairs: (2 n, 2 n) symmetric, whole numbers from -1 to 1, of A's values and then of B's.
        swaps: (m, n) 1 where an item is swapped, in a type that holds 4 n^2 exactly.
    """
    n = swaps.shape[1]
    aa, ab, bb = pairs[:n, :n], pairs[:n, n:], pairs[n:, n:]
    products = swaps @ (aa - ab - ab.T + bb).astype(swaps.dtype)
    both = np.einsum("mi,mi->m", products, swaps).astype(np.float64)
    linear = np.stack([ab.sum(axis=0) - aa.sum(axis=0), ab.sum(axis=1) - bb.sum(axis=0)], axis=1)
    alone = 2 * (swaps @ linear.astype(swaps.dtype)).astype(np.float64)
    return Both(aa.sum() + alone[:, 0] + both, bb.sum() + alone[:, 1] + both)


def _mixed_untied(values: Floats, swaps: Numbers) -> Both:
    """Return how many ordered pairs of items two mixed metrics have that are not tied.

    All less the squares of how often each value occurs; an item whose value occurs once in both
    metrics together is tied with itself alone.

    Args:
        values: (2 n,) canonical, of A and then of B.
        swaps: (m, n) 1 where an item is swapped, in a type that holds 4 n^2 exactly.
    """
    n = swaps.shape[1]
    _, value, counts = np.unique(values, return_inverse=True, return_counts=True)
    held = (value[:, None] == np.flatnonzero(counts > 1)).astype(swaps.dtype)
    a, b = held[:n], held[n:]
    moved = swaps @ (b - a)

    def untied(times: Numbers) -> Floats:
        tied = np.einsum("mk,mk->m", times, times) + (n - times.sum(axis=1))
        return np.asarray(n * n - tied, dtype=np.float64)

    return Both(untied(a.sum(axis=0) + moved), untied(b.sum(axis=0) - moved))


class _Ranked(NamedTuple):
    """Midranks of each resample less their mean, which its size alone says; exact, being halves.

    Attributes:
        level: (n,) which of the distinct values each item has.
        ranks: (m, distinct values).
        squares: (m,) sum over items of the squared ranks; 0 where all that count are tied.
    """

    level: Indices
    ranks: Floats
    squares: Floats

    @classmethod
    def of(cls, values: Floats, weights: Floats) -> _Ranked:
        distinct, level = np.unique(values, return_inverse=True)
        held = weights @ (level[:, None] == np.arange(len(distinct)))
        ranks = np.cumsum(held, axis=1)
        ranks -= held / 2 + ranks[:, -1:] / 2
        return cls(level, ranks, np.einsum("mk,mk,mk->m", held, ranks, ranks))


def _midranks(values: Floats, weights: Floats) -> Floats:
    """Return (m, n) midranks of (n,) values when each counts by weight."""
    distinct, index = np.unique(values, return_inverse=True)
    held = weights @ (index[:, None] == np.arange(len(distinct)))
    return np.asarray((np.cumsum(held, axis=1) - (held - 1) / 2)[:, index])


def _signs(values: Floats) -> Floats:
    return np.asarray(np.sign(values[:, None] - values))


def _quadratic(weights: Floats, matrix: Floats) -> Floats:
    """Return (m,) w M w for each row w."""
    return np.asarray(((weights @ matrix) * weights).sum(axis=1))
