"""What is on the screen, as a CSV file that other programs can read.

Intervals are two numbers instead of one text, and every row carries what makes it citable: benchmark, metric,
release and signature. Text columns are neutralised, so that a name that begins with "=" is no formula.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.tables import Entry
from submissions.exports import csv_export
from submissions.store.release_rows import MetricRow, ReleaseRow, TaskRow

_TEXT = ("system", "version", "notes", "benchmark", "metric", "signature", "release_date")


def board_csv(entries: Sequence[Entry], tasks: Sequence[TaskRow], metric: MetricRow, release: ReleaseRow) -> str:
    """The leaderboard in the order shown, a row a system."""
    return csv_export([_row(entry, tasks, metric, release) for entry in entries], _TEXT)


def _row(entry: Entry, tasks: Sequence[TaskRow], metric: MetricRow, release: ReleaseRow) -> dict[str, object]:
    mean = entry.mean
    row: dict[str, object] = {
        "rank": mean.rank if mean else None,
        "rank_low": mean.rank_low if mean else None, "rank_high": mean.rank_high if mean else None,
        "cluster": mean.cluster if mean else None, "system": entry.system.system, "version": entry.system.version,
        "notes": "; ".join(entry.notes(partial=True)), "trivial": entry.system.trivial,
        "mean": mean.value if mean else None, "low": mean.low if mean else None, "high": mean.high if mean else None,
        "covered": mean.covered if mean else 0, "total": mean.total if mean else len(tasks),
    }  # fmt: skip
    for task in tasks:
        cell = entry.cells.get(task.id)
        row |= {
            task.id: cell.value if cell else None,
            f"{task.id} low": cell.low if cell else None, f"{task.id} high": cell.high if cell else None,
            f"{task.id} n": cell.n if cell and cell.value is not None else None,
            f"{task.id} unparsed": cell.n_unparsed if cell and cell.value is not None else None,
        }  # fmt: skip
    return row | {
        "benchmark": metric.benchmark, "metric": metric.name, "signature": mean.signature if mean else "",
        "release": release.number, "release_date": release.created_at,
    }  # fmt: skip
