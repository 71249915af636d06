"""`reasonboard platforms`: means over platforms and ways of annotation, and their contrasts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import typer

from app.cli.options import Benchmark, Data, TableMetric, TableOrJson, Written, served_release
from app.cli.tabulating import Sheet, print_json, print_sheet, reasons, with_interval

if TYPE_CHECKING:
    from submissions.store.released.release import ReleaseReader
    from submissions.store.released.release_rows import PlatformRow

commands = typer.Typer()

CAPTION = (
    "relative: {relative}. Platform is confounded with task: intervals are conditional on the "
    "tasks. For research, not for diagnosis."
)


@commands.command()
def platforms(
    context: typer.Context,
    benchmark: Benchmark = None,
    metric: TableMetric = None,
    written: Written = TableOrJson.table,
    data: Data = None,
) -> None:
    """Show means over platforms and over ways of annotation, and what they differ by."""
    print_platforms(served_release(context, data), benchmark, metric, written)


def print_platforms(
    release: ReleaseReader, benchmark: str | None, metric: str | None, written: TableOrJson
) -> None:
    """Write the release's platform rows to standard output.

    Raises:
        ReasonBoardError: No such benchmark or metric is in the release.
    """
    from app.chosen import chosen_boards, chosen_metric, stated

    boards = chosen_boards(release, benchmark)
    metrics = {board: chosen_metric(release, board, metric) for board in boards}
    rows_of = {board: release.platforms(board, metrics[board]) for board in boards}
    if written is TableOrJson.json:
        print_json(row for board, rows in rows_of.items() for row in stated(release, board, rows))
        return
    for board, rows in rows_of.items():
        if all(row.value is None for row in rows):
            typer.echo(_without_means(board, metrics[board], rows, release.release.number))
        else:
            print_sheet(_sheet(release, board, metrics[board], rows))


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
    from app.chosen import title
    from submissions.benchmarks.protocols import without_reference

    names = {system.id: system.system for system in release.systems()}
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


def _blanks(rows: Sequence[PlatformRow], names: Mapping[str, str]) -> Iterator[str]:
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
    rows: Sequence[PlatformRow], parts: Sequence[str], names: Mapping[str, str]
) -> Iterator[tuple[str, ...]]:
    by_part = {(row.system, row.reference, row.part): row for row in rows}
    for system, reference in dict.fromkeys((row.system, row.reference) for row in rows):
        shown = [by_part[system, reference, part] for part in parts]
        kind = "relative" if reference else "raw"
        yield names[system], kind, *(with_interval(row.value, row.low, row.high) for row in shown)
