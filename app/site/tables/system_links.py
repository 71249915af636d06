"""Tables with a row a system, whose names lead to the systems' pages."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st
from streamlit.column_config import ButtonColumn

from app.site.tables.base import Table, draw_frame
from app.site.tables.board_frame import SYSTEM
from app.site.url_state import here
from app.text import Names

OPENED = "opened"
"""Where a click on a name is kept for the rerun that it causes."""
_MEANT = r"^[\[:]"
"""A button would take a name that begins so for a list of names, or of an icon; an invisible joiner
undoes that.
"""

_LEVEL = {
    "name": None,
    "field_name": None,
    "pandas_type": "unicode",
    "numpy_type": "object",
    "metadata": None,
}
"""A level of heads, in the metadata that pandas puts into Arrow."""


def draw_systems(
    table: Table, benchmark: str, alt: str, over: Names | None = None, **options: Any
) -> None:
    """Draw a table by system, each name a button that opens the system's page.

    Args:
        table: Its frame has the systems' ids as index and their names as `SYSTEM`.
        benchmark: Theirs.
        alt: What the table shows, for those who cannot see it.
        over: Column -> what stands above its head; see `app.site.tables.validity_heads`. None for
            no such row.
        options: Of `st.dataframe`.
    """
    arrow = _plain_names(table.arrow())
    if over:
        arrow = _two_levels(arrow, [over[name] for name in table.names])
    button = ButtonColumn(
        "System",
        width=205,
        pinned=True,
        type="tertiary",
        alignment="left",
        key=OPENED,
        help=(
            "A click on a name opens the system's page: its results task by task, weak spots,"
            " versions."
        ),
    )
    draw_frame(arrow, dict(table.columns) | {SYSTEM: button}, alt, **options)
    # After the table: the click names a row of the table that has just been drawn.
    clicked = st.session_state.get(OPENED)
    if clicked is not None:
        open_page("system", benchmark=benchmark, system=table.frame.index[clicked["row"]])


def _plain_names(table: pa.Table) -> pa.Table:
    names = table[SYSTEM]
    meant = pc.match_substring_regex(names, _MEANT)
    # Nearly always nothing is to be done, and the table need not be copied.
    if not pc.any(meant).as_py():
        return table
    joined = pc.if_else(
        meant, pc.replace_substring_regex(names, "^", "\u2060", max_replacements=1), names
    )
    return table.set_column(table.column_names.index(SYSTEM), SYSTEM, joined)


def _two_levels(table: pa.Table, over: Sequence[str]) -> pa.Table:
    """Return `table` with `over` as a level of columns above its own, as pandas would write such a
    frame.
    """
    names = {name: str((above, name)) for name, above in zip(table.column_names, over, strict=True)}
    described = json.loads(table.schema.metadata[b"pandas"])
    columns = [
        {**column, "name": names[column["name"]], "field_name": names[column["name"]]}
        for column in described["columns"]
        if column["name"] in names
    ]
    described |= {"column_indexes": [_LEVEL] * 2, "columns": columns}
    return table.rename_columns(list(names.values())).replace_schema_metadata(
        {b"pandas": json.dumps(described)}
    )


def as_label(name: str) -> str:
    """Return a name such that a button shows it sign by sign."""
    return re.sub(rf"{_MEANT}", "\u2060\\g<0>", name)


def open_page(page: str, **view: str) -> None:
    """Go to another page.

    The address that is left is taken along, because Streamlit writes the new one before it leaves
    the page: so the browser's back button leads to the view that was left.
    """
    to = here() | {name: [value] for name, value in view.items()}
    st.switch_page(f"site/pages/{page}.py", query_params=to)


def taken_along(**view: str) -> tuple[tuple[str, str], ...]:
    """Return what a link to another page has in its address: `view`, and the release where the
    reader has chosen one.
    """
    release = st.query_params.get("release")
    return (*view.items(), *([("release", release)] if release else []))
