"""One task: what it asks and where its data come from, every metric of every system, and who confuses what."""

from __future__ import annotations

import streamlit as st

from app import queries
from app.address import Address
from app.charts import UNPARSED, Confusion, confusion, confusion_figure
from app.frame import choose_board, close_page, open_page, warn_of_demonstration
from app.tables import (
    Table,
    better,
    breakdown_table,
    cell_table,
    class_table,
    columns_with_cells,
    ordered,
    task_entries,
    task_name,
    task_table,
)
from app.text import decimals, markdown, plain
from submissions.store.release_rows import TaskRow

GROUPS = {"correctness": "Correctness of labels", "explanation": "Quality of explanations"}
REFERENCES = {
    "chatgpt": "written by ChatGPT and checked, which favours systems that sound like it", "expert": "a domain expert",
    "project": "written for this project", "none": "there are none",
}  # fmt: skip
HASHES = {
    True: "verified: the imported file is the published one", False: "differs from the published file's",
    None: "not verified: no published hash is known",
}  # fmt: skip


def card(task: TaskRow) -> dict[str, str]:
    """What is declared of a task, and what was imported."""
    expected = "unknown" if task.expected_size is None else f"{task.expected_size} expected"
    attributes = "; ".join(f"{name}: {', '.join(values)}" for name, values in task.attributes.items())
    lines = {
        "Question": task.question, "Asked for each": attributes,
        "Family": task.family, "Source data": task.dataset, "Platform": task.platform,
        "Gold labels": f"{task.annotation}; {task.kind}; one per {task.unit}",
        "References": REFERENCES.get(task.reference_authors, task.reference_authors),
        "Size": f"{task.size} examples of {task.posts} posts ({expected})", "SHA-256": HASHES[task.hash_matches],
        "Revision": str(task.revision), "Superseded by": task.superseded_by or "", "Licence": task.licence,
        "Citation": task.citation,
    }  # fmt: skip
    return {name: markdown(value) for name, value in lines.items() if value}


def draw(table: Table, alt: str) -> None:
    """A table with blanks left blank."""
    st.dataframe(table.frame, column_config=table.columns, hide_index=True, placeholder="", height="content", alt=alt)


def draw_confusion(task: TaskRow, matrix: Confusion, system: str) -> None:
    """The matrix as a picture, and as numbers for those who cannot see it."""
    titles = {label["name"]: plain(label["title"]) for label in task.labels}
    st.plotly_chart(
        confusion_figure(task, matrix), config={"displayModeBar": False}, theme="streamlit",
        alt=f"Confusion matrix of {plain(system)} on {task_name(task)}: gold labels against its answers",
    )  # fmt: skip
    with st.expander("The same as a table"):
        frame = matrix.counts.rename(index=titles, columns={**titles, UNPARSED: "Unparsed"})
        st.dataframe(frame.rename_axis("Gold label"), alt="Counts by gold label (rows) and answer (columns)")


address = Address()
current = open_page("Tasks")
with st.container(horizontal=True, vertical_alignment="bottom"):
    board = choose_board(address, current, "task", clears=("task", "group", "metric", "system"))
    tasks = {task.id: task for task in board.tasks}
    task = tasks[address.choose(
        "Task", "task", {name: task_name(task) for name, task in tasks.items()}, clears=("metric", "system")
    )]  # fmt: skip
    metrics = {metric.name: metric for metric in queries.metrics(current, board.benchmark)}
    entries = task_entries(queries.systems(current, board.benchmark), queries.task_cells(current, task.id))
    applying = columns_with_cells(entries, metrics)
    groups = list(dict.fromkeys(metrics[name].grouping for name in applying))
    asked = st.query_params.get("metric", task.headline)
    group = address.choose(
        "Metrics", "group", {name: GROUPS.get(name, name) for name in groups}, clears=("metric",), width=220,
        default=metrics[asked if asked in applying else applying[0]].grouping,
    )  # fmt: skip
    shown = [metrics[name] for name in applying if metrics[name].grouping == group]
    by = address.choose(
        "Sort and break down by", "metric", {metric.name: plain(metric.title) for metric in shown},
        default=task.headline, width=260,
    )  # fmt: skip
    metric = metrics[by]
    shown.sort(key=lambda other: other is not metric)
intervals = address.switch("Intervals", "intervals", default=True, help="95% bootstrap intervals over posts.")

rows = ordered(entries, by, descending=metric.higher_is_better is not False)
answered = {entry.system.id: plain(entry.system.system) for entry in rows if entry.value(task.headline) is not None}

st.subheader(markdown(task.title), anchor=False)
warn_of_demonstration([task], shown)
notes = st.container()
first = "highest" if metric.higher_is_better is None else "best"
st.caption(f"Sorted by **{markdown(metric.title)}**, {first} first; blanks last. {better(metric)}")
draw(task_table(rows, shown, task.headline, intervals=intervals), f"{GROUPS.get(group, group)} on {task.title}")
with st.expander("What these metrics measure, and how far to believe them"):
    for entry in shown:
        doubt = f" **Validity:** {markdown(entry.validity)}." if entry.validity else ""
        st.markdown(
            f"**{markdown(entry.title)}.** {markdown(entry.measures)} {better(entry)} **Limits:** "
            f"{markdown(entry.limits)}{doubt}"
        )
with st.expander("Signatures and counts, cell by cell; why a cell is blank"):
    heads = {metric.name: plain(metric.title) for metric in shown}
    draw(
        cell_table(rows, heads, {metric.name: decimals(metric) for metric in shown}),
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
if answered:
    system = address.choose("System", "system", answered, width=320)
    st.caption(
        "Colour is the share of a gold label's examples. An output of which no label could be read is “unparsed”."
    )
    draw_confusion(task, confusion(task, queries.confusions(current, task.id, system)), answered[system])
else:
    st.caption("No system has answered this task.")

breakdowns = queries.breakdowns(current, task.id)
if breakdowns:
    st.subheader("Results by attribute", anchor=False)
    table = breakdown_table(breakdowns, rows, metric)
    if table.frame.empty:
        st.caption(f"{markdown(metric.title)} is not broken down by attribute.")
    else:
        draw(table, f"{metric.title} by attribute and system")
with notes:
    address.show_notes()
close_page()
