"""Permutations of a paired comparison: whole posts swapped between two systems, for many pairs at
once.

Under the null hypothesis it makes no difference which of two systems answered a post, so the
outputs for a post (all of its questions, in all tasks) may be swapped (Noreen, "Computer-Intensive
Methods for Testing Hypotheses", 1989: approximate randomization). Every metric is a function of
summed statistics, so a permuted system is a sum:

    A' = sum over posts kept of A + sum over posts swapped of B = T_A + s (B - A),

with s the 0/1 vector of swapped posts. s B and s A are rows of a matrix product (permutations, P) x
(P, k) that is made once a *system*, not once a pair; with 200 systems that is 200 products instead
of 39,800. Only what differs between systems is summed: not how often a label is the gold answer,
and of a metric that says so (`Condensed`) only what its value is made of.

Systems with different numbers of repetitions are cycled to their least common multiple, which
leaves their mean as it is; repetition i of the one is swapped with repetition i of the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import lcm

import numpy as np

from scoring.statistics.bayesian_bootstrap import Statistic
from scoring.statistics.bootstrap import Bools, Floats, Indices, mean_of_defined
from scoring.statistics.products import Columns, summed_rows
from scoring.statistics.replicate_many import Condensed, Estimator
from scoring.statistics.rounding import mean

Pair = tuple[int, int]

CHUNK = 250_000
"""Numbers worked on at a time: 2 MB, which stay in a processor's cache."""


@dataclass(frozen=True, eq=False)
class TaskSums:
    """One task's per-post sums of several systems.

    Attributes:
        systems: For each system (repetitions, P, k): `post_sums` of its items.
        posts: (P,) which of the distinct posts of all tasks compared each row is, 0 to Q - 1. Tasks
            share posts.
        statistic: (..., k) sums -> (...) values: `Metric.aggregate` with its task filled in.
        estimator: How replicates are made of the same; of the plain statistic where it is not
            given.
        row_posts: For each system the estimator's table's `row_posts`, where these are known.
    """

    systems: Sequence[Floats]
    posts: Indices
    statistic: Statistic
    estimator: Estimator | None = None
    row_posts: Sequence[Floats | None] | None = None
    _made: dict[int, Columns] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def condensed(self) -> Condensed:
        """What sums are condensed to before posts are swapped."""
        return self.estimated.condensed or Condensed(lambda sums: sums, self.statistic)

    @property
    def estimated(self) -> Estimator:
        """How replicates are made."""
        return self.estimator or Estimator(self.statistic)

    @cached_property
    def values(self) -> Floats:
        """(systems,) values on all posts; NaN where undefined."""
        of_runs = (self.statistic(total) for total in self.totals)
        return np.array([mean(values[~np.isnan(values)]) for values in of_runs])

    @cached_property
    def totals(self) -> list[Floats]:
        """For each system (repetitions, k) sums over all posts."""
        return [sums.sum(axis=1, dtype=np.float64) for sums in self.systems]

    @cached_property
    def condensed_totals(self) -> list[Floats]:
        """For each system (repetitions, c) condensed sums over all posts."""
        return [self.condensed.sums(total) for total in self.totals]

    def swapped(self, systems: Sequence[int], masks: Bools) -> dict[int, Floats]:
        """Return what systems have on the swapped posts.

        Args:
            systems: Their indices.
            masks: (m, Q) which posts are swapped.

        Returns:
            System -> (repetitions, m, c) condensed sums, in memory cell by cell; 0 where all
            systems have the same on every post, which no swap changes.
        """
        sums = summed_rows(masks[:, self.posts], map(self._columns, systems))
        return dict(zip(systems, sums, strict=True))

    def _columns(self, system: int) -> Columns:
        if system not in self._made:
            differing = self.condensed.sums(self.systems[system]) * ~self._shared
            self._made[system] = Columns.of(differing, len(self.posts))
        return self._made[system]

    @cached_property
    def _shared(self) -> Bools:
        """(c,) which condensed sums are the same of every system on every post."""
        first = self.condensed.sums(self.systems[0][:1])
        equal = [(self.condensed.sums(sums) == first).all(axis=(0, 1)) for sums in self.systems]
        return np.asarray(np.logical_and.reduce(equal))


