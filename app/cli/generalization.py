"""`reasonboard generalization`: seen against unseen data, and trained on x tested on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import Benchmark, Data, TableMetric, TableOrJson, Written, served_release
from app.cli.tabulating import Sheet, number, print_json, print_sheet, with_interval

if TYPE_CHECKING:
    from submissions.store.released.release import ReleaseReader
    from submissions.store.released.release_rows import CrossDatasetRow, GeneralizationRow

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


@commands.command()
def generalization(
    context: typer.Context,
    benchmark: Benchmark = None,
    metric: TableMetric = None,
    cross: Annotated[
        bool, typer.Option("--cross", help="Trained on x tested on, instead.")
    ] = False,
    written: Written = TableOrJson.table,
    data: Data = None,
) -> None:
    """Compare seen with unseen data, by what systems declare as trained on, and by protocols."""
    show = print_cross_dataset if cross else print_generalization
    show(served_release(context, data), benchmark, metric, written)


def print_generalization(
    release: ReleaseReader, benchmark: str | None, metric: str | None, written: TableOrJson
) -> None:
    """Write the release's generalization rows, and who takes part in which protocol.

    Raises:
        ReasonBoardError: No such benchmark or metric is in the release.
    """
    from app.chosen import chosen_boards, chosen_metric

    boards = chosen_boards(release, benchmark)
    names = {system.id: system.system for system in release.systems()}
    if written is TableOrJson.json:
        print_json(row for board in boards for row in _fields(release, board, metric, names))
        return
    for board in boards:
        print_sheet(_sheet(release, board, chosen_metric(release, board, metric), names))
        print_sheet(_participation_sheet(release, board, names))


def print_cross_dataset(
    release: ReleaseReader, benchmark: str | None, metric: str | None, written: TableOrJson
) -> None:
    """Write trained on x tested on, of the systems that declare one source data set.

    Raises:
        ReasonBoardError: No such benchmark or metric is in the release.
    """
    from app.chosen import chosen_boards, chosen_metric, stated, title

    boards = chosen_boards(release, benchmark)
    names = {system.id: system.system for system in release.systems()}
    metrics = {board: chosen_metric(release, board, metric) for board in boards}
    rows_of = {board: release.cross_dataset(board, metrics[board]) for board in boards}
    if written is TableOrJson.json:
        print_json(row for board, rows in rows_of.items() for row in stated(release, board, rows))
        return
    for board, rows in rows_of.items():
        tasks = list(dict.fromkeys(row.task for row in rows))
        heads = ("trained on", "system", *(f"tested on {task}" for task in tasks))
        cells = list(_matrix(rows, tasks, names))
        print_sheet(
            Sheet(title(release, board, metrics[board]), heads, cells, CROSS_CAPTION, keys=2)
        )


def _sheet(release: ReleaseReader, board: str, metric: str, names: Mapping[str, str]) -> Sheet:
    """Return a table of a row a system and notion or protocol."""
    from app.chosen import title
    from submissions.benchmarks.protocols import without_reference

    references = [protocol.reference for protocol in release.protocols(board)]
    adjusted = ADJUSTED.format(references[0]) if references else without_reference(board)
    rows = list(_rows(release.generalization(board, metric), names))
    caption = CAPTION.format(adjusted=adjusted)
    return Sheet(title(release, board, metric), HEADS, rows, caption, keys=2)


def _rows(rows: Sequence[GeneralizationRow], names: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Yield the cells under HEADS: seen, unseen and gaps first, then what full training adds."""
    from app.text import no_interval
    from submissions.releasing.generalization import FULL, QUANTITIES

    trials: dict[tuple[str, str], dict[str, GeneralizationRow]] = {}
    for row in rows:
        if row.quantity != FULL:
            trials.setdefault((row.system, row.protocol or row.notion), {})[row.quantity] = row
    for (system, trial), by_quantity in trials.items():
        shown = [by_quantity[name] for name in QUANTITIES]
        values = [with_interval(row.value, row.low, row.high) for row in shown]
        why = dict.fromkeys(
            row.why_blank or no_interval(row.value, row.interval) for row in by_quantity.values()
        )
        yield names[system], trial, *values, "; ".join(filter(None, why))
    for row in rows:
        if row.quantity == FULL:
            value = with_interval(row.value, row.low, row.high) or row.why_blank
            less = f"full less {names[row.other]}: {value}"
            yield names[row.system], row.protocol, "", "", "", "", less


def _participation_sheet(release: ReleaseReader, board: str, names: Mapping[str, str]) -> Sheet:
    """Return a table of a row a system, with how it takes part in each protocol."""
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
    rows: Iterable[CrossDatasetRow], tasks: Sequence[str], names: Mapping[str, str]
) -> Iterator[tuple[str, ...]]:
    by_system: dict[tuple[str, str], dict[str, CrossDatasetRow]] = {}
    for row in rows:
        by_system.setdefault((row.trained_on, row.system), {})[row.task] = row
    for (trained_on, system), tested in sorted(by_system.items()):
        values = [number(tested[task].value) if task in tested else "" for task in tasks]
        yield trained_on, names[system], *values


def _fields(
    release: ReleaseReader, board: str, metric: str | None, names: Mapping[str, str]
) -> Iterator[dict[str, object]]:
    """Yield a board's rows for programs, the other system's name beside its id."""
    from app.chosen import chosen_metric, stated

    rows = release.generalization(board, chosen_metric(release, board, metric))
    for row, fields in zip(rows, stated(release, board, rows), strict=True):
        yield {**fields, "other": names.get(row.other, "")}
