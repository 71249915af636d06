"""`reasonboard reported`: what papers print and claim, apart from what was scored here.

The JSON is one object: `papers`, `reported` (a row a cell) and `claims` (a row a reading). They are
not among the cells of `reasonboard leaderboard --format json`, so that no program that averages
those takes a printed number for a score.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import Benchmark, ChosenBoard, Format, board_command
from app.cli.tabulating import Sheet, print_sheet
from app.grouping import grouped
from scoring.errors import ReasonBoardError, nearest_or_all

if TYPE_CHECKING:
    from submissions.store.released.release import ReleaseReader
    from submissions.store.released.reported_rows import ClaimRow, PaperRow, ReportedRow

commands = typer.Typer()


@board_command(commands)
def reported(
    board: ChosenBoard,
    benchmark: Benchmark = None,
    paper: Annotated[str | None, typer.Option(help="Only of this paper, by its key.")] = None,
    format: Annotated[
        Format, typer.Option(help="table, csv or json: docs/json.md.")
    ] = Format.table,
) -> None:
    """Show what papers print, and which of their claims follow from it."""
    from submissions.csv_export import csv_export

    release = board.release
    cells = _cells(release, benchmark, paper)
    printing = {cell.paper for cell in cells}
    papers = {row.key: row for row in release.papers() if row.key in printing}
    claims = [claim for claim in release.claims() if claim.paper in printing]
    if format is Format.json:
        sys.stdout.write(_json(papers.values(), cells, claims))
    elif format is Format.csv:
        rows = [asdict(cell) for cell in cells]
        texts = [name for name in (rows[0] if rows else ()) if name not in ("value", "sd", "n")]
        sys.stdout.write(csv_export(rows, texts))
    else:
        _print_tables(papers, cells, claims)


def _cells(release: ReleaseReader, benchmark: str | None, paper: str | None) -> list[ReportedRow]:
    """Return the cells asked for.

    Raises:
        ReasonBoardError: No paper prints anything of that benchmark, or there is no such paper.
    """
    every = release.reported()
    benchmarks = dict.fromkeys(cell.benchmark for cell in every if cell.benchmark)
    _refuse_unknown(release, "a benchmark of which papers print anything", benchmark, benchmarks)
    keys = dict.fromkeys(cell.paper for cell in every)
    _refuse_unknown(release, "the key of a paper", paper, keys)
    return [
        cell
        for cell in every
        if benchmark in (None, cell.benchmark) and paper in (None, cell.paper)
    ]


def _refuse_unknown(
    release: ReleaseReader, what: str, name: str | None, known: Iterable[str]
) -> None:
    if name is not None and name not in known:
        raise ReasonBoardError(
            f"{name!r} is not {what} in release {release.release.number};"
            f" {nearest_or_all(name, known)}"
        )


def _json(
    papers: Iterable[PaperRow], cells: Iterable[ReportedRow], claims: Iterable[ClaimRow]
) -> str:
    stated = {
        "papers": [asdict(row) for row in papers],
        "reported": [asdict(row) for row in cells],
        "claims": [asdict(row) for row in claims],
    }
    return json.dumps(stated, indent=1, ensure_ascii=False) + "\n"


def _print_tables(
    papers: dict[str, PaperRow], cells: Sequence[ReportedRow], claims: Sequence[ClaimRow]
) -> None:
    """Print a table a table of a paper, as it is printed, and one of its claims."""
    from app.reported import cited

    if not cells:
        typer.echo("This release states nothing that papers print.")
    for (key, table), printed in grouped(
        ((cell.paper, cell.table), cell) for cell in cells
    ).items():
        print_sheet(_printed_sheet(f"{cited(papers[key])}, {table}", printed))
    for key, claimed in grouped((claim.paper, claim) for claim in claims).items():
        print_sheet(_claims_sheet(f"{cited(papers[key])}: what it claims", claimed))


def _printed_sheet(title: str, cells: Sequence[ReportedRow]) -> Sheet:
    from app.reported import NOT_SCORED, caveats_of

    sets = list(dict.fromkeys(cell.set for cell in cells))
    by_system = grouped(((cell.system, _strategy(cell)), cell) for cell in cells)
    rows = []
    for (system, strategy), printed in by_system.items():
        texts = {cell.set: _as_printed(cell) for cell in printed}
        rows.append((system, strategy, *(texts.get(name, "") for name in sets)))
    measures = "; ".join(dict.fromkeys(f"{cell.printed_metric}, {cell.unit}" for cell in cells))
    lines = [f"{measures}. {NOT_SCORED}", *(f"To mind: {caveat}." for caveat in caveats_of(cells))]
    return Sheet(title, ("system", "strategy", *sets), rows, "\n".join(lines), keys=2)


def _strategy(cell: ReportedRow) -> str:
    return f"{cell.strategy} on {cell.trained_on}" if cell.trained_on else cell.strategy


def _as_printed(cell: ReportedRow) -> str:
    return f"{cell.printed} ± {cell.printed_sd}" if cell.printed_sd else cell.printed


def _claims_sheet(title: str, claims: Sequence[ClaimRow]) -> Sheet:
    from app.reported import verdict

    rows = [
        (
            claim.text,
            claim.reading,
            claim.claimed,
            "" if claim.points is None else f"{claim.points:z.2f}",
            verdict(claim),
        )
        for claim in claims
    ]
    return Sheet(
        title,
        ("claim", "read as", "claimed", "from the cells", "verdict"),
        rows,
        "points; recomputed from the printed cells: of each task one side less the best of the"
        " other, meaned over the tasks.",
    )
