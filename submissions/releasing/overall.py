"""Means over a benchmark's tasks, or over some of them, with intervals, ranks and the doubt about
the ranks.

The mean is the plain mean of a system's values on the tasks it covers; a blank is left out, never
averaged in as 0, and a system that does not cover all of the tasks
(`submissions.releasing.coverage`) has a coverage but no rank. Its interval draws once over the
distinct posts of all tasks, since tasks share posts: a post that is drawn twice counts twice in
every task that asks about it. It is conditional on the tasks.

Rank intervals and clusters come from paired permutation tests of all pairs of fully covered
systems, unadjusted at .05, posts swapped once over all tasks (`scoring.statistics.ranks`). Verdicts
are kept: a new system among two hundred costs 200 tests, not 20,000. Sets of ranks with a promised
chance of being right come from the replicates of the means (`scoring.statistics.rank_sets`).

The same stands for the tasks of each platform and each family: who covers those is ranked there,
whatever else is missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scoring.score import SEED, deviation
from scoring.statistics import Ranking, TaskSums, rank_sets, rank_systems
from scoring.statistics.bootstrap import Indices
from scoring.statistics.paired import PERMUTATIONS
from scoring.statistics.ranks import LEVEL, TEST
from scoring.statistics.rounding import canonical
from scoring.tasks import Task
from submissions.releasing.board_column import BoardColumn
from submissions.releasing.post_sums import compressed
from submissions.store.files.verdicts import load_verdicts, save_verdicts
from submissions.store.folder import DataFolder
from submissions.store.released.scored_rows import OverallRow, PartRow

Part = tuple[str, str]
"""A kind of part, "platform" or "family", and the part's name."""


def overall_rows(folder: DataFolder, benchmark: str, column: BoardColumn) -> Iterator[OverallRow]:
    """Yield a row for each system, over all of the column's tasks.

    Args:
        folder: Where verdicts are kept.
        benchmark: The board.
        column: One metric of it.
    """
    return ranked_rows(benchmark, column, range(len(column.tasks)), folder)


def part_rows(folder: DataFolder, benchmark: str, column: BoardColumn) -> Iterator[PartRow]:
    """Yield a row for each system that has a value there, and each platform and family.

    Args:
        folder: Where verdicts are kept.
        benchmark: The board.
        column: One metric of it.
    """
    for (kind, part), places in task_parts(column.tasks).items():
        for row in ranked_rows(benchmark, column, places, folder):
            if row.value is not None:
                yield PartRow(**vars(row), kind=kind, part=part)


def task_parts(tasks: Sequence[Task]) -> dict[Part, list[int]]:
    """Return the platforms and families of some tasks, as positions.

    One that is all of them is left out, because its rows would be those of the board; one of a
    single task, because that is quickly ranked on demand.
    """
    parts: dict[Part, list[int]] = {}
    for place, task in enumerate(tasks):
        for kind, name in (("platform", task.platform), ("family", task.family)):
            parts.setdefault((kind, name), []).append(place)
    return {part: places for part, places in parts.items() if 1 < len(places) < len(tasks)}


def ranked_rows(
    benchmark: str, column: BoardColumn, places: Sequence[int], kept_in: DataFolder | None
) -> Iterator[OverallRow]:
    """Yield a row for each system, over some of a column's tasks.

    Args:
        benchmark: The board.
        column: One metric of it.
        places: Positions of the tasks.
        kept_in: Where verdicts are kept; None where they are not.
    """
    systems = range(len(column.systems))
    rows = [_mean_row(benchmark, column, system, places) for system in systems]
    # A mean over some of the tasks has no place among means over all.
    complete = [system for system, row in enumerate(rows) if row.covered == row.total]
    # Of word counts neither end is the better one.
    if column.metric.higher_is_better is None or not complete or not places:
        yield from rows
    else:
        yield from _ranked(rows, column, complete, places, kept_in)


