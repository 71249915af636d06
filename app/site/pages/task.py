"""One task: what it asks and where its data come from, every metric of every system, and who
confuses what.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app.site import data as queries
from app.site.charts import confusion_figure, show
from app.site.page import (
    Benchmark,
    action_row,
    cell_details,
    choose_benchmark,
    choose_task,
    control_row,
    export_menu,
    release_page,
    warn_of_demonstration,
)
from app.site.tables.base import Table, draw, label_titles, metric_help, task_name
from app.site.tables.board_frame import SYSTEM, BoardFrame, arranged
from app.site.tables.confusion import UNPARSED, Confusion, confusion
from app.site.tables.counterfactuals import counterfactual_table
from app.site.tables.failures import MEAN_DROP, failure_table, what_a_drop_is
from app.site.tables.reported import reported_table, show_reported
from app.site.tables.system_links import draw_systems
from app.site.tables.task import (
    breakdown_table,
    class_table,
    detail_table,
    label_table,
    per_class_table,
    task_table,
)
from app.site.tables.validity_heads import over_each, widened
from app.site.url_state import Address
from app.text import Names, better, decimals, markdown, number, plain
from scoring.answers import KINDS, ONE
from submissions.store.released.scored_rows import LABEL, MetricRow, TaskRow
from submissions.wording import counted

GROUPS = {
    "correctness": "Correctness of labels",
    "explanation": "Quality of explanations",
    "stability": "Stability over runs",
}
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


def main() -> None:
    """Draw the page."""
    address = Address()
    with release_page("Tasks") as current:
        with control_row():
            chosen = choose_benchmark(
                address, current, clears=("task", "group", "metric", "system")
            )
            task = choose_task(address, chosen, clears=("metric", "system"))
            board = queries.task_board(current, task.id, chosen.name)
            group = choose_group(address, chosen, task, board.columns)
            metrics = choose_first_metric(address, chosen, task, board.columns, group)
        with st.container(horizontal=True, vertical_alignment="center"):
            intervals = address.switch(
                "Intervals as columns",
                "intervals",
                default=True,
                help="95% bootstrap intervals over posts.",
            )
            actions = action_row()
        rows = by_metric(board, metrics[0])
        table = task_table(board, rows, metrics, task.headline, intervals=intervals)
        st.subheader(markdown(task.title), anchor=False)
        warn_of_demonstration([task], metrics)
        # Their place is above, but the last control that may add one is drawn at the end.
        notes = st.container()
        say_who_leads(board, rows, metrics[0])
        title = f"{GROUPS.get(group, group)} on {task.title}"
        show_systems(chosen, metrics, table, title)
        with actions:
            offer_elsewhere(chosen, task, metrics, table, title, group)
        printed = [
            row
            for row in queries.reported(current, chosen.name, metrics[0].name)
            if task.id in row.by_task
        ]
        reported = reported_table(printed, [task])
        show_reported(address, reported, f"{metrics[0].title} as papers report it")
        explain(metrics)
        names = names_of(board, rows)
        show_cells(chosen, task, metrics, names)
        show_declaration(task)
        show_gold(task)
        show_confusions(address, chosen, task, board, names)
        show_breakdowns(chosen, task, metrics[0], names)
        show_failures(chosen, task)
        show_counterfactuals(chosen, task, metrics[0], names)
        with notes:
            address.show_notes()


def choose_group(
    address: Address, chosen: Benchmark, task: TaskRow, applying: Sequence[str]
) -> str:
    """Let the reader choose one kind of the metrics that apply, at first that of the metric that
    the address names.
    """
    asked = st.query_params.get("metric", task.headline)
    groups = dict.fromkeys(chosen.metrics[name].grouping for name in applying)
    return address.choose(
        "Metrics",
        "group",
        {name: GROUPS.get(name, name) for name in groups},
        clears=("metric",),
        width=220,
        default=chosen.metrics[asked if asked in applying else applying[0]].grouping,
    )


def choose_first_metric(
    address: Address, chosen: Benchmark, task: TaskRow, applying: Sequence[str], group: str
) -> list[MetricRow]:
    """Return the metrics of a kind, the one first by which the reader wants to sort and to break
    down.
    """
    metrics = [chosen.metrics[name] for name in applying if chosen.metrics[name].grouping == group]
    first = address.choose(
        "Sort and break down by",
        "metric",
        {metric.name: plain(metric.title) for metric in metrics},
        default=task.headline,
        width=260,
    )
    return sorted(metrics, key=lambda metric: metric.name != first)


def by_metric(board: BoardFrame, metric: MetricRow) -> pd.Index[str]:
    """Return the ids of all systems, the best by a metric first, those without a value last."""
    everyone = pd.Series(True, index=board.systems.index)
    return arranged(
        board,
        everyone,
        board.cells["value"][metric.name],
        descending=metric.higher_is_better is not False,
    )


def names_of(board: BoardFrame, rows: pd.Index[str]) -> dict[str, str]:
    """Return the names of systems by id, in the order of `rows`."""
    return {str(key): str(name) for key, name in board.systems.loc[rows, SYSTEM].items()}


def say_who_leads(board: BoardFrame, rows: pd.Index[str], metric: MetricRow) -> None:
    """Say how the table is sorted, and who is first."""
    foremost = "highest" if metric.higher_is_better is None else "best"
    st.caption(
        f"Sorted by **{markdown(metric.title)}**, {foremost} first; blanks last. {better(metric)} "
        f"{who_wins(board, rows, metric)}"
    )


def who_wins(board: BoardFrame, rows: pd.Index[str], metric: MetricRow) -> str:
    """Return the best system with its interval, and who cannot be told apart from it by the
    intervals.
    """
    values = board.cells["value"].loc[rows, metric.name].dropna()
    if metric.higher_is_better is None or len(values) < 2:
        return ""
    digits = decimals(metric)
    best = values.index[0]
    ahead = abs(float(values.iloc[0] - values.iloc[1]))
    # A lead that the table does not show must not be claimed in words.
    if round(ahead, digits) == 0:
        return "Nobody leads: the first have the same value."
    low, high = (board.cells[end].loc[:, metric.name] for end in ("low", "high"))
    overlap = (high[values.index] >= low[best]) & (low[values.index] <= high[best])
    others = int(overlap.sum()) - 1
    doubt = (
        f" The intervals of {others} of {len(values) - 1} other systems overlap its own."
        if pd.notna(low[best])
        else ""
    )
    return (
        f"**{markdown(board.systems.loc[best, SYSTEM])}** leads with"
        f" {number(float(values.iloc[0]), digits)}, {number(ahead, digits)} from the next.{doubt}"
        " Whether two differ is tested under Compare, with what they share taken into account."
    )


def show_systems(chosen: Benchmark, metrics: Sequence[MetricRow], table: Table, title: str) -> None:
    """Draw a row a system, with how far each metric can be believed above its head where anybody
    has rated.
    """
    known = {metric.name: chosen.believed(metric).short for metric in metrics}
    over = over_each(table, known) if any(known.values()) else None
    draw_systems(widened(table, over) if over else table, chosen.name, title, over)


def offer_elsewhere(
    chosen: Benchmark,
    task: TaskRow,
    metrics: Sequence[MetricRow],
    table: Table,
    title: str,
    group: str,
) -> None:
    """Offer the table's export, and the way to the task's examples."""
    signatures = [
        signature
        for metric in metrics
        for signature in queries.signatures(chosen.release, metric.name, (task.id,))
    ]
    export_menu(chosen, title, table, signatures, task=task_name(task), group=group)
    st.page_link(
        "site/pages/explorer.py",
        label="Its examples",
        icon=":material/travel_explore:",
        query_params={"benchmark": chosen.name, "task": task.id},
    )


def explain(metrics: Sequence[MetricRow]) -> None:
    """Say what metrics measure, and how far to believe them."""
    with st.expander("What these metrics measure, and how far to believe them"):
        for metric in metrics:
            st.markdown(f"**{markdown(metric.title)}.** {' '.join(metric_help(metric).split())}")


def show_cells(
    chosen: Benchmark, task: TaskRow, metrics: Sequence[MetricRow], names: Names
) -> None:
    """Draw every cell of the task with its counts and signature, once they are opened."""
    opening = cell_details()
    if opening.open:
        heads = {metric.name: plain(metric.title) for metric in metrics}
        details = queries.details(chosen.release, task=task.id)
        with opening:
            draw(
                detail_table(details, names, heads, "metric", decimals(metrics[0])),
                "Every cell with its counts, interval method and signature",
            )


def show_declaration(task: TaskRow) -> None:
    """Draw what is declared of the task, and what is known to be wrong with it."""
    st.subheader("About the task", anchor=False)
    st.table(card(task), border="horizontal", alt=f"What is declared of {task_name(task)}")
    for problem in task.known_problems:
        st.markdown(f":material/report: {markdown(problem)}")


def card(task: TaskRow) -> dict[str, str]:
    """Return what is declared of a task, and what was imported, as Markdown."""
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


def show_gold(task: TaskRow) -> None:
    """Draw how many examples each gold label has, where they are public."""
    st.subheader("Gold labels", anchor=False)
    if task.classes:
        draw(class_table(task), "Examples of each gold label")
    else:
        st.caption("The gold labels of this task are not public.")


def show_confusions(
    address: Address, chosen: Benchmark, task: TaskRow, board: BoardFrame, names: Names
) -> None:
    """Draw what one system confuses with what, where the gold labels are public."""
    st.subheader("What is confused with what", anchor=False)
    if not task.labels:
        st.caption("A text is asked for here, and no label.")
        return
    if not task.classes:
        st.caption("Not told, because the gold labels of this task are not public.")
        return
    if KINDS[task.kind].takes != ONE:
        rows = queries.breakdowns(chosen.release, task.id)
        st.caption("An answer has several labels here: there is no confusion of one with another.")
        draw(label_table(rows, names), "F1 of each label and system")
        return
    headline = board.cells["value"].get(task.headline, pd.Series(dtype=float))
    # A system that left the task out has an empty matrix.
    answered = {key: name for key, name in names.items() if pd.notna(headline.get(key))}
    if not answered:
        st.caption("No system has a value on this task.")
        return
    first = next((key for key in answered if not board.systems.loc[key, "trivial"]), None)
    system = address.choose("System", "system", answered, default=first, width=320)
    matrix = confusion(task, queries.confusions(chosen.release, task.id, system))
    added = f" Counts are of {matrix.added_up}." if matrix.added_up else ""
    st.caption(
        "Colour is the share of a gold label's examples. An output of which no label could be read"
        f" is “unparsed”.{added}"
    )
    draw_confusion(task, matrix, answered[system])
    draw(
        per_class_table(task, matrix), f"Precision, recall and F1 of each label, {answered[system]}"
    )


def draw_confusion(task: TaskRow, matrix: Confusion, system: str) -> None:
    """Draw the matrix as a picture, and as numbers for those who cannot see it."""
    titles = label_titles(task)
    show(
        confusion_figure(task, matrix),
        f"Confusion matrix of {plain(system)} on {task_name(task)}: gold labels against its"
        " answers",
        f"confusion-{task_name(task)}",
    )
    with st.expander("The same as a table"):
        frame = matrix.counts.rename(index=titles, columns={**titles, UNPARSED: "Unparsed"})
        st.dataframe(
            frame.rename_axis("Gold label"), alt="Counts by gold label (rows) and answer (columns)"
        )


def show_breakdowns(chosen: Benchmark, task: TaskRow, metric: MetricRow, names: Names) -> None:
    """Draw results by attribute, where the task's examples have any."""
    breakdowns = queries.breakdowns(chosen.release, task.id)
    if all(row.attribute == LABEL for row in breakdowns):
        return
    st.subheader("Results by attribute", anchor=False)
    table = breakdown_table(breakdowns, names, metric)
    if table.frame.empty:
        st.caption(f"{markdown(metric.title)} is not broken down by attribute.")
    else:
        draw(table, f"{metric.title} by attribute and system")


