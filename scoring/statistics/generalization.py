"""Means over groups of tasks and their contrasts: platforms, and seen against unseen data.

Everything here is a weighted sum of one system's values on tasks, so one bootstrap over the distinct posts of all
tasks serves all of it. *Relative* means less a pinned reference system's value on the same task: tasks differ in
difficulty, and a system that was trained on the easy ones has a gap for that reason alone. With v(s, t) the value of
system s on task t, S the seen and U the unseen tasks and r the reference:

    gap          = mean over S of v(s, t) - mean over U of v(s, t)
    adjusted gap = mean over S of (v(s, t) - v(r, t)) - mean over U of (v(s, t) - v(r, t))

A positive gap is what a system loses on data that it has not seen. The reference is named in advance, never chosen
by looking at results. Intervals are conditional on the tasks: they say how the number would vary with other posts
of the same tasks, not with other tasks, and their method says so.

A perfect score has no spread in the resamples, so a mean over it would look too certain; so has a score without one
right answer. Where a value has none but an interval of its own, the sum's interval reaches at least as far as the
values' own intervals combine to (MOVER: Zou and Donner 2008, Statistics in Medicine 27, 1693-1702; values taken as
independent): with x = sum of c_i x_i, and l_i, u_i the ends of x_i's interval (exchanged where c_i is negative),

    x - sqrt(sum of (c_i (x_i - l_i))^2)    to    x + sqrt(sum of (c_i (u_i - x_i))^2)

A value of the *reference* without spread and without an interval of its own is a constant: the reference answers one
label throughout, which makes its balanced accuracy 1 / L and its Matthews correlation 0 on whatever posts. It is
subtracted as it stands. Any other value of that kind leaves its sum without an interval.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.statistics.bootstrap import ROUNDING, Floats, percentile_interval, replicate_weights
from scoring.statistics.estimate import Estimate
from scoring.statistics.interval import NO_SPREAD, Interval
from scoring.statistics.products import Bools
from scoring.statistics.replicate_many import replicate_many
from scoring.statistics.rounding import mean
from scoring.statistics.swaps import TaskSums, distinct_posts

DRAWS = 1_000
NO_VALUE = "no value on some task"
OUTSIDE = 0.025
"""The share of resamples beyond either end of an interval."""


@dataclass(frozen=True)
class Resampled:
    """Systems' values on tasks, and in every resample of the posts.

    Attributes:
        values: (systems, tasks), NaN where there is none.
        drawn: (systems, tasks, draws).
        posts: Distinct posts of all tasks.
        low: (systems, tasks) lower ends of the values' own intervals; None where these are not known.
        high: (systems, tasks) upper ends.
    """

    values: Floats
    drawn: Floats
    posts: int
    low: Floats | None = None
    high: Floats | None = None

    def of_tasks(self, tasks: Sequence[int]) -> Resampled:
        """The same on some of the tasks."""
        chosen = list(tasks)
        low, high = (None if ends is None else ends[:, chosen] for ends in (self.low, self.high))
        return Resampled(self.values[:, chosen], self.drawn[:, chosen], self.posts, low, high)


@dataclass(frozen=True)
class Generalization:
    """A system on data that it was trained on, and on other data. `n` of each estimate counts tasks.

    Attributes:
        seen: Mean over seen tasks.
        unseen: Mean over unseen tasks.
        gap: seen - unseen.
        adjusted_gap: The gap of the differences to the reference.
    """

    seen: Estimate
    unseen: Estimate
    gap: Estimate
    adjusted_gap: Estimate


def resample(tasks: Sequence[TaskSums], rng: np.random.Generator, draws: int = DRAWS) -> Resampled:
    """Bootstrap all systems on all tasks, drawing once over the distinct posts.

    Args:
        tasks: The same systems in each, on the same metric.
        rng: Source of randomness.
        draws: Resamples.
    """
    posts = distinct_posts(tasks)
    weights = replicate_weights(posts, draws, rng)
    drawn = [
        replicate_many(task.systems, weights[:, task.posts], [task.statistic])[:, 0]
        for task in tasks
    ]
    return Resampled(
        np.stack([task.values for task in tasks], axis=1), np.stack(drawn, axis=1), posts
    )


def contrast(
    resampled: Resampled,
    system: int,
    plus: Sequence[int],
    minus: Sequence[int] = (),
    reference: int | None = None,
) -> Estimate:
    """A system's mean over some tasks, less its mean over others.

    Args:
        resampled: What `resample` gave.
        system: Its index.
        plus: Indices of tasks, e.g. of Twitter; at least one for there to be a value.
        minus: Indices of tasks to subtract the mean of, e.g. of Reddit; none for a plain mean.
        reference: A system whose values are subtracted task by task; None for raw values.

    Returns:
        n counts tasks.
    """
    if not plus:
        return Estimate.none("no task of this kind")
    tasks = [*plus, *minus]
    terms = [_Term(system, plus, minus)]
    if reference is not None:
        terms.append(_Term(reference, plus, minus, sign=-1, constant=True))
    total = math.fsum(term.value(resampled.values) for term in terms)
    if np.isnan(total):
        return Estimate.none(NO_VALUE, len(tasks), resampled.posts)
    return Estimate(total, _interval(resampled, terms, total), len(tasks), resampled.posts)


@dataclass(frozen=True)
class _Term:
    """One system's part of a weighted sum.

    Attributes:
        system: Its index.
        plus: Indices of the tasks whose mean counts.
        minus: Indices of those whose mean is subtracted.
        sign: 1, or -1 for what is subtracted as a whole.
        constant: Whether values without spread or an interval are constants.
    """

    system: int
    plus: Sequence[int]
    minus: Sequence[int]
    sign: int = 1
    constant: bool = False

    @property
    def tasks(self) -> list[int]:
        """Indices of all of its tasks."""
        return [*self.plus, *self.minus]

    @property
    def coefficients(self) -> Floats:
        """(tasks,) what the values are multiplied with."""
        weights = [1 / len(self.plus) for _ in self.plus] + [
            -1 / len(self.minus) for _ in self.minus
        ]
        return self.sign * np.array(weights)

    def value(self, values: Floats) -> float:
        """The sum on all posts, from (systems, tasks) values."""
        sides = [mean(values[self.system, [*side]]) for side in (self.plus, self.minus) if side]
        return self.sign * (sides[0] - math.fsum(sides[1:]))

    def drawn(self, replicates: Floats) -> Floats:
        """(draws,) the sum in every resample, from (systems, tasks, draws); a mean is a sum that is then divided."""
        sides = [
            replicates[self.system, [*side]].sum(axis=0) / len(side)
            for side in (self.plus, self.minus)
            if side
        ]
        return np.asarray(self.sign * (sides[0] - sum(sides[1:])))


def _interval(resampled: Resampled, terms: Sequence[_Term], total: float) -> Interval:
    method = f"percentile bootstrap over posts, {resampled.drawn.shape[-1]} draws, conditional on the tasks"
    drawn = percentile_interval(
        sum((term.drawn(resampled.drawn) for term in terms), np.zeros(1)), method=method
    )
    if resampled.low is None or (drawn.low is None and drawn != NO_SPREAD):
        return drawn
    still = np.array([_still(resampled, term) for term in terms])
    reach = np.array([_reach(resampled, term) for term in terms])
    unknown = np.isnan(reach).any(axis=1)
    constant = still & unknown & np.array([[term.constant] for term in terms])
    if not (still & ~constant).any():
        return drawn
    if (unknown & ~constant).any():
        return Interval.none("a task without spread has no interval of its own")
    down, up = np.sqrt((np.where(constant[:, None], 0.0, reach) ** 2).sum(axis=(0, 2))).tolist()
    low, high = (
        (total, total) if drawn.low is None or drawn.high is None else (drawn.low, drawn.high)
    )
    return Interval(min(low, total - down), max(high, total + up), f"{method}; widened by MOVER")


def _still(resampled: Resampled, term: _Term) -> Bools:
    """(tasks,) whether a value is the same in all resamples but for fewer than fall beyond an end."""
    value, drawn = (
        resampled.values[term.system, term.tasks],
        resampled.drawn[term.system, term.tasks],
    )
    return np.asarray((np.abs(drawn - value[:, None]) > ROUNDING).mean(axis=1) < OUTSIDE)


def _reach(resampled: Resampled, term: _Term) -> Floats:
    """(2, tasks) how far down and up each value's own interval lets its part of the sum go."""
    assert resampled.low is not None and resampled.high is not None  # noqa: S101, PT018
    value, low, high = (
        part[term.system, term.tasks] for part in (resampled.values, resampled.low, resampled.high)
    )
    positive = term.coefficients > 0
    reach = np.stack(
        [
            np.where(positive, value - low, high - value),
            np.where(positive, high - value, value - low),
        ]
    )
    return np.asarray(reach * np.abs(term.coefficients))


