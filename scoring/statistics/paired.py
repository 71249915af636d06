"""The paired difference of two systems: value, interval and p-value.

Both systems answered the same posts, so their values go up and down together and the interval of
the difference is not that of two independent values: in every replicate posts weigh the same for
both, and the unseen post counts for the one and against the other
(`scoring.statistics.bayesian_bootstrap`). The p-value is from swapping whole posts between the two
(`scoring.statistics.swaps`). An overall mean draws (and swaps) once over the distinct posts of all
its tasks, because tasks share posts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.statistics.bayesian_bootstrap import METHOD, exponential_weights
from scoring.statistics.bootstrap import Floats, Indices, percentile_interval
from scoring.statistics.generalization import Sampler, few_posts, with_unseen_post
from scoring.statistics.interval import NO_SPREAD, ONE_LABEL, TOO_FEW_POSTS, Interval
from scoring.statistics.power import spread
from scoring.statistics.rounding import mean, reaching
from scoring.statistics.swaps import TaskSums, distinct_posts, swap_masks, swapped_differences

DRAWS = 1_000
# The smallest p is 1 / 10,001, which Holm's correction of many tests still leaves significant.
PERMUTATIONS = 10_000
BLOCK = 250
"""Permutations at a time: 250 x 19,000 posts are 19 MB in float32."""


@dataclass(frozen=True)
class Difference:
    """System A less system B.

    Attributes:
        first: A's value, the mean over tasks; None where it has none on some task.
        second: B's value.
        difference: first - second; None where either is missing.
        interval: 95%, from the paired Bayesian bootstrap over posts.
        p: Two-sided permutation p-value, (c + 1) / (n + 1); None without a difference.
        permutations: n.
        posts: Distinct posts compared on.
        spread: Standard deviation of the difference's replicates; None without an interval.
    """

    first: float | None
    second: float | None
    difference: float | None
    interval: Interval
    p: float | None
    permutations: int
    posts: int
    spread: float | None = None


def compare(
    tasks: Sequence[TaskSums],
    rng: np.random.Generator,
    *,
    draws: int = DRAWS,
    permutations: int = PERMUTATIONS,
) -> Difference:
    """Compare two systems on one task, or on the mean over several.

    Args:
        tasks: The same two systems, A and B, in each, on the same metric.
        rng: Source of randomness. Permutations are drawn first, so that `rank_systems` with the
            same seed and tasks uses the same ones.
        draws: Bootstrap resamples.
        permutations: n of the p-value.
    """
    values = [mean(task.values[system] for task in tasks) for system in (0, 1)]
    posts = distinct_posts(tasks)
    difference = values[0] - values[1]
    if np.isnan(difference):
        reason = Interval.none("one of the two has no value")
        return Difference(_or_none(values[0]), _or_none(values[1]), None, reason, None, 0, posts)
    # Before the interval: a ranking draws its permutations from the same seed, and nothing else.
    p = _p_value(tasks, permutations, rng)
    interval, deviation = paired_interval(tasks, rng, draws=draws)
    return Difference(values[0], values[1], difference, interval, p, permutations, posts, deviation)


def paired_interval(
    tasks: Sequence[TaskSums], rng: np.random.Generator, *, draws: int = DRAWS
) -> tuple[Interval, float | None]:
    """Return the interval of the difference of two systems, and the standard deviation of its
    replicates.

    Args:
        tasks: As for `compare`; both need a value on each.
        rng: Source of randomness.
        draws: Bootstrap resamples.

    Returns:
        No deviation where there is no interval.
    """
    if few_posts(tasks, 0) or few_posts(tasks, 1):
        return TOO_FEW_POSTS, None
    # The draws are not the same for the two of a pair; their order here depends on what they
    # answered alone.
    turned = _content(tasks, 0) > _content(tasks, 1)
    minuend, subtrahend = (1, 0) if turned else (0, 1)
    sampler = Sampler.draw(tasks, exponential_weights(distinct_posts(tasks), draws, rng), rng)
    drawn = [
        sampler.replicates(place, [minuend])[0]
        - sampler.replicates(place, [subtrahend], mirrored=True)[0]
        for place in range(len(tasks))
    ]
    replicates = with_unseen_post(np.stack(drawn, axis=1), sampler.choice, len(tasks))
    interval = percentile_interval(
        -replicates if turned else replicates, method=f"paired {METHOD}, {draws} draws"
    )
    both = all(task.estimated.one_label(task.totals[i]) for task in tasks for i in (0, 1))
    if interval == NO_SPREAD and both:
        return ONE_LABEL, None
    return interval, None if interval.low is None else spread(replicates)


def exceeding(differences: Floats, observed: Floats) -> Indices:
    """Return how many permuted differences are at least as far from 0 as the observed ones.

    A permutation that equals the observed assignment may differ from it by rounding, and counts;
    one in which the difference is undefined counts too, so that it can never make a difference look
    significant.

    Args:
        differences: (pairs, m); NaN where undefined.
        observed: (pairs,).

    Returns:
        (pairs,) counts.
    """
    return np.asarray(np.count_nonzero(reaching(differences, observed), axis=1), dtype=np.intp)


def blocks(total: int, size: int) -> list[int]:
    """Return `total` cut into pieces of `size` and a rest."""
    return [min(size, total - start) for start in range(0, total, size)]


def _p_value(tasks: Sequence[TaskSums], n: int, rng: np.random.Generator) -> float:
    observed = np.array([np.mean([task.values[0] - task.values[1] for task in tasks])])
    count = sum(
        int(exceeding(swapped_differences(tasks, [(0, 1)], masks), observed)[0])
        for masks in swap_masks(distinct_posts(tasks), blocks(n, BLOCK), rng)
    )
    return (count + 1) / (n + 1)


def _content(tasks: Sequence[TaskSums], system: int) -> list[bytes]:
    return [task.systems[system].tobytes() for task in tasks]


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value