def show_failures(chosen: Benchmark, task: TaskRow) -> None:
    """Draw which attributes and tags of the task go with the largest drop, where it has any."""
    rows = queries.drops(chosen.release, chosen.name, task=task.id, system="")
    if not rows:
        return
    metric = chosen.metrics[rows[0].metric]
    st.subheader("Where systems fail", anchor=False)
    st.caption(
        f"**Drop:** {what_a_drop_is(metric)}, {MEAN_DROP}; the largest first. Intervals and tests"
        " draw posts; p (Holm) is over all attributes and tags of the board. A drop goes with a tag,"
        " and need not be caused by it: labels may be distributed otherwise there."
    )
    draw(failure_table(rows, decimals(metric)), f"Where systems fail on {task_name(task)}")
    st.page_link(
        "site/pages/failures.py",
        label="The same of the whole benchmark, and of single systems",
        icon=":material/trending_down:",
        query_params={"benchmark": chosen.name, "metric": metric.name},
    )


def show_counterfactuals(chosen: Benchmark, task: TaskRow, metric: MetricRow, names: Names) -> None:
    """Draw how answers change with what they should not rest on, where such posts were answered."""
    rows = queries.counterfactuals(chosen.release, chosen.name, task.id)
    if not rows:
        return
    st.subheader("Counterfactual posts", anchor=False)
    st.caption(
        "The same posts with a group of people swapped by declared rules, or in another form:"
        f" `{rows[0].task}`. A label that flips, or an explanation that gets worse, rests on what"
        " was swapped. A change is the mean after less the mean before, over pairs; intervals are"
        " over posts, and the worst group's is adjusted for the number of groups."
    )
    titles = {row.name: plain(row.title) for row in chosen.metrics.values()}
    draw(
        counterfactual_table(rows, names, metric.name, titles),
        f"Answers to counterfactual posts of {task_name(task)}",
    )


if __name__ == "__main__":
    main()
