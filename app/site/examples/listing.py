"""Examples listed a page at a time; a click on a row puts its example into the address, and its
texts stand below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st

from app.site.tables.base import Table, draw
from app.site.url_state import Address, change_view

ROWS = 100
"""Examples that are listed at once."""


@dataclass(frozen=True)
class Listed:
    """The examples that are listed at once.

    Attributes:
        page: Which page this is, from 1.
        rows: A row an example, at most `ROWS`.
    """

    page: int
    rows: pd.DataFrame


def choose_page(address: Address, rows: pd.DataFrame) -> Listed:
    """Return a page of the examples; where there is more than one, the reader chooses which."""
    last = -(-len(rows) // ROWS)
    page = address.count("Page", "page", last) if last > 1 else 1
    return Listed(page, rows.iloc[(page - 1) * ROWS : page * ROWS])


def draw_examples(table: Table, alt: str, ids: Sequence[str], *view: object) -> str:
    """Draw listed examples, and return the one whose texts are to be shown: the address's, else the
    first.

    Args:
        table: A row an example.
        alt: What the table shows, for those who cannot see it.
        ids: "task:example" of each row.
        view: What else decides which examples these are: with another view, no row is selected any
            more.
    """
    asked = st.query_params.get("example", "")
    key = " ".join(map(str, ("examples", *view, asked)))
    draw(table, alt, key=key, on_select=partial(_pick, key, ids), selection_mode="single-row")
    return asked or ids[0]


def _pick(key: str, ids: Sequence[str]) -> None:
    """Put the example whose row was clicked into the address."""
    rows = st.session_state[key]["selection"]["rows"]
    if rows and rows[0] < len(ids):
        change_view(example=ids[rows[0]])
