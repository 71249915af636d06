"""The Bayesian bootstrap over posts, with gold labels fixed and one post that nobody has seen.

A replicate gives every post an exponential weight (Rubin, "The Bayesian Bootstrap", Annals of Statistics 9, 1981): no
post is ever left out, so the labels of the gold are those of the sample in every replicate. A metric of labels is a
function of a table (gold rows, answers); each row is scaled back to its gold total, because how often a label is the
gold answer belongs to the test set and is not estimated. Within a row i with g posts, t the observed shares of its
answers and T those of the replicate:

1. T is stretched about t by sqrt((g + 1) / (g - 3/2)), negative shares set to 0. The replicate's variance is that of the
   plug-in estimate over g + 1; (g + 1) / (g - 1) would make it the unbiased one, and the rest stands for the wider
   quantiles of few posts.
2. Replicates are shifted by their mean less the value: an F1 is not linear, and its replicates lean.
3. **One unseen post** is added to the whole, of a gold label drawn at random, answered rightly or wrongly with equal
   chance (a wrong answer is any other, "unparsed" included), with an exponential weight too. For one proportion this is
   the mid-P interval: the mean of Clopper and Pearson's two distributions Beta(s, f + 1) and Beta(s + 1, f) (Lancaster,
   "Significance Tests in Discrete Distributions", JASA 56, 1961), and without a failure its end is the exact
   one-sided bound .05^(1/g). A row of one or two posts always has an unseen post of its own: its posts tell nothing of
   how they vary.

What is estimated gets *one* unseen post, be it a value, a mean over tasks or a difference: a replicate of a mean takes
that of one of its tasks, drawn at random. In a difference of two systems it counts for the one and against the
other, as the mid-P version of McNemar's test has it (Fagerland, Lydersen and Laake, BMC Medical Research Methodology 13,
2013). Steps 1 and 3 are a choice by simulation over the declared tasks' label mixes: `benchmarks/coverage.py`.

Metrics without a table (means of texts' scores, BLEU) are stretched about their value and have no unseen post.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.statistics.bootstrap import Counts, Floats

Bools = NDArray[np.bool_]
Statistic = Callable[[Floats], Floats]
"""(..., k) sums -> (...) values, NaN where undefined: `Metric.aggregate` with its task filled in."""

METHOD = "Bayesian bootstrap over posts"
UNIT = 64
"""Weights are whole numbers of 1 / UNIT, so that their sums are exact in float32 and the same on every machine."""

MIN_POSTS = 10
"""With fewer there is no interval by resampling."""

SPARSE = 3
"""A gold row of fewer posts has an unseen post of its own."""

BLOCK = 128


@dataclass(frozen=True)
class Table:
    """How a metric reads summed statistics as a table: gold rows, answers, right answers on the diagonal.

    Attributes:
        cells: (..., k) sums -> (..., R, C).
        value: (..., R, C) -> (...) values, NaN where undefined.
        bounds: The smallest and the largest value.
    """

    cells: Statistic
    value: Statistic
    bounds: tuple[float | None, float | None]

    def row_posts(self, sums: Floats) -> Floats:
        """(R,) how many posts have an example of each row, in any repetition; `sums` is (repetitions, P, k)."""
        there = self.cells(sums).any(axis=-1).any(axis=0)
        return np.asarray(there.sum(axis=0), dtype=np.float64)


@dataclass(frozen=True)
class Unseen:
    """The randomness of unseen posts, of `draws` replicates of a table of R rows.

    Attributes:
        row: (draws,) in [0, 1): which of the rows that occur.
        right: (draws, R + 1) whether it is answered rightly; the last column is the one of the whole, the others the
            rows' own.
        column: (draws, R + 1) in [0, 1): which wrong answer.
        weight: (draws, R + 1) exponential.
    """

    row: Floats
    right: Bools
    column: Floats
    weight: Floats

    @classmethod
    def draw(cls, draws: int, rows: int, rng: np.random.Generator) -> Unseen:
        """Draw it; half of the replicates have the one post of the whole answered rightly."""
        right = rng.random((draws, rows + 1)) < 0.5
        right[:, -1] = np.arange(draws) % 2 == 0
        return cls(
            rng.random(draws),
            right,
            rng.random((draws, rows + 1)),
            rng.standard_exponential((draws, rows + 1)),
        )

    def mirrored(self) -> Unseen:
        """For the other system of a pair: the one post counts the other way, rows' own are drawn anew."""
        before = np.roll(np.arange(len(self.row)), 1)
        right, column, weight = self.right[before], self.column[before], self.weight[before]
        right[:, -1] = ~self.right[:, -1]
        column[:, -1], weight[:, -1] = self.column[:, -1], self.weight[:, -1]
        return Unseen(self.row, right, column, weight)

    def cells(self, posts: Floats, columns: int) -> tuple[Floats, Floats]:
        """The weights of sparse rows' own unseen posts, and of these and that of the whole.

        Args:
            posts: (R,) as `Table.row_posts` gives them.
            columns: C.

        Returns:
            (draws, R, C) each; where the one post of the whole falls into a sparse row, it stands for the row's own.
        """
        draws, rows = len(self.row), len(posts)
        own, whole = np.zeros((2, rows, columns, draws))
        occurring = np.flatnonzero(posts)
        drawn = occurring[(self.row * len(occurring)).astype(np.intp)]
        self._add(whole, drawn, -1, np.arange(draws))
        for row in np.flatnonzero((posts > 0) & (posts < SPARSE)).tolist():
            self._add(own, np.full(draws, row), row, np.arange(draws))
            self._add(whole, np.full(draws, row), row, np.flatnonzero(drawn != row))
        return np.moveaxis(own, -1, 0), np.moveaxis(whole, -1, 0)

    def _add(
        self, added: Floats, rows: NDArray[np.intp], which: int, draws: NDArray[np.intp]
    ) -> None:
        wrong = (self.column[:, which] * (added.shape[1] - 1)).astype(np.intp)
        wrong += wrong >= rows
        column = np.where(self.right[:, which], rows, wrong)
        added[rows[draws], column[draws], draws] += self.weight[draws, which]


