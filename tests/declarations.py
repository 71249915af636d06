"""TOML of every kind for tests of what reads declarations: nonsense, and tables whose fields hold anything at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from hypothesis import strategies as st

from scoring.errors import ReasonBoardError

HOSTILE = (
    "a = " + "[" * 3_000 + "]" * 3_000,
    "title" + ".x" * 3_000 + " = 1",
    "title = " + "9" * 5_000,
    "title = 0x" + "f" * 5_000,
    "title = [0x" + "f" * 5_000 + "]",
    "title = 1979-13-45",
    "title = nan",
    "\x00",
)
"""What Python's parser, or its way to write a value, gives up on, or nearly."""


def toml_texts(sound: str, names: Iterable[str]) -> st.SearchStrategy[str]:
    """Any text, and `sound` with any values of the fields called `names`, at the top and in tables."""
    keys = st.sampled_from(sorted(names)) | st.text(max_size=5)
    leaves = (
        st.integers() | st.booleans() | st.floats() | st.sampled_from(["", " ", "yes", "b", "no"])
    )
    values = st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=8,
    )
    changed = st.dictionaries(keys, values, max_size=4).map(lambda table: _replaced(sound, table))
    return st.text() | changed


def check_read_or_refused(
    parse: Callable[[str], object], error: type[ReasonBoardError], text: str
) -> None:
    """`parse` gives a value or raises an `error` that says something, and nothing else."""
    said = "read"
    try:
        parse(text)
    except error as refused:
        said = str(refused)
    assert said


def _replaced(sound: str, table: dict[str, Any]) -> str:
    """`sound`, which has a field a line, with those of `table` in place of its own."""
    kept = [line for line in sound.splitlines() if line.split(" = ")[0] not in table]
    return "\n".join([*(f"{_text(name)} = {_toml(value)}" for name, value in table.items()), *kept])


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{_text(name)} = {_toml(inner)}" for name, inner in value.items())
            + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return _text(value) if isinstance(value, str) else repr(value).lower()


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
