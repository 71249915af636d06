"""What rows say beside their answers: how sure they are, and which passages of the post they rest
on.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

_HALF = re.compile("[\ud800-\udfff]")
"""Half a surrogate pair, which JSON can escape and no file can hold."""


def as_number(text: str) -> float | None:
    """Return the number that a cell holds; None where it is none."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def passages_in(cell: str, post: str) -> list[str] | None:
    """Return the passages that a cell lists, each once.

    Args:
        cell: A JSON list, of passages or of [start, end], in characters of the post from 0.
        post: The post.

    Returns:
        None where it is no such list, a place lies outside the post, or a passage is no text that
        UTF-8 can write.
    """
    try:
        listed = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    if not isinstance(listed, list):
        return None
    passages = [_passage(entry, post) for entry in listed]
    if any(passage is None for passage in passages):
        return None
    return list(dict.fromkeys(passage for passage in passages if passage and passage.strip()))


def given_passages(stored: str | None) -> tuple[str, ...] | None:
    """Return passages from the form in which they are stored; None where none were listed."""
    return None if stored is None else tuple(json.loads(stored))


def _passage(entry: Any, post: str) -> str | None:
    match entry:
        case str(passage) if not _HALF.search(passage):
            return passage
        case [bool(), _] | [_, bool()]:  # JSON's true is no place, though Python's is 1
            return None
        case [int(start), int(end)] if 0 <= start < end <= len(post):
            return post[start:end]
        case _:
            return None
