"""The bootstrap of many systems and many metrics on one task.

All correctness metrics of one reading have the same item statistics (`scoring.metrics.confusion`), so a task's
resamples are summed once a system (`scoring.statistics.products`) and aggregated by every metric. All systems share
the replicate weights, so their differences are paired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from scoring.statistics.bootstrap import Counts, Floats
from scoring.statistics.products import Columns, summed_rows

Statistic = Callable[[Floats], Floats]
"""(..., k) sums -> (...) values, NaN where undefined: `Metric.aggregate` with its task filled in."""


def replicate_many(
    systems: Iterable[Floats], weights: Counts, statistics: Sequence[Statistic]
) -> Floats:
    """Every statistic of every system in every resample.

    Args:
        systems: For each a (repetitions, P, k) array of per-post sums; systems may differ in repetitions. Read
            one after the other, so a generator keeps memory small.
        weights: (draws, P) as `replicate_weights` gives them; for a mean over tasks that share posts, the columns
            of one matrix over the distinct posts of all tasks.
        statistics: All computed from the same sums.

    Returns:
        (systems, statistics, draws): means over the defined repetitions, NaN where none is.
    """
    drawn = int(weights.sum(axis=1, dtype=np.int64).max(initial=0))
    columns = (Columns.of(sums, drawn) for sums in systems)
    rows = [
        np.stack([mean_of_defined(statistic(sums)) for statistic in statistics])
        for sums in summed_rows(weights, columns)
    ]
    return np.stack(rows)


def mean_of_defined(values: Floats) -> Floats:
    """(repetitions, ...) -> (...): mean of the repetitions that are not NaN; NaN where all are."""
    defined = ~np.isnan(values)
    counts = defined.sum(axis=0)
    return np.asarray(
        np.where(defined, values, 0.0).sum(axis=0) / np.where(counts > 0, counts, np.nan)
    )
