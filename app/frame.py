"""What every page says around its own content: which release it shows, what it is not for, where to find help."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from app.address import Address
from app.queries import Served, release, served, tasks
from app.text import markdown
from submissions.store.release import NoRelease
from submissions.store.release_rows import MetricRow, TaskRow

PURPOSE = "**For research, not for diagnosis.**"
HELP = (
    f"{PURPOSE} Nothing here says anything about a person. "
    "If you or someone near you needs help: [findahelpline.com](https://findahelpline.com) lists free, confidential "
    "helplines by country; in an emergency call your local emergency number."
)
_COMMANDS = """reasonboard demo --no-serve                    # a small invented board, to see how it works
reasonboard benchmark import imhi DIR          # or the published data
reasonboard submit FILE --benchmark imhi-expert --meta submission.toml
reasonboard score
reasonboard publish --reason "first release" """


def open_page(title: str) -> Served:
    """Title, and which release stands below it. Where nothing is published the page ends with what to do."""
    st.title(title, anchor=False)
    try:
        current = served()
    except NoRelease as error:
        st.info("Nothing is published yet, so there is no board to show.", icon=":material/inbox:")
        st.markdown("These commands fill one; reload this page afterwards:")
        st.code(_COMMANDS, language="bash", wrap_lines=True)
        st.caption(markdown(str(error)))
        close_page()
        st.stop()
    row = release(current)
    st.caption(f"Release {row.number} of {markdown(row.created_at[:10])}. {PURPOSE}")
    return current


def close_page() -> None:
    """What the site is not for, and where to find help."""
    st.markdown(HELP)


@dataclass(frozen=True)
class Board:
    """A benchmark and its tasks in the release."""

    benchmark: str
    tasks: list[TaskRow]


def choose_board(address: Address, current: Served, page: str, clears: tuple[str, ...]) -> Board:
    """The board that is looked at; real boards stand first. It is kept when the reader goes to another page."""
    _take_along(page, "benchmark")
    rows = sorted(tasks(current), key=lambda task: task.demonstration)
    options = {
        task.benchmark: f"{task.benchmark} (invented)" if task.demonstration else task.benchmark for task in rows
    }
    benchmark = address.choose("Benchmark", "benchmark", options, clears=clears)
    st.session_state["last seen"] = {"page": page, "benchmark": benchmark}
    return Board(benchmark, [task for task in rows if task.benchmark == benchmark])


def _take_along(page: str, name: str) -> None:
    """Streamlit's navigation empties the address; an address that says something itself is left alone."""
    last = st.session_state.get("last seen", {})
    if last.get("page", page) != page and name not in st.query_params:
        st.query_params[name] = last[name]


def warn_of_demonstration(board: list[TaskRow], metrics: list[MetricRow]) -> None:
    """Say that a board is invented, or that a metric's model only shows the machinery."""
    if any(task.demonstration for task in board):
        st.warning(
            "Everything on this board is invented, to show how a board works. It says nothing about people or models.",
            icon=":material/science:",
        )
    if any(metric.demonstration for metric in metrics):
        st.warning(
            "BARTScore here comes from a demonstration checkpoint: it shows the machinery and says nothing of quality.",
            icon=":material/science:",
        )
