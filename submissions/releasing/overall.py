"""Means over a benchmark's tasks, with intervals, ranks and the doubt about the ranks.

The mean is the plain mean of a system's values on the tasks it covers; a blank is left out, never
averaged in as 0, and a system that does not cover all of the metric's tasks
(`submissions.releasing.coverage`) has a coverage but no rank. Its interval draws once over the
distinct posts of all tasks, since tasks share posts: a post that is drawn twice counts twice in
every task that asks about it. It is conditional on the tasks.

Rank intervals and clusters come from paired permutation tests of all pairs of fully covered
systems, unadjusted at .05, posts swapped once over all tasks (`scoring.statistics.ranks`). Verdicts
are kept: a new system among two hundred costs 200 tests, not 20,000.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from scoring.score import SEED, deviation
from scoring.statistics import Ranking, TaskSums, rank_systems
from scoring.statistics.paired import PERMUTATIONS
from scoring.statistics.ranks import LEVEL, TEST
from scoring.statistics.rounding import canonical
from submissions.releasing.board_column import BoardColumn
from submissions.releasing.post_sums import compressed
from submissions.store.files.verdicts import load_verdicts, save_verdicts
from submissions.store.folder import DataFolder
from submissions.store.released.release_rows import OverallRow


def overall_rows(folder: DataFolder, benchmark: str, column: BoardColumn) -> Iterator[OverallRow]:
    """Yield a row for each system.

    Args:
        folder: Where verdicts are kept.
        benchmark: The board.
        column: One metric of it.
    """
    rows = [_mean_row(benchmark, column, place) for place in range(len(column.systems))]
    # A mean over some of the tasks has no place among means over all.
    complete = [place for place, row in enumerate(rows) if row.covered == row.total]
    # Of word counts neither end is the better one.
    if column.metric.higher_is_better is None or not complete:
        yield from rows
    else:
        yield from _ranked(folder, rows, column, complete)


def _mean_row(benchmark: str, column: BoardColumn, place: int) -> OverallRow:
    system, total, covered = column.systems[place], len(column.tasks), column.covered(place)
    if not covered:
        return OverallRow(
            benchmark, system, column.metric.name, None, None, None, 0, total, None, "", ""
        )
    mean = column.contrast(place, covered)
    tasks = [column.tasks[index] for index in covered]
    first = column.scores[system, tasks[0].id]
    named = "+".join(f"{task.id}@{task.revision}" for task in tasks)
    return OverallRow(
        benchmark,
        system,
        column.metric.name,
        mean.value,
        mean.interval.low,
        mean.interval.high,
        covered=len(covered),
        total=total,
        rank=None,
        interval=mean.interval.method,
        signature=first.signature.replace(
            f"task:{first.task}@{first.task_revision}", f"mean-of:{named}"
        ),
        sd=_over_runs(column, place, covered),
    )


def _over_runs(column: BoardColumn, place: int, covered: Sequence[int]) -> float | None:
    """Return the standard deviation over runs of a system's mean over the tasks that it covers.

    None where these were not run equally often: then no run has a mean over all of them.
    """
    of_tasks = [column.sums[column.tasks[index].id] for index in covered]
    runs = [of_task.statistic(of_task.totals[place]) for of_task in of_tasks]
    if len({len(values) for values in runs}) > 1:
        return None
    return deviation(np.mean(runs, axis=0))


def _ranked(
    folder: DataFolder, rows: Sequence[OverallRow], column: BoardColumn, complete: Sequence[int]
) -> Iterator[OverallRow]:
    """Yield ranks among the systems with full coverage, and what the tests allow.

    Equal values share a rank.
    """
    ranking = _ranking(folder, column, complete)
    signed = canonical(ranking.values if column.metric.higher_is_better else -ranking.values)
    ranked = {place: index for index, place in enumerate(complete)}
    for place, row in enumerate(rows):
        index = ranked.get(place)
        if index is None:
            yield row
        else:
            yield replace(
                row,
                rank=1 + int((signed > signed[index]).sum()),
                rank_low=int(ranking.low[index]),
                rank_high=int(ranking.high[index]),
                cluster=int(ranking.cluster[index]),
            )


def _ranking(folder: DataFolder, column: BoardColumn, complete: Sequence[int]) -> Ranking:
    """Return the tests of all pairs.

    Those that were tested for an earlier release are not tested again.
    """
    tasks = compressed([_of_systems(column.sums[task.id], complete) for task in column.tasks])
    # A verdict rests on which posts were swapped together, so they are part of its key.
    posts = [
        (task.id, task.revision, of_task.posts.tolist())
        for task, of_task in zip(column.tasks, tasks, strict=True)
    ]
    of_column = _hash(
        column.metric.name, column.metric.version, SEED, PERMUTATIONS, LEVEL, TEST, posts
    )
    names = [column.systems[place] for place in complete]
    of_systems = [
        _hash(*(column.scores[name, task.id].array for task in column.tasks)) for name in names
    ]
    known = load_verdicts(folder, of_column, of_systems)
    ranking = rank_systems(
        tasks,
        np.random.default_rng(SEED),
        higher_is_better=bool(column.metric.higher_is_better),
        known=known,
    )
    # The diagonal is never tested.
    if (known < 0)[~np.eye(len(known), dtype=np.bool_)].any():
        save_verdicts(folder, of_column, of_systems, ranking.significant)
    return ranking


def _hash(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def _of_systems(sums: TaskSums, systems: Sequence[int]) -> TaskSums:
    return replace(sums, systems=[sums.systems[place] for place in systems], row_posts=None)
