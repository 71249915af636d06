"""Objects in a text, as models write them: JSON, or what they take for it.

A tolerant reader, in one pass over the text: single quotes, bare words, commas too many and
brackets that were left open or cut off are taken as they come. No nesting can hurt it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

_BEGINS = re.compile(r"\{\s*[\"'“]?\w")
_TOKEN = re.compile(
    r"""
      (?P<mark>[{}\[\]:,])
    | "(?P<double>(?:[^"\\]|\\.)*+)"
    | '(?P<single>(?:[^'\\]|\\.|'(?=\w))*+)'
    | ["'](?P<cut>[^"']*+)$                  # the text ends within a string
    | (?P<bare>[^\s{}\[\]:,"']+(?:[ ][^\s{}\[\]:,"']+)*)
    """,
    re.VERBOSE | re.DOTALL,
)
# What is nested deeper is no answer, and a text of opening brackets alone must end somewhere.
_DEEPEST = 6
_MOST = 400
"""Values; no output has more of its own."""


@dataclass(frozen=True)
class Value:
    """One value of an object.

    Attributes:
        path: The keys that lead to it, outermost first.
        text: What it is, decoded; "true", "null" and numbers as they stand.
        quoted: Whether it is a string.
        start: Where it stands in the text, its quotation marks aside.
        end: Where it ends.
        within: Where the object begins that holds it.
    """

    path: tuple[str, ...]
    text: str
    quoted: bool
    start: int
    end: int
    within: int


@dataclass(frozen=True)
class Block:
    """An object, or several in one list, with everything in it.

    Attributes:
        values: All values, nested ones included, in their order.
        start: Where it begins.
        end: Where it ends.
    """

    values: tuple[Value, ...]
    start: int
    end: int


def blocks(text: str) -> Iterator[Block]:
    """Yield all outermost objects of `text`."""
    place, left = 0, _MOST
    while left > 0 and (begin := _BEGINS.search(text, place)) is not None:
        block = _block(text, begin.start(), left)
        yield block
        place, left = max(block.end, begin.end()), left - max(1, len(block.values))


def _block(text: str, start: int, most: int) -> Block:
    values: list[Value] = []
    keys: list[str] = []
    open_marks: list[tuple[str, int]] = []
    key, within, end = "", start, len(text)
    position = start
    while (token := _TOKEN.search(text, position)) is not None and len(values) < most:
        position = token.end()
        mark = token["mark"]
        if mark in ("{", "["):
            within = token.start() if mark == "{" else within
            open_marks.append((mark, within))
            keys.append(key)
            key = ""
            if len(open_marks) > _DEEPEST:
                break
        elif mark in ("}", "]"):
            open_marks.pop()
            key = keys.pop()
            if not open_marks:
                end = position
                break
        elif mark is None:
            ahead = text[position : position + 8].lstrip()
            if ahead.startswith(":") and open_marks[-1][0] == "{" and not token["cut"]:
                key = _decoded(token)
            elif open_marks[-1][0] == "[" or key:
                path = tuple(part for part in (*keys, key) if part)
                group = token.lastgroup or "bare"
                values.append(
                    Value(
                        path,
                        _decoded(token),
                        group != "bare",
                        *token.span(group),
                        open_marks[-1][1],
                    )
                )
    return Block(tuple(values), start, end)


def _decoded(token: re.Match[str]) -> str:
    content = token[token.lastgroup or 0]
    return decoded(content, double=token.lastgroup == "double")


def decoded(content: str, *, double: bool) -> str:
    """Return what the string writes that has `content` between its quotation marks."""
    if not double:
        return content.replace("\\'", "'")
    try:
        return str(json.loads(f'"{content}"', strict=False))
    except ValueError:
        return content


__all__ = ["Block", "Value", "blocks", "decoded"]
