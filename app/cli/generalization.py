"""`reasonboard generalization`: seen against unseen data, and trained on x tested on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import Benchmark, ChosenBoard, TableMetric, TableOrJson, Written, board_command
from app.cli.printed import Reported, print_by_task, print_crossing, stated_crossing
from app.cli.tabulating import Sheet, number, print_sheet, print_stated, with_interval
from app.grouping import grouped
from scoring.errors import ReasonBoardError

if TYPE_CHECKING:
    from app.text import Names
    from submissions.store.released.release import ReleaseReader
    from submissions.store.released.scored_rows import CrossDatasetRow, GeneralizationRow

commands = typer.Typer()

HEADS = ("system", "by", "seen", "unseen", "gap", "adjusted gap", "")
CAPTION = (
    "gap: mean over seen less mean over unseen tasks; adjusted: {adjusted}. Intervals are "
    "conditional on the tasks. For research, not for diagnosis."
)
ADJUSTED = "of the differences to {!r}, because tasks differ in difficulty"
CROSS_CAPTION = (
    "systems that declare exactly one source data set, by a name that the tasks know; a row each. "
    "For research, not for diagnosis."
)


@board_command(commands)
def generalization(
    board: ChosenBoard,
    benchmark: Benchmark = None,
    metric: TableMetric = None,
    cross: Annotated[
        bool, typer.Option("--cross", help="Trained on x tested on, instead.")
    ] = False,
    reported: Reported = None,
    written: Written = TableOrJson.table,
) -> None:
    """Compare seen with unseen data, by what systems declare as trained on, and by protocols."""
    show = print_cross_dataset if cross else print_generalization
    show(board.release, benchmark, metric, written, reported)


def print_generalization(
    release: ReleaseReader,
    benchmark: str | None,
    metric: str | None,
    written: TableOrJson,
    reported: bool | None = None,
) -> None:
    """Write the release's generalization rows, and who takes part in which protocol.

    Raises:
        ReasonBoardError: No such benchmark or metric is in the release, or what papers print is
            asked for as rows of gaps, of which they print none.
    """
    from app.chosen import rows_by_board, system_names

    if reported and written is TableOrJson.json:
        raise ReasonBoardError(
            "papers print no gaps of seen and unseen data: what they print of systems tuned on one"
            " data set is `--cross --reported`, and every cell `reasonboard reported --format json`"
        )
    boards = rows_by_board(release, benchmark, metric, release.generalization)
    names = system_names(release)
    if written is TableOrJson.json:
        print_stated(release, boards, lambda row: {"other": names.get(row.other, "")})
        return
    for board, (name, rows) in boards.items():
        print_sheet(_sheet(release, board, name, rows))
        print_sheet(_participation_sheet(release, board))
        if reported is not False:
            print_by_task(release, release.tasks(board), name, name)


def print_cross_dataset(
    release: ReleaseReader,
    benchmark: str | None,
    metric: str | None,
    written: TableOrJson,
    reported: bool | None = None,
) -> None:
    """Write trained on x tested on, of the systems that declare one source data set.

    Raises:
        ReasonBoardError: No such benchmark or metric is in the release.
    """
    from app.chosen import rows_by_board, system_names, title

    boards = rows_by_board(release, benchmark, metric, release.cross_dataset)
    if written is TableOrJson.json:
        printed = (
            row
            for board, (name, _) in boards.items()
            for row in stated_crossing(release, board, name)
        )
        print_stated(release, boards, below=printed if reported else ())
        return
    for board, (name, rows) in boards.items():
        tasks = list(dict.fromkeys(row.task for row in rows))
        heads = ("trained on", "system", *(f"tested on {task}" for task in tasks))
        cells = list(_matrix(rows, tasks, system_names(release)))
        print_sheet(Sheet(title(release, board, name), heads, cells, CROSS_CAPTION, keys=2))
        if reported is not False:
            print_crossing(release, board, name)


def _sheet(
    release: ReleaseReader, board: str, metric: str, rows: Sequence[GeneralizationRow]
) -> Sheet:
    """Return a table of a row a system and notion or protocol."""
    from app.chosen import system_names, title
    from submissions.benchmarks.protocols import without_reference

    # Protocols of one board name the same reference system.
    references = [protocol.reference for protocol in release.protocols(board)]
    adjusted = ADJUSTED.format(references[0]) if references else without_reference(board)
    cells = list(_rows(rows, system_names(release)))
    caption = CAPTION.format(adjusted=adjusted)
    return Sheet(title(release, board, metric), HEADS, cells, caption, keys=2)


def _rows(rows: Sequence[GeneralizationRow], names: Names) -> Iterator[tuple[str, ...]]:
    """Yield the cells under HEADS: seen, unseen and gaps first, then what full training adds."""
    from app.text import no_interval
    from submissions.releasing.generalization import FULL, QUANTITIES

    trials = grouped(
        ((row.system, row.protocol or row.notion), row) for row in rows if row.quantity != FULL
    )
    for (system, trial), own in trials.items():
        values = {row.quantity: with_interval(row.value, row.low, row.high) for row in own}
        why = dict.fromkeys(row.why_blank or no_interval(row.value, row.interval) for row in own)
        shown = (values[name] for name in QUANTITIES)
        yield names[system], trial, *shown, "; ".join(filter(None, why))
    for row in rows:
        if row.quantity == FULL:
            value = with_interval(row.value, row.low, row.high) or row.why_blank
            less = f"full less {names[row.other]}: {value}"
            yield names[row.system], row.protocol, "", "", "", "", less


def _participation_sheet(release: ReleaseReader, board: str) -> Sheet:
    """Return a table of a row a system, with how it takes part in each protocol."""
    from app.chosen import system_names

    names = system_names(release)
    protocols = list(dict.fromkeys(protocol.id for protocol in release.protocols(board)))
    status = {
        (protocol, row.system): row.status
        for protocol in protocols
        for row in release.participation(protocol)
    }
    rows = [
        (names[system], *(status[protocol, system] for protocol in protocols))
        for system in dict.fromkeys(system for _, system in status)
    ]
    caption = "by each system's own declaration of what it was trained on"
    return Sheet(f"{board}: who takes part", ("system", *protocols), rows, caption)


def _matrix(
    rows: Iterable[CrossDatasetRow], tasks: Sequence[str], names: Names
) -> Iterator[tuple[str, ...]]:
    by_system = grouped(((row.trained_on, row.system), row) for row in rows)
    for (trained_on, system), tested in sorted(by_system.items()):
        # A system may have left out a task that others answer.
        values = {row.task: number(row.value) for row in tested}
        yield trained_on, names[system], *(values.get(task, "") for task in tasks)
