"""Data that a system has seen against data that it has not: by declaration, by protocol, and data set by data set."""

from __future__ import annotations

import streamlit as st

from app.site import data as queries
from app.site.charts import crossing_figure, show
from app.site.page import (
    choose_benchmark,
    close_page,
    export_menu,
    open_page,
    warn_of_demonstration,
)
from app.site.tables.base import better, draw
from app.site.tables.opening import draw_systems
from app.site.tables.parts import (
    QUANTITIES,
    crossing,
    crossing_table,
    generalization_table,
    participation_table,
    say_why_blank,
)
from app.site.url_state import Address
from app.text import markdown, plain
from submissions.benchmarks.protocols import without_reference

NOTIONS = {
    "unseen data set": "Unseen data sets",
    "unseen family": "Unseen kinds of question",
    "unseen platform": "Unseen platforms",
}

address = Address()
current = open_page("Generalization")
with st.container(horizontal=True, vertical_alignment="bottom"):
    chosen = choose_benchmark(address, current, clears=("metric", "against", "sort"))
    name = address.choose(
        "Metric",
        "metric",
        {m.name: plain(m.title) for m in chosen.metrics.values()},
        default=chosen.tasks[0].headline,
    )
    metric = chosen.metrics[name]
    every = queries.generalization(current, chosen.name, name)
    protocols = {row.id: row for row in queries.protocols(current, chosen.name)}
    against = address.choose(
        "Unseen means",
        "against",
        {
            key: title
            for key, title in NOTIONS.items()
            if any(row.notion == key for row in every) or not every
        }
        | {key: f"Protocol: {plain(row.title)}" for key, row in protocols.items()},
        width=300,
        clears=("sort",),
        help="By what each system declares that it was trained on, or by a protocol: the same held-out data for all.",
    )
    protocol = protocols.get(against)
    rows = [
        row
        for row in every
        if row.protocol == against or (not row.protocol and row.notion == against)
    ]
    there = {row.quantity for row in rows}
    quantities = {key: head for key, (head, _) in QUANTITIES.items() if key in there}
    if quantities:
        default = next((key for key in ("adjusted gap", "unseen") if key in quantities), None)
        sort = address.choose("Sort by", "sort", quantities, default=default, width=200)
    actions = st.container(horizontal=True, width="content", vertical_alignment="center")
address.show_notes()
warn_of_demonstration(chosen.tasks, [metric])
names = {row.id: plain(row.system) for row in queries.systems(current, chosen.name)}
st.caption(
    f"**{markdown(metric.title)}.** {better(metric)} A positive gap is what a system loses on data that it has not "
    "seen; the adjusted one has the reference system's values taken off task by task, as tasks differ in difficulty. "
    "Sorted by a gap, the smallest stands first. Intervals are over posts, given these tasks: other tasks would give "
    "other numbers. Declarations are the teams' own."
)
if protocol is not None:
    held = [*protocol.held_out_datasets, *protocol.held_out_platforms]
    st.caption(
        f"{markdown(protocol.description)} Held out: {', '.join(markdown(str(what)) for what in held)}. "
        f"Reference: {markdown(protocol.reference or 'none')}."
    )
elif not protocols:
    st.caption(f"No adjusted gap: {markdown(without_reference(chosen.name), 300)}.")
if rows:
    table = generalization_table(rows, names, metric, sort)
    draw_systems(table, chosen.name, f"Seen and unseen data: {metric.title}")
    say_why_blank(table)
    with actions:
        signed = queries.signatures(current, metric.name, tuple(task.id for task in chosen.tasks))
        export_menu(
            chosen,
            f"Generalization, {metric.title}",
            table,
            signed,
            metric=name,
            against=plain(against),
        )
else:
    st.info(
        "This release states nothing of this. A system is in it once its `submission.toml` declares "
        "`trained_on`, and once "
        "it has both seen and unseen tasks."
    )
if protocol is not None:
    st.subheader("Who takes part", anchor=False)
    draw(
        participation_table(queries.participation(current, protocol.id), names),
        "Who takes part in the protocol, and why others do not",
    )

st.subheader("Trained on one data set, tested on each", anchor=False)
cross = queries.cross_dataset(current, chosen.name, name)
if cross:
    st.caption(
        f"{markdown(metric.title)} of systems that declare exactly one source data set, by a name that the "
        "tasks know; where several do, the picture "
        "shows their mean."
    )
    show(
        crossing_figure(crossing(cross)),
        f"{metric.title} by data set trained on and data set tested on; the table below has the numbers",
        f"crossing-{name}",
    )
    draw(crossing_table(cross, names, metric), "Trained on and tested on, system by system")
else:
    st.caption(
        "No system on this board declares exactly one source data set, by a name that the tasks know."
    )
close_page()
