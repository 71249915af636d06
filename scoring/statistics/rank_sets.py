"""Confidence sets for ranks: which places systems may have, with a stated chance of being right.

After Mogstad, Romano, Shaikh and Wilhelm, "Inference for Ranks with Applications to Mobility across
Neighbourhoods and Academic Achievement across Countries", Review of Economic Studies 91 (2024),
section 3, in a single step. Let d_jk be the difference of systems j and k, d*_jk its replicates
and s_jk their standard deviation. With c the .95 quantile of

    max over k of |d*_jk - d_jk| / s_jk                       for the set of one system j
    max over all pairs of the same                            for the sets of the whole table

the intervals d_jk ± c s_jk hold together with a chance of 95%, and so does

    rank of j  in  [1 + systems whose interval lies above j's, N - systems whose lies below]

*Marginal* sets hold for a system that was named beforehand; *simultaneous* ones for all systems of
the table at once, so that whoever picks a system after looking may believe its set too. The
rank intervals of `scoring.statistics.ranks` promise neither: each pair is tested at .05.
Simultaneous sets contain marginal ones.

Where it is not known how a system's value varies, or a difference does not vary in the replicates,
nothing is known of the doubt, and it tells nobody apart. A replicate in which a value is undefined
counts against telling apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.statistics.bootstrap import ROUNDING, Bools, Floats, Indices
from scoring.statistics.interval import COVERAGE


@dataclass(frozen=True)
class RankSets:
    """Sets of ranks, each from `low`, the best, to `high`; all are (N,).

    Attributes:
        low: Best ranks of the marginal sets.
        high: Worst ranks.
        table_low: Best ranks of the simultaneous sets.
        table_high: Worst ranks.
    """

    low: Indices
    high: Indices
    table_low: Indices
    table_high: Indices


@dataclass(frozen=True)
class PairedReplicates:
    """Replicates of systems' values, from which those of any two systems' difference follow.

    Attributes:
        values: (N,) on all posts.
        plain: (N, draws) as of the first of a pair.
        mirrored: (N, draws) as of the second: the unseen post counts against it
            (`scoring.statistics.bayesian_bootstrap`).
        order: (N,) which of two is the first, the lower one; all different. It must depend on the
            two alone.
        known: (N,) whether the replicates tell how the value varies.
    """

    values: Floats
    plain: Floats
    mirrored: Floats
    order: Indices
    known: Bools

    def differences(self, system: int) -> Floats:
        """Return (N, draws) replicates of a system less each; those of itself are 0."""
        first = (self.order[system] < self.order)[:, None]
        drawn = np.where(
            first, self.plain[system] - self.mirrored, self.mirrored[system] - self.plain
        )
        drawn[system] = 0.0
        return np.asarray(drawn)


def rank_sets(
    replicates: PairedReplicates, *, higher_is_better: bool = True, coverage: float = COVERAGE
) -> RankSets:
    """Return the sets of all systems.

    Args:
        replicates: Of their values; all are defined.
        higher_is_better: False for errors.
        coverage: The chance that is promised.
    """
    systems = len(replicates.values)
    deviations = np.zeros((systems, systems))
    critical = np.zeros(systems)
    # Of the whole table: each draw's largest deviation so far.
    largest = np.zeros(replicates.plain.shape[1])
    for system in range(systems):
        deviations[system], farthest = _studentized(replicates, system)
        critical[system] = np.quantile(farthest, coverage, method="higher")
        largest = np.maximum(largest, farthest)
    values = replicates.values if higher_is_better else -replicates.values
    ahead = values[None, :] - values[:, None]
    for_table = float(np.quantile(largest, coverage, method="higher"))
    return RankSets(
        *_ranks(ahead, deviations, critical[:, None]),
        *_ranks(ahead, deviations, np.full((systems, 1), for_table)),
    )


def _studentized(replicates: PairedReplicates, system: int) -> tuple[Floats, Floats]:
    """Return (N,) standard deviations of a system's differences, and (draws,) how far the farthest
    of them is from its value, in standard deviations.
    """
    drawn = replicates.differences(system)
    defined = ~np.isnan(drawn)
    counts = np.maximum(defined.sum(axis=1), 2)
    centre = np.where(defined, drawn, 0.0).sum(axis=1) / counts
    squares = np.where(defined, drawn - centre[:, None], 0.0) ** 2
    deviations = np.sqrt(squares.sum(axis=1) / (counts - 1))
    deviations[deviations <= ROUNDING] = 0.0
    observed = replicates.values[system] - replicates.values
    deviations[~(replicates.known & replicates.known[system])] = 0.0
    varying = deviations > 0
    scaled = np.abs(drawn[varying] - observed[varying, None]) / deviations[varying, None]
    # Undefined, it may have been as far as can be.
    scaled[np.isnan(scaled)] = np.inf
    return deviations, scaled.max(axis=0, initial=0.0)


def _ranks(ahead: Floats, deviations: Floats, critical: Floats) -> tuple[Indices, Indices]:
    """Return best and worst ranks.

    Args:
        ahead: (N, N) by how much the column's system is better than the row's.
        deviations: (N, N) of these differences; 0 where nothing is known of them.
        critical: (N, 1) how many of them an interval reaches.
    """
    known: Bools = deviations > 0
    # Infinity times 0 would be undefined; there nothing is known anyway.
    reach = np.where(known, deviations, 1.0) * critical
    better = (known & (ahead > reach)).sum(axis=1)
    worse = (known & (-ahead > reach)).sum(axis=1)
    return np.asarray(1 + better), np.asarray(len(ahead) - worse)
