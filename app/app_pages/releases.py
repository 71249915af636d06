"""The releases: what each changed and why, and how the ranks of selected systems went."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import queries
from app.address import Address
from app.changes import change_table, meanings, summary
from app.charts import rank_figure, show
from app.frame import choose_benchmark, close_page, export_menu, open_page, warn_of_demonstration
from app.tables import Table, draw
from app.text import markdown, plain

FIRST = 5  # systems that are drawn until somebody chooses


def history_table() -> Table:
    """A row a release, the newest first."""
    rows = sorted(queries.history(current), key=lambda row: -row.number)
    frame = pd.DataFrame([
        {"release": row.number, "date": row.created_at[:10], "author": plain(row.author), "reason": plain(row.reason,
        500)}
        for row in rows
    ])  # fmt: skip
    return Table(frame, {"release": "Release", "date": "Date", "author": "By", "reason": "Why"})


address = Address()
current = open_page("Releases")
with st.container(horizontal=True, vertical_alignment="bottom"):
    chosen = choose_benchmark(address, current, clears=("metric", "system"))
    name = address.choose(
        "Metric", "metric", {m.name: plain(m.title) for m in chosen.metrics.values()}, default=chosen.tasks[0].headline,
        width=230,
    )  # fmt: skip
    actions = st.container(horizontal=True, width="content", vertical_alignment="center")
address.show_notes()
warn_of_demonstration(chosen.tasks, [chosen.metrics[name]])
history = history_table()
draw(history, "The releases and their reasons")
with actions:
    export_menu(chosen, "Releases", history)

st.subheader("What this release changed", anchor=False)
changes = queries.changes(current)
if not changes:
    st.caption("Nothing against the release before it, or it is the first. Choose another above under “Release”.")
else:
    titles = {metric.name: plain(metric.title) for metric in chosen.metrics.values()}
    st.caption("  \n".join(filter(None, (markdown(summary(changes)), markdown(meanings(changes))))))
    draw(change_table(changes, titles), "What the release changed, cell by cell, and why")

st.subheader("Ranks through the releases", anchor=False)
systems = {row.system: plain(row.system) for row in queries.systems(current, chosen.name)}
board = queries.board(current, chosen.name, name)
ranked = board.overall["rank"].dropna().sort_values(kind="stable").index
best = sorted(ranked, key=lambda key: bool(board.systems.loc[key, "trivial"]))[:FIRST]
names_of = {row.id: row.system for row in queries.systems(current, chosen.name)}
picked = address.several(
    "Systems", "system", systems, default=[names_of[key] for key in best], at_most=6, placeholder="Choose up to six"
)
numbers = sorted(queries.releases(queries.served()))
rows = [
    {"release": number, "name": plain(system), **queries.ranks(queries.served(number), chosen.name, name, system)}
    for number in numbers
    for system in picked
]
ranks = pd.DataFrame(rows, columns=["release", "name", "rank", "low", "high"])
table = Table(ranks, {"release": "Release", "name": "System", "rank": "Rank", "low": "From", "high": "To"})
if ranks["rank"].notna().any() and len(numbers) > 1:
    st.caption("The best rank is on top; the bars show the ranks that the tests allow. A gap: no rank in that release.")
    figure = rank_figure(ranks.astype({"rank": float, "low": float, "high": float}))
    show(figure, "Ranks of the chosen systems by release", "ranks")
    with st.expander("The same as a table"):
        draw(table, "Ranks by release")
elif ranks["rank"].notna().any():
    st.caption("From and to: the ranks that the tests allow. With the next release a chart will stand here.")
    draw(table, "Ranks by release")
else:
    st.caption("No system chosen here has had a rank by this metric.")
close_page()
