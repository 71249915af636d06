"""Means over a benchmark's tasks, with intervals, ranks and the doubt about the ranks.

The mean is the plain mean of a system's values on the tasks it covers; a blank is left out, never averaged in as
0, and a system that does not cover all of the metric's tasks has a coverage but no rank. Its interval draws once
over the distinct posts of all tasks, since tasks share posts: a post that is drawn twice counts twice in every
task that asks about it. It is conditional on the tasks.

A perfect score has no spread in any resample, so a mean over it would look too certain. Where a cell has none but an
interval of its own, the mean's interval reaches at least as far as the cells' own intervals combine to (MOVER: Zou and
Donner 2008, Statistics in Medicine 27, 1693-1702; tasks taken as independent).

Rank intervals and clusters come from paired permutation tests of all pairs of fully covered systems, unadjusted at
.05, posts swapped once over all tasks (`scoring.statistics.ranks`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scoring.metric import Floats, Metric
from scoring.score import DRAWS, SEED
from scoring.segments import Example
from scoring.statistics import (
    Interval,
    TaskSums,
    percentile_interval,
    post_sums,
    rank_systems,
    replicate_weights,
    replicates,
)
from scoring.tasks import Task
from submissions.store.arrays import load_array
from submissions.store.folder import DataFolder
from submissions.store.release_rows import OverallRow
from submissions.store.scores import Score


@dataclass(frozen=True)
class Cell:
    """One value that enters a mean."""

    system: str
    task: Task
    metric: Metric
    score: Score


class _Resampler:
    """Replicates of task values that share their draws over the distinct posts of all tasks."""

    def __init__(self, folder: DataFolder, tasks: Sequence[Task], examples: Mapping[str, Sequence[Example]]) -> None:
        self._folder = folder
        self._posts = {
            name: i for i, name in enumerate(sorted({e.post_id for task in tasks for e in examples[task.id]}))
        }
        self._index = {
            task.id: np.array([self._posts[example.post_id] for example in examples[task.id]]) for task in tasks
        }
        self._sums: dict[tuple[str, str], Floats] = {}

    @cached_property
    def _weights(self) -> NDArray[np.uint16]:
        return replicate_weights(len(self._posts), DRAWS, np.random.default_rng(SEED))

    def values(self, cell: Cell) -> Floats:
        """(DRAWS,) replicates of the cell's value, meaned over repetitions."""
        posts, sums = self._post_sums(cell.task, cell.score.array)
        values = replicates(sums, self._weights[:, posts], lambda totals: cell.metric.aggregate(totals, cell.task))
        return np.asarray(values.mean(axis=0))

    def task_sums(self, cells: Sequence[Cell]) -> TaskSums:
        """One task's sums of several systems on one metric, as the paired tests take them."""
        task, metric = cells[0].task, cells[0].metric
        found = [self._post_sums(task, cell.score.array) for cell in cells]
        return TaskSums(tuple(sums for _, sums in found), found[0][0], lambda totals: metric.aggregate(totals, task))

    def _post_sums(self, task: Task, array: str) -> tuple[NDArray[np.intp], Floats]:
        """The task's posts, and (repetitions, posts, k) sums; metrics that share an array share this."""
        posts, local = np.unique(self._index[task.id], return_inverse=True)
        if (task.id, array) not in self._sums:
            self._sums[task.id, array] = post_sums(load_array(self._folder, array), local)
        return posts, self._sums[task.id, array]


def overall_rows(
    folder: DataFolder,
    benchmark: str,
    systems: Sequence[str],
    tasks: Sequence[Task],
    examples: Mapping[str, Sequence[Example]],
    cells: Sequence[Cell],
) -> Iterator[OverallRow]:
    """A row for each system and metric.

    Args:
        folder: Where the arrays are.
        benchmark: The board.
        systems: Submission ids, all of the board's.
        tasks: All of the board's.
        examples: Task id -> its examples, in the arrays' order.
        cells: The values there are.
    """
    resampler = _Resampler(folder, tasks, examples)
    for metric in dict.fromkeys(cell.metric for cell in cells):
        total = sum(metric.applies_to(task) for task in tasks)
        rows = [
            _mean_row(resampler, benchmark, system, metric, total,
                      [cell for cell in cells if cell.system == system and cell.metric is metric])
            for system in systems
        ]  # fmt: skip
        yield from _ranked(rows, metric, [cell for cell in cells if cell.metric is metric], resampler)


def _mean_row(
    resampler: _Resampler, benchmark: str, system: str, metric: Metric, total: int, cells: Sequence[Cell]
) -> OverallRow:
    if not cells:
        return OverallRow(benchmark, system, metric.name, None, None, None, 0, total, None, "", "")
    interval = _interval(cells, np.array([resampler.values(cell) for cell in cells]))
    tasks = "+".join(f"{cell.task.id}@{cell.task.revision}" for cell in cells)
    first = cells[0].score
    return OverallRow(
        benchmark, system, metric.name, _mean([cell.score.value for cell in cells]), interval.low, interval.high,
        covered=len(cells), total=total, rank=None,
        interval=interval.method,
        signature=first.signature.replace(f"task:{first.task}@{first.task_revision}", f"mean-of:{tasks}"),
    )  # fmt: skip


def _interval(cells: Sequence[Cell], replicated: Floats) -> Interval:
    """The interval of the mean; `replicated` is (cells, DRAWS)."""
    method = f"percentile bootstrap over the distinct posts of all tasks, {DRAWS} draws, seed {SEED}"
    drawn = percentile_interval(replicated.mean(axis=0), method=method)
    spread = np.nanmax(replicated, axis=1) - np.nanmin(replicated, axis=1)
    if drawn.low is None or drawn.high is None or (spread > 0).all():
        return drawn
    bounds = [(cell.score.value, cell.score.low, cell.score.high) for cell in cells]
    if any(low is None or high is None for _, low, high in bounds):
        return Interval.none("a task without spread has no interval of its own")
    values, lows, highs = np.array(bounds, dtype=np.float64).T
    down, up = (float(np.sqrt(((values - end) ** 2).sum())) / len(cells) for end in (lows, highs))
    mean = float(values.mean())
    return Interval(min(drawn.low, mean - down), max(drawn.high, mean + up), f"{method}; widened by MOVER")


def _mean(values: Sequence[float | None]) -> float:
    return float(np.mean([value for value in values if value is not None]))


def _ranked(
    rows: Sequence[OverallRow], metric: Metric, cells: Sequence[Cell], resampler: _Resampler
) -> Iterator[OverallRow]:
    """Ranks among the systems with full coverage, and what the tests allow; equal values share a rank."""
    complete = [row for row in rows if row.covered == row.total and row.value is not None]
    if metric.higher_is_better is None or not complete:
        yield from rows
        return
    places = {row.system: place for place, row in enumerate(complete)}
    by_task: dict[str, list[Cell]] = {}
    for cell in sorted((cell for cell in cells if cell.system in places), key=lambda cell: places[cell.system]):
        by_task.setdefault(cell.task.id, []).append(cell)
    ranking = rank_systems(
        [resampler.task_sums(of_task) for of_task in by_task.values()],
        np.random.default_rng(SEED),
        higher_is_better=metric.higher_is_better,
    )
    signed = ranking.values if metric.higher_is_better else -ranking.values
    for row in rows:
        place = places.get(row.system)
        if place is None:
            yield row
        else:
            yield replace(
                row,
                rank=1 + int((signed > signed[place] + 1e-12).sum()),
                rank_low=int(ranking.low[place]),
                rank_high=int(ranking.high[place]),
                cluster=int(ranking.cluster[place]),
            )
