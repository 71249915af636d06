"""The view's state, kept in the address: a link shows what its sender saw.

The address is the one source: before a widget is drawn its value is set from the address, and a
change writes the address before the page runs again, so that a reload, a link and the browser's
back button all lead to the same view. Streamlit's own `bind="query-params"` is not used because it
writes what a selection *shows* ("Weighted F1") and drops what does not fit without a word; links
should hold ids, which outlive titles, and say when they no longer fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode, urlsplit

import streamlit as st

from app.text import Names, markdown

T = TypeVar("T")
TEXT = 200
"""Signs that a text in the address may have."""

_SWITCH = {"1": True, "0": False}


class OpenContainer(Protocol):
    """A popover or an expander that says whether it is open."""

    @property
    def open(self) -> bool | None:
        """Whether it is."""
        ...

    def __enter__(self) -> object:
        """Return what is drawn from now on stands in it."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> object:
        """Return what is drawn from now on stands outside again."""
        ...


class Address:
    """Reads a page's controls from the address and remembers what did not fit."""

    def __init__(self) -> None:
        self._notes: list[str] = []
        self._drawn = True

    @contextmanager
    def within(self, opening: OpenContainer) -> Iterator[None]:
        """Draw controls inside something that opens.

        While it is closed they are only read from the address.

        What nobody has opened is not sent, and a page is there sooner.
        """
        self._drawn = bool(opening.open)
        try:
            with opening:
                yield
        finally:
            self._drawn = True

    def choose(
        self,
        label: str,
        name: str,
        options: Names,
        *,
        default: str | None = None,
        clears: Sequence[str] = (),
        help: str | None = None,
        width: int = 170,
    ) -> str:
        """Return a selection of one of `options` (id -> what is shown), by id in the address under
        `name`.

        Args:
            label: What is chosen.
            name: The parameter in the address.
            options: At least one.
            default: What an address without `name` means; else the first option.
            clears: Parameters that mean nothing any more once this one changes.
            help: Markdown, escaped by whoever writes it.
            width: In pixels; two of 170 stand side by side on a phone.
        """
        # A default is worked out from other data, and may not be among the options.
        fallback = default if default is not None and default in options else next(iter(options))
        value = self._value(name, label, {key: key for key in options}, fallback)
        if not self._drawn:
            return value
        # Before the control is drawn, which then shows what the address says.
        st.session_state[name] = value
        chosen = st.selectbox(
            label,
            list(options),
            format_func=lambda key: options.get(key, key),
            help=help,
            width=width,
            **_kept(name, clears),
        )
        return fallback if chosen is None else chosen

    def switch(self, label: str, name: str, *, default: bool, help: str | None = None) -> bool:
        """Return a switch, 1 or 0 in the address under `name`."""
        value = self._value(name, label, _SWITCH, default)
        if not self._drawn:
            return value
        st.session_state[name] = value
        return st.toggle(label, help=help, **_kept(name))

    def several(
        self,
        label: str,
        name: str,
        options: Names,
        *,
        default: Sequence[str] = (),
        at_most: int | None = None,
        help: str | None = None,
        placeholder: str = "All",
    ) -> list[str]:
        """Return a selection of any of `options`, in the address as `name` once for each.

        `name=` alone is none of them.
        """
        asked = st.query_params.get_all(name)
        for value in filter(None, asked):
            if value not in options:
                self._note(label, name, value, "what is left of the selection")
        # Each once: somebody may have written the same twice into the address.
        wanted = dict.fromkeys(asked or default)
        values = [value for value in wanted if value in options][:at_most]
        if not self._drawn:
            return values
        st.session_state[name] = values
        return st.multiselect(
            label,
            list(options),
            key=name,
            format_func=lambda key: options.get(key, key),
            help=help,
            placeholder=placeholder,
            max_selections=at_most,
            on_change=_write_several,
            args=(name, bool(default)),
        )

    def text(
        self,
        label: str,
        name: str,
        *,
        help: str | None = None,
        placeholder: str = "",
        width: int = 220,
    ) -> str:
        """Return a line of text, in the address under `name`."""
        value = st.query_params.get(name, "")[:TEXT]
        if not self._drawn:
            return value.strip()
        st.session_state[name] = value
        written: str = st.text_input(
            label,
            help=help,
            placeholder=placeholder,
            width=width,
            max_chars=TEXT,
            **_kept(name, ("page", "example")),
        )
        return written.strip()

    def count(self, label: str, name: str, last: int) -> int:
        """Return a number from 1 to `last`: which page of a long table."""
        asked = st.query_params.get(name, "1")
        value = int(asked) if asked.isdecimal() and 1 <= int(asked[:9]) <= last else 1
        if asked != str(value):
            self._note(label, name, asked, str(value))
        st.session_state[name] = value
        return int(st.number_input(label, min_value=1, max_value=last, width=170, **_kept(name)))

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


_LATELY, _MOST = "addresses lately", 16
"""Where a session keeps the addresses that it has had since its reader last came by
one; how many.
"""


def keep_up() -> None:
    """Put back what a quick click would undo: to be called before anything else when a control has
    changed.

    A click brings the address that the browser had. If the change before it has not reached the
    browser yet, that address lacks it. A reader who goes back comes without a click, and is left
    alone.
    """
    lately = st.session_state.get(_LATELY, [])
    if here() in lately and here() != lately[-1]:
        st.query_params.from_dict(lately[-1])


def remember_view() -> None:
    """Remember what is looked at from here on, however the reader has come."""
    lately = st.session_state.get(_LATELY, [])
    if not lately or lately[-1] != here():
        st.session_state[_LATELY] = [here()]


def set_view(**values: str | Sequence[str]) -> None:
    """Put `values` into the address, all at once: each change is a step of the back button."""
    st.query_params.update(values)


def change_view(**values: str | Sequence[str]) -> None:
    """Change the view from an element's callback."""
    keep_up()
    set_view(**values)
    _changed()


def _changed() -> None:
    st.session_state[_LATELY] = [*st.session_state.get(_LATELY, []), here()][-_MOST:]


def here() -> dict[str, list[str]]:
    """Return everything in the address."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def this_view(release: int) -> str:
    """Return the whole address of what is on the screen, as a link that shows it again, whatever is
    published since.
    """
    pairs = [(name, value) for name, values in here().items() for value in values]
    if "release" not in st.query_params:
        # The link has to show the same when another release is served.
        pairs.append(("release", str(release)))
    page = st.context.url or ""
    return f"{page}{'' if urlsplit(page).path else '/'}{'?' if pairs else ''}{urlencode(pairs)}"


def _kept(name: str, clears: Sequence[str] = ()) -> dict[str, Any]:
    """Return the options of a control that keeps its value in the address; a change clears other
    parameters.
    """
    return {"key": name, "on_change": _write, "args": (name, clears)}


def _write(name: str, clears: Sequence[str]) -> None:
    keep_up()
    value = st.session_state[name]
    if value != "":
        st.query_params[name] = str(int(value)) if isinstance(value, bool) else str(value)
    for other in clears if value != "" else (name, *clears):
        if other in st.query_params:
            del st.query_params[other]
    _changed()


def _write_several(name: str, has_default: bool) -> None:
    keep_up()
    chosen = st.session_state[name]
    if chosen or has_default:
        # An empty value says "none of them"; without the parameter the default would come back.
        st.query_params[name] = chosen or [""]
    elif name in st.query_params:
        del st.query_params[name]
    _changed()
