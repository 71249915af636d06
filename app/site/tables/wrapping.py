"""How wide and how high a grid's cells must be for sentences to be read: it breaks lines, but grows
for none.
"""

from __future__ import annotations

from collections.abc import Iterable

LETTER, PADDING, LINE, MARGIN = 6.5, 24, 24, 20
"""Pixels of a letter's width, of what stands beside a text, of a line's height, and of what stands
above and below.
"""
WIDEST, MOST_LINES = 460, 4


def column_width(head: str, texts: Iterable[str]) -> int:
    """Return pixels in which a head and the longest of `texts` stand on a line,
    `WIDEST` at most.
    """
    return min(WIDEST, PADDING + round(LETTER * max(len(head), *map(len, texts), 0)))


def row_height(texts: Iterable[str], width: int = WIDEST) -> int | None:
    """Return pixels in which the longest of `texts` stands in a column of that width, on
    `MOST_LINES` at most.

    Returns:
        None where one line is enough, which is what a grid has by itself.
    """
    longest = PADDING + round(LETTER * max(map(len, texts), default=0))
    lines = min(MOST_LINES, -(-longest // width))
    return LINE * lines + MARGIN if lines > 1 else None
