"""The leaderboard: one metric of every system on every task of a benchmark.

The order is a control and part of the address, so that a link shows the order its sender saw, blanks stay last in
either direction, and partial systems below complete ones. The grid's own sorting knows none of that and is
therefore off: a click on a column's head chooses that column in the control instead, a second click turns the order.
A chart is drawn only when one is chosen: Plotly is 4 MB, and nobody who came for the table should wait for it.
"""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from app.site import data as queries
from app.site.charts import MOST, Axis, interval_figure, on_front, scatter_figure, show
from app.site.page import (
    cell_details,
    choose_benchmark,
    close_page,
    export_menu,
    open_page,
    say_what_is_missing,
    warn_of_demonstration,
)
from app.site.tables.base import (
    DEFAULT_FIXED,
    FIXED,
    HIGH,
    LEFT_OUT,
    LOW,
    better,
    columns_by,
    detail_table,
    draw,
    mean_details,
    metric_help,
    system_table,
    taken,
    task_name,
)
from app.site.tables.board_frame import (
    MEAN,
    SIZES,
    SYSTEM,
    Board,
    Filters,
    arranged,
    incomplete,
    kept,
    means,
    notes,
    thin_cells,
)
from app.site.tables.opening import draw_systems
from app.site.tables.parts import part_title
from app.site.tables.reported import reported_table
from app.site.tables.validity_heads import Believed, believed, heads, widened
from app.site.url_state import Address, change_view, keep_up
from app.text import decimals, markdown, plain
from submissions.store.release_rows import MetricRow, TaskRow
from submissions.wording import counted

FILTERED = ("q", "method", "size", "platform", "family", "source", "hide_baselines")
DESCENDING, ASCENDING = "desc", "asc"
NAMED = 5  # of the cells that cover too little of their task
NO_CHART, MEANS, SCATTER = "none", "means", "scatter"
SOURCES = {
    "all": "Scored here and reported",
    "here": "Scored here only",
    "reported": "Reported by authors only",
}


def key_numbers(
    board: Board, shown: pd.Index[str], tasks: list[TaskRow], declared: int, part: pd.Series[bool]
) -> str:
    """The caption above the table; `declared` counts the benchmark's tasks, those that are not on the board too.

    It counts the filters as well: a button whose label changed would be another button to Streamlit, and close.
    """
    filters = sum(bool(st.query_params.get(key)) for key in FILTERED)
    trivial = int(board.systems.loc[shown, "trivial"].sum())
    count = (
        str(len(shown))
        if len(shown) == len(board.systems)
        else f"{len(shown)} of {len(board.systems)}"
    )
    of_all = f" of {declared}" if len(tasks) < declared else ""
    return (
        f"Systems: {count} (trivial baselines: {trivial}; with every task: {int((~part[shown]).sum())}). "
        f"Tasks: {len(tasks)}{of_all}. Examples: {sum(task.size for task in tasks)}."
        f"{f' **Filters: {filters}.**' if filters else ''}"
    )


def what_it_is(metric: MetricRow, known: Believed) -> str:
    """The metric in a line: unit, direction, and how far it can be believed."""
    told = (
        f"Pearson’s {known.whole}, by rated system, on “{plain(known.aspect)}”; intervals and other aspects: “Validity”"
        if known.validated
        else metric.validity
    )
    doubt = f" {markdown(told[:1].upper() + told[1:])}." if told else ""
    unit = f" ({markdown(metric.unit)})" if metric.unit else ""
    ranks = "" if metric.higher_is_better is not None else " There are no ranks for it."
    shown_off = (
        " **Of a demonstration checkpoint: it says nothing of quality.**"
        if metric.demonstration
        else ""
    )
    return f"**{markdown(metric.title)}{unit}:** {better(metric)}{ranks}{doubt}{shown_off}"


def too_little(cells: list[tuple[str, str, int, int]]) -> str:
    """The first values of tasks that are covered too little, by name; they are in no mean."""
    named = "; ".join(
        f"{markdown(system)} on {markdown(task.split('/', 1)[-1])} ({n} of {asked})"
        for system, task, n, asked in cells[:NAMED]
    )
    more = f"; and {len(cells) - NAMED} more" if len(cells) > NAMED else ""
    return f"**Covered too little to count:** {named}{more}." if cells else ""


