"""`reasonboard platforms`: means over platforms and ways of annotation, and their contrasts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import typer

from app.chosen import chosen_boards, chosen_metric, stated, title
from app.cli.serving import current_release
from app.cli.tabulating import Sheet, print_json, print_sheet, reasons, with_interval
from app.text import no_interval
from submissions.benchmarks.protocols import without_reference
from submissions.store.folder import DataFolder
from submissions.store.release_rows import PlatformRow

CAPTION = (
    "relative: {relative}. Platform is confounded with task: intervals are "
    "conditional on the tasks. For research, not for diagnosis."
)


def print_platforms(
    folder: DataFolder, benchmark: str | None, metric: str | None, format_name: str
) -> None:
    """Write the current release's platform rows to standard output.

    Raises:
        ReasonBoardError: Nothing is published, or no such benchmark or metric is in the release.
    """
    release = current_release(folder)
    boards = chosen_boards(release, benchmark)
    called = {system.id: system.system for system in release.systems()}
    metrics = {board: chosen_metric(release, board, metric) for board in boards}
    found = {board: release.platforms(board, metrics[board]) for board in boards}
    if format_name == "json":
        print_json(row for board, rows in found.items() for row in stated(release, board, rows))
        return
    for board, rows in found.items():
        if all(row.value is None for row in rows):
            typer.echo(_nothing(board, metrics[board], rows, release.release.number))
            continue
        references = [row.reference for row in rows if row.reference]
        parts = list(dict.fromkeys(row.part for row in rows))
        less = f"less the values of {references[0]!r} on the same tasks" if references else ""
        caption = "\n".join(
            [CAPTION.format(relative=less or without_reference(board)), *_blanks(rows, called)]
        )
        heads = ("system", "", *parts)
        print_sheet(
            Sheet(
                title(release, board, metrics[board]),
                heads,
                [*_table(rows, parts, called)],
                caption,
                keys=2,
            )
        )


def _nothing(board: str, metric: str, rows: Sequence[PlatformRow], release: int) -> str:
    why = (
        "; ".join(dict.fromkeys(row.why_blank for row in rows if row.why_blank))
        or "it has no value on any task"
    )
    return (
        f"{board}: release {release} has no mean of {metric} over any platform or way of annotation: {why}.\n"
        f"  `reasonboard leaderboard --benchmark {board} --metric {metric}` shows each blank with its reason; "
        f"`reasonboard score --benchmark {board}` and `reasonboard publish` add what is pending."
    )


def _blanks(rows: Sequence[PlatformRow], called: Mapping[str, str]) -> Iterator[str]:
    """Why cells are blank, or have no interval."""
    kind = " (relative)" if any(row.reference for row in rows) else ""
    return reasons(
        (
            called[row.system] + (kind if row.reference else ""),
            row.why_blank or no_interval(row.value, row.interval),
        )
        for row in rows
    )


def _table(
    rows: Sequence[PlatformRow], parts: Sequence[str], called: Mapping[str, str]
) -> Iterator[tuple[str, ...]]:
    cells = {(row.system, row.reference, row.part): row for row in rows}
    for system, reference in dict.fromkeys((row.system, row.reference) for row in rows):
        shown = [cells[system, reference, part] for part in parts]
        kind = "relative" if reference else "raw"
        yield called[system], kind, *(with_interval(row.value, row.low, row.high) for row in shown)
