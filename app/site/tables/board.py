"""The table of a board: a row a system, its mean, what stands beside it, and its values by task or
by family.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import pyarrow as pa
from streamlit.column_config import MultiselectColumn, NumberColumn, TextColumn

from app.site.tables.base import (
    ENDS,
    SD,
    ByColumn,
    Column,
    Table,
    _of_versions,
    drawn_columns,
    metric_help,
    rounded,
    spans,
    task_name,
    with_intervals,
)
from app.site.tables.board_frame import (
    BASELINE,
    MEAN,
    PARTIAL,
    SETS,
    SYSTEM,
    BoardFrame,
    incomplete,
    notes,
    unparsed,
)
from app.site.tables.strategy import strategy_title
from app.text import decimals, markdown, plain
from submissions.releasing.coverage import ENOUGH
from submissions.store.released.scored_rows import MetricRow, TaskRow
from submissions.store.scored.scores import FEWEST
from submissions.wording import counted


def task_column(task: TaskRow, metric: MetricRow) -> Column:
    """Return a task's column on a board of one metric."""
    known = (
        f" Known problems: {len(task.known_problems)}; see the task's page."
        if task.known_problems
        else ""
    )
    return Column(
        task_name(task),
        f"{markdown(task.title)}: {markdown(task.question)} {counted(task.size, 'example')} of"
        f" {counted(task.posts, 'post')}, {markdown(task.platform)}; gold labels:"
        f" {markdown(task.annotation)}. Shown: {markdown(metric.title)}.{known}",
        decimals(metric),
    )


def family_column(family: str, tasks: Sequence[TaskRow], metric: MetricRow) -> Column:
    """Return a family's column: the plain mean of its tasks."""
    names = ", ".join(markdown(task_name(task)) for task in tasks if task.family == family)
    return Column(
        plain(family).capitalize(),
        f"Plain mean of {names}. Blank unless it covers all of them; an interval only where there"
        " is one task.",
        decimals(metric),
    )


def columns_by(by: str, tasks: Sequence[TaskRow], metric: MetricRow) -> dict[str, Column]:
    """Return the columns of numbers of a board: its tasks, or the families that they make."""
    if by == "task":
        return {task.id: task_column(task, metric) for task in tasks}
    return {
        name: family_column(name, tasks, metric)
        for name in dict.fromkeys(task.family for task in tasks)
    }


LEFT_OUT = (
    f"leave out tasks, or answer or explain fewer than {ENOUGH:.0%} of a task's examples, or have a"
    f" value on fewer than {FEWEST} of them"
)
"""What makes a system partial."""
FLIPS = "flips"
"""The column of a flip rate's means, where a board has any."""
NEAR_FLIPS = f"{FLIPS} over near-duplicates"
"""The same of near-duplicate posts."""
FIXED: ByColumn = {
    "interval": TextColumn(
        "95% interval",
        width=120,
        help="Of the mean: bootstrap over the tasks' posts, given these tasks.",
    ),
    "ranks": TextColumn(
        "Ranks",
        width=72,
        help=(
            "The ranks that the tests allow: paired permutation tests of all pairs over the posts,"
            " at .05, not adjusted for how many there are. Systems whose ranks overlap are not told"
            " apart."
        ),
    ),
    "own_set": TextColumn(
        "95% set",
        width=72,
        help=(
            "The system’s own set of ranks: right with a chance of 95% for a system that was named"
            " beforehand (Mogstad and others 2024)."
        ),
    ),
    "table_set": TextColumn(
        "95% sets, all",
        width=96,
        help=(
            "Sets of ranks that are right for all systems of the table at once with a chance of"
            " 95%: to be believed of whichever system you look at."
        ),
    ),
    "coverage": TextColumn(
        "Tasks",
        width=72,
        help=(
            f"Tasks with a value, and at least {ENOUGH:.0%} of the examples answered or explained,"
            " of those on which the metric means anything. A blank is no zero."
        ),
    ),
    "unparsed": TextColumn(
        "Unparsed",
        width=88,
        help=(
            "Outputs of which no label could be read; each counts as wrong, none is guessed. Of"
            " several runs the one with the most is counted, task by task, while values are means"
            " over runs."
        ),
    ),
    FLIPS: NumberColumn(
        "Flip rate",
        help=(
            "Of systems that ran several times: the share of examples whose label is not the same in"
            " all runs, mean of the tasks. Grows with the number of runs."
        ),
    ),
    NEAR_FLIPS: NumberColumn(
        "Flip rate over near-duplicates",
        help=(
            "The share of near-duplicate posts of one gold label whose labels are not the same, mean"
            " of the tasks that have such posts."
        ),
    ),
    "notes": MultiselectColumn(
        "Notes",
        width=120,
        help=(
            f"Trivial baselines need no model. Partial systems {LEFT_OUT}: they stand below,"
            " unranked."
        ),
        options=[BASELINE, PARTIAL],
        color=["gray", "orange"],
    ),
    "version": TextColumn(
        "Version",
        width=88,
        help="The version shown, how many were submitted under this name, and how many published.",
    ),
    "method": TextColumn(
        "Method",
        width=150,
        help="How the team says that the system was made; nobody has checked it.",
    ),
    "strategy": TextColumn(
        "Strategy",
        width=250,
        help="How the team says that the system was asked or made; nobody has checked it.",
    ),
    "base_model": TextColumn("Base model", width=150, help="As declared by the team."),
    "size": NumberColumn(
        "Parameters",
        width=96,
        help="As declared by the team; blank where undeclared.",
        format="compact",
    ),
    "trained_on": TextColumn(
        "Trained on",
        width=150,
        help="Source data sets, as declared by the team; saying nothing is not none.",
    ),
    "received": TextColumn(
        "Received",
        width=96,
        help="When the outputs were uploaded. All rows here are verified: scored here from them.",
    ),
}
"""The columns of a board besides rank, name, mean and values."""
DEFAULT_FIXED = ("interval", "ranks", "coverage", "unparsed", FLIPS, NEAR_FLIPS, "notes")


