"""`reasonboard generalization`: seen against unseen data, and trained on x tested on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from app.chosen import chosen_boards, chosen_metric, stated, title
from app.cli.serving import current_release
from app.cli.tabulating import Sheet, number, print_json, print_sheet, with_interval
from app.text import no_interval
from submissions.benchmarks.protocols import without_reference
from submissions.releasing.generalization import FULL, QUANTITIES
from submissions.store.folder import DataFolder
from submissions.store.release import ReleaseReader
from submissions.store.release_rows import CrossDatasetRow, GeneralizationRow

HEADS = ("system", "by", "seen", "unseen", "gap", "adjusted gap", "")
CAPTION = (
    "gap: mean over seen less mean over unseen tasks; adjusted: {adjusted}. Intervals are conditional on the tasks. For "
    "research, not for diagnosis."
)
ADJUSTED = "of the differences to {!r}, because tasks differ in difficulty"


def print_generalization(
    folder: DataFolder, benchmark: str | None, metric: str | None, format_name: str
) -> None:
    """Write the current release's generalization rows, and who takes part in which protocol.

    Raises:
        ReasonBoardError: Nothing is published, or no such benchmark or metric is in the release.
    """
    release = current_release(folder)
    boards = chosen_boards(release, benchmark)
    called = {system.id: system.system for system in release.systems()}
    if format_name == "json":
        print_json(row for board in boards for row in _fields(release, board, metric, called))
        return
    for board in boards:
        name = chosen_metric(release, board, metric)
        protocols = {protocol.id: protocol for protocol in release.protocols(board)}
        references = [protocol.reference for protocol in protocols.values()]
        rows = [*_table(release.generalization(board, name), called)]
        adjusted = ADJUSTED.format(references[0]) if references else without_reference(board)
        caption = CAPTION.format(adjusted=adjusted)
        print_sheet(Sheet(title(release, board, name), HEADS, rows, caption, keys=2))
        rows = [*_participants(release, list(protocols), called)]
        caption = "by each system's own declaration of what it was trained on"
        print_sheet(Sheet(f"{board}: who takes part", ("system", *protocols), rows, caption))


def print_cross_dataset(
    folder: DataFolder, benchmark: str | None, metric: str | None, format_name: str
) -> None:
    """Write trained on x tested on, of the systems that declare one source data set.

    Raises:
        ReasonBoardError: Nothing is published, or no such benchmark or metric is in the release.
    """
    release = current_release(folder)
    boards = chosen_boards(release, benchmark)
    called = {system.id: system.system for system in release.systems()}
    found = {
        board: release.cross_dataset(board, chosen_metric(release, board, metric))
        for board in boards
    }
    if format_name == "json":
        print_json(row for board, rows in found.items() for row in stated(release, board, rows))
        return
    for board, rows in found.items():
        tasks = list(dict.fromkeys(row.task for row in rows))
        name = title(release, board, chosen_metric(release, board, metric))
        heads = ("trained on", "system", *(f"tested on {task}" for task in tasks))
        caption = (
            "systems that declare exactly one source data set, by a name that the tasks know; a row each. For research, "
            "not for diagnosis."
        )
        print_sheet(Sheet(name, heads, [*_matrix(rows, tasks, called)], caption, keys=2))


def _table(
    rows: Sequence[GeneralizationRow], called: Mapping[str, str]
) -> Iterator[tuple[str, ...]]:
    trials: dict[tuple[str, str], dict[str, GeneralizationRow]] = {}
    for row in rows:
        if row.quantity != FULL:
            trials.setdefault((row.system, row.protocol or row.notion), {})[row.quantity] = row
    for (system, trial), found in trials.items():
        shown = [
            with_interval(found[name].value, found[name].low, found[name].high)
            for name in QUANTITIES
        ]
        why = dict.fromkeys(
            row.why_blank or no_interval(row.value, row.interval) for row in found.values()
        )
        yield called[system], trial, *shown, "; ".join(filter(None, why))
    for row in rows:
        if row.quantity == FULL:
            value = with_interval(row.value, row.low, row.high) or row.why_blank
            yield (
                called[row.system],
                row.protocol,
                "",
                "",
                "",
                "",
                f"full less {called[row.other]}: {value}",
            )


def _participants(
    release: ReleaseReader, protocols: Sequence[str], called: Mapping[str, str]
) -> Iterator[tuple[str, ...]]:
    status = {
        (protocol, row.system): row.status
        for protocol in protocols
        for row in release.participation(protocol)
    }
    for system in dict.fromkeys(system for _, system in status):
        yield called[system], *(status[protocol, system] for protocol in protocols)


def _matrix(
    rows: Iterable[CrossDatasetRow], tasks: Sequence[str], called: Mapping[str, str]
) -> Iterator[tuple[str, ...]]:
    matrix: dict[tuple[str, str], dict[str, CrossDatasetRow]] = {}
    for row in rows:
        matrix.setdefault((row.trained_on, row.system), {})[row.task] = row
    for (trained_on, system), cells in sorted(matrix.items()):
        yield (
            trained_on,
            called[system],
            *(number(cells[task].value) if task in cells else "" for task in tasks),
        )


def _fields(
    release: ReleaseReader, board: str, metric: str | None, called: Mapping[str, str]
) -> Iterator[dict[str, object]]:
    rows = release.generalization(board, chosen_metric(release, board, metric))
    for row, fields in zip(rows, stated(release, board, rows), strict=True):
        yield {**fields, "other": called.get(row.other, "")}
