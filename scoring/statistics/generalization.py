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
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.statistics.bootstrap import Floats, percentile_interval, replicate_weights
from scoring.statistics.estimate import Estimate
from scoring.statistics.products import Bools
from scoring.statistics.replicate_many import replicate_many
from scoring.statistics.swaps import TaskSums, distinct_posts

DRAWS = 1_000


@dataclass(frozen=True)
class Resampled:
    """Systems' values on tasks, and in every resample of the posts.

    Attributes:
        values: (systems, tasks), NaN where there is none.
        drawn: (systems, tasks, draws).
        posts: Distinct posts of all tasks.
    """

    values: Floats
    drawn: Floats
    posts: int


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
    drawn = [replicate_many(task.systems, weights[:, task.posts], [task.statistic])[:, 0] for task in tasks]
    return Resampled(np.stack([task.values for task in tasks], axis=1), np.stack(drawn, axis=1), posts)


def contrast(
    resampled: Resampled, system: int, plus: Sequence[int], minus: Sequence[int] = (), reference: int | None = None
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
    coefficients = np.array([1 / len(plus)] * len(plus) + [-1 / len(minus) for _ in minus])
    value, drawn = resampled.values[system, tasks], resampled.drawn[system, tasks]
    if reference is not None:
        value = value - resampled.values[reference, tasks]
        drawn = drawn - resampled.drawn[reference, tasks]
    total = float(coefficients @ value)
    if np.isnan(total):
        return Estimate.none("no value on some task", len(tasks), resampled.posts)
    method = f"percentile bootstrap over posts, {drawn.shape[-1]} draws, conditional on the tasks"
    return Estimate(total, percentile_interval(coefficients @ drawn, method=method), len(tasks), resampled.posts)


def generalization_gaps(resampled: Resampled, system: int, unseen: Bools, reference: int) -> Generalization:
    """How much a system loses on unseen tasks.

    Args:
        resampled: What `resample` gave.
        system: Its index.
        unseen: (tasks,) whether the system was trained on nothing that counts as the task's data.
        reference: Index of the protocol's pinned reference system.
    """
    seen_tasks, unseen_tasks = np.flatnonzero(~unseen).tolist(), np.flatnonzero(unseen).tolist()
    missing = _missing(len(seen_tasks), len(unseen_tasks))
    gaps = [
        Estimate.none(missing) if missing else contrast(resampled, system, seen_tasks, unseen_tasks, other)
        for other in (None, reference)
    ]
    if system == reference:
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
