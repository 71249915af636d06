"""What the leaderboard shows: one metric of a benchmark's systems, as the reader has chosen to look
at it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from app.grouping import grouped
from app.reported import ReportedSystem
from app.site import data as queries
from app.site.leaderboard.controls import BESIDE, HERE, ColumnChoice, RowChoice
from app.site.page import Benchmark
from app.site.tables.base import Table
from app.site.tables.board import taken
from app.site.tables.board_frame import MEAN, SYSTEM, BoardFrame, arranged, kept
from app.site.tables.reported import reported_table
from app.text import better, markdown, no_interval, plain, told
from submissions.releasing.comparing import CannotCompare
from submissions.store.files.damage import DamagedFile
from submissions.store.released.scored_rows import MetricRow, TaskRow


@dataclass(frozen=True)
class Shown:
    """A leaderboard as it is looked at.

    Attributes:
        chosen: The benchmark.
        metric: The metric of its values.
        other: The metric whose means may stand beside; None where there is none.
        whole: Every system on every task of the board.
        tasks: Those that are looked at.
        rows: Which systems.
        columns: Which columns, and in which order the rows.
        view: The board on these tasks.
        ids: The systems that are left by the filters, in order.
        table: The rows and columns that are chosen.
        printed: What papers print, apart; nothing where the reader hides it.
        reported: The same as a table.
        why_unranked: Why systems could not be ranked on these tasks; "" where that was not tried,
            or they are.
    """

    chosen: Benchmark
    metric: MetricRow
    other: MetricRow | None
    whole: BoardFrame
    tasks: Sequence[TaskRow]
    rows: RowChoice
    columns: ColumnChoice
    view: queries.BoardView
    ids: pd.Index[str]
    table: Table
    printed: Sequence[ReportedSystem]
    reported: Table
    why_unranked: str

    @property
    def beside(self) -> MetricRow | None:
        """The metric whose means do stand beside."""
        return self.other if self.columns.beside else None

    def sides(self) -> dict[str, MetricRow]:
        """Return the metrics that have a column of means, by that column."""
        return {MEAN: self.metric} | ({BESIDE: self.beside} if self.beside else {})

    def without_interval(self) -> dict[str, list[str]]:
        """Return why means over all tasks have no interval -> the names of the systems that are
        shown of which it is true.
        """
        # Means of some tasks have no interval anyway, and the page says so in one line.
        if len(self.tasks) < len(self.whole.columns):
            return {}
        means = self.whole.overall.loc[self.ids]
        names = self.whole.systems.loc[self.ids, SYSTEM]
        return grouped(
            (why, str(name))
            for name, value, method in zip(names, means["value"], means["interval"], strict=True)
            if pd.notna(value) and (why := no_interval(value, method))
        )

    def what_it_is(self, metric: MetricRow) -> str:
        """Return a metric in a line: unit, direction, and how far it can be believed."""
        known = self.chosen.believed(metric)
        validity = (
            f"Pearson’s {known.correlation}, by rated system{known.against}, on “{plain(known.aspect)}”;"
            " intervals and other aspects: “Can metrics be believed?”"
            if known.validated
            else metric.validity
        )
        doubt = f" {markdown(validity[:1].upper() + validity[1:])}." if validity else ""
        gamed = f" {markdown(known.gamed[:1].upper() + known.gamed[1:])}." if known.gamed else ""
        unit = f" ({markdown(metric.unit)})" if metric.unit else ""
        ranks = "" if metric.higher_is_better is not None else " There are no ranks for it."
        shown_off = (
            " **Of a demonstration checkpoint: it says nothing of quality.**"
            if metric.demonstration
            else ""
        )
        return (
            f"**{markdown(metric.title)}{unit}:** {better(metric)}{ranks}{doubt}{gamed}{shown_off}"
        )


def look_at(
    chosen: Benchmark,
    metric: MetricRow,
    other: MetricRow | None,
    tasks: Sequence[TaskRow],
    rows: RowChoice,
    columns: ColumnChoice,
    *,
    ranked: bool,
) -> Shown:
    """Return a leaderboard as the reader has chosen to look at it; see `Shown`."""
    whole = chosen.board(metric.name)
    view, why_unranked = _view(chosen, metric, other, tasks, columns, ranked=ranked)
    order = columns.order
    # None sorts by name; a column that has gone, since its task was filtered away, by nothing.
    values = {MEAN: view.means["value"], SYSTEM: None}.get(
        order.column, view.board.cells["value"].get(order.column)
    )
    ids = arranged(
        whole,
        kept(whole, rows.filters),
        values,
        descending=order.descending,
        partial=view.partial,
        by_strategy=columns.by_strategy,
    )
    numbers = [*([BESIDE] if columns.beside else []), *columns.value_columns]
    table = taken(
        view.table,
        ids,
        columns.picked,
        numbers,
        intervals=columns.intervals,
        deviations=columns.deviations,
        by_strategy=columns.by_strategy,
    )
    printed = list(printed_beside(chosen, metric, rows))
    return Shown(
        chosen,
        metric,
        other,
        whole,
        tasks,
        rows,
        columns,
        view,
        ids,
        table,
        printed,
        reported_table(printed, tasks),
        why_unranked,
    )


def _view(
    chosen: Benchmark,
    metric: MetricRow,
    other: MetricRow | None,
    tasks: Sequence[TaskRow],
    columns: ColumnChoice,
    *,
    ranked: bool,
) -> tuple[queries.BoardView, str]:
    """Return the board on these tasks, ranked if it can be, and why it cannot."""
    names = tuple(task.id for task in tasks)
    beside = other.name if other else None

    def view(ranked: bool) -> queries.BoardView:
        asked = (metric.name, names, columns.by, beside, ranked)
        return queries.view(chosen.release, chosen.name, *asked)

    try:
        return view(ranked), ""
    except (CannotCompare, DamagedFile) as error:
        return view(False), told(error)


def printed_beside(
    chosen: Benchmark, metric: MetricRow, rows: RowChoice
) -> Iterator[ReportedSystem]:
    """Yield what papers print that the reader has not hidden or filtered away."""
    text = rows.filters.text.casefold()
    for system in queries.reported(chosen.release, chosen.name, metric.name):
        words = f"{system.title} {system.cells[0].category}".casefold()
        if rows.source != HERE and text in words:
            yield system


def counterpart(chosen: Benchmark, metric: MetricRow) -> MetricRow | None:
    """Return the first metric of the other kind that has a better end: explanations beside
    correctness, and back.
    """
    return next(
        (
            other
            for other in chosen.metrics.values()
            if other.grouping != metric.grouping
            and other.higher_is_better is not None
            and "agreement" not in other.name
        ),
        None,
    )
