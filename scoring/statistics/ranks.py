"""Rank intervals and significance clusters, from the same paired tests.

As the WMT shared tasks do (Bojar et al., "Findings of the 2016 Conference on Machine Translation",
section 3): all pairs are tested at .05 without correction for how many there are, which the board
states. One system is *better* than another when its value is and the test says so.

- A system's **rank interval** is [1 + systems better than it, N - systems worse than it].
- A new **cluster** starts where every system above is better than every system below.

The two never contradict: *a system's rank interval lies within the places of its cluster*. Proof:
let the cluster have the places a + 1 to b in the order of values. The a systems above it are each
better than each of its members, so a member's interval starts at 1 + a or later; the N - b systems
below are each worse, so it ends at N - (N - b) = b or earlier. Hence intervals of different
clusters never overlap and stand in the clusters' order; systems whose intervals overlap share a
cluster. And a system's own place (1 + how many have a higher value) lies within its interval,
because only a system with a higher value can be better.

All N (N - 1) / 2 pairs are tested together. A test needs only its verdict, so it stops as soon as
that is certain, or certain but for a risk below RISK (Gandy, "Sequential implementation of Monte
Carlo tests with uniformly bounded resampling risk", JASA 104, 2009): most pairs are clear after 300
permutations, and only those near .05 go to the end. With the same seed the permutations are those
of `scoring.statistics.paired.compare`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from math import lgamma, log, log1p

import numpy as np
from numpy.typing import NDArray

from scoring.statistics.bootstrap import Bools, Floats, Indices
from scoring.statistics.paired import BLOCK, PERMUTATIONS, blocks, exceeding
from scoring.statistics.rounding import canonical, mean
from scoring.statistics.swaps import TaskSums, distinct_posts, swap_masks, swapped_differences

LEVEL = 0.05
LOOKS = (100, 300, 600, 1_200, 2_500, 5_000)
"""After how many permutations pairs whose verdict is clear are set aside."""

RISK = 1e-6
"""The chance, at each look, that a verdict is not that of endless permutations."""

TEST = f"swapped posts/1, looks {LOOKS}, risk {RISK}"
"""What a kept verdict rests on besides numbers and seed; its number is raised when posts are
swapped otherwise.
"""


@dataclass(frozen=True)
class Ranking:
    """Systems with the doubt about their ranks; arrays are in the order in which the systems were
    given.

    Attributes:
        values: (N,) mean over tasks.
        significant: (N, N) whether the two differ significantly.
        better: (N, N) whether the row's system is significantly better than the column's.
        low: (N,) best rank that the tests allow.
        high: (N,) worst rank.
        cluster: (N,) 1 for the first cluster.
    """

    values: Floats
    significant: Bools
    better: Bools
    low: Indices
    high: Indices
    cluster: Indices


def rank_systems(
    tasks: Sequence[TaskSums],
    rng: np.random.Generator,
    *,
    higher_is_better: bool = True,
    permutations: int = PERMUTATIONS,
    known: NDArray[np.int8] | None = None,
) -> Ranking:
    """Test all pairs of systems on one task, or on the mean over several, and rank them.

    Args:
        tasks: The same systems in each, on the same metric; every system needs a value on every
            task.
        rng: Source of randomness.
        higher_is_better: False for errors.
        permutations: At most so many a pair.
        known: (N, N) verdicts of an earlier call with the same seed, permutations and posts: 1
            significant, 0 not, -1 to be tested. A pair's verdict depends on the two systems alone.

    Raises:
        ValueError: A system has no value on some task; it cannot be ranked.
    """
    values = np.array([mean(of) for of in zip(*(task.values for task in tasks), strict=True)])
    if np.isnan(values).any():
        raise ValueError(
            f"systems {np.flatnonzero(np.isnan(values)).tolist()} have no value on some task"
        )
    verdicts = np.full((len(values), len(values)), -1, np.int8) if known is None else known
    # Only those without a verdict: a new system among 200 costs 200 tests.
    pairs = [(i, j) for i, j in combinations(range(len(values)), 2) if verdicts[i, j] < 0]
    significant = verdicts == 1
    for (i, j), verdict in zip(
        pairs, _significant(tasks, pairs, values, rng, permutations), strict=True
    ):
        significant[i, j] = significant[j, i] = verdict
    signed = canonical(values if higher_is_better else -values)
    better = significant & (signed[:, None] > signed[None, :])
    low, high = rank_intervals(better)
    return Ranking(values, significant, better, low, high, clusters(signed, better))


def rank_intervals(better: Bools) -> tuple[Indices, Indices]:
    """Return (N,) best and (N,) worst ranks that the tests allow.

    Args:
        better: (N, N) whether the row's system is significantly better than the column's.
    """
    return 1 + better.sum(axis=0), len(better) - better.sum(axis=1)


def clusters(values: Floats, better: Bools) -> Indices:
    """Return (N,) cluster of each system, 1 for the first.

    Args:
        values: (N,) higher is better.
        better: (N, N) as for `rank_intervals`; only a system with the higher value may be better.
    """
    order = np.argsort(-values, kind="stable")
    ordered = better[np.ix_(order, order)]
    starts = [place > 0 and bool(ordered[:place, place:].all()) for place in range(len(values))]
    cluster = np.empty(len(values), dtype=np.intp)
    cluster[order] = 1 + np.cumsum(starts)
    return cluster


def _significant(
    tasks: Sequence[TaskSums],
    pairs: Sequence[tuple[int, int]],
    values: Floats,
    rng: np.random.Generator,
    permutations: int,
) -> Bools:
    """Return (pairs,) whether (c + 1) / (n + 1) is at most LEVEL."""
    verdicts = np.zeros(len(pairs), dtype=np.bool_)
    if not pairs:
        return verdicts
    counts = np.zeros(len(pairs), dtype=np.intp)
    observed = np.array([values[i] - values[j] for i, j in pairs])
    open_pairs = np.arange(len(pairs))
    done = 0
    for look in [*(look for look in LOOKS if look < permutations), permutations]:
        for masks in swap_masks(distinct_posts(tasks), blocks(look - done, BLOCK), rng):
            differences = swapped_differences(
                tasks, [pairs[index] for index in open_pairs.tolist()], masks
            )
            counts[open_pairs] += exceeding(differences, observed[open_pairs])
        done = look
        verdict = _verdicts(counts[open_pairs], done, permutations)
        verdicts[open_pairs] = verdict > 0
        open_pairs = open_pairs[verdict == 0]
        # Later permutations would be drawn for nobody.
        if not open_pairs.size:
            break
    return verdicts


def _verdicts(counts: Indices, done: int, permutations: int) -> NDArray[np.int8]:
    """Return 1 significant, -1 not, 0 not yet clear, from the exceedances among the permutations
    done.
    """
    most = (
        np.floor(LEVEL * (permutations + 1) + 1e-9) - 1
    )  # exceedances with which the whole test is significant
    remaining = permutations - done
    few, many = clear_counts(done)
    yes = (counts + remaining <= most) | (counts <= few)
    no = (counts > most) | (counts >= many)
    # At the end the count itself decides, and no risk is left.
    if not remaining:
        yes, no = counts <= most, counts > most
    return np.asarray(yes.astype(np.int8) - no.astype(np.int8))


@cache
def clear_counts(done: int) -> tuple[int, int]:
    """Return which counts of exceedances leave a doubt below RISK.

    Without SciPy, whose distributions a site that ranks on demand would have to load.

    Args:
        done: Permutations, each of which exceeds with a chance of LEVEL where the test is at its
            very limit.

    Returns:
        The largest count that is that small with a chance below RISK, -1 for none, and the smallest
        that is that large.
    """
    counts = range(done + 1)
    logarithms = [
        lgamma(done + 1)
        - lgamma(count + 1)
        - lgamma(done - count + 1)
        + count * log(LEVEL)
        + (done - count) * log1p(-LEVEL)
        for count in counts
    ]
    chances = np.exp(logarithms)
    few = int(np.count_nonzero(np.cumsum(chances) < RISK)) - 1
    many = done + 1 - int(np.count_nonzero(np.cumsum(chances[::-1]) < RISK))
    return few, many
