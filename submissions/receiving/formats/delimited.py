"""CSV -> items.

What separates the cells is decided by the header alone: it is the sign by which most of the columns
are known, and unless the columns that are needed are then all there, nothing is read. Spreadsheets
add rows and columns with nothing in them, and a first line `sep=;`; all of it is passed over with a
note.

The benchmark's script writes an escape character and reads without it, which doubles backslashes.
Here every backslash is an ordinary character; `submissions.receiving.validate` undoes the doubling
where the goldens prove it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from scoring.csv_records import CsvError, CsvRecord, csv_records
from submissions.problems import Problem
from submissions.receiving.formats.budget import Budget
from submissions.receiving.formats.columns import (
    CONTRACT,
    GENERATED,
    OTHER_NAMES,
    UploadTable,
    column,
    ignored,
    table,
)
from submissions.receiving.formats.lines import Lines, long_cell
from submissions.receiving.formats.row import Item, Note, refused
from submissions.wording import counted, noun_for

SIGNS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
"""What may stand between cells."""
NAMED = 5
_DECLARED = re.compile(r"\"?sep=(.)\"?[,;\t|]*", re.IGNORECASE)
"""A first line by which a spreadsheet says what separates cells."""


def read_csv(
    stream: io.BufferedReader, file: str, benchmark: str | None, budget: Budget
) -> Iterator[Item]:
    """Yield every row of a CSV file with a header.

    Raises:
        SubmissionRefused: The file cannot be read on; what was found before has been yielded.
    """
    lines = Lines(stream, file, budget.limits)
    yield from lines.with_faults(_items(lines, file, benchmark, budget))


def _items(lines: Lines, file: str, benchmark: str | None, budget: Budget) -> Iterator[Item]:
    sign, note = _sign(lines, file, budget)
    records = _records(lines, sign, file, budget)
    _, header = next(records, CsvRecord(0, []))
    made = table(header, file, benchmark, budget.limits)
    if note:
        yield Note(file, note)
    yield from ignored(header, made)
    yield from _Sheet(made, header, budget).items(records)


def _sign(lines: Lines, file: str, budget: Budget) -> tuple[str, str]:
    """Return what separates cells, and the note on it.

    Lines with nothing on them before the header are passed over.
    """
    first = _line_with_text(lines, file, budget)
    declared = _DECLARED.fullmatch(first.rstrip("\r\n"))
    if declared is None:
        lines.unread(first)
        sign = max(SIGNS, key=lambda sign: _known(first, sign))
        return sign, "" if sign == "," else f"cells are separated by {SIGNS[sign]}: read so"
    sign = declared[1]
    if sign not in SIGNS:
        allowed = "commas, semicolons, tabs or vertical bars"
        raise refused(
            file, f"the first line says that {sign!r} separates cells", line=1, allowed=allowed
        )
    lines.unread(_line_with_text(lines, file, budget))
    return (
        sign,
        (
            f"the first line (`sep=`) says that {SIGNS[sign]} separate cells: read so, and not as"
            " a row"
        ),
    )


def _line_with_text(lines: Lines, file: str, budget: Budget) -> str:
    for text in lines:
        if text.strip(' \r\n\t,;|"'):
            return text
        budget.blank_line(file)
    return ""


def _known(line: str, sign: str) -> int:
    """Return how many columns of ours, or of other tools', the line names, if `sign` separates
    cells.
    """
    try:  # the first line may be a part of the header alone, where a cell of it has a line end
        names = next(csv_records([line], delimiter=sign, strict=False)).cells
    except (CsvError, StopIteration):
        return 0
    known = {*CONTRACT, *GENERATED}.union(*OTHER_NAMES.values())
    return len({column(name) for name in names} & known)


@dataclass
class _Sheet:
    """The rows below a header: those with something in them become items, what is passed over is
    noted.
    """

    made: UploadTable
    header: Sequence[str]
    budget: Budget
    _empty: list[int] = field(default_factory=list)
    _padded: int = 0

    def items(self, records: Iterator[CsvRecord]) -> Iterator[Item]:
        """Yield every row, then the notes."""
        names = [column(name) for name in self.header]
        width = max(place for place, name in enumerate(names, 1) if name)
        wanted = {name: names.index(name) for name in self.made.wanted if name in names}
        position = 0
        for line, cells in records:
            if not any(map(str.strip, cells)):
                self._empty.append(line)
                self.budget.blank_line(self.made.file)
                continue
            if self.made.generated and self._empty:
                # The position says which example is meant, so that an empty row in between counts.
                for place, empty in enumerate(self._empty, position):
                    yield from self.made.rows(empty, place, {})
                position += len(self._empty)
                self._empty.clear()
            self.budget.row(self.made.file)
            if len(cells) != width and not self._fits(cells, width):
                yield _ragged(self.made.file, line, cells, self.header, width)
            else:
                by_column = {name: cells[i] or None for name, i in wanted.items()}
                yield from self.made.rows(line, position, by_column)
            position += 1
        yield from self._notes(width)

    def _fits(self, cells: Sequence[str], width: int) -> bool:
        """Return whether all that stands beyond the last named column is nothing."""
        padded = len(cells) > width and not any(map(str.strip, cells[width:]))
        self._padded += padded
        return padded

    def _notes(self, width: int) -> Iterator[Note]:
        file, unnamed = self.made.file, len(self.header) - width
        if unnamed:
            what = f"{counted(unnamed, 'column')} without a name at the end"
            yield Note(file, f"not read: {what}, empty in every row")
        elif self._padded:
            what = f"empty cells after the last column in {counted(self._padded, 'row')}"
            yield Note(file, f"not read: {what}")
        if self._empty:
            first = ", ".join(map(str, self._empty[:NAMED]))
            more = ", ..." if len(self._empty) > NAMED else ""
            rows = counted(len(self._empty), "row")
            lines = noun_for(len(self._empty), "line")
            yield Note(file, f"not read: {rows} with nothing in any cell ({lines} {first}{more})")


def _records(lines: Lines, sign: str, file: str, budget: Budget) -> Iterator[CsvRecord]:
    """Yield every record; lines with nothing on them are none."""
    try:
        for record in csv_records(lines, delimiter=sign, first=lines.number + 1):
            lines.row_done()
            count, most = len(record.cells), budget.limits.columns
            if count > most:
                allowed = f"at most {most:,}"
                raise refused(file, f"{count:,} cells", line=record.line, allowed=allowed)
            if record.cells:
                yield record
            else:
                budget.blank_line(file)
    except CsvError as error:
        raise _unreadable(file, error.line, error.reason, budget) from error


def _unreadable(file: str, line: int, message: str, budget: Budget) -> Exception:
    if "field larger" in message:
        return long_cell(file, line, budget.limits)
    known = {
        "unexpected end of data": "a quotation mark that is opened here is never closed",
        "expected after": "text follows a closing quotation mark",
        "new-line character": "a carriage return stands alone, outside quotation marks",
    }
    problem = next((text for sign, text in known.items() if sign in message), f"not CSV: {message}")
    hint = (
        "put a cell with commas, quotation marks or line ends between quotation marks, and double"
        " those in it"
    )
    return refused(file, problem, line=line, allowed="CSV as RFC 4180 has it", hint=hint)


def _ragged(
    file: str, line: int, cells: Sequence[str], header: Sequence[str], width: int
) -> Problem:
    count, expected = len(cells), len(header)
    hint = "put a text with commas or line ends between quotation marks" if count > width else ""
    if width < count <= expected:
        beyond = next(text for text in cells[width:] if text.strip())
        problem = "a text stands in a column without a name"
        return Problem(
            file, line, "", beyond, problem, "texts under the columns that are named", hint
        )
    problem = f"{count} cells where the header has {expected}"
    return Problem(file, line, "", "", problem, f"{expected} cells", hint)
