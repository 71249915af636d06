"""All boards at a glance: the best of each, how far its explanation metrics are validated, and each
family of tasks across the benchmarks.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.overview import BoardOverview, Overview, TaskOverview
from app.site import data as queries
from app.site.data import Served
from app.site.page import (
    Benchmark,
    action_row,
    control_row,
    export_menu,
    release_page,
    warn_of_demonstration,
)
from app.site.tables.overview import (
    BOARD,
    METRIC,
    SYSTEM,
    TASK,
    TRIVIAL,
    draw_leading,
    leaders_table,
    tasks_table,
    validation_table,
)
from app.site.url_state import Address
from app.text import plain


def main() -> None:
    """Draw the page."""
    address = Address()
    with release_page("Overview") as current:
        every = queries.overview(current)
        with control_row():
            families = choose_families(address, every)
            actions = action_row()
        address.show_notes()
        tasks = [task for task in every.tasks if not families or task.family in families]
        with actions:
            everything = Benchmark(current, "all benchmarks", [], {})
            export_menu(everything, "Best systems by task", tasks_table(tasks))
        for invented in (False, True):
            boards = [board for board in every.boards if board.demonstration == invented]
            if boards:
                own = [task for task in tasks if task.demonstration == invented]
                show_boards(current, boards, own, invented=invented)


def choose_families(address: Address, every: Overview) -> list[str]:
    """Let the reader choose families of tasks; none is all of them."""
    families = {task.family: plain(task.family).capitalize() for task in every.tasks}
    return address.several("Families of tasks", "families", families)


def show_boards(
    current: Served,
    boards: Sequence[BoardOverview],
    tasks: Sequence[TaskOverview],
    *,
    invented: bool,
) -> None:
    """Draw real boards, or those that are invented: never both in one table."""
    kind = "invented" if invented else "real"
    names = [board.benchmark for board in boards]
    st.subheader("Invented boards" if invented else "Benchmarks", anchor=False)
    warn_of_demonstration([row for row in queries.tasks(current) if row.benchmark in names], [])
    st.caption(
        "The first systems of each board that cover all of its tasks, and its best trivial"
        " baseline. A mean is of one board's tasks by one metric: hold none against another board's."
    )
    draw_leading(
        leaders_table(boards), "Best systems of each board", f"{kind} leaders", [BOARD, SYSTEM]
    )
    st.markdown("**How far explanation metrics are validated**")
    st.caption(
        "Of each board the metric whose worst correlation with raters, within a rated system, is"
        " the best; that worst one is shown. Where lower is better, below 0 is the right way. The"
        " best of many is flattered: the page that its name opens has all of them, beside a human."
    )
    draw_leading(
        validation_table(boards),
        "How far each board's explanation metrics are validated",
        f"{kind} validation",
        [METRIC],
    )
    if not tasks:
        return
    st.markdown("**Families of tasks across benchmarks**")
    st.caption(
        "Each task by its own metric, with its best system among those that cover it. Nothing is"
        " averaged over tasks: neither metrics nor examples of two benchmarks are alike. A family"
        " is what tasks declare that they ask; those of several benchmarks come first."
    )
    draw_leading(
        tasks_table(tasks),
        "Best systems of each task, by family",
        f"{kind} tasks",
        [TASK, SYSTEM, TRIVIAL],
    )


if __name__ == "__main__":
    main()
