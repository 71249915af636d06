"""Means over groups of tasks and their contrasts: platforms, and seen against unseen data.

Everything here is a weighted sum of one system's values on tasks, so one bootstrap over the
distinct posts of all tasks serves all of it. *Relative* means less a pinned reference system's
value on the same task: tasks differ in difficulty, and a system that was trained on the easy ones
has a gap for that reason alone. With v(s, t) the value of system s on task t, S the seen and U the
unseen tasks and r the reference:

    gap          = mean over S of v(s, t) - mean over U of v(s, t)
    adjusted gap = mean over S of (v(s, t) - v(r, t)) - mean over U of (v(s, t) - v(r, t))

A positive gap is what a system loses on data that it has not seen. The reference is named in
advance, never chosen by looking at results. Intervals are conditional on the tasks: they say how
the number would vary with other posts of the same tasks, not with other tasks, and their method
says so.

A sum gets one unseen post (`scoring.statistics.bayesian_bootstrap`), in one of its tasks, drawn at
random in every replicate; where a reference is subtracted, it counts for the system and against the
reference.

A system that answers one label throughout, as the reference does, has values that follow from the
gold alone: its balanced accuracy is 1 / L on whatever posts. They are constants, and have no
interval. Another value without spread (ROUGE of copied references) leaves its sum without an
interval.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scoring.statistics.bayesian_bootstrap import METHOD, MIN_POSTS, Unseen, exponential_weights
from scoring.statistics.bootstrap import (
    ROUNDING,
    Bools,
    Counts,
    Floats,
    Indices,
    percentile_interval,
)
from scoring.statistics.estimate import Estimate
from scoring.statistics.interval import NO_SPREAD, ONE_LABEL, Interval
from scoring.statistics.rank_sets import PairedReplicates
from scoring.statistics.replicate_many import replicate_many
from scoring.statistics.rounding import mean
from scoring.statistics.swaps import TaskSums, distinct_posts

DRAWS = 1_000
NO_VALUE = "no value on some task"
STILL = Interval.none("a task without spread has no interval of its own")


@dataclass(frozen=True, eq=False)
class Sampler:
    """How replicates were drawn, so that those of a pair can be drawn alike.

    Attributes:
        tasks: What they are of; None for a task on which no system has a value.
        weights: (draws, Q) of the distinct posts.
        unseen: Each task's unseen posts; None where its metric has no table.
        choice: (draws,) in [0, 1): which of a sum's tasks has the unseen post.
    """

    tasks: Sequence[TaskSums | None]
    weights: Counts
    unseen: Sequence[Unseen | None]
    choice: Floats

    @classmethod
    def draw(
        cls, tasks: Sequence[TaskSums | None], weights: Counts, rng: np.random.Generator
    ) -> Sampler:
        """Draw the unseen posts to given weights of the seen ones."""
        draws = len(weights)
        choice = rng.random(draws)
        unseen = [
            None if task is None else unseen_posts(task, draws, own)
            for task, own in zip(tasks, rng.spawn(len(tasks)), strict=True)
        ]
        return cls(tasks, weights, unseen, choice)

    def replicates(self, task: int, systems: Sequence[int], *, mirrored: bool = False) -> Floats:
        """Return (systems, 2, draws) replicates on a task, without and with the unseen post of the
        whole.

        Args:
            task: Its position.
            systems: Positions.
            mirrored: As of the other system of a pair.
        """
        sampled, unseen = self.tasks[task], self.unseen[task]
        if sampled is None:
            return np.full((len(systems), 2, len(self.weights)), np.nan)
        # What counts for the one system counts against the other.
        if mirrored and unseen is not None:
            unseen = unseen.mirrored()
        return replicate_many(
            (sampled.systems[system] for system in systems),
            self.weights[:, sampled.posts],
            [sampled.estimated],
            unseen,
            None
            if sampled.row_posts is None
            else [sampled.row_posts[system] for system in systems],
        )[:, 0]


@dataclass(frozen=True, eq=False)
class Resampled:
    """Systems' values on tasks, and in every replicate.

    Attributes:
        values: (systems, tasks), NaN where there is none.
        drawn: (2, systems, tasks, draws) without and with the unseen post of the whole.
        posts: Distinct posts of all tasks.
        choice: (draws,) in [0, 1): which of a sum's tasks has the unseen post.
        few: (systems, tasks) whether a value is of fewer than MIN_POSTS posts.
        fixed: (systems, tasks) whether answers are one label throughout.
        sampler: How the replicates of the other system of a pair are drawn; None where there are no
            pairs.
        places: Positions of the tasks in the sampler's.
    """

    values: Floats
    drawn: Floats
    posts: int
    choice: Floats
    few: Bools
    fixed: Bools
    sampler: Sampler | None = None
    places: tuple[int, ...] = ()

    @cached_property
    def still(self) -> Bools:
        """(systems, tasks) whether a value is the same in all replicates though its answers are
        several labels.
        """
        spread = self.drawn[1].max(axis=-1) - self.drawn[1].min(axis=-1)
        return np.asarray((spread <= ROUNDING) & ~self.fixed)

    @cached_property
    def mirrored(self) -> Floats:
        """`drawn`, as of the other system of a pair."""
        if self.sampler is None:
            return self.drawn
        drawn = np.empty_like(self.drawn)
        for task, place in enumerate(self.places):
            of_task = self.sampler.replicates(place, range(len(self.values)), mirrored=True)
            drawn[:, :, task] = of_task.swapaxes(0, 1)
        return drawn

    def paired(
        self, systems: Sequence[int], tasks: Sequence[int], order: Indices
    ) -> PairedReplicates:
        """Return replicates of systems' means over tasks, for differences of any two.

        Args:
            systems: Positions of systems that have all of the tasks.
            tasks: Positions.
            order: (systems,) see `PairedReplicates`.
        """
        cells = np.ix_(list(systems), list(tasks))
        plain, mirrored = (
            np.array(
                [
                    with_unseen_post(drawn[:, system, list(tasks)], self.choice, len(tasks))
                    for system in systems
                ]
            )
            for drawn in (self.drawn, self.mirrored)
        )
        known = np.logical_not((self.few[cells] | self.still[cells]).any(axis=1))
        values = np.array([mean(row) for row in self.values[cells].tolist()])
        return PairedReplicates(values, plain, mirrored, order, known)

    def of_tasks(self, tasks: Sequence[int]) -> Resampled:
        """Return the same on some of the tasks."""
        chosen = list(tasks)
        return Resampled(
            self.values[:, chosen],
            self.drawn[:, :, chosen],
            self.posts,
            self.choice,
            self.few[:, chosen],
            self.fixed[:, chosen],
            self.sampler,
            tuple(self.places[task] for task in chosen) if self.places else (),
        )

    def replicates(self, system: int, tasks: Sequence[int], *, mirrored: bool = False) -> Floats:
        """Return (2, tasks, draws) of one system; `mirrored`: as of the other system of a pair."""
        if not mirrored or self.sampler is None or self.fixed[system, list(tasks)].all():
            return np.asarray(self.drawn[:, system, list(tasks)])
        places = [self.places[task] for task in tasks]
        sampled = [self.sampler.replicates(place, [system], mirrored=True)[0] for place in places]
        return np.stack(sampled, axis=1)


def unseen_posts(task: TaskSums, draws: int, rng: np.random.Generator) -> Unseen | None:
    """Return a task's unseen posts; None where its metric has no table."""
    rows = task.estimated.rows(task.totals[0])
    return Unseen.draw(draws, rows, rng) if rows else None


