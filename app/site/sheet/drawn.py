"""How a sheet gets onto a page, and what a reader does there gets back.

A table is sent as two parts: which rows stand in which order, and the sheet, which a browser that
has it already passes over. Rows are sorted in the browser, which then says so, and the page writes
it into the address. Nothing is sent back for that: `Sent` remembers what the browser has, and the
same message is not sent twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import streamlit as st

from app.site.sheet.described import Order
from app.site.sheet.packed import PackedTable

_HERE = Path(__file__).parent
_COMPONENT = st.components.v2.component(
    "sheet",
    html=(_HERE / "sheet.html").read_text("utf-8"),
    css=(_HERE / "sheet.css").read_text("utf-8"),
    js=(_HERE / "sheet.js").read_text("utf-8"),
)
_LENGTH = 4
"""Bytes before the first part that say how long it is."""


@dataclass(frozen=True)
class Looked:
    """A sheet as it is looked at.

    Attributes:
        rows: Which of its rows, in order, by position.
        order: Theirs.
        tinted: Whether better values have a stronger ground.
        page: Of the site that it stands on, as in its address; "" for the first.
        view: What the addresses have to which names lead, besides the row's id.
    """

    rows: Sequence[int]
    order: Order = field(default_factory=Order)
    tinted: bool = True
    page: str = ""
    view: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Sent:
    """What a browser has of a table.

    Attributes:
        message: Was sent last.
        of: Whatever it depends on, but for the order.
        order: Column and direction that the browser shows.
        turn: How often a reader has sorted in the browser.
    """

    message: bytes
    of: tuple[object, ...]
    order: tuple[str, bool]
    turn: int = 0


def draw_sheet(
    packed: PackedTable,
    looked: Looked,
    key: str,
    on_sort: Callable[[str, bool], None] | None = None,
) -> str | None:
    """Draw a sheet, and return the id of the row whose name was clicked.

    Args:
        packed: The sheet.
        looked: How it is looked at.
        key: Tells the page's tables apart.
        on_sort: Is called with column and direction once a reader has sorted in the browser.
    """
    kept = f"{key} sent"

    def sorted_there() -> None:
        said = st.session_state[key].get("order") or {}
        column, descending, turn = said.get("column"), said.get("descending"), said.get("turn")
        sent = st.session_state.get(kept)
        # Whatever a browser sends, nothing else is a column or a count.
        if sent is None or not isinstance(turn, int) or not isinstance(column, str):
            return
        if column not in looked.order.first:
            return
        st.session_state[kept] = replace(sent, order=(column, bool(descending)), turn=turn)
        if on_sort is not None:
            on_sort(column, bool(descending))

    sent = _to_send(packed, looked, st.session_state.get(kept), reports=on_sort is not None)
    st.session_state[kept] = sent
    said = _COMPONENT(
        key=key, data=sent.message, on_order_change=sorted_there, on_opened_change=lambda: None
    )
    return said.opened if isinstance(said.opened, str) else None


def _to_send(packed: PackedTable, looked: Looked, last: Sent | None, *, reports: bool) -> Sent:
    """Return what a browser is to have: what it has already, where only its own order is new."""
    order = looked.order
    wanted = (order.column, order.descending)
    of = (packed.key, tuple(sorted(looked.rows)), looked.tinted, looked.view, *order.first.items())
    if last is not None and last.of == of and last.order == wanted:
        return last
    turn = last.turn if last is not None else 0
    return Sent(message(packed, looked, turn, reports=reports), of, wanted, turn)


def message(packed: PackedTable, looked: Looked, turn: int, *, reports: bool) -> bytes:
    """Return a table as bytes: how it is looked at, and the sheet.

    Args:
        packed: The sheet.
        looked: How it is looked at.
        turn: How often a reader has sorted in the browser, as far as the server knows.
        reports: Whether the server wants to know of the next time.
    """
    order = looked.order
    view = {
        "sheet": packed.key,
        "rows": list(looked.rows),
        "column": order.column,
        "descending": order.descending,
        "first": dict(order.first),
        "tinted": looked.tinted,
        "page": looked.page,
        "view": looked.view,
        "turn": turn,
        "reports": reports,
    }
    first = json.dumps(view, separators=(",", ":")).encode()
    return len(first).to_bytes(_LENGTH, "big") + first + packed.body
