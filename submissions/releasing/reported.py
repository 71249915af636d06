"""Numbers that papers print: published with what was scored here, apart from it and never ranked.

They are part of a release, and not read beside it. What a page, an export or the API shows is the
release's, so it can be cited, downloaded and rolled back to; a cell that is corrected in the files
is a change with a line of its own (and needs a reason), and stands in the next release alone. The
price is that a new file waits for the next `reasonboard publish`, as a new score does.

`leaderboard_data/reported/*.csv` have a row a cell, with the columns of `COLUMNS`, and
`sources.toml` beside them has the papers that rows name, with what each claims. A board's own, in
`reported/` of its data folder, stand beside these; a file that is called as a shipped one takes its
place, and so does a paper. A number is kept as it is printed, and compared as a share where its
metric is one of ours (`metric`, which is blank where nothing here measures the same). What a paper
leaves blank has no row: absent is not zero.

A row of an invented board is published where that board is, and nowhere else: demonstration data
never stand on a real board.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from math import fsum
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field

from scoring.csv_records import CsvError, CsvRecord, csv_records
from scoring.declarations import Fault, Must, Number, Text, Texts, fitted, table_of, text_of
from scoring.errors import ReasonBoardError, nearest_or_all
from scoring.metrics import METRICS
from scoring.tasks import TasksById, unreadable
from submissions.declarations.settings import declared_in
from submissions.store.released.reported_rows import ClaimRow, PaperRow, ReportedRow

Read = TypeVar("Read")

FOLDER = "reported"
SOURCES = "sources.toml"
UNITS = {"per cent": 0.01, "share": 1.0, "points": 1.0}
COLUMNS = (
    "paper",
    "table",
    "category",
    "system",
    "strategy",
    "parameters",
    "trained_on",
    "benchmark",
    "task",
    "set",
    "metric",
    "printed_metric",
    "unit",
    "value",
    "sd",
    "n",
    "caveat",
)
"""Of a file of cells; `ReportedRow` says what each holds."""
NEEDED = ("paper", "table", "system", "set", "printed_metric", "unit", "value")
NAMING = (
    "paper",
    "table",
    "system",
    "strategy",
    "trained_on",
    "set",
    "task",
    "printed_metric",
)
"""What a cell is found by."""
_DECIMAL = re.compile(r"^-?[0-9]{1,15}(\.[0-9]{1,15})?$")
_COUNT = re.compile(r"[0-9]{1,15}")
"""Digits are bounded because Python refuses to read thousands of them."""
_BOUNDS = {metric.name: metric.bounds for metric in METRICS}
_DIGITS = 6
"""67.87 per cent is .6787, and not what the product of two floats leaves of it."""


class ReportedError(ReasonBoardError):
    """A file of reported numbers, or of their sources, that does not fit."""


@dataclass(frozen=True)
class ClaimReading:
    """One way to take a claim: whose cells are held against whose.

    Attributes:
        title: For people.
        table: Of the paper, whose cells they are.
        ours: The system that is said to be better, with its only row in the table.
        theirs: The one that is said to be worse.
        strategies: Of the worse one; the best of them counts, task by task.
    """

    title: Text
    table: Text
    ours: Text
    theirs: Text
    strategies: Texts


@dataclass(frozen=True)
class Claim:
    """What a paper says of its numbers.

    Attributes:
        text: What is claimed.
        claimed: By how many points one side is better, as printed.
        tasks: Over which the difference is meaned.
        readings: Ways to take it; none where the paper prints no cells that it could follow from.
    """

    text: Text
    claimed: Annotated[
        str, Field(pattern=_DECIMAL.pattern), Must("it must be a number, as text: '10.9'")
    ]
    tasks: Texts = ()
    readings: tuple[ClaimReading, ...] = ()


@dataclass(frozen=True)
class Paper:
    """A table of `sources.toml`.

    Attributes:
        key: Of the paper, and of its BibTeX entry.
        authors: "Last, First" each, or the last name alone.
        year: Of publication.
        title: "" where it is not known.
        venue: Where it was published; "" for nowhere but arXiv, or not known.
        arxiv: Its number there.
        note: What else is to be said of the source.
        claims: What it says of its numbers.
    """

    key: Annotated[
        str,
        Field(pattern=r"^[a-z][a-z0-9_-]*$"),
        Must("not a key: lower-case letters, digits, - and _"),
    ]
    authors: Annotated[
        tuple[Text, ...], Field(min_length=1), Must("it must be a list of at least one name")
    ]
    year: Annotated[Number, Field(ge=1, le=9999), Must("it must be a year, such as 2024")]
    title: str = ""
    venue: str = ""
    arxiv: str = ""
    note: str = ""
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True)
class Reported:
    """What papers print and claim, as a release states it."""

    papers: tuple[PaperRow, ...] = ()
    cells: tuple[ReportedRow, ...] = ()
    claims: tuple[ClaimRow, ...] = ()

    def without(self, benchmarks: Collection[str]) -> Reported:
        """Return it without the cells of some benchmarks, and without papers that have none left."""
        cells = tuple(cell for cell in self.cells if cell.benchmark not in benchmarks)
        gone = {cell.paper for cell in self.cells} - {cell.paper for cell in cells}
        return Reported(
            tuple(paper for paper in self.papers if paper.key not in gone),
            cells,
            tuple(claim for claim in self.claims if claim.paper not in gone),
        )


def board_reported(data: Path, tasks: TasksById) -> tuple[Reported, tuple[Fault, ...]]:
    """Return all that can be used for the board whose data lie in `data`, and what is wrong with
    files that are left out.

    Args:
        data: The board's folder.
        tasks: Those that cells may be of.
    """
    own, shipped = declared_in(data, FOLDER)
    faults: list[Fault] = []
    papers: dict[str, Paper] = {}
    none: dict[str, Paper] = {}
    for path in (shipped / SOURCES, own / SOURCES):
        if path.is_file():
            papers |= _usable(path, partial(read_papers, path), none, faults)
    files = {path.name: path for folder in (shipped, own) for path in sorted(folder.glob("*.csv"))}
    cells: list[ReportedRow] = []
    for path in files.values():
        cells += _usable(path, partial(read_cells, path, papers, tasks), [], faults)
    printing = {cell.paper for cell in cells}
    usable = [paper for paper in papers.values() if paper.key in printing]
    return (
        Reported(
            tuple(_paper_row(paper) for paper in usable),
            tuple(cells),
            tuple(row for paper in usable for row in claim_rows(paper, cells)),
        ),
        tuple(faults),
    )


def _usable(path: Path, read: Callable[[], Read], otherwise: Read, faults: list[Fault]) -> Read:
    """Return what a file has; of a faulty one what is had otherwise, and its fault is noted."""
    try:
        return read()
    except ReportedError as error:
        faults.append(Fault(f"{FOLDER}/{path.name}", str(error), path))
        return otherwise


def read_papers(path: Path) -> dict[str, Paper]:
    """Return key -> paper, of a file of sources.

    Raises:
        ReportedError: Every fault of it.
    """
    papers: dict[str, Paper] = {}
    faults: list[str] = []
    for key, table in table_of(text_of(path, ReportedError), str(path), ReportedError).items():
        try:
            papers[key] = fitted(Paper, table, f"{path}: {key}", ReportedError, id=key)
        except ReportedError as error:
            faults.append(str(error))
    if faults:
        raise ReportedError("\n".join(faults))
    return papers


def read_cells(path: Path, papers: Collection[str], tasks: TasksById) -> list[ReportedRow]:
    """Return the cells of one file.

    Args:
        path: The file.
        papers: Keys of those that are declared.
        tasks: Those that are declared.

    Raises:
        ReportedError: Every fault of it, a line each, with the line of the file.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            header, *records = [record for record in csv_records(stream) if record.cells] or [
                CsvRecord(1, [])
            ]
    except (OSError, UnicodeDecodeError, CsvError) as error:
        raise ReportedError(f"{path}: cannot be read as CSV ({error})") from error
    if sorted(header.cells) != sorted(COLUMNS):
        raise ReportedError(f"{path}: {_other_columns(header.cells)}")
    lines = [_Line(record, header.cells) for record in records]
    seen: dict[tuple[str, ...], int] = {}
    faults = [
        fault for line in lines for fault in (*_faults(line, papers, tasks), *_twice(line, seen))
    ]
    if faults:
        raise ReportedError("\n".join(f"{path}: {fault}" for fault in faults))
    return [_cell(line.row) for line in lines]