def resample(tasks: Sequence[TaskSums], rng: np.random.Generator, draws: int = DRAWS) -> Resampled:
    """Resample all systems on all tasks, drawing once over the distinct posts.

    Args:
        tasks: The same systems in each, on the same metric.
        rng: Source of randomness.
        draws: Replicates.
    """
    weights = exponential_weights(distinct_posts(tasks), draws, rng)
    values = np.stack([task.values for task in tasks], axis=1)
    return resampled(values, Sampler.draw(tasks, weights, rng), distinct_posts(tasks))


def resampled(values: Floats, sampler: Sampler, posts: int) -> Resampled:
    """Draw the replicates of all systems on all tasks.

    Args:
        values: (systems, tasks), NaN where there is none; such a value has no replicates.
        sampler: How.
        posts: Distinct posts of all tasks.
    """
    systems, places = range(len(values)), range(len(sampler.tasks))
    # Half of the memory; values are printed with far fewer digits.
    drawn = np.empty((2, *values.shape, len(sampler.weights)), dtype=np.float32)
    few, fixed = np.zeros((2, *values.shape), dtype=np.bool_)
    for place, task in enumerate(sampler.tasks):
        drawn[:, :, place] = sampler.replicates(place, systems).swapaxes(0, 1)
        if task is not None:
            few[:, place] = [_few(sums) for sums in task.systems]
            fixed[:, place] = [task.estimated.one_label(total) for total in task.totals]
    return Resampled(values, drawn, posts, sampler.choice, few, fixed, sampler, tuple(places))


def few_posts(tasks: Sequence[TaskSums], system: int) -> bool:
    """Return whether a system's value on one of the tasks is of too few posts to resample them."""
    return any(_few(task.systems[system]) for task in tasks)


