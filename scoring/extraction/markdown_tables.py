"""Tables of Markdown, rows between vertical bars, and of CSV, read as fields with name and value.

A table may stand upright (a heading over each column) or lie (a name at the beginning of each row).
It lies where its first row is itself a field with a value, or where the first column is headed by
what its names have in common ("Condition", "Question").
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from scoring.extraction.vocabulary import words_of

_ROW = re.compile(r"(?m)^[ \t]*\|(.+)\|[ \t]*$")
_RULE = re.compile(r"[\s:|+-]+")
_HEAD = re.compile(r"[a-z_ ]{2,24}(?:,[a-z_ ]{2,24}){1,3}\n")
_VALUE = re.compile(r"(?:^|(?<=\n)|,)[ ]?(?:\"((?:[^\"\n]|\"\")*)\"|([^,\"\n]+))[ \n]?")
_NAMES = words_of("names")
_SUBJECTS = words_of("subjects") | _NAMES


@dataclass(frozen=True)
class Cell:
    """A value in a table, with the name of its column or row."""

    name: str
    text: str
    start: int
    end: int
    row: str = ""
    """What its row is about, where the first column says that of all rows."""


def cells(text: str) -> list[Cell]:
    """Return all values of the table in `text`, named; empty where there is none."""
    if text.count("|") < 4:
        return []
    rows = [_cells(row) for row in _ROW.finditer(text) if not _RULE.fullmatch(row[1])]
    rows = [row for row in rows if len(row) > 1]
    if not rows:
        return []
    head, *body = rows
    lies = head[0].text.strip().lower() in _NAMES
    if lies or not body:
        lying = body if lies else rows
        return [
            Cell(row[0].text, cell.text, cell.start, cell.end) for row in lying for cell in row[1:2]
        ]
    upright = [
        Cell(name.text, cell.text, cell.start, cell.end, _subject(head[0].text, row[0].text, place))
        for row in body
        for place, (name, cell) in enumerate(zip(head, row, strict=False))
    ]
    both = [
        Cell(row[0].text, row[1].text, row[1].start, row[1].end) for row in rows if len(row) == 2
    ]
    return [*upright, *both]


def delimited_cells(text: str) -> list[Cell]:
    """Return the values of a line of CSV below its heading; empty where `text` is something else.

    "label,explanation" and one line more.
    """
    head = _HEAD.match(text)
    if head is None or "\n" in text[head.end() :].strip():
        return []
    names = [name.strip() for name in head[0].split(",")]
    values = [
        Cell("", match[1] or match[2] or "", *match.span(1 if match[1] else 2))
        for match in _VALUE.finditer(text, head.end())
    ]
    if len(values) != len(names):
        return []
    subject = values[0].text.strip()
    return [
        Cell(name, cell.text.strip(), cell.start, cell.end, _subject(names[0], subject, place))
        for place, (name, cell) in enumerate(zip(names, values, strict=True))
    ]


def _subject(heading: str, first: str, place: int) -> str:
    """Return what a cell's row is about; "" for the first column, and where that is no subject."""
    return first.strip() if place and heading.strip().lower() in _SUBJECTS else ""


def _cells(row: re.Match[str]) -> list[Cell]:
    row_cells, start = [], row.start(1)
    for text in row[1].split("|"):
        row_cells.append(Cell("", text.strip(), start, start + len(text)))
        start += len(text) + 1
    return row_cells


__all__ = ["Cell", "cells", "delimited_cells"]
