"""Gold CSV files as tables: read whole, decoded strictly, every row with the line it begins on.

No escape character is given to the reader: the benchmark's own script writes with one and reads
without, and its backslashes double. Here a backslash is a backslash.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from scoring.csv_records import CsvError, CsvRecord, csv_records
from scoring.errors import ReasonBoardError
from submissions.problems import Problem

_LARGEST_CELL = 2**24
"""Characters: a user's whole history may stand in one."""


class BenchmarkError(ReasonBoardError):
    """Gold data that cannot be imported.

    Attributes:
        faults: Every fault found, where the trouble lies in the file.
    """

    def __init__(self, message: str, faults: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)


class Record(NamedTuple):
    """A row: its 1-based number, the line it begins on, and its cells by column."""

    row: int
    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class GoldTable:
    """A file's content.

    Attributes:
        header: Column names.
        sha256: Of the file's bytes.
        n_rows: Rows below the header, faulty ones included.
        records: The rows that have a cell for every column.
        faults: One for every other row.
    """

    header: tuple[str, ...]
    sha256: str
    n_rows: int
    records: tuple[Record, ...]
    faults: tuple[Problem, ...]


def read_table(path: Path, required: Sequence[str], separator: str = ",") -> GoldTable:
    """Read a UTF-8 CSV, with or without a byte order mark.

    Args:
        path: The file.
        required: Columns that must be there; others may be.
        separator: What stands between cells.

    Raises:
        BenchmarkError: The file is not a table with those columns and at least one row.
    """
    content = _content(path)
    try:
        # Strictly: a wrong character in a post would change its id, and with it what bootstraps
        # draw.
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unusable(path, "encoding", f"byte {error.start} of the file", "UTF-8") from error
    try:
        lines = io.StringIO(text, newline="")
        # A blank line is no row; a row of empty cells is one, with a fault.
        every = csv_records(lines, delimiter=separator, largest=_LARGEST_CELL)
        records = [record for record in every if record.cells]
    except CsvError as error:
        raise _unusable(
            path, "CSV", error.reason, "quoted as RFC 4180 says, cells up to 16 MiB"
        ) from error
    header, *body = records or [CsvRecord(1, [])]
    columns = tuple(cell.strip() for cell in header.cells)
    if separator == "," and (other := _other_separator(columns)):
        raise _unusable(path, "header", ", ".join(columns), f"cells parted by commas, not {other}")
    # Of two columns of one name nobody could tell which is read.
    if len(set(columns)) != len(columns) or not set(required) <= set(columns):
        raise _unusable(
            path, "header", ", ".join(columns), f"once each, among others: {', '.join(required)}"
        )
    if not body:
        raise _unusable(path, "rows", "none below the header", "at least one")
    return GoldTable(
        columns, hashlib.sha256(content).hexdigest(), len(body), *_records(columns, body)
    )


def _other_separator(columns: Sequence[str]) -> str:
    """Return what parts the cells of a file that spreadsheets write in some languages; "" where it
    is commas.
    """
    separators = {";": "semicolons", "\t": "tabs"}
    header = columns[0] if len(columns) == 1 else ""
    return next((name for separator, name in separators.items() if separator in header), "")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unusable(
            path, "file", error.strerror or type(error).__name__, "a readable CSV file"
        ) from error


def _records(
    columns: tuple[str, ...], rows: Sequence[CsvRecord]
) -> tuple[tuple[Record, ...], tuple[Problem, ...]]:
    records, faults = [], []
    for number, row in enumerate(rows, start=1):
        if len(row.cells) == len(columns):
            records.append(Record(number, row.line, dict(zip(columns, row.cells, strict=True))))
        else:
            cells, allowed = f"{len(row.cells)} cells", f"{len(columns)}, as in the header"
            ragged = "not as many cells as the header"
            faults.append(Problem("", row.line, "cells", cells, ragged, allowed))
    return tuple(records), tuple(faults)


def gold_fault(line: int | None, field: str, value: str, allowed: str) -> Problem:
    """Return what is wrong with a cell, or with the whole file, which a message names but once."""
    return Problem("", line, field, value, "" if value else "is empty", allowed)


def _unusable(path: Path, what: str, value: str, allowed: str) -> BenchmarkError:
    fault = gold_fault(None, what, value, allowed)
    return BenchmarkError(
        f"{path}: cannot be used: {fault}. Correct the file and try again.", (fault,)
    )
