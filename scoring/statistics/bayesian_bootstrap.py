"""The Bayesian bootstrap over posts, with gold labels fixed and one post that nobody has seen.

A replicate gives every post an exponential weight (Rubin, "The Bayesian Bootstrap", Annals of
Statistics 9, 1981): no post is ever left out, so the labels of the gold are those of the sample in
every replicate. A metric of labels is a function of a table (gold rows, answers); each row is
scaled back to its gold total, because how often a label is the gold answer belongs to the test set
and is not estimated. Within a row i with g posts, t the observed shares of its answers and T those
of the replicate:

1. T is stretched about t by sqrt((g + 1) / (g - 3/2)), negative shares set to 0. The replicate's
   variance is that of the plug-in estimate over g + 1; (g + 1) / (g - 1) would make it the unbiased
   one, and the rest stands for the wider quantiles of few posts.
2. Replicates are shifted by their mean less the value: an F1 is not linear, and its replicates
   lean.
3. **One unseen post** is added to the whole, of a gold label drawn at random, answered rightly or
   wrongly with equal chance (a wrong answer is any other, "unparsed" included), with an exponential
   weight too. For one proportion this is the mid-P interval: the mean of Clopper and Pearson's two
   distributions Beta(s, f + 1) and Beta(s + 1, f) (Lancaster, "Significance Tests in Discrete
   Distributions", JASA 56, 1961), and without a failure its end is the exact one-sided bound
   .05^(1/g). A row of fewer than five posts always has an unseen post of its own, for its posts
   tell little of how they vary: answered as the one of the whole is.

What is estimated gets *one* unseen post, be it a value, a mean over tasks or a difference: a
replicate of a mean takes that of one of its tasks, drawn at random. What rows of few posts add on
the other tasks widens their replicates and does not move them: over nine tasks such shifts would
add up while the widths average out. In a difference of two systems it counts for the one and
against the other, as the mid-P version of McNemar's test has it (Fagerland, Lydersen and Laake, BMC
Medical Research Methodology 13, 2013). Steps 1 and 3 are a choice by simulation over the declared
tasks' label mixes: `benchmarks/coverage.py`.

Metrics without a table (means of texts' scores, BLEU) are stretched about their value and have no
unseen post.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scoring.statistics.bootstrap import Bools, Counts, Floats, Indices, mean_of_defined

Statistic = Callable[[Floats], Floats]
"""(..., k) sums -> (...) values, NaN where undefined: `Metric.aggregate` with its
task filled in.
"""

METHOD = "Bayesian bootstrap over posts"
UNIT = 64
"""Weights are whole numbers of 1 / UNIT, so that their sums are exact in float32 and the same on
every machine.
"""

MIN_POSTS = 10
"""With fewer there is no interval by resampling."""

SPARSE = 5
"""A gold row of fewer posts has an unseen post of its own."""

# Draws at a time: as float64 they take four times the memory of what is kept.
BLOCK = 128


@dataclass(frozen=True)
class ContingencyTable:
    """How a metric reads summed statistics as a table: gold rows, answers, right answers on the
    diagonal.

    Attributes:
        cells: (..., k) sums -> (..., R, C).
        value: (..., R, C) -> (...) values, NaN where undefined.
        bounds: The smallest and the largest value.
    """

    cells: Statistic
    value: Statistic
    bounds: tuple[float | None, float | None]

    def row_posts(self, sums: Floats) -> Floats:
        """Return (R,) how many posts have an example of each row, in any repetition.

        `sums` is (repetitions, P, k).
        """
        present = self.cells(sums).any(axis=-1).any(axis=0)
        return np.asarray(present.sum(axis=0), dtype=np.float64)


@dataclass(frozen=True)
class Unseen:
    """The randomness of unseen posts, of `draws` replicates of a table of R rows.

    Attributes:
        row: (draws,) in [0, 1): which of the rows that occur.
        right: (draws,) whether all of a replicate's are answered rightly. Were each drawn for
            itself, rows of few posts would move the replicates down, and upper ends would miss.
        column: (draws, R + 1) in [0, 1): which wrong answer; the last column is the one of the
            whole, the others the rows' own.
        weight: (draws, R + 1) exponential.
    """

    row: Floats
    right: Bools
    column: Floats
    weight: Floats

    @classmethod
    def draw(cls, draws: int, rows: int, rng: np.random.Generator) -> Unseen:
        """Draw it; half of the replicates have theirs answered rightly."""
        return cls(
            rng.random(draws),
            rng.permutation(draws) % 2 == 0,
            rng.random((draws, rows + 1)),
            rng.standard_exponential((draws, rows + 1)),
        )

    def mirrored(self) -> Unseen:
        """Return the unseen posts of the other system of a pair.

        All count the other way; answers and weights of rows' own are drawn anew.
        """
        before = np.roll(np.arange(len(self.row)), 1)
        column, weight = self.column[before], self.weight[before]
        column[:, -1], weight[:, -1] = self.column[:, -1], self.weight[:, -1]
        return Unseen(self.row, ~self.right, column, weight)

    def answers(self, which: int, rows: Indices, columns: int) -> Indices:
        """Return (draws,) the column of each unseen post.

        `which` is a row, or -1 for the one of the whole.
        """
        wrong = (self.column[:, which] * (columns - 1)).astype(np.intp)
        wrong += wrong >= rows
        return np.where(self.right, rows, wrong)


def exponential_weights(posts: int, draws: int, rng: np.random.Generator) -> Counts:
    """Return each post's weight in each replicate, in 1 / UNIT.

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
    drawn: Floats, observed: Floats, posts: Floats, table: ContingencyTable, unseen: Unseen
) -> Floats:
    """Return replicates of a metric of a table.

    Args:
        drawn: (..., m, R, C) weighted cells of each replicate, in 1 / UNIT.
        observed: (..., R, C) the cells themselves.
        posts: (R,) posts of each row.
        table: What reads them.
        unseen: Of m replicates and R rows.

    Returns:
        (2, ..., m): without the unseen post of the whole, and with it. (Rows' own are in both.)
    """
    gold, total = observed.sum(axis=-1), drawn.sum(axis=-1)
    bare = _stretched(drawn, total, observed, posts)
    without = table.value(bare)
    lean = np.nan_to_num(mean_of_defined(without, axis=-1) - table.value(observed))
    occurring, sparse = np.flatnonzero(posts), np.flatnonzero((posts > 0) & (posts < SPARSE))
    rows = occurring[(unseen.row * len(occurring)).astype(np.intp)]
    sampled = _Sampled(gold, total, np.where(posts > 0, gold / np.maximum(posts, 1), 1.0))
    whole = bare.copy(order="K")
    sampled.add(whole, unseen, -1, rows, np.arange(len(rows)))
    for row in sparse.tolist():
        alike = np.full(len(rows), row)
        sampled.add(whole, unseen, row, alike, np.flatnonzero(rows != row))
        sampled.add(bare, unseen, row, alike, np.arange(len(rows)))
    lean_of_bare = lean
    if sparse.size:
        without = table.value(bare)
        lean_of_bare = np.nan_to_num(mean_of_defined(without, axis=-1) - table.value(observed))
    values = np.stack([without - lean_of_bare[..., None], table.value(whole) - lean[..., None]])
    return np.clip(values, *table.bounds)


