"""The boards' tables: rows of a release in, frames with their columns' heads out.

Everything that decides what a reader sees first is here and free of Streamlit's state: the order of rows (complete
systems above partial ones, blanks last in either direction), what stays blank, and which counts stand beside a
number. A blank is NaN or an empty text, never 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from app.text import decimals, interval, markdown, plain, web_link
from submissions.store.release_rows import BreakdownRow, CellRow, MetricRow, OverallRow, SystemRow, TaskRow

MEAN = "mean"
SYSTEM = "system"
BASELINE = "trivial baseline"
PARTIAL = "partial"


@dataclass(frozen=True)
class Table:
    """A frame and how its columns are headed."""

    frame: pd.DataFrame
    columns: Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """One system's row.

    Attributes:
        system: Whose.
        mean: Its mean over the board's tasks; None on a page about one task, or where it has no value at all.
        cells: Column (a task's or a metric's id) -> its cell.
    """

    system: SystemRow
    mean: OverallRow | None
    cells: Mapping[str, CellRow]

    @property
    def complete(self) -> bool:
        """Whether every task has a value, so that the mean may be ranked."""
        return self.mean is not None and self.mean.value is not None and self.mean.covered == self.mean.total

    def value(self, column: str) -> float | None:
        """The number in `column`; None where it is blank, and for the column of names."""
        if column == MEAN:
            return self.mean.value if self.mean else None
        return self.cells[column].value if column in self.cells else None

    def unparsed(self, columns: Iterable[str]) -> str:
        """Of how many outputs no label could be read, over those of `columns` that have a value."""
        cells = [self.cells[name] for name in columns if self.value(name) is not None]
        asked = sum(cell.n + cell.n_absent for cell in cells)
        return f"{sum(cell.n_unparsed for cell in cells)} of {asked}" if cells else ""

    def notes(self, *, partial: bool) -> list[str]:
        """The marks that stand beside its name."""
        return [BASELINE] * self.system.trivial + [PARTIAL] * (partial and not self.complete)


def board_entries(systems: Iterable[SystemRow], overall: Iterable[OverallRow], cells: Iterable[CellRow]) -> list[Entry]:
    """One metric's rows of a board: a column a task."""
    means = {row.system: row for row in overall}
    by_system: dict[str, dict[str, CellRow]] = {}
    for cell in cells:
        by_system.setdefault(cell.system, {})[cell.task] = cell
    return [Entry(system, means.get(system.id), by_system.get(system.id, {})) for system in systems]


def task_entries(systems: Iterable[SystemRow], cells: Iterable[CellRow]) -> list[Entry]:
    """One task's rows: a column a metric."""
    by_system: dict[str, dict[str, CellRow]] = {}
    for cell in cells:
        by_system.setdefault(cell.system, {})[cell.metric] = cell
    return [Entry(system, None, by_system.get(system.id, {})) for system in systems]


def ordered(entries: Iterable[Entry], column: str, *, descending: bool) -> list[Entry]:
    """Complete systems first, then partial ones; in both, blanks last whatever the direction; equals by name."""
    by_name = sorted(entries, key=lambda entry: entry.system.system.casefold(), reverse=column == SYSTEM and descending)

    def place(entry: Entry) -> tuple[bool, bool, float]:
        value = entry.value(column)
        return not entry.complete, value is None, (value or 0.0) * (-1 if descending else 1)

    return sorted(by_name, key=place)


def columns_with_cells(entries: Sequence[Entry], columns: Iterable[str]) -> list[str]:
    """Those columns that mean anything here: a metric that does not apply to a task has no cell there."""
    return [column for column in columns if any(column in entry.cells for entry in entries)]


def board_table(entries: Sequence[Entry], tasks: Sequence[TaskRow], metric: MetricRow, *, intervals: bool) -> Table:
    """The leaderboard: rank, name and mean first, so that a phone shows them; then tasks; then counts."""
    digits = decimals(metric)
    data: dict[str, Any] = {
        "rank": pd.array([entry.mean.rank if entry.mean else None for entry in entries], dtype="Int64"),
        SYSTEM: [plain(entry.system.system) for entry in entries],
        MEAN: _numbers((entry.value(MEAN) for entry in entries), digits),
        "interval": [_interval(entry.mean, digits) for entry in entries],
        "ranks": [_ranks(entry.mean) for entry in entries],
        "coverage": [f"{entry.mean.covered} of {entry.mean.total}" if entry.mean else "" for entry in entries],
        "unparsed": [entry.unparsed(task.id for task in tasks) for entry in entries],
        "notes": [entry.notes(partial=True) for entry in entries],
    }
    columns: dict[str, Any] = {
        "rank": st.column_config.NumberColumn(
            "Rank", width=48, pinned=True, help="Among systems that cover every task; equal values share a rank."
        ),
        SYSTEM: _name_column(),
        MEAN: st.column_config.NumberColumn(
            "Mean", width=72, format=f"%.{digits}f",
            help=f"{markdown(metric.title)}: plain mean of the tasks that the system covers.",
        ),
        "interval": st.column_config.TextColumn(
            "95% interval", width=120, help="Of the mean: bootstrap over the tasks' posts, given these tasks."
        ),
        "ranks": st.column_config.TextColumn(
            "Ranks", width=72,
            help="The ranks that the tests allow: paired permutation tests of all pairs over the posts, at .05, not "
            "adjusted for how many there are.",
        ),
        "coverage": st.column_config.TextColumn(
            "Tasks", width=72, help="Tasks with a value, of those on which the metric means anything."
        ),
        "unparsed": _unparsed_column(),
        "notes": _notes_column(),
    }  # fmt: skip
    for task in tasks:
        data[task.id] = _numbers((entry.value(task.id) for entry in entries), digits)
        columns[task.id] = st.column_config.NumberColumn(
            task_name(task),
            width=96,
            format=f"%.{digits}f",
            help=f"{markdown(task.title)} ({task.size} examples)",
        )
        if intervals:
            data[f"{task.id} interval"] = [_interval(entry.cells.get(task.id), digits) for entry in entries]
            columns[f"{task.id} interval"] = _interval_column(task.title)
    data["version"] = [version(entry.system) for entry in entries]
    columns["version"] = st.column_config.TextColumn(
        "Version", help="The version shown, and how many versions of the system were submitted."
    )
    return Table(pd.DataFrame(data), columns)


