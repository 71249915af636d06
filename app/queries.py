"""The only cache of the site: reads of the release that is served.

A release never changes, so what was read of it is kept under its file, number and time of writing, and is never
stale: a newly published release has another key. (Its time of writing is part of the key because a data folder may be
thrown away and filled anew, and then number 1 comes twice.)
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from submissions.store.folder import DataFolder
from submissions.store.release import ReleaseReader, current_release
from submissions.store.release_rows import (
    BreakdownRow,
    CellRow,
    ConfusionRow,
    MetricRow,
    OverallRow,
    ReleaseRow,
    SystemRow,
    TaskRow,
)

DEFAULT_DATA = Path(__file__).resolve().parents[1] / "leaderboard_data" / "db"

_cached = st.cache_data(show_spinner=False, max_entries=128)


@dataclass(frozen=True)
class Served:
    """The release that is served: what caches are keyed by."""

    path: str
    written: int

    @property
    def reader(self) -> ReleaseReader:
        """Reads it."""
        return ReleaseReader(Path(self.path))


def served() -> Served:
    """The release that is served now.

    Raises:
        NoRelease: There is none.
    """
    path = current_release(DataFolder(Path(os.environ.get("REASONBOARD_DATA") or DEFAULT_DATA))).path
    return Served(str(path), path.stat().st_mtime_ns)


@_cached
def release(of: Served) -> ReleaseRow:
    """The release itself."""
    return of.reader.release


@_cached
def tasks(of: Served) -> tuple[TaskRow, ...]:
    """Every board's tasks."""
    return of.reader.tasks()


@_cached
def metrics(of: Served, benchmark: str) -> tuple[MetricRow, ...]:
    """A board's metrics, in the order in which they are shown."""
    return of.reader.metrics(benchmark)


@_cached
def systems(of: Served, benchmark: str) -> tuple[SystemRow, ...]:
    """A board's systems."""
    return of.reader.systems(benchmark)


@_cached
def overall(of: Served, benchmark: str, metric: str) -> tuple[OverallRow, ...]:
    """One metric's means over a board's tasks."""
    return of.reader.overall(benchmark, metric)


@_cached
def metric_cells(of: Served, benchmark: str, metric: str) -> tuple[CellRow, ...]:
    """One metric of every system on every task of a board."""
    board = {task.id for task in tasks(of) if task.benchmark == benchmark}
    return tuple(cell for cell in of.reader.cells(metric=metric) if cell.task in board)


@_cached
def task_cells(of: Served, task: str) -> tuple[CellRow, ...]:
    """Every metric of every system on one task."""
    return of.reader.cells(task=task)


@_cached
def breakdowns(of: Served, task: str) -> tuple[BreakdownRow, ...]:
    """Results by attribute on one task."""
    return of.reader.breakdowns(task)


@_cached
def confusions(of: Served, task: str, system: str) -> tuple[ConfusionRow, ...]:
    """One system's answers on one task."""
    return of.reader.confusions(task, system)
