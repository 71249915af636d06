"""The systems and tasks on the screen as a table for a paper, made when it is asked for.

All choices stand in the address, that it is asked for among them: a link shows its reader the same
table, of the release that it names.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from app.at_once import are_too_many
from app.paper.bibliography import bibliography, bibtex_of
from app.paper.style import Spread, Style
from app.paper.table import MOST, PaperTable
from app.paper.writing import latex_table, markdown_table
from app.site import data as queries
from app.site.leaderboard.shown import Shown
from app.site.page import board_authors
from app.site.url_state import Address, keep_up, this_view
from app.text import plain, told
from scoring.errors import ReasonBoardError
from submissions.wording import counted

MADE = "paper_table"
"""What the address calls it that the table is asked for."""
_OPENED, _SEEN = "paper", "paper table asked for"
_FOLLOWED = "paper table by a link"
_SPREADS: dict[str, str] = {
    Spread.none: "Nothing",
    Spread.interval: "95% intervals",
    Spread.sd: "± SD over runs",
}


@dataclass(frozen=True)
class _Asked:
    """What a reader wants of a table, beside the systems and tasks that are shown.

    Attributes:
        metrics: Names, side by side by task.
        reported: Whether what papers print stands below.
        style: How values are written.
    """

    metrics: tuple[str, ...]
    reported: bool
    style: Style


def show_paper(shown: Shown) -> None:
    """Draw what a table for a paper is to have, and the table once it is asked for."""
    by_link = st.query_params.get(MADE) == "1"
    if by_link and not st.session_state.get(_SEEN):
        # Who has the choices open has asked with the switch, and everybody else by a link.
        st.session_state[_FOLLOWED] = not st.session_state.get(_OPENED)
        # Whoever comes by a link to a table should see it; whoever closes it after that, not.
        st.session_state[_OPENED] = True
    st.session_state[_SEEN] = by_link
    opening = st.expander("A table for a paper", key=_OPENED, on_change=keep_up)
    if not opening.open:
        return
    with opening:
        st.caption(
            "The systems and tasks shown, best in bold, and underlined who is not significantly"
            f" worse: a test of each system in each column, so at most {MOST} systems, and some"
            " seconds. The address keeps every choice."
        )
        # Its own, because what does not fit in the address is said here and not above the board.
        address = Address()
        asked = _choose(address, shown)
        made = address.switch("Make the table", MADE, default=False)
        address.show_notes()
        if made and not asked.metrics:
            st.info("Choose at least one metric.")
        elif made and _is_wanted(shown, asked):
            _draw(shown, asked)


def _is_wanted(shown: Shown, asked: _Asked) -> bool:
    """Return whether a table is to be made: one that a link leads to waits for a click where its
    tests are more than are made at once, for whoever opens it may be no reader at all.
    """
    against, tasks = max(0, len(shown.ids) - 1), len(shown.tasks)
    tests = against * len(asked.metrics) * (tasks + (tasks > 1))
    # Each task's outputs in its own column, and in that of the mean.
    outputs = 2 * against * len(asked.metrics) * sum(task.size for task in shown.tasks)
    outputs *= 1 + (tasks > 1)
    if not (st.session_state.get(_FOLLOWED) and are_too_many(tests, outputs)):
        return True
    st.caption(f"This table takes up to {counted(tests, 'test')}, and so more than a few seconds.")
    if st.button("Make the linked table"):
        # From here on it is the reader's own.
        st.session_state[_FOLLOWED] = False
        return True
    return False


def _choose(address: Address, shown: Shown) -> _Asked:
    """Let the reader choose metrics and style."""
    titles = {name: plain(metric.title) for name, metric in shown.chosen.metrics.items()}
    metrics = address.several(
        "Metrics side by side",
        "paper_metric",
        titles,
        default=[shown.metric.name],
        placeholder="Choose at least one",
    )
    with st.container(horizontal=True):
        percent = address.switch("Shares × 100", "paper_percent", default=False)
        reported = address.switch("What papers report", "paper_reported", default=True)
    with st.container(horizontal=True):
        decimals = address.choose("Decimals", "paper_decimals", {"3": "3", "2": "2"})
        spread = address.choose("Behind values", "paper_spread", _SPREADS)
    return _Asked(tuple(metrics), reported, Style(percent, int(decimals), Spread(spread)))


def _draw(shown: Shown, asked: _Asked) -> None:
    try:
        table = queries.paper(
            shown.chosen.release,
            shown.chosen.name,
            tuple(task.id for task in shown.tasks),
            asked.metrics,
            frozenset(map(str, shown.ids)),
            asked.reported,
        )
    except ReasonBoardError as error:
        st.error(told(error))
        return
    _draw_written(shown, table, asked.style)


def _draw_written(shown: Shown, table: PaperTable, style: Style) -> None:
    cited = bibliography(
        shown.chosen.release.reader,
        table.tasks,
        table.metrics,
        table.papers.values(),
        board_authors(),
        this_view(table.release),
    )
    texts = {
        "LaTeX": latex_table(table, cited, style),
        "BibTeX": bibtex_of([cited]),
        "Markdown": markdown_table(table, cited, style),
    }
    for tab, text in zip(st.tabs(list(texts)), texts.values(), strict=True):
        tab.code(text, language="latex", wrap_lines=True)
