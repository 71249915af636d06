"""Means and ranks on a chosen set of tasks, on demand, among the systems that have all of them.

Whoever asks how systems stand on two of nine tasks, or submitted five of them, gets what a release
would state of a platform with just these tasks: the same posts, draws, tests and seed
(`submissions.releasing.overall`), from the release and its arrays alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from scoring.score import DRAWS, SEED
from scoring.statistics import exponential_weights
from submissions.releasing.board_column import BoardColumn, column_of
from submissions.releasing.comparing import (
    CannotCompare,
    released_numbers,
    released_task,
    same_version,
)
from submissions.releasing.coverage import thin_cells
from submissions.releasing.overall import ranked_rows, task_parts
from submissions.releasing.post_sums import PostSums
from submissions.store.folder import DataFolder
from submissions.store.released.release import ReleaseReader
from submissions.store.released.scored_rows import CellRow, OverallRow, TaskRow
from submissions.store.scored.scores import FEWEST


@dataclass(frozen=True)
class Chosen:
    """Some tasks of a board, by one metric.

    Attributes:
        benchmark: The board.
        metric: The metric's name.
        tasks: Their ids, each once.
    """

    benchmark: str
    metric: str
    tasks: tuple[str, ...]


def rows_on_tasks(
    release: ReleaseReader, folder: DataFolder, chosen: Chosen
) -> tuple[OverallRow, ...]:
    """Return a row for each system: its mean over the chosen tasks that it covers, and among those
    with all of them its rank, and the doubt about that.

    What the release states of just these tasks is returned as it stands there; else it is computed.

    Raises:
        CannotCompare: A task is not on the board or has no value of the metric, or its gold is not
            public; or the metric has changed since the release.
        DamagedFile: An array is missing or damaged.
    """
    standing = stated_rows(release, chosen)
    return computed_rows(release, folder, chosen) if standing is None else standing


def stated_rows(release: ReleaseReader, chosen: Chosen) -> tuple[OverallRow, ...] | None:
    """Return what the release states of just these tasks; None where it states nothing."""
    tasks = _tasks_with(release, chosen)
    places = [place for place, task in enumerate(tasks) if task.id in chosen.tasks]
    if len(places) == len(tasks) == len(chosen.tasks):
        return release.overall(chosen.benchmark, chosen.metric)
    parts = task_parts([released_task(task) for task in tasks])
    part = next((part for part, of_part in parts.items() if of_part == places), None)
    rows = [
        row
        for row in release.parts(chosen.benchmark, chosen.metric)
        if (row.kind, row.part) == part and row.total == len(chosen.tasks)
    ]
    return tuple(rows) if rows else None


def computed_rows(
    release: ReleaseReader, folder: DataFolder, chosen: Chosen
) -> tuple[OverallRow, ...]:
    """Return what `rows_on_tasks` does, computed whatever the release states."""
    column = _released_column(release, folder, chosen)
    places = [place for place, task in enumerate(column.tasks) if task.id in chosen.tasks]
    # Its matrix products are too narrow to gain from several cores.
    with threadpool_limits(limits=1):
        return tuple(ranked_rows(chosen.benchmark, column, places, None))


def _tasks_with(release: ReleaseReader, chosen: Chosen) -> list[TaskRow]:
    """Return the board's tasks that means by the metric are over."""
    counts = release.cell_counts()
    return [
        task
        for task in release.tasks(chosen.benchmark)
        if (task.id, chosen.metric) in counts and task.size >= FEWEST
    ]


def _released_column(release: ReleaseReader, folder: DataFolder, chosen: Chosen) -> BoardColumn:
    """Return the metric's column with values on the chosen tasks alone.

    All tasks of the board have their places in it and all posts their numbers, so that posts are
    drawn as they were for the release.
    """
    tasks = _tasks_with(release, chosen)
    cells = [
        cell for task in chosen.tasks for cell in release.cells(task=task, metric=chosen.metric)
    ]
    _refuse(release, chosen, tasks, cells)
    metric = same_version(release, chosen.metric, [cell for cell in cells if cell.array])
    sums = PostSums(folder, released_numbers(release, folder, release.tasks(chosen.benchmark)))
    weights = exponential_weights(sums.posts, DRAWS, np.random.default_rng(SEED))
    return column_of(
        metric,
        tuple(system.id for system in release.systems(chosen.benchmark)),
        tuple(map(released_task, tasks)),
        {(cell.system, cell.task): cell for cell in cells},
        thin_cells(cells),
        sums,
        weights,
    )


def _refuse(
    release: ReleaseReader, chosen: Chosen, tasks: Sequence[TaskRow], cells: Sequence[CellRow]
) -> None:
    names = [task.id for task in tasks]
    absent = [name for name in chosen.tasks if name not in names]
    if absent or not chosen.tasks:
        raise CannotCompare(
            f"{', '.join(absent) or 'no task'} cannot be ranked by {chosen.metric} on the board of"
            f" {chosen.benchmark} in release {release.release.number}; its tasks are:"
            f" {', '.join(names)}"
        )
    hidden = {cell.task for cell in cells if cell.value is not None and cell.array is None}
    if hidden:
        raise CannotCompare(
            f"the gold of {', '.join(sorted(hidden))} is not public, so the release holds no values"
            " by example, which ranks on a chosen set of tasks need; choose others, or a platform"
            " or family that the release ranks by itself"
        )
