"""Numbers that papers print: shown apart from what was scored here, and never ranked with it.

`leaderboard_data/reported/mentallama.csv` has a row a cell, with the paper, the table and the
metric as they are printed. A board's own tables, `reported/*.csv` in its data folder, have the same
columns; one that is called as a shipped one takes its place. A number is compared as a share,
whatever unit the paper prints it in.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scoring.csv_records import CsvError, csv_rows
from scoring.declarations import Fault
from scoring.errors import ReasonBoardError
from submissions.declarations.settings import declared_in

FILES = ("mentallama.csv",)
UNITS = {"per cent": 0.01, "share": 1.0}


class ReportedError(ReasonBoardError):
    """A file of reported numbers that does not fit."""


@dataclass(frozen=True)
class ReportedCell:
    """One printed number.

    Attributes:
        paper: Who printed it.
        table: Where in the paper.
        metric: Its name here.
        printed_metric: Its name there.
        system: As the paper calls it.
        method: One of a submission's methods, or as the paper says.
        parameters: As printed: "7B".
        note: What to mind.
        task: The task it is of.
        value: A share; None where the paper has a blank.
        printed: As it is printed.
    """

    paper: str
    table: str
    metric: str
    printed_metric: str
    system: str
    method: str
    parameters: str
    note: str
    task: str
    value: float | None
    printed: str


def board_reported(data: Path) -> tuple[tuple[ReportedCell, ...], tuple[Fault, ...]]:
    """Return all cells for the board whose data lie in `data`, and what is wrong with tables that
    are left out.
    """
    own, shipped = declared_in(data, "reported")
    paths = {name: shipped / name for name in FILES}
    # The board's own last, so that one called alike takes the shipped one's place.
    paths |= {path.name: path for path in sorted(own.glob("*.csv"))}
    cells: list[ReportedCell] = []
    faults: list[Fault] = []
    for path in paths.values():
        try:
            cells += read_cells(path)
        except ReportedError as error:
            faults.append(Fault(path.stem, str(error), path))
    return tuple(cells), tuple(faults)


def read_cells(path: Path) -> list[ReportedCell]:
    """Return the cells of one table.

    Raises:
        ReportedError: It is missing, or a number or a unit cannot be read.
    """
    try:
        return [_cell(row) for row in csv_rows(path)]
    except (OSError, KeyError, ValueError, CsvError) as error:
        raise ReportedError(
            f"{path}: cannot be read as reported numbers ({error!r}); its columns are those of "
            f"leaderboard_data/reported/mentallama.csv, and a unit is one of: {', '.join(UNITS)}"
        ) from error


def _cell(row: dict[str, str]) -> ReportedCell:
    scale = UNITS[row["unit"]]
    # 67.87 per cent is .6787, and not what the product of two floats leaves of it.
    value = round(float(row["printed"]) * scale, 6) if row["printed"] else None
    fields = {name: row[name] for name in ReportedCell.__dataclass_fields__ if name != "value"}
    return ReportedCell(**fields, value=value)