def _mean_row(benchmark: str, column: BoardColumn, place: int, among: Sequence[int]) -> OverallRow:
    system, wanted = column.systems[place], set(among)
    covered = [task for task in column.covered(place) if task in wanted]
    if not covered:
        return OverallRow(
            benchmark, system, column.metric.name, None, None, None, 0, len(among), None, "", ""
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
        total=len(among),
        rank=None,
        interval=mean.interval.method,
        signature=first.signature.replace(
            f"task:{tasks[0].id}@{tasks[0].revision}", f"mean-of:{named}"
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
    rows: Sequence[OverallRow],
    column: BoardColumn,
    complete: Sequence[int],
    places: Sequence[int],
    kept_in: DataFolder | None,
) -> Iterator[OverallRow]:
    """Yield ranks among the systems with full coverage, and what the tests and replicates allow.

    Equal values share a rank.
    """
    higher = bool(column.metric.higher_is_better)
    ranking = _ranking(kept_in, column, complete, places)
    replicates = column.resampled.paired(complete, places, _order(column, complete, places))
    sets = rank_sets(replicates, higher_is_better=higher)
    signed = canonical(ranking.values if higher else -ranking.values)
    ranked = {place: index for index, place in enumerate(complete)}
    for place, row in enumerate(rows):
        index = ranked.get(place)
        if index is None:
            yield row
            continue
        known = bool(replicates.known[index])
        yield replace(
            row,
            rank=1 + int((signed > signed[index]).sum()),
            rank_low=int(ranking.low[index]),
            rank_high=int(ranking.high[index]),
            cluster=int(ranking.cluster[index]),
            set_low=int(sets.low[index]) if known else None,
            set_high=int(sets.high[index]) if known else None,
            table_low=int(sets.table_low[index]) if known else None,
            table_high=int(sets.table_high[index]) if known else None,
        )


def _order(column: BoardColumn, complete: Sequence[int], places: Sequence[int]) -> Indices:
    """Return which of two systems is the first of a pair: by what they answered, whoever else is
    there.
    """
    answered = [(_arrays(column, place, places), column.systems[place]) for place in complete]
    order = np.empty(len(complete), dtype=np.intp)
    order[sorted(range(len(complete)), key=answered.__getitem__)] = np.arange(len(complete))
    return order


def _arrays(column: BoardColumn, place: int, places: Sequence[int]) -> tuple[str, ...]:
    system = column.systems[place]
    return tuple(str(column.scores[system, column.tasks[task].id].array) for task in places)


def _ranking(
    kept_in: DataFolder | None,
    column: BoardColumn,
    complete: Sequence[int],
    places: Sequence[int],
) -> Ranking:
    """Return the tests of all pairs.

    Those that were tested for an earlier release are not tested again.
    """
    on = [column.tasks[place] for place in places]
    tasks = compressed([_of_systems(column.sums[task.id], complete) for task in on])

    def tested(known: NDArray[np.int8] | None) -> Ranking:
        rng, higher = np.random.default_rng(SEED), bool(column.metric.higher_is_better)
        return rank_systems(tasks, rng, higher_is_better=higher, known=known)

    if kept_in is None:
        return tested(None)
    # A verdict rests on which posts were swapped together, so they are part of its key.
    posts = [
        (task.id, task.revision, of_task.posts.tolist())
        for task, of_task in zip(on, tasks, strict=True)
    ]
    of_column = _hash(
        column.metric.name, column.metric.version, SEED, PERMUTATIONS, LEVEL, TEST, posts
    )
    of_systems = [_hash(*_arrays(column, place, places)) for place in complete]
    known = load_verdicts(kept_in, of_column, of_systems)
    ranking = tested(known)
    # The diagonal is never tested.
    if (known < 0)[~np.eye(len(known), dtype=np.bool_)].any():
        save_verdicts(kept_in, of_column, of_systems, ranking.significant)
    return ranking


def _hash(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def _of_systems(sums: TaskSums, systems: Sequence[int]) -> TaskSums:
    return replace(sums, systems=[sums.systems[place] for place in systems], row_posts=None)
