"""The releases: what each changed and why, and how the ranks of selected systems went.

A release is of all benchmarks at once, so the list of releases stands above the choice of a benchmark; what stands
below that choice is of the one benchmark.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from app.site import data as queries
from app.site.charts import rank_figure, show
from app.site.page import (
    choose_benchmark,
    close_page,
    export_menu,
    open_page,
    warn_of_demonstration,
)
from app.site.tables.base import Table, draw
from app.site.tables.changes import change_table, meanings, on_benchmark, summary
from app.site.tables.validity import metric_titles
from app.site.tables.wrapping import row_height
from app.site.url_state import Address
from app.text import markdown, plain

FIRST = 5  # systems that are drawn until somebody chooses
LONG, HEIGHT = 8, 420  # releases after which the list scrolls, in how many pixels


def history_table() -> Table:
    """A row a release, the newest first."""
    rows = sorted(queries.history(current), key=lambda row: -row.number)
    frame = pd.DataFrame(
        [
            {
                "release": row.number,
                "date": row.created_at[:10],
                "author": plain(row.author),
                "reason": plain(row.reason, 500),
            }
            for row in rows
        ]
    )
    return Table(frame, {"release": "Release", "date": "Date", "author": "By", "reason": "Why"})


def draw_history(table: Table) -> None:
    """The releases with their reasons in full: sentences, which a grid would cut off."""
    texts = (
        table.frame.astype(str)
        .map(lambda text: markdown(text, 500))
        .rename(columns=dict(table.columns))
    )
    with st.container(height=HEIGHT if len(texts) > LONG else "content"):
        st.table(
            texts.set_index("Release"), border="horizontal", alt="The releases and their reasons"
        )


address = Address()
current = open_page("Releases")
with st.container(horizontal=True, vertical_alignment="center"):
    st.caption("Every release is of all benchmarks at once.", width="content")
    actions = st.container(horizontal=True, width="content")
history = history_table()
draw_history(history)

st.subheader(f"What release {queries.release(current).number} changed", anchor=False)
chosen = choose_benchmark(address, current, clears=("metric", "system"))
notes = st.container()
with actions:
    export_menu(replace(chosen, name="all benchmarks", tasks=[], metrics={}), "Releases", history)
every = queries.changes(current)
changes = on_benchmark(every, chosen.name)
if not every:
    st.caption(
        "Nothing against the release before it, or it is the first. Choose another above under “Release”."
    )
elif not changes:
    others = ", ".join(markdown(name) for name in dict.fromkeys(row.benchmark for row in every))
    st.caption(f"Nothing on {markdown(chosen.name)}. It changed something on {others}.")
else:
    titles = metric_titles(chosen.metrics.values())
    st.caption("  \n".join(filter(None, (markdown(summary(changes)), markdown(meanings(changes))))))
    table = change_table(changes, titles)
    texts = table.frame[table.names].to_numpy().ravel()
    draw(
        table,
        f"What the release changed on {chosen.name}, cell by cell, and why",
        row_height=row_height(texts),
    )

st.subheader("Ranks through the releases", anchor=False)
with st.container(horizontal=True, vertical_alignment="bottom"):
    name = address.choose(
        "Metric",
        "metric",
        {m.name: plain(m.title) for m in chosen.metrics.values()},
        default=chosen.tasks[0].headline,
        width=230,
    )
    systems = {row.system: plain(row.system) for row in queries.systems(current, chosen.name)}
    board = queries.board(current, chosen.name, name)
    ranked = board.overall["rank"].dropna().sort_values(kind="stable").index
    best = sorted(ranked, key=lambda key: bool(board.systems.loc[key, "trivial"]))[:FIRST]
    names_of = {row.id: row.system for row in queries.systems(current, chosen.name)}
    picked = address.several(
        f"Systems of {plain(chosen.name)}",
        "system",
        systems,
        default=[names_of[key] for key in best],
        at_most=6,
        placeholder="Choose up to six",
    )
with notes:
    address.show_notes()
    warn_of_demonstration(chosen.tasks, [chosen.metrics[name]])
numbers = sorted(queries.releases(queries.served()))
rows = [
    {
        "release": number,
        "name": plain(system),
        **queries.ranks(queries.served(number), chosen.name, name, system),
    }
    for number in numbers
    for system in picked
]
ranks = pd.DataFrame(rows, columns=["release", "name", "rank", "low", "high"])
table = Table(
    ranks, {"release": "Release", "name": "System", "rank": "Rank", "low": "From", "high": "To"}
)
if ranks["rank"].notna().any() and len(numbers) > 1:
    st.caption(
        "The best rank is on top; the bars show the ranks that the tests allow. A gap: no rank in that release."
    )
    figure = rank_figure(ranks.astype({"rank": float, "low": float, "high": float}))
    show(figure, "Ranks of the chosen systems by release", "ranks")
    with st.expander("The same as a table"):
        draw(table, "Ranks by release")
elif ranks["rank"].notna().any():
    st.caption(
        "From and to: the ranks that the tests allow. With the next release a chart will stand here."
    )
    draw(table, "Ranks by release")
else:
    st.caption("No system chosen here has had a rank by this metric.")
close_page()
