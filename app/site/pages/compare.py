"""Two to four systems: by how much they differ and with what doubt, and then example by example.

The differences are paired and tested on demand, from the arrays that the release lists. Above `AT_ONCE` examples the
tests wait for a click: ten thousand permutations of the whole of IMHI take seconds, and the examples should not.
"""

from __future__ import annotations

from functools import partial
from itertools import chain, islice

import pandas as pd
import streamlit as st

from app.site import data as queries
from app.site.examples.show import choose_text_metric, show_example
from app.site.page import (
    choose_benchmark,
    close_page,
    export_menu,
    open_page,
    warn_of_demonstration,
)
from app.site.tables.base import Table, draw, metric_help, task_name
from app.site.tables.board_frame import Board, arranged, incomplete
from app.site.tables.comparison import difference_table, example_table
from app.site.tables.side_by_side import POOR, TRIFLE, chosen, filters, poor_below, runs_of
from app.site.url_state import Address, change_view
from app.text import markdown, number, plain, told
from submissions.damage import DamagedFile
from submissions.releasing.comparing import CannotCompare
from submissions.wording import counted

AT_ONCE = 3_000
ROWS = 100  # examples a page
CANDIDATES = 8  # systems that are held against the best

EVERY = "all"


def best_two(board: Board) -> list[str]:
    """The best system and the best that does not answer nearly alike: shown until somebody says otherwise.

    Baselines come after all others. Where even the next `CANDIDATES` are alike, the first with other outputs is shown.
    """
    everyone = pd.Series(True, index=board.systems.index)
    ranks, partial = -board.overall["rank"].astype(float), incomplete(board.overall)
    in_order = arranged(board, everyone, ranks, descending=True, partial=partial)
    ranked = sorted(in_order, key=lambda key: bool(board.systems.loc[key, "trivial"]))
    outputs = {key: by_id[key].outputs or key for key in ranked}
    others = [
        key for key in ranked if outputs[key] != outputs[ranked[0]]
    ]  # copies have nothing to compare
    unlike = (
        key
        for key in others[:CANDIDATES]
        if not queries.nearly_alike(current, board_of.name, ranked[0], key)
    )
    return [*ranked[:1], *list(islice(chain(unlike, others), 1))]


def pick(key: str, rows: pd.DataFrame) -> None:
    """A row of the examples was clicked: its example is shown, and is part of the address."""
    found = st.session_state[key]["selection"]["rows"]
    if found and found[0] < len(rows):
        row = rows.iloc[found[0]]
        change_view(example=f"{row['task']}:{row['example']}")


address = Address()
current = open_page("Compare")
with st.container(horizontal=True, vertical_alignment="bottom"):
    board_of = choose_benchmark(
        address, current, clears=("metric", "task", "system", "show", "score")
    )
    metrics = board_of.metrics
    name = address.choose(
        "Metric",
        "metric",
        {m.name: plain(m.title) for m in metrics.values()},
        default=board_of.tasks[0].headline,
        width=230,
    )
    metric = metrics[name]
    board = queries.board(current, board_of.name, name)
    tasks = {task.id: task for task in board_of.tasks if task.id in board.columns}
    every_task = {EVERY: f"All {counted(len(tasks), 'task')}"} if len(tasks) > 1 else {}
    task_id = address.choose(
        "Task",
        "task",
        every_task | {key: task_name(task) for key, task in tasks.items()},
        clears=("page", "example"),
    )
by_id = {system.id: system for system in queries.systems(current, board_of.name)}
ids = address.several(
    "Systems",
    "system",
    {key: plain(system.system) for key, system in by_id.items()},
    default=best_two(board),
    at_most=4,
    placeholder="Choose two to four",
    help="The first is held against each of the others.",
)
address.show_notes()
warn_of_demonstration(board_of.tasks, [metric])
if len(ids) < 2:
    st.info(
        "Choose at least two systems above. Until then there is nothing to hold against each other."
    )
    close_page()
    st.stop()

systems = [by_id[key] for key in ids]
names = [plain(system.system, 40) for system in systems]
looked_at = list(tasks.values()) if task_id == EVERY else [tasks[task_id]]
size = sum(task.size for task in looked_at)

st.subheader(f"By how much they differ: {markdown(metric.title)}", anchor=False)
place = st.empty()
with st.container(horizontal=True, vertical_alignment="center"):
    tested = address.switch(
        "Test the differences",
        "test",
        default=size <= AT_ONCE,
        help="95% intervals of the paired differences, and permutation tests with 10,000 permutations that swap whole "
        "posts; p-values are also given as adjusted (Holm) for the tests of all pairs of the chosen systems, by task "
        "and of means apart. Large boards take some seconds.",
    )
    actions = st.container(horizontal=True, width="content", vertical_alignment="center")