@dataclass(frozen=True)
class Beside:
    """The mean of another metric, shown beside the board's own: correctness beside explanations."""

    metric: MetricRow
    means: pd.DataFrame


def board_table(
    board: BoardFrame,
    means: pd.DataFrame,
    partial: pd.Series[bool],
    metric: MetricRow,
    columns: Mapping[str, Column],
    beside: Beside | None,
    flips: Mapping[str, Beside] = {},
) -> Table:
    """Return the leaderboard with all that can be shown of it, a row a system by its id, in no
    order.

    It is made once and kept; a click takes rows and columns of it.

    Args:
        board: The metric's cells.
        means: Of each system, see `app.site.tables.board_frame.means`.
        partial: Which systems leave out tasks.
        metric: The board's.
        columns: The tasks or families.
        beside: Another metric's means; None for none.
        flips: FLIPS, NEAR_FLIPS -> the rate's; without what is no metric of the board, or its own.
    """
    digits, ids = decimals(metric), board.systems.index
    own = Column(
        "Mean",
        f"{markdown(metric.title)}: plain mean of the tasks shown that the system covers.",
        digits,
    )
    values = {MEAN: (means["value"], means["low"], means["high"])}
    heads = {MEAN: own, **columns}
    other: dict[str, list[str]] = {}
    if beside is not None:
        # Means over other tasks than its neighbours' would be read as comparable.
        whole = ~incomplete(beside.means)
        value, low, high = (beside.means[name].where(whole).loc[ids] for name in ENDS)
        values["beside"] = (value, low, high)
        said = (
            f"{metric_help(beside.metric)}\n\nBlank for a system that does not cover every task"
            " shown by it."
        )
        heads["beside"] = Column(plain(beside.metric.title), said, decimals(beside.metric))
        other = {"beside span": spans(low, high, heads["beside"].digits)}
    for name, rate in flips.items():
        whole = ~incomplete(rate.means)
        value, low, high = (rate.means[end].where(whole).loc[ids] for end in ENDS)
        values[name] = (value, low, high)
        said = f"{metric_help(rate.metric)}\n\n{FIXED[name]['help']}"
        heads[name] = Column(plain(rate.metric.title), said, decimals(rate.metric))
    values |= {
        name: (board.cells["value"][name], board.cells["low"][name], board.cells["high"][name])
        for name in columns
    }
    deviations = {MEAN: means["sd"], **{name: board.cells["sd"][name] for name in columns}}
    numbers, number_heads = with_intervals(values, heads, deviations)
    config: ByColumn = {
        "rank": NumberColumn(
            "Rank",
            width=48,
            pinned=True,
            help=(
                "Among systems that cover every task; equal values share one. Blank where only some"
                " tasks are shown and these were not ranked by themselves."
            ),
        ),
        SYSTEM: SYSTEM_COLUMN,
        **FIXED,
        "beside span": FIXED["interval"],
    }
    texts = _texts(board, means, partial, digits, list(columns))
    config["unparsed"] = unparsed_column(texts["unparsed"])
    frame = pd.DataFrame(
        {
            "rank": means["rank"].astype("Int64").array,
            SYSTEM: board.systems[SYSTEM].array,
            **numbers,
            **texts,
            **other,
        },
        index=ids,
    )
    after_point = {name: column.digits for name, column in heads.items()}
    # Once for all clicks; see `Table.kept`.
    arrow = pa.Table.from_pandas(rounded(frame, after_point), preserve_index=False)
    return Table(frame, {**config, **number_heads}, None, after_point, kept=arrow)


