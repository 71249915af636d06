"""Soft pairwise accuracy: does a metric tell systems apart as surely as people do?

Thompson, Mathur, Deutsch and Khayrallah, "Improving Statistical Significance in Human Evaluation of
Automatic Metrics via Soft Pairwise Accuracy", WMT 2024; as the WMT metrics tasks compute it:

    SPA = 1 - mean over pairs of systems of |p_human - p_metric|

with p the one-sided p-value of a paired permutation test that the first system is better. Pairwise
accuracy counts a pair that people can hardly tell apart like one that they surely can; here a
metric loses little by the one, and much by being as sure of the wrong order.

A permutation swaps two systems' values of a post, of one post with all of its texts, and the same
random masks serve all pairs, people and metric alike. A pair is compared on the posts on which both
have both. In a resample each drawn copy of a post is swapped by itself: swapped together they would
make every pair look less sure than it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.statistics.bootstrap import (
    Counts,
    Floats,
    Indices,
    numbered,
    percentile_interval,
    replicate_weights,
)
from scoring.statistics.estimate import Estimate
from scoring.statistics.interval import FEW_POSTS
from scoring.statistics.swaps import swap_masks

Singles = NDArray[np.float32]

PERMUTATIONS = 1_000
DRAWS = 1_000
NUMBERS = 100_000
"""Drawn differences worked on at a time."""
ROUNDING = 1e-6
"""Of single precision: a permuted difference that falls short by no more is no smaller."""

FEW_SYSTEMS = "fewer than two systems that share posts"


def soft_accuracy(
    metric: Floats,
    human: Floats,
    systems: Indices,
    posts: Indices,
    rng: np.random.Generator,
    *,
    draws: int = DRAWS,
    permutations: int = PERMUTATIONS,
) -> Estimate:
    """Return the soft pairwise accuracy of a metric, with its 95% interval over posts.

    Args:
        metric: (n,) values, NaN where there is none.
        human: (n,) ratings, NaN where there is none.
        systems: (n,) the system of each item.
        posts: (n,) the post of each item.
        rng: Source of randomness; the masks are drawn first.
        draws: Bootstrap resamples.
        permutations: Of each p-value.

    Returns:
        n is the number of *pairs of systems*.
    """
    valid = ~np.isnan(metric) & ~np.isnan(human)
    post = numbered(posts[valid])
    clusters = int(post.max(initial=-1)) + 1
    system = np.unique(systems[valid], return_inverse=True)[1]
    both = [_differences(values[valid], system, post) for values in (metric, human)]
    if not both[0].shape[1]:
        return Estimate.none(FEW_SYSTEMS, 0, clusters)
    (masks,) = swap_masks(clusters, [permutations], rng)
    signs = np.where(masks, np.float32(-1), np.float32(1))
    alone = np.arange(clusters)[None]
    pairs, value = both[0].shape[1], float(_agreement(both, signs, alone)[0])
    if clusters < 2:
        return Estimate(value, FEW_POSTS, pairs, clusters)
    places = _places(replicate_weights(clusters, draws, rng))
    drawn = np.concatenate([_agreement(both, signs, block) for block in _blocks(places, pairs)])
    about = np.minimum(drawn - drawn.mean() + value, 1.0)
    interval = percentile_interval(about, f"bootstrap over posts about the value, {draws} draws")
    return Estimate(value, interval, pairs, clusters)


def _differences(values: Floats, system: Indices, post: Indices) -> Singles:
    """Return (posts, pairs) the first system's value of each post less the second's, in float32; 0
    where one has none. Pairs without a post in common are left out.
    """
    shape = (int(post.max(initial=-1)) + 1, int(system.max(initial=-1)) + 1)
    sums, counts = np.zeros(shape), np.zeros(shape)
    np.add.at(sums, (post, system), values)
    np.add.at(counts, (post, system), 1)
    means = sums / np.where(counts > 0, counts, np.nan)
    first, second = np.triu_indices(shape[1], 1)
    difference = means[:, first] - means[:, second]
    shared = ~np.isnan(difference).all(axis=0)
    # On one scale, so that rounding is told from a difference, whatever the unit.
    kept = np.nan_to_num(difference[:, shared])
    return np.asarray(kept / (np.abs(kept).max(initial=0.0) or 1.0), dtype=np.float32)


def _places(weights: Counts) -> Indices:
    """Return (m, posts) how often each is drawn -> (m, drawn) which are, in order."""
    posts = weights.shape[1]
    return np.repeat(np.tile(np.arange(posts), len(weights)), weights.ravel()).reshape(-1, posts)


def _blocks(places: Indices, pairs: int) -> list[Indices]:
    step = max(1, NUMBERS // (pairs * places.shape[1]))
    return [places[start : start + step] for start in range(0, len(places), step)]


def _agreement(both: list[Singles], signs: Singles, places: Indices) -> Floats:
    """Return (m,) soft accuracies of (m, drawn) posts."""
    p_metric, p_human = (_p_values(differences, signs, places) for differences in both)
    return np.asarray(1 - np.abs(p_metric - p_human).mean(axis=1))


def _p_values(differences: Singles, signs: Singles, places: Indices) -> Floats:
    """Return (m, pairs) shares of permutations in which the first is at least as far ahead."""
    drawn = differences[places]
    posts = places.shape[1]
    observed = drawn.sum(axis=1)
    permuted = np.tensordot(signs, drawn, axes=(1, 1))
    return np.asarray((permuted >= observed - ROUNDING * posts).mean(axis=0))