@dataclass(frozen=True)
class _Sampled:
    """What the seen posts weigh.

    Attributes:
        gold: (..., R) totals of the table's rows.
        total: (..., m, R) their weights, in 1 / UNIT.
        questions: (..., R) examples of a row that one of its posts has.
    """

    gold: Floats
    total: Floats
    questions: Floats

    def add(self, cells: Floats, unseen: Unseen, which: int, rows: Indices, draws: Indices) -> None:
        """Put an unseen post into one row of each of some draws, and scale the row back to its gold
        total.

        Args:
            cells: (..., m, R, C), changed in place.
            unseen: Its answer and weight.
            which: See `Unseen.answers`.
            rows: (m,) its row in each draw.
            draws: In which it is.
        """
        answers = unseen.answers(which, rows, cells.shape[-1])[draws]
        rows = rows[draws]
        weight = unseen.weight[draws, which] * UNIT * self.questions[..., rows]
        share = weight / (self.total[..., draws, rows] + weight)
        changed = cells[..., draws, rows, :] * (1 - share)[..., None]
        changed[..., np.arange(len(draws)), answers] += share * self.gold[..., rows]
        cells[..., draws, rows, :] = changed


def plain_replicates(
    drawn: Floats, value: Floats, posts: int, bounds: tuple[float | None, float | None]
) -> Floats:
    """Return replicates of a metric without a table.

    (..., m) values, stretched about (...) the value.
    """
    stretched = value[..., None] + _stretch(np.array(float(posts))) * (drawn - value[..., None])
    return stretched if bounds == (None, None) else np.clip(stretched, *bounds)


def one_label(observed: Floats) -> bool:
    """Return whether all answers are one label, though the gold has several.

    What a metric makes of such answers follows from the gold alone: balanced accuracy 1 / L,
    whatever the posts.

    Args:
        observed: (repetitions, R, C).
    """
    rows, given = observed.shape[-2], observed.sum(axis=(0, 1))
    several = np.count_nonzero(observed.sum(axis=(0, 2))) > 1
    return bool(several and np.count_nonzero(given) == 1 and given[:rows].any())


def _stretched(drawn: Floats, total: Floats, observed: Floats, posts: Floats) -> Floats:
    """Return (..., m, R, C) the replicates' cells, stretched about the observed ones, each row with
    its gold total.
    """
    gold, factor = observed.sum(axis=-1), _stretch(posts)
    scale = factor * gold[..., None, :] / np.where(total > 0, total, 1.0)
    cells = np.asarray(drawn * scale[..., None], dtype=np.float64)
    cells += ((1 - factor)[:, None] * observed)[..., None, :, :]
    if cells.min(initial=0.0) < 0:
        np.maximum(cells, 0.0, out=cells)
        rows = cells.sum(axis=-1)
        cells *= (gold[..., None, :] / np.where(rows > 0, rows, 1.0))[..., None]
    return cells


def _stretch(posts: Floats) -> Floats:
    return np.sqrt(np.where(posts > 1, (posts + 1) / np.maximum(posts - 1.5, 0.5), 1.0))
