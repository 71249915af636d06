"""One task: what it asks and where its data come from, every metric of every system, and who confuses what."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.site import data as queries
from app.site.charts import confusion_figure, show
from app.site.page import (
    cell_details,
    choose_benchmark,
    close_page,
    export_menu,
    open_page,
    warn_of_demonstration,
)
from app.site.tables.base import (
    better,
    breakdown_table,
    class_table,
    detail_table,
    draw,
    metric_help,
    per_class_table,
    task_name,
    task_table,
)
from app.site.tables.board_frame import SYSTEM, Board, arranged
from app.site.tables.confusion import UNPARSED, Confusion, confusion
from app.site.tables.opening import draw_systems
from app.site.tables.validity_heads import believed, over_each, widened
from app.site.url_state import Address
from app.text import decimals, markdown, number, plain
from submissions.store.release_rows import MetricRow, TaskRow
from submissions.wording import counted

GROUPS = {"correctness": "Correctness of labels", "explanation": "Quality of explanations"}
REFERENCES = {
    "chatgpt": "written by ChatGPT and checked, which favours systems that sound like it",
    "expert": "a domain expert",
    "project": "written for this project",
    "none": "there are none",
}
HASHES = {
    True: "verified: the imported file is the published one",
    False: "differs from the published file's",
    None: "not verified: no published hash is known",
}


def card(task: TaskRow) -> dict[str, str]:
    """What is declared of a task, and what was imported."""
    expected = "unknown" if task.expected_size is None else f"{task.expected_size} expected"
    attributes = "; ".join(
        f"{name}: {', '.join(values)}" for name, values in task.attributes.items()
    )
    lines = {
        "Question": task.question,
        "Asked for each": attributes,
        "Family": task.family,
        "Source data": task.dataset,
        "Platform": task.platform,
        "Gold labels": f"{task.annotation}; {task.kind}; one per {task.unit}",
        "References": REFERENCES.get(task.reference_authors, task.reference_authors),
        "Size": f"{counted(task.size, 'example')} of {counted(task.posts, 'post')} ({expected})",
        "SHA-256": HASHES[task.hash_matches],
        "Revision": str(task.revision),
        "Superseded by": task.superseded_by or "",
        "Licence": task.licence,
        "Citation": task.citation,
    }
    return {name: markdown(value) for name, value in lines.items() if value}


def draw_confusion(task: TaskRow, matrix: Confusion, system: str) -> None:
    """The matrix as a picture, and as numbers for those who cannot see it."""
    titles = {label["name"]: plain(label["title"]) for label in task.labels}
    show(
        confusion_figure(task, matrix),
        f"Confusion matrix of {plain(system)} on {task_name(task)}: gold labels against its answers",
        f"confusion-{task_name(task)}",
    )
    with st.expander("The same as a table"):
        frame = matrix.counts.rename(index=titles, columns={**titles, UNPARSED: "Unparsed"})
        st.dataframe(
            frame.rename_axis("Gold label"), alt="Counts by gold label (rows) and answer (columns)"
        )


def who_wins(board: Board, rows: pd.Index[str], metric: MetricRow) -> str:
    """The best system with its interval, and who cannot be told apart from it by the intervals."""
    values = board.cells["value"].loc[rows, metric.name].dropna()
    if metric.higher_is_better is None or len(values) < 2:
        return ""
    digits, best = decimals(metric), values.index[0]
    low, high = (board.cells[end].loc[:, metric.name] for end in ("low", "high"))
    overlap = (high[values.index] >= low[best]) & (low[values.index] <= high[best])
    if round(float(values.iloc[0] - values.iloc[1]), digits) == 0:
        return "Nobody leads: the first have the same value."
    lead = f"**{markdown(board.systems.loc[best, SYSTEM])}** leads with {number(float(values.iloc[0]), digits)}, "
    lead += f"{number(abs(float(values.iloc[0] - values.iloc[1])), digits)} from the next."
    others = int(overlap.sum()) - 1
    doubt = (
        f" The intervals of {others} of {len(values) - 1} other systems overlap its own."
        if low[best] == low[best]
        else ""
    )
    return f"{lead}{doubt} Whether two differ is tested under Compare, with what they share taken into account."


address = Address()
current = open_page("Tasks")
with st.container(horizontal=True, vertical_alignment="bottom"):
    chosen = choose_benchmark(address, current, clears=("task", "group", "metric", "system"))
    tasks = {task.id: task for task in chosen.tasks}
    task = tasks[
        address.choose(
            "Task",
            "task",
            {name: task_name(task) for name, task in tasks.items()},
            clears=("metric", "system"),
        )
    ]
    board = queries.task_board(current, task.id, chosen.name)
    applying = board.columns
    groups = list(dict.fromkeys(chosen.metrics[name].grouping for name in applying))
    asked = st.query_params.get("metric", task.headline)
    group = address.choose(
        "Metrics",
        "group",
        {name: GROUPS.get(name, name) for name in groups},
        clears=("metric",),
        width=220,
        default=chosen.metrics[asked if asked in applying else applying[0]].grouping,
    )
    shown = [chosen.metrics[name] for name in applying if chosen.metrics[name].grouping == group]
    by = address.choose(
        "Sort and break down by",
        "metric",
        {metric.name: plain(metric.title) for metric in shown},
        default=task.headline,
        width=260,
    )
    metric = chosen.metrics[by]
    shown.sort(key=lambda other: other is not metric)
with st.container(horizontal=True, vertical_alignment="center"):
    intervals = address.switch(
        "Intervals as columns",
        "intervals",
        default=True,
        help="95% bootstrap intervals over posts.",
    )
    actions = st.container(horizontal=True, width="content", vertical_alignment="center")

everyone = pd.Series(True, index=board.systems.index)
rows = arranged(
    board, everyone, board.cells["value"][by], descending=metric.higher_is_better is not False
)
names = {str(key): str(name) for key, name in board.systems.loc[rows, SYSTEM].items()}
headline = board.cells["value"].get(task.headline, pd.Series(dtype=float))
answered = {system: name for system, name in names.items() if pd.notna(headline.get(system))}
table = task_table(board, rows, shown, task.headline, intervals=intervals)

st.subheader(markdown(task.title), anchor=False)
warn_of_demonstration([task], shown)
notes = st.container()
foremost = "highest" if metric.higher_is_better is None else "best"
st.caption(
    f"Sorted by **{markdown(metric.title)}**, {foremost} first; blanks last. {better(metric)} "
    f"{who_wins(board, rows, metric)}"
)
rated = [row for row in queries.validity(current) if row.benchmark == chosen.name]
known = {
    one.name: believed(rated, one, queries.headlines(), invented=task.demonstration).short
    for one in shown
}
over = over_each(table, known) if any(known.values()) else None
draw_systems(
    widened(table, over) if over else table,
    chosen.name,
    f"{GROUPS.get(group, group)} on {task.title}",
    over,
)
with actions:
    signed = [text for one in shown for text in queries.signatures(current, one.name, (task.id,))]
    export_menu(
        chosen,
        f"{GROUPS.get(group, group)} on {task.title}",
        table,
        signed,
        task=task_name(task),
        group=group,
    )
    st.page_link(
        "site/pages/explorer.py",
        label="Its examples",
        icon=":material/travel_explore:",
        query_params={"benchmark": chosen.name, "task": task.id},
    )
with st.expander("What these metrics measure, and how far to believe them"):
    for entry in shown:
        st.markdown(f"**{markdown(entry.title)}.** {' '.join(metric_help(entry).split())}")
details = cell_details()
if details.open:
    heads = {metric.name: plain(metric.title) for metric in shown}
    with details:
        draw(
            detail_table(
                queries.details(current, task=task.id), names, heads, "metric", decimals(metric)
            ),
            "Every cell with its counts, interval method and signature",
        )

st.subheader("About the task", anchor=False)
st.table(card(task), border="horizontal", alt=f"What is declared of {task_name(task)}")
for problem in task.known_problems:
    st.markdown(f":material/report: {markdown(problem)}")

st.subheader("Gold labels", anchor=False)
if task.classes:
    draw(class_table(task), "Examples of each gold label")
else:
    st.caption("The gold labels of this task are not public.")

st.subheader("What is confused with what", anchor=False)
if not task.classes:
    st.caption("Not told, because the gold labels of this task are not public.")
elif answered:
    first = next((key for key in answered if not board.systems.loc[key, "trivial"]), None)
    system = address.choose("System", "system", answered, default=first, width=320)
    matrix = confusion(task, queries.confusions(current, task.id, system))
    added = f" Counts are of {matrix.added_up}." if matrix.added_up else ""
    st.caption(
        "Colour is the share of a gold label's examples. An output of which no label could be read is “unparsed”."
        f"{added}"
    )
    draw_confusion(task, matrix, answered[system])
    draw(
        per_class_table(task, matrix), f"Precision, recall and F1 of each label, {answered[system]}"
    )
else:
    st.caption("No system has a value on this task.")

breakdowns = queries.breakdowns(current, task.id)
if breakdowns:
    st.subheader("Results by attribute", anchor=False)
    table = breakdown_table(breakdowns, names, metric)
    if table.frame.empty:
        st.caption(f"{markdown(metric.title)} is not broken down by attribute.")
    else:
        draw(table, f"{metric.title} by attribute and system")
with notes:
    address.show_notes()
close_page()