class _Line:
    """A row of a file: the number of its line, and column -> cell, without blanks around it; none
    where there are more or fewer cells than columns.
    """

    def __init__(self, record: CsvRecord, header: Sequence[str]) -> None:
        self.number, self.count = record.line, len(record.cells)
        fits = len(record.cells) == len(header)
        cells = [cell.strip() for cell in record.cells]
        self.row = dict(zip(header, cells, strict=True)) if fits else {}


def _other_columns(header: Sequence[str]) -> str:
    missing = [name for name in COLUMNS if name not in header]
    unknown = [name for name in dict.fromkeys(header) if name not in COLUMNS]
    said = [f"has no column {', '.join(missing)}"] if missing else []
    said += [f"does not need a column {', '.join(unknown)}"] if unknown else []
    said += [] if said else ["has a column twice"]
    return f"{' and '.join(said)}; its columns are: {', '.join(COLUMNS)}"


def _faults(line: _Line, papers: Collection[str], tasks: TasksById) -> Iterator[str]:
    """Yield all that is wrong with one row."""
    if not line.row:
        yield f"line {line.number}: {line.count} cells where there are {len(COLUMNS)} columns"
        return
    row = line.row
    faults = [
        f"`{name}` is blank; a cell that a paper does not print has no row"
        for name in NEEDED
        if not row[name]
    ]
    faults += _unknown(row, "paper", papers, f"a paper that {SOURCES} has")
    faults += _unknown(row, "unit", UNITS, "a unit")
    faults += _unknown(row, "metric", _BOUNDS, "a metric; leave it blank where none here is meant")
    faults += _task_faults(row, tasks)
    faults += _number_faults(row)
    yield from (f"line {line.number}: {fault}" for fault in faults)