def generalization_gaps(
    resampled: Resampled,
    system: int,
    unseen: Bools,
    reference: int | None,
    why_no_reference: str = "there is no reference",
) -> Generalization:
    """How much a system loses on unseen tasks.

    Args:
        resampled: What `resample` gave.
        system: Its index.
        unseen: (tasks,) whether the system was trained on nothing that counts as the task's data.
        reference: Index of the protocol's pinned reference system; None where it is not there.
        why_no_reference: Why it is not there.
    """
    seen_tasks, unseen_tasks = np.flatnonzero(~unseen).tolist(), np.flatnonzero(unseen).tolist()
    missing = _missing(len(seen_tasks), len(unseen_tasks))
    gaps = [
        Estimate.none(missing)
        if missing
        else contrast(resampled, system, seen_tasks, unseen_tasks, other)
        for other in (None, reference)
    ]
    if reference is None:
        gaps[1] = Estimate.none(why_no_reference, gaps[1].n, gaps[1].posts)
    elif system == reference:
        gaps[1] = Estimate.none("this is the reference", gaps[1].n, gaps[1].posts)
    return Generalization(
        _mean(resampled, system, seen_tasks, "no seen task"),
        _mean(resampled, system, unseen_tasks, "no unseen task"),
        *gaps,
    )


def _mean(resampled: Resampled, system: int, tasks: Sequence[int], why_none: str) -> Estimate:
    return contrast(resampled, system, tasks) if tasks else Estimate.none(why_none)


def _missing(seen: int, unseen: int) -> str:
    if not seen:
        return "no seen task"
    return "" if unseen else "no unseen task"
