"""The view's state, kept in the address: a link shows what its sender saw.

The address is the one source: before a widget is drawn its value is set from the address, and a change writes the
address before the page runs again, so that a reload, a link and the browser's back button all lead to the same view.
Streamlit's own `bind="query-params"` is not used because it writes what a selection *shows* ("Weighted F1") and
drops what does not fit without a word; links should hold ids, which outlive titles, and say when they no longer fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import streamlit as st

from app.text import markdown

T = TypeVar("T")
_SWITCH = {"1": True, "0": False}


class Address:
    """Reads a page's controls from the address and remembers what did not fit."""

    def __init__(self) -> None:
        self._notes: list[str] = []

    def choose(
        self,
        label: str,
        name: str,
        options: Mapping[str, str],
        *,
        default: str | None = None,
        clears: Sequence[str] = (),
        help: str | None = None,
        width: int = 170,
    ) -> str:
        """A selection of one of `options` (id -> what is shown), by id in the address under `name`.

        Args:
            label: What is chosen.
            name: The parameter in the address.
            options: At least one.
            default: What an address without `name` means; else the first option.
            clears: Parameters that mean nothing any more once this one changes.
            help: Markdown, escaped by whoever writes it.
            width: In pixels; two of 170 stand side by side on a phone.
        """
        fallback = default if default in options else next(iter(options))
        st.session_state[name] = self._value(name, label, {key: key for key in options}, fallback)
        chosen = st.selectbox(
            label, list(options), key=name, format_func=lambda key: options.get(key, key), help=help, width=width,
            on_change=_write, args=(name, clears),
        )  # fmt: skip
        return fallback if chosen is None else chosen

    def switch(self, label: str, name: str, *, default: bool, help: str | None = None) -> bool:
        """A switch, 1 or 0 in the address under `name`."""
        st.session_state[name] = self._value(name, label, _SWITCH, default)
        return st.toggle(label, key=name, help=help, on_change=_write, args=(name, ()))

    def _value(self, name: str, label: str, allowed: Mapping[str, T], fallback: T) -> T:
        asked = st.query_params.get(name)
        if asked is None or asked in allowed:
            return fallback if asked is None else allowed[asked]
        shown = next((key for key, value in allowed.items() if value == fallback), str(fallback))
        self._notes.append(
            f"The address asks for {markdown(name)} = “{markdown(asked, 80)}”, which is not there. "
            f"Shown instead: {markdown(shown)}. Choose another under “{markdown(label)}”."
        )
        return fallback

    def show_notes(self) -> None:
        """Say which parts of the address did not fit."""
        for note in self._notes:
            st.warning(note, icon=":material/link_off:")


def set_view(**values: str) -> None:
    """Put `values` into the address: for callbacks of other elements."""
    for name, value in values.items():
        st.query_params[name] = value


def _write(name: str, clears: Sequence[str]) -> None:
    value = st.session_state[name]
    st.query_params[name] = str(int(value)) if isinstance(value, bool) else str(value)
    for other in clears:
        if other in st.query_params:
            del st.query_params[other]
