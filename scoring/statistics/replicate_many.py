"""Replicates of many systems on one task.

All correctness metrics of one reading have the same item statistics (`scoring.metrics.confusion`),
so a task's replicates are summed once a system (`scoring.statistics.products`) and read by every
metric. All systems share the posts' weights, so their differences are paired.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from scoring.statistics.bayesian_bootstrap import (
    UNIT,
    ContingencyTable,
    Statistic,
    Unseen,
    one_label,
    plain_replicates,
    table_replicates,
)
from scoring.statistics.bootstrap import Counts, Floats, mean_of_defined
from scoring.statistics.products import Columns, summed_rows

Bounds = tuple[float | None, float | None]


@dataclass(frozen=True)
class Condensed:
    """Fewer sums than the items have, of which the same value is made.

    Weighted F1 needs of a confusion matrix of L labels its diagonal, rows' and columns' totals:
    3L + 1 numbers instead of L (L + 1), of which the gold's L are the same for every system.

    Attributes:
        sums: (..., k) sums -> (..., c); linear, so that sums of posts may be condensed before they
            are summed further.
        value: (..., c) -> (...) values, NaN where undefined.
    """

    sums: Statistic
    value: Statistic


@dataclass(frozen=True)
class Estimator:
    """What a metric makes of summed statistics.

    Attributes:
        value: (..., k) sums -> (...) values, NaN where undefined.
        table: How it reads them as a table; None for a metric that is of no table.
        bounds: The smallest and the largest value.
        condensed: How it is made of fewer sums; None where it needs them all.
    """

    value: Statistic
    table: ContingencyTable | None = None
    bounds: Bounds = (None, None)
    condensed: Condensed | None = None

    def replicates(
        self, sums: Floats, drawn: Floats, unseen: Unseen | None, posts: Floats | None = None
    ) -> Floats:
        """Return one system's replicates, means over repetitions.

        Args:
            sums: (repetitions, P, k) per-post sums.
            drawn: (repetitions, m, k) weighted sums of each replicate.
            unseen: Its unseen posts; None where the estimator has no table.
            posts: (R,) the table's `row_posts` where they are known.

        Returns:
            (2, m): without and with the unseen post of the whole; NaN where no repetition is
            defined.
        """
        totals = sums.sum(axis=1, dtype=np.float64)
        # A system without an answer has no replicates, and no division by 0.
        if not totals.any():
            return np.full((2, drawn.shape[1]), np.nan)
        if self.table is None:
            drawn_values = plain_replicates(
                self.value(drawn / UNIT), self.value(totals), _posts(sums), self.bounds
            )
            return np.stack([mean_of_defined(drawn_values)] * 2)
        observed = self.table.cells(totals)
        # Such a value follows from the gold alone and does not vary.
        if unseen is None or one_label(observed):
            return np.full((2, drawn.shape[1]), mean_of_defined(self.value(totals)))
        rows = self.table.row_posts(sums) if posts is None else posts
        drawn_values = table_replicates(self.table.cells(drawn), observed, rows, self.table, unseen)
        return np.stack([mean_of_defined(values) for values in drawn_values])

    def rows(self, totals: Floats) -> int:
        """Return R of the table of (..., k) sums; 0 without a table."""
        return 0 if self.table is None else self.table.cells(totals).shape[-2]

    def one_label(self, totals: Floats) -> bool:
        """Return whether (repetitions, k) sums are of answers that are one label throughout."""
        return self.table is not None and one_label(self.table.cells(totals))


def replicate_many(
    systems: Iterable[Floats],
    weights: Counts,
    estimators: Sequence[Estimator],
    unseen: Unseen | None = None,
    posts: Iterable[Floats | None] | None = None,
) -> Floats:
    """Return every estimate of every system in every replicate.

    Args:
        systems: For each a (repetitions, P, k) array of per-post sums; systems may differ in
            repetitions. Read one after the other, so a generator keeps memory small.
        weights: (draws, P) as `exponential_weights` gives them; for a mean over tasks that share
            posts, the columns of one matrix over the distinct posts of all tasks.
        estimators: All of the same sums.
        unseen: The unseen posts of those that have a table.
        posts: For each system the table's `row_posts`, where these are known.

    Returns:
        (systems, estimators, 2, draws): without and with the unseen post of the whole.
    """
    summed = int(weights.sum(axis=1, dtype=np.int64).max(initial=0))
    # Only the systems of the product under way: all of them would fill the memory.
    kept: list[Floats] = []

    def columns() -> Iterable[Columns]:
        for sums in systems:
            kept.append(sums)
            yield Columns.of(sums, summed)

    known = iter(posts) if posts is not None else None
    blocks = []
    for drawn in summed_rows(weights, columns()):
        sums, rows = kept.pop(0), None if known is None else next(known)
        blocks.append(
            np.stack([estimator.replicates(sums, drawn, unseen, rows) for estimator in estimators])
        )
    return np.stack(blocks)


def _posts(sums: Floats) -> int:
    """Return posts with any statistics."""
    return int(sums.any(axis=(0, 2)).sum())
