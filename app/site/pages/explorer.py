"""The examples of a task: how many systems got each right, what they explained, and a search in the posts."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from app.site import data as queries
from app.site.examples.explore import FILTERS, choose_rows, explorer_table, overview
from app.site.examples.show import choose_text_metric, show_example
from app.site.page import (
    choose_benchmark,
    close_page,
    export_menu,
    notice_accepted,
    open_page,
    warn_of_demonstration,
)
from app.site.tables.base import draw, task_name
from app.site.tables.side_by_side import Compared
from app.site.url_state import Address, change_view
from app.text import markdown, plain
from submissions.wording import counted, noun_for

ROWS = 100


def pick(key: str, page: pd.DataFrame) -> None:
    """A row was clicked: its example is shown, and is part of the address."""
    found = st.session_state[key]["selection"]["rows"]
    if found and found[0] < len(page):
        change_view(example=f"{task.id}:{page.iloc[found[0]]['example']}")


address = Address()
current = open_page("Explorer")
with st.container(horizontal=True, vertical_alignment="bottom"):
    chosen = choose_benchmark(address, current, clears=("task", "system", "score", "show", "q"))
    tasks = {task.id: task for task in chosen.tasks}
    task = tasks[
        address.choose(
            "Task",
            "task",
            {key: task_name(row) for key, row in tasks.items()},
            clears=("page", "example", "q"),
        )
    ]
    show = address.choose("Show", "show", FILTERS, width=300, clears=("page", "example"))
    score = choose_text_metric(address, chosen.metrics.values(), "")
    actions = st.container(horizontal=True, width="content", vertical_alignment="center")
declared, gold = queries.declared_task(task), queries.examples(current, task)
systems = {row.id: row for row in queries.systems(current, chosen.name)}
warn_of_demonstration([task], [])
found = queries.right_by_example(current, task)
if gold is None or found is None or declared is None or not declared.gold_public:
    address.show_notes()
    st.info(
        "The examples of this task cannot be shown: its gold is not public, is not on this machine, or was corrected "
        "after this release. Choose another task, or the current release."
    )
    close_page()
    st.stop()

trivial = {key for key, row in systems.items() if row.trivial}
frame = overview(gold, found, trivial)
st.subheader(markdown(task.title), anchor=False)
answering = int(frame["of"].max()) if len(frame) else 0
above = (
    f"{counted(answering, 'system')} {noun_for(answering, 'has', 'have')} answered, trivial baselines not counted. "
    "Hardest first."
    if answering
    else "No system but trivial baselines has answered this task, so nothing here says which examples are hard."
)
hits = None
if declared.posts_public and notice_accepted(invented=task.demonstration):
    search = address.text("Search in the posts", "q", placeholder="All of these words", width=330)
    hits = list(queries.search(declared, search)) if search else None
elif declared.posts_public:
    above += " The posts can be searched once the notice below is accepted."
address.show_notes()
rows = choose_rows(frame, show, hits)
st.caption(f"{len(rows)} of {counted(len(frame), 'example')}. {above}")
if not len(rows):
    st.info("No example is left. Choose another filter under “Show”, or search for other words.")
else:
    last = -(-len(rows) // ROWS)
    at = address.count("Page", "page", last) if last > 1 else 1
    page = rows.iloc[(at - 1) * ROWS : at * ROWS]
    key = (
        f"examples {show} {at} {st.query_params.get('q', '')} {st.query_params.get('example', '')}"
    )
    table = explorer_table(page, task)
    draw(
        table,
        f"Examples of {task_name(task)} with how many systems got them right",
        key=key,
        on_select=partial(pick, key, page),
        selection_mode="single-row",
    )
    with actions:
        export_menu(
            chosen,
            f"Examples of {task_name(task)}",
            explorer_table(rows, task),
            task=task_name(task),
        )
    picked = address.several(
        "Whose explanations",
        "system",
        {key: plain(row.system) for key, row in systems.items()},
        default=[key for key in systems if key not in trivial][:3],
        at_most=4,
        placeholder="Choose up to four",
    )
    looked_at = [systems[key] for key in picked]
    compared = Compared(
        task.id,
        gold,
        [queries.answered(current, task, system) for system in looked_at],
        [
            queries.scored(current, task, system.id, score.name) if score else None
            for system in looked_at
        ],
    )
    if any(given is not None and given.repetitions > 1 for given in compared.answers):
        st.caption(
            "Of several runs the first is shown. A system is right above where most of its runs are."
        )
    if looked_at:
        wanted = st.query_params.get("example") or f"{task.id}:{page.iloc[0]['example']}"
        show_example(wanted, [compared], looked_at, score, chosen.tasks)
close_page()