def _ranks(mean: OverallRow | None) -> str:
    """As in "1–3" where the tests cannot tell ranks 1 to 3 apart; "" without a rank."""
    if mean is None or mean.rank_low is None:
        return ""
    return f"{mean.rank_low}–{mean.rank_high}" if mean.rank_low != mean.rank_high else str(mean.rank_low)


def task_table(entries: Sequence[Entry], metrics: Sequence[MetricRow], headline: str, *, intervals: bool) -> Table:
    """One task: a row a system, a column a metric; the first metric stands before the marks and the counts.

    Unparsed outputs are those that the `headline` metric counts.
    """
    data: dict[str, Any] = {SYSTEM: [plain(entry.system.system) for entry in entries]}
    columns: dict[str, Any] = {SYSTEM: _name_column()}
    for metric in metrics:
        digits, head = decimals(metric), plain(metric.title)
        data[metric.name] = _numbers((entry.value(metric.name) for entry in entries), digits)
        columns[metric.name] = st.column_config.NumberColumn(
            head, width=32 + 8 * len(head), format=f"%.{digits}f", help=f"{markdown(metric.measures)} {better(metric)}"
        )
        if intervals:
            data[f"{metric.name} interval"] = [_interval(entry.cells.get(metric.name), digits) for entry in entries]
            columns[f"{metric.name} interval"] = _interval_column(metric.title)
        if metric is metrics[0]:
            data["notes"] = [entry.notes(partial=False) for entry in entries]
            data["unparsed"] = [entry.unparsed([headline]) for entry in entries]
            columns |= {"notes": _notes_column(), "unparsed": _unparsed_column()}
    return Table(pd.DataFrame(data), columns)


def cell_table(entries: Sequence[Entry], heads: Mapping[str, str], digits: Mapping[str, int]) -> Table:
    """Every cell of a board with its counts and its signature, and for a blank one why.

    Args:
        entries: The board's rows.
        heads: Column id -> how it is headed.
        digits: Column id -> digits after the point.
    """
    rows = [
        {"system": plain(entry.system.system), "column": head}
        | _facts(entry.cells.get(column, entry.mean), digits[column])
        for entry in entries
        for column, head in heads.items()
        if column in entry.cells or (column == MEAN and entry.mean is not None)
    ]
    frame = pd.DataFrame(rows, columns=list(_CELL_COLUMNS))
    blank = frame["value"].isna()
    frame[list(_COUNTS)] = frame[list(_COUNTS)].astype("Int64").mask(blank)
    places = max(digits.values(), default=3)
    numbers = {
        name: st.column_config.NumberColumn(_CELL_COLUMNS[name], format=f"%.{places}f") for name in ("value", "sd")
    }
    return Table(frame.astype({"value": float, "sd": float}), {**_CELL_COLUMNS, **numbers})


def _facts(cell: CellRow | OverallRow | None, digits: int) -> dict[str, Any]:
    """All that is to be known of a number but whose it is; a mean has no counts of its own."""
    if cell is None:
        return {}
    facts = {
        "value": cell.value, "interval": _interval(cell, digits), "method": cell.interval,
        "signature": plain(cell.signature, 1000),
    }  # fmt: skip
    if isinstance(cell, CellRow):
        facts |= {
            "sd": cell.sd, "runs": cell.repetitions, "n": cell.n, "unparsed": cell.n_unparsed, "absent": cell.n_absent,
            "truncated": cell.n_truncated, "why_blank": plain(cell.why_blank or ""),
        }  # fmt: skip
    return facts


