"""CSV as everything here reads it: strictly, as RFC 4180 has it, every record with the line on
which it begins.

What is made of records (which columns there must be, what a missing cell means) is for whoever
reads a kind of file. pandas would guess types and turn empty cells into "nan".
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from scoring.errors import ReasonBoardError


class CsvError(ReasonBoardError):
    """A record that is not CSV.

    Attributes:
        line: On which it begins.
        reason: In the words of Python's `csv`.
    """

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: not CSV: {reason}")
        self.line, self.reason = line, reason


class CsvRecord(NamedTuple):
    """A record: the physical line on which it begins, counted from 1, and its cells; none where
    nothing stands there.
    """

    line: int
    cells: list[str]


def csv_records(
    lines: Iterable[str],
    *,
    delimiter: str = ",",
    backslashes: bool = False,
    first: int = 1,
    largest: int = 0,
    strict: bool = True,
) -> Iterator[CsvRecord]:
    """Yield every record of some lines, blank ones included.

    Args:
        lines: With their ends, as they stand in the file (`newline=""`).
        delimiter: What stands between cells.
        backslashes: Whether quotation marks in a cell stand behind backslashes, which are ordinary
            characters else.
        first: The number of the first line.
        largest: Characters that a cell must be allowed to have, where the `csv` module's 131,072
            are too few. The limit is the whole process's, and only ever raised.
        strict: Whether what RFC 4180 has not is an error; else it is read as far as it goes.

    Raises:
        CsvError: A record cannot be read; what came before has been yielded.
    """
    # Raised and never lowered: another thread may be reading with the higher limit.
    if largest > csv.field_size_limit():
        csv.field_size_limit(largest)
    reader = csv.reader(
        lines,
        delimiter=delimiter,
        doublequote=not backslashes,
        escapechar="\\" if backslashes else None,
        strict=strict,
    )
    while True:
        # Before the record is read: one with line ends in its cells ends on a later line.
        line = first + reader.line_num
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise CsvError(line, str(error)) from error
        if cells is None:
            return
        yield CsvRecord(line, cells)


def csv_rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a UTF-8 file with a header, by column; blank lines are none, and a byte order
    mark is no part of the header.

    Raises:
        CsvError: It is not CSV, or a row has more or fewer cells than the header.
        OSError: It cannot be read.
        UnicodeDecodeError: It is not UTF-8.
    """
    with path.open(encoding="utf-8-sig", newline="") as stream:
        records = (record for record in csv_records(stream) if record.cells)
        header = next(records, CsvRecord(1, [])).cells
        for line, cells in records:
            if len(cells) != len(header):
                raise CsvError(line, f"{len(cells)} cells where the header has {len(header)}")
            yield dict(zip(header, cells, strict=True))
