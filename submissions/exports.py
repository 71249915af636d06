"""CSV exports that a spreadsheet can open without running anything.

A cell that begins with =, +, -, @, a tab or a carriage return is a formula to a spreadsheet, whoever wrote it, so
text columns get an apostrophe in front of such a cell. Numbers are left alone, and so are JSON and Parquet: there
a minus sign is a minus sign.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Mapping

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def neutralise(text: str) -> str:
    """`text` in a form that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def csv_export(rows: Iterable[Mapping[str, object]], text_columns: Collection[str]) -> str:
    """A CSV file with a header.

    Args:
        rows: All with the keys of the first, which are the columns; None becomes an empty cell. Without rows the
            result is empty.
        text_columns: The columns whose text is neutralised.
    """
    stream = io.StringIO(newline="")
    writer: csv.DictWriter[str] | None = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(stream, list(row), lineterminator="\n")
            writer.writeheader()
        writer.writerow({name: _cell(value, name in text_columns) for name, value in row.items()})
    return stream.getvalue()


def _cell(value: object, text: bool) -> object:
    return neutralise(value) if text and isinstance(value, str) else value
