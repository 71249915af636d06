"""What the reader can choose on the leaderboard: which rows, which columns, in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from app.site.sheet.described import Order
from app.site.tables.base import Column, task_name
from app.site.tables.board import DEFAULT_FIXED, FIXED, columns_by
from app.site.tables.board_frame import MEAN, SIZES, SYSTEM, BoardFrame, Filters
from app.site.tables.parts import part_title
from app.site.tables.strategy import strategy_place, strategy_title
from app.site.url_state import Address, OpenContainer, change_view
from app.text import Names, plain
from submissions.store.released.scored_rows import MetricRow, TaskRow

FILTERED = (
    *("q", "method", "strategy", "size", "platform", "family", "tasks"),
    *("source", "hide_baselines"),
)
"""The parameters of the address that filter."""

AT_ONCE = 300_000
"""Outputs of the systems with all tasks up to which these are ranked unasked: a second or so."""

DESCENDING, ASCENDING = "desc", "asc"
HERE, REPORTED = "here", "reported"
SOURCES = {
    "all": "Scored here and reported",
    HERE: "Scored here only",
    REPORTED: "Reported by authors only",
}
STRATEGY = "strategy"
"""What rows can be grouped by."""
BESIDE = "beside"
"""The column of another metric's mean."""


@dataclass(frozen=True)
class RowChoice:
    """Which rows stand on the board, and on which tasks.

    Attributes:
        filters: What a system must have.
        platforms: Where the tasks' posts are from; none for anywhere.
        families: Of which the tasks are; none for any.
        chosen: The tasks themselves; none for all.
        source: A key of `SOURCES`.
    """

    filters: Filters
    platforms: Sequence[str]
    families: Sequence[str]
    chosen: Sequence[str]
    source: str

    def tasks(self, tasks: Sequence[TaskRow]) -> list[TaskRow]:
        """Return the tasks that are looked at."""
        return [
            task
            for task in tasks
            if (not self.platforms or task.platform in self.platforms)
            and (not self.families or task.family in self.families)
            and (not self.chosen or task.id in self.chosen)
        ]


@dataclass(frozen=True)
class RowOrder:
    """How the rows are ordered.

    Attributes:
        column: By which they are sorted.
        direction: `DESCENDING` or `ASCENDING`.
        sortable: The columns that rows can be sorted by, with their heads.
        best_first: The direction in which the metric's best value stands first.
    """

    column: str
    direction: str
    sortable: Names
    best_first: str

    @property
    def descending(self) -> bool:
        """Whether the highest value stands first."""
        return self.direction == DESCENDING

    @property
    def shown(self) -> Order:
        """The order as the table has it."""
        first = dict.fromkeys(self.sortable, self.best_first == DESCENDING)
        return Order(self.column, self.descending, first | {SYSTEM: False})

    def turn(self, column: str, descending: bool) -> None:
        """Put into the address by which column a reader has sorted, and in which direction."""
        change_view(sort=column, order=DESCENDING if descending else ASCENDING)


@dataclass(frozen=True)
class ColumnChoice:
    """Which columns stand on the board.

    Attributes:
        by: What the columns of values are, "task" or "family".
        value_columns: Those that are picked.
        picked: The keys of all columns that are picked.
        intervals: Whether both ends of each interval are columns.
        deviations: Whether standard deviations over runs of each task are columns, where there are any.
        by_strategy: Whether systems of one strategy stand together.
        order: Of the rows.
        tinted: Whether better values have a stronger ground.
    """

    by: str
    value_columns: Mapping[str, Column]
    picked: Sequence[str]
    intervals: bool
    deviations: bool
    by_strategy: bool
    order: RowOrder
    tinted: bool

    @property
    def beside(self) -> bool:
        """Whether another metric's mean is picked."""
        return BESIDE in self.picked


def choose_rows(
    address: Address, opening: OpenContainer, board: BoardFrame, tasks: Sequence[TaskRow]
) -> RowChoice:
    """Draw the filters in what opens, and return what is chosen, also while it is closed."""
    strategies = {
        name: strategy_title(name)
        for name in sorted(board.systems["strategy"].unique(), key=strategy_place)
    }
    methods = {method: method for method in sorted(board.systems["method"].unique()) if method}
    platforms = {task.platform: part_title(task.platform) for task in tasks}
    families = {task.family: plain(task.family) for task in tasks}
    names = {task.id: task_name(task) for task in tasks}
    with address.within(opening):
        search = address.text("Search", "q", placeholder="Name, base model, method", width=300)
        of_methods = address.several("Method", "method", methods)
        of_strategies = address.several("Strategy", "strategy", strategies)
        of_sizes = address.several("Parameters", "size", SIZES)
        of_platforms = address.several("Platform of the posts", "platform", platforms)
        of_families = address.several("Family of tasks", "family", families)
        chosen = address.several(
            "Tasks",
            "tasks",
            names,
            help="Means are over these alone, and so are ranks, among the systems with all of them.",
        )
        source = address.choose(
            "Rows",
            "source",
            SOURCES,
            width=300,
            help=(
                "Every row of the board is verified: scored here from uploaded outputs. What papers"
                " report stands apart, below."
            ),
        )
        hide = address.switch(
            "Hide baselines",
            "hide_baselines",
            default=False,
            help=(
                "Hides the trivial ones. Ranks do not change: they are among all systems that cover"
                " every task."
            ),
        )
    filters = Filters(
        search,
        tuple(of_methods),
        tuple(of_strategies),
        tuple(of_sizes),
        baselines=not hide,
    )
    return RowChoice(filters, of_platforms, of_families, chosen, source)


