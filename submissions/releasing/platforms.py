"""Means over the tasks of one platform or one way of annotation, and their fixed contrasts.

The contrasts are fixed in advance: those of platforms in `platforms.toml`, and human less weak
labels. Raw, and relative to the benchmark's pinned reference system, whose values are
subtracted task by task, because tasks differ in difficulty. Platform is confounded with task (a
benchmark has one set of tweets or of text messages, or two); intervals are conditional on the
tasks. A system that lacks a task of a platform has no mean over it. Tasks of another or unknown
platform or annotation are in no part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scoring.statistics import Estimate
from scoring.tasks import UNKNOWN, Task
from submissions.declarations.platforms import Platforms
from submissions.releasing.board_column import BoardColumn
from submissions.store.released.scored_rows import PlatformRow

ANNOTATED = ("human", "weak")


@dataclass(frozen=True)
class TaskGroup:
    """A group of a column's tasks, or two that are held against each other: positions of tasks."""

    name: str
    plus: tuple[int, ...]
    minus: tuple[int, ...] = ()


def parts(tasks: Sequence[Task], declared: Platforms) -> tuple[TaskGroup, ...]:
    """Return the platforms and annotations that occur among `tasks`, then those of the contrasts
    that can be made.

    Args:
        tasks: Of a column.
        declared: The order of platforms, and their contrasts.
    """
    named = dict.fromkeys((*declared.titles, *(task.platform for task in tasks)))
    groups = {
        name: tuple(
            place for place, task in enumerate(tasks) if name in (task.platform, task.annotation)
        )
        for name in (*named, *ANNOTATED)
        if name != UNKNOWN
    }
    occurring = {name: places for name, places in groups.items() if places}
    # A contrast with a side that has no task here would be a column of blanks.
    asked = (*(declared.contrasts or ()), ANNOTATED)
    contrasts = [pair for pair in asked if occurring.keys() >= set(pair)]
    return (
        *(TaskGroup(name, places) for name, places in occurring.items()),
        *(
            TaskGroup(f"{plus} - {minus}", occurring[plus], occurring[minus])
            for plus, minus in contrasts
        ),
    )


def platform_rows(
    benchmark: str,
    column: BoardColumn,
    declared: Platforms,
    reference: int | None,
    reference_name: str,
) -> Iterator[PlatformRow]:
    """Yield a row for each system and part: raw, and relative where a reference is named.

    Args:
        benchmark: The board.
        column: One metric of it.
        declared: What is declared of platforms.
        reference: Position of the pinned reference system; None where it is not on the board.
        reference_name: Its name; "" where no protocol of the benchmark names one.
    """
    for part in parts(column.tasks, declared):
        for place in range(len(column.systems)):
            raw = column.contrast(place, part.plus, part.minus)
            yield _row(benchmark, column, place, part, "", raw)
            if reference_name:
                relative = _relative(column, place, part, reference, reference_name)
                yield _row(benchmark, column, place, part, reference_name, relative)


def _relative(
    column: BoardColumn, place: int, part: TaskGroup, reference: int | None, name: str
) -> Estimate:
    if reference is None:
        return Estimate.none(f"the reference {name!r} is not on this board")
    # A difference of 0 by construction would read as a result.
    if reference == place:
        return Estimate.none("this is the reference")
    return column.contrast(place, part.plus, part.minus, reference)


def _row(
    benchmark: str,
    column: BoardColumn,
    place: int,
    part: TaskGroup,
    reference: str,
    estimate: Estimate,
) -> PlatformRow:
    return PlatformRow(
        benchmark,
        column.systems[place],
        column.metric.name,
        part.name,
        reference,
        *estimate.columns,
    )
