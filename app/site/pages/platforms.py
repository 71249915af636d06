"""Results by where posts were written and by how they were labelled, and the fixed contrasts
between these.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.chosen import tasks_by_part
from app.site import data as queries
from app.site.charts import MOST, interval_figure, show
from app.site.page import (
    Benchmark,
    action_row,
    choose_benchmark,
    choose_metric,
    control_row,
    end_page,
    export_menu,
    release_page,
    say_what_is_missing,
    warn_of_demonstration,
)
from app.site.tables.base import Table, task_name
from app.site.tables.parts import (
    RAW,
    contrast_names,
    part_names,
    part_title,
    platform_table,
    say_why_blank,
)
from app.site.tables.reported import parts_table, show_reported
from app.site.tables.system_links import draw_systems
from app.site.url_state import Address
from app.text import better, decimals, markdown, plain
from submissions.benchmarks.protocols import without_reference
from submissions.store.released.scored_rows import MetricRow, PlatformRow


def main() -> None:
    """Draw the page."""
    address = Address()
    with release_page("Platforms") as current:
        with control_row():
            chosen = choose_benchmark(address, current, clears=("metric", "reference", "sort"))
            metric = choose_metric(address, chosen)
            rows = queries.platforms(current, chosen.name, metric.name)
            reference = choose_reference(address, rows)
            sort = choose_order(address, rows)
            actions = action_row()
        address.show_notes()
        warn_of_demonstration(chosen.tasks, [metric])
        say_what_is_shown(chosen, metric, rows)
        say_what_is_missing(chosen)
        if not rows:
            st.info(
                "This release states nothing by platform for this metric. A newer release will,"
                " once one is published."
            )
            end_page()
        table = platform_table(rows, chosen.system_names(), metric, reference, sort)
        show_platforms(chosen, metric, table, actions)
        say_which_tasks(chosen, part_names(rows))
        show_side_by_side(chosen, metric, rows, reference, table)
        show_reported(
            address,
            reported_by_part(chosen, metric, part_names(rows)),
            f"{metric.title} by platform as papers report it, a mean where each task is printed",
        )


def reported_by_part(chosen: Benchmark, metric: MetricRow, parts: Sequence[str]) -> Table:
    """Return what papers print, meaned over the tasks of each part that they print whole."""
    tasks = {
        part: [task.id for task in of_part]
        for part, of_part in tasks_by_part(chosen.tasks, parts).items()
    }
    printed = queries.reported(chosen.release, chosen.name, metric.name)
    return parts_table(printed, tasks, {part: part_title(part) for part in parts})


def choose_reference(address: Address, rows: Sequence[PlatformRow]) -> str:
    """Let the reader choose values as they are, or less those of a reference system."""
    references = {RAW: "Values as they are"} | {
        row.reference: f"Less {plain(row.reference)}, task by task" for row in rows if row.reference
    }
    return address.choose(
        "Values",
        "reference",
        references,
        width=300,
        clears=("sort",),
        help=(
            "Tasks differ in difficulty: what a pinned reference system reaches on a task may be"
            " subtracted first."
        ),
    )


def choose_order(address: Address, rows: Sequence[PlatformRow]) -> str:
    """Let the reader choose the column that the table is sorted by; "" where there is none."""
    if not rows:
        return ""
    columns = (*part_names(rows), *contrast_names(rows))
    return address.choose(
        "Sort by", "sort", {part: part_title(part) for part in columns}, width=200
    )


def say_what_is_shown(chosen: Benchmark, metric: MetricRow, rows: Sequence[PlatformRow]) -> None:
    """Explain the numbers, and why none has a reference's taken off where that is so."""
    st.caption(
        f"**{markdown(metric.title)}**, mean over the tasks of each kind. {better(metric)} Platform"
        " is confounded with task: a benchmark has few sets of tweets or of text messages, so a"
        " gap between platforms may be one between questions."
    )
    if rows and not any(row.reference for row in rows):
        st.caption(
            f"No values less a reference's: {markdown(without_reference(chosen.name), 300)}."
        )


def show_platforms(
    chosen: Benchmark, metric: MetricRow, table: Table, actions: DeltaGenerator
) -> None:
    """Draw the table, a row a system, with its export among the actions."""
    draw_systems(table, chosen.name, f"{metric.title} by platform and by annotation")
    say_why_blank(table)
    with actions:
        export_menu(
            chosen,
            f"{metric.title} by platform",
            table,
            chosen.signatures(metric),
            metric=metric.name,
        )


def say_which_tasks(chosen: Benchmark, parts: Sequence[str]) -> None:
    """Name the tasks behind each column."""
    st.caption(
        "; ".join(
            f"**{markdown(part_title(part))}:** {', '.join(markdown(task_name(task)) for task in tasks)}"
            for part, tasks in tasks_by_part(chosen.tasks, parts).items()
            if tasks
        )
        + "."
    )


def show_side_by_side(
    chosen: Benchmark,
    metric: MetricRow,
    rows: Sequence[PlatformRow],
    reference: str,
    table: Table,
) -> None:
    """Draw the platforms' values of the first systems of the table, in its order."""
    drawn = values_by_platform(chosen, rows, reference)
    if drawn.empty:
        return
    order = {name: place for place, name in enumerate(table.frame["system"])}
    # Several platforms a system: fewer systems fit than in a figure of means.
    drawn = drawn[drawn["name"].map(order) < MOST // 2].sort_values(
        "name", key=lambda names: names.map(order), kind="stable"
    )
    st.subheader("Platforms side by side", anchor=False)
    show(
        interval_figure(
            drawn.astype({"low": float, "high": float}), metric.title, decimals(metric)
        ),
        f"{metric.title} of each system by platform, with 95% intervals",
        f"platforms-{metric.name}",
    )


def values_by_platform(
    chosen: Benchmark, rows: Sequence[PlatformRow], reference: str
) -> pd.DataFrame:
    """Return what `interval_figure` draws: a row a system and platform, platforms in the table's
    order.
    """
    names = chosen.system_names()
    parts = part_names(rows)
    platforms = {task.platform for task in chosen.tasks}
    return pd.DataFrame(
        [
            {
                "name": names[row.system],
                "group": part_title(row.part),
                "value": row.value,
                "low": row.low,
                "high": row.high,
            }
            for row in sorted(
                rows, key=lambda row: parts.index(row.part) if row.part in parts else -1
            )
            if row.reference == reference and row.part in platforms and row.value is not None
        ]
    )


if __name__ == "__main__":
    main()
