"""The systems and tasks on the screen as a table for a paper, made when it is asked for."""

from __future__ import annotations

import streamlit as st

from app.paper.bibliography import bibliography, bibtex_of
from app.paper.style import Spread, Style
from app.paper.table import MOST, PaperChoice, PaperTable, paper_table
from app.paper.writing import latex_table, markdown_table
from app.settings import data_folder
from app.site.leaderboard.shown import Shown
from app.site.page import board_authors
from app.site.url_state import keep_up, this_view
from app.text import plain, told
from scoring.errors import ReasonBoardError


def show_paper(shown: Shown) -> None:
    """Draw what a table for a paper is to have, and the table once it is asked for."""
    opening = st.expander("A table for a paper", key="paper", on_change=keep_up)
    if not opening.open:
        return
    with opening:
        st.caption(
            "The systems and tasks shown, best in bold, and underlined who is not significantly"
            f" worse: a test of each system in each column, so at most {MOST} systems, and some"
            " seconds."
        )
        titles = {name: plain(metric.title) for name, metric in shown.chosen.metrics.items()}
        metrics = st.multiselect(
            "Metrics side by side",
            list(titles),
            default=[shown.metric.name],
            format_func=titles.__getitem__,
            key="paper metrics",
        )
        with st.container(horizontal=True):
            percent = st.toggle("Shares × 100", key="paper percent")
            reported = st.toggle("What papers report", value=True, key="paper reported")
        decimals = st.segmented_control("Decimals", [2, 3], default=3, key="paper decimals") or 3
        spread = st.segmented_control(
            "Behind values", list(Spread), default=Spread.none, key="paper spread"
        )
        style = Style(percent, decimals, Spread(spread or Spread.none))
        if st.button("Make the table", key="paper make", disabled=not metrics):
            choice = PaperChoice(
                shown.chosen.name,
                tuple(shown.tasks),
                tuple(shown.chosen.metrics[name] for name in metrics),
                frozenset(map(str, shown.ids)),
                None if reported else frozenset(),
            )
            _draw(shown, choice, style)


def _draw(shown: Shown, choice: PaperChoice, style: Style) -> None:
    try:
        table = paper_table(shown.chosen.release.reader, data_folder(), choice)
    except ReasonBoardError as error:
        st.error(told(error))
        return
    _draw_written(shown, table, style)


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
