"""`reasonboard leaderboard`: the current release as a table for people, as one for a paper, or as
cells for programs.

The JSON is an array of cells (`app/cells.py`), one a system, task and metric, blank ones included.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import Benchmark, ChosenBoard, board_command
from app.cli.papers import Asked, PaperFormat, as_typed, named_by, names_in, print_for_paper
from app.cli.printed import print_by_task
from app.cli.tabulating import (
    Sheet,
    print_json,
    print_sheet,
    reasons,
    with_deviation,
    with_interval,
)
from app.paper.style import Spread, Style

if TYPE_CHECKING:
    from submissions.declarations.strategies import NamedStrategy
    from submissions.store.released.release import ReleaseReader
    from submissions.store.released.scored_rows import (
        CellRow,
        MetricRow,
        OverallRow,
        SystemRow,
        TaskRow,
    )

NOTHING_SCORED = (
    "No system has a value here in this release. What waits is scored by `reasonboard score`, and "
    "stands on the board from the next release on: `reasonboard publish`."
)

commands = typer.Typer()


class Doubt(StrEnum):
    """What of the doubt about ranks a table shows."""

    tests = "tests"
    own = "own"
    table = "table"


_DOUBT = {
    Doubt.tests: ("rank_low", "rank_high", "ranks that paired tests at .05 allow, unadjusted"),
    Doubt.own: ("set_low", "set_high", "each system's own 95% set of ranks"),
    Doubt.table: ("table_low", "table_high", "95% sets of ranks, for all systems at once"),
}
"""Both ends, and what they are called."""


class BoardFormat(StrEnum):
    """How a board is written."""

    table = "table"
    csv = "csv"
    json = "json"
    latex = "latex"
    markdown = "markdown"
    bibtex = "bibtex"


class Grouping(StrEnum):
    """What systems have in common that stand together."""

    strategy = "strategy"


@board_command(commands)
def leaderboard(
    board: ChosenBoard,
    benchmark: Benchmark = None,
    task: Annotated[str | None, typer.Option(help="Only this task.")] = None,
    tasks: Annotated[
        str | None,
        typer.Option(
            help="Means and ranks over these tasks of one board alone, with commas between."
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            help="The table's metric; the headline metric unless said. For a paper several, with"
            " commas between."
        ),
    ] = None,
    ranks: Annotated[
        Doubt,
        typer.Option(
            help="Which ranks beside the rank: tests of pairs, the system's own 95% set, or 95% sets"
            " for the whole table."
        ),
    ] = Doubt.tests,
    group: Annotated[
        Grouping | None,
        typer.Option(help="In tables, systems that have this in common stand together."),
    ] = None,
    format: Annotated[
        BoardFormat,
        typer.Option(
            help="table, csv or json: docs/json.md; for a paper latex, markdown, or bibtex of all"
            " that these cite."
        ),
    ] = BoardFormat.table,
    reported: Annotated[
        bool,
        typer.Option(
            "--reported/--no-reported",
            help="Below each table what papers print of it; `reasonboard reported` has all.",
        ),
    ] = True,
    systems: Annotated[
        str | None,
        typer.Option(help="For a paper: only these systems, with commas between."),
    ] = None,
    percent: Annotated[
        bool, typer.Option("--percent", help="For a paper: shares multiplied by 100.")
    ] = False,
    decimals: Annotated[
        int, typer.Option(min=1, max=4, help="For a paper: digits behind the point.")
    ] = 3,
    spread: Annotated[
        Spread,
        typer.Option(help="For a paper: 95% intervals or SD over runs behind the values."),
    ] = Spread.none,
    label: Annotated[
        str, typer.Option(help="For a paper: what LaTeX calls the table, such as tab:main.")
    ] = "",
) -> None:
    """Read the current release."""
    from app.cells import TEXT_FIELDS, BoardCells
    from app.chosen import chosen_tasks, tasks_of_one_board
    from scoring.errors import ReasonBoardError
    from submissions.csv_export import csv_export
    from submissions.store.released.scored_rows import common_headline

    release = board.release
    if tasks is not None and task is not None:
        raise ReasonBoardError("--task shows one task, --tasks ranks on several: say one")
    named = named_by("--systems", systems)
    asked = Asked(named, reported, Style(percent, decimals, spread, label))
    if format.value in list(PaperFormat):
        if group is not None or ranks is not Doubt.tests:
            raise ReasonBoardError(
                "--group and --ranks are of the table on the screen: a table for a paper has no"
                " ranks, and its best stand first; leave them out, or say --format table"
            )
        chosen = (
            chosen_tasks(release, benchmark, task, None)
            if tasks is None
            else as_typed(tasks_of_one_board(release, benchmark, names_in(tasks), None), tasks)
        )
        print_for_paper(board, chosen, named_by("--metric", metric), asked, PaperFormat(format))
        return
    asked.refuse_shape()
    _refuse_arrangement(format, ranks, group)
    view = _View(ranks, whole=task is None, grouped=group is not None, reported=reported)
    if tasks is None:
        shown = chosen_tasks(release, benchmark, task, metric)
    else:
        from submissions.releasing.on_tasks import Chosen, rows_on_tasks

        shown = tasks_of_one_board(release, benchmark, names_in(tasks), metric)
        metric = metric or common_headline(shown)
        on = Chosen(shown[0].benchmark, metric, tuple(row.id for row in shown))
        view = replace(view, means=rows_on_tasks(release, board.untouched, on))
    if format is BoardFormat.table:
        _print_tables(board, shown, metric, view)
        return
    cells = list(BoardCells(release, view.means).of(shown, metric))
    if format is BoardFormat.json:
        print_json(cells)
    else:
        sys.stdout.write(csv_export(cells, TEXT_FIELDS))


def _refuse_arrangement(format: BoardFormat, ranks: Doubt, group: Grouping | None) -> None:
    """Refuse to arrange cells for programs: they have an order of their own, and say all that a
    program needs to arrange them.
    """
    from scoring.errors import ReasonBoardError

    if format is not BoardFormat.table and (group is not None or ranks is not Doubt.tests):
        raise ReasonBoardError(
            f"--group and --ranks are of the table on the screen: each cell of {format} has its"
            " `strategy`, and all three kinds of ranks (`rank_low`, `set_low`, `table_low` and"
            " their ends); leave the options out, or say --format table"
        )


@dataclass(frozen=True)
class _View:
    """How tables show a board.

    Attributes:
        ranks: The doubt beside each rank.
        whole: Whether all of a board, or the chosen tasks, is a table, and not a single task.
        grouped: Whether systems of one strategy stand together.
        reported: Whether what papers print stands below.
        means: Over chosen tasks; None for those over all.
    """

    ranks: Doubt
    whole: bool
    grouped: bool
    reported: bool
    means: Sequence[OverallRow] | None = None


def _print_tables(
    board: ChosenBoard, tasks: Sequence[TaskRow], metric: str | None, view: _View
) -> None:
    """Print a table a board; a board without the metric is named and passed over."""
    from app.chosen import boards_with
    from submissions.declarations.strategies import usable_strategies
    from submissions.store.released.scored_rows import common_headline

    release = board.release
    having = boards_with(release, metric)
    for name in dict.fromkeys(row.benchmark for row in tasks):
        shown = [row for row in tasks if row.benchmark == name]
        if name not in having:
            typer.echo(f"{name} is left out: {metric} is not on its board.")
            continue
        by = metric or common_headline(shown)
        row = next(row for row in release.metrics(name) if row.name == by)
        means = release.overall(name, by) if view.means is None else view.means
        sheet = (
            _board_sheet(release, shown, row, means, view.ranks)
            if view.whole
            else _task_sheet(release, shown[0], row)
        )
        if view.grouped:
            strategies = usable_strategies(board.untouched.path)
            sheet = _by_strategy(sheet, release.systems(name), strategies)
        print_sheet(sheet)
        if view.reported:
            print_by_task(release, shown, row.name, row.title)


def _by_strategy(
    sheet: Sheet, systems: Sequence[SystemRow], known: Mapping[str, NamedStrategy]
) -> Sheet:
    """Return a table whose rows are put together by strategy, in the order in which the board
    declares these, and within each stay in theirs.
    """
    from scoring.tasks import UNKNOWN

    of = {_name(system): system.strategy for system in systems}
    places = {name: place for place, name in enumerate(known)}
    named = sheet.heads.index("system")

    def place(row: Sequence[str]) -> tuple[int, bool]:
        strategy = of[row[named]]
        return places.get(strategy, len(places)), strategy == UNKNOWN

    def title(strategy: str) -> str:
        if strategy == UNKNOWN:
            return "not declared"
        return known[strategy].title if strategy in known else strategy

    rows = [(title(of[row[named]]), *row) for row in sorted(sheet.rows, key=place)]
    return replace(
        sheet,
        heads=("strategy", *sheet.heads),
        rows=rows,
        keys=sheet.keys + 1,
        numbers=None if sheet.numbers is None else sheet.numbers + 1,
    )


def _board_sheet(
    release: ReleaseReader,
    tasks: Sequence[TaskRow],
    metric: MetricRow,
    overall: Sequence[OverallRow],
    ranks: Doubt,
) -> Sheet:
    """Return a table of a row a system, best mean first, partial systems below."""
    from submissions.releasing.coverage import ENOUGH, OPTIONAL

    values_of = {
        (cell.system, cell.task): with_deviation(cell.value, cell.sd)
        for task in tasks
        for cell in release.cells(task=task.id, metric=metric.name)
    }
    systems = {system.id: system for system in release.systems(metric.benchmark)}
    low, high, called = _DOUBT[ranks]
    position = _positions({row.system: row.value for row in overall}, metric)
    rows = []
    # A system with some of the tasks never stands above one with all, whatever its mean.
    for row in sorted(overall, key=lambda row: (row.covered < row.total, position[row.system])):
        values = [values_of.get((row.system, task.id), "") for task in tasks]
        mean = with_interval(row.value, row.low, row.high, row.sd)
        covered = f"{row.covered}/{row.total}"
        rows.append((_rank(row, low, high), _name(systems[row.system]), mean, covered, *values))
    enough = f"at least {ENOUGH:.0%} of the examples"
    counted = (
        f"{enough}, answered or not, with what it reads, which is optional"
        if metric.name in OPTIONAL
        else f"{enough} answered or explained"
    )
    caption = (
        f"rank ({called}); mean and 95% interval; "
        f"tasks with a value and {counted}, "
        f"of all; {_over_runs(rows, 2)}* trivial baseline; {_note(metric)}"
    )
    lines = [caption, *([] if rows else [NOTHING_SCORED]), *_without_interval(overall, systems)]
    return Sheet(
        _title(release, tasks[0].benchmark, tasks[0], metric),
        ("rank", "system", "mean", "tasks", *(task.id.split("/", 1)[1] for task in tasks)),
        rows,
        "\n".join(lines),
        keys=2,
        numbers=4,
    )


def _task_sheet(release: ReleaseReader, task: TaskRow, metric: MetricRow) -> Sheet:
    """Return a table of a row a system, best value first.

    Ranks and means are over all of a board's tasks, and are not shown.
    """
    systems = {system.id: system for system in release.systems(task.benchmark)}
    cells = release.cells(task=task.id, metric=metric.name)
    position = _positions({cell.system: cell.value for cell in cells}, metric)
    rows = []
    for cell in sorted(cells, key=lambda cell: position[cell.system]):
        asked = cell.n + cell.n_absent
        counts = f"{cell.n}/{asked}" if asked else ""
        value = with_interval(cell.value, cell.low, cell.high, cell.sd)
        rows.append((_name(systems[cell.system]), value, counts))
    caption = (
        "value and 95% interval; n: examples that entered, of those asked; ranks are over all of "
        f"a board; {_over_runs(rows, 1)}* trivial baseline; {_note(metric)}"
    )
    lines = "\n".join([caption, *_without_interval(cells, systems)])
    return Sheet(_title(release, task.id, task, metric), ("system", "value", "n"), rows, lines)


def _without_interval(
    rows: Sequence[OverallRow | CellRow], systems: Mapping[str, SystemRow]
) -> Iterator[str]:
    """Say why values have no interval."""
    from app.text import no_interval

    return reasons(
        (systems[row.system].system, no_interval(row.value, row.interval)) for row in rows
    )


def _title(release: ReleaseReader, what: str, task: TaskRow, metric: MetricRow) -> str:
    invented = " (invented data)" if task.demonstration else ""
    checkpoint = " (demonstration checkpoint: says nothing of quality)"
    shown_off = checkpoint if metric.demonstration else ""
    return f"{what}{invented}{shown_off}: {metric.title}, release {release.release.number}"


def _over_runs(rows: Sequence[Sequence[str]], first: int) -> str:
    """Return what ± means, where a cell from column `first` on has it."""
    deviates = any("±" in text for row in rows for text in row[first:])
    return "±: standard deviation over runs; " if deviates else ""


def _note(metric: MetricRow) -> str:
    validity = f"\nValidity: {metric.validity}." if metric.validity else ""
    return f"blank: no value. For research, not for diagnosis.{validity}"


def _positions(values: dict[str, float | None], metric: MetricRow) -> dict[str, tuple[bool, float]]:
    """Return what systems are sorted by: best first, blanks last.

    Values that are equal but for rounding count as equal.
    """
    import numpy as np

    from scoring.statistics.rounding import canonical

    # Metrics without a direction are shown with the highest first.
    sign = 1.0 if metric.higher_is_better is False else -1.0
    numbers = canonical(sign * np.array(list(values.values()), dtype=float)).tolist()
    # NaN would sort anywhere.
    keys = [(math.isnan(number), 0.0 if math.isnan(number) else number) for number in numbers]
    return dict(zip(values, keys, strict=True))


def _name(system: SystemRow) -> str:
    return f"{system.system} {system.version}{' *' if system.trivial else ''}"


def _rank(row: OverallRow, low: str, high: str) -> str:
    """Return the rank, and which ranks are possible."""
    if row.rank is None:
        return "-"
    best, worst = getattr(row, low), getattr(row, high)
    return f"{row.rank}" if best is None else f"{row.rank} ({best} to {worst})"