def exponential_weights(posts: int, draws: int, rng: np.random.Generator) -> Counts:
    """Each post's weight in each replicate, in 1 / UNIT.

    Args:
        posts: P, at least 1.
        draws: Replicates.
        rng: Source of randomness; the result does not depend on how the work is cut into blocks.

    Returns:
        (draws, P), each at least 1, so that no label is ever lost.
    """
    weights = np.empty((draws, posts), dtype=np.uint16)
    for start in range(0, draws, BLOCK):
        rows = min(BLOCK, draws - start)
        drawn = rng.standard_exponential((rows, posts)) * UNIT
        weights[start : start + rows] = np.maximum(np.rint(drawn), 1)
    return weights


def table_replicates(
    drawn: Floats, observed: Floats, posts: Floats, table: Table, unseen: Unseen
) -> Floats:
    """Replicates of a metric of a table.

    Args:
        drawn: (..., m, R, C) weighted cells of each replicate, in 1 / UNIT.
        observed: (..., R, C) the cells themselves.
        posts: (R,) posts of each row.
        table: What reads them.
        unseen: Of m replicates and R rows.

    Returns:
        (2, ..., m): without the unseen post of the whole, and with it. (Rows' own are in both.)
    """
    gold = observed.sum(axis=-1)
    questions = np.divide(gold, posts, out=np.ones_like(gold), where=gold > 0)
    total = drawn.sum(axis=-1, keepdims=True)
    shares = _stretched(drawn / np.where(total > 0, total, 1.0), _shares(observed), posts)

    def with_posts(added: Floats) -> Floats:
        weights = added * (UNIT * questions[..., None, :, None])
        whole = total + weights.sum(axis=-1, keepdims=True)
        mixed = (shares * total + weights) / np.where(whole > 0, whole, 1.0)
        return table.value(mixed * gold[..., None, :, None])

    bare = table.value(shares * gold[..., None, :, None])
    lean = np.nan_to_num(_mean_defined(bare) - table.value(observed))
    own, all_of_them = unseen.cells(posts, observed.shape[-1])
    values = np.stack([with_posts(own) if own.any() else bare, with_posts(all_of_them)])
    return np.clip(values - lean[..., None], *table.bounds)


def plain_replicates(
    drawn: Floats, value: Floats, posts: int, bounds: tuple[float | None, float | None]
) -> Floats:
    """Replicates of a metric without a table: (..., m) values, stretched about (...) the value."""
    stretched = value[..., None] + _stretch(np.array(float(posts))) * (drawn - value[..., None])
    return np.asarray(stretched if bounds == (None, None) else np.clip(stretched, *bounds))


def one_label(observed: Floats) -> bool:
    """Whether all answers are one label, though the gold has several.

    What a metric makes of such answers follows from the gold alone: balanced accuracy 1 / L, whatever the posts.

    Args:
        observed: (repetitions, R, C).
    """
    rows, given = observed.shape[-2], observed.sum(axis=(0, 1))
    several = np.count_nonzero(observed.sum(axis=(0, 2))) > 1
    return bool(several and np.count_nonzero(given) == 1 and given[:rows].any())


def _stretched(shares: Floats, observed: Floats, posts: Floats) -> Floats:
    factor = _stretch(posts)[:, None]
    stretched = factor * shares + (1 - factor) * observed[..., None, :, :]
    np.maximum(stretched, 0.0, out=stretched)
    total = stretched.sum(axis=-1, keepdims=True)
    stretched /= np.where(total > 0, total, 1.0)
    return stretched


def _stretch(posts: Floats) -> Floats:
    return np.sqrt(np.where(posts > 1, (posts + 1) / np.maximum(posts - 1.5, 0.5), 1.0))


def _shares(observed: Floats) -> Floats:
    gold = observed.sum(axis=-1, keepdims=True)
    return observed / np.where(gold > 0, gold, 1.0)


def _mean_defined(values: Floats) -> Floats:
    defined = ~np.isnan(values)
    counts = defined.sum(axis=-1)
    return np.asarray(
        np.where(defined, values, 0.0).sum(axis=-1) / np.where(counts > 0, counts, np.nan)
    )