_COUNTS = ("runs", "n", "unparsed", "absent", "truncated")
_CELL_COLUMNS = {
    "system": "System", "column": "Column", "value": "Value", "interval": "95% interval", "sd": "SD over runs",
    "runs": "Runs", "n": "Examples", "unparsed": "Unparsed", "absent": "Absent", "truncated": "Truncated",
    "why_blank": "Why it is blank", "signature": "Signature", "method": "Interval's method",
}  # fmt: skip


def system_table(entries: Sequence[Entry]) -> Table:
    """What the teams say of their systems. Links that lead anywhere but to a web page are left out."""
    rows = [
        {
            "System": plain(system.system), "Version": version(system), "Description": plain(system.description, 500),
            "Base model": plain(system.base_model), "Parameters": plain(system.parameters),
            "Method": plain(system.method), "Prompts": plain(system.prompt_strategy),
            "Trained on": trained_on(system), "Licence": plain(system.licence), "Link": web_link(system.links or ()),
            "Received": plain(system.received_at), "Outputs": system.n_rows,
            "Labels read by": ", ".join(f"{plain(str(rule))} {n}" for rule, n in (system.parse_rules or {}).items()),
        }
        for system in (entry.system for entry in entries)
    ]  # fmt: skip
    return Table(pd.DataFrame(rows), {"Link": st.column_config.LinkColumn("Link", validate=r"^https?://")})


def breakdown_table(rows: Iterable[BreakdownRow], entries: Sequence[Entry], metric: MetricRow) -> Table:
    """One metric by attribute value: systems in the order of `entries` under each value."""
    place = {entry.system.id: position for position, entry in enumerate(entries)}
    chosen = [row for row in rows if row.metric == metric.name and row.system in place]
    values = {(row.attribute, row.attribute_value): None for row in chosen}
    frame = pd.DataFrame(
        [
            {
                "attribute": f"{plain(row.attribute)}: {plain(row.attribute_value)}",
                SYSTEM: plain(entries[place[row.system]].system.system), "value": row.value,
                "interval": _interval(row, decimals(metric)), "n": row.n,
            }
            for value in values
            for row in sorted(chosen, key=lambda row: place[row.system])
            if (row.attribute, row.attribute_value) == value
        ],
        columns=["attribute", SYSTEM, "value", "interval", "n"],
    )  # fmt: skip
    columns = {
        "attribute": "Attribute", SYSTEM: "System",
        "value": st.column_config.NumberColumn(plain(metric.title), format=f"%.{decimals(metric)}f"),
        "interval": "95% interval", "n": "Examples",
    }  # fmt: skip
    return Table(frame.astype({"value": float}), columns)


def class_table(task: TaskRow) -> Table:
    """How many examples have each gold label."""
    counts = [task.classes.get(label["name"], 0) for label in task.labels]
    total = sum(counts)
    frame = pd.DataFrame(
        {
            "label": [plain(label["title"]) for label in task.labels],
            "n": counts,
            "share": [100 * n / total if total else float("nan") for n in counts],
        }
    )
    share = st.column_config.ProgressColumn("Share", format="%.0f%%", min_value=0, max_value=100)
    return Table(frame, {"label": "Gold label", "n": "Examples", "share": share})


def task_name(task: TaskRow) -> str:
    """The part of a task's id that tells it from the board's others."""
    return plain(task.id.split("/", 1)[-1])


def better(metric: MetricRow) -> str:
    """Which direction is better, in words."""
    directions = {
        True: "Higher is better.",
        False: "Lower is better.",
        None: "Neither higher nor lower is better.",
    }
    return directions[metric.higher_is_better]


def version(system: SystemRow) -> str:
    """The version shown, and how many there were."""
    return f"{plain(system.version)}{f' (of {system.versions})' if system.versions > 1 else ''}"


def trained_on(system: SystemRow) -> str:
    """Source data sets a system was trained on; saying nothing is not the same as none."""
    if system.trained_on is None:
        return "undeclared"
    return ", ".join(plain(str(name)) for name in system.trained_on) or "none of the tasks' data"


def _numbers(values: Iterable[float | None], digits: int) -> pd.Series[float]:
    """Rounded to what is shown: the grid tells screen readers the number as it gets it."""
    return pd.Series([float("nan") if value is None else round(value, digits) for value in values], dtype=float)


def _interval(row: OverallRow | CellRow | BreakdownRow | None, digits: int) -> str:
    return interval(row.low, row.high, digits) if row is not None and row.value is not None else ""


def _name_column() -> Any:
    return st.column_config.TextColumn("System", width=205, pinned=True)


def _interval_column(of: str) -> Any:
    return st.column_config.TextColumn(
        "95% interval", width=128, help=f"{markdown(of)}: 95% bootstrap interval over the task's posts."
    )


def _unparsed_column() -> Any:
    return st.column_config.TextColumn(
        "Unparsed",
        width=88,
        help="Outputs of which no label could be read; each counts as wrong, none is guessed.",
    )


def _notes_column() -> Any:
    return st.column_config.MultiselectColumn(
        "Notes", width=120, options=[BASELINE, PARTIAL], color=["gray", "orange"],
        help="Trivial baselines need no model. Partial systems leave out tasks: they stand below, unranked.",
    )  # fmt: skip
