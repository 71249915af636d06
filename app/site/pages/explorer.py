"""The examples of a task: how many systems got each right, what they explained, and a search in the
posts.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.site import data as queries
from app.site.examples.explore import FILTERS, choose_rows, explorer_table, overview
from app.site.examples.listing import choose_page, draw_examples
from app.site.examples.show import choose_text_metric, show_example
from app.site.page import (
    Benchmark,
    action_row,
    choose_benchmark,
    choose_task,
    control_row,
    end_page,
    export_menu,
    notice_accepted,
    release_page,
    warn_of_demonstration,
)
from app.site.tables.base import task_name
from app.site.tables.side_by_side import ComparedAnswers
from app.site.url_state import Address
from app.text import markdown, plain
from scoring.segments import Example
from scoring.tasks import Task
from submissions.store.released.scored_rows import MetricRow, SystemRow, TaskRow
from submissions.wording import counted, noun_for


def main() -> None:
    """Draw the page."""
    address = Address()
    with release_page("Explorer") as current:
        with control_row():
            chosen = choose_benchmark(
                address, current, clears=("task", "system", "score", "show", "q")
            )
            task = choose_task(address, chosen, clears=("page", "example", "q"))
            show = choose_filter(address, task)
            score = choose_text_metric(address, chosen.metrics.values(), "")
            actions = action_row()
        warn_of_demonstration([task], [])
        declared = queries.declared_task(task)
        gold = queries.examples(current, task)
        rights = queries.right_by_example(current, task)
        if gold is None or rights is None or declared is None or not declared.gold_public:
            address.show_notes()
            st.info(
                "The examples of this task cannot be shown: its gold is not public, is not on this"
                " machine, or was corrected after this release. Choose another task, or the current"
                " release."
            )
            end_page()
        systems = chosen.systems()
        # A baseline that always says the same would make its label's examples look easy.
        frame = overview(gold, rights, {key for key, row in systems.items() if row.trivial})
        st.subheader(markdown(task.title), anchor=False)
        hits = search_posts(address, declared, task)
        address.show_notes()
        rows = choose_rows(frame, show, hits)
        say_how_many(frame, rows, declared, task)
        if rows.empty:
            st.info(
                "No example is left. Choose another filter under “Show”, or search for other words."
            )
            return
        wanted = list_examples(address, chosen, task, rows, show, actions)
        shown = choose_systems(address, systems)
        show_answers(wanted, chosen, task, gold, shown, score)


def choose_filter(address: Address, task: TaskRow) -> str:
    """Let the reader choose examples by who is right; all where no answer is right or wrong."""
    if not task.labelled:
        return "all"
    return address.choose("Show", "show", FILTERS, width=300, clears=("page", "example"))


def search_posts(address: Address, declared: Task, task: TaskRow) -> list[str] | None:
    """Offer a search where the posts may be shown; return what it finds, best first, None where
    none is made.
    """
    # A hit tells what a post says, so that the search stands behind the notice, too.
    if not (declared.posts_public and notice_accepted(invented=task.demonstration)):
        return None
    words = address.text("Search in the posts", "q", placeholder="All of these words", width=330)
    return list(queries.search(declared, words)) if words else None


def say_how_many(frame: pd.DataFrame, rows: pd.DataFrame, declared: Task, task: TaskRow) -> None:
    """Say how many examples are listed and how many systems have answered, and that posts may be
    searched.
    """
    about = _about_right(frame, task)
    if declared.posts_public and not notice_accepted(invented=task.demonstration):
        about += " The posts can be searched once the notice below is accepted."
    st.caption(f"{len(rows)} of {counted(len(frame), 'example')}. {about}")


def _about_right(frame: pd.DataFrame, task: TaskRow) -> str:
    answering = int(frame["of"].max()) if len(frame) else 0
    if not task.labelled:
        return (
            "Answers are texts without a label, none of them right or wrong. In the task’s order."
        )
    if not answering:
        return (
            "No system but trivial baselines has answered this task, so nothing here says which"
            " examples are hard."
        )
    return (
        f"{counted(answering, 'system')} {noun_for(answering, 'has', 'have')} answered, trivial"
        " baselines not counted. Hardest first."
    )


def list_examples(
    address: Address,
    chosen: Benchmark,
    task: TaskRow,
    rows: pd.DataFrame,
    show: str,
    actions: DeltaGenerator,
) -> str:
    """Draw a page of the examples, with the export of all among the actions; return the one to
    show, "task:example".
    """
    listed = choose_page(address, rows)
    wanted = draw_examples(
        explorer_table(listed.rows, task),
        f"Examples of {task_name(task)} with how many systems got them right",
        [f"{task.id}:{example}" for example in listed.rows["example"]],
        show,
        listed.page,
        st.query_params.get("q", ""),
    )
    with actions:
        export_menu(
            chosen,
            f"Examples of {task_name(task)}",
            explorer_table(rows, task),
            task=task_name(task),
        )
    return wanted


def choose_systems(address: Address, systems: dict[str, SystemRow]) -> list[SystemRow]:
    """Let the reader choose whose explanations to read, at first those of systems that are no
    trivial baselines.
    """
    picked = address.several(
        "Whose explanations",
        "system",
        {key: plain(row.system) for key, row in systems.items()},
        default=[key for key, row in systems.items() if not row.trivial][:3],
        at_most=4,
        placeholder="Choose up to four",
    )
    return [systems[key] for key in picked]


def show_answers(
    wanted: str,
    chosen: Benchmark,
    task: TaskRow,
    gold: Sequence[Example],
    systems: Sequence[SystemRow],
    score: MetricRow | None,
) -> None:
    """Draw an example, "task:example", with what systems answered and how their
    explanations score.
    """
    current = chosen.release
    answers = [queries.answered(current, task, system) for system in systems]
    scores = [
        queries.scored(current, task, system.id, score.name) if score else None
        for system in systems
    ]
    if any(given is not None and given.repetitions > 1 for given in answers):
        st.caption(
            "Of several runs the first is shown. A system is right above where most of its runs"
            " are."
        )
    if systems:
        compared = ComparedAnswers(task.id, gold, answers, scores)
        show_example(wanted, [compared], systems, score, chosen.tasks)


if __name__ == "__main__":
    main()