def distinct_posts(tasks: Sequence[TaskSums]) -> int:
    """Return Q: how many distinct posts the tasks have between them."""
    return 1 + max(int(task.posts.max(initial=-1)) for task in tasks)


def swap_masks(posts: int, blocks: Sequence[int], rng: np.random.Generator) -> Iterator[Bools]:
    """Yield random swaps: every post is swapped with probability 1/2.

    Args:
        posts: Q.
        blocks: How many permutations to give at a time.
        rng: Source of randomness; the masks do not depend on how they are cut into blocks.

    Yields:
        (m, Q) for each m of `blocks`.
    """
    width = 8 * -(-posts // 64)  # bytes a mask, in whole words of the generator
    for rows in blocks:
        drawn = np.frombuffer(rng.bytes(rows * width), dtype=np.uint8).reshape(rows, width)
        yield np.unpackbits(drawn, axis=1, count=posts).view(np.bool_)


def swapped_differences(tasks: Sequence[TaskSums], pairs: Sequence[Pair], masks: Bools) -> Floats:
    """Return differences of pairs of systems after swapping posts, as means over tasks.

    Args:
        tasks: One, or several for an overall mean.
        pairs: Indices of systems.
        masks: (m, Q) which posts are swapped.

    Returns:
        (pairs, m): mean over tasks of A' - B'; NaN where either is undefined in a task.
    """
    total = np.zeros((len(pairs), len(masks)))
    wanted = sorted({system for pair in pairs for system in pair})
    for task in tasks:
        total += _differences(task, task.swapped(wanted, masks), pairs)
    return total / len(tasks)


def _differences(task: TaskSums, swapped: Mapping[int, Floats], pairs: Sequence[Pair]) -> Floats:
    differences = np.empty((len(pairs), next(iter(swapped.values())).shape[1]))
    cycles = np.array([lcm(len(swapped[i]), len(swapped[j])) for i, j in pairs])
    # Pairs with equally many repetitions are stacked into one array.
    for cycled in np.unique(cycles).tolist():
        indices = np.flatnonzero(cycles == cycled).tolist()
        numbers = differences.shape[1] * cycled * task.condensed_totals[0].shape[-1]
        step = max(1, CHUNK // numbers)
        for start in range(0, len(indices), step):
            chunk = indices[start : start + step]
            differences[chunk] = _chunk(task, swapped, [pairs[index] for index in chunk], cycled)
    return differences


def _chunk(
    task: TaskSums, swapped: Mapping[int, Floats], pairs: Sequence[Pair], cycled: int
) -> Floats:
    """Return (pairs, m) differences of pairs of systems that all have `cycled` repetitions once
    cycled.
    """

    def stacked(sums: Mapping[int, Floats] | Sequence[Floats], side: int) -> Floats:
        return np.stack([_cycle(sums[pair[side]], cycled) for pair in pairs], axis=1)

    cells_first = {system: sums.swapaxes(1, 2) for system, sums in swapped.items()}
    moved = stacked(cells_first, 1) - stacked(cells_first, 0)
    first = stacked(task.condensed_totals, 0)[..., None] + moved
    second = stacked(task.condensed_totals, 1)[..., None] - moved
    value = task.condensed.value
    values = [mean_of_defined(value(sums.swapaxes(2, 3))) for sums in (first, second)]
    return values[0] - values[1]


def _cycle(sums: Floats, repetitions: int) -> Floats:
    """Return (r, ...) -> (repetitions, ...), going round."""
    return sums if len(sums) == repetitions else np.concatenate([sums] * (repetitions // len(sums)))