def _unknown(row: Mapping[str, str], name: str, known: Collection[str], what: str) -> Iterator[str]:
    if row[name] and row[name] not in known:
        yield f"`{name}` is {row[name]!r}, not {what}; {nearest_or_all(row[name], known)}"


def _task_faults(row: Mapping[str, str], tasks: TasksById) -> Iterator[str]:
    task = row["task"]
    if task and task.split("/", 1)[0] != row["benchmark"]:
        yield f"`benchmark` is {row['benchmark']!r}, and `task` {task!r}, which is of another"
    # A task whose own declaration has a fault is named for that, and there.
    elif task and task not in tasks and task not in unreadable(tasks):
        yield f"`task` is {task!r}, not a declared task; {nearest_or_all(task, tasks)}"


def _number_faults(row: Mapping[str, str]) -> Iterator[str]:
    numbers = [name for name in ("value", "sd") if row[name]]
    wrong = [name for name in numbers if not _DECIMAL.fullmatch(row[name])]
    yield from (f"`{name}` is {row[name]!r}; it must be a number as printed" for name in wrong)
    if "sd" in numbers and row["sd"].startswith("-"):
        yield f"`sd` is {row['sd']}; it must not be negative"
    if row["n"] and not (_COUNT.fullmatch(row["n"]) and int(row["n"])):
        yield f"`n` is {row['n']!r}; it must be a whole number of examples, or blank"
    if row["unit"] in UNITS and row["metric"] in _BOUNDS and not wrong and row["value"]:
        low, high = _BOUNDS[row["metric"]]
        value = _scaled(row["value"], row["unit"])
        if (low is not None and value < low) or (high is not None and value > high):
            yield f"`value` is {row['value']} in the unit {row['unit']!r}, which {row['metric']} cannot be"


