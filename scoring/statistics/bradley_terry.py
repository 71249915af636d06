"""Strengths of systems from choices between two of their texts, with bootstraps over posts.

Bradley and Terry, "Rank analysis of incomplete block designs: I. The method of paired comparisons",
Biometrika 39 (1952): system i is chosen over j with the probability p_i / (p_i + p_j). The maximum of
the likelihood is `evalica`'s (Ustalov, "Reliable, reproducible, and really fast leaderboards with
Evalica", 2024; Newman's iteration, JMLR 24, 2023). A strength is the natural logarithm of p, and the
strengths of all systems have the mean 0: a system one stronger than another is chosen over it in 73 of
100. **A tie is half a win of either**, as evalica counts it by default.

The maximum exists only where no systems can be set apart that win, or lose, all that is chosen between
them and the others (Ford, "Solution of a ranking problem from binary comparisons", American
Mathematical Monthly 64, 1957). Where it does not there are no strengths, and a resample without it is
undefined.
"""

from __future__ import annotations

import numpy as np

from scoring.statistics.bootstrap import (
    Bools,
    Floats,
    Indices,
    numbered,
    percentile_interval,
    replicate_weights,
)
from scoring.statistics.estimate import Estimate
from scoring.statistics.interval import TOO_FEW_POSTS

DRAWS = 1_000
FEWEST_POSTS = 10
TOLERANCE, LIMIT = 1e-10, 10_000
SEPARATE = (
    "some systems win, or lose, every choice between them and the others, or were never compared"
    " with them: no finite strength tells by how much they differ"
)


def strengths(
    left: Indices, right: Indices, choices: Floats, posts: Indices, systems: int, seed: int
) -> list[Estimate]:
    """Return the log-strength of every system, of mean 0, with a 95% interval over posts.

    Args:
        left: (n,) the system on the left, 0 to systems - 1.
        right: (n,) the other one.
        choices: (n,) 1 where the left text was chosen, -1 the right one, 0 neither.
        posts: (n,) the post of each.
        systems: How many there are, at least two.
        seed: Of the resamples.

    Returns:
        An estimate a system; of each, `n` is how many choices it was in.
    """
    index = numbered(posts)
    distinct = len(np.unique(index))
    shares = (choices + 1) / 2
    own = [(left == system) | (right == system) for system in range(systems)]
    counts = [(int(here.sum()), len(np.unique(index[here]))) for here in own]
    values = _log_strengths(_wins(left, right, shares, np.ones(len(left)), systems))
    if np.isnan(values).any():
        return [Estimate.none(SEPARATE, *count) for count in counts]
    if distinct < FEWEST_POSTS:
        return [
            Estimate(float(value), TOO_FEW_POSTS, *count)
            for value, count in zip(values, counts, strict=True)
        ]
    weights = replicate_weights(distinct, DRAWS, np.random.default_rng(seed))
    drawn = np.array(
        [_log_strengths(_wins(left, right, shares, draw[index], systems)) for draw in weights]
    )
    return [
        Estimate(float(value), percentile_interval(drawn[:, system]), *counts[system])
        for system, value in enumerate(values)
    ]


def _wins(left: Indices, right: Indices, shares: Floats, weights: Floats, systems: int) -> Floats:
    """Return (systems, systems) how often one was chosen over another, ties halved."""
    wins = np.zeros((systems, systems))
    np.add.at(wins, (left, right), shares * weights)
    np.add.at(wins, (right, left), (1 - shares) * weights)
    return wins


def _log_strengths(wins: Floats) -> Floats:
    """Return (systems,) strengths; NaN where there is no maximum."""
    # Here and not above: it brings SciPy along, which nothing that serves may load.
    import evalica
    import pandas as pd

    systems = len(wins)
    if not _connected(wins > 0).all():
        return np.full(systems, np.nan)
    winners, losers = np.nonzero(wins)
    fitted = evalica.bradley_terry(
        winners.tolist(),
        losers.tolist(),
        [evalica.Winner.X] * len(winners),
        index=pd.Index(range(systems)),
        weights=wins[winners, losers].tolist(),
        tolerance=TOLERANCE,
        limit=LIMIT,
    )
    # They come the strongest first.
    logs = np.log(fitted.scores.reindex(range(systems)).to_numpy(dtype=np.float64))
    return np.asarray(logs - logs.mean())


def _connected(beats: Bools) -> Bools:
    """Return (systems, systems) whether a chain of wins leads from one to the other."""
    reached = beats | np.eye(len(beats), dtype=np.bool_)
    for _ in range(len(beats)):
        reached = reached @ reached
    return np.asarray(reached)
