"""One metric of a board: every system on every task, and in every resample of the board's posts.

Means over tasks, platforms and seen against unseen data are all weighted sums of one system's
values on tasks, so one bootstrap that draws once over the distinct posts of all tasks serves all of
them: two means over the same tasks have the same interval, whatever they are called. A mean over
one task is that task's value, and has the interval that the task's own cell has, which draws the
task's posts alone, or is exact.

A task that a system answered or explained in part is not covered: one that explains two posts of
forty, and those well, would lead the board. Where it gave what the metric reads on fewer than
`ENOUGH` of the fullest system's examples (`submissions.releasing.coverage`), the cell keeps its
value and its n, and means, ranks and contrasts take it for missing. (The trivial baselines answer
and explain everything, so what even the fullest lacks cannot be had.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from scoring.metric import Metric
from scoring.score import DRAWS, SEED
from scoring.statistics import (
    NO_VALUE,
    ONE_LABEL,
    Estimate,
    Interval,
    Resampled,
    TaskSums,
    contrast,
    exponential_weights,
    generalization_gaps,
)
from scoring.statistics.bootstrap import Floats, Indices
from scoring.statistics.generalization import Sampler, resampled
from scoring.tasks import Task
from submissions.releasing.coverage import (
    ENOUGH,
    CurrentScores,
    Place,
    concerns,
    examples_of,
    given,
    thin,
)
from submissions.releasing.post_sums import PostSums
from submissions.store.folder import DataFolder
from submissions.store.scored.scores import FEWEST


class Valued(Protocol):
    """A value of one system on one task: a score, or a release's cell."""

    @property
    def value(self) -> float | None:
        """The value."""

    @property
    def low(self) -> float | None:
        """Lower end of its interval."""

    @property
    def high(self) -> float | None:
        """Upper end."""

    @property
    def interval(self) -> str:
        """How that was made."""

    @property
    def n(self) -> int:
        """Examples that have a value."""

    @property
    def array(self) -> str | None:
        """What it was made from."""

    @property
    def signature(self) -> str:
        """What makes it comparable."""


@dataclass(frozen=True, eq=False)
class BoardColumn:
    """One metric of a board.

    Attributes:
        metric: Which.
        systems: Submission ids, all of the board's.
        tasks: All of the board's that the metric applies to.
        scores: (system, task id) -> the score; only those that have a value, and cover the task.
        thin: (system, task id) of those that cover too little of it.
        few: (system, task id) of those with a value on too few examples to have one over them.
        sums: Task id -> per-post sums of all systems; tasks on which some system has a value.
        resampled: Values and replicates, NaN where there is none.
        posts: Counts distinct posts.
    """

    metric: Metric
    systems: tuple[str, ...]
    tasks: tuple[Task, ...]
    scores: Mapping[Place, Valued]
    thin: frozenset[Place]
    few: frozenset[Place]
    sums: Mapping[str, TaskSums]
    resampled: Resampled
    posts: PostSums

    def covered(self, system: int) -> list[int]:
        """Return the tasks, as positions, on which a system has a value."""
        return np.flatnonzero(~np.isnan(self.resampled.values[system])).tolist()

    def contrast(
        self,
        system: int,
        plus: Sequence[int],
        minus: Sequence[int] = (),
        reference: int | None = None,
    ) -> Estimate:
        """Return a system's mean over some tasks, less its mean over others.

        See `scoring.statistics.contrast`.

        Args:
            system: Its position.
            plus: Positions of tasks.
            minus: Positions of tasks.
            reference: Position of the system whose values are subtracted task by task; None for raw
                values.

        Returns:
            Blank unless there is a value on every one of the tasks, and `why_none` then names those
            that lack one.
        """
        estimate = contrast(self.resampled, system, plus, minus, reference)
        return self._explained(estimate, system, [*plus, *minus], reference)

    def gaps(
        self,
        system: int,
        tasks: Sequence[int],
        unseen: Sequence[bool],
        reference: int | None,
        why_no_reference: str = "",
    ) -> dict[str, Estimate]:
        """Return seen, unseen, gap and adjusted gap; see `scoring.statistics.generalization_gaps`.

        Args:
            system: Its position.
            tasks: Positions of the tasks that are either seen or unseen.
            unseen: Whether each is unseen.
            reference: Position of the pinned reference system; None where it is not on the board.
            why_no_reference: Why it is not.

        Returns:
            By name, each blank like `contrast`'s.
        """
        flags = np.array(unseen, dtype=np.bool_)
        estimates = generalization_gaps(
            self.resampled.of_tasks(tasks), system, flags, reference, why_no_reference
        )
        seen, rest = (
            [task for task, flag in zip(tasks, unseen, strict=True) if flag is side]
            for side in (False, True)
        )
        of = {"seen": seen, "unseen": rest, "gap": tasks, "adjusted gap": tasks}
        return {
            name: self._explained(
                estimate, system, of[name], reference if name == "adjusted gap" else None
            )
            for name, estimate in estimates.items()
        }

    def _explained(
        self, estimate: Estimate, system: int, tasks: Sequence[int], reference: int | None = None
    ) -> Estimate:
        """Return `estimate` with the posts of its own tasks, its interval as it is told, and all
        reasons why it is blank.
        """
        # The posts of these tasks alone: a reader takes it for what the interval draws.
        posts = self.posts.posts_of([self.tasks[index] for index in tasks]) if estimate.n else 0
        if estimate.value is not None:
            return replace(
                estimate,
                interval=self._told(estimate.interval, system, tasks, reference),
                posts=posts,
            )
        why = self._why_none(estimate.why_none, system, tasks, reference)
        return replace(estimate, interval=Interval.none(why), posts=posts, why_none=why)

    def _told(
        self, interval: Interval, system: int, tasks: Sequence[int], reference: int | None
    ) -> Interval:
        """Return the interval as it is published, with the seed of its draws.

        The interval of one task's value, less a constant or nothing, is the task's own.
        """
        if len(tasks) == 1:
            task = self.tasks[tasks[0]].id
            own = self.scores[self.systems[system], task]
            less = None if reference is None else self.scores[self.systems[reference], task]
            # A constant moves an interval and does not widen it.
            if less is None or less.interval == ONE_LABEL.method:
                return _shifted(own, 0.0 if less is None or less.value is None else less.value)
        return (
            interval
            if interval.low is None
            else replace(interval, method=f"{interval.method}, seed {SEED}")
        )

    def _why_none(self, why: str, system: int, tasks: Sequence[int], reference: int | None) -> str:
        """Return `why`, and the tasks without a value.

        A gap may lack a side and values on the other side as well.
        """
        missing = self._missing(system, tasks, "no value on")
        if why == NO_VALUE and reference is not None:
            missing = missing or self._missing(
                reference, tasks, "what it is held against has no value on"
            )
        return missing if why == NO_VALUE else "; ".join(filter(None, (why, missing)))

    def _missing(self, system: int, tasks: Sequence[int], what: str) -> str:
        absent = [
            self.tasks[index].id
            for index in tasks
            if np.isnan(self.resampled.values[system, index])
        ]
        why = {task: self._why_absent((self.systems[system], task)) or what for task in absent}
        return "; ".join(
            f"{reason} {', '.join(task for task in absent if why[task] == reason)}"
            for reason in sorted(set(why.values()), key=lambda reason: reason != what)
        )

    def _why_absent(self, place: Place) -> str:
        if place in self.few:
            return f"a value on fewer than {FEWEST} examples of"
        given = "a confidence or evidence" if self.metric.optional else "an answer or explanation"
        little = f"{given} on fewer than {ENOUGH:.0%} of the examples of"
        return little if place in self.thin else ""


