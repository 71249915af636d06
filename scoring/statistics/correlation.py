"""How far a metric follows human ratings, with intervals over posts, and which of two metrics
follows them further.

Items of one post (explanations of several systems, say) are drawn together. Constant values give
"no variance": a correlation with them is neither NaN nor 0, it does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scoring.statistics.bca import bca_interval
from scoring.statistics.bootstrap import (
    Bools,
    Floats,
    Indices,
    numbered,
    percentile_interval,
    replicate_weights,
)
from scoring.statistics.estimate import NO_VARIANCE, Estimate
from scoring.statistics.interval import FEW_POSTS, Interval
from scoring.statistics.measures import Kendall, Measure, Pearson, Spearman
from scoring.statistics.paired import blocks, exceeding
from scoring.statistics.pairwise import AccEq
from scoring.statistics.rounding import canonical
from scoring.statistics.swaps import swap_masks

MEASURES: tuple[Measure, ...] = (Pearson(), Spearman(), Kendall(), AccEq())
DRAWS = 1_000
# The smallest p is 1 / 10,001, which Holm's correction of many tests still leaves significant.
PERMUTATIONS = 10_000
CONSTANT = f"{NO_VARIANCE} in the metric"
CONSTANT_HUMAN = f"{NO_VARIANCE} in the ratings"
FEW = "fewer than three items"


@dataclass(frozen=True)
class MetricDifference:
    """How much further metric A follows human ratings than metric B.

    Attributes:
        difference: A's measure less B's, on the items that both have; None without one, then
            `why_none` says why.
        interval: 95%, percentile bootstrap over posts.
        p: Two-sided, (c + 1) / (n + 1); None without a difference.
        permutations: n.
        n: Items.
        posts: Distinct posts.
        why_none: "" where there is a difference.
    """

    difference: float | None
    interval: Interval
    p: float | None
    permutations: int
    n: int
    posts: int
    why_none: str = ""


def correlate(
    metric: Floats,
    human: Floats,
    posts: Indices,
    measure: Measure,
    rng: np.random.Generator,
    draws: int = DRAWS,
) -> Estimate:
    """Return a metric's association with human ratings, with its 95% interval (BCa, over posts).

    Args:
        metric: (n,) values, NaN where there is none; such items are left out.
        human: (n,) ratings, usually the mean over annotators; NaN where there is none.
        posts: (n,) the post of each item.
        measure: One of MEASURES, or an `AccEq` with its grouping.
        rng: Source of randomness.
        draws: Bootstrap resamples.
    """
    valid = ~np.isnan(metric) & ~np.isnan(human)
    x, y, post = metric[valid], human[valid], numbered(posts[valid])
    why = _why_none(y, x)
    if why:
        return Estimate.none(why, len(x), _count(post))
    # A grouping is of all items, and has to lose the same ones.
    own = measure.among(valid)
    return _estimate(
        lambda weights: own.weighted(x, y, weights),
        post,
        f"bootstrap over posts, {draws} draws",
        draws,
        rng,
    )


def _estimate(
    statistic: Callable[[Floats], Floats],
    post: Indices,
    how: str,
    draws: int,
    rng: np.random.Generator,
) -> Estimate:
    """Return the value of (m, n) weights' function on all items, with its BCa interval where there
    are posts to draw.
    """
    n, clusters = len(post), _count(post)
    value = float(statistic(np.ones((1, n)))[0])
    if clusters < 2:
        return Estimate(value, FEW_POSTS, n, clusters)
    if not draws:
        return Estimate(value, Interval.none("not drawn"), n, clusters)
    interval = bca_interval(
        value, statistic(_drawn(post, draws, rng)), statistic(_left_out(post)), how
    )
    return Estimate(value, interval, n, clusters)


def human_ceiling(
    ratings: Floats, posts: Indices, measure: Measure, rng: np.random.Generator, draws: int = DRAWS
) -> Estimate:
    """Return how far one annotator follows the others.

    Each against the mean of the others, averaged over annotators.

    Not everybody need have rated everything: an annotator is compared on the items that they and
    others rated, and counts in the mean by how many those are.

    Args:
        ratings: (annotators, n), NaN where an annotator gave none; items with fewer than two
            ratings are left out.
        posts: (n,) the post of each item.
        measure: As for `correlate`.
        rng: Source of randomness.
        draws: Bootstrap resamples.

    Returns:
        The mean over the annotators for whom the measure exists; the interval's method says if that
        is not all.
    """
    panel = _Panel.of(ratings, posts)
    own = [(split.items, split.own) for split in panel.usable]
    return panel.estimate(own, measure, rng, draws)


def in_place_of_one(
    metric: Floats,
    ratings: Floats,
    posts: Indices,
    measure: Measure,
    rng: np.random.Generator,
    draws: int = DRAWS,
) -> Estimate:
    """Return how far a metric follows the annotators where one of them is left out.

    What `human_ceiling` is of a human.

    A human can only be held against the other annotators. Held against the mean of all, a metric
    would face steadier means than the human beside it, and come out higher for that alone. So the
    metric takes each annotator's place in turn and faces what they faced: the same items, the same
    means, the same weights (the leave-one-out comparison of Calderon, Reichart and Dror, "The
    Alternative Annotator Test for LLM-as-a-Judge", ACL 2025).

    Args:
        metric: (n,) values, NaN where there is none; such items are left out for the metric and its
            human alike, so `ratings` of its items alone give the human of the same items.
        ratings: (annotators, n), as for `human_ceiling`.
        posts: (n,) the post of each item.
        measure: As for `correlate`.
        rng: Source of randomness.
        draws: Bootstrap resamples; 0 for a value without an interval.
    """
    panel = _Panel.of(np.where(np.isnan(metric), np.nan, ratings), posts)
    values = metric[panel.shared]
    # A metric that says one thing of everything has no correlation, whoever is left out.
    if panel.usable and _constant(values):
        return Estimate.none(CONSTANT, len(values), _count(panel.posts))
    own = [(split.items, values[split.items]) for split in panel.usable]
    return panel.estimate(own, measure, rng, draws)


class _Split(NamedTuple):
    """One annotator's ratings beside the mean of the others', on the items that they rated."""

    items: Indices
    own: Floats
    others: Floats

    @property
    def why_none(self) -> str:
        """Why the two have no measure; "" where they may have one."""
        if len(self.items) < 3:
            return FEW
        return CONSTANT_HUMAN if _constant(self.own) or _constant(self.others) else ""


@dataclass(frozen=True)
class _Panel:
    """Annotators, each of whom is left out in turn.

    Attributes:
        shared: (n,) which items have two ratings or more.
        posts: The post of each shared item.
        usable: The annotators who have a measure against the others, with places among the shared
            items.
        annotators: How many there are.
        left_out: Why the others have none.
    """

    shared: Bools
    posts: Indices
    usable: tuple[_Split, ...]
    annotators: int
    left_out: str

    @classmethod
    def of(cls, ratings: Floats, posts: Indices) -> _Panel:
        """Return the panel that gave `ratings`, (annotators, n)."""
        shared = (~np.isnan(ratings)).sum(axis=0) > 1
        table = ratings[:, shared]
        splits = [_split(table, index) for index in range(len(table))]
        return cls(
            shared,
            numbered(posts[shared]),
            tuple(split for split in splits if not split.why_none),
            len(splits),
            " or ".join(sorted({split.why_none for split in splits if split.why_none})),
        )

    def estimate(
        self,
        own: Sequence[tuple[Indices, Floats]],
        measure: Measure,
        rng: np.random.Generator,
        draws: int,
    ) -> Estimate:
        """Return what stands for each usable annotator, against the mean of the others.

        Averaged, items as weights.
        """
        if not own:
            return Estimate.none(self.left_out or FEW, len(self.posts), _count(self.posts))
        chosen = measure.among(self.shared)

        def mean(weights: Floats) -> Floats:
            values = [
                chosen.among(items).weighted(values, split.others, weights[:, items])
                for (items, values), split in zip(own, self.usable, strict=True)
            ]
            return np.average(values, axis=0, weights=[len(items) for items, _ in own])

        how = f"bootstrap over posts, {draws} draws"
        if len(own) < self.annotators:
            how += f", {len(own)} of {self.annotators} annotators (the others: {self.left_out})"
        estimated = _estimate(mean, self.posts, how, draws, rng)
        # Constant on some annotator's items alone: then the mean over annotators is undefined
        # too.
        undefined = estimated.value is not None and np.isnan(estimated.value)
        return Estimate.none(CONSTANT, estimated.n, estimated.posts) if undefined else estimated


def _split(table: Floats, annotator: int) -> _Split:
    items = np.flatnonzero(~np.isnan(table[annotator]))
    others = np.nanmean(np.delete(table, annotator, axis=0)[:, items], axis=0)
    return _Split(items, table[annotator, items], others)


def compare_metrics(
    first: Floats,
    second: Floats,
    human: Floats,
    posts: Indices,
    measure: Measure,
    rng: np.random.Generator,
    *,
    draws: int = DRAWS,
    permutations: int = PERMUTATIONS,
) -> MetricDifference:
    """Test whether metric A follows human ratings further than metric B: PERM-BOTH.

    Deutsch, Dror and Roth, "A Statistical Analysis of Summarization Evaluation Metrics Using
    Resampling Methods", TACL 9 (2021): both metrics are z-scored, then their values are swapped
    item by item at random; here for whole posts at a time, because the items of a post are not
    independent.

    Args:
        first: (n,) A's values, NaN where there is none; only items that have everything enter.
        second: (n,) B's values.
        human: (n,) ratings.
        posts: (n,) the post of each item.
        measure: As for `correlate`.
        rng: Source of randomness.
        draws: Bootstrap resamples of the interval; 0 for none.
        permutations: n of the p-value.
    """
    valid = ~(np.isnan(first) | np.isnan(second) | np.isnan(human))
    a, b = canonical(first[valid]), canonical(second[valid])
    y, post = human[valid], numbered(posts[valid])
    why = _why_none(y, a, b)
    if why:
        return MetricDifference(None, Interval.none(why), None, 0, len(y), _count(post), why)
    # On one scale, or swapping nats with counts would make a third metric.
    a, b = (a - a.mean()) / a.std(), (b - b.mean()) / b.std()
    measure = measure.among(valid)
    observed = np.subtract(*measure.swapped(a, b, y, np.zeros((1, len(y)), dtype=np.bool_)))
    count = 0
    for masks in swap_masks(_count(post), blocks(permutations, measure.at_once), rng):
        both = measure.swapped(a, b, y, masks[:, post])
        count += int(exceeding((both.first - both.second)[None], observed)[0])
    p = (count + 1) / (permutations + 1)
    interval = FEW_POSTS if _count(post) < 2 else Interval.none("not drawn")
    if _count(post) > 1 and draws:
        weights = _drawn(post, draws, rng)
        drawn = measure.weighted(a, y, weights) - measure.weighted(b, y, weights)
        interval = percentile_interval(
            drawn, method=f"paired percentile bootstrap over posts, {draws} draws"
        )
    return MetricDifference(float(observed[0]), interval, p, permutations, len(y), _count(post))


def _why_none(human: Floats, *metrics: Floats) -> str:
    if len(human) < 3:
        return FEW
    if _constant(human):
        return CONSTANT_HUMAN
    return CONSTANT if any(_constant(metric) for metric in metrics) else ""


def _constant(values: Floats) -> bool:
    # Values that differ in rounding alone are one value to a rank correlation.
    held = canonical(values)
    return bool((held == held[0]).all())


def _count(posts: Indices) -> int:
    return int(posts.max(initial=-1)) + 1


def _drawn(posts: Indices, draws: int, rng: np.random.Generator) -> Floats:
    """Return (draws, n) how often each item is drawn."""
    return np.asarray(replicate_weights(_count(posts), draws, rng)[:, posts], dtype=np.float64)


def _left_out(posts: Indices) -> Floats:
    """Return (P, n) all items but those of one post."""
    return np.asarray(posts != np.arange(_count(posts))[:, None], dtype=np.float64)
