"""Data that a system has seen against data that it has not: by declaration, by protocol, and data
set by data set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.site import data as queries
from app.site.charts import crossing_figure, show
from app.site.page import (
    Benchmark,
    action_row,
    choose_benchmark,
    choose_metric,
    control_row,
    export_menu,
    release_page,
    warn_of_demonstration,
)
from app.site.tables.base import draw
from app.site.tables.parts import (
    QUANTITIES,
    crossing,
    crossing_table,
    generalization_table,
    participation_table,
    say_why_blank,
)
from app.site.tables.reported import crossing_of, reported_table, show_reported
from app.site.tables.system_links import draw_systems
from app.site.url_state import Address
from app.text import better, markdown, plain
from submissions.benchmarks.protocols import without_reference
from submissions.store.released.reported_rows import ReportedRow
from submissions.store.released.scored_rows import GeneralizationRow, MetricRow, ProtocolRow

NOTIONS = {
    "unseen data set": "Unseen data sets",
    "unseen family": "Unseen kinds of question",
    "unseen platform": "Unseen platforms",
}


def main() -> None:
    """Draw the page."""
    address = Address()
    with release_page("Generalization") as current:
        with control_row():
            chosen = choose_benchmark(address, current, clears=("metric", "against", "sort"))
            metric = choose_metric(address, chosen)
            every = queries.generalization(current, chosen.name, metric.name)
            protocols = {row.id: row for row in queries.protocols(current, chosen.name)}
            against = choose_notion(address, every, protocols)
            rows = rows_by(every, against)
            sort = choose_order(address, rows)
            actions = action_row()
        address.show_notes()
        warn_of_demonstration(chosen.tasks, [metric])
        say_what_a_gap_is(metric)
        say_which_protocol(protocols.get(against), protocols, chosen)
        if rows:
            show_gaps(chosen, metric, rows, sort, against, actions)
        else:
            st.info(
                "This release states nothing of this. A system is in it once its `submission.toml`"
                " declares `trained_on`, and once it has both seen and unseen tasks."
            )
        if against in protocols:
            show_participants(chosen, protocols[against])
        show_crossing(chosen, metric)
        show_printed(address, chosen, metric)


def choose_notion(
    address: Address, every: Sequence[GeneralizationRow], protocols: Mapping[str, ProtocolRow]
) -> str:
    """Let the reader choose what unseen means: a notion that has rows, or a protocol by its id."""
    notions = {
        notion: title
        for notion, title in NOTIONS.items()
        # Where there is nothing at all every notion is offered: the page then says what is
        # missing.
        if any(row.notion == notion for row in every) or not every
    }
    return address.choose(
        "Unseen means",
        "against",
        notions | {key: f"Protocol: {plain(row.title)}" for key, row in protocols.items()},
        width=300,
        clears=("sort",),
        help=(
            "By what each system declares that it was trained on, or by a protocol: the same"
            " held-out data for all."
        ),
    )


def rows_by(every: Sequence[GeneralizationRow], against: str) -> list[GeneralizationRow]:
    """Return the rows of a protocol, by its id, or of a notion that needs none."""
    return [
        row
        for row in every
        if row.protocol == against or (not row.protocol and row.notion == against)
    ]


def choose_order(address: Address, rows: Sequence[GeneralizationRow]) -> str:
    """Let the reader choose the quantity that the table is sorted by; "" where there is none."""
    stated = {row.quantity for row in rows}
    quantities = {key: head for key, (head, _) in QUANTITIES.items() if key in stated}
    if not quantities:
        return ""
    default = next((key for key in ("adjusted gap", "unseen") if key in quantities), None)
    return address.choose("Sort by", "sort", quantities, default=default, width=200)


def say_what_a_gap_is(metric: MetricRow) -> None:
    """Explain the table's numbers and their order."""
    st.caption(
        f"**{markdown(metric.title)}.** {better(metric)} A positive gap is what a system loses on"
        " data that it has not seen; the adjusted one has the reference system's values taken off"
        " task by task, as tasks differ in difficulty. Sorted by a gap, the smallest stands first."
        " Intervals are over posts, given these tasks: other tasks would give other numbers."
        " Declarations are the teams' own."
    )