def choose_ranking(
    address: Address, opening: OpenContainer, board: BoardFrame, tasks: Sequence[TaskRow]
) -> bool:
    """Let the reader choose whether systems are ranked on the tasks that are looked at, which takes
    some seconds on large boards; there is nothing to choose where these are all.
    """
    names = [task.id for task in tasks]
    if not names or names == board.columns:
        return False
    complete = int(board.covered[names].all(axis=1).sum())
    with address.within(opening):
        return address.switch(
            "Rank on these tasks",
            "rank",
            default=complete * sum(task.size for task in tasks) <= AT_ONCE,
            help=(
                "Means, intervals and ranks over the tasks shown, among the systems that have all of"
                " them, by the tests of the whole board. Large boards take some seconds; of whole"
                " platforms and families the release has them already."
            ),
        )


def choose_columns(
    address: Address,
    opening: OpenContainer,
    tasks: Sequence[TaskRow],
    metric: MetricRow,
    other: MetricRow | None,
) -> ColumnChoice:
    """Draw the choice of columns and order in what opens, and return what is chosen, also while it
    is closed.

    Args:
        address: Has what is chosen.
        opening: Holds the controls.
        tasks: Those that are looked at.
        metric: The metric of the values.
        other: The metric whose mean may stand beside.
    """
    with address.within(opening):
        ordering = st.container(horizontal=True)
        by = address.choose(
            "Values by",
            "by",
            {"task": "Task", "family": "Family of tasks"},
            width=300,
            clears=("sort", "order", "column"),
        )
        rows = address.choose(
            "Group rows by",
            "rows",
            {"none": "Nothing", STRATEGY: "Strategy"},
            width=200,
            help=(
                "Systems that were asked or made in the same way stand together, as the teams declare"
                " it. Ranks stay those among all."
            ),
        )
        values = columns_by(by, tasks, metric)
        picked = _pick_columns(address, values, other)
        intervals = address.switch(
            "Intervals as columns",
            "intervals",
            default=False,
            help="Both ends of each 95% interval, as numbers.",
        )
        deviations = address.switch(
            "SD over runs by task as columns",
            "sd",
            default=False,
            help="Where systems were run with several prompts or seeds. The mean has its own anyway.",
        )
        tinted = address.switch(
            "Tinted values",
            "tint",
            default=True,
            help="Within a column, a better value has a stronger ground.",
        )
        if opening.open:
            _explain_fixed(picked)
        # What is not shown can still be in the address; it cannot be sorted by.
        values = {key: column for key, column in values.items() if key in picked}
        with ordering:
            order = _choose_order(address, values, metric)
    return ColumnChoice(by, values, picked, intervals, deviations, rows == STRATEGY, order, tinted)


def _pick_columns(
    address: Address, values: Mapping[str, Column], other: MetricRow | None
) -> list[str]:
    beside = {BESIDE: f"{plain(other.title)} (mean)"} if other else {}
    heads = {key: column["label"] for key, column in FIXED.items()}
    return address.several(
        "Columns",
        "column",
        heads | beside | {key: column.head for key, column in values.items()},
        default=(*DEFAULT_FIXED, *beside, *values),
        help=(
            "Rank, system and mean always stand first. What a column measures is said at its head."
        ),
    )


def _explain_fixed(picked: Sequence[str]) -> None:
    for key in picked:
        if key in FIXED:
            st.caption(f"**{FIXED[key]['label']}:** {FIXED[key]['help']}")


def _choose_order(address: Address, values: Mapping[str, Column], metric: MetricRow) -> RowOrder:
    sortable = {MEAN: "Mean", SYSTEM: "Name", **{key: each.head for key, each in values.items()}}
    best_first = ASCENDING if metric.higher_is_better is False else DESCENDING
    column = address.choose(
        "Sort by",
        "sort",
        sortable,
        help="A click on a column's head sorts by it; a second one turns.",
    )
    direction = address.choose(
        "Order",
        "order",
        {DESCENDING: "Highest first", ASCENDING: "Lowest first"},
        default=ASCENDING if column == SYSTEM else best_first,
    )
    return RowOrder(column, direction, sortable, best_first)