def taken(
    table: Table,
    ids: pd.Index[str],
    fixed: Sequence[str],
    values: Sequence[str],
    *,
    intervals: bool,
    deviations: bool,
    by_strategy: bool = False,
) -> Table:
    """Return the rows and columns of a board that are asked for.

    Rank, name and mean first, so that a phone shows them.

    Args:
        table: From `board_table`.
        ids: The systems, in the order shown.
        fixed: Which of `FIXED` are shown.
        values: The columns of numbers after the mean: tasks, families, "beside".
        intervals: Whether the ends of the intervals are drawn as columns of their own, and then not
            as text too.
        deviations: Whether each task's standard deviation over runs is, where any of the systems
            has one; the mean's stands there anyway.
        by_strategy: Whether the strategy stands first, as the rows are in its order.
    """
    rows = table.whole.index.get_indexer(ids).tolist()

    def drawn(name: str) -> list[str]:
        parts = drawn_columns(name, intervals, deviations or name == MEAN)
        return [part for part in parts if part in table.whole and _has_entries(table, part, rows)]

    chosen = {name for name in fixed if name != "interval" or not intervals}
    span = ["beside span"] if "interval" in chosen else []
    beside = [*drawn("beside"), *span] if "beside" in values else []
    first = ["strategy"] * by_strategy
    names = [
        *first,
        "rank",
        SYSTEM,
        *drawn(MEAN),
        *(name for name in DEFAULT_FIXED[:2] if name in chosen),
        *(part for name in values if name != "beside" for part in drawn(name)),
        *beside,
        *(part for name in DEFAULT_FIXED[2:] if name in chosen for part in drawn(name)),
        *(name for name in FIXED if name in chosen and name not in (*DEFAULT_FIXED, *first)),
    ]
    return replace(table, shown=names, rows=rows)


def _has_entries(table: Table, column: str, rows: Sequence[int]) -> bool:
    """Return whether a column stands in a table of these rows: of what only systems with several
    runs have, where one of them is shown.
    """
    if not column.endswith(SD) and not column.startswith(FLIPS):
        return True
    return bool(table.whole[column].iloc[list(rows)].notna().any())


SYSTEM_COLUMN = TextColumn("System", width=205, pinned=True)


def unparsed_column(texts: Sequence[str]) -> Any:
    """Return the column of unparsed outputs, as wide as its longest text."""
    column = FIXED["unparsed"]
    needed = 18 + 7 * max(map(len, texts), default=0)
    return {**column, "width": max(column["width"], needed)}


def _texts(
    board: BoardFrame,
    means: pd.DataFrame,
    partial: pd.Series[bool],
    digits: int,
    columns: Sequence[str],
) -> ByColumn:
    systems, ids = board.systems, board.systems.index
    present = [column for column in columns if column in board.cells["value"]]
    return {
        "interval": spans(means["low"], means["high"], digits),
        **{column: _ranks(means, *ends) for column, ends in SETS.items()},
        "coverage": _coverage(means),
        "unparsed": unparsed(board, present, ids),
        "notes": notes(board, partial, ids),
        "version": [
            f"{version}{_of_versions(*counts)}"
            for version, *counts in zip(
                systems["version"], systems["versions"], systems["published"], strict=True
            )
        ],
        "method": systems["method"].array,
        "strategy": [strategy_title(name) for name in systems["strategy"]],
        "base_model": systems["base_model"].array,
        "size": systems["parameters"].array,
        "trained_on": systems["trained_on"].array,
        "received": systems["received"].array,
    }


def _coverage(means: pd.DataFrame) -> list[str]:
    pairs = zip(means["covered"], means["total"], strict=True)
    return ["" if total != total else f"{covered:.0f} of {total:.0f}" for covered, total in pairs]


def _ranks(means: pd.DataFrame, lowest: str, highest: str) -> list[str]:
    """Return ranks as text: "1–3" where the tests cannot tell ranks 1 to 3 apart.

    "" without a rank.
    """
    pairs = zip(means[lowest], means[highest], strict=True)
    return [
        "" if low != low else f"{low:.0f}" if low == high else f"{low:.0f}–{high:.0f}"
        for low, high in pairs
    ]
