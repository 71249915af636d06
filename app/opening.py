"""Tables with a row a system, whose names lead to the systems' pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app.board import SYSTEM
from app.tables import Table, draw_frame

OPENED = "opened"
"""Where a click on a name is kept for the rerun that it causes."""
_MEANT = ("[", ":")
"""A button would take a name that begins so for a list of names, or of an icon; an invisible joiner undoes that."""


def draw_systems(table: Table, benchmark: str, alt: str, over: Mapping[str, str] | None = None, **options: Any) -> None:
    """A table by system, each name a button that opens the system's page.

    Args:
        table: Its frame has the systems' ids as index and their names as `SYSTEM`.
        benchmark: Theirs.
        alt: What the table shows, for those who cannot see it.
        over: Column -> what stands above its head; see `app.validity_heads`. None for no such row.
        options: Of `st.dataframe`.
    """
    frame = table.drawn()
    names = frame[SYSTEM]
    frame = frame.assign(**{SYSTEM: names.where(~names.str.startswith(_MEANT), "\u2060" + names)})
    if over:
        frame.columns = pd.MultiIndex.from_tuples([(over[name], name) for name in frame])
    button = st.column_config.ButtonColumn(
        "System", width=205, pinned=True, type="tertiary", alignment="left", key=OPENED,
        help="A click on a name opens the system's page: its results task by task, weak spots, versions.",
    )  # fmt: skip
    draw_frame(frame, dict(table.columns) | {SYSTEM: button}, alt, **options)
    clicked = st.session_state.get(OPENED)
    if clicked is not None:
        _open(table.frame.index[clicked["row"]], benchmark)


def _open(system: str, benchmark: str) -> None:
    """Go to a system's page.

    The address that is left is taken along, because Streamlit writes the new one before it leaves the page: so the
    browser's back button leads to the view that was left.
    """
    view = {name: st.query_params.get_all(name) for name in st.query_params}
    to = view | {"benchmark": [benchmark], "system": [system]}
    st.switch_page("app_pages/system.py", query_params=to)
