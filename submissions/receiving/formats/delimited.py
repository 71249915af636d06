"""CSV -> items. The csv module, strictly: pandas would guess types and turn empty cells into "nan".

The benchmark's script writes an escape character and reads without it, which doubles backslashes. Here every
backslash is an ordinary character; `submissions.receiving.validate` undoes the doubling where the goldens prove it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from submissions.problems import Problem
from submissions.receiving.formats.columns import answers, column, ignored, table
from submissions.receiving.formats.limits import Budget
from submissions.receiving.formats.lines import Lines, long_cell
from submissions.receiving.formats.row import Item, refused


def read_csv(
    stream: io.BufferedReader, file: str, benchmark: str | None, budget: Budget
) -> Iterator[Item]:
    """Every row of a CSV file with a header.

    Raises:
        SubmissionRefused: The file cannot be read on; what was found before has been yielded.
    """
    lines = Lines(stream, file, budget.limits)
    yield from lines.with_faults(_items(lines, file, benchmark, budget))


def _items(lines: Lines, file: str, benchmark: str | None, budget: Budget) -> Iterator[Item]:
    records = _records(lines, file, budget)
    _, header = next(records, (0, []))
    made = table(header, file, benchmark, budget.limits)
    answers(header, made)
    yield from ignored(header, made)
    columns = {column(name): index for index, name in enumerate(header)}
    wanted = {name: columns[name] for name in made.wanted if name in columns}
    for position, (line, cells) in enumerate(records):
        budget.row(file)
        if len(cells) != len(header):
            yield _ragged(file, line, len(cells), len(header))
        else:
            yield from made.rows(
                line, position, {name: cells[i] or None for name, i in wanted.items()}
            )


def _records(lines: Lines, file: str, budget: Budget) -> Iterator[tuple[int, list[str]]]:
    """(first line, cells) of every record; lines with nothing on them are no records."""
    reader = csv.reader(lines, strict=True)
    while True:
        line = lines.number + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _unreadable(file, line, str(error), budget) from error
        if cells is None:
            return
        lines.row_done()
        if len(cells) > budget.limits.columns:
            raise refused(
                file,
                f"{len(cells):,} cells",
                line=line,
                allowed=f"at most {budget.limits.columns:,}",
            )
        if cells:
            yield line, cells
        else:
            budget.blank_line(file)


def _unreadable(file: str, line: int, message: str, budget: Budget) -> Exception:
    if "field larger" in message:
        return long_cell(file, line, budget.limits)
    known = {
        "unexpected end of data": "a quotation mark that is opened here is never closed",
        "expected after": "text follows a closing quotation mark",
        "new-line character": "a line ends in a carriage return alone",
    }
    problem = next((text for sign, text in known.items() if sign in message), f"not CSV: {message}")
    hint = "put a cell with commas, quotation marks or line ends between quotation marks, and double those in it"
    return refused(file, problem, line=line, allowed="CSV as RFC 4180 has it", hint=hint)


def _ragged(file: str, line: int, found: int, expected: int) -> Problem:
    hint = "put a text with commas or line ends between quotation marks" if found > expected else ""
    return Problem(
        file,
        line,
        "",
        "",
        f"{found} cells where the header has {expected}",
        f"{expected} cells",
        hint,
    )