def turn(sort: str, order: str, sortable: dict[str, str], best_first: str) -> None:
    """A column's head was clicked: sort by it, or turn the order where it is sorted by already."""
    chosen = st.session_state[board_key(sort, order)]["selection"]["columns"]
    column = chosen[0].removesuffix(LOW).removesuffix(HIGH) if chosen else ""
    column = MEAN if column == "interval" else column
    if column == sort:
        change_view(order=ASCENDING if order == DESCENDING else DESCENDING)
    elif column in sortable:
        change_view(sort=column, order=ASCENDING if column == SYSTEM else best_first)


def board_key(sort: str, order: str) -> str:
    """A new order is a new grid, so that no head stays selected and each can be clicked again."""
    return f"board {sort} {order}"


def counterpart(metrics: list[MetricRow], metric: MetricRow) -> MetricRow | None:
    """The first metric of the other kind that has a better end: explanations beside correctness, and back."""
    others = [
        other
        for other in metrics
        if other.grouping != metric.grouping and other.higher_is_better is not None
    ]
    return next((other for other in others if "agreement" not in other.name), None)


def points(
    board: Board, ids: pd.Index[str], x: pd.DataFrame, y: pd.DataFrame, marked: list[str]
) -> pd.DataFrame:
    """The scatter's rows: systems that cover every task on both sides."""
    both = ids[(~incomplete(x)[ids] & ~incomplete(y)[ids]).to_numpy()]
    frame = pd.DataFrame(
        {
            "name": board.systems.loc[both, SYSTEM],
            "marked": both.isin(marked),
            "group": [
                marks[0] if marks else "system" for marks in notes(board, incomplete(x), both)
            ],
        }
    )
    for side, values in (("x", x), ("y", y)):
        frame[[f"{side} value", f"{side} low", f"{side} high"]] = values.loc[
            both, ["value", "low", "high"]
        ]
    return frame


def axis(metric: MetricRow) -> Axis:
    """A side of the scatter."""
    unit = f", {metric.unit}" if metric.unit else ""
    return Axis(
        f"{metric.title}, mean of tasks{unit}", decimals(metric), bool(metric.higher_is_better)
    )


address = Address()
current = open_page("Leaderboard")
with st.container(horizontal=True, vertical_alignment="bottom"):
    chosen = choose_benchmark(
        address, current, clears=("metric", "sort", "order", "column", "task", "system")
    )
    metrics = list(chosen.metrics.values())
    headline = chosen.tasks[0].headline
    asked = chosen.metrics.get(st.query_params.get("metric", headline))
    name = address.choose(
        "Metric",
        "metric",
        {metric.name: plain(metric.title) for metric in metrics},
        default=headline,
        clears=("sort", "order"),
        help=metric_help(asked) if asked else None,
    )
    metric = chosen.metrics[name]
    whole = queries.board(current, chosen.name, name)
    tasks = [task for task in chosen.tasks if task.id in whole.columns]
    filters = st.popover("Filters", icon=":material/filter_list:", key="filters", on_change=keep_up)
    choosing = st.popover(
        "Columns", icon=":material/view_column:", key="columns", on_change=keep_up
    )
    actions = st.container(horizontal=True, width="content", vertical_alignment="center")
with address.within(filters):
    search = address.text("Search", "q", placeholder="Name, base model, method", width=300)
    methods = address.several(
        "Method", "method", {m: m for m in sorted(whole.systems["method"].unique()) if m}
    )
    sizes = address.several("Parameters", "size", SIZES)
    platforms = address.several(
        "Platform of the posts", "platform", {t.platform: part_title(t.platform) for t in tasks}
    )
    asked_families = address.several(
        "Family of tasks", "family", {t.family: plain(t.family) for t in tasks}
    )
    source = address.choose(
        "Rows",
        "source",
        SOURCES,
        width=300,
        help=(
            "Every row of the board is verified: scored here from uploaded outputs. What papers report stands apart, below."
        ),
    )
    hide = address.switch(
        "Hide baselines",
        "hide_baselines",
        default=False,
        help="Hides the trivial ones. Ranks do not change: they are among all systems that cover every task.",
    )
