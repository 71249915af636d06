"""The view's state, kept in the address: a link shows what its sender saw.

The address is the one source: before a widget is drawn its value is set from the address, and a change writes the
address before the page runs again, so that a reload, a link and the browser's back button all lead to the same view.
Streamlit's own `bind="query-params"` is not used because it writes what a selection *shows* ("Weighted F1") and
drops what does not fit without a word; links should hold ids, which outlive titles, and say when they no longer fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

import streamlit as st

from app.text import markdown

T = TypeVar("T")
TEXT = 200
"""Signs that a text in the address may have."""

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

    def several(
        self,
        label: str,
        name: str,
        options: Mapping[str, str],
        *,
        default: Sequence[str] = (),
        at_most: int | None = None,
        help: str | None = None,
        placeholder: str = "All",
    ) -> list[str]:
        """A selection of any of `options`, in the address as `name` once for each; `name=` alone is none of them."""
        asked = st.query_params.get_all(name)
        unknown = [value for value in asked if value and value not in options]
        for value in unknown:
            self._note(label, name, value, "what is left of the selection")
        kept = [value for value in dict.fromkeys(asked) if value in options]
        st.session_state[name] = kept[:at_most] if asked else [value for value in default if value in options]
        return st.multiselect(
            label, list(options), key=name, format_func=lambda key: options.get(key, key), help=help,
            placeholder=placeholder, max_selections=at_most, on_change=_write_several, args=(name, bool(default)),
        )  # fmt: skip

    def text(self, label: str, name: str, *, help: str | None = None, placeholder: str = "", width: int = 220) -> str:
        """A line of text, in the address under `name`."""
        st.session_state[name] = st.query_params.get(name, "")[:TEXT]
        return st.text_input(
            label, key=name, help=help, placeholder=placeholder, width=width, max_chars=TEXT, on_change=_write,
            args=(name, ("page", "example")),
        ).strip()  # fmt: skip

    def count(self, label: str, name: str, last: int) -> int:
        """A number from 1 to `last`: which page of a long table."""
        asked = st.query_params.get(name, "1")
        value = int(asked) if asked.isdecimal() and 1 <= int(asked[:9]) <= last else 1
        if asked != str(value):
            self._note(label, name, asked, str(value))
        st.session_state[name] = value
        return int(
            st.number_input(label, min_value=1, max_value=last, key=name, width=170, on_change=_write, args=(name, ()))
        )

    def _value(self, name: str, label: str, allowed: Mapping[str, T], fallback: T) -> T:
        asked = st.query_params.get(name)
        if asked is None or asked in allowed:
            return fallback if asked is None else allowed[asked]
        shown = next((key for key, value in allowed.items() if value == fallback), str(fallback))
        self._note(label, name, asked, shown)
        return fallback

    def _note(self, label: str, name: str, asked: str, shown: str) -> None:
        self._notes.append(
            f"The address asks for {markdown(name)} = “{markdown(asked, 80)}”, which is not there. "
            f"Shown instead: {markdown(shown)}. Choose another under “{markdown(label)}”."
        )

    def show_notes(self) -> None:
        """Say which parts of the address did not fit."""
        for note in self._notes:
            st.warning(note, icon=":material/link_off:")


def set_view(**values: str | Sequence[str]) -> None:
    """Put `values` into the address: for callbacks of other elements."""
    for name, value in values.items():
        st.query_params[name] = value


def this_view(release: int) -> str:
    """The whole address of what is on the screen, as a link that shows it again, whatever is published since."""
    pairs = [(name, value) for name in st.query_params for value in st.query_params.get_all(name)]
    if "release" not in st.query_params:
        pairs.append(("release", str(release)))
    page = st.context.url or ""
    return f"{page}{'' if urlsplit(page).path else '/'}{'?' if pairs else ''}{urlencode(pairs)}"


def _write(name: str, clears: Sequence[str]) -> None:
    value = st.session_state[name]
    if value == "" and name in st.query_params:
        del st.query_params[name]
    elif value != "":
        st.query_params[name] = str(int(value)) if isinstance(value, bool) else str(value)
    for other in clears:
        if other in st.query_params:
            del st.query_params[other]


def _write_several(name: str, has_default: bool) -> None:
    chosen = st.session_state[name]
    if chosen or has_default:
        st.query_params[name] = chosen or [""]
    elif name in st.query_params:
        del st.query_params[name]
