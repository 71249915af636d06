"""One system: what its team says of it, its results task by task, its weak spots, and how it changed."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app.site import data as queries
from app.site.page import (
    cell_details,
    choose_benchmark,
    close_page,
    export_menu,
    open_page,
    warn_of_demonstration,
)
from app.site.tables.base import LEFT_OUT, detail_table, draw, version
from app.site.tables.board_frame import trained_on, worst_of
from app.site.tables.confusion import confusion
from app.site.tables.system import profile_table, version_table, weak_spots, why_no_spots
from app.site.url_state import Address
from app.text import interval, markdown, number, plain, size, web_link
from submissions.store.release_rows import SystemRow
from submissions.wording import counted


def declared(system: SystemRow) -> dict[str, str]:
    """What the team says of it; what it does not say is "unknown"."""
    link = web_link(system.links or ())
    lines = {
        "Description": system.description,
        "Version": version(system),
        "Method": system.method,
        "Base model": system.base_model,
        "Parameters": size(system.parameters),
        "Prompts": system.prompt_strategy,
        "Trained on": trained_on(system),
        "Licence": system.licence,
        "Received": system.received_at[:10],
        "Outputs": f"{counted(system.n_rows, 'row')}; verified: scored here from them",
    }
    meant = (system.training or {}).get("datasets", [])
    if not set(meant) <= set(system.trained_on or []):
        lines["Trained on"] += f"; read as: {', '.join(map(str, meant))}"
    return {name: markdown(text) or "unknown" for name, text in lines.items()} | (
        {"Link": f"<{link}>"} if link and not set(link) & set("<>") else {}
    )


def span_of_ranks(low: float, high: float) -> str:
    """The ranks that the tests allow besides the value's own."""
    return "no other" if low == high else f"{low:.0f} to {high:.0f}"


address = Address()
current = open_page("Systems")
with st.container(horizontal=True, vertical_alignment="bottom"):
    chosen = choose_benchmark(address, current, clears=("system", "metric"))
    rows = {row.id: row for row in queries.systems(current, chosen.name)}
    headline = chosen.tasks[0].headline
    ranks = queries.board(current, chosen.name, headline).overall["rank"]
    options = {
        key: plain(rows[key].system)
        for key in ranks.sort_values(kind="stable", na_position="last").index
    }
    first = next((key for key in options if not rows[key].trivial), None)
    system = rows[address.choose("System", "system", options, default=first, width=330)]
    actions = st.container(horizontal=True, width="content", vertical_alignment="center")
address.show_notes()
warn_of_demonstration(chosen.tasks, list(chosen.metrics.values()))
st.subheader(markdown(system.system), anchor=False)

board = queries.board(current, chosen.name, headline)
mean: dict[Any, Any] = board.overall.loc[system.id].to_dict()
unparsed, asked, repetitions = (
    board.cells[name].T[system.id] for name in ("n_unparsed", "asked", "repetitions")
)
rank = f"no rank: such systems {LEFT_OUT}"
if pd.notna(mean["rank"]):
    rank = f"rank {mean['rank']:.0f}"
    rank += (
        f" (the tests allow {span_of_ranks(mean['rank_low'], mean['rank_high'])})"
        if pd.notna(mean["rank_low"])
        else ""
    )
doubt = (
    f" ({interval(float(mean['low']), float(mean['high']), 3)})"
    if mean["low"] == mean["low"]
    else ""
)
if mean["value"] == mean["value"]:
    st.caption(
        f"{markdown(chosen.metrics[headline].title)}, mean of {mean['covered']:.0f} of "
        f"{counted(int(mean['total']), 'task')}: "
        f"**{number(float(mean['value']), 3)}**{doubt}, {rank}. Labels read from {asked.sum() - unparsed.sum():.0f} of "
        f"{counted(int(asked.sum()), 'output')}{worst_of(repetitions.max())}."
        f"{' A trivial baseline: it reads no post.' if system.trivial else ''}"
    )
details = queries.details(current, system=system.id)
profile = profile_table(details, chosen.tasks, chosen.metrics, system.parse_rules)
draw(profile, f"Results of {plain(system.system)} by task")
with actions:
    export_menu(
        chosen,
        f"{plain(system.system)} {plain(system.version)}",
        profile,
        system=plain(system.system),
    )
    rival = next((key for key in options if key != system.id), None)
    if rival:
        st.page_link(
            "site/pages/compare.py",
            label="Compare it",
            icon=":material/compare_arrows:",
            query_params=[("benchmark", chosen.name), ("system", system.id), ("system", rival)],
        )

st.subheader("Weak spots", anchor=False)
answered = board.cells["value"].loc[system.id].dropna().index
matrices = {
    task.id: confusion(task, queries.confusions(current, task.id, system.id))
    for task in chosen.tasks
    if task.id in answered
}
spots = weak_spots(board, system.id, chosen.tasks, matrices)
if spots.frame.empty:
    blanks = details[details["metric"] == headline]["why_blank"].dropna().astype(str)
    st.caption(markdown(why_no_spots(board, system.id, chosen.tasks, list(blanks))))
else:
    st.caption(
        "Where it is furthest behind the best system, and the labels that it finds least often. Nothing is tested here: "
        "Compare tests differences."
    )
    draw(spots, "Tasks and labels on which the system does worst")

st.subheader("As its team describes it", anchor=False)
st.table(declared(system), border="horizontal", alt="What the team declares")

st.subheader("Versions and releases", anchor=False)
older = [queries.served(n) for n in queries.releases(queries.served())]
draw(
    version_table(
        [
            (queries.release(of), *queries.standing(of, chosen.name, headline, system.system))
            for of in older
        ]
    ),
    "The system's version, mean and rank in each release",
)
details_open = cell_details()
if details_open.open:
    with details_open:
        for task in chosen.tasks:
            titles = {name: plain(metric.title) for name, metric in chosen.metrics.items()}
            cells = detail_table(
                details[details["task"] == task.id],
                {system.id: plain(system.system)},
                titles,
                "metric",
                3,
            )
            st.caption(markdown(task.title))
            draw(cells, f"Cells on {task.title}")
close_page()
