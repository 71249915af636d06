"""Intervals of plain proportions: Wilson's, and an exact one-sided bound at 0 and 1.

On small sets the bootstrap of a proportion covers too little (at n = 35 and p = .97, 65% of the
time instead of 95%), and at 0 or n successes it has no width at all. Wilson's score interval
(Wilson 1927; recommended by Brown, Cai and DasGupta, "Interval Estimation for a Binomial
Proportion", Statistical Science 16, 2001) holds there. Without a single failure (or success) only
one end is in doubt, and the whole 5% goes to that end.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from scoring.statistics.bootstrap import Floats
from scoring.statistics.interval import COVERAGE, Interval


def wilson(successes: float, trials: float) -> Interval:
    """Return Wilson's score interval without continuity correction.

    Args:
        successes: At most `trials`.
        trials: At least 1.
    """
    z = NormalDist().inv_cdf((1 + COVERAGE) / 2)
    share = successes / trials
    centre = share + z * z / (2 * trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return Interval(max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale), "Wilson")


def one_sided_bound(trials: int) -> float:
    """Return the smallest share of successes with which `trials` out of `trials` is not surprising.

    The exact (Clopper-Pearson) one-sided bound: the p with p ** trials = 1 - COVERAGE.
    """
    return float((1 - COVERAGE) ** (1 / trials))


def proportion_interval(successes: float, trials: int) -> Interval:
    """Return Wilson's interval, or the exact one-sided bound where no trial or every trial
    succeeded.
    """
    if successes in (0, trials):
        bound = one_sided_bound(trials)
        ends = (bound, 1.0) if successes else (0.0, 1 - bound)
        return Interval(*ends, f"exact one-sided bound, {trials} posts")
    return wilson(successes, trials)


def farthest_tables(cells: Floats, row_posts: Floats, posts: int, *, all_right: bool) -> Floats:
    """Return a table of right answers alone, and what the exact one-sided bound lets it be.

    Or one of wrong answers alone.

    As many are wrong in one row as the bound on its posts allows, all given as one other answer, or
    as many in all rows as the bound on all posts allows: populations in which right answers alone
    have a chance of 1 - COVERAGE.

    Args:
        cells: (R, C) all on the diagonal, or none.
        row_posts: (R,) posts of each row.
        posts: Of all rows.
        all_right: Which of the two.

    Returns:
        (tables, R, C), the table itself first.
    """
    rows, columns = cells.shape
    gold, tables = cells.sum(axis=-1), [cells]
    targets = _answers(rows, columns) if all_right else [np.eye(rows, columns)]
    tables += [_moved(cells, gold, target, one_sided_bound(posts)) for target in targets]
    others = ~np.eye(rows, columns, dtype=np.bool_)
    for row in np.flatnonzero(gold).tolist():
        kept = np.ones((rows, 1))
        kept[row] = one_sided_bound(int(row_posts[row]))
        for column in np.flatnonzero(others[row]) if all_right else [row]:
            target = np.zeros((rows, columns))
            target[:, column] = 1.0
            tables.append(_moved(cells, gold, target, kept))
    return np.stack(tables)


def _moved(cells: Floats, gold: Floats, target: Floats, kept: Floats | float) -> Floats:
    """Return a share `kept` of each row stays, the rest is answered as `target` says."""
    return cells * kept + gold[:, None] * (1 - kept) * target


def _answers(rows: int, columns: int) -> list[Floats]:
    """Return wrong answers of all rows.

    Any other alike, the label so many places on, or the last, "unparsed".
    """
    right = np.eye(rows, columns)
    shifted = [np.eye(columns)[(np.arange(rows) + step) % rows] for step in range(1, rows)]
    last = np.zeros((rows, columns))
    last[:, -1] = 1.0
    return [(1 - right) / (columns - 1), *shifted, last]