def columns(
    folder: DataFolder,
    systems: Sequence[str],
    tasks: Sequence[Task],
    metrics: Sequence[Metric],
    numbers: Mapping[str, Indices],
    scores: CurrentScores,
) -> Iterator[BoardColumn]:
    """Yield a column for every metric that any system has a value of.

    One at a time, because replicates are large.

    Args:
        folder: Where the arrays are.
        systems: Submission ids, all of the board's.
        tasks: All of the board's.
        metrics: All of the board's.
        numbers: Task id -> the post of each example (`number_posts`).
        scores: (system, task, metric) -> the current score.
    """
    sums = PostSums(folder, numbers)
    # Drawn once for all columns, so that two metrics' intervals differ by the metric alone.
    weights = exponential_weights(sums.posts, DRAWS, np.random.default_rng(SEED))
    for metric in metrics:
        by_place = {
            (system, task): score
            for (system, task, name), score in scores.items()
            if name == metric.name
        }
        if any(score.value is not None for score in by_place.values()):
            valued = {task for (_, task), score in by_place.items() if score.value is not None}
            applicable = tuple(task for task in tasks if concerns(metric, task, valued))
            counts = {
                place: given(scores, score, metric.counted_by) for place, score in by_place.items()
            }
            little = thin(counts, examples_of(by_place.values()) if metric.optional else {})
            yield column_of(metric, tuple(systems), applicable, by_place, little, sums, weights)


def column_of(
    metric: Metric,
    systems: tuple[str, ...],
    tasks: tuple[Task, ...],
    scores: Mapping[Place, Valued],
    little: frozenset[Place],
    sums: PostSums,
    weights: NDArray[np.uint16],
) -> BoardColumn:
    """Return a column.

    Args:
        metric: Which.
        systems: Submission ids.
        tasks: All that the metric applies to; those without a score have no value.
        scores: (system, task id) -> the score, with a value or without.
        little: Those that cover too little of their task.
        sums: Of the board's posts.
        weights: Of all of these posts, as `exponential_weights` gives them.
    """
    few = frozenset(place for place, score in scores.items() if 0 < score.n < FEWEST)
    scores = {
        place: score
        for place, score in scores.items()
        if score.value is not None and place not in little
    }
    table = [[scores.get((system, task.id)) for task in tasks] for system in systems]
    of_tasks: list[TaskSums | None] = []
    for place, task in enumerate(tasks):
        arrays = [None if (score := row[place]) is None else score.array for row in table]
        of_tasks.append(sums.task_sums(task, metric, arrays) if any(arrays) else None)
    # Its own generator: how many tasks a metric applies to must not move the posts' weights.
    sampler = Sampler.draw(of_tasks, weights, np.random.default_rng([SEED, len(tasks)]))
    task_sums = {task.id: of_task for task, of_task in zip(tasks, of_tasks, strict=True) if of_task}
    drawn = resampled(_values(table), sampler, sums.posts)
    return BoardColumn(metric, systems, tasks, scores, little, few, task_sums, drawn, sums)


def _shifted(score: Valued, by: float) -> Interval:
    """Return the score's own interval, less a constant."""
    if score.low is None or score.high is None:
        return Interval(None, None, score.interval)
    return Interval(score.low - by, score.high - by, score.interval)


def _values(table: Sequence[Sequence[Valued | None]]) -> Floats:
    """Return (systems, tasks) the scores' values; NaN for none."""
    return np.array(
        [
            [np.nan if score is None or score.value is None else score.value for score in row]
            for row in table
        ]
    )
