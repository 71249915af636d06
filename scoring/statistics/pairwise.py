"""Pairwise accuracy: does the metric order pairs as people do?

Segment level: acc_eq with tie calibration (Deutsch, Foster and Freitag, "Ties Matter:
Meta-Evaluating Modern Metrics with Pairwise Accuracy and Tie Calibration", EMNLP 2023). A pair of
texts is right when metric and people order it the same way, or both hold it for a tie; the metric's
tie is a difference of at most a threshold, chosen so that the accuracy is highest (0, or the
absolute difference of some pair). People's ties are equal ratings.

Which pairs are compared (the grouping) changes the number, so it is part of the title.

System level: pairwise accuracy of system means (Kocmi et al., "To Ship or Not to Ship", WMT 2021).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring.statistics.bootstrap import (
    Bools,
    Floats,
    Indices,
    numbered,
    percentile_interval,
    replicate_weights,
)
from scoring.statistics.estimate import Estimate
from scoring.statistics.interval import FEW_POSTS
from scoring.statistics.measures import Both, Measure, mixes, varies
from scoring.statistics.rounding import canonical

NUMBERS = 2_000_000
"""Pairs times permutations worked on at a time."""

DRAWS_AT_ONCE = 1_000
"""Resamples worked on at a time."""

SUMS_AT_ONCE = 128_000
"""Pairs times resamples summed at a time: 512 KB."""

ALL_PAIRS = "all pairs"


class Pairs(NamedTuple):
    """(pairs,) indices of the two items of each pair."""

    first: Indices
    second: Indices


class AccEq(Measure):
    """Pairwise accuracy with tie calibration; the threshold is tuned anew in every resample.

    Pairs of an item with its own copy, which a bootstrap makes, are not compared.

    Args:
        groups: (n,) only items of one group are compared: each system's, or each post's; None for
            all pairs.
        grouping: What the groups are, for the title: "within system".
    """

    name = "acc_eq"

    def __init__(self, groups: Indices | None = None, grouping: str = ALL_PAIRS) -> None:
        self.groups = groups
        self.grouping = grouping
        self.title = f"acc_eq ({grouping})"

    def among(self, items: Indices | Bools) -> AccEq:
        """Return the same grouping of some of the items."""
        return self if self.groups is None else AccEq(self.groups[items], self.grouping)

    def weighted(self, metric: Floats, human: Floats, weights: Floats) -> Floats:
        """Return best accuracy of each resample.

        Concordant pairs and all pairs are quadratic forms of the weights. What tying pairs gains is
        summed pair by pair, in single bytes where they hold it, for as many pairs at a time as stay
        in a processor's cache.
        """
        pairs = self._pairs(len(metric))
        metric, human = canonical(metric), canonical(human)
        compared = _compare(metric, human, pairs).without_idle()
        differences = (values[pairs.first] - values[pairs.second] for values in (metric, human))
        concordant = np.prod([np.sign(difference) for difference in differences], axis=0) > 0
        total = _weighted_pairs(weights, pairs, np.ones(len(pairs.first)))
        first, second = pairs.first[compared.order], pairs.second[compared.order]
        values = np.empty(len(weights))
        for start in range(0, len(weights), DRAWS_AT_ONCE):
            rows = weights[start : start + DRAWS_AT_ONCE]
            values[start : start + DRAWS_AT_ONCE] = _most_gained(rows, first, second, compared)
        values += _weighted_pairs(weights, pairs, concordant.astype(np.float64))
        values /= np.where(total > 0, total, np.nan)
        return np.where(varies(metric, weights) & varies(human, weights), values, np.nan)

    def swapped(self, first: Floats, second: Floats, human: Floats, masks: Bools) -> Both:
        """Return best accuracies of the mixed metrics.

        A mixed metric has, for each pair, one of four differences: either item keeps its value or
        has the other's. The differences are sorted once; a permutation picks a quarter of them.
        """
        both, size = canonical(np.concatenate([first, second])), len(first)
        human = canonical(human)
        pairs = self._pairs(size)
        i = np.concatenate([pairs.first, pairs.first, pairs.first + size, pairs.first + size])
        j = np.concatenate([pairs.second, pairs.second + size, pairs.second, pairs.second + size])
        compared = _compare(both, np.concatenate([human, human]), Pairs(i, j)).without_idle()
        i, j = i[compared.order], j[compared.order]
        tied = np.count_nonzero(human[pairs.first] == human[pairs.second])
        dtype: type[np.int16] | type[np.int32] = (
            np.int16 if len(pairs.first) <= np.iinfo(np.int16).max else np.int32
        )
        gains = Both(np.empty(len(masks)), np.empty(len(masks)))
        for start, stop in _blocks(len(masks), len(i)):
            block = masks[start:stop]
            for values, mix in zip(gains, mixes(block), strict=True):
                gained = np.cumsum((mix[:, i] & mix[:, j]) * compared.gain, axis=1, dtype=dtype)
                # All gains together are people's ties less concordant pairs, and people's ties are
                # always the same.
                concordant = tied - gained[:, -1].astype(np.float64)
                values[start:stop] = (compared.best(gained) + concordant) / len(pairs.first)
        return gains

    def _pairs(self, size: int) -> Pairs:
        first, second = np.triu_indices(size, 1)
        if self.groups is None:
            return Pairs(first, second)
        if len(self.groups) != size:
            raise ValueError(
                f"{self.title}: groups of {len(self.groups)} items for {size}; `among` leaves"
                " items out"
            )
        same = self.groups[first] == self.groups[second]
        return Pairs(first[same], second[same])


class _Compared(NamedTuple):
    """Pairs in the order of the metric's absolute difference: the order in which a growing
    threshold ties them.

    Attributes:
        order: (pairs,) indices of the pairs.
        distance: (pairs,) the metric's absolute differences.
        gain: (pairs,) what tying the pair gains: 1 where people tie it, -1 where it was concordant,
            else 0.
        ends: The last pair of each run of equal differences, where a threshold can lie.
    """

    order: Indices
    distance: Floats
    gain: NDArray[np.int8]
    ends: Indices

    def best(self, gained: NDArray[np.generic]) -> Floats:
        """Return (m, pairs) cumulated gains -> (m,) the most that a threshold can gain.

        Tying nothing gains 0. Where equal values must be tied that is no choice, but it is never
        the better one: equal values are not concordant, so tying them cannot lose.
        """
        return np.asarray(gained[:, self.ends].max(axis=1, initial=0), dtype=np.float64)

    def without_idle(self) -> _Compared:
        """Leave out the pairs that gain nothing."""
        kept = self.gain != 0
        distance = self.distance[kept]
        return _Compared(self.order[kept], distance, self.gain[kept], _ends(distance))


def system_accuracy(
    metric: Floats,
    human: Floats,
    systems: Indices,
    posts: Indices,
    rng: np.random.Generator,
    draws: int = 1_000,
) -> Estimate:
    """Return the share of pairs of systems that metric and people order the same way, by the
    systems' means.

    Args:
        metric: (n,) values, NaN where there is none.
        human: (n,) ratings, NaN where there is none.
        systems: (n,) the system of each item.
        posts: (n,) the post of each item.
        rng: Source of randomness.
        draws: Bootstrap resamples over posts.

    Returns:
        n is the number of *pairs of systems*.
    """
    valid = ~np.isnan(metric) & ~np.isnan(human)
    names, system = np.unique(systems[valid], return_inverse=True)
    post = numbered(posts[valid])
    clusters, pairs = int(post.max(initial=-1)) + 1, len(names) * (len(names) - 1) // 2
    if not pairs:
        return Estimate.none("fewer than two systems", 0, clusters)
    member = (system[:, None] == np.arange(len(names))).astype(np.float64)

    def accuracy(weights: Floats) -> Floats:
        counts = weights @ member
        means = [weights @ (member * values[valid, None]) for values in (metric, human)]
        ordered = [
            np.sign(_pairwise(canonical(mean / np.where(counts > 0, counts, np.nan))))
            for mean in means
        ]
        # A draw that leaves out a system's posts has no mean of it to order.
        right = np.where(np.isnan(ordered[0]), np.nan, ordered[0] == ordered[1])
        return np.asarray(right.mean(axis=1))

    value = float(accuracy(np.ones((1, len(post))))[0])
    if clusters < 2:
        return Estimate(value, FEW_POSTS, pairs, clusters)
    drawn = accuracy(replicate_weights(clusters, draws, rng)[:, post].astype(np.float64))
    interval = percentile_interval(drawn, method=f"percentile bootstrap over posts, {draws} draws")
    return Estimate(value, interval, pairs, clusters)


def _pairwise(means: Floats) -> Floats:
    """Return (m, systems) -> (m, pairs) differences."""
    first, second = np.triu_indices(means.shape[1], 1)
    return np.asarray(means[:, first] - means[:, second])


def _compare(metric: Floats, human: Floats, pairs: Pairs) -> _Compared:
    """Compare pairs of canonical values."""
    difference = metric[pairs.first] - metric[pairs.second]
    rated = human[pairs.first] - human[pairs.second]
    gain = ((rated == 0).astype(np.int8) - (np.sign(difference) * np.sign(rated) > 0)).astype(
        np.int8
    )
    distance = np.abs(difference)
    order = np.argsort(distance, kind="stable")
    distance = canonical(distance[order])
    return _Compared(order, distance, gain[order], _ends(distance))


def _weighted_pairs(weights: Floats, pairs: Pairs, counted: Floats) -> Floats:
    """Return (m,) sums of w_i w_j over pairs, each times what it counts."""
    n = weights.shape[1]
    matrix = np.zeros((n, n))
    matrix[pairs.first, pairs.second] = counted
    return np.asarray(((weights @ matrix) * weights).sum(axis=1))


def _most_gained(weights: Floats, first: Indices, second: Indices, compared: _Compared) -> Floats:
    """Return (m,) the most that a threshold gains in each resample.

    Args:
        weights: (m, n) whole numbers.
        first: (pairs,) of the pairs in the order in which a growing threshold ties them.
        second: Likewise.
        compared: The pairs.
    """
    narrow = np.int8 if weights.max(initial=0) ** 2 <= np.iinfo(np.int8).max else np.int32
    drawn = np.ascontiguousarray(weights.T.astype(narrow))
    is_end = np.zeros(len(first), dtype=np.bool_)
    is_end[compared.ends] = True
    gained, most = (np.zeros(len(weights), dtype=np.int32) for _ in range(2))
    step = max(1, SUMS_AT_ONCE // len(weights))
    for start in range(0, len(first), step):
        block = slice(start, start + step)
        counted = drawn[first[block]]
        counted *= drawn[second[block]]
        counted *= compared.gain[block, None].astype(narrow)
        summed = counted.astype(np.int32)
        summed[0] += gained
        np.add.accumulate(summed, axis=0, out=summed)
        gained = summed[-1].copy()
        np.maximum(most, summed[is_end[block]].max(axis=0, initial=0), out=most)
    return most.astype(np.float64)


def _ends(distance: Floats) -> Indices:
    """Return the last index of each run of equal differences."""
    if not distance.size:
        return np.empty(0, dtype=np.intp)
    return np.append(np.flatnonzero(np.diff(distance) > 0), len(distance) - 1)


def _blocks(rows: int, columns: int) -> list[tuple[int, int]]:
    step = max(1, NUMBERS // max(columns, 1))
    return [(start, min(start + step, rows)) for start in range(0, rows, step)]
