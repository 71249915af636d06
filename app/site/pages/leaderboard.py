"""The leaderboard: one metric of every system on every task of a benchmark.

The order is a control and part of the address, so that a link shows the order its sender saw. A
click on a column's head sorts in the browser at once and then changes the control, a second click
turns the order; either way blanks stay last, and partial systems below complete ones.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app.reported import ReportedSystem
from app.site import data as queries
from app.site.leaderboard.chart import show_chart
from app.site.leaderboard.controls import (
    BESIDE,
    FILTERED,
    REPORTED,
    choose_columns,
    choose_ranking,
    choose_rows,
)
from app.site.leaderboard.paper import show_paper
from app.site.leaderboard.shown import Shown, counterpart, look_at
from app.site.page import (
    Benchmark,
    action_row,
    cell_details,
    choose_benchmark,
    choose_metric,
    control_row,
    export_menu,
    release_page,
    say_what_is_missing,
    warn_of_demonstration,
)
from app.site.sheet.drawn import Looked, draw_sheet
from app.site.tables.base import metric_help, task_name
from app.site.tables.board import LEFT_OUT
from app.site.tables.board_frame import MEAN, SYSTEM, thin_cells
from app.site.tables.reported import (
    HEADING,
    choose_line,
    draw_reported,
    line_table,
    to_mind,
    with_reported,
)
from app.site.tables.sheets import draw_table
from app.site.tables.system import system_table
from app.site.tables.system_links import open_page, taken_along
from app.site.tables.task import detail_table, mean_details
from app.site.tables.validity_heads import heads
from app.site.url_state import Address, keep_up
from app.text import decimals, markdown

NAMED = 5  # of the cells that cover too little of their task


def main() -> None:
    """Draw the page."""
    address = Address()
    with release_page("Leaderboard") as current:
        with control_row():
            chosen = choose_benchmark(
                address,
                current,
                clears=(
                    "metric",
                    "sort",
                    "order",
                    "column",
                    "task",
                    "tasks",
                    "system",
                    "paper_metric",
                ),
            )
            metric = choose_metric(
                address, chosen, clears=("sort", "order"), help=help_of_asked(chosen)
            )
            filters = st.popover(
                "Filters", icon=":material/filter_list:", key="filters", on_change=keep_up
            )
            columns = st.popover(
                "Columns", icon=":material/view_column:", key="columns", on_change=keep_up
            )
            actions = action_row()
        whole = chosen.board(metric.name)
        on_board = [task for task in chosen.tasks if task.id in whole.columns]
        other = counterpart(chosen, metric)
        # Filters before columns: which tasks are looked at decides which columns there are.
        row_choice = choose_rows(address, filters, whole, on_board)
        tasks = row_choice.tasks(on_board)
        ranked = choose_ranking(address, filters, whole, tasks)
        column_choice = choose_columns(address, columns, tasks, metric, other)
        address.show_notes()
        warn_of_demonstration(chosen.tasks, [metric])
        shown = look_at(chosen, metric, other, tasks, row_choice, column_choice, ranked=ranked)
        if row_choice.source != REPORTED:
            show_board(shown)
        with actions:
            offer_export(shown)
        line = show_printed(address, shown)
        show_chart(address, shown, line)
        show_cells(shown)
        show_declarations(shown)
        show_paper(shown)


def help_of_asked(chosen: Benchmark) -> str | None:
    """Return what the metric measures that the address asks for; None where there is no such."""
    # Read from the address, because the control that it stands beside is not drawn yet.
    asked = chosen.metrics.get(st.query_params.get("metric", chosen.headline.name))
    return metric_help(asked) if asked else None


def show_board(shown: Shown) -> None:
    """Draw the board between what it counts and what its metrics are."""
    st.caption(key_numbers(shown))
    if len(shown.tasks) < len(shown.whole.columns):
        say_what_ranks_are_of(shown)
    if not shown.whole.cells["value"].notna().any(axis=None):
        st.info(
            "Nothing on this board has a value for this metric yet: it waits for `reasonboard"
            " score`."
        )
    elif not len(shown.ids):
        st.info(
            "No system passes these filters. Take one away under “Filters”, or empty the search."
        )
    draw_board(shown)
    say_what_is_blank(shown)
    say_what_is_missing(shown.chosen)
    st.caption("  \n".join(map(shown.what_it_is, shown.sides().values())))
    link_elsewhere(shown)


def say_what_ranks_are_of(shown: Shown) -> None:
    """Say what means and ranks are over where some tasks are looked at."""
    if shown.why_unranked:
        st.warning(f"These tasks cannot be ranked by themselves: {shown.why_unranked}")
    ranked = shown.view.means["rank"].notna().any()
    st.caption(
        "Means, intervals and ranks are over the tasks shown, ranks among the systems that have all"
        " of them."
        if ranked
        else "The mean is over the tasks shown. Ranks are of the whole board and are blank here;"
        " “Rank on these tasks”, under “Filters”, tests these alone."
    )


def key_numbers(shown: Shown) -> str:
    """Return the caption above the table.

    It counts the filters as well: a button whose label changed would be another button to
    Streamlit, and close.
    """
    every, ids, tasks = shown.whole.systems, shown.ids, shown.tasks
    filters = sum(bool(st.query_params.get(key)) for key in FILTERED)
    trivial = int(every.loc[ids, "trivial"].sum())
    complete = int((~shown.view.partial[ids]).sum())
    count = str(len(ids)) if len(ids) == len(every) else f"{len(ids)} of {len(every)}"
    missing = queries.not_imported(shown.chosen.release, shown.chosen.name)
    declared = len(shown.chosen.tasks) + len(missing)
    of_all = f" of {declared}" if len(tasks) < declared else ""
    return (
        f"Systems: {count} (trivial baselines: {trivial}; with every task: {complete}). "
        f"Tasks: {len(tasks)}{of_all}. Examples: {sum(task.size for task in tasks)}."
        f"{f' **Filters: {filters}.**' if filters else ''}"
    )


def draw_board(shown: Shown) -> None:
    """Draw the board, with how far each metric can be believed above its columns, and open the page
    of the system whose name was clicked.
    """
    columns = shown.columns
    known = {column: shown.chosen.believed(metric) for column, metric in shown.sides().items()}
    over = heads(shown.table, shown.metric, list(columns.value_columns), columns.by, known)
    order = columns.order.shown
    board = queries.drawn_board(
        shown.chosen.release,
        shown.view.asked,
        tuple(over),
        tuple(over.values()),
        tuple(order.first),
        f"Leaderboard of {shown.chosen.name}: {shown.metric.title} by system and task",
    )
    places = {system: place for place, system in enumerate(board.ids)}
    looked = Looked(
        [places[system] for system in shown.ids],
        order,
        columns.tinted,
        view=taken_along(benchmark=shown.chosen.name),
    )
    opened = draw_sheet(board, looked, "board", columns.order.turn)
    if opened in places:
        open_page("system", benchmark=shown.chosen.name, system=opened)


def say_what_is_blank(shown: Shown) -> None:
    """Say why systems have no rank or no interval, and why the metric beside has blanks."""
    if shown.view.partial[shown.ids].any():
        names = [task.id for task in shown.tasks]
        st.caption(
            f"Partial systems {LEFT_OUT}: they stand below the others, without a rank, whatever"
            f" their mean. {too_little(thin_cells(shown.whole, shown.ids, names))}"
        )
    for why, names in shown.without_interval().items():
        st.caption(f"**{', '.join(map(markdown, names))}:** {markdown(why)}.")
    if shown.beside is not None and shown.view.table.whole.loc[shown.ids, BESIDE].isna().any():
        st.caption(
            f"{markdown(shown.beside.title)} is blank for systems without a value of it on every"
            " task shown."
        )


def too_little(cells: Sequence[tuple[str, str, int, int]]) -> str:
    """Return the first values of tasks that are covered too little, by name; they
    are in no mean.
    """
    named = "; ".join(
        f"{markdown(system)} on {markdown(task.split('/', 1)[-1])} ({n} of {asked})"
        for system, task, n, asked in cells[:NAMED]
    )
    more = f"; and {len(cells) - NAMED} more" if len(cells) > NAMED else ""
    return f"**Covered too little to count:** {named}{more}." if cells else ""


def link_elsewhere(shown: Shown) -> None:
    """Link the pages that show more of the same benchmark and metric."""
    on = {"benchmark": shown.chosen.name, "metric": shown.metric.name}
    with st.container(horizontal=True):
        st.page_link(
            "site/pages/task.py", label="One task", icon=":material/fact_check:", query_params=on
        )
        st.page_link(
            "site/pages/compare.py",
            label="Compare two",
            icon=":material/compare_arrows:",
            query_params=on,
        )
        st.page_link(
            "site/pages/validity.py", label="Can metrics be believed?", icon=":material/balance:"
        )


def offer_export(shown: Shown) -> None:
    """Offer the board as a file, also where only reported values are looked at."""
    names = tuple(task.id for task in shown.tasks)
    signatures = (
        signature
        for metric in shown.sides().values()
        for signature in queries.signatures(shown.chosen.release, metric.name, names)
    )
    second = {"beside_is": shown.beside.name} if shown.beside is not None else {}
    export_menu(
        shown.chosen,
        shown.metric.title,
        with_reported(shown.table, shown.reported),
        signatures,
        metric=shown.metric.name,
        **second,
    )


def show_printed(address: Address, shown: Shown) -> ReportedSystem | None:
    """Draw what papers report of the benchmark, which nobody has checked here, and the systems
    against the row of it that the reader has pinned, which is returned.
    """
    if len(shown.reported.frame):
        st.subheader(HEADING, anchor=False)
        draw_reported(shown.reported, f"{shown.metric.title} as papers report it")
        line = choose_line(address, shown.printed)
        show_line(line, shown)
        return line
    if shown.rows.source == REPORTED:
        st.info(
            "No paper's numbers for this benchmark and metric are in this release. Choose another"
            " metric, or “Scored here only”."
        )
    return None


def show_line(line: ReportedSystem | None, shown: Shown) -> None:
    """Draw the systems of the board less a reported row."""
    if line is None:
        return
    names = shown.whole.systems.loc[shown.ids, SYSTEM]
    table = line_table(shown.whole.cells["value"], names, line, shown.tasks)
    st.caption(
        f"**Scored here less {markdown(line.title)}, {markdown(line.cells[0].table)}.** Without a"
        f" test: the paper's answers are not here. {to_mind(line.caveats(table.names))}"
    )
    draw_table(table, f"Systems less {line.title}")


def show_cells(shown: Shown) -> None:
    """Draw every cell with its counts and signature, once they are opened."""
    opening = cell_details()
    if not opening.open:
        return
    opening.caption(
        "All numbers in one column were made in one way, and its signature says which. A blank is"
        " no zero."
    )
    details = queries.details(shown.chosen.release, metric=shown.metric.name)
    with opening:
        draw_table(
            detail_table(
                pd.concat([mean_details(shown.whole.overall), details]),
                dict(shown.whole.systems.loc[shown.ids, SYSTEM]),
                {MEAN: "Mean", **{task.id: task_name(task) for task in shown.tasks}},
                "task",
                decimals(shown.metric),
            ),
            "Every cell with its counts, interval method and signature",
        )


def show_declarations(shown: Shown) -> None:
    """Draw what the teams say of the systems on the board, once it is opened."""
    opening = st.expander(
        "The systems, as their teams describe them", key="declared", on_change=keep_up
    )
    if opening.open:
        rows = shown.chosen.systems()
        table = system_table(rows[system] for system in shown.ids)
        with opening:
            draw_table(table, "What the teams say of their systems")


if __name__ == "__main__":
    main()