def with_unseen_post(drawn: Floats, choice: Floats, plus: int) -> Floats:
    """Return the mean of some tasks less that of others, where one of the tasks has the unseen
    post.

    Args:
        drawn: (2, tasks, draws) replicates, without and with it.
        choice: (draws,) in [0, 1): which task has it.
        plus: How many of the tasks count; the mean of the others is subtracted.

    Returns:
        (draws,) replicates. A mean is a sum that is then divided, so that of equal values it is
        that value.
    """
    tasks = np.arange(drawn.shape[1])[:, None]
    has = tasks == (choice * len(tasks)).astype(np.intp)
    values = np.where(has, drawn[1], drawn[0])
    sides = [
        side.sum(axis=0, dtype=np.float64) / len(side)
        for side in (values[:plus], values[plus:])
        if len(side)
    ]
    return np.asarray(sides[0] - sum(sides[1:]))


def contrast(
    resampled: Resampled,
    system: int,
    plus: Sequence[int],
    minus: Sequence[int] = (),
    reference: int | None = None,
) -> Estimate:
    """Return a system's mean over some tasks, less its mean over others.

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
    systems = [system] if reference is None else [system, reference]
    values = [_value(resampled.values[row], plus, minus) for row in systems]
    # Rounded once, so that equal means have a difference of 0.
    total = math.fsum([values[0], *(-value for value in values[1:])])
    if np.isnan(total):
        return Estimate.none(NO_VALUE, len(tasks), resampled.posts)
    interval = _interval(resampled, systems, plus, minus)
    return Estimate(total, interval, len(tasks), resampled.posts)


def _value(values: Floats, plus: Sequence[int], minus: Sequence[int]) -> float:
    """Return a mean over some tasks less that over others, from (tasks,) values of one system."""
    sides = [mean(values[[*side]]) for side in (plus, minus) if side]
    return sides[0] - math.fsum(sides[1:])


def _interval(
    resampled: Resampled, systems: Sequence[int], plus: Sequence[int], minus: Sequence[int]
) -> Interval:
    """Return the interval of a mean over some tasks less that over others.

    Of one system, or of its differences to another system.
    """
    tasks = [*plus, *minus]
    parts = [(system, tasks) for system in systems]
    # One such task is enough: its share of the doubt is not known.
    if any(resampled.few[part].any() for part in parts):
        return Interval.none(f"fewer than {MIN_POSTS} posts on some task")
    if any(resampled.still[part].any() for part in parts):
        return STILL
    drawn = sum(
        (
            sign * resampled.replicates(system, tasks, mirrored=sign < 0)
            for sign, system in zip((1, -1), systems, strict=False)
        ),
        np.zeros(1),
    )
    method = f"{METHOD}, {drawn.shape[-1]} draws, conditional on the tasks"
    interval = percentile_interval(
        with_unseen_post(drawn, resampled.choice, len(plus)), method=method
    )
    all_fixed = all(resampled.fixed[part].all() for part in parts)
    return ONE_LABEL if interval == NO_SPREAD and all_fixed else interval


def _few(sums: Floats) -> bool:
    """Return whether fewer than MIN_POSTS posts of (repetitions, P, k) sums have a value."""
    # A few posts tell it for nearly every task; all of them are read only where these do not.
    start = sums[:, : 4 * MIN_POSTS]
    if np.count_nonzero(start.any(axis=(0, 2))) >= MIN_POSTS:
        return False
    return bool(np.count_nonzero(sums.any(axis=(0, 2))) < MIN_POSTS)


def generalization_gaps(
    resampled: Resampled,
    system: int,
    unseen: Bools,
    reference: int | None,
    why_no_reference: str = "there is no reference",
) -> dict[str, Estimate]:
    """Return how much a system loses on unseen tasks.

    Args:
        resampled: What `resample` gave.
        system: Its index.
        unseen: (tasks,) whether the system was trained on nothing that counts as the task's data.
        reference: Index of the protocol's pinned reference system; None where it is not there.
        why_no_reference: Why it is not there.

    Returns:
        The means over "seen" and "unseen" tasks, their difference ("gap") and that of the
        differences to the reference ("adjusted gap"). `n` of each counts tasks.
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
    return {
        "seen": _mean(resampled, system, seen_tasks, "no seen task"),
        "unseen": _mean(resampled, system, unseen_tasks, "no unseen task"),
        "gap": gaps[0],
        "adjusted gap": gaps[1],
    }


def _mean(resampled: Resampled, system: int, tasks: Sequence[int], why_none: str) -> Estimate:
    return contrast(resampled, system, tasks) if tasks else Estimate.none(why_none)


def _missing(seen: int, unseen: int) -> str:
    if not seen:
        return "no seen task"
    return "" if unseen else "no unseen task"
