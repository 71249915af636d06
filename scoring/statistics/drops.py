"""By how much a metric is worse on a part of a task's examples than on the rest.

Part and rest may ask about the same posts (two risk factors of one post), so posts are drawn with
all of their examples on both sides, and the difference is taken within each draw. A mean over
systems draws once for all, and is of those that have a value on both sides, in each draw too: a
system that says nothing on the part must not blank what the others do there. The p-value is that of
the difference over its replicates' standard deviation under a normal distribution (a Wald test with
a bootstrap's standard error; Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter
12): it can be as small as a correction for many parts needs, which counting a thousand draws cannot.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scoring.statistics.bootstrap import (
    Bools,
    Counts,
    Floats,
    Indices,
    mean_of_defined,
    numbered,
    percentile_interval,
    post_sums,
    replicate_weights,
    replicates,
)
from scoring.statistics.interval import TOO_FEW_POSTS, Interval
from scoring.statistics.power import spread

DRAWS = 1_000
MIN_POSTS = 10
Aggregate = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Drop:
    """The rest's value less the part's, or the part's less the rest's where lower values are better;
    means over systems where there are several.

    Attributes:
        value: Positive where the part is worse; None where no system has both sides.
        part: The value on the part.
        rest: The value on the rest.
        interval: 95%, or why there is none.
        p: Two-sided; None without an interval.
        systems: How many have both sides, and are meaned.
    """

    value: float | None
    part: float | None
    rest: float | None
    interval: Interval
    p: float | None
    systems: int


@dataclass(frozen=True)
class Split:
    """A part of a task's examples, and the resamples of their posts.

    Attributes:
        inside: (n,) whether an example is of the part.
        posts: (n,) the post of each, 0 to P - 1.
        weights: (draws, P) how often each post is drawn.
    """

    inside: Bools
    posts: Indices
    weights: Counts

    @classmethod
    def draw(cls, inside: Bools, posts: Indices, seed: int) -> Split:
        """Draw the resamples.

        Args:
            inside: (n,) whether an example is of the part.
            posts: (n,) the post of each.
            seed: Of the draws.
        """
        local = numbered(posts)
        rng = np.random.default_rng(seed)
        weights = replicate_weights(int(local.max()) + 1, DRAWS, rng)
        return cls(inside, local, weights)

    @property
    def enough(self) -> bool:
        """Whether both sides have posts enough for an interval."""
        sides = (self.posts[self.inside], self.posts[~self.inside])
        return min(len(np.unique(side)) for side in sides) >= MIN_POSTS

    def values(self, items: Floats, aggregate: Aggregate) -> tuple[Floats, Floats]:
        """Return (2, 1 + draws) one system's part and rest, the observed values first.

        Args:
            items: (repetitions, n, k) statistics.
            aggregate: (..., k) sums -> (...) values, NaN where undefined.
        """
        part, rest = (
            self._side(np.where(mask[:, None], items, 0.0), aggregate)
            for mask in (self.inside, ~self.inside)
        )
        return part, rest

    def _side(self, items: Floats, aggregate: Aggregate) -> Floats:
        observed = aggregate(items.sum(axis=1))[:, None]
        drawn = replicates(post_sums(items, self.posts), self.weights, aggregate)
        return mean_of_defined(np.concatenate([observed, drawn], axis=1))


def drop(split: Split, systems: Sequence[tuple[Floats, Floats]], seed: int, *, sign: float) -> Drop:
    """Return the drop of one system, or the mean drop of those of several that have both sides.

    Args:
        split: The part.
        systems: From `Split.values`, one or more.
        seed: Of the draws, for the interval's method.
        sign: 1 where higher values are better, -1 where lower ones are.
    """
    sides = np.array(systems)
    meaned = sides[~np.isnan(sides[:, :, 0]).any(axis=1)]
    if not len(meaned):
        return Drop(None, None, None, Interval.none("no value on one side"), None, 0)
    both = np.where(np.isnan(meaned).any(axis=1, keepdims=True), np.nan, meaned)
    part, rest = mean_of_defined(both)
    differences = sign * (rest - part)
    value, drawn = float(differences[0]), differences[1:]
    stated = Drop(value, float(part[0]), float(rest[0]), TOO_FEW_POSTS, None, len(meaned))
    if not split.enough:
        return stated
    method = f"bootstrap over posts, {DRAWS} draws, seed {seed}"
    interval, deviation = percentile_interval(drawn, method), spread(drawn)
    if interval.low is None or deviation is None:
        return replace(stated, interval=interval)
    p = math.erfc(abs(value) / deviation / math.sqrt(2))
    return replace(stated, interval=interval, p=p)
