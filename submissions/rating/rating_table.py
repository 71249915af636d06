"""A file of human ratings as a table: its cells under folded heads, and what was noticed on the
way.

Files come out of spreadsheets: see `rating_files`, which says what the cells mean.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scoring.csv_records import CsvError, CsvRecord, csv_records
from submissions.likeness.names import Spellings
from submissions.problems import Problem
from submissions.receiving.formats.budget import LIMITS
from submissions.receiving.formats.columns import column
from submissions.receiving.formats.row import refused

ALIASES = {
    "post": ("text",),
    "item": ("item_id",),
    "system": ("model",),
    "annotator": ("rater", "annotator_id"),
    "rating": ("score",),
    "output": ("response", "generated_text"),
}
_ENCODINGS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


@dataclass
class RatingTable:
    """A file's cells under its header's folded names, and what was found on the way."""

    file: str
    header: tuple[str, ...]
    records: list[tuple[int, dict[str, str]]]
    titles: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    annotators: Spellings = field(default_factory=Spellings)
    systems: Spellings = field(default_factory=Spellings)

    def fault(
        self,
        line: int | None,
        name: str,
        value: str,
        problem: str,
        allowed: str = "",
        hint: str = "",
    ) -> None:
        """Add a problem."""
        self.problems.append(Problem(self.file, line, name, value, problem, allowed, hint))


def rating_table(file: str, content: bytes) -> RatingTable:
    """Read a file's cells.

    Args:
        file: What messages call it.
        content: In one of the encodings that spreadsheets write.

    Raises:
        SubmissionRefused: It holds nothing, or is no CSV.
    """
    text, notes = _decoded(content)
    # UTF-16 without its mark, as a rule: read as UTF-8 every second character is NUL.
    if "\0" in text:
        raise refused(
            file, "holds NUL characters, which no text has", hint="save it as CSV in UTF-8"
        )
    delimiter = _delimiter(text)
    try:
        rows = _rows(text, delimiter)
    except CsvError as error:
        try:
            rows = _rows(text, delimiter, backslashes=True)
        except CsvError:
            raise refused(
                file,
                f"not CSV: {error.reason}",
                allowed="CSV as RFC 4180 has it",
                hint=(
                    "put a cell with separators, quotation marks or line ends between quotation"
                    " marks, and double those in it"
                ),
            ) from error
        notes.append("quotation marks stand behind backslashes: read so")
    if not rows:
        raise refused(file, "is empty", hint="a header and a row a rated text, or a row a rating")
    return _with_header(file, rows, notes)


def _decoded(content: bytes) -> tuple[str, list[str]]:
    for mark, encoding in _ENCODINGS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace"), []
    try:
        return content.decode("utf-8"), []
    except UnicodeDecodeError as error:
        # Every byte is a character in it, so nothing is refused; the note tells who knows better.
        note = (
            f"not UTF-8 (byte 0x{content[error.start]:02X} at offset {error.start:,}): read as"
            " Windows-1252"
        )
        return content.decode("cp1252", errors="replace"), [note]


def _delimiter(text: str) -> str:
    # The header alone: texts below are full of commas.
    head = re.split(r"[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0]
    return max(",;\t", key=head.count)


def _rows(text: str, delimiter: str, *, backslashes: bool = False) -> list[CsvRecord]:
    """Return every record that is not blank."""
    lines = io.StringIO(text, newline="")
    records = csv_records(lines, delimiter=delimiter, backslashes=backslashes)
    # Spreadsheets write rows of bare separators at the end.
    return [record for record in records if any(cell.strip() for cell in record.cells)]


def _with_header(file: str, rows: Sequence[CsvRecord], notes: list[str]) -> RatingTable:
    line, names = rows[0]
    canonical = {alias: name for name, aliases in ALIASES.items() for alias in aliases}
    folded = [column(name) for name in names]
    header = [
        # An alias gives way to a column that has the very name.
        canonical[name] if name in canonical and canonical[name] not in folded else name
        for name in folded
    ]
    table = RatingTable(
        file, tuple(header), [], dict(zip(header, map(str.strip, names), strict=True)), notes=notes
    )
    # Once a name, however often it stands there.
    for name in dict.fromkeys(header):
        if name and header.count(name) > 1:
            table.fault(
                line, name, "", "the column stands there twice", hint="remove or rename one of them"
            )
    if len(rows) - 1 > LIMITS.rows:
        table.fault(None, "", "", f"{len(rows) - 1:,} rows", f"at most {LIMITS.rows:,}")
    for number, cells in rows[1:]:
        # Empty cells beyond the header are a spreadsheet's; with text in them a separator was not
        # quoted.
        if len(cells) < len(header) or any(cell.strip() for cell in cells[len(header) :]):
            hint = (
                "put a text with separators or line ends between quotation marks"
                if len(cells) > len(header)
                else ""
            )
            table.fault(
                number, "", "", f"{len(cells)} cells where the header has {len(header)}", hint=hint
            )
        else:
            table.records.append((number, dict(zip(header, cells, strict=False))))
    return table
