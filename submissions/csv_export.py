"""CSV exports that a spreadsheet can open without running anything.

A cell that begins with =, +, -, @, a tab or a carriage return is a formula to a spreadsheet,
whoever wrote it, so text columns get an apostrophe in front of such a cell. Numbers are left alone,
and so are texts that are nothing but numbers, such as the interval "-3.21 to -3.05": they compute
nothing, and are what we write ourselves. JSON and Parquet are left alone as well: there a minus
sign is a minus sign.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TextIO

FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = r"[-+]?\d+(\.\d+)?(e[-+]?\d+)?%?"
_NUMBERS = re.compile(rf"{_NUMBER}(( to | against |–){_NUMBER})?", re.ASCII)
"""A number, two ends of an interval, or a value against another."""


LINE_END = "\r\n"


class LineFeeds:
    """What `csv` writes with `LINE_END`, each line ended by a line feed alone.

    `csv` quotes a sign that ends lines only where its own do so: with "\\n" a bare carriage return
    would break a row.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, line: str) -> None:
        """Take one line, as `csv` writes it."""
        self._stream.write(line.removesuffix(LINE_END) + "\n")


def neutralise(text: str) -> str:
    """Return `text` in a form that no spreadsheet takes for a formula."""
    computes = text.startswith(FORMULA) and not _NUMBERS.fullmatch(text)
    return f"'{text}" if computes else text


def csv_export(
    rows: Iterable[Mapping[str, object]],
    text_columns: Collection[str],
    columns: Sequence[str] = (),
) -> str:
    """Return a CSV file with a header.

    Args:
        rows: All with the keys of the first, which are the columns; None becomes an empty cell.
        text_columns: The columns whose text is neutralised.
        columns: What the header names where there are no rows; the result is empty without it.
    """
    stream = io.StringIO(newline="")
    writer: csv.DictWriter[str] | None = None
    for row in rows:
        # Rows come one by one, from a board of any size: the columns are the first row's.
        if writer is None:
            writer = csv.DictWriter(LineFeeds(stream), list(row), lineterminator=LINE_END)
            writer.writeheader()
        writer.writerow({name: _cell(value, name in text_columns) for name, value in row.items()})
    if writer is None and columns:
        csv.writer(LineFeeds(stream), lineterminator=LINE_END).writerow(columns)
    return stream.getvalue()


def _cell(value: object, text: bool) -> object:
    return neutralise(value) if text and isinstance(value, str) else value
