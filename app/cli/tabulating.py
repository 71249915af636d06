"""What commands that print results share: a table for people, JSON for programs, and numbers.

A table is neither squeezed until it cannot be read, nor cut: columns that do not fit beside each
other are continued below, after the names of the rows.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from rich.cells import cell_len
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from app.grouping import grouped

if TYPE_CHECKING:
    from submissions.store.released.release import ReleaseReader

Row = TypeVar("Row")

WIDE = 200
# Narrower, every word of a cell would be broken.
NARROWEST = 40
FRAME = 3
"""Columns that a column takes beside its text: a line and two blanks."""
INTERVAL = re.compile(r"^(-?[0-9.]+(?: ± [0-9.]+)?) \((?=-?[0-9.]+ to )")
"""A value with its interval, which goes on a line of its own where a table is too wide."""
LONGEST = 60
"""Columns of text beyond which a cell, such as the reason of a blank, wraps."""


def print_json(rows: Iterable[Mapping[str, object]]) -> None:
    """Write `rows` to standard output as one JSON array."""
    sys.stdout.write(json.dumps(list(rows), indent=1, ensure_ascii=False) + "\n")


def print_stated(
    release: ReleaseReader,
    boards: Mapping[str, tuple[str, Sequence[Row]]],
    more: Callable[[Row], Mapping[str, object]] = lambda row: {},  # noqa: ARG005
    below: Iterable[Mapping[str, object]] = (),
) -> None:
    """Write the rows of boards, from `app.chosen.rows_by_board`, to standard output for programs.

    Args:
        release: Whose they are.
        boards: Board -> its metric and its rows.
        more: Returns what else is said of a row.
        below: What stands after them.
    """
    from app.chosen import stated

    scored = (
        {**fields, **more(row)}
        for board, (_, rows) in boards.items()
        for row, fields in zip(rows, stated(release, board, rows), strict=True)
    )
    print_json(chain(scored, below))


@dataclass(frozen=True)
class Sheet:
    """A table for people.

    Attributes:
        title: Above it.
        heads: Of the columns.
        rows: Cells; text from outside is shown as it is.
        caption: Below it.
        keys: How many of the first columns name a row; they are repeated where a table goes on.
        numbers: The column from which on cells are plain numbers, set to the right; None for none.
    """

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str
    keys: int = 1
    numbers: int | None = None


def print_sheet(sheet: Sheet) -> None:
    """Write a table to standard output, in as many parts as the terminal is too narrow for."""
    room = width()
    console = Console(width=room, highlight=False)
    for part in parts(sheet, room):
        console.print(part)


def width() -> int:
    """Return how many columns to write in.

    COLUMNS where it is set, else the terminal's, and WIDE where the output is no terminal.
    """
    columns = os.environ.get("COLUMNS", "")
    # A width that is too small is no width: scripts set COLUMNS to 0 or 1 for "unknown".
    if columns.isdecimal() and int(columns) >= NARROWEST:
        return int(columns)
    return max(NARROWEST, os.get_terminal_size(1).columns) if sys.stdout.isatty() else WIDE


def parts(sheet: Sheet, room: int) -> Iterator[Table | Text]:
    """Yield title, table and caption; where the columns do not fit side by side, several tables.

    These have some of the columns each, and stand under each other.
    """
    if not _fits(sheet, room):
        sheet = _common_names_in_title(sheet)
    if not _fits(sheet, room):
        sheet = replace(sheet, rows=[_narrow(row, sheet.keys) for row in sheet.rows])
    widths = _widths(sheet, room)
    chosen = _columns_by_part(widths, sheet.keys, room)
    for number, columns in enumerate(chosen, 1):
        rows = [
            # In a later part a row without entries would only repeat its name.
            row
            for row in sheet.rows
            if number == 1 or any(row[at] for at in columns[sheet.keys :])
        ]
        title = sheet.title + (f" ({number} of {len(chosen)})" if len(chosen) > 1 else "")
        title += "; rows without any of these are left out" if len(rows) < len(sheet.rows) else ""
        yield Text(title, style="italic")
        table = Table()
        for at in columns:
            justify: JustifyMethod = (
                "right" if sheet.numbers is not None and at >= sheet.numbers else "left"
            )
            table.add_column(
                Text(sheet.heads[at]), justify=justify, width=widths[at], overflow="fold"
            )
        for row in rows:
            # In a string rich would look for markup and emoji.
            table.add_row(*(Text(row[at]) for at in columns))
        yield table
    yield Text(sheet.caption, style="dim")


def _fits(sheet: Sheet, room: int) -> bool:
    return sum(size + FRAME for size in _needed(sheet)) < room


def _common_names_in_title(sheet: Sheet) -> Sheet:
    """Move names that are the same in every row to the title, as where two systems are compared."""
    common = [at for at in range(sheet.keys - 1) if len({row[at] for row in sheet.rows}) == 1]
    if not common:
        return sheet
    names = ", ".join(f"{sheet.heads[at]} = {sheet.rows[0][at]}" for at in common)
    kept = [at for at in range(len(sheet.heads)) if at not in common]
    return replace(
        sheet,
        title=f"{sheet.title}: {names}",
        heads=[sheet.heads[at] for at in kept],
        rows=[[row[at] for at in kept] for row in sheet.rows],
        keys=sheet.keys - len(common),
        numbers=None if sheet.numbers is None else sheet.numbers - len(common),
    )


def _narrow(row: Sequence[str], keys: int) -> list[str]:
    return [*row[:keys], *(INTERVAL.sub(r"\1\n(", cell) for cell in row[keys:])]


def _needed(sheet: Sheet) -> list[int]:
    """Return the width of each column's longest line."""
    columns = [[head, *(row[at] for row in sheet.rows)] for at, head in enumerate(sheet.heads)]
    return [
        max(cell_len(line) for text in column for line in text.split("\n")) for column in columns
    ]