for other in systems[1:]:
    if queries.nearly_alike(current, board_of.name, ids[0], other.id):
        st.caption(
            f"**{markdown(names[0])} and {markdown(plain(other.system, 40))} answer nearly alike:** on half of the "
            f"tasks or more, label or explanation differs on no more than {TRIFLE:.0%} of the examples."
        )
plain_differences = difference_table(board, looked_at, names, ids, metric, ())
with place:
    draw(plain_differences, f"Differences by task on {metric.title}")

st.subheader("Example by example", anchor=False)
with st.container(horizontal=True, vertical_alignment="bottom"):
    show = address.choose("Show", "show", filters(names), width=330, clears=("page", "example"))
    score = choose_text_metric(address, metrics.values(), name)
both = queries.side_by_side(
    current,
    board_of.name,
    tuple(task.id for task in looked_at),
    tuple(ids),
    score.name if score else name,
)
found, frame = both.tasks, both.frame
higher = score is None or score.higher_is_better is not False
rows = chosen(frame, len(systems), show, higher_is_better=higher) if len(frame) else frame
hidden = len(looked_at) - len(found)
if hidden:
    st.caption(
        f"Left out here: {hidden} of {counted(len(looked_at), 'task')}, whose gold is not public, is not on this "
        "machine, or was corrected after this release."
    )
poor = poor_below(frame, len(systems), higher_is_better=higher) if len(frame) else float("nan")
about_poor = (
    f" Poor: the lowest {POOR:.0%} of these scores, up to {number(poor, 3)}."
    if show == "poor" and poor == poor
    else ""
)
order = (
    f" Largest difference in {markdown(score.title)} first, examples without both scores last."
    if score
    else ""
)
st.caption(f"{len(rows)} of {counted(len(frame), 'example')}.{order}{about_poor}")
if len(rows):
    last = -(-len(rows) // ROWS)
    at = address.count("Page", "page", last) if last > 1 else 1
    page = rows.iloc[(at - 1) * ROWS : at * ROWS]
    key = f"examples {show} {at} {st.query_params.get('example', '')}"
    titles = {
        task.id: {label["name"]: label["title"] for label in task.labels} for task in looked_at
    }
    runs = runs_of(found, len(systems))
    several = (
        " Labels are those of a system's first run, scores means over its runs."
        if max(runs) > 1
        else ""
    )
    st.caption(f"Click the box at the left of a row to see its texts below.{several}")
    draw(
        example_table(page, names, runs, score, titles, several_tasks=len(looked_at) > 1),
        "Examples with each system's label and score",
        key=key,
        on_select=partial(pick, key, page),
        selection_mode="single-row",
    )
    wanted = st.query_params.get("example") or f"{page.iloc[0]['task']}:{page.iloc[0]['example']}"
    show_example(wanted, found, systems, score, board_of.tasks)
elif len(frame):
    st.info("No example is left by this filter. Choose another under “Show”.")
else:
    st.info("There are no examples to show here.")

table: Table = plain_differences
if tested:
    with place.container():
        draw(plain_differences, f"Differences by task on {metric.title}")
        st.caption("Testing the differences …")
    try:
        comparisons = queries.compared(
            current, board_of.name, name, tuple(ids), tuple(task.id for task in looked_at)
        )
        table = difference_table(board, looked_at, names, ids, metric, comparisons)
        with place.container():
            draw(table, f"Differences by task on {metric.title}, with intervals and p-values")
            meaning = (
                "Where p (Holm) is under .05, chance in the choice of posts does not explain the difference. Each interval "
                "is for its own task: of many, one may leave out 0 by chance. Differences in how systems were prompted or "
                "trained are not in it."
            )
            unlisted = " Holm’s adjustment counts the tests of all pairs, also of those not listed."
            st.caption(meaning + unlisted if len(ids) > 2 else meaning)
    except (CannotCompare, DamagedFile) as error:
        with place.container():
            draw(plain_differences, f"Differences by task on {metric.title}")
            st.warning(f"The differences cannot be tested here: {told(error)}")
with actions:
    signed = queries.signatures(current, name, tuple(task.id for task in looked_at))
    export_menu(board_of, f"{' against '.join(names)}, {metric.title}", table, signed, metric=name)
with st.expander("What this metric measures, and how far to believe it"):
    st.markdown(metric_help(metric))
close_page()