tasks = [
    t
    for t in tasks
    if (not platforms or t.platform in platforms)
    and (not asked_families or t.family in asked_families)
]
names = [task.id for task in tasks]
with address.within(choosing):
    ordering = st.container(horizontal=True)
    by = address.choose(
        "Values by",
        "by",
        {"task": "Task", "family": "Family of tasks"},
        width=300,
        clears=("sort", "order", "column"),
    )
    other = counterpart(metrics, metric)
    columns = columns_by(by, tasks, metric)
    beside_name = {"beside": f"{plain(other.title)} (mean)"} if other else {}
    offered = (
        {key: head for key, (head, _, _) in FIXED.items()}
        | beside_name
        | {key: c.head for key, c in columns.items()}
    )
    picked = address.several(
        "Columns",
        "column",
        offered,
        default=(*DEFAULT_FIXED, *beside_name, *columns),
        help="Rank, system and mean always stand first. What a column measures is said at its head.",
    )
    intervals = address.switch(
        "Intervals as columns",
        "intervals",
        default=False,
        help="Both ends of each 95% interval, as numbers.",
    )
    for key in picked:
        if choosing.open and key in FIXED:
            st.caption(f"**{FIXED[key][0]}:** {FIXED[key][2]}")

columns = {key: column for key, column in columns.items() if key in picked}
part = platforms[0] if len(platforms) == 1 and not asked_families else None
view = queries.view(
    current, chosen.name, name, tuple(names), by, other.name if other else None, part
)
shown_means, partial_systems = view.means, view.partial
sortable = {MEAN: "Mean", SYSTEM: "Name", **{key: column.head for key, column in columns.items()}}
best_first = ASCENDING if metric.higher_is_better is False else DESCENDING
with address.within(choosing), ordering:
    sort = address.choose(
        "Sort by",
        "sort",
        sortable,
        help="A click on a column's head sorts by it; a second one turns.",
    )
    order = address.choose(
        "Order",
        "order",
        {DESCENDING: "Highest first", ASCENDING: "Lowest first"},
        default=ASCENDING if sort == SYSTEM else best_first,
    )
address.show_notes()
warn_of_demonstration(chosen.tasks, [metric])

mask = kept(whole, Filters(search, tuple(methods), tuple(sizes), baselines=not hide))
values = {MEAN: shown_means["value"], SYSTEM: None}.get(sort, view.board.cells["value"].get(sort))
ids = arranged(whole, mask, values, descending=order == DESCENDING, partial=partial_systems)
numbers = [*(["beside"] if "beside" in picked else []), *columns]
table = taken(view.table, ids, picked, numbers, intervals=intervals)

rated = [row for row in queries.validity(current) if row.benchmark == chosen.name]
sides = {MEAN: metric} | ({"beside": other} if other is not None and "beside" in picked else {})
invented, aspects = chosen.tasks[0].demonstration, queries.headlines()
known = {key: believed(rated, side, aspects, invented=invented) for key, side in sides.items()}
printed = queries.reported(chosen.name, name) if source != "here" else ()
if source != "reported":
    declared_tasks = len(chosen.tasks) + len(queries.not_imported(current, chosen.name))
    st.caption(key_numbers(whole, ids, tasks, declared_tasks, partial_systems))
    if len(tasks) < len(whole.columns):
        st.caption(
            "The mean is over the tasks shown. Ranks are tested over all tasks and are blank here; an interval stands "
            "where the release has one of just these tasks."
        )
    if not whole.cells["value"].notna().any(axis=None):
        st.info(
            "Nothing on this board has a value for this metric yet: it waits for `reasonboard score`."
        )
    elif not len(ids):
        st.info(
            "No system passes these filters. Take one away under “Filters”, or empty the search."
        )
    over = heads(table, metric, list(columns), by, known)
    draw_systems(
        widened(table, over),
        chosen.name,
        f"Leaderboard of {chosen.name}: {metric.title} by system and task",
        over,
        key=board_key(sort, order),
        selection_mode="single-column",
        on_select=partial(turn, sort, order, sortable, best_first),
    )
    if partial_systems[ids].any():
        st.caption(
            f"Partial systems {LEFT_OUT}: they stand below the others, without a rank, whatever their mean. "
            f"{too_little(thin_cells(whole, ids, names))}"
        )
    if (
        other is not None
        and "beside" in picked
        and view.table.whole.loc[ids, "beside"].isna().any()
    ):
        st.caption(
            f"{markdown(other.title)} is blank for systems without a value of it on every task shown."
        )
    say_what_is_missing(chosen)
    told = [what_it_is(side, known[key]) for key, side in sides.items()]
    st.caption("  \n".join(told))
    with st.container(horizontal=True):
        on = {"benchmark": chosen.name, "metric": name}
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
with actions:
    signed = (
        one
        for side in sides.values()
        for one in queries.signatures(current, side.name, tuple(names))
    )
    second = {"beside_is": other.name} if other is not None and "beside" in picked else {}
    export_menu(chosen, metric.title, table, signed, metric=name, **second)

