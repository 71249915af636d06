"""What the commands that print results share: a table for people, JSON for programs, numbers as both show them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text


def print_json(rows: Iterable[Mapping[str, object]]) -> None:
    """Write `rows` to standard output as one JSON array."""
    sys.stdout.write(json.dumps(list(rows), indent=1, ensure_ascii=False) + "\n")


def print_table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]], caption: str) -> None:
    """Write a table to standard output; columns after the first are numbers or short texts.

    Args:
        title: Above it.
        heads: Of the columns.
        rows: Cells; text from outside is shown as it is.
        caption: Below it.
    """
    table = Table(title=Text(title), caption=Text(caption))
    for head in heads:
        table.add_column(head)
    for row in rows:
        table.add_row(*map(Text, row))  # in a string rich would look for markup and emoji
    Console(width=None if sys.stdout.isatty() else 200).print(table)


def number(value: float | None) -> str:
    """Three decimals, zero without a sign; nothing for a blank."""
    return "" if value is None else f"{value:z.3f}"


def with_interval(value: float | None, low: float | None, high: float | None) -> str:
    """A value with its 95% interval, where it has one."""
    return number(value) if low is None or high is None else f"{number(value)} ({number(low)} to {number(high)})"


def probability(p: float | None) -> str:
    """A p-value in four decimals: permutations give no more."""
    return "" if p is None else f"{p:.4f}"
