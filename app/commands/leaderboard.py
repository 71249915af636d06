"""`reasonboard leaderboard`: the current release as a table for people, or as cells for programs.

The JSON is an array of cells, one a system, task and metric, blank ones included; `docs/leaderboard-json.md` is
its documentation and a test holds the two together.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from app.commands.boards import refuse_unknown
from submissions.exports import csv_export
from submissions.store.folder import DataFolder
from submissions.store.release import ReleaseReader, current_release
from submissions.store.release_rows import CellRow, MetricRow, OverallRow, SystemRow, TaskRow

CELL_FIELDS = (
    "release", "benchmark", "system", "version", "trivial_baseline", "demonstration", "task", "metric", "value", "low",
    "high", "interval", "sd", "repetitions", "n", "n_unparsed", "n_absent", "n_truncated", "signature", "why_blank",
    "checkpoint", "demonstration_checkpoint",
)  # fmt: skip
TEXT_FIELDS = ("benchmark", "system", "version", "task", "metric", "interval", "signature", "why_blank", "checkpoint")


def print_board(
    folder: DataFolder, benchmark: str | None, task: str | None, metric: str | None, format_name: str
) -> None:
    """Write the current release's boards to standard output.

    Raises:
        ReasonBoardError: Nothing is published, or no such benchmark, task or metric is in the release.
    """
    reader = current_release(folder)
    tasks = chosen_tasks(reader, benchmark, task, metric)
    if format_name == "table":
        for name in dict.fromkeys(row.benchmark for row in tasks):
            shown = [row for row in tasks if row.benchmark == name]
            Console(width=None if sys.stdout.isatty() else 200).print(_table(reader, shown, metric))
        return
    cells = [cell for cell in board_cells(reader, tasks) if metric in (None, cell["metric"])]
    if format_name == "json":
        sys.stdout.write(json.dumps(cells, indent=1, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(csv_export(cells, TEXT_FIELDS))


def board_cells(reader: ReleaseReader, tasks: Sequence[TaskRow]) -> Iterator[dict[str, Any]]:
    """Every cell of `tasks`, in CELL_FIELDS' order."""
    systems = {system.id: system for system in reader.systems()}
    metrics = {(metric.benchmark, metric.name): metric for metric in reader.metrics()}
    for task in tasks:
        for cell in reader.cells(task=task.id):
            metric = metrics[task.benchmark, cell.metric]
            yield _cell(reader.release.number, task, systems[cell.system], metric, cell)


def _cell(release: int, task: TaskRow, system: SystemRow, metric: MetricRow, cell: CellRow) -> dict[str, Any]:
    fields = {
        **vars(cell), "release": release, "benchmark": task.benchmark, "system": system.system,
        "version": system.version, "trivial_baseline": system.trivial, "demonstration": task.demonstration,
        "checkpoint": metric.checkpoint, "demonstration_checkpoint": metric.demonstration,
    }  # fmt: skip
    return {name: fields[name] for name in CELL_FIELDS}


def chosen_tasks(reader: ReleaseReader, benchmark: str | None, task: str | None, metric: str | None) -> list[TaskRow]:
    """The tasks asked for.

    Raises:
        ReasonBoardError: No such benchmark, task or metric is in the release.
    """
    # Real boards first: invented data never stand first.
    rows = sorted(reader.tasks(), key=lambda row: row.demonstration)
    refuse_unknown(reader, "metric", metric, dict.fromkeys(row.name for row in reader.metrics()))
    refuse_unknown(reader, "benchmark", benchmark, dict.fromkeys(row.benchmark for row in rows))
    refuse_unknown(reader, "task", task, [row.id for row in rows])
    return [row for row in rows if benchmark in (None, row.benchmark) and task in (None, row.id)]


def _table(reader: ReleaseReader, tasks: Sequence[TaskRow], metric: str | None) -> Table:
    benchmark = tasks[0].benchmark
    metric = metric or Counter(task.headline for task in tasks).most_common(1)[0][0]
    row = next(row for row in reader.metrics(benchmark) if row.name == metric)
    invented = " (invented data)" if tasks[0].demonstration else ""
    invented += " (demonstration checkpoint: says nothing of quality)" if row.demonstration else ""
    validity = f"\nValidity: {row.validity}.".replace("[", "\\[") if row.validity else ""
    table = Table(
        title=f"{benchmark}{invented}: {row.title}, release {reader.release.number}",
        caption="rank (ranks that paired tests at .05 allow, unadjusted); mean and 95% interval; * trivial baseline; "
        f"blank: no value. For research, not for diagnosis.{validity}",
    )
    for head in ("rank", "system", "mean", "tasks"):
        table.add_column(head, no_wrap=head != "system")
    for task in tasks:
        table.add_column(task.id.split("/", 1)[1], justify="right")
    cells = {(cell.system, cell.task): cell for task in tasks for cell in reader.cells(task=task.id, metric=metric)}
    systems = {system.id: system for system in reader.systems(benchmark)}
    for overall in sorted(reader.overall(benchmark, metric), key=lambda o: _order(o, row.higher_is_better)):
        system = systems[overall.system]
        values = [_number(cells.get((system.id, task.id))) for task in tasks]
        table.add_row(
            _rank(overall), _escaped(system) + (" *" if system.trivial else ""), _mean(overall),
            f"{overall.covered}/{overall.total}", *values,
        )  # fmt: skip
    return table


def _order(row: OverallRow, higher_is_better: bool | None) -> tuple[bool, bool, float]:
    """Full coverage first, blanks last, best first."""
    value = row.value if row.value is not None else 0.0
    return (row.covered < row.total, row.value is None, value if higher_is_better is False else -value)


def _escaped(system: SystemRow) -> str:
    return f"{system.system} {system.version}".replace("[", "\\[")


def _rank(row: OverallRow) -> str:
    """The rank, and which ranks the paired tests allow."""
    if row.rank is None:
        return "-"
    return f"{row.rank}" if row.rank_low is None else f"{row.rank} ({row.rank_low} to {row.rank_high})"


def _mean(row: OverallRow) -> str:
    if row.value is None:
        return ""
    interval = "" if row.low is None or row.high is None else f" ({row.low:.3f} to {row.high:.3f})"
    return f"{row.value:.3f}{interval}"


def _number(cell: CellRow | None) -> str:
    return "" if cell is None or cell.value is None else f"{cell.value:.3f}"
