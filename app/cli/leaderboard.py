"""`reasonboard leaderboard`: the current release as a table for people, or as cells for programs.

The JSON is an array of cells (`app/cells.py`), one a system, task and metric, blank ones included.
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import typer

from app.cells import TEXT_FIELDS, BoardCells
from app.chosen import boards_with, chosen_tasks
from app.cli.serving import current_release
from app.cli.tabulating import Sheet, number, print_sheet, reasons, with_interval
from app.text import no_interval
from scoring.statistics.rounding import canonical
from submissions.exports import csv_export
from submissions.releasing.coverage import ENOUGH
from submissions.store.folder import DataFolder
from submissions.store.release import ReleaseReader
from submissions.store.release_rows import CellRow, MetricRow, OverallRow, SystemRow, TaskRow


def print_board(
    folder: DataFolder,
    benchmark: str | None,
    task: str | None,
    metric: str | None,
    format_name: str,
) -> None:
    """Write the current release's boards to standard output.

    Raises:
        ReasonBoardError: Nothing is published, or no such benchmark, task or metric is in the release.
    """
    reader = current_release(folder)
    tasks = chosen_tasks(reader, benchmark, task, metric)
    if format_name == "table":
        _print_tables(reader, tasks, metric, whole=task is None)
        return
    cells = list(BoardCells(reader).of(tasks, metric))
    if format_name == "json":
        sys.stdout.write(json.dumps(cells, indent=1, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(csv_export(cells, TEXT_FIELDS))


def _print_tables(
    reader: ReleaseReader, tasks: Sequence[TaskRow], metric: str | None, *, whole: bool
) -> None:
    """A table a board; a board without the metric is named and passed over."""
    having = boards_with(reader, metric)
    for name in dict.fromkeys(row.benchmark for row in tasks):
        shown = [row for row in tasks if row.benchmark == name]
        if name not in having:
            typer.echo(f"{name} is left out: {metric} is not on its board.")
            continue
        by = metric or Counter(task.headline for task in shown).most_common(1)[0][0]
        row = next(row for row in reader.metrics(name) if row.name == by)
        print_sheet(
            _board_sheet(reader, shown, row) if whole else _task_sheet(reader, shown[0], row)
        )


def _board_sheet(reader: ReleaseReader, tasks: Sequence[TaskRow], metric: MetricRow) -> Sheet:
    """A row a system, best mean first, partial systems below."""
    cells = {
        (cell.system, cell.task): cell
        for task in tasks
        for cell in reader.cells(task=task.id, metric=metric.name)
    }
    systems = {system.id: system for system in reader.systems(metric.benchmark)}
    overall = reader.overall(metric.benchmark, metric.name)
    rows = []
    held = _held(overall, metric)
    for row in sorted(overall, key=lambda o: (o.covered < o.total, held[o.system])):
        values = [_number(cells.get((row.system, task.id))) for task in tasks]
        mean = with_interval(row.value, row.low, row.high)
        rows.append(
            (_rank(row), _named(systems[row.system]), mean, f"{row.covered}/{row.total}", *values)
        )
    caption = (
        "rank (ranks that paired tests at .05 allow, unadjusted); mean and 95% interval; tasks with a value and at "
        f"least {ENOUGH:.0%} of the examples answered or explained, of all; * trivial baseline; {_note(metric)}"
    )
    caption = "\n".join([caption, *_without_interval(overall, systems)])
    heads = ("rank", "system", "mean", "tasks", *(task.id.split("/", 1)[1] for task in tasks))
    return Sheet(
        _title(reader, tasks[0].benchmark, tasks[0], metric),
        heads,
        rows,
        caption,
        keys=2,
        numbers=4,
    )


def _task_sheet(reader: ReleaseReader, task: TaskRow, metric: MetricRow) -> Sheet:
    """A row a system, best value first: ranks and means are over all of a board's tasks, and are not shown."""
    systems = {system.id: system for system in reader.systems(task.benchmark)}
    cells = reader.cells(task=task.id, metric=metric.name)
    held = _held(cells, metric)
    rows = []
    for cell in sorted(cells, key=lambda one: held[one.system]):
        asked = cell.n + cell.n_absent
        counts = f"{cell.n}/{asked}" if asked else ""
        rows.append(
            (_named(systems[cell.system]), with_interval(cell.value, cell.low, cell.high), counts)
        )
    caption = (
        "value and 95% interval; n: examples that entered, of those asked; ranks are over all of a board; "
        f"* trivial baseline; {_note(metric)}"
    )
    caption = "\n".join([caption, *_without_interval(cells, systems)])
    return Sheet(_title(reader, task.id, task, metric), ("system", "value", "n"), rows, caption)


def _without_interval(
    rows: Sequence[OverallRow | CellRow], systems: Mapping[str, SystemRow]
) -> Iterator[str]:
    """Why values have no interval."""
    return reasons(
        (systems[row.system].system, no_interval(row.value, row.interval)) for row in rows
    )


def _title(reader: ReleaseReader, what: str, task: TaskRow, metric: MetricRow) -> str:
    invented = " (invented data)" if task.demonstration else ""
    invented += (
        " (demonstration checkpoint: says nothing of quality)" if metric.demonstration else ""
    )
    return f"{what}{invented}: {metric.title}, release {reader.release.number}"


def _note(metric: MetricRow) -> str:
    validity = f"\nValidity: {metric.validity}." if metric.validity else ""
    return f"blank: no value. For research, not for diagnosis.{validity}"


def _held(rows: Sequence[OverallRow | CellRow], metric: MetricRow) -> dict[str, tuple[bool, float]]:
    """System -> what its row is sorted by: best first, blanks last, and values equal but for rounding as equals."""
    sign = 1.0 if metric.higher_is_better is False else -1.0
    given = [math.nan if row.value is None else sign * row.value for row in rows]
    return {
        row.system: (math.isnan(value), 0.0 if math.isnan(value) else value)
        for row, value in zip(rows, canonical(np.array(given)).tolist(), strict=True)
    }


def _named(system: SystemRow) -> str:
    return f"{system.system} {system.version}{' *' if system.trivial else ''}"


def _rank(row: OverallRow) -> str:
    """The rank, and which ranks the paired tests allow."""
    if row.rank is None:
        return "-"
    return (
        f"{row.rank}" if row.rank_low is None else f"{row.rank} ({row.rank_low} to {row.rank_high})"
    )


def _number(cell: CellRow | None) -> str:
    return "" if cell is None else number(cell.value)