def say_which_protocol(
    protocol: ProtocolRow | None, protocols: Mapping[str, ProtocolRow], chosen: Benchmark
) -> None:
    """Describe the chosen protocol; say so where the benchmark has none."""
    if protocol is not None:
        held_out = [*protocol.held_out_datasets, *protocol.held_out_platforms]
        st.caption(
            f"{markdown(protocol.description)} Held out:"
            f" {', '.join(markdown(str(name)) for name in held_out)}. Reference:"
            f" {markdown(protocol.reference or 'none')}."
        )
    elif not protocols:
        st.caption(f"No adjusted gap: {markdown(without_reference(chosen.name), 300)}.")


def show_gaps(
    chosen: Benchmark,
    metric: MetricRow,
    rows: Sequence[GeneralizationRow],
    sort: str,
    against: str,
    actions: DeltaGenerator,
) -> None:
    """Draw seen against unseen data, a row a system, with its export among the actions."""
    table = generalization_table(rows, chosen.system_names(), metric, sort)
    draw_systems(table, chosen.name, f"Seen and unseen data: {metric.title}")
    say_why_blank(table)
    with actions:
        export_menu(
            chosen,
            f"Generalization, {metric.title}",
            table,
            chosen.signatures(metric),
            metric=metric.name,
            against=plain(against),
        )


def show_participants(chosen: Benchmark, protocol: ProtocolRow) -> None:
    """Draw who takes part in a protocol, and why others do not."""
    st.subheader("Who takes part", anchor=False)
    rows = queries.participation(chosen.release, protocol.id)
    draw(
        participation_table(rows, chosen.system_names()),
        "Who takes part in the protocol, and why others do not",
    )


def show_crossing(chosen: Benchmark, metric: MetricRow) -> None:
    """Draw systems trained on a single data set against the data sets that they are tested on."""
    st.subheader("Trained on one data set, tested on each", anchor=False)
    cross = queries.cross_dataset(chosen.release, chosen.name, metric.name)
    if not cross:
        st.caption(
            "No system on this board declares exactly one source data set, by a name that the tasks"
            " know."
        )
        return
    st.caption(
        f"{markdown(metric.title)} of systems that declare exactly one source data set, by a name"
        " that the tasks know; where several do, the picture shows their mean."
    )
    show(
        crossing_figure(crossing(cross)),
        f"{metric.title} by data set trained on and data set tested on; the table below has the"
        " numbers",
        f"crossing-{metric.name}",
    )
    draw(
        crossing_table(cross, chosen.system_names(), metric),
        "Trained on and tested on, system by system",
    )


def show_printed(address: Address, chosen: Benchmark, metric: MetricRow) -> None:
    """Draw what papers print of the benchmark, with what was tuned on a single data set as a
    picture.
    """
    printed = queries.reported(chosen.release, chosen.name, metric.name)
    table = reported_table(printed, chosen.tasks)
    if show_reported(address, table, f"{metric.title} as papers report it"):
        show_printed_crossing([cell for row in printed for cell in row.cells], metric.name)


def show_printed_crossing(cells: Sequence[ReportedRow], name: str) -> None:
    """Draw trained on and tested on, as papers print it."""
    crossed = crossing_of(cells)
    if crossed.empty:
        return
    st.caption(
        "Tuned on one data set and tested on each, as printed; the last rows are what the same table"
        " holds that against."
    )
    show(
        crossing_figure(crossed),
        "Data set tuned on by data set tested on, as a paper prints it; the table has the numbers",
        f"reported-crossing-{name}",
    )


if __name__ == "__main__":
    main()