if printed:
    st.subheader("Reported by the authors, not scored here", anchor=False)
    st.caption(
        "Printed in papers, as shares. Nobody has checked them here: other data, prompts or label reading may "
        "lie behind "
        "them, so they have no rank and no interval."
    )
    draw(reported_table(printed, tasks, search), f"{metric.title} as papers report it")
elif source == "reported":
    st.info(
        "No paper's numbers for this benchmark and metric are kept here. Choose another metric, or “Scored here only”."
    )

chart = address.choose(
    "Chart",
    "chart",
    {NO_CHART: "None", MEANS: "Means with intervals", SCATTER: "Correctness and explanations"},
    width=260,
)
if chart == MEANS and shown_means.loc[ids, "value"].notna().any():
    top = ids[shown_means.loc[ids, "value"].notna().to_numpy()][:MOST]
    drawn = pd.DataFrame(
        {
            "name": [
                n if rank != rank else f"{rank:.0f}. {n}"
                for n, rank in zip(
                    whole.systems.loc[top, SYSTEM], shown_means.loc[top, "rank"], strict=True
                )
            ],
            "group": [(marks or ["system"])[-1] for marks in notes(whole, partial_systems, top)],
            **{part: shown_means.loc[top, part].to_numpy() for part in ("value", "low", "high")},
        }
    )
    if len(ids) > MOST:
        st.caption(f"The first {MOST} rows of the table.")
    show(
        interval_figure(drawn, axis(metric).title, decimals(metric)),
        f"Means of {metric.title} with 95% intervals, as in the table above",
        f"means-{name}",
    )
elif chart == SCATTER and other is not None and metric.higher_is_better is not None:
    across, up = (metric, other) if metric.grouping == "correctness" else (other, metric)
    marked = address.several(
        "Mark systems",
        "system",
        dict(zip(whole.systems.index, whole.systems[SYSTEM], strict=True)),
        placeholder="None",
        help="Marked systems get a name and error bars, like those on the front.",
    )
    boards = {m.name: queries.board(current, chosen.name, m.name) for m in (across, up)}
    found = {
        key: means(side, [n for n in side.columns if n in names]) for key, side in boards.items()
    }
    drawn = points(whole, ids, found[across.name], found[up.name], marked)
    drawn["front"] = on_front(drawn["x value"], drawn["y value"], axis(across), axis(up))
    st.caption(
        f"{counted(len(drawn), 'system')} with every task. On the Pareto front stand those that no other beats on one "
        f"side without "
        f"losing on the other. {what_it_is(up, believed(rated, up, aspects, invented=invented))}"
    )
    show(
        scatter_figure(drawn, axis(across), axis(up)),
        f"{up.title} against {across.title}, one point a system",
        f"scatter-{across.name}-{up.name}",
    )
elif chart == SCATTER:
    st.info(
        "A scatter needs a metric of labels and one of explanations, both with a better end. Choose another metric."
    )

details = cell_details()
if details.open:
    details.caption(
        "All numbers in one column were made in one way, and its signature says which. A blank is no zero."
    )
    cells = pd.concat([mean_details(whole.overall), queries.details(current, metric=name)])
    with details:
        draw(
            detail_table(
                cells,
                dict(whole.systems.loc[ids, SYSTEM]),
                {MEAN: "Mean", **{t.id: task_name(t) for t in tasks}},
                "task",
                decimals(metric),
            ),
            "Every cell with its counts, interval method and signature",
        )
declared = st.expander(
    "The systems, as their teams describe them", key="declared", on_change=keep_up
)
if declared.open:
    rows = {row.id: row for row in queries.systems(current, chosen.name)}
    with declared:
        draw(system_table(rows[system] for system in ids), "What the teams say of their systems")
close_page()
