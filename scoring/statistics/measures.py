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

from scoring.statistics.bootstrap import Bools, Floats, Indices
from scoring.statistics.rounding import canonical


class Both(NamedTuple):
    """The two mixed metrics of each permutation: (m,) measures of A' and of B'."""

    first: Floats
    second: Floats


class Measure(Protocol):
    """A measure of association between a metric and human ratings.

    Attributes:
        name: A column's id.
        title: For people; names the grouping of pairs where there are pairs to group.
    """

    name: str
    title: str

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
        """Return weighted Pearson correlation."""
        x, y = canonical(metric), canonical(human)
        return _pearson(_rows(x, weights), _rows(y, weights), weights)

    def swapped(self, first: Floats, second: Floats, human: Floats, masks: Bools) -> Both:
        """Return Pearson correlations of the mixed metrics."""
        weights = np.ones(masks.shape)
        first, second = np.split(canonical(np.concatenate([first, second])), 2)
        ratings = _rows(canonical(human), weights)
        return Both(
            _pearson(np.where(masks, second, first), ratings, weights),
            _pearson(np.where(masks, first, second), ratings, weights),
        )


class Spearman(Measure):
    """Pearson's correlation of the midranks."""

    name = "spearman"
    title = "Spearman ρ"

    def weighted(self, metric: Floats, human: Floats, weights: Floats) -> Floats:
        """Return midranks within each resample, then weighted Pearson."""
        x, y = canonical(metric), canonical(human)
        return _pearson(_midranks(x, weights), _midranks(y, weights), weights)

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

    def weighted(self, metric: Floats, human: Floats, weights: Floats) -> Floats:
        """Return tau-b over pairs of drawn items."""
        signs, rated = _signs(canonical(metric)), _signs(canonical(human))
        untied = np.sqrt(_quadratic(weights, np.abs(signs)) * _quadratic(weights, np.abs(rated)))
        correlations = _quadratic(weights, signs * rated) / np.where(untied > 0, untied, np.nan)
        return np.asarray(np.clip(correlations, -1.0, 1.0))

    def swapped(self, first: Floats, second: Floats, human: Floats, masks: Bools) -> Both:
        """Return tau-b of the mixed metrics: each picks one of an item's two values."""
        both, twice = np.concatenate([first, second]), np.concatenate([human, human])
        return Both(*(self.weighted(both, twice, mix.astype(float)) for mix in mixes(masks)))


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
