"""The alternative annotator test: may a metric stand in for a rater?

Calderon, Reichart and Dror, "The Alternative Annotator Test for LLM-as-a-Judge: How to
Statistically Justify Replacing Human Annotators with LLMs", ACL 2025. Each rater is left out in
turn. On each text that they rated, whoever of the metric and them is nearer to the other raters
(root mean squared difference) wins, a tie for both. With d the mean of rater's wins less metric's,
the metric is held to do as well as the rater where d < epsilon by a one-sided test: what a rater
costs more than a metric is granted to the metric. The p-values of all raters are corrected by
Benjamini and Yekutieli, "The control of the false discovery rate in multiple testing under
dependency", Annals of Statistics 29 (2001). The share of raters of whom it is so is the winning
rate; at .5 a metric passes. The mean share of texts on which it wins, the advantage probability,
asks for no epsilon.

Posts are the units of the tests: wins on several texts of one post are averaged first. Where each
text has a post of its own that is the authors' procedure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scoring.statistics.agreement import DRAWS
from scoring.statistics.bootstrap import (
    Floats,
    Indices,
    mean_of_defined,
    numbered,
    percentile_interval,
    replicate_weights,
)
from scoring.statistics.estimate import Estimate
from scoring.statistics.interval import Interval

EPSILONS: Mapping[float, str] = {0.2: "experts", 0.15: "skilled raters", 0.1: "crowd workers"}
"""What a metric is granted, by whom it would stand in for: what these cost more than it."""

PASSES = 0.5
"""The winning rate from which on a metric may stand in for a rater."""

FEWEST_POSTS = 10
"""Posts that a rater shares with others, without which they are left out: of fewer no test at the
corrected levels can come out.
"""
LARGE = 30
"""Posts from which on Student's t is used, below it Wilcoxon's signed ranks, as the authors do."""

FALSE_DISCOVERIES = 0.05
ROUNDING = 1e-9
NOBODY = f"no rater shares {FEWEST_POSTS} posts with another"
RANKED = Interval.none(f"a rater has fewer than {LARGE} posts, and ranks are not resampled")


@dataclass(frozen=True)
class AnnotatorTest:
    """Whether a metric may stand in for a rater.

    Attributes:
        advantage: The mean over raters of the share of texts on which the metric is at least as
            near to the others.
        winning: Epsilon -> share of raters of whom it does as well.
        raters: How many it was tested against.
    """

    advantage: Estimate
    winning: Mapping[float, Estimate]
    raters: int

    @classmethod
    def none(cls, why: str, n: int, posts: int) -> AnnotatorTest:
        """Return no result, and why."""
        blank = Estimate.none(why, n, posts)
        return cls(blank, dict.fromkeys(EPSILONS, blank), 0)


def annotator_test(
    metric: Floats, ratings: Floats, posts: Indices, rng: np.random.Generator, draws: int = DRAWS
) -> AnnotatorTest:
    """Test whether a metric may stand in for a rater, with percentile intervals over posts.

    Args:
        metric: (n,) values on the raters' scale, NaN where there is none.
        ratings: (raters, n), NaN where a rater gave none; texts with fewer than two ratings are
            left out.
        posts: (n,) the post of each text.
        rng: Source of randomness.
        draws: Bootstrap resamples.
    """
    shared = ~np.isnan(metric) & ((~np.isnan(ratings)).sum(axis=0) > 1)
    post = numbered(posts[shared])
    n, clusters = int(shared.sum()), int(post.max(initial=-1)) + 1
    won, lost = _wins(metric[shared], ratings[:, shared])
    wins, difference = _by_post(won, post, clusters), _by_post(lost - won, post, clusters)
    tested = (~np.isnan(wins)).sum(axis=1) >= FEWEST_POSTS
    if not tested.any():
        return AnnotatorTest.none(NOBODY, n, clusters)
    wins, difference = wins[tested], difference[tested]
    weights = replicate_weights(clusters, draws, rng).astype(np.float64)
    advantage = Estimate(
        float(mean_of_defined(wins, axis=1).mean()),
        percentile_interval(_means(wins, weights).mean(axis=1), _how(draws, tested)),
        n,
        clusters,
    )
    winning = {
        epsilon: _winning(difference, epsilon, weights, _how(draws, tested)) for epsilon in EPSILONS
    }
    return AnnotatorTest(advantage, winning, int(tested.sum()))


def _how(draws: int, tested: Floats) -> str:
    how = f"percentile bootstrap over posts, {draws} draws"
    left_out = len(tested) - int(tested.sum())
    return (
        f"{how}, without {left_out} of {len(tested)} raters, who share fewer than {FEWEST_POSTS}"
        if left_out
        else how
    )


def _wins(metric: Floats, ratings: Floats) -> tuple[Floats, Floats]:
    """Return (raters, n) whether the metric and whether the rater is at least as near to the
    others; NaN where the rater rated nothing.
    """
    given = ~np.isnan(ratings)
    own = np.where(given, ratings, 0.0)
    others = given.sum(axis=0) - given

    def distance(values: Floats) -> Floats:
        """Return (raters, n) sums of squared differences to the ratings of the others."""
        return np.asarray(
            np.stack(
                [
                    np.where(given, (own - value) ** 2, 0.0).sum(axis=0) - (own[rater] - value) ** 2
                    for rater, value in enumerate(values)
                ]
            )
            / np.maximum(others, 1)
        )

    of_metric, of_rater = distance(np.broadcast_to(metric, ratings.shape)), distance(own)
    won, lost = of_metric <= of_rater + ROUNDING, of_rater <= of_metric + ROUNDING
    return np.where(given, won, np.nan), np.where(given, lost, np.nan)


def _by_post(values: Floats, post: Indices, clusters: int) -> Floats:
    """Return (raters, n) -> (raters, posts) means of what is not NaN."""
    present = ~np.isnan(values)
    sums, counts = (
        np.stack([np.bincount(post, row, clusters) for row in rows])
        for rows in (np.where(present, values, 0.0), present.astype(np.float64))
    )
    return np.asarray(sums / np.where(counts > 0, counts, np.nan))


def _means(values: Floats, weights: Floats) -> Floats:
    """Return (m, raters) means over drawn posts of (raters, posts)."""
    present = ~np.isnan(values)
    count = weights @ present.T
    return np.asarray((weights @ np.where(present, values, 0.0).T) / np.where(count, count, np.nan))


def _winning(difference: Floats, epsilon: float, weights: Floats, how: str) -> Estimate:
    """Return the share of raters of whom it is shown that the metric does as well."""
    present = ~np.isnan(difference)
    n, posts = int(present.any(axis=0).sum()), present.shape[1]
    if present.sum(axis=1).min() < LARGE:
        p = np.array([_by_ranks(row[~np.isnan(row)] - epsilon) for row in difference])
        return Estimate(float(_rejected(p[None])[0]), RANKED, n, posts)
    whole = _by_t(difference, epsilon, np.ones((1, posts)))
    value = float(_rejected(whole)[0])
    drawn = _rejected(_by_t(difference, epsilon, weights))
    return Estimate(value, percentile_interval(drawn, how), n, posts)


def _by_ranks(differences: Floats) -> float:
    from scipy import stats

    p = float(stats.wilcoxon(differences, alternative="less").pvalue)
    return 1.0 if np.isnan(p) else p


def _by_t(difference: Floats, epsilon: float, weights: Floats) -> Floats:
    """Return (m, raters) p-values of mean difference < epsilon, Student's one-sided test."""
    from scipy import stats

    present = ~np.isnan(difference)
    values = np.where(present, difference, 0.0)
    n = weights @ present.T
    mean = (weights @ values.T) / np.where(n > 1, n, np.nan)
    squares = weights @ (values**2).T
    variance = np.maximum(squares - n * mean**2, 0.0) / (n - 1)
    # Without spread there is no doubt of which side the mean is on.
    certain = np.where(mean < epsilon - ROUNDING, 0.0, 1.0)
    spread = np.sqrt(variance / n)
    t = (mean - epsilon) / np.where(spread > ROUNDING, spread, np.nan)
    p = np.where(spread > ROUNDING, stats.t.cdf(t, n - 1), certain)
    return np.asarray(np.where(np.isnan(mean), 1.0, p))


def _rejected(p: Floats) -> Floats:
    """Return (m, raters) p-values -> (m,) share rejected by Benjamini and Yekutieli."""
    raters = p.shape[1]
    place = np.arange(1, raters + 1)
    bar = place * FALSE_DISCOVERIES / (raters * (1 / place).sum())
    below = np.where(np.sort(p, axis=1) <= bar, place, 0)
    return np.asarray(below.max(axis=1) / raters)
