"""Results by where posts were written and by how they were labelled, and the fixed contrasts between these."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.site import data as queries
from app.site.charts import MOST, interval_figure, show
from app.site.page import (
    choose_benchmark,
    close_page,
    export_menu,
    open_page,
    say_what_is_missing,
    warn_of_demonstration,
)
from app.site.tables.base import better, task_name
from app.site.tables.opening import draw_systems
from app.site.tables.parts import (
    RAW,
    contrast_names,
    part_names,
    part_title,
    platform_table,
    say_why_blank,
)
from app.site.url_state import Address
from app.text import decimals, markdown, plain
from submissions.benchmarks.protocols import without_reference

address = Address()
current = open_page("Platforms")
with st.container(horizontal=True, vertical_alignment="bottom"):
    chosen = choose_benchmark(address, current, clears=("metric", "reference", "sort"))
    name = address.choose(
        "Metric",
        "metric",
        {m.name: plain(m.title) for m in chosen.metrics.values()},
        default=chosen.tasks[0].headline,
    )
    metric = chosen.metrics[name]
    rows = queries.platforms(current, chosen.name, name)
    references = {RAW: "Values as they are"} | {
        row.reference: f"Less {plain(row.reference)}, task by task" for row in rows if row.reference
    }
    reference = address.choose(
        "Values",
        "reference",
        references,
        width=300,
        clears=("sort",),
        help="Tasks differ in difficulty: what a pinned reference system reaches on a task may be subtracted first.",
    )
    parts = part_names(rows)
    if rows:
        sort = address.choose(
            "Sort by",
            "sort",
            {part: part_title(part) for part in (*parts, *contrast_names(rows))},
            width=200,
        )
    actions = st.container(horizontal=True, width="content", vertical_alignment="center")
address.show_notes()
warn_of_demonstration(chosen.tasks, [metric])
st.caption(
    f"**{markdown(metric.title)}**, mean over the tasks of each kind. {better(metric)} Platform is confounded "
    f"with task: a "
    "benchmark has few sets of tweets or of text messages, so a gap between platforms may be one between questions."
)
if rows and len(references) == 1:
    st.caption(f"No values less a reference's: {markdown(without_reference(chosen.name), 300)}.")
say_what_is_missing(chosen)
if not rows:
    st.info(
        "This release states nothing by platform for this metric. A newer release will, once one is published."
    )
    close_page()
    st.stop()

names = {row.id: plain(row.system) for row in queries.systems(current, chosen.name)}
table = platform_table(rows, names, metric, reference, sort)
draw_systems(table, chosen.name, f"{metric.title} by platform and by annotation")
say_why_blank(table)
with actions:
    signed = queries.signatures(current, name, tuple(task.id for task in chosen.tasks))
    export_menu(chosen, f"{metric.title} by platform", table, signed, metric=name)
groups = {
    part: [task_name(t) for t in chosen.tasks if part in (t.platform, t.annotation)]
    for part in parts
}
st.caption(
    "; ".join(
        f"**{markdown(part_title(part))}:** {', '.join(map(markdown, tasks))}"
        for part, tasks in groups.items()
        if tasks
    )
    + "."
)

drawn = pd.DataFrame(
    [
        {
            "name": names[row.system],
            "group": part_title(row.part),
            "value": row.value,
            "low": row.low,
            "high": row.high,
        }
        for row in sorted(rows, key=lambda row: parts.index(row.part) if row.part in parts else -1)
        if row.reference == reference
        and row.part in {task.platform for task in chosen.tasks}
        and row.value is not None
    ]
)
if len(drawn):
    order = {name: place for place, name in enumerate(table.frame["system"])}
    drawn = drawn[drawn["name"].map(order) < MOST // 2].sort_values(
        "name", key=lambda n: n.map(order), kind="stable"
    )
    st.subheader("Platforms side by side", anchor=False)
    show(
        interval_figure(
            drawn.astype({"low": float, "high": float}), metric.title, decimals(metric)
        ),
        f"{metric.title} of each system by platform, with 95% intervals",
        f"platforms-{name}",
    )
close_page()
