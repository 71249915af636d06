"""`reasonboard platforms`: means over platforms and ways of annotation, and their contrasts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import typer

from app.cli.options import Benchmark, ChosenBoard, TableMetric, TableOrJson, Written, board_command
from app.cli.printed import Reported, print_by_part, stated_by_part
from app.cli.tabulating import Sheet, print_sheet, print_stated, reasons, with_interval

if TYPE_CHECKING:
    from app.text import Names
    from submissions.store.released.release import ReleaseReader
    from submissions.store.released.scored_rows import PlatformRow

commands = typer.Typer()

CAPTION = (
    "relative: {relative}. Platform is confounded with task: intervals are conditional on the "
    "tasks. For research, not for diagnosis."
)


@board_command(commands)
def platforms(
    board: ChosenBoard,
    benchmark: Benchmark = None,
    metric: TableMetric = None,
    reported: Reported = None,
    written: Written = TableOrJson.table,
) -> None:
    """Show means over platforms and over ways of annotation, and what they differ by."""
    print_platforms(board.release, benchmark, metric, written, reported)


def print_platforms(
    release: ReleaseReader,
    benchmark: str | None,
    metric: str | None,
    written: TableOrJson,
    reported: bool | None = None,
) -> None:
    """Write the release's platform rows to standard output.

    Raises:
        ReasonBoardError: No such benchmark or metric is in the release.
    """
    from app.chosen import rows_by_board

    boards = rows_by_board(release, benchmark, metric, release.platforms)
    if written is TableOrJson.json:
        print_stated(release, boards, below=_printed(release, boards) if reported else ())
        return
    for board, (name, rows) in boards.items():
        if all(row.value is None for row in rows):
            typer.echo(_without_means(board, name, rows, release.release.number))
        else:
            print_sheet(_sheet(release, board, name, rows))
        if reported is not False:
            print_by_part(release, board, name, (row.part for row in rows))


def _printed(
    release: ReleaseReader, boards: Mapping[str, tuple[str, Sequence[PlatformRow]]]
) -> Iterator[dict[str, object]]:
    for board, (name, rows) in boards.items():
        yield from stated_by_part(release, board, name, (row.part for row in rows))


def _without_means(board: str, metric: str, rows: Sequence[PlatformRow], release: int) -> str:
    """Say that a board has no mean at all, why, and what shows more of it."""
    reasons = dict.fromkeys(row.why_blank for row in rows if row.why_blank)
    why = "; ".join(reasons) or "it has no value on any task"
    return (
        f"{board}: release {release} has no mean of {metric} over any platform or way of "
        f"annotation: {why}.\n"
        f"  `reasonboard leaderboard --benchmark {board} --metric {metric}` shows each blank with "
        f"its reason; `reasonboard score --benchmark {board}` and `reasonboard publish` add what "
        "is pending."
    )


def _sheet(release: ReleaseReader, board: str, metric: str, rows: Sequence[PlatformRow]) -> Sheet:
    """Return a table of two rows a system: its means, and these relative to the reference's."""
    from app.chosen import system_names, title
    from submissions.benchmarks.protocols import without_reference

    names = system_names(release)
    references = [row.reference for row in rows if row.reference]
    parts = list(dict.fromkeys(row.part for row in rows))
    less = f"less the values of {references[0]!r} on the same tasks" if references else ""
    caption = CAPTION.format(relative=less or without_reference(board))
    return Sheet(
        title(release, board, metric),
        ("system", "", *parts),
        list(_cells(rows, parts, names)),
        "\n".join([caption, *_blanks(rows, names)]),
        keys=2,
    )


def _blanks(rows: Sequence[PlatformRow], names: Names) -> Iterator[str]:
    """Say why cells are blank, or have no interval."""
    from app.text import no_interval

    return reasons(
        (
            f"{names[row.system]}{' (relative)' if row.reference else ''}",
            row.why_blank or no_interval(row.value, row.interval),
        )
        for row in rows
    )


def _cells(
    rows: Sequence[PlatformRow], parts: Sequence[str], names: Names
) -> Iterator[tuple[str, ...]]:
    by_part = {(row.system, row.reference, row.part): row for row in rows}
    for system, reference in dict.fromkeys((row.system, row.reference) for row in rows):
        shown = [by_part[system, reference, part] for part in parts]
        kind = "relative" if reference else "raw"
        yield names[system], kind, *(with_interval(row.value, row.low, row.high) for row in shown)