def _twice(line: _Line, seen: dict[tuple[str, ...], int]) -> Iterator[str]:
    """Note a row by what it is found by, and yield a fault where there is such a row already."""
    key = tuple(line.row[name] for name in NAMING) if line.row else (str(line.number),)
    if key in seen:
        yield f"line {line.number}: the same cell as line {seen[key]}"
    seen.setdefault(key, line.number)


def _scaled(printed: str, unit: str) -> float:
    return round(float(printed) * UNITS[unit], _DIGITS)


def _cell(row: Mapping[str, str]) -> ReportedRow:
    unit = row["unit"]
    return ReportedRow(
        **{name: row[name] for name in COLUMNS if name not in ("value", "sd", "n")},
        value=_scaled(row["value"], unit),
        sd=_scaled(row["sd"], unit) if row["sd"] else None,
        n=int(row["n"]) if row["n"] else None,
        printed=row["value"],
        printed_sd=row["sd"],
    )


def _paper_row(paper: Paper) -> PaperRow:
    stated = asdict(paper)
    del stated["claims"]
    return PaperRow(**{**stated, "authors": list(paper.authors)})


def claim_rows(paper: Paper, cells: Iterable[ReportedRow]) -> Iterator[ClaimRow]:
    """Yield what a paper claims, a row a reading, recomputed from its cells.

    A claim without a reading, or a reading of which a cell is not printed, has no value, and
    nothing follows.

    Args:
        paper: With its claims.
        cells: What papers print, this one's among them.
    """
    printed = [cell for cell in cells if cell.paper == paper.key]
    for claim in paper.claims:
        for reading in claim.readings or (None,):
            pairs = () if reading is None else _pairs(claim, reading, printed)
            points = 100 * fsum(a.value - b.value for a, b in pairs) / len(pairs) if pairs else None
            yield ClaimRow(
                paper=paper.key,
                text=claim.text,
                claimed=claim.claimed,
                reading="" if reading is None else reading.title,
                points=None if points is None else round(points, _DIGITS),
                follows=None if points is None else _as_printed(points, claim.claimed),
                cells=[_named(cell) for pair in pairs for cell in pair],
            )


def _pairs(
    claim: Claim, reading: ClaimReading, cells: Iterable[ReportedRow]
) -> tuple[tuple[ReportedRow, ReportedRow], ...]:
    """Return the better side's cell and the worse side's best of each task; none where one is
    missing.
    """
    of_table = [cell for cell in cells if cell.table == reading.table]
    pairs = []
    for task in claim.tasks:
        on_task = [cell for cell in of_table if cell.task == task]
        better = [cell for cell in on_task if cell.system == reading.ours]
        worse = [
            cell
            for cell in on_task
            if cell.system == reading.theirs and cell.strategy in reading.strategies
        ]
        if not better or not worse:
            return ()
        pairs.append((better[0], max(worse, key=lambda cell: cell.value)))
    return tuple(pairs)


def _as_printed(points: float, claimed: str) -> bool:
    """Return whether a difference is what is claimed, to the digits that are printed."""
    digits = len(claimed.partition(".")[2])
    # Half a digit either way, and what floats leave of it.
    return abs(points - float(claimed)) <= 0.5 / 10.0**digits + 1e-9


def _named(cell: ReportedRow) -> dict[str, object]:
    names = ("table", "system", "strategy", "task", "set", "printed")
    return {name: getattr(cell, name) for name in names}
