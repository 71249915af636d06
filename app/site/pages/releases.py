"""The releases: what each changed and why, and how the ranks of selected systems went.

A release is of all benchmarks at once, so the list of releases stands above the choice of a
benchmark; what stands below that choice is of the one benchmark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import pandas as pd
import streamlit as st

from app.site import data as queries
from app.site.charts import rank_figure, show
from app.site.data import Served
from app.site.page import (
    Benchmark,
    choose_benchmark,
    choose_metric,
    control_row,
    export_menu,
    release_page,
    warn_of_demonstration,
)
from app.site.tables.base import Table, draw, tabulate
from app.site.tables.changes import change_table, meanings, on_benchmark, summary
from app.site.tables.validity import metric_titles
from app.site.tables.wrapping import row_height
from app.site.url_state import Address
from app.text import markdown, plain
from submissions.store.released.scored_rows import MetricRow

FIRST = 5  # systems that are drawn until somebody chooses
LONG, HEIGHT = 8, 420  # releases after which the list scrolls, in how many pixels


def main() -> None:
    """Draw the page."""
    address = Address()
    with release_page("Releases") as current:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("Every release is of all benchmarks at once.", width="content")
            actions = st.container(horizontal=True, width="content")
        history = history_table(current)
        draw_history(history)
        st.subheader(f"What release {queries.release(current).number} changed", anchor=False)
        chosen = choose_benchmark(address, current, clears=("metric", "system"))
        notes = st.container()
        with actions:
            # The list is of no single benchmark, and its file must not say so.
            every_board = replace(chosen, name="all benchmarks", tasks=[], metrics={})
            export_menu(every_board, "Releases", history)
        show_changes(chosen)
        st.subheader("Ranks through the releases", anchor=False)
        with control_row():
            metric = choose_metric(address, chosen, width=230)
            picked = choose_systems(address, chosen, metric)
        with notes:
            address.show_notes()
            warn_of_demonstration(chosen.tasks, [metric])
        show_ranks(chosen, metric, picked)


def history_table(current: Served) -> Table:
    """Return a row a release, the newest first."""
    rows = (
        {
            "release": row.number,
            "date": row.created_at[:10],
            "author": plain(row.author),
            "reason": plain(row.reason, 500),
        }
        for row in sorted(queries.history(current), key=lambda row: -row.number)
    )
    return tabulate(rows, {"release": "Release", "date": "Date", "author": "By", "reason": "Why"})


def draw_history(table: Table) -> None:
    """Draw the releases with their reasons in full: sentences, which a grid would cut off."""
    texts = (
        table.frame.astype(str)
        .map(lambda text: markdown(text, 500))
        .rename(columns=dict(table.columns))
    )
    with st.container(height=HEIGHT if len(texts) > LONG else "content"):
        st.table(
            texts.set_index("Release"), border="horizontal", alt="The releases and their reasons"
        )


def show_changes(chosen: Benchmark) -> None:
    """Draw what the release changed on a benchmark, or say that it changed nothing there."""
    every = queries.changes(chosen.release)
    changes = on_benchmark(every, chosen.name)
    if not every:
        st.caption(
            "Nothing against the release before it, or it is the first. Choose another above under"
            " “Release”."
        )
        return
    if not changes:
        others = ", ".join(markdown(name) for name in dict.fromkeys(row.benchmark for row in every))
        st.caption(f"Nothing on {markdown(chosen.name)}. It changed something on {others}.")
        return
    st.caption("  \n".join(filter(None, (markdown(summary(changes)), markdown(meanings(changes))))))
    table = change_table(changes, metric_titles(chosen.metrics.values()))
    texts = table.frame[table.names].to_numpy().ravel()
    draw(
        table,
        f"What the release changed on {chosen.name}, cell by cell, and why",
        row_height=row_height(texts),
    )


def choose_systems(address: Address, chosen: Benchmark, metric: MetricRow) -> list[str]:
    """Let the reader choose systems, by name; the best are shown at first, trivial baselines after
    all others.
    """
    systems = {key: row.system for key, row in chosen.systems().items()}
    board = chosen.board(metric.name)
    ranked = board.overall["rank"].dropna().sort_values(kind="stable").index
    best = sorted(ranked, key=lambda key: bool(board.systems.loc[key, "trivial"]))[:FIRST]
    return address.several(
        f"Systems of {plain(chosen.name)}",
        "system",
        {name: plain(name) for name in systems.values()},
        default=[systems[key] for key in best],
        at_most=6,
        placeholder="Choose up to six",
    )


def show_ranks(chosen: Benchmark, metric: MetricRow, systems: Sequence[str]) -> None:
    """Draw the ranks of systems, by name, release by release: as a chart once there is more than
    one release.
    """
    numbers = sorted(queries.releases(queries.served()))
    ranks = ranks_by_release(chosen, metric, systems, numbers)
    table = Table(
        ranks,
        {"release": "Release", "name": "System", "rank": "Rank", "low": "From", "high": "To"},
    )
    if not ranks["rank"].notna().any():
        st.caption("No system chosen here has had a rank by this metric.")
    elif len(numbers) > 1:
        st.caption(
            "The best rank is on top; the bars show the ranks that the tests allow. A gap: no rank"
            " in that release."
        )
        figure = rank_figure(ranks.astype({"rank": float, "low": float, "high": float}))
        show(figure, "Ranks of the chosen systems by release", "ranks")
        with st.expander("The same as a table"):
            draw(table, "Ranks by release")
    else:
        st.caption(
            "From and to: the ranks that the tests allow. With the next release a chart will stand"
            " here."
        )
        draw(table, "Ranks by release")


def ranks_by_release(
    chosen: Benchmark, metric: MetricRow, systems: Sequence[str], numbers: Sequence[int]
) -> pd.DataFrame:
    """Return a row a release, by number, and system: its rank there, and from which to which the
    tests allow.
    """
    rows = []
    for number, system in product(numbers, systems):
        _, mean = queries.standing(queries.served(number), chosen.name, metric.name, system)
        ranks = (mean.rank, mean.rank_low, mean.rank_high) if mean else (None, None, None)
        rows.append((number, plain(system), *ranks))
    return pd.DataFrame(rows, columns=["release", "name", "rank", "low", "high"])


if __name__ == "__main__":
    main()