def _widths(sheet: Sheet, room: int) -> list[int]:
    """Return each column's width: what it needs, but long texts wrap.

    The names and one more column always fit beside each other.
    """
    needed = _needed(sheet)
    widths = dict[int, int]()
    left = (room - 1) // 2
    # The narrowest first: what short names leave over goes to the long ones.
    for at in sorted(range(sheet.keys), key=lambda at: needed[at]):
        widths[at] = min(needed[at], left // (sheet.keys - len(widths)) - FRAME)
        left -= widths[at] + FRAME
    most = room - 1 - FRAME - sum(size + FRAME for size in widths.values())
    return [widths.get(at, min(size, most, LONGEST)) for at, size in enumerate(needed)]


def _columns_by_part(widths: Sequence[int], keys: int, room: int) -> list[list[int]]:
    """Return the columns of each part: as many as fit, in order, after those that name the rows."""
    names = list(range(keys))
    most = room - 1 - sum(widths[at] + FRAME for at in names)
    by_part = [list(names)]
    taken = 0
    for at in range(keys, len(widths)):
        size = widths[at] + FRAME
        # A column that fits nowhere stands alone rather than in an endless row of empty parts.
        if taken + size > most and taken:
            by_part.append(list(names))
            taken = 0
        by_part[-1].append(at)
        taken += size
    return by_part


def reasons(cells: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Say why cells, or their intervals, are blank: a line a reason, with those that it is of.

    Args:
        cells: Whose a cell is, and why it is blank; "" where it is not.
    """
    for why, names in grouped((why, name) for name, why in cells if why).items():
        yield f"{', '.join(dict.fromkeys(names))}: {why}"


def number(value: float | None) -> str:
    """Return three decimals, zero without a sign; nothing for a blank."""
    return "" if value is None else f"{value:z.3f}"


def with_deviation(value: float | None, sd: float | None) -> str:
    """Return a value with its standard deviation over runs, where it has one."""
    return number(value) + ("" if value is None or sd is None else f" ± {number(sd)}")


def with_interval(
    value: float | None, low: float | None, high: float | None, sd: float | None = None
) -> str:
    """Return a value with its standard deviation over runs and its 95% interval, where it has
    them.
    """
    stated = with_deviation(value, sd)
    if low is None or high is None:
        return stated
    return f"{stated} ({number(low)} to {number(high)})"
