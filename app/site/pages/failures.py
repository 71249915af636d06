"""Where systems fail: the tags and attributes of a whole benchmark, ranked by the drop that goes
with them, of all systems together or of one.

Drops of unlike metrics are no order: the tasks of one headline metric are ranked at a time.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app.chosen import largest_drop_first
from app.site import data as queries
from app.site.charts import MOST, draw_line, interval_figure, show
from app.site.page import (
    Benchmark,
    action_row,
    choose_benchmark,
    control_row,
    end_page,
    export_menu,
    release_page,
    warn_of_demonstration,
)
from app.site.tables.base import draw, task_name
from app.site.tables.failures import MEAN_DROP, failure_table, what_a_drop_is
from app.site.url_state import Address
from app.text import decimals, plain
from submissions.releasing.by_name import TAG
from submissions.releasing.drops import EVERY_SYSTEM
from submissions.store.released.scored_rows import DropRow, MetricRow
from submissions.wording import counted


def main() -> None:
    """Draw the page."""
    address = Address()
    with release_page("Where systems fail") as current:
        with control_row():
            chosen = choose_benchmark(address, current, clears=("metric", "system"))
            together = queries.drops(current, chosen.name, system=EVERY_SYSTEM)
            if together:
                metric = choose_headline(address, chosen, together)
                system = choose_system(address, chosen)
                actions = action_row()
        address.show_notes()
        if not together:
            warn_of_demonstration(chosen.tasks, [])
            say_nothing_is_tagged()
        warn_of_demonstration(chosen.tasks, [metric])
        own = queries.drops(current, chosen.name, system=system) if system else together
        rows = [row for row in own if row.metric == metric.name]
        if not rows:
            st.info("This system has no value on a task with attributes or tags.")
            end_page()
        say_what_drops_are(metric, system)
        whose = chosen.system_names()[system] if system else "all systems together"
        show_drops(chosen, metric, rows, whose)
        table = failure_table(
            rows, decimals(metric), {task.id: task_name(task) for task in chosen.tasks}
        )
        draw(table, f"Where systems fail on {chosen.name}, {metric.title}: {whose}")
        with actions:
            export_menu(
                chosen,
                f"Where systems fail, {metric.title}: {whose}",
                table,
                queries.signatures(
                    current, metric.name, tuple(dict.fromkeys(row.task for row in rows))
                ),
                metric=metric.name,
                **({"system": whose} if system else {}),
            )


def choose_headline(address: Address, chosen: Benchmark, drops: Sequence[DropRow]) -> MetricRow:
    """Let the reader choose among the headline metrics of the tasks that have drops, at first that
    of most of them.
    """
    parts = [row.metric for row in drops]
    names = sorted(dict.fromkeys(parts), key=lambda name: -parts.count(name))
    titles = {name: plain(chosen.metrics[name].title) for name in names}
    asked = address.choose(
        "Metric", "metric", titles, help="The headline metric of the tasks that are ranked."
    )
    return chosen.metrics[asked]


def choose_system(address: Address, chosen: Benchmark) -> str:
    """Let the reader choose a system by id, or all together: `EVERY_SYSTEM`."""
    able = {key: plain(row.system) for key, row in chosen.systems().items() if not row.trivial}
    return address.choose("System", "system", {EVERY_SYSTEM: "All together"} | able, width=260)


def say_nothing_is_tagged() -> None:
    """Say that there is nothing to rank, and what would change that; end the page."""
    st.info(
        "No task of this benchmark has an attribute or tag on ten examples or more, with ten or"
        " more without it. A maintainer adds tags by `reasonboard tags import`, and the next"
        " release ranks them."
    )
    end_page()


def say_what_drops_are(metric: MetricRow, system: str) -> None:
    """Explain the numbers."""
    of = "of this system" if system else MEAN_DROP
    st.caption(
        f"**Drop:** {what_a_drop_is(metric)}, {of}; the largest first. Intervals and tests draw"
        " posts; p (Holm) is over all attributes and tags of the benchmark. A drop goes with a tag,"
        " and need not be caused by it: labels may be distributed otherwise there."
    )


def show_drops(chosen: Benchmark, metric: MetricRow, rows: Sequence[DropRow], whose: str) -> None:
    """Draw the largest drops with their intervals, beside none at all."""
    valued = [row for row in largest_drop_first(rows) if row.value is not None][:MOST]
    if not valued:
        return
    names = {task.id: task_name(task) for task in chosen.tasks}
    frame = pd.DataFrame(
        [
            {
                "name": f"{names[row.task]}, {row.attribute}: {row.attribute_value}",
                "group": "Tag" if row.attribute == TAG else "Attribute",
                "value": row.value,
                "low": row.low,
                "high": row.high,
            }
            for row in valued
        ]
    ).astype({"low": float, "high": float})
    chart = interval_figure(frame, f"Drop of {metric.title}", decimals(metric))
    ends = (-0.5, len(frame) - 0.5)
    draw_line(chart, 0.0, ends, "no drop", decimals(metric), upright=True)
    if len(valued) == MOST:
        st.caption(f"The first {counted(MOST, 'row')} of the table.")
    show(
        chart,
        f"The largest drops of {metric.title} on {chosen.name}, {whose}, with 95% intervals; the"
        " table below has the numbers",
        f"failures-{metric.name}",
    )


if __name__ == "__main__":
    main()
