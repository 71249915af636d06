"""The leaderboard: one metric of every system on every task of a board.

The order is a control and part of the address, so that a link shows the order its sender saw, blanks stay last in
either direction, and partial systems below complete ones. The grid's own sorting knows none of that and is
therefore off: a click on a column's head chooses that column in the control instead, a second click turns the order.
"""

from __future__ import annotations

from functools import partial

import streamlit as st

from app import queries
from app.address import Address, set_view
from app.charts import mean_figure
from app.exporting import board_csv
from app.frame import choose_board, close_page, open_page, warn_of_demonstration
from app.tables import (
    MEAN,
    SYSTEM,
    Entry,
    Table,
    better,
    board_entries,
    board_table,
    cell_table,
    columns_with_cells,
    ordered,
    system_table,
    task_name,
)
from app.text import decimals, markdown, plain
from submissions.store.release_rows import MetricRow, TaskRow

DESCENDING, ASCENDING = "desc", "asc"


def metric_help(metric: MetricRow) -> str:
    """What a metric measures, what it does not, and how far it can be believed."""
    lines = [
        f"**Measures:** {markdown(metric.measures)} {better(metric)}",
        f"**Limits:** {markdown(metric.limits)}",
    ]
    if metric.validity:
        lines.append(f"**Validity:** {markdown(metric.validity)}.")
    if metric.checkpoint:
        lines.append(f"**Model:** {markdown(metric.checkpoint)}")
    return "\n\n".join(lines)


def key_numbers(entries: list[Entry], board: list[TaskRow], metric: MetricRow) -> str:
    """The caption above the table."""
    complete = sum(entry.complete for entry in entries)
    trivial = sum(entry.system.trivial for entry in entries)
    doubt = f" {markdown(metric.validity[:1].upper() + metric.validity[1:])}." if metric.validity else ""
    unit = f" ({markdown(metric.unit)})" if metric.unit else ""
    ranks = "" if metric.higher_is_better is not None else " There are no ranks for it."
    return (
        f"Systems: {len(entries)} (trivial baselines: {trivial}; with every task: {complete}). Tasks: {len(board)}. "
        f"Examples: {sum(task.size for task in board)}. "
        f"**{markdown(metric.title)}{unit}:** {better(metric)}{ranks}{doubt}"
    )


def turn(sort: str, order: str, sortable: dict[str, str], best_first: str) -> None:
    """A column's head was clicked: sort by it, or turn the order where it is sorted by already."""
    chosen = st.session_state[board_key(sort, order)]["selection"]["columns"]
    column = chosen[0].removesuffix(" interval") if chosen else ""
    if column == sort:
        set_view(order=ASCENDING if order == DESCENDING else DESCENDING)
    elif column in sortable:
        set_view(sort=column, order=ASCENDING if column == SYSTEM else best_first)


def board_key(sort: str, order: str) -> str:
    """A new order is a new grid, so that no head stays selected and each can be clicked again."""
    return f"board {sort} {order}"


def draw(table: Table, alt: str) -> None:
    """A table of details."""
    st.dataframe(table.frame, column_config=table.columns, hide_index=True, placeholder="", alt=alt)


address = Address()
current = open_page("Leaderboard")
with st.container(horizontal=True, vertical_alignment="bottom"):
    chosen = choose_board(address, current, "leaderboard", clears=("metric", "sort", "order"))
    benchmark, board = chosen.benchmark, chosen.tasks
    metrics = {metric.name: metric for metric in queries.metrics(current, benchmark)}
    asked = metrics.get(st.query_params.get("metric", board[0].headline))
    name = address.choose(
        "Metric", "metric", {metric.name: plain(metric.title) for metric in metrics.values()},
        default=board[0].headline, clears=("sort", "order"), help=metric_help(asked) if asked else None,
        width=260,
    )  # fmt: skip
    metric = metrics[name]
    entries = board_entries(
        queries.systems(current, benchmark),
        queries.overall(current, benchmark, name),
        queries.metric_cells(current, benchmark, name),
    )
    columns = columns_with_cells(entries, [task.id for task in board])
    tasks = [task for task in board if task.id in columns]
    sortable = {MEAN: "Mean", SYSTEM: "Name", **{task.id: task_name(task) for task in tasks}}
    best_first = ASCENDING if metric.higher_is_better is False else DESCENDING
    sort = address.choose("Sort by", "sort", sortable)
    order = address.choose(
        "Order", "order", {DESCENDING: "Highest first", ASCENDING: "Lowest first"},
        default=ASCENDING if sort == SYSTEM else best_first,
    )  # fmt: skip
with st.container(horizontal=True):
    hide = address.switch(
        "Hide baselines", "hide_baselines", default=False,
        help="Hides the trivial ones. Ranks do not change: they are among all systems that cover every task.",
    )  # fmt: skip
    intervals = address.switch("Task intervals", "intervals", default=False, help="95% bootstrap intervals.")
address.show_notes()
warn_of_demonstration(board, [metric])

rows = ordered(
    [entry for entry in entries if not (hide and entry.system.trivial)], sort, descending=order == DESCENDING
)
table = board_table(rows, tasks, metric, intervals=intervals)
st.caption(key_numbers(entries, tasks, metric))
if not any(entry.value(MEAN) is not None for entry in entries):
    st.info("Nothing on this board has a value for this metric yet: it waits for `reasonboard score`.")
st.dataframe(
    table.frame, column_config=table.columns, hide_index=True, placeholder="", height="content",
    key=board_key(sort, order), selection_mode="single-column",
    on_select=partial(turn, sort, order, sortable, best_first),
    alt=f"Leaderboard of {benchmark}: {metric.title} by system and task",
)  # fmt: skip
with st.container(horizontal=True, vertical_alignment="center"):
    st.download_button(
        "Download as CSV", data=partial(board_csv, rows, tasks, metric, queries.release(current)),
        file_name=f"reasonboard-{benchmark}-{name}-release-{queries.release(current).number}.csv", mime="text/csv",
        icon=":material/download:", on_click="ignore",
    )  # fmt: skip
    st.page_link("app_pages/task.py", label="Look into one task", query_params={"benchmark": benchmark, "metric": name})

with st.expander("What this metric measures, and how far to believe it"):
    st.markdown(metric_help(metric))
with st.expander("Signatures and counts, cell by cell; why a cell is blank"):
    st.caption("All numbers in one column were made in one way, and its signature says which. A blank is no zero.")
    heads = {MEAN: "Mean", **{task.id: task_name(task) for task in tasks}}
    cells = cell_table(rows, heads, dict.fromkeys(heads, decimals(metric)))
    draw(cells, "Every cell with its counts, interval method and signature")
with st.expander("The systems"):
    st.caption("As their teams describe them.")
    draw(system_table(rows), "What the teams say of their systems")

if any(entry.value(MEAN) is not None for entry in rows):
    st.subheader("Means and their intervals", anchor=False)
    st.plotly_chart(
        mean_figure(rows, metric), config={"displayModeBar": False},
        alt=f"Means of {metric.title} with 95% intervals, as in the table above",
    )  # fmt: skip
close_page()
